package store

// Read is what a Get returned. It holds references into the log until Release; the zero value is
// ready, and reusing one allocates nothing. Not for several goroutines at once.
type Read struct {
	Next int64 // queue offset to ask for next
	Min  int64 // of the queue
	Max  int64
	// Behind suggests a slave: the messages lie further back than this machine's memory reaches.
	Behind bool
	// Messages tells of each message, in order.
	Messages []Message

	size int
}

// Len is the size of all records together, in bytes.
func (r *Read) Len() int { return r.size }

// AppendTo appends all records, one behind the other, as a pull answer carries them: Len bytes.
func (r *Read) AppendTo(dst []byte) []byte { return dst }

// Record returns message i of Messages. The bytes are valid until Release.
func (r *Read) Record(i int) []byte { return nil }

// Release gives the references back and empties r. It may be called again.
func (r *Read) Release() {}
