package consumequeue

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// readUnits is how many units one read from the disk brings at most.
const readUnits = 256

// ReadEntries copies the entries from queue offset from on to dst, like Entries, and asks the disk
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
	perFile := q.set.fileSize / unitSize
	count := min(int64(len(dst)), limit, perFile-from%perFile, readUnits)
	if count <= 0 {
		return 0, fmt.Errorf("%w: topic %q queue %d offset %d", ErrGone, q.topic, q.id, from)
	}
	return q.readFile(from, dst[:count])
}

// readFile reads entries of one file.
func (q *Queue) readFile(from int64, dst []Entry) (int, error) {
	pos := from * unitSize
	start := pos - pos%q.set.fileSize
	h, err := q.set.handles.acquire(fileID{q, start})
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("%w: %w", ErrGone, err)
	}
	if err != nil {
		return 0, fmt.Errorf("consumequeue: read: %w", err)
	}
	defer q.set.handles.release(h)
	buf := q.set.buffers.Get().(*[readUnits * unitSize]byte)
	defer q.set.buffers.Put(buf)
	b := buf[:len(dst)*unitSize]
	if n, err := h.f.ReadAt(b, pos-start); n < len(b) && err != nil && !errors.Is(err, io.EOF) {
		return 0, fmt.Errorf("consumequeue: read %s: %w", q.file(start), err)
	} else if n < len(b) {
		return 0, fmt.Errorf("consumequeue: read %s: %w", q.file(start), io.ErrUnexpectedEOF)
	}
	for i := range dst {
		dst[i] = decodeEntry(b[i*unitSize:])
	}
	return len(dst), nil
}

// entry reads one entry of [Min, Max).
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
		end, at := q.Max(), int64(0)
		at, e, err = q.message(q.Min(), end)
		ok = err == nil && at < end
		return err
	})
	return e, ok, err
}
