package timer

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/timer"
)

const (
	takeBatch = 64       // messages of the queue that are asked for at once
	flushAt   = 4 << 20  // bytes of entries that are flushed before their time
	maxHeld   = 16 << 20 // bytes of entries that may wait for a disk that takes none
)

// errHeld: the disk does not take what was entered.
var errHeld = errors.New("timer: entries wait for the disk")

// takeUp enters the messages of the queue, up to the end that it has now, or to one whose slot in the wheel one that is
// long due still has: that is delivered first. Java: TimerMessageStore.enqueue.
func (t *Timer) takeUp() error {
	c := &t.clock
	c.inWay = false
	end := t.store.MaxOffset(topicTimer, 0)
	defer func() { t.done.behind.Store(max(0, end-c.queueOff)) }()
	if t.stopEnqueue() || c.queueOff >= end {
		return nil
	}
	defer t.tell()
	for c.queueOff < end && !t.stopEnqueue() {
		if t.stopping() {
			return errStopped
		}
		if t.book.Unflushed() > maxHeld {
			return errHeld
		}
		err := t.takeBatch()
		var taken *timer.TakenError
		if errors.As(err, &taken) {
			c.inWay, c.readTime = true, min(c.readTime, taken.Moment)
			return nil
		}
		if err != nil {
			return err
		}
		if t.book.Unflushed() > flushAt {
			t.tell()
		}
	}
	return nil
}

func (t *Timer) stopEnqueue() bool { return t.opts.StopEnqueue != nil && t.opts.StopEnqueue() }

// takeBatch enters the next messages.
func (t *Timer) takeBatch() error {
	c := &t.clock
	c.query.Offset = c.queueOff
	status, err := t.store.Get(&c.query, &c.read)
	if err != nil {
		return fmt.Errorf("reading %s at %d: %w", record.TopicTimer, c.queueOff, err)
	}
	defer c.read.Release()
	for i, m := range c.read.Messages {
		c.raw = c.read.AppendRecord(c.raw[:0], i)
		if kind, err := record.Parse(c.raw, &c.view, record.WithBody); err != nil || kind != record.Record {
			t.opts.Log.Error("a timed message cannot be read and is left out", "offset", m.PhyOffset, "error", err)
			continue
		}
		if err := t.enter(&c.view, m.QueueOffset); err != nil {
			return err
		}
		t.Metrics.Taken.Add(1)
		c.queueOff = m.QueueOffset + 1
	}
	if c.read.Next == c.queueOff && len(c.read.Messages) == 0 && c.queueOff < c.read.Max {
		return fmt.Errorf("reading %s at %d: %s", record.TopicTimer, c.queueOff, status)
	}
	c.queueOff = c.read.Next
	return nil
}

// enter enters v, a message of the queue, or delivers it if its slot has passed.
// Java: TimerMessageStore.doEnqueue.
func (t *Timer) enter(v *record.View, queueOff int64) error {
	c := &t.clock
	value, _ := v.Property(record.PropTimerOutMS)
	out, err := jvalue.ParseLong(value)
	if err != nil || out < 0 {
		t.opts.Log.Warn("a message in the timers' queue names no time and is left out", "queueOffset", queueOff, "value", string(value))
		return nil
	}
	_, recall := v.Property(record.PropTimerDelUniqKey)
	home := out
	if !recall {
		home = t.home(v, out)
	}
	if queueOff < c.known && home < c.delivered {
		return nil
	}
	topic, _ := v.Property(record.PropRealTopic)
	wait := time.UnixMilli(out).Sub(time.UnixMilli(v.BornTime))
	if out < c.readTime {
		out = home
	}
	if out < c.readTime {
		if out+t.precision() <= t.now() {
			t.took(topic, wait)
			if recall {
				return nil // too late; or the message was lost before
			}
			return t.hand(v, math.MaxInt64, false)
		}
		c.readTime = t.floor(out) // the machine's clock was set back
	}
	u := timer.Unit{
		Magic: timer.Plain, Written: t.floor(t.now()),
		PhyOffset: v.PhyOffset, Size: v.Size, TopicHash: jvalue.HashCode(topic),
	}
	at := t.within(out, u.Written)
	if at != out {
		u.Magic |= timer.Roll
		c.readTime = min(c.readTime, at) // if the machine's clock was set back by more than a window
	}
	count := int64(1)
	if recall {
		u.Magic |= timer.Delete
		count = -1
	}
	if err := t.book.Add(at, u); err != nil {
		return err
	}
	t.took(topic, wait)
	t.counts.add(topic, count, t.now())
	return nil
}

func (t *Timer) took(topic []byte, wait time.Duration) {
	if t.opts.Tally != nil {
		t.opts.Tally.TimerTook(topic, wait)
	}
}

// within is out, or the nearer moment at which the message rolls: after a whole window, or after half of
// one if too little would be left then.
func (t *Timer) within(out, now int64) int64 {
	window := t.opts.RollSlots * t.precision()
	switch left := out - now - window; {
	case left < 0:
		return out
	case left < t.opts.RollSlots/3*t.precision():
		return now + t.opts.RollSlots/2*t.precision()
	}
	return now + window
}

// look reads the record at phyOff, which stays until the next is read. Errors: those of store.Reread.
func (t *Timer) look(phyOff int64) (v *record.View, err error) {
	c := &t.clock
	if c.raw, err = t.store.AppendReread(c.raw[:0], phyOff); err != nil {
		return nil, err
	}
	kind, err := record.Parse(c.raw, &c.view, record.WithBody)
	if err != nil || kind != record.Record {
		return nil, fmt.Errorf("%w: %v", store.ErrNotFound, err)
	}
	return &c.view, nil
}
