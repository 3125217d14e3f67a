package store

import (
	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// Store is an open message store. Methods may be called from any goroutine.
type Store struct{ opt Options }

// Queue is one consume queue; it lives as long as its topic.
type Queue struct{}

// Open locks and opens the directory, or begins a new one, and recovers what a crash left.
func Open(fsys vfs.FS, o Options) (*Store, error) {
	return nil, ErrClosed
}

// Queue returns the queue id of topic, which begins to exist in memory if there was none. The name
// is checked. Allocates nothing when the queue exists.
func (s *Store) Queue(topic []byte, id int32) (*Queue, error) { return nil, ErrClosed }

// Put appends the records of e. q is the queue that they belong to. With noWait it does no I/O and
// returns ErrWouldBlock where it would have to. Errors: ErrClosed, ErrReadOnly, ErrDiskFull, ErrBusy.
func (s *Store) Put(e *record.Encoded, q *Queue, noWait bool) (commitlog.Placed, error) {
	return commitlog.Placed{}, ErrClosed
}

// Await tells w when what ends at end (Placed.End) is as durable as the flush mode promises: at once,
// from this goroutine, unless SyncFlush.
func (s *Store) Await(end int64, w commitlog.Waiter) { w.Settled(ErrClosed) }

// Drive makes visible what was put, if the store was opened with CallerDrives. It does not block.
func (s *Store) Drive() {}

// Get reads messages of a queue into r, whatever it held before is released. Status, Next, Min and
// Max are meaningful when err is nil. Errors: ErrClosed, ErrWouldBlock, *ErrCorrupt, those of the disk.
func (s *Store) Get(q *Query, r *Read) (Status, error) { return 0, ErrClosed }

// Look reads the record that begins at phyOff. Errors: ErrNotFound and those of Get.
func (s *Store) Look(phyOff int64, r *Read, noWait bool) error { return ErrClosed }

// MaxOffset is the queue offset behind the last visible message; 0 if there is no such queue.
func (s *Store) MaxOffset(topic []byte, id int32) int64 { return 0 }

// MinOffset is the queue offset of the oldest message; 0 if there is no such queue.
func (s *Store) MinOffset(topic []byte, id int32) int64 { return 0 }

// Boundary says which of several messages of one time OffsetByTime means.
type Boundary bool

const (
	Lower Boundary = false // the first message not older than the time
	Upper Boundary = true  // the last message not newer
)

// OffsetByTime finds a queue offset by store time (Unix milliseconds), within [min, max]; 0 if there
// is no such queue. It may ask the disk.
func (s *Store) OffsetByTime(topic []byte, id int32, ms int64, b Boundary) (int64, error) {
	return 0, ErrClosed
}

// EarliestTime is the store time of the queue's oldest message, -1 if there is none. It may ask the disk.
func (s *Store) EarliestTime(topic []byte, id int32) (int64, error) { return -1, ErrClosed }

// StoreTime is the store time of the message at a queue offset, -1 if there is none. It may ask the disk.
func (s *Store) StoreTime(topic []byte, id int32, queueOff int64) (int64, error) {
	return -1, ErrClosed
}

// OnDisk reports whether the message at a queue offset lies further behind the end of the log than
// MemoryPercent of the machine's memory. Java: checkInDiskByConsumeOffset.
func (s *Store) OnDisk(topic []byte, id int32, queueOff int64) bool { return false }

// FindByKey returns the physical offsets, ascending and at most limit, of messages of topic that were
// sent with key, as KEYS item or unique key, between two store times. Others whose key has the same
// hash may be among them. It may ask the disk.
func (s *Store) FindByKey(topic, key []byte, limit int, begin, end int64) ([]int64, error) {
	return nil, ErrClosed
}

// DeleteTopic takes the topic's queues away; its messages expire with the log.
func (s *Store) DeleteTopic(topic []byte) error { return ErrClosed }

// ReadOnly returns why the store takes no messages, nil if it does.
func (s *Store) ReadOnly() error { return ErrClosed }

// Unserved lists, a line each, what the directory holds that this version does not serve.
func (s *Store) Unserved() []string { return nil }

// Check compares log, queues and index with each other. For the end of tests and for tools: it reads all.
func (s *Store) Check() error { return ErrClosed }

// Close stops taking messages, waits until all is dispatched and flushed, and leaves a directory
// that opens without recovery. Reads must have been released.
func (s *Store) Close() error { return nil }
