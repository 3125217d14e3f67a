package consumequeue

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/gannetmq/gannet/store/record"
)

// A unit (Java: ConsumeQueue), big endian. Unit i of a queue is the message with queue offset i.
//
//	 0           8      12          20
//	+-----------+------+-----------+
//	|phyOffset 8|size 4|tagsCode 8 |
//	+-----------+------+-----------+
//
//	phyOffset  where the record begins in the CommitLog
//	size       of the record, in bytes
//	tagsCode   hash of the tag, or what Options.TagsCode puts in its place, or see Entry.Extended
//
// Files lie in DIR/TOPIC/QUEUEID/. All have the same size, a multiple of 20, from their creation
// on; what is not written yet is zero, and a zero unit ends the queue. A file is named by the byte
// offset of its first unit in the queue, in 20 digits, which is a multiple of the size. A queue
// whose first message is not the first unit of its file has fillers in front of it.
const unitSize = 20

// fillerSize marks a unit that stands for no message (Java: fillPreBlank).
const fillerSize = math.MaxInt32

// defaultFileSize is Java's mappedFileSizeConsumeQueue: 300,000 units.
const defaultFileSize = 300000 * unitSize

// Entry is a unit.
type Entry struct {
	PhyOffset int64
	Size      int32
	TagsCode  int64
}

// Filler reports whether the entry stands for no message.
func (e Entry) Filler() bool { return e.Size == fillerSize }

// Extended reports whether the last field is no code but an address in Java's consumequeue_ext
// (ConsumeQueueExt.isExtAddr), where the code is among other things. The record tells it too.
func (e Entry) Extended() bool { return e.TagsCode < math.MinInt32 }

// blank reports whether the entry is a filler in front of the first message of a queue. Fillers
// of a gap have the place in the log where the message in front of them ends, so that places grow
// with queue offsets.
func (e Entry) blank() bool { return e.Filler() && e.PhyOffset == 0 }

// end is where the log goes on behind the message.
func (e Entry) end() int64 {
	if e.Filler() {
		return e.PhyOffset
	}
	return e.PhyOffset + int64(e.Size)
}

func (e Entry) put(b []byte) {
	_ = b[unitSize-1]
	binary.BigEndian.PutUint64(b, uint64(e.PhyOffset))
	binary.BigEndian.PutUint32(b[8:], uint32(e.Size))
	binary.BigEndian.PutUint64(b[12:], uint64(e.TagsCode))
}

func decodeEntry(b []byte) Entry {
	_ = b[unitSize-1]
	return Entry{
		PhyOffset: int64(binary.BigEndian.Uint64(b)),
		Size:      int32(binary.BigEndian.Uint32(b[8:])),
		TagsCode:  int64(binary.BigEndian.Uint64(b[12:])),
	}
}

// valid is Java's test of a unit.
func (e Entry) valid() bool { return e.PhyOffset >= 0 && e.Size > 0 }

// follows is a harder test, for units that may be torn: a record cannot be smaller than the
// smallest one nor begin before the one in front of it ends.
func (e Entry) follows(prevEnd int64) bool {
	return e.valid() && e.Size >= record.MinSize && e.PhyOffset >= prevEnd
}

// fileName returns the name of the file that begins at byte offset start.
func fileName(start int64) string {
	const digits = "00000000000000000000"
	s := strconv.FormatInt(start, 10)
	return digits[len(s):] + s
}

// parseFileName is the reverse; ok is false for names of other things.
func parseFileName(name string) (start int64, ok bool) {
	if len(name) != 20 {
		return 0, false
	}
	start, err := strconv.ParseInt(name, 10, 64)
	return start, err == nil && start >= 0 && name[0] != '+'
}
