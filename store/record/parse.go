package record

import (
	"encoding/binary"

	"github.com/gannetmq/gannet/compat/jvalue"
)

// Level says how much of a record Parse looks at.
type Level uint8

const (
	// Headers leaves the body alone: View.Body is nil and its memory is not touched. For dispatch.
	Headers Level = iota
	// WithBody sets View.Body.
	WithBody
	// CheckCRC also compares the body with its CRC; an empty body has none. For recovery.
	CheckCRC
)

// Kind is what Parse found.
type Kind uint8

const (
	// Invalid bytes; the error says why.
	Invalid Kind = iota
	// None: size and magic are zero, nothing was ever written here.
	None
	// Record: the view is filled in.
	Record
	// Blank: the rest of the file is empty. The view's Size is what the blank says the rest is,
	// which is for the caller to compare: it may exceed the bytes given.
	Blank
)

// Parse reads the record that b begins with into v. b may go on behind it. The view's slices are
// parts of b. Hostile bytes give an error, never a panic, and nothing is allocated.
// Errors: ErrShort, ErrMagic, ErrLength, ErrBodyCRC. The stored physical offset is not compared
// with anything: the caller knows where it read.
func Parse(b []byte, v *View, level Level) (Kind, error) {
	v.Size, v.labels.known = 0, false
	if len(b) < posBodyCRC {
		return Invalid, ErrShort
	}
	v.Size = int32(binary.BigEndian.Uint32(b))
	v.Magic = binary.BigEndian.Uint32(b[posMagic:])
	topicLen := 1
	switch v.Magic {
	case MagicV1:
	case MagicV2:
		topicLen = 2
	case MagicBlank:
		if v.Size < BlankSize {
			return Invalid, ErrLength
		}
		return Blank, nil
	default:
		if v.Size == 0 && v.Magic == 0 {
			return None, nil
		}
		return Invalid, ErrMagic
	}
	if v.Size < MinSize {
		return Invalid, ErrLength
	}
	if int64(v.Size) > int64(len(b)) {
		return Invalid, ErrShort
	}
	v.raw = b[:v.Size:v.Size]
	body, ok := v.fields(topicLen)
	if !ok {
		return Invalid, ErrLength
	}
	v.Body = nil
	if level == Headers {
		return Record, nil
	}
	v.Body = body
	if level == CheckCRC && len(body) > 0 && jvalue.CRC32(body) != v.BodyCRC {
		return Invalid, ErrBodyCRC
	}
	return Record, nil
}

// fields reads all of v.raw, which is at least MinSize long, and returns the body. Not ok: the
// lengths are not those of the bytes.
func (v *View) fields(topicLen int) (body []byte, ok bool) {
	be := binary.BigEndian
	b := v.raw
	v.BodyCRC = int32(be.Uint32(b[posBodyCRC:]))
	v.QueueID = int32(be.Uint32(b[posQueueID:]))
	v.Flag = int32(be.Uint32(b[posFlag:]))
	v.QueueOffset = int64(be.Uint64(b[posQueueOffset:]))
	v.PhyOffset = int64(be.Uint64(b[posPhyOffset:]))
	v.SysFlag = int32(be.Uint32(b[posSysFlag:]))
	v.BornTime = int64(be.Uint64(b[posBornTime:]))

	born, store := hostSizes(v.SysFlag)
	if len(b) < MinSize+born+store-2*hostV4+topicLen-1 {
		return nil, false
	}
	v.bornHost, b = b[posBornHost:posBornHost+born], b[posBornHost+born:]
	v.StoreTime, b = int64(be.Uint64(b)), b[8:]
	v.storeHost, b = b[:store], b[store:]
	v.ReconsumeTimes = int32(be.Uint32(b))
	v.PreparedOffset = int64(be.Uint64(b[4:]))
	v.BodyLen = int32(be.Uint32(b[12:]))
	b = b[16:]
	if v.BodyLen < 0 || int64(v.BodyLen) > int64(len(b)-topicLen-2) {
		return nil, false
	}
	body, b = b[:v.BodyLen:v.BodyLen], b[v.BodyLen:]

	n := int(int8(b[0]))
	if topicLen == 2 {
		n = int(int16(be.Uint16(b)))
	}
	b = b[topicLen:]
	if n < 0 || n > len(b)-2 {
		return nil, false
	}
	v.Topic, b = b[:n:n], b[n:]
	n = int(int16(be.Uint16(b)))
	v.Properties = b[2:]
	return body, n >= 0 && n == len(v.Properties)
}
