package store

import (
	"errors"

	"github.com/gannetmq/gannet/store/consumequeue"
)

// MaxOffset is the queue offset behind the last visible message; 0 if there is no such queue.
func (s *Store) MaxOffset(topic []byte, id int32) int64 {
	if q := s.queues.Lookup(topic, id); q != nil {
		return q.Max()
	}
	return 0
}

// MinOffset is the queue offset of the oldest message; 0 if there is no such queue.
func (s *Store) MinOffset(topic []byte, id int32) int64 {
	if q := s.queues.Lookup(topic, id); q != nil {
		return q.Min()
	}
	return 0
}

// Boundary says which of several messages of one time OffsetByTime means.
type Boundary = consumequeue.Boundary

const (
	Lower = consumequeue.Lower // the first message not older than the time
	Upper = consumequeue.Upper // the last message not newer
)

// OffsetByTime finds a queue offset by store time (Unix milliseconds), within [min, max]; 0 if there
// is no such queue. It may ask the disk.
func (s *Store) OffsetByTime(topic []byte, id int32, ms int64, b Boundary) (int64, error) {
	if s.closed.Load() {
		return 0, ErrClosed
	}
	q := s.queues.Lookup(topic, id)
	if q == nil || q.Max() == q.Min() {
		return s.MinOffset(topic, id), nil
	}
	var failed error
	at, err := q.OffsetByTime(ms, b, func(phyOff int64) (int64, bool) {
		h, ok, err := s.log.HeadAt(phyOff)
		failed = errors.Join(failed, err)
		return h.StoreTime, ok
	})
	return at, errors.Join(err, failed)
}

// EarliestTime is the store time of the queue's oldest message, -1 if there is none. It may ask the disk.
func (s *Store) EarliestTime(topic []byte, id int32) (int64, error) {
	if s.closed.Load() {
		return -1, ErrClosed
	}
	q := s.queues.Lookup(topic, id)
	if q == nil {
		return -1, nil
	}
	e, ok, err := q.Earliest()
	if err != nil || !ok {
		return -1, err
	}
	return s.timeAt(e)
}

// StoreTime is the store time of the message at a queue offset, -1 if there is none. It may ask the disk.
func (s *Store) StoreTime(topic []byte, id int32, queueOff int64) (int64, error) {
	if s.closed.Load() {
		return -1, ErrClosed
	}
	e, ok, err := s.entry(topic, id, queueOff)
	if err != nil || !ok {
		return -1, err
	}
	return s.timeAt(e)
}

func (s *Store) timeAt(e consumequeue.Entry) (int64, error) {
	h, ok, err := s.log.HeadAt(e.PhyOffset)
	if err != nil || !ok {
		return -1, err
	}
	return h.StoreTime, nil
}

// entry reads one entry of a queue; not ok: there is no message at that offset.
func (s *Store) entry(topic []byte, id int32, queueOff int64) (consumequeue.Entry, bool, error) {
	q := s.queues.Lookup(topic, id)
	if q == nil {
		return consumequeue.Entry{}, false, nil
	}
	e, ok, err := q.At(queueOff)
	if errors.Is(err, consumequeue.ErrGone) && queueOff < q.Min() {
		return consumequeue.Entry{}, false, nil // it was deleted just now
	}
	return e, ok, err
}

// Entry is where a message of a queue lies in the log, and its tags' code.
type Entry = consumequeue.Entry

// Entries copies what a queue holds from an offset on to dst and returns how much, 0 behind its end and before its
// beginning. known is false if there is no such queue. It may ask the disk.
func (s *Store) Entries(topic []byte, id int32, from int64, dst []Entry) (n int, known bool, err error) {
	if s.closed.Load() {
		return 0, false, ErrClosed
	}
	q := s.queues.Lookup(topic, id)
	if q == nil {
		return 0, false, nil
	}
	for from >= q.Min() && n < len(dst) {
		read, err := q.ReadEntries(from+int64(n), dst[n:])
		if errors.Is(err, consumequeue.ErrGone) && from < q.Min() {
			return 0, true, nil // it was deleted just now
		}
		if read == 0 || err != nil {
			return n, true, err
		}
		n += read
	}
	return n, true, nil
}

// OnDisk reports whether the message at a queue offset lies further behind the end of the log than
// MemoryPercent of the machine's memory; false if there is none. It may ask the disk for the queue's
// entry. Java: checkInDiskByConsumeOffset.
func (s *Store) OnDisk(topic []byte, id int32, queueOff int64) bool {
	return s.behind(topic, id, queueOff) > s.memoryReach
}

// IsCold reports the same of Options.ColdPercent. Java: isMsgInColdArea.
func (s *Store) IsCold(topic []byte, id int32, queueOff int64) bool {
	return s.behind(topic, id, queueOff) > s.coldReach
}

// behind is how far in front of the end of the log a queue's message lies, -1 if there is none.
func (s *Store) behind(topic []byte, id int32, queueOff int64) int64 {
	e, ok, err := s.entry(topic, id, queueOff)
	if err != nil || !ok {
		return -1
	}
	return s.log.End() - e.PhyOffset
}
