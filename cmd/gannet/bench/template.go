package bench

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strconv"
	"time"

	"github.com/gannetmq/gannet/remoting/wire"
)

// Request codes that the generator uses. Java: RequestCode.
const (
	codeSendV2      = 310
	codeSendBatch   = 320
	codeEnd         = 37
	codePull        = 11
	codeUpdateTopic = 17
	codeTopicConfig = 351
	codeMaxOffset   = 30
)

// version is what the generator claims to be: V5_3_3.
const version = 479

// firstOpaque keeps opaques at ten digits, so that they can be patched in JSON.
const firstOpaque = 1_000_000_000

// bornMark and uniqMark are the digits that patch replaces; no other field contains them.
const (
	bornMark   = "1700000000000"
	uniqMark   = "0123456789ABCDEF01234567"
	uniqDigits = 8
	// stampMark begins the body of a message whose way is timed: Unix nanoseconds in hex.
	stampMark = "FEDCBA9876543210"
)

// template is one encoded request with the places of what changes from one to the next.
type template struct {
	frame  []byte
	opaque int   // position of the opaque
	binary bool  // opaque as an int32 instead of ten digits
	born   int   // position of bornTimestamp's 13 digits, -1 if there is none
	uniqs  []int // positions of the eight changing hex digits of each UNIQ_KEY
	stamp  int   // position of the body's time stamp, -1 if there is none
}

type field struct{ name, value string }

func newTemplate(code int32, serialization wire.Serialization, fields []field, body []byte) (*template, error) {
	var e wire.Encoder
	e.Begin(nil, wire.Head{Code: code, Language: wire.Java, Version: version, Opaque: firstOpaque, Serialization: serialization})
	for _, f := range fields {
		e.String(f.name, f.value)
	}
	frame, err := e.Finish(len(body))
	if err != nil {
		return nil, err
	}
	t := &template{frame: append(frame, body...), binary: serialization == wire.Binary}
	mark := []byte(strconv.Itoa(firstOpaque))
	if t.binary {
		mark = binary.BigEndian.AppendUint32(nil, firstOpaque)
	}
	if t.opaque = bytes.Index(t.frame, mark); t.opaque < 0 {
		return nil, fmt.Errorf("code %d: the opaque is not where it was written", code)
	}
	t.born = bytes.Index(t.frame, []byte(bornMark))
	t.stamp = bytes.Index(t.frame, []byte(stampMark))
	for at := 0; ; {
		i := bytes.Index(t.frame[at:], []byte(uniqMark))
		if i < 0 {
			return t, nil
		}
		at += i + len(uniqMark)
		t.uniqs = append(t.uniqs, at)
	}
}

// append adds the request with this opaque and time, its keys numbered from seq.
func (t *template) append(dst []byte, opaque int32, now time.Time, seq uint32) []byte {
	start := len(dst)
	dst = append(dst, t.frame...)
	f := dst[start:]
	if t.binary {
		binary.BigEndian.PutUint32(f[t.opaque:], uint32(opaque))
	} else {
		putDecimal(f[t.opaque:t.opaque+10], int64(opaque))
	}
	if t.born >= 0 {
		putDecimal(f[t.born:t.born+len(bornMark)], now.UnixMilli())
	}
	for i, at := range t.uniqs {
		putHex(f[at:at+uniqDigits], uint64(seq)+uint64(i))
	}
	if t.stamp >= 0 {
		putHex(f[t.stamp:t.stamp+len(stampMark)], uint64(now.UnixNano()))
	}
	return dst
}

func putDecimal(b []byte, v int64) {
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = byte('0' + v%10)
		v /= 10
	}
}

func putHex(b []byte, v uint64) {
	const digits = "0123456789ABCDEF"
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = digits[v&15]
		v >>= 4
	}
}

// properties are what the Java client sends with a plain message.
const properties = "UNIQ_KEY\x01" + uniqMark + "00000000\x02WAIT\x01true\x02"

// messageBody is what a message carries: room for a stamp, then filling.
func messageBody(size int) []byte {
	body := bytes.Repeat([]byte("x"), size)
	if size >= len(stampMark) {
		copy(body, stampMark)
	}
	return body
}

// group is what the generator's producers call themselves.
const group = "bench_producer"

// sendTemplate is a SEND_MESSAGE_V2 to a queue as the Java client encodes it, or a batch of it.
func sendTemplate(o *Options, queue int) (*template, error) {
	body, code, props, sysFlag := messageBody(o.Size), int32(codeSendV2), properties, "0"
	switch {
	case o.Batch > 1:
		code, props = codeSendBatch, "WAIT\x01true\x02"
		body = bytes.Repeat(batchElement(body), o.Batch)
	case o.Transaction:
		props += "TRAN_MSG\x01true\x02PGROUP\x01" + group + "\x02"
		sysFlag = strconv.Itoa(sysPrepared)
	case o.Delay > 0:
		props += "DELAY\x01" + strconv.Itoa(o.Delay) + "\x02"
	}
	return newTemplate(code, o.serialization(), []field{
		{"a", group}, {"b", o.Topic}, {"c", "TBW102"}, {"d", "4"}, {"e", strconv.Itoa(queue)},
		{"f", sysFlag}, {"g", bornMark}, {"h", "0"}, {"i", props}, {"j", "0"}, {"k", "false"},
		{"m", strconv.FormatBool(o.Batch > 1)},
	}, body)
}

// batchElement is one message of a batch body. Java: MessageDecoder.encodeMessage.
func batchElement(body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(4+4+4+4+4+len(body)+2+len(properties)))
	b = binary.BigEndian.AppendUint32(b, 0)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(body)&0x7fffffff)
	b = binary.BigEndian.AppendUint32(b, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(len(body)))
	b = append(b, body...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(properties)))
	return append(b, properties...)
}
