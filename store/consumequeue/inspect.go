package consumequeue

// What a tool needs that reads the files of a queue nobody has open.

// UnitSize is the size of a unit of a simple queue, in bytes, BatchUnitSize that of a batch queue.
const (
	UnitSize      = unitSize
	BatchUnitSize = batchSize
)

// File sizes that Java has by default.
const (
	DefaultFileSize      = defaultFileSize
	DefaultBatchFileSize = defaultBatchFileSize
)

// TailFiles is how many files of a queue Open reads after a crash.
const TailFiles = tailFiles

// Decode reads a unit of a simple queue from b, which has at least UnitSize bytes.
func Decode(b []byte) Entry { return decodeEntry(b) }

// DecodeBatch reads a unit of a batch queue from b, which has at least BatchUnitSize bytes.
func DecodeBatch(b []byte) Batch { return decodeBatch(b) }

// FileStart returns the byte offset in the queue at which a file begins; ok is false if the name is
// not that of a file of a queue.
func FileStart(name string) (start int64, ok bool) { return parseFileName(name) }

// Follows reports whether e can stand behind an entry whose message ends at prevEnd in the log.
func (e Entry) Follows(prevEnd int64) bool { return e.follows(prevEnd) }

// Valid is Java's test of a unit: one that is not is unwritten, or damaged.
func (e Entry) Valid() bool { return e.valid() }

// End is where the log goes on behind the message.
func (e Entry) End() int64 { return e.end() }

// Continues reports whether the batch can stand behind queue offset next.
func (b Batch) Continues(next int64) bool { return b.continues(next) }

// Next is the queue offset behind the batch.
func (b Batch) Next() int64 { return b.next() }
