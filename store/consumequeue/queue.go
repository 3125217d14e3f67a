package consumequeue

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// Queue is one queue of a topic: the messages [Min, Max). Methods may be called from any goroutine;
// Append is called by one at a time.
//
// Entries are numbered by their place in the files. In simple queues that is the queue offset of their
// message; in batch queues an entry stands for several.
type Queue struct {
	set   *Set
	kind  *kind
	topic string
	id    int32

	assigned int64 // see Assigned

	min atomic.Int64 // first entry that can be read
	max atomic.Int64 // ring.hi, for readers without the lock
	// Of batch queues: queue offsets of the first message and behind the last. Zero elsewhere.
	base, next atomic.Int64

	// mu guards the fields below and is not held over I/O. Readers of the files need no lock: what
	// was written does not change.
	mu      sync.Mutex
	ring    ring
	written int64  // entries before it are in the files; less than ring.lo only while fillers are due
	maxPhy  int64  // where the log goes on behind the last message; 0 without messages
	epoch   uint32 // counts restarts
	idle    uint32 // round of the set in which something was last written
	dirty   bool   // in the set's list of queues to write
	stale   bool   // the files belong to an epoch that is over
	cooling bool   // in the set's list of rings to let go
	gone    bool   // deleted

	ext *ext // nil for none

	// Guarded by Set.flushMu.
	files span
}

// span is the byte range of a queue that its files cover, without holes.
type span struct{ from, to int64 }

// Topic returns the queue's topic.
func (q *Queue) Topic() string { return q.topic }

// ID returns the queue's number within its topic.
func (q *Queue) ID() int32 { return q.id }

// Min returns the queue offset of the oldest message that can be read. Without messages it is Max.
func (q *Queue) Min() int64 {
	if q.kind.batch {
		return min(q.base.Load(), q.next.Load())
	}
	return q.first()
}

// Max returns the queue offset of the next message to arrive.
func (q *Queue) Max() int64 {
	if q.kind.batch {
		return q.next.Load()
	}
	return q.end()
}

// first and end bound the entries that can be read.
func (q *Queue) first() int64 { return min(q.min.Load(), q.max.Load()) }
func (q *Queue) end() int64   { return q.max.Load() }

func (q *Queue) perFile() int64 { return q.kind.perFile() }

func newQueue(s *Set, k *kind, topic string, id int32) *Queue {
	q := &Queue{set: s, kind: k, topic: topic, id: id, ring: ring{unit: k.unit}}
	if s.extended(k, topic) {
		q.ext = &ext{fileSize: s.o.Ext.FileSize}
	}
	return q
}

// Assigned is the counter from which the log takes queue offsets when it appends. It belongs to
// whoever holds the log's append lock; the set touches it in Open, Truncate and Settle only. It runs
// ahead of Max by what was not dispatched yet.
func (q *Queue) Assigned() *int64 { return &q.assigned }

// Append adds the entry of the message that lies at phy in the log. It does no I/O. A message that
// the queue has already is left out without an error, recognised by its place in the log. A queue
// without messages starts wherever its first message says. One that gets a message with queue offset
// 0 while it has others starts anew: its topic was deleted and made again. Offsets that are skipped
// are filled, so that the queue offset and the place of an entry agree.
// Errors: ErrOrder, ErrGap, ErrDeleted; nothing was appended then.
func (q *Queue) Append(queueOff, phy int64, size int32, tagsCode int64) error {
	next, wake, repair, err := q.append(queueOff, Entry{phy, size, tagsCode})
	q.tell(queueOff, next, wake, repair)
	return err
}

// tell tells others what an append says of itself.
func (q *Queue) tell(queueOff, next int64, wake bool, repair string) {
	if wake {
		q.set.addDirty(q)
	}
	if repair != "" {
		q.set.note(repair, q, next, queueOff)
	}
}

// append is Append but for what is told to others: that the queue has begun to be dirty (wake), and how
// offsets were repaired that did not go on with next.
func (q *Queue) append(queueOff int64, e Entry) (next int64, wake bool, repair string, err error) {
	q.mu.Lock()
	defer q.mu.Unlock() // a panic must not leave it to readers
	next = q.ring.hi
	switch {
	case q.gone:
		return next, false, "", ErrDeleted
	case e.end() <= q.maxPhy:
		return next, false, "", nil
	case queueOff != next:
		if repair, err = q.reachLocked(queueOff); err != nil {
			return next, false, "", err
		}
	}
	q.pushLocked(e)
	q.maxPhy = e.end()
	wake, q.dirty = !q.dirty, true
	return next, wake, repair, nil
}

func (q *Queue) pushLocked(e Entry) []byte {
	slot := q.ring.push(e, q.written)
	q.max.Store(q.ring.hi)
	q.set.pending.Add(q.kind.unit)
	return slot
}

// reachLocked makes queueOff the next offset and says how, for the log.
func (q *Queue) reachLocked(queueOff int64) (repair string, err error) {
	switch skipped := queueOff - q.ring.hi; {
	case queueOff < 0:
		return "", q.misfit(ErrOrder, queueOff)
	case q.maxPhy == 0 || queueOff == 0:
		q.restartLocked(queueOff)
		return "starts", nil
	case skipped < 0:
		return "", q.misfit(ErrOrder, queueOff)
	case skipped > q.perFile():
		return "", q.misfit(ErrGap, queueOff)
	default:
		for range skipped {
			q.pushLocked(Entry{PhyOffset: q.maxPhy, Size: fillerSize})
		}
		return "has a gap", nil
	}
}

func (q *Queue) misfit(err error, queueOff int64) error {
	return fmt.Errorf("%w: topic %q queue %d: offset %d, next is %d", err, q.topic, q.id, queueOff, q.Max())
}

// restartLocked forgets all entries and goes on at queueOff. The files are replaced by the next
// write, which also puts fillers in front of queueOff up to the beginning of its file.
func (q *Queue) restartLocked(queueOff int64) {
	q.set.pending.Add(-q.kind.unit * q.pendingLocked())
	at := queueOff
	if q.kind.batch {
		at = 0
	}
	q.ring.restart(at)
	q.written = at - at%q.perFile()
	q.maxPhy = 0
	q.epoch++
	q.stale = true
	q.max.Store(at)
	q.min.Store(at)
	q.next.Store(queueOff)
	q.base.Store(queueOff)
}

// pendingLocked counts the entries that wait in memory to be written.
func (q *Queue) pendingLocked() int64 { return q.ring.hi - max(q.written, q.ring.lo) }

// Entries copies the entries from number from on, as many as dst takes and memory has, without
// asking the disk. ok is false if the first one is not in memory. n is 0 with ok at the end of the
// queue, and behind it.
func (q *Queue) Entries(from int64, dst []Entry) (n int, ok bool) {
	if from >= q.max.Load() {
		return 0, true
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if from >= q.ring.hi {
		return 0, true
	}
	if from < q.ring.lo {
		return 0, false
	}
	return q.ring.entries(from, dst), true
}
