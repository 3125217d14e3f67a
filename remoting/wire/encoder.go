package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
)

// Head is what a frame says besides its fields and its body.
type Head struct {
	Code          int32
	Language      Language
	Version       int32 // MQVersion ordinal of the sender
	Opaque        int32
	Flag          int32
	Serialization Serialization
	Remark        string
	HasRemark     bool // write Remark even if it is empty
}

// Answer is the head of a response to c: its opaque, its serialisation, the response bit.
func (c *Command) Answer(code int32) Head {
	return Head{Code: code, Opaque: c.Opaque, Flag: FlagResponse, Serialization: c.Serialization}
}

// Encoder writes one frame after another, each by Begin, any number of fields, and Finish. It is
// meant to be reused and allocates nothing but room in the caller's bytes.
//
// A text that is not UTF-8 has its bad bytes replaced by U+FFFD in JSON. Binary frames keep it, and
// cut codes and versions to 16 bits as Java does.
type Encoder struct {
	buf    []byte
	start  int // of the frame in buf
	ext    int // binary: of the ext block's length; JSON: end of the "code" member
	head   Head
	remark []byte // instead of head.Remark, when not nil
	failed string // what made the frame unencodable
	fields Fields // of the Header under way; here so that it costs no allocation
}

// Begin starts a frame behind the bytes of dst, which the Encoder owns until Finish.
func (e *Encoder) Begin(dst []byte, h Head) {
	e.begin(dst, h, nil)
}

func (e *Encoder) begin(dst []byte, h Head, remark []byte) {
	e.start = len(dst)
	e.head, e.remark, e.failed = h, remark, ""
	var prefix [prefixSize]byte
	e.buf = append(dst, prefix[:]...)
	if h.Serialization == Binary {
		e.beginBinary()
	} else {
		e.beginJSON()
	}
}

func (e *Encoder) beginBinary() {
	b := binary.BigEndian.AppendUint16(e.buf, uint16(e.head.Code))
	b = append(b, byte(e.head.Language))
	b = binary.BigEndian.AppendUint16(b, uint16(e.head.Version))
	b = binary.BigEndian.AppendUint32(b, uint32(e.head.Opaque))
	b = binary.BigEndian.AppendUint32(b, uint32(e.head.Flag))
	if e.remark != nil {
		b = appendBinaryText(b, e.remark)
	} else {
		b = appendBinaryText(b, e.head.Remark)
	}
	e.ext = len(b)
	e.buf = append(b, 0, 0, 0, 0)
}

func (e *Encoder) beginJSON() {
	b := append(e.buf, `{"code":`...)
	e.buf = strconv.AppendInt(b, int64(e.head.Code), 10)
	e.ext = len(e.buf)
}

// String adds an extField.
func (e *Encoder) String(name, value string) {
	if addName(e, name) {
		addValue(e, value)
	}
}

// Bytes adds an extField.
func (e *Encoder) Bytes(name string, value []byte) {
	if addName(e, name) {
		addValue(e, value)
	}
}

// Int32 adds an extField.
func (e *Encoder) Int32(name string, value int32) { e.Int64(name, int64(value)) }

// Int64 adds an extField.
func (e *Encoder) Int64(name string, value int64) {
	if addName(e, name) {
		var digits [20]byte
		e.plain(strconv.AppendInt(digits[:0], value, 10))
	}
}

// Bool adds an extField.
func (e *Encoder) Bool(name string, value bool) {
	if addName(e, name) {
		var digits [5]byte
		e.plain(strconv.AppendBool(digits[:0], value))
	}
}

// Float64 adds an extField.
func (e *Encoder) Float64(name string, value float64) {
	if addName(e, name) {
		var digits [32]byte
		e.plain(strconv.AppendFloat(digits[:0], value, 'g', -1, 64))
	}
}

// plain writes a value that needs no escapes.
func (e *Encoder) plain(text []byte) {
	if e.head.Serialization == Binary {
		e.buf = appendBinaryText(e.buf, text)
		return
	}
	b := append(e.buf, '"')
	b = append(b, text...)
	e.buf = append(b, '"')
}

// addName writes a field's name and what goes around it. It reports whether the value may follow.
func addName[T text](e *Encoder, name T) bool {
	if e.head.Serialization == Binary {
		if len(name) > binaryKeyMax {
			e.failed = "ext key too long"
			return false
		}
		b := binary.BigEndian.AppendUint16(e.buf, uint16(len(name)))
		e.buf = append(b, name...)
		return true
	}
	b := e.buf
	if len(b) == e.ext {
		b = append(b, `,"extFields":{`...)
	} else {
		b = append(b, ',')
	}
	b = appendJSONText(b, name)
	e.buf = append(b, ':')
	return true
}

