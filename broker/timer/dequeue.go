package timer

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/timer"
)

// deliver delivers a slot whose time is over, and the queue is taken up. Java: TimerMessageStore.dequeue.
func (t *Timer) deliver(moment int64) error {
	c := &t.clock
	var err error
	var deletes bool
	if c.positions, deletes, err = t.book.Entries(c.positions[:0], moment); err != nil {
		return err
	}
	var recalled map[string][]byte
	if deletes {
		if recalled, err = t.recalled(); err != nil {
			return err
		}
	}
	for _, pos := range c.positions {
		if err := t.deliverEntry(pos, recalled); err != nil {
			return err
		}
	}
	t.missed(recalled)
	t.book.Done(moment)
	c.readTime = max(c.readTime, moment+t.precision())
	if cap(c.positions) > keepPositions {
		c.positions = nil
	}
	t.tell()
	return nil
}

// keepPositions is how many entries' positions are kept room for between slots.
const keepPositions = 1 << 16

// recalled are the messages, as topic+key, that entries of the slot take back, with the topic until one
// is found.
func (t *Timer) recalled() (map[string][]byte, error) {
	var keys map[string][]byte
	for _, pos := range t.clock.positions {
		u, err := t.book.Unit(pos)
		if err != nil {
			return nil, err
		}
		if u.Magic&(timer.Delete|timer.Roll) != timer.Delete {
			continue
		}
		if err := t.message(&u); err != nil {
			if errors.Is(err, errLost) {
				continue
			}
			return nil, err
		}
		key, _ := t.clock.view.Property(record.PropTimerDelUniqKey)
		topic, _ := t.clock.view.Property(record.PropRealTopic)
		if len(key) <= len(topic) || string(key[:len(topic)]) != string(topic) || key[len(topic)] != '+' {
			t.opts.Log.Warn("a recall names a message of another topic and is left out", "topic", string(topic), "key", string(key))
			continue
		}
		if keys == nil {
			keys = make(map[string][]byte)
		}
		keys[string(key)] = append([]byte(nil), topic...)
	}
	return keys, nil
}

// missed gives back what recalls took off the count of their topic, if they found no message.
func (t *Timer) missed(recalled map[string][]byte) {
	for _, topic := range recalled {
		if topic != nil {
			t.counts.add(topic, 1, t.now())
		}
	}
}

// deliverEntry delivers one entry's message, or puts it into the queue again.
func (t *Timer) deliverEntry(pos int64, recalled map[string][]byte) error {
	u, err := t.book.Unit(pos)
	if err != nil {
		return err
	}
	if u.Magic&(timer.Delete|timer.Roll) == timer.Delete {
		return nil
	}
	if err := t.message(&u); err != nil {
		if errors.Is(err, errLost) {
			return nil
		}
		return err
	}
	c := &t.clock
	topic, _ := c.view.Property(record.PropRealTopic)
	if len(recalled) > 0 {
		key := string(topic) + "+" + string(c.view.UniqKey())
		if _, ok := recalled[key]; ok {
			recalled[key] = nil // found
			t.Metrics.Recalled.Add(1)
			return nil
		}
	}
	roll := u.Magic&timer.Roll != 0
	count := int64(-1)
	if u.Magic&timer.Delete != 0 {
		count = 1
	}
	if err := t.hand(u.Written, roll); err != nil {
		return err
	}
	t.counts.add(topic, count, t.now())
	return nil
}

// errLost: the message is no longer there, as the log tells. Retention may have deleted it.
var errLost = errors.New("timer: the message is gone")

// message reads the message that u is about.
func (t *Timer) message(u *timer.Unit) error {
	err := t.look(u.PhyOffset)
	if err == nil && (string(t.clock.view.Topic) != record.TopicTimer || t.clock.view.Size != u.Size) {
		err = store.ErrNotFound
	}
	if errors.Is(err, store.ErrNotFound) {
		t.Metrics.Dropped.Add(1)
		t.opts.Log.Error("a timed message is lost: the log has deleted it, or never had it", "offset", u.PhyOffset, "size", u.Size)
		return errLost
	}
	return err
}

// hand puts the message that was read where it belongs now: into the topic that it is for, or, if it
// rolls, into the queue again. It tries until the store takes it. What has rotted gets no CRC anew.
// Java: TimerMessageStore.convert, doPut.
func (t *Timer) hand(enqueued int64, roll bool) error {
	c := &t.clock
	_, err := record.Parse(c.raw, &c.view, record.CheckCRC)
	var m record.Message
	if err == nil {
		m, err = t.convert(enqueued, roll)
	}
	if err != nil {
		t.Metrics.Dropped.Add(1)
		t.opts.Log.Error("a timed message is dropped", "offset", t.clock.view.PhyOffset, "error", err)
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
			}
			return nil
		case t.put.Refused(err):
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

// convert is the message as it is stored again.
func (t *Timer) convert(enqueued int64, roll bool) (record.Message, error) {
	c := &t.clock
	v := &c.view
	m := record.Message{
		Topic: topicTimer, QueueID: v.QueueID, Flag: v.Flag, SysFlag: v.SysFlag, BornTime: v.BornTime, BornHost: v.BornHost(),
		StoreHost: v.StoreHost(), ReconsumeTimes: v.ReconsumeTimes, Body: v.Body,
	}
	if !roll {
		topic, _ := v.Property(record.PropRealTopic)
		if len(topic) == 0 || record.BrokerOwned(topic) { // for the queue itself it would come for ever
			return m, fmt.Errorf("%s is %q", record.PropRealTopic, topic)
		}
		value, _ := v.Property(record.PropRealQueueID)
		id, err := jvalue.ParseInt(value)
		if err != nil || id < 0 {
			return m, fmt.Errorf("%s is %q", record.PropRealQueueID, value)
		}
		c.topic = append(c.topic[:0], topic...)
		m.Topic, m.QueueID = c.topic, id
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
