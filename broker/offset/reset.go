package offset

import (
	"fmt"
	"maps"
	"strings"

	"github.com/gannetmq/gannet/store/record"
)

// Reset stores where a group shall go on in a queue, and holds that against the group's members, who know
// another offset: until TakeReset has told one of them, commits are refused with ErrReset. It lasts no longer
// than the process. Errors are those of Commit.
// Java: ConsumerOffsetManager.assignResetOffset.
func (t *Table) Reset(group, topic []byte, queue int32, off int64) error {
	return t.put(group, topic, queue, off, byReset)
}

// TakeReset returns the offset that a reset of the queue has stored, once.
// Java: queryThenEraseResetOffset.
func (t *Table) TakeReset(group, topic []byte, queue int32) (off int64, ok bool) {
	if t.resets.Load() == 0 {
		return 0, false
	}
	var room [keyRoom]byte
	key := appendKey(room[:0], topic, group)
	s := t.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.resets[string(key)]
	if off, ok = q[queue]; !ok {
		return 0, false
	}
	delete(q, queue)
	if len(q) == 0 {
		delete(s.resets, string(key))
	}
	t.resets.Add(-1)
	return off, true
}

// remember notes a reset that is not told yet. mu is held.
func (s *shard) remember(key string, queue int32, off int64) (fresh bool) {
	q := s.resets[key]
	if q == nil {
		if s.resets == nil {
			s.resets = make(map[string]queues)
		}
		q = make(queues)
		s.resets[key] = q
	}
	_, known := q[queue]
	q[queue] = off
	return !known
}

// Of returns a copy of a group's offsets of a topic by queue id, nil without any.
func (t *Table) Of(group, topic string) map[int32]int64 {
	s, key := t.find(group, topic)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return maps.Clone(s.keys[key])
}

// Clone gives a group the offsets that another one has of a topic, in place of its own, and returns of how
// many queues; what was reset and not told is forgotten. Errors are those of Commit; then nothing has changed.
// Java: ConsumerOffsetManager.cloneOffset.
func (t *Table) Clone(from, to, topic string) (cloned int, err error) {
	if err := refuseOwn(to); err != nil {
		return 0, err
	}
	offsets := t.Of(from, topic)
	if len(offsets) == 0 || from == to {
		return 0, nil
	}
	if !legal([]byte(topic), []byte(to)) {
		return 0, fmt.Errorf("%w: %.300q@%.300q", ErrName, topic, to)
	}
	if t.opts.Light && record.IsLight(to) { // it has one queue
		off, ok := offsets[0]
		if !ok {
			return 0, nil
		}
		offsets = queues{0: off}
	}
	if err := t.replace(to, topic, offsets); err != nil {
		return 0, err
	}
	return len(offsets), nil
}

// replace gives a group offsets in place of those that it has of a topic.
func (t *Table) replace(group, topic string, offsets queues) error {
	s, key := t.find(group, topic)
	s.mu.Lock()
	more := int64(len(offsets) - len(s.keys[key]))
	if t.stored.Add(more) > t.opts.MaxOffsets && more > 0 {
		s.mu.Unlock()
		t.stored.Add(-more)
		t.Metrics.Full.Add(1)
		return fmt.Errorf("%w: no room for %d queues of %.300q, group %.300q", ErrFull, len(offsets), topic, group)
	}
	s.keys[key] = offsets
	t.resets.Add(-int64(len(s.resets[key])))
	delete(s.resets, key)
	s.mu.Unlock()
	t.bump()
	t.dirty.Store(true)
	return nil
}

func (t *Table) find(group, topic string) (*shard, string) {
	key := strings.Join([]string{topic, group}, string(separator))
	return t.shard([]byte(key)), key
}
