package consumequeue

import (
	"encoding/binary"
	"math"
)

// A unit of an extension (Java: ConsumeQueueExt.CqExtUnit), big endian:
//
//	 0      2          10          18       20
//	+------+----------+-----------+--------+----------+
//	|size 2|tagsCode 8|storeTime 8|length 2|bit map … |
//	+------+----------+-----------+--------+----------+
//
//	size       of the unit, in bytes, at most 32767
//	tagsCode   what the queue's entry would hold without an extension
//	storeTime  of the record, Unix milliseconds
//	length     of the bit map, in bytes; 0 for none
//
// Files lie in DIR/TOPIC/QUEUEID/, all of one size, named by the byte offset of their first unit. Units do not reach
// from one into the next: where one does not fit so that 4 bytes stay free, -1 stands in place of its size, and it
// begins the next file. What is not written yet is zero. The queue's entry holds the unit's byte offset less 2^63.
const (
	extHead  = 20
	maxExt   = math.MaxInt16
	extSpare = 4
)

// defaultExtFileSize is Java's mappedFileSizeConsumeQueueExt: 48 MiB.
const defaultExtFileSize = 48 << 20

// maxExtOffset bounds byte offsets: an address is below every hash of a tag (ConsumeQueueExt.MAX_REAL_OFFSET).
const maxExtOffset = math.MinInt32 - 1 - math.MinInt64

// Unit is what a queue's extension says of a message.
type Unit struct {
	TagsCode  int64
	StoreTime int64  // Unix milliseconds
	Bits      []byte // nil for none
}

func (u *Unit) size() int { return extHead + len(u.Bits) }

func (u *Unit) append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(u.size()))
	dst = binary.BigEndian.AppendUint64(dst, uint64(u.TagsCode))
	dst = binary.BigEndian.AppendUint64(dst, uint64(u.StoreTime))
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(u.Bits)))
	return append(dst, u.Bits...)
}

// decodeUnit reads the unit that b begins with; its bit map is a view. ok is false if there is none, or if b ends in it.
func decodeUnit(b []byte) (u Unit, size int, ok bool) {
	if len(b) < extHead {
		return u, 0, false
	}
	size = int(int16(binary.BigEndian.Uint16(b)))
	length := int(int16(binary.BigEndian.Uint16(b[18:])))
	if size < extHead || length < 0 || size != extHead+length || size > len(b) {
		return u, 0, false
	}
	u.TagsCode, u.StoreTime = int64(binary.BigEndian.Uint64(b[2:])), int64(binary.BigEndian.Uint64(b[10:]))
	if length > 0 {
		u.Bits = b[extHead:size]
	}
	return u, size, true
}

// addressOf is what the entry of a unit at a byte offset holds; extOffset is the reverse.
func addressOf(off int64) int64 { return off + math.MinInt64 }

func extOffset(address int64) int64 { return address - math.MinInt64 }
