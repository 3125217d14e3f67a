package consumequeue

import (
	"errors"

	"github.com/gannetmq/gannet/store/dispatch"
	"github.com/gannetmq/gannet/store/record"
)

var _ dispatch.Sink = (*Set)(nil)

// Dispatch implements dispatch.Sink: it appends the entry of a record that has a place in a queue.
// A record that does not fit anywhere is told to the log and left out, because the records behind it
// must not wait for it: it remains in the log, and in the index. The error is always nil.
func (s *Set) Dispatch(v *record.View) error {
	if v.Queued() {
		if err := s.append(v, v.Topic, v.QueueID, v.QueueOffset); err != nil {
			s.refuse(v, err)
		}
		if s.o.Light || !s.settled {
			s.appendLight(v)
		}
	}
	s.seenTime.Store(v.StoreTime)
	s.seenPhy.Store(v.PhyOffset + int64(v.Size))
	return nil
}

// append adds the entry of v to a queue.
func (s *Set) append(v *record.View, topic []byte, id int32, queueOff int64) error {
	for {
		q := s.last
		if q == nil || q.id != id || q.topic != string(topic) {
			var err error
			if q, err = s.Queue(topic, id); err != nil {
				return err
			}
			s.last = q
		}
		err := s.put(q, v, queueOff)
		if !errors.Is(err, ErrDeleted) {
			return err
		}
		s.last = nil
	}
}

// put appends the entry of v to q as its kind wants it.
func (s *Set) put(q *Queue, v *record.View, queueOff int64) error {
	e := Entry{v.PhyOffset, v.Size, s.o.TagsCode(v)}
	if !q.kind.batch {
		e.TagsCode = s.extend(q, v, e.TagsCode)
		return q.Append(queueOff, e.PhyOffset, e.Size, e.TagsCode)
	}
	base, count := v.Batch()
	return q.appendBatch(Batch{Entry: e, StoreTime: v.StoreTime, Base: base, Count: count})
}

// appendLight adds the entries of v to light queues, whose offsets are in the record. A recovery does that
// whether or not new messages get such offsets.
func (s *Set) appendLight(v *record.View) {
	for light := range v.LightQueues() {
		if err := s.append(v, light.Name, light.ID, light.Offset); err != nil {
			s.refuse(v, err)
		}
	}
}

func (s *Set) refuse(v *record.View, err error) {
	if n := s.notes.Add(1); n&(n-1) == 0 {
		s.o.Log.Error("message has no place in a consume queue", "cause", err, "phyOffset", v.PhyOffset, "repairs", n)
	}
}
