package store

import (
	"time"

	"github.com/gannetmq/gannet/store/record"
)

// Status is the outcome of a Get. Java: GetMessageStatus, which has some that never come.
type Status uint8

const (
	Found Status = iota
	NoMatchedMessage
	MessageWasRemoving
	OffsetOverflowBadly
	OffsetOverflowOne
	OffsetTooSmall
	NoMessageInQueue
)

// String returns Java's name, which is the remark of a pull answer.
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return "UNKNOWN"
}

var statusNames = [...]string{
	Found:               "FOUND",
	NoMatchedMessage:    "NO_MATCHED_MESSAGE",
	MessageWasRemoving:  "MESSAGE_WAS_REMOVING",
	OffsetOverflowBadly: "OFFSET_OVERFLOW_BADLY",
	OffsetOverflowOne:   "OFFSET_OVERFLOW_ONE",
	OffsetTooSmall:      "OFFSET_TOO_SMALL",
	NoMessageInQueue:    "NO_MESSAGE_IN_QUEUE",
}

// Filter selects messages. Both methods are called from Get, on its goroutine.
type Filter interface {
	// Match looks at the queue entry: the hash of the tag, or what stands in its place.
	Match(tagsCode int64) bool
	// MatchRecord looks at the message, without body, when Match let it pass.
	MatchRecord(v *record.View) bool
}

// BitFilter is a Filter that can tell by the bit map beside a queue's entry that a message is not wanted. It is asked when
// the disk may be, and the record, without it, would have to be read (Options.Extension).
type BitFilter interface {
	// MatchBits looks at a bit map, which may be empty, and when the message was stored (Unix ms).
	MatchBits(stored int64, bitMap []byte) bool
}

// Costly is a Filter that can take long, and tells about how long MatchRecord took for a message. One that does not tell, or
// tells 0, is asked as often as there are messages.
type Costly interface {
	Cost(v *record.View) time.Duration
}

// Query asks for messages of one queue. It is reusable.
type Query struct {
	Topic   []byte
	QueueID int32
	Offset  int64  // queue offset of the first one wanted
	Max     int    // messages, at least 1
	Bytes   int    // of all messages; 0 for no limit of the caller's
	Filter  Filter // nil for all
	// NoWait makes Get return ErrWouldBlock instead of asking the disk, or a filter for long.
	NoWait bool
}

// Message tells of one message of a Read.
type Message struct {
	QueueOffset int64
	PhyOffset   int64
	TagsCode    int64
	Size        int
}
