package consumequeue

import (
	"context"
	"errors"
	"fmt"
)

// Expire removes the leading files of each queue in which every message lies in front of minPhy,
// where the log begins now, except its last file, and corrects Min (Java: CleanConsumeQueueService).
// It returns how many files it removed. Between two queues it waits for nobody and holds no lock;
// there it calls pause, unless that is nil, if files were removed, and ends when ctx does. A queue that
// fails is left as it is; the errors are joined.
func (s *Set) Expire(ctx context.Context, minPhy int64, pause func()) (files int, err error) {
	var errs []error
	for q := range s.All() {
		if err := ctx.Err(); err != nil {
			return files, errors.Join(append(errs, err)...)
		}
		n, err := s.expireQueue(q, minPhy)
		if files += n; errors.Is(err, ErrClosed) {
			return files, err
		}
		if err == nil {
			err = q.CorrectMin(minPhy)
		}
		if err == nil {
			err = s.expireExt(q)
		}
		if err != nil && !q.deleted() {
			errs = append(errs, fmt.Errorf("consumequeue: expire topic %q queue %d: %w", q.topic, q.id, err))
		}
		if n > 0 && pause != nil {
			pause()
		}
	}
	return files, errors.Join(errs...)
}

// expireQueue removes files oldest first, each durably before the next: what is left has no hole.
func (s *Set) expireQueue(q *Queue, minPhy int64) (files int, err error) {
	s.flushMu.Lock()
	defer s.flushMu.Unlock()
	if s.flusher.closed {
		return 0, ErrClosed
	}
	for q.files.to-q.files.from > q.kind.fileSize && !q.replaced() {
		next := (q.files.from + q.kind.fileSize) / q.kind.unit
		last, err := q.entry(next - 1)
		if err != nil || last.PhyOffset >= minPhy {
			return files, err
		}
		if err := q.raiseMin(next); err != nil {
			return files, err
		}
		if err := s.removeFile(fileID{q: q, start: q.files.from}); err != nil {
			return files, err
		}
		q.files.from += q.kind.fileSize
		files++
		if err := s.fs.SyncDir(q.dir()); err != nil {
			return files, err
		}
		delete(s.flusher.due.dirs, q.dir())
	}
	return files, nil
}

// replaced reports whether the next write removes the files anyway.
func (q *Queue) replaced() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.stale || q.gone
}

func (q *Queue) deleted() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.gone
}

// RemoveExpired removes the files and directories of queues all of whose messages lie in front of
// minPhy, of the topics that spare does not want to keep, and returns how many queues those were (Java:
// cleanExpiredConsumerQueue, by request only). A queue that gets a message afterwards goes on with the
// next offset; after a restart nobody remembers that, and it begins at 0, as in Java at once.
func (s *Set) RemoveExpired(minPhy int64, spare func(topic string) bool) (queues int, err error) {
	var errs []error
	for q := range s.All() {
		if spare(q.topic) {
			continue
		}
		removed, err := s.removeExpired(q, minPhy)
		if errors.Is(err, ErrClosed) {
			return queues, err
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("consumequeue: remove topic %q queue %d: %w", q.topic, q.id, err))
		}
		if removed {
			queues++
		}
	}
	return queues, errors.Join(errs...)
}

func (s *Set) removeExpired(q *Queue, minPhy int64) (removed bool, err error) {
	s.flushMu.Lock()
	defer s.flushMu.Unlock()
	if s.flusher.closed {
		return false, ErrClosed
	}
	if q.files == (span{}) || !q.empty(minPhy) {
		return false, nil
	}
	if err := s.removeQueue(q); err != nil {
		return true, err
	}
	return true, s.removeTopicDir(q.kind, q.topic)
}

// empty forgets the entries of a queue that has nothing else than what is gone from the log, and
// reports whether it did. The queue keeps its position.
func (q *Queue) empty(minPhy int64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.gone || q.dirty || q.maxPhy == 0 || q.maxPhy > minPhy {
		return false
	}
	q.restartLocked(q.Max())
	return true
}

// Bytes is what the files of all queues take.
func (s *Set) Bytes() int64 {
	s.flushMu.Lock()
	defer s.flushMu.Unlock()
	n := int64(0)
	for q := range s.All() {
		n += q.files.to - q.files.from
	}
	return n
}
