package consumequeue

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// readUnits is how many units one read from the disk brings at most.
const readUnits = 256

// buffer has room for them.
type buffer [readUnits * batchSize]byte

// ReadEntries copies the entries from number from on to dst, like Entries, and asks the disk
// for what is not in memory. It may return fewer than there are; n is 0 only at the end of the
// queue, or with an error. Errors: ErrGone and those of the disk.
func (q *Queue) ReadEntries(from int64, dst []Entry) (n int, err error) {
	if len(dst) == 0 || from < 0 {
		return 0, nil
	}
	if n, ok := q.Entries(from, dst); ok {
		return n, nil
	}
	q.mu.Lock()
	limit := min(q.ring.lo, q.written) - from
	q.mu.Unlock()
	count := min(int64(len(dst)), limit, q.perFile()-from%q.perFile(), readUnits)
	if count <= 0 {
		return 0, fmt.Errorf("%w: topic %q queue %d offset %d", ErrGone, q.topic, q.id, from)
	}
	err = q.readFile(from, count, func(i int, unit []byte) { dst[i] = decodeEntry(unit) })
	if err != nil {
		return 0, err
	}
	return int(count), nil
}

// readFile calls use with each of n units of one file.
func (q *Queue) readFile(from, n int64, use func(i int, unit []byte)) error {
	unit := q.kind.unit
	pos := from * unit
	start := pos - pos%q.kind.fileSize
	h, err := q.set.handles.acquire(fileID{q: q, start: start})
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	if err != nil {
		return fmt.Errorf("consumequeue: read: %w", err)
	}
	defer q.set.handles.release(h)
	buf := q.set.buffers.Get().(*buffer)
	defer q.set.buffers.Put(buf)
	b := buf[:n*unit]
	if n, err := h.f.ReadAt(b, pos-start); n < len(b) && err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("consumequeue: read %s: %w", q.file(start), err)
	} else if n < len(b) {
		return fmt.Errorf("consumequeue: read %s: %w", q.file(start), io.ErrUnexpectedEOF)
	}
	for i := range int(n) {
		use(i, b[int64(i)*unit:][:unit])
	}
	return nil
}

// entry reads entry i of [first, end).
func (q *Queue) entry(i int64) (Entry, error) {
	var e [1]Entry
	n, err := q.ReadEntries(i, e[:])
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: topic %q queue %d offset %d", ErrGone, q.topic, q.id, i)
	}
	return e[0], err
}

// Earliest returns the oldest message of the queue; ok is false if there is none.
func (q *Queue) Earliest() (e Entry, ok bool, err error) {
	err = q.whileKept(func() error {
		end, at := q.end(), int64(0)
		at, e, err = q.message(q.first(), end)
		ok = err == nil && at < end
		return err
	})
	return e, ok, err
}
