package store

import (
	"context"
	"slices"
	"time"
)

// Topics returns the topics that have queues, sorted.
func (s *Store) Topics() []string {
	var topics []string
	for q := range s.queues.All() {
		topics = append(topics, q.Topic())
	}
	slices.Sort(topics)
	return slices.Compact(topics)
}

// deletePatience is how long DeleteTopic waits for what was put to become visible.
const deletePatience = 3 * time.Second

// DeleteTopic takes the topic's queues away; its messages expire with the log. Messages that were put but
// are not in their queues yet are waited for, because each of them would make its queue again; what
// is put meanwhile does. A topic without queues is no error. It may wait for the disk.
func (s *Store) DeleteTopic(topic []byte) error {
	if s.closed.Load() {
		return ErrClosed
	}
	ctx, cancel := context.WithTimeout(context.Background(), deletePatience)
	defer cancel()
	if end := s.log.End(); s.dispatcher.Offset() < end {
		s.log.Flush() // with SyncFlush nothing is dispatched before it is on the disk
		if err := s.dispatcher.Wait(ctx, end); err != nil {
			s.opt.Log.Warn("a topic is deleted before its last messages are visible; they may make its queues again",
				"topic", string(topic), "error", err)
		}
	}
	return s.queues.DeleteTopic(string(topic))
}

// OldestTime is when the oldest message of the log was stored, Unix milliseconds, -1 without messages. It
// may ask the disk. Java: getEarliestMessageTime.
func (s *Store) OldestTime() (int64, error) {
	if s.closed.Load() || s.log.Start() == s.log.End() {
		return -1, nil
	}
	h, ok, err := s.log.HeadAt(s.log.Start())
	if err != nil || !ok {
		return -1, err
	}
	return h.StoreTime, nil
}
