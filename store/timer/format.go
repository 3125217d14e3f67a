package timer

import (
	"encoding/binary"

	"github.com/gannetmq/gannet/store/layout"
)

// Places below the root of the store. Part of the format.
const (
	WheelFile = layout.TimerWheelFile
	LogDir    = layout.TimerLogDir
	CheckFile = layout.ConfigDir + "/timercheck"
)

// The wheel (Java: TimerWheel, Slot) is an array of Slots slots, whatever the precision. A slot holds one
// moment of those that share it: t = ms / precision lives in slot t mod Slots, and only where the first field
// says t. Big endian, as everything here.
//
//	 0     8          16        24    28       32
//	+-----+----------+---------+-----+--------+
//	|t 8  |firstPos 8|lastPos 8|num 4|magic 4 |
//	+-----+----------+---------+-----+--------+
//
// The magic is unused. Java does not restore num after a crash.
const (
	Slots    = 2 * 7 * 24 * 3600
	slotSize = 32
)

// slot is one slot of the wheel. Positions are offsets in the timer log.
type slot struct {
	time        int64 // Unix ms / precision
	first, last int64
	num         int32 // entries less twice those that take others back
}

func (s *slot) append(dst []byte) []byte {
	be := binary.BigEndian
	dst = be.AppendUint64(dst, uint64(s.time))
	dst = be.AppendUint64(dst, uint64(s.first))
	dst = be.AppendUint64(dst, uint64(s.last))
	dst = be.AppendUint32(dst, uint32(s.num))
	return be.AppendUint32(dst, 0)
}

// decodeSlot reads a slot; b has slotSize bytes.
func decodeSlot(b []byte) slot {
	be := binary.BigEndian
	return slot{
		time: int64(be.Uint64(b)), first: int64(be.Uint64(b[8:])), last: int64(be.Uint64(b[16:])),
		num: int32(be.Uint32(b[24:])),
	}
}

// The timer log (Java: TimerLog) is a sequence of files of one size, named by the offset of their first
// byte, with entries of unitSize bytes.
//
//	 0      4      12      16       24      28       36      40       44          52
//	+------+------+-------+--------+-------+--------+-------+--------+-----------+
//	|size 4|prev 8|magic 4|writeMs8|delay 4|phyOff 8|phySz 4|topicH 4|reserved 8 |
//	+------+------+-------+--------+-------+--------+-------+--------+-----------+
//
// Where an entry and a blank no longer fit, a file ends with a blank: size is the rest of the file, which
// may be 52 as well, prev is 0, and the magic tells it from an entry.
const (
	unitSize   = 52
	blankSize  = 16
	magicBlank = 0xCBD43194
	none       = -1 // prev of a slot's first entry
)

// Magic says what is to be done with an entry when its time has come.
type Magic int32

const (
	Plain  Magic = 1      // every entry's
	Roll   Magic = 1 << 1 // put it into the queue again: its message is due later than a slot can say
	Delete Magic = 1 << 2 // deliver nothing, and not the message that its message names
)

// Unit is one entry of the timer log.
type Unit struct {
	Prev      int64 // position of the one before it in the slot, -1 if it is the first
	Magic     Magic
	Written   int64 // Unix ms, the moment that enqueuing had come to
	Delay     int32 // ms from there to the slot's moment
	PhyOffset int64 // of the message in the CommitLog
	Size      int32 // of the message
	TopicHash int32 // Java's hash of the name of the topic that it is for
}

// Time is the moment of the slot, Unix ms.
func (u *Unit) Time() int64 { return u.Written + int64(u.Delay) }

func (u *Unit) append(dst []byte) []byte {
	be := binary.BigEndian
	dst = be.AppendUint32(dst, unitSize)
	dst = be.AppendUint64(dst, uint64(u.Prev))
	dst = be.AppendUint32(dst, uint32(u.Magic))
	dst = be.AppendUint64(dst, uint64(u.Written))
	dst = be.AppendUint32(dst, uint32(u.Delay))
	dst = be.AppendUint64(dst, uint64(u.PhyOffset))
	dst = be.AppendUint32(dst, uint32(u.Size))
	dst = be.AppendUint32(dst, uint32(u.TopicHash))
	return be.AppendUint64(dst, 0)
}

