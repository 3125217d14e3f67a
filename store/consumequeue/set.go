package consumequeue

import (
	"fmt"
	"iter"
	"log/slog"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gannetmq/gannet/store/queuemap"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// Options of a Set. Zero values mean what is said with each field.
type Options struct {
	// FileSize of queue files, in bytes, rounded up to whole units: 6,000,000. If the directory has
	// files and all have another size, theirs is used.
	FileSize int64
	// BatchDir has batch queues; "" means batchconsumequeue. BatchFileSize is the size of their files:
	// 13,800,000, rounded likewise.
	BatchDir      string
	BatchFileSize int64
	// MaxOpenFiles is how many descriptors are kept: 1024.
	MaxOpenFiles int
	// MaxPending is how many bytes may wait in memory before Pressure says so: 16 MiB, which is 80
	// entries for each of ten thousand queues; less makes writing them dearer than the rest.
	MaxPending int64
	// Clean says that the last user of the directory closed it in order: nothing needs to be
	// doubted, and the end of a queue is searched for instead of read for.
	Clean bool
	// Batch reports whether the queues of a topic are batch queues; nil: none is, but those that are
	// there. It is asked when a queue begins to exist.
	Batch func(topic []byte) bool
	// Light says that new messages have places in light queues.
	Light bool
	// Exclusive runs f while the log assigns no queue offsets; nil runs it just so.
	Exclusive func(f func())
	// TagsCode gives what to store in place of the hash of the tag; nil stores the hash.
	TagsCode func(v *record.View) int64
	// Ext makes queues store more than fits into their entries; nil for none.
	Ext *Extension
	// Now is the clock, in Unix milliseconds, for the names of what is set aside: nil is the system's.
	Now func() int64
	// Log is told what was repaired; nil discards.
	Log *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.FileSize <= 0 {
		o.FileSize = defaultFileSize
	}
	o.FileSize = wholeUnits(o.FileSize, unitSize)
	if o.BatchDir == "" {
		o.BatchDir = "batchconsumequeue"
	}
	if o.BatchFileSize <= 0 {
		o.BatchFileSize = defaultBatchFileSize
	}
	o.BatchFileSize = wholeUnits(o.BatchFileSize, batchSize)
	if o.Batch == nil {
		o.Batch = func([]byte) bool { return false }
	}
	if o.MaxOpenFiles <= 0 {
		o.MaxOpenFiles = 1024
	}
	if o.MaxPending <= 0 {
		o.MaxPending = 16 << 20
	}
	if o.Ext != nil {
		e := *o.Ext
		if e.FileSize <= 0 {
			e.FileSize = defaultExtFileSize
		}
		o.Ext = &e
	}
	if o.TagsCode == nil {
		o.TagsCode = (*record.View).TagsCode
	}
	if o.Exclusive == nil {
		o.Exclusive = func(f func()) { f() }
	}
	if o.Now == nil {
		o.Now = func() int64 { return time.Now().UnixMilli() }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func wholeUnits(size, unit int64) int64 { return (size + unit - 1) / unit * unit }

// Set is all queues of a store.
type Set struct {
	fs            vfs.FS
	simple, batch kind
	o             Options
	handles       *handles
	buffers       sync.Pool // *buffer
	report        Report
	many          int // manyUnsynced, less in tests

	mu     sync.RWMutex // guards queues; not held over I/O
	queues queuemap.Map[Queue]

	dirtyMu sync.Mutex // guards dirty
	dirty   []*Queue

	// Of who dispatches.
	settled bool   // Settle was called
	bits    []byte // memory for bit maps
	last    *Queue // that got an entry; most records go where the one before went

	light   atomic.Int64 // light queues
	pending atomic.Int64 // bytes in rings that wait to be written
	notes   atomic.Int64 // repairs told to the log
	// What was dispatched; each is true for itself, as it is stored after the entry was appended.
	seenPhy, seenTime atomic.Int64

	// syncMu makes Flush and Close exclude each other, though Flush lets go of flushMu while everything is synced.
	syncMu sync.Mutex
	// flushMu makes Write, Flush, Truncate, DeleteTopic and Close exclude each other. It guards the
	// fields below and Queue.files.
	flushMu sync.Mutex
	flusher flusher
}

// Queue returns a queue, which it makes, in memory, if there is none.
// Error: ErrName, for what cannot be a directory.
func (s *Set) Queue(topic []byte, id int32) (*Queue, error) {
	if q := s.Lookup(topic, id); q != nil {
		return q, nil
	}
	if !validTopic(topic) || id < 0 {
		return nil, fmt.Errorf("%w: topic %q queue %d", ErrName, topic, id)
	}
	of := s.kindOf(topic)
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues.At(topic, id)
	if q == nil {
		q = newQueue(s, of, string(topic), id)
		s.add(q)
	}
	return q, nil
}

// add adds a queue; mu is held, or nobody else knows the set yet.
func (s *Set) add(q *Queue) {
	s.queues.Put(q.topic, q.id, q)
	if record.IsLight(q.topic) {
		s.light.Add(1)
	}
}

// Lookup returns a queue, or nil if there is none.
func (s *Set) Lookup(topic []byte, id int32) *Queue {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.queues.At(topic, id)
}

// All iterates over the queues that exist now, in no order.
func (s *Set) All() iter.Seq[*Queue] {
	return func(yield func(*Queue) bool) {
		for _, q := range s.snapshot() {
			if !yield(q) {
				return
			}
		}
	}
}

func (s *Set) snapshot() []*Queue {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.AppendSeq(make([]*Queue, 0, s.queues.Len()), s.queues.All())
}

// FileSize returns the size of the files of simple queues, in bytes.
func (s *Set) FileSize() int64 { return s.simple.fileSize }

// LightQueues returns how many of the queues are light ones.
func (s *Set) LightQueues() int { return int(s.light.Load()) }

// Pending returns how many bytes of entries wait in memory to be written.
func (s *Set) Pending() int64 { return s.pending.Load() }

// Pressure reports whether so much waits that Write should be called before its time.
func (s *Set) Pressure() bool { return s.pending.Load() > s.o.MaxPending }

// MaxPhy returns where the log goes on behind the last message of any queue; 0 without messages.
func (s *Set) MaxPhy() int64 {
	end := int64(0)
	for q := range s.All() {
		q.mu.Lock()
		end = max(end, q.maxPhy)
		q.mu.Unlock()
	}
	return end
}

// Settle sets the counter of each queue to its end, once everything in the log was dispatched and
// before anything is appended to it.
func (s *Set) Settle() {
	for q := range s.All() {
		q.assigned = q.Max()
	}
	s.settled = true
}

func (s *Set) addDirty(q ...*Queue) {
	s.dirtyMu.Lock()
	s.dirty = append(s.dirty, q...)
	s.dirtyMu.Unlock()
}

// note tells the log of a repair: of the first, the second, the fourth and so on, because a damaged
// log can ask for one with each record.
func (s *Set) note(repair string, q *Queue, next, queueOff int64) {
	if n := s.notes.Add(1); n&(n-1) == 0 {
		s.o.Log.Warn("consume queue "+repair, "topic", q.topic, "queue", q.id, "next", next, "offset", queueOff, "repairs", n)
	}
}

// validTopic reports whether a topic can be the name of a directory.
func validTopic(topic []byte) bool {
	const maxName = 255 // bytes, on every file system we know
	return len(topic) > 0 && len(topic) <= maxName && utf8.Valid(topic) &&
		string(topic) != "." && string(topic) != ".." && !strings.ContainsAny(string(topic), "/\x00")
}

// kind is what queues of one kind have in common.
type kind struct {
	dir      string // of all topics
	unit     int64  // bytes of an entry
	fileSize int64
	batch    bool // entries are batches, see batch.go
}

func (s *Set) kinds() []*kind { return []*kind{&s.simple, &s.batch} }

// kindOf is the kind that new queues of a topic are of.
func (s *Set) kindOf(topic []byte) *kind {
	if s.o.Batch(topic) {
		return &s.batch
	}
	return &s.simple
}

func (k *kind) perFile() int64 { return k.fileSize / k.unit }

func (k *kind) topicDir(topic string) string { return path.Join(k.dir, topic) }

func (q *Queue) topicDir() string { return q.kind.topicDir(q.topic) }

func (q *Queue) dir() string { return path.Join(q.topicDir(), strconv.Itoa(int(q.id))) }

func (q *Queue) file(start int64) string { return path.Join(q.dir(), fileName(start)) }
