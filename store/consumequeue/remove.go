package consumequeue

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"

	"github.com/gannetmq/gannet/store/record"
)

// removeFiles removes all files of q. flushMu is held, here and below.
func (s *Set) removeFiles(q *Queue) error {
	for start := q.files.from; start < q.files.to; start += q.kind.fileSize {
		if err := s.removeFile(fileID{q: q, start: start}); err != nil {
			return err
		}
	}
	if q.files != (span{}) {
		s.flusher.due.name(q.dir())
	}
	q.files = span{}
	delete(s.flusher.due.files, q)
	return nil
}

func (s *Set) removeFile(id fileID) error {
	s.handles.forget(id)
	return missing(s.fs.Remove(id.name()))
}

// missing turns an error that says that something is not there into none.
func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// DeleteTopic removes all queues of a topic and their files. Whoever still holds one of the queues
// gets ErrDeleted from Append, and a negative counter; Queue makes a new one, whose offsets no record of the
// old one can follow in the log. After an error files may be left over; the
// queues are gone all the same, and a new one of their name replaces the files.
func (s *Set) DeleteTopic(topic string) error {
	s.flushMu.Lock()
	defer s.flushMu.Unlock()
	if s.flusher.closed {
		return ErrClosed
	}
	var errs []error
	of := map[*kind]bool{&s.simple: true}
	for _, q := range s.take(topic) {
		of[q.kind] = true
		if err := s.removeQueue(q); err != nil {
			errs = append(errs, fmt.Errorf("consumequeue: delete topic %q queue %d: %w", topic, q.id, err))
		}
	}
	if len(errs) == 0 && validTopic([]byte(topic)) {
		for k := range of {
			if err := s.removeTopicDir(k, topic); err != nil {
				errs = append(errs, fmt.Errorf("consumequeue: delete topic %q: %w", topic, err))
			}
		}
	}
	return errors.Join(errs...)
}

// removeTopicDir removes the directory of a topic, unless something is left in it.
func (s *Set) removeTopicDir(k *kind, topic string) error {
	dir := k.topicDir(topic)
	left, err := s.fs.List(dir)
	if err != nil {
		return err
	}
	if len(left) == 0 {
		delete(s.flusher.due.dirs, dir)
		err = missing(s.fs.Remove(dir))
	}
	return errors.Join(err, s.fs.SyncDir(k.dir))
}

// take takes the queues of a topic out of the set and ends them, in one moment for who appends to the log.
func (s *Set) take(topic string) (list []*Queue) {
	s.o.Exclusive(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		list = s.queues.Take(topic)
		for _, q := range list {
			if record.IsLight(topic) {
				s.light.Add(-1)
			}
			q.assigned = endedQueue
			q.delete()
		}
	})
	return list
}

// endedQueue is the counter of a queue that was deleted: the log gives no offset from it (commitlog.ErrQueueGone).
const endedQueue = -1

func (q *Queue) delete() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.gone = true
	q.set.pending.Add(-q.kind.unit * q.pendingLocked())
	q.ring.restart(q.ring.hi)
	q.written = q.ring.hi
}

// removeQueue removes the files and the directory of a queue. A directory in which there is something
// else stays.
func (s *Set) removeQueue(q *Queue) error {
	if err := s.removeFiles(q); err != nil {
		return err
	}
	if err := s.removeExt(q); err != nil {
		return err
	}
	dir := q.dir()
	others, err := s.removeStray(dir)
	if err != nil {
		return err
	}
	if others > 0 {
		s.o.Log.Warn("directory of a deleted queue is not empty, left alone", "name", dir)
		return nil
	}
	delete(s.flusher.due.dirs, dir)
	return missing(s.fs.Remove(dir))
}

// removeStray removes queue files from a directory, whichever there are, and counts what is left.
func (s *Set) removeStray(dir string) (others int, err error) {
	list, err := s.fs.List(dir)
	if err != nil {
		return 0, err
	}
	for _, e := range list {
		if _, ok := parseFileName(e.Name); !ok || e.Dir {
			others++
			continue
		}
		if err := missing(s.fs.Remove(path.Join(dir, e.Name))); err != nil {
			return 0, err
		}
	}
	return others, nil
}

// setAside moves the directory of a queue out of the set's, where Java would stumble over it too.
func (s *Set) setAside(k *kind, topic string, id int32) (string, error) {
	from := path.Join(k.dir, topic, strconv.Itoa(int(id)))
	to := path.Join(fmt.Sprintf("%s.bad-%d", k.dir, s.o.Now()), topic, path.Base(from))
	if err := s.fs.MkdirAll(path.Dir(to)); err != nil {
		return "", err
	}
	return to, s.fs.Rename(from, to)
}
