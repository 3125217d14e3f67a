package timer

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/timer"
)

// deliver delivers a slot whose time is over, and the queue is taken up. After an error it goes on where it was.
// Java: TimerMessageStore.dequeue.
func (t *Timer) deliver(moment int64) error {
	c := &t.clock
	chain, err := t.book.Chain(moment)
	if err != nil {
		return err
	}
	if c.slot != moment {
		c.slot, c.reached = moment, -1
	}
	for n := range chain.Windows() {
		if err := t.deliverWindow(&chain, n); err != nil {
			return err
		}
	}
	t.book.Done(moment)
	c.slot = -1
	c.readTime = max(c.readTime, moment+t.precision())
	t.tell()
	return nil
}

// deliverWindow delivers a window of a slot, the oldest first.
func (t *Timer) deliverWindow(chain *timer.Chain, n int) (err error) {
	c := &t.clock
	if c.positions, err = t.book.Window(c.positions[:0], chain, n); err != nil {
		return err
	}
	done, _ := slices.BinarySearch(c.positions, c.reached+1)
	window := c.positions[done:]
	var recalled []bool
	if chain.Deletes() && len(window) > 0 {
		if recalled, err = t.recalled(chain, window); err != nil {
			return err
		}
	}
	for i, pos := range window {
		if err := t.deliverEntry(pos, recalled != nil && recalled[i]); err != nil {
			return err
		}
		c.reached = pos
	}
	if t.book.Unflushed() > flushAt { // much of it moved
		poke(t.dirty)
		poke(t.full)
		if t.book.Unflushed() > maxHeld {
			return errHeld
		}
	}
	return nil
}

// deliverEntry delivers one entry's message, or puts it into the queue again.
func (t *Timer) deliverEntry(pos int64, recalled bool) error {
	u, err := t.book.Unit(pos)
	if err != nil {
		return err
	}
	v, err := t.message(&u)
	if err != nil {
		if errors.Is(err, errLost) {
			t.lost(&u)
			return nil
		}
		return err
	}
	topic, _ := v.Property(record.PropRealTopic)
	roll := u.Magic&timer.Roll != 0
	recall := u.Magic&timer.Delete != 0
	switch {
	case recalled:
		t.Metrics.Recalled.Add(1)
	case roll || !recall:
		if !roll {
			if moved, err := t.early(v, &u); moved || err != nil {
				return err
			}
		}
		if err := t.hand(v, u.Written, roll); err != nil {
			return err
		}
	default:
		if _, ok := takesBack(v); !ok {
			t.opts.Log.Warn("a recall names a message of another topic and is left out", "topic", string(topic))
		}
	}
	count := int64(-1)
	if recall {
		count = 1
	}
	t.counts.add(topic, count, t.now())
	return nil
}

// errLost: the message is no longer there, as the log tells. Retention may have deleted it.
var errLost = errors.New("timer: the message is gone")

// message reads the message that u is about, which stays until the next is read. Errors:
// errLost, those of the store.
func (t *Timer) message(u *timer.Unit) (*record.View, error) {
	v, err := t.look(u.PhyOffset)
	if errors.Is(err, store.ErrNotFound) || err == nil && (string(v.Topic) != record.TopicTimer || v.Size != u.Size) {
		return nil, errLost
	}
	return v, err
}

// lost tells of a message that is gone.
func (t *Timer) lost(u *timer.Unit) {
	t.Metrics.Dropped.Add(1)
	t.opts.Log.Error("a timed message is lost: the log has deleted it, or never had it", "offset", u.PhyOffset, "size", u.Size)
}

// hand puts v where it belongs now: into the topic that it is for, or, if it
// rolls, into the queue again. It tries until the store takes it. What has rotted gets no CRC anew.
// Java: TimerMessageStore.convert, doPut.
func (t *Timer) hand(v *record.View, enqueued int64, roll bool) error {
	_, err := record.Parse(v.Bytes(), v, record.CheckCRC)
	var m record.Message
	if err == nil {
		m, err = t.convert(v, enqueued, roll)
	}
	if err != nil {
		t.Metrics.Dropped.Add(1)
		t.opts.Log.Error("a timed message is dropped", "offset", v.PhyOffset, "error", err)
		return nil
	}
	for told := false; ; told = true {
		began := time.Now()
		_, size, err := t.put.Put(&m)
		switch {
		case err == nil:
			t.delivered(roll)
			if t.opts.Tally != nil {
				t.opts.Tally.Put(m.Topic, m.QueueID, 1, size, time.Since(began))
				topic, _ := v.Property(record.PropRealTopic)
				t.opts.Tally.TimerGave(topic)
			}
			return nil
		case store.IsIllegal(err):
			t.Metrics.Dropped.Add(1)
			t.opts.Log.Error("a timed message is dropped: it cannot be stored", "topic", string(m.Topic), "error", err)
			return nil
		case !told:
			t.opts.Log.Warn("a timed message waits for the store", "error", err)
		}
		t.Metrics.Failed.Add(1)
		if !t.pause() {
			return errStopped
		}
	}
}

func (t *Timer) delivered(roll bool) {
	if roll {
		t.Metrics.Rolled.Add(1)
	} else {
		t.Metrics.Delivered.Add(1)
	}
}

// convert is v as it is stored again.
func (t *Timer) convert(v *record.View, enqueued int64, roll bool) (record.Message, error) {
	c := &t.clock
	m := v.Message()
	if !roll {
		var err error
		if m.Topic, m.QueueID, err = v.Home(); err != nil { // for the queue itself it would come for ever
			return m, err
		}
	}
	c.props = stamp(c.props[:0], v.Properties, enqueued, t.now(), roll)
	m.Properties = c.props
	return m, nil
}

// stamp appends to dst the properties as a delivery has them.
func stamp(dst, props []byte, enqueued, now int64, roll bool) []byte {
	rolled, again := record.Property(props, record.PropTimerRollTimes)
	if again || roll {
		dst = record.AppendWithout(dst, props, record.PropTimerEnqueueMS)
		dst = record.AppendWithout(dst[:0], dst, record.PropTimerDequeueMS)
	} else {
		dst = append(dst, props...)
	}
	if roll {
		times, _ := jvalue.ParseInt(rolled)
		dst = record.AppendWithout(dst[:0], dst, record.PropTimerRollTimes)
		dst = appendNumber(dst, record.PropTimerRollTimes, int64(times)+1)
	}
	dst = appendNumber(dst, record.PropTimerEnqueueMS, enqueued)
	return appendNumber(dst, record.PropTimerDequeueMS, now)
}

func appendNumber(dst []byte, name string, n int64) []byte {
	var digits [20]byte
	return record.AppendProperty(dst, name, strconv.AppendInt(digits[:0], n, 10))
}
