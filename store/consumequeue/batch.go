package consumequeue

import (
	"encoding/binary"
	"fmt"
	"math"
	"sort"
)

// The unit of a batch queue (Java: BatchConsumeQueue), big endian: a simple unit with more behind it.
//
//	 0           8      12          20           28      36      38          42         46
//	+-----------+------+-----------+------------+-------+-------+-----------+----------+
//	|phyOffset 8|size 4|tagsCode 8 |storeTime 8 |base 8 |count 2|compacted 4|reserved 4|
//	+-----------+------+-----------+------------+-------+-------+-----------+----------+
//
//	storeTime  of the record, Unix milliseconds
//	base       queue offset of the first message in the record
//	count      of messages in it, 1 to 32767
//	compacted  -1; Java's compaction has another use for it
//	reserved   0
//
// Files lie in BatchDir/TOPIC/QUEUEID/ and are named as those of simple queues, by bytes: nothing in a
// name or a place tells a queue offset. There are no fillers.
const batchSize = 46

// defaultBatchFileSize is Java's mapperFileSizeBatchConsumeQueue: 300,000 units.
const defaultBatchFileSize = 300000 * batchSize

// notCompacted is what Java writes where nothing was compacted (BatchConsumeQueue.INVALID_POS).
const notCompacted = math.MaxUint32

// Batch is an entry of a batch queue: a record with Count messages, the queue offsets from Base on.
type Batch struct {
	Entry
	StoreTime int64
	Base      int64
	Count     int32
}

// next is the queue offset behind the batch.
func (b Batch) next() int64 { return b.Base + int64(b.Count) }

// continues reports whether the batch can stand behind queue offset next.
func (b Batch) continues(next int64) bool { return b.sound() && b.Base >= next }

func (b Batch) sound() bool {
	return b.Base >= 0 && b.Count > 0 && b.Count <= math.MaxInt16 && b.Base <= math.MaxInt64-int64(b.Count)
}

// putTail writes what a batch has behind its entry.
func (b Batch) putTail(unit []byte) {
	_ = unit[batchSize-1]
	binary.BigEndian.PutUint64(unit[20:], uint64(b.StoreTime))
	binary.BigEndian.PutUint64(unit[28:], uint64(b.Base))
	binary.BigEndian.PutUint16(unit[36:], uint16(b.Count))
	binary.BigEndian.PutUint32(unit[38:], notCompacted)
	binary.BigEndian.PutUint32(unit[42:], 0)
}

func decodeBatch(unit []byte) Batch {
	_ = unit[batchSize-1]
	return Batch{
		Entry:     decodeEntry(unit),
		StoreTime: int64(binary.BigEndian.Uint64(unit[20:])),
		Base:      int64(binary.BigEndian.Uint64(unit[28:])),
		Count:     int32(int16(binary.BigEndian.Uint16(unit[36:]))),
	}
}

// Batched reports whether this is a batch queue: its entries are read with Batches and ReadBatches.
func (q *Queue) Batched() bool { return q.kind.batch }

// appendBatch is Append for batch queues. Nothing is put into a gap.
// Errors: ErrBatch, ErrOrder, ErrGap, ErrDeleted; nothing was appended then.
func (q *Queue) appendBatch(b Batch) error {
	if !b.sound() {
		return fmt.Errorf("%w: topic %q queue %d: offset %d, %d messages", ErrBatch, q.topic, q.id, b.Base, b.Count)
	}
	next, wake, repair, err := q.tryBatch(b)
	q.tell(b.Base, next, wake, repair)
	return err
}

func (q *Queue) tryBatch(b Batch) (next int64, wake bool, repair string, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	next = q.next.Load()
	switch skipped := b.Base - next; {
	case q.gone:
		return next, false, "", ErrDeleted
	case b.end() <= q.maxPhy:
		return next, false, "", nil
	case skipped == 0 && q.maxPhy != 0:
	case q.maxPhy == 0 || b.Base == 0:
		q.restartLocked(b.Base)
		repair = "starts"
	case skipped < 0:
		return next, false, "", q.misfit(ErrOrder, b.Base)
	case skipped > q.perFile():
		return next, false, "", q.misfit(ErrGap, b.Base)
	default:
		repair = "has a gap"
	}
	b.putTail(q.pushLocked(b.Entry))
	q.next.Store(b.next())
	q.maxPhy = b.end()
	wake, q.dirty = !q.dirty, true
	return next, wake, repair, nil
}

