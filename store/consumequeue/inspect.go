package consumequeue

// What a tool needs that reads the files of a queue nobody has open.

// UnitSize is the size of a unit, in bytes.
const UnitSize = unitSize

// Decode reads a unit from b, which has at least UnitSize bytes.
func Decode(b []byte) Entry { return decodeEntry(b) }

// FileStart returns the byte offset in the queue at which a file begins; ok is false if the name is
// not that of a file of a queue.
func FileStart(name string) (start int64, ok bool) { return parseFileName(name) }

// Follows reports whether e can stand behind an entry whose message ends at prevEnd in the log.
func (e Entry) Follows(prevEnd int64) bool { return e.follows(prevEnd) }

// End is where the log goes on behind the message.
func (e Entry) End() int64 { return e.end() }
