package consumequeue

import (
	"errors"

	"github.com/gannetmq/gannet/store/dispatch"
	"github.com/gannetmq/gannet/store/record"
)

var _ dispatch.Sink = (*Set)(nil)

// Dispatch implements dispatch.Sink: it appends the entry of a record that has a place in a queue.
// A record that does not fit anywhere is told to the log and left out, because the records behind it
// must not wait for it: it remains in the log and can be found by its offset. The error is always nil.
func (s *Set) Dispatch(v *record.View) error {
	if v.Queued() {
		if err := s.append(v); err != nil {
			s.refuse(v, err)
		}
	}
	s.seenTime.Store(v.StoreTime)
	s.seenPhy.Store(v.PhyOffset + int64(v.Size))
	return nil
}

func (s *Set) append(v *record.View) error {
	for {
		q, err := s.Queue(v.Topic, v.QueueID)
		if err != nil {
			return err
		}
		err = q.Append(v.QueueOffset, v.PhyOffset, v.Size, s.o.TagsCode(v))
		if !errors.Is(err, ErrDeleted) {
			return err
		}
	}
}

func (s *Set) refuse(v *record.View, err error) {
	if n := s.notes.Add(1); n&(n-1) == 0 {
		s.o.Log.Error("message has no place in a consume queue", "cause", err, "phyOffset", v.PhyOffset, "repairs", n)
	}
}
