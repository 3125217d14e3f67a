package consumequeue

import (
	"errors"
	"fmt"

	"github.com/gannetmq/gannet/store/vfs"
)

// Truncate drops the entries of all messages that do not end at or before phy, in the files too,
// durably (Java: truncateDirtyLogicFiles), and sets the counters to the ends of the queues. Nothing
// may be dispatched or appended to the log meanwhile. A failure is final, as of Write.
func (s *Set) Truncate(phy int64) error {
	s.flushMu.Lock()
	defer s.flushMu.Unlock()
	f := &s.flusher
	if f.closed {
		return ErrClosed
	}
	if f.err != nil {
		return f.err
	}
	f.err = each(s.snapshot(), func(q *Queue) error {
		if err := q.truncate(phy); err != nil {
			return fmt.Errorf("consumequeue: truncate topic %q queue %d: %w", q.topic, q.id, err)
		}
		return nil
	})
	return f.err
}

func (q *Queue) truncate(phy int64) error {
	q.mu.Lock()
	first, hi, fits := q.firstLocked(), q.ring.hi, q.maxPhy <= phy
	q.mu.Unlock()
	if fits {
		return q.set.cutExt(q)
	}
	end, err := q.searchEntry(first, hi, func(e Entry) (bool, error) { return e.end() > phy, nil })
	if err != nil {
		return err
	}
	maxPhy := int64(0)
	if end > first {
		last, err := q.entry(end - 1)
		if err != nil {
			return err
		}
		maxPhy = last.end()
	}
	next, err := q.endOffset(first, end, hi)
	if err != nil {
		return err
	}
	if q.cut(end, maxPhy, next) {
		if err := q.cutFiles(end); err != nil {
			return err
		}
	}
	return q.set.cutExt(q)
}

// firstLocked returns the queue offset of the first entry that is anywhere.
func (q *Queue) firstLocked() int64 {
	if q.files == (span{}) || q.stale {
		return q.ring.lo
	}
	return q.files.from / q.kind.unit
}

// cut ends the queue at entry end, queue offset next, and reports whether its files reach further.
func (q *Queue) cut(end, maxPhy, next int64) (files bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	before := q.pendingLocked()
	if end <= q.ring.lo {
		q.ring.restart(end)
	} else {
		q.ring.hi = end
	}
	files = q.written > end
	q.written = min(q.written, end)
	q.set.pending.Add(q.kind.unit * (q.pendingLocked() - before))
	q.maxPhy = maxPhy
	q.max.Store(end)
	q.min.Store(min(q.min.Load(), end))
	q.next.Store(next)
	q.base.Store(min(q.base.Load(), next))
	q.assigned = next
	return files
}

// cutFiles removes the files behind entry end and makes the rest of its file zero, durably.
// The first file stays even if it becomes empty, unless end is 0: its name keeps the position.
func (q *Queue) cutFiles(end int64) error {
	s, pos := q.set, end*q.kind.unit
	removed := false
	for q.files.to > q.files.from {
		start := q.files.to - q.kind.fileSize
		if start < pos || start == q.files.from && end > 0 {
			break
		}
		s.handles.forget(fileID{q: q, start: start})
		if err := missing(s.fs.Remove(q.file(start))); err != nil {
			return err
		}
		q.files.to = start
		removed = true
	}
	if q.files.from == q.files.to {
		q.files = span{}
	} else if pos < q.files.to {
		if err := s.zeroRest(fileID{q: q, start: q.files.to - q.kind.fileSize}, pos); err != nil {
			return err
		}
	}
	if removed {
		return s.fs.SyncDir(q.dir())
	}
	return nil
}

// zeroRest makes a file zero from byte offset pos of the queue on.
func (s *Set) zeroRest(id fileID, pos int64) error {
	h, err := s.handles.acquire(id)
	if err != nil {
		return err
	}
	defer s.handles.release(h)
	return zeroFrom(h.f, pos-id.start, id.q.kind.fileSize)
}

// zeroFrom zeroes [at, size) of a file by cutting it there and letting it grow again, which costs
// nothing for what was never written. A crash in between leaves a short file; Open lets it grow.
func zeroFrom(f vfs.File, at, size int64) error {
	return errors.Join(f.Truncate(at), f.Truncate(size), f.Sync())
}