// Batches copies batches to dst, from the one on that has queue offset from, or is the first behind it:
// as many as dst takes and memory has, without asking the disk. ok is false if the first one is not in
// memory. n is 0 with ok at the end of the queue.
func (q *Queue) Batches(from int64, dst []Batch) (n int, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if from >= q.next.Load() {
		return 0, true
	}
	r := &q.ring
	if r.lo == r.hi || r.lo > q.min.Load() && decodeBatch(r.slot(r.lo)).Base > from {
		return 0, false
	}
	i := r.lo + int64(sort.Search(int(r.hi-r.lo), func(i int) bool { return decodeBatch(r.slot(r.lo+int64(i))).next() > from }))
	for n < len(dst) && i < r.hi {
		dst[n] = decodeBatch(r.slot(i))
		n, i = n+1, i+1
	}
	return n, true
}

// ReadBatches is Batches, and asks the disk for what is not in memory. It may copy fewer than there are;
// n is 0 only at the end of the queue, or with an error. Errors: ErrGone and those of the disk.
func (q *Queue) ReadBatches(from int64, dst []Batch) (n int, err error) {
	if n, ok := q.Batches(from, dst); ok || len(dst) == 0 {
		return n, nil
	}
	i, err := q.search(q.first(), q.end(), func(i int64) (bool, error) {
		b, err := q.batch(i)
		return b.next() > from, err
	})
	if err != nil || i == q.end() {
		return 0, err
	}
	return q.readBatches(i, dst)
}

// batch reads batch i of [first, end).
func (q *Queue) batch(i int64) (Batch, error) {
	var b [1]Batch
	_, err := q.readBatches(i, b[:])
	return b[0], err
}

// readBatches copies batches from number i on, at least one unless there is an error.
func (q *Queue) readBatches(i int64, dst []Batch) (n int, err error) {
	q.mu.Lock()
	for n < len(dst) && q.ring.lo <= i && i < q.ring.hi {
		dst[n] = decodeBatch(q.ring.slot(i))
		n, i = n+1, i+1
	}
	limit := min(q.ring.lo, q.written) - i
	q.mu.Unlock()
	if n > 0 {
		return n, nil
	}
	count := min(int64(len(dst)), limit, q.perFile()-i%q.perFile(), readUnits)
	if count <= 0 {
		return 0, fmt.Errorf("%w: topic %q queue %d batch %d", ErrGone, q.topic, q.id, i)
	}
	return int(count), q.readFile(i, count, func(k int, unit []byte) { dst[k] = decodeBatch(unit) })
}

// At returns the entry that has the message at a queue offset; ok is false if there is none. It may ask
// the disk. Errors: ErrGone and those of the disk.
func (q *Queue) At(queueOff int64) (e Entry, ok bool, err error) {
	if queueOff < q.Min() || queueOff >= q.Max() {
		return e, false, nil
	}
	if q.kind.batch {
		var b [1]Batch
		n, err := q.ReadBatches(queueOff, b[:])
		return b[0].Entry, n == 1 && b[0].Base <= queueOff, err
	}
	e, err = q.entry(queueOff)
	return e, err == nil && !e.Filler(), err
}

// offsetOf is the queue offset of the first message of entry i; that of the end is Max.
func (q *Queue) offsetOf(i int64) (int64, error) {
	if !q.kind.batch {
		return i, nil
	}
	if i >= q.end() {
		return q.Max(), nil
	}
	b, err := q.batch(i)
	return b.Base, err
}

// endOffset is the queue offset behind the entries [first, end), which may be followed by others up to hi
// that are about to go.
func (q *Queue) endOffset(first, end, hi int64) (int64, error) {
	switch {
	case !q.kind.batch:
		return end, nil
	case end > first:
		b, err := q.batch(end - 1)
		return b.next(), err
	case end < hi:
		b, err := q.batch(end)
		return b.Base, err
	}
	return 0, nil
}