// decodeUnit reads an entry. Not ok: b is too short or holds something else.
func decodeUnit(b []byte) (u Unit, ok bool) {
	if len(b) < unitSize {
		return u, false
	}
	be := binary.BigEndian
	u = Unit{
		Prev: int64(be.Uint64(b[4:])), Magic: Magic(be.Uint32(b[12:])), Written: int64(be.Uint64(b[16:])),
		Delay: int32(be.Uint32(b[24:])), PhyOffset: int64(be.Uint64(b[28:])), Size: int32(be.Uint32(b[36:])),
		TopicHash: int32(be.Uint32(b[40:])),
	}
	// Java takes a magic of 0 for an entry too, but writes none.
	return u, be.Uint32(b) == unitSize && u.Magic&^(Plain|Roll|Delete|8) == 0 && u.Prev >= none && u.PhyOffset >= 0 && u.Size > 0
}

// isBlank reports whether b begins with a blank.
func isBlank(b []byte) bool {
	return len(b) >= blankSize && binary.BigEndian.Uint32(b[12:]) == magicBlank
}

// appendBlank appends the blank that fills the last rest bytes of a file, zeros behind it.
func appendBlank(dst []byte, rest int64) []byte {
	be := binary.BigEndian
	n := len(dst) + int(rest)
	dst = be.AppendUint32(dst, uint32(rest))
	dst = be.AppendUint64(dst, 0)
	dst = be.AppendUint32(dst, magicBlank)
	return append(dst, make([]byte, n-len(dst))...)
}

// The checkpoint (Java: TimerCheckpoint) is one page; what follows the fields is zero. The answer to
// GET_TIMER_CHECK_POINT is the fields alone.
//
//	 0        8            16            24                   32             40           48        56
//	+--------+------------+-------------+--------------------+--------------+------------+---------+
//	|readMs 8|logFlushed 8|queueOffset 8|masterQueueOffset 8 |stateVersion 8|timestamp 8 |counter 8|
//	+--------+------------+-------------+--------------------+--------------+------------+---------+
const (
	checkSize   = 4096
	checkFields = 56
)

// Checkpoint is what is known to be done.
type Checkpoint struct {
	ReadTime    int64 // Unix ms; everything due before was delivered, and the disk has it (Java: lastReadTimeMs)
	LogFlushed  int64 // position up to which the disk has the timer log (lastTimerLogFlushPos)
	QueueOffset int64 // of the first message of the queue that is not in the timer log (lastTimerQueueOffset)
	MasterQueue int64 // what a slave knows of its master's; a master's own (masterTimerQueueOffset)

	// Version of the two above, Java: DataVersion.
	StateVersion, Timestamp, Counter int64
}

// Append appends the fields.
func (c *Checkpoint) Append(dst []byte) []byte {
	for _, v := range [...]int64{c.ReadTime, c.LogFlushed, c.QueueOffset, c.MasterQueue, c.StateVersion, c.Timestamp, c.Counter} {
		dst = binary.BigEndian.AppendUint64(dst, uint64(v))
	}
	return dst
}

// DecodeCheckpoint reads the fields. Negative values count as 0. Not ok: b is too short.
func DecodeCheckpoint(b []byte) (c Checkpoint, ok bool) {
	if len(b) < checkFields {
		return c, false
	}
	for i, p := range [...]*int64{&c.ReadTime, &c.LogFlushed, &c.QueueOffset, &c.MasterQueue, &c.StateVersion, &c.Timestamp, &c.Counter} {
		*p = max(0, int64(binary.BigEndian.Uint64(b[8*i:])))
	}
	return c, true
}