// addValue writes a value behind its name.
func addValue[T text](e *Encoder, value T) {
	if e.head.Serialization == Binary {
		e.buf = appendBinaryText(e.buf, value)
	} else {
		e.buf = appendJSONText(e.buf, value)
	}
}

// Finish ends the header and writes the lengths for a body of bodyLen bytes, which the caller puts
// behind the bytes returned: those of Begin with the frame's head behind them.
//
// ErrUnencodable means that a length does not fit its field; the bytes are those of Begin then.
func (e *Encoder) Finish(bodyLen int) ([]byte, error) {
	if e.head.Serialization == Binary {
		binary.BigEndian.PutUint32(e.buf[e.ext:], uint32(len(e.buf)-e.ext-4))
	} else {
		e.finishJSON()
	}
	b := e.buf
	e.buf, e.remark = nil, nil
	header := len(b) - e.start - prefixSize
	length := int64(header) + prefixSize - lengthSize + int64(bodyLen)
	switch {
	case e.failed != "":
	case header > maxHeaderWord:
		e.failed = "header too long"
	case bodyLen < 0 || length > math.MaxInt32:
		e.failed = "body too long"
	}
	if e.failed != "" {
		return b[:e.start], fmt.Errorf("%w: %s: code %d, header of %d bytes, body of %d", ErrUnencodable, e.failed, e.head.Code, header, bodyLen)
	}
	binary.BigEndian.PutUint32(b[e.start:], uint32(length))
	binary.BigEndian.PutUint32(b[e.start+lengthSize:], uint32(e.head.Serialization)<<24|uint32(header))
	return b, nil
}

// finishJSON writes the members that sort behind extFields.
func (e *Encoder) finishJSON() {
	b := e.buf
	if len(b) > e.ext {
		b = append(b, '}')
	}
	b = append(b, `,"flag":`...)
	b = strconv.AppendInt(b, int64(e.head.Flag), 10)
	b = append(b, `,"language":`...)
	if int(e.head.Language) < len(languageNames) {
		b = append(b, '"')
		b = append(b, languageNames[e.head.Language]...)
		b = append(b, '"')
	} else {
		b = append(b, "null"...)
	}
	b = append(b, `,"opaque":`...)
	b = strconv.AppendInt(b, int64(e.head.Opaque), 10)
	switch {
	case e.remark != nil:
		b = append(b, `,"remark":`...)
		b = appendJSONText(b, e.remark)
	case e.head.HasRemark || e.head.Remark != "":
		b = append(b, `,"remark":`...)
		b = appendJSONText(b, e.head.Remark)
	}
	b = append(b, `,"serializeTypeCurrentRPC":"JSON","version":`...)
	b = strconv.AppendInt(b, int64(e.head.Version), 10)
	e.buf = append(b, '}')
}

// AppendCommand appends c as one frame, body included. It writes what Decode reads from it:
// whatever c was decoded from, decoding the result gives an equal Command, but for what binary
// frames cannot carry (empty texts, more than 16 bits of a code) and for texts that are not UTF-8. The error is
// ErrUnencodable; dst is returned unchanged then.
func AppendCommand(dst []byte, c *Command) ([]byte, error) {
	var e Encoder
	return e.Append(dst, c)
}

// Append is AppendCommand with an Encoder that is at hand.
func (e *Encoder) Append(dst []byte, c *Command) ([]byte, error) {
	e.begin(dst, Head{
		Code: c.Code, Language: c.Language, Version: c.Version, Opaque: c.Opaque, Flag: c.Flag,
		Serialization: c.Serialization, HasRemark: c.HasRemark,
	}, c.remark())
	for _, p := range c.Ext {
		null := p.Value == nil && c.Serialization == JSON
		if !null && addName(e, p.Key) {
			addValue(e, p.Value)
		}
	}
	frame, err := e.Finish(len(c.Body))
	if err != nil {
		return frame, err
	}
	return append(frame, c.Body...), nil
}

// remark is nil if there is none.
func (c *Command) remark() []byte {
	if c.HasRemark && c.Remark == nil {
		return []byte{}
	}
	if !c.HasRemark {
		return nil
	}
	return c.Remark
}
