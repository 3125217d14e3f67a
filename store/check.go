package store

import (
	"errors"
	"fmt"

	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/consumequeue"
	"github.com/gannetmq/gannet/store/record"
)

// maxFindings is how many contradictions Check reports of a queue, and of the log before it gives up.
const maxFindings = 20

// Check compares log and queues with each other and returns what contradicts: every visible record
// that belongs into a queue must have its entry there, and every entry of a queue its record, without
// a gap. For the end of tests and for tools: it reads everything, while others may put.
func (s *Store) Check() error {
	s.cleaner.mu.Lock() // nothing is deleted meanwhile
	defer s.cleaner.mu.Unlock()
	c := checking{store: s, seen: make(map[*consumequeue.Queue]*sighting)}
	for q := range s.queues.All() {
		c.seen[q] = &sighting{end: q.Max()} // what is dispatched from now on is not looked for
	}
	limit := s.visible() // read after the queues: what they have lies before it
	w := s.log.NewWalker(s.log.Start(), record.CheckCRC, c.record)
	for w.Offset() < limit && len(c.found) < maxFindings {
		err := w.Walk(limit, 16<<20, false)
		var corrupt *commitlog.ErrCorrupt
		if errors.As(err, &corrupt) {
			c.report("%w", err)
			_, err = w.Skip(limit)
		}
		if err != nil {
			return errors.Join(append(c.found, err)...)
		}
	}
	c.queues()
	return errors.Join(c.found...)
}

type checking struct {
	store *Store
	seen  map[*consumequeue.Queue]*sighting
	found []error
}

// sighting is what the log showed of a queue so far.
type sighting struct {
	end   int64 // of the queue, when the check began
	next  int64 // queue offset behind the last record; 0 before the first
	phy   int64 // of that record
	found []error
}

func (c *checking) report(format string, args ...any) {
	c.found = append(c.found, fmt.Errorf("store: check: "+format, args...))
}

// record compares one record of the log with its queues.
func (c *checking) record(v *record.View) error {
	if !v.Queued() {
		return nil
	}
	for light := range v.LightQueues() {
		if err := c.entry(v, light.Name, light.ID, light.Offset); err != nil {
			return err
		}
	}
	return c.entry(v, v.Topic, v.QueueID, v.QueueOffset)
}

// entry compares one record with one of its queues, in which it has queueOff.
func (c *checking) entry(v *record.View, topic []byte, id int32, queueOff int64) error {
	q := c.store.queues.Lookup(topic, id)
	if q == nil || c.seen[q] == nil {
		return nil // the topic was deleted, or is new
	}
	at := c.seen[q]
	if at.next > 0 && at.phy == v.PhyOffset {
		return nil // it names a light queue twice
	}
	if queueOff == 0 && at.next > 0 {
		*at = sighting{end: at.end} // deleted and made again: what came before is another queue's
	}
	report := func(format string, args ...any) {
		if len(at.found) == maxFindings {
			return // a topic that was made again may take all of them back
		}
		args = append([]any{q.Topic(), q.ID(), queueOff}, args...)
		at.found = append(at.found, fmt.Errorf("store: check: topic %q queue %d offset %d: "+format, args...))
	}
	if at.next > 0 && queueOff != at.next {
		report("in the log behind offset %d", at.next-1)
	}
	at.next, at.phy = queueOff+1, v.PhyOffset
	if q.Batched() {
		_, count := v.Batch()
		at.next = queueOff + int64(count)
	}
	if queueOff < q.Min() || queueOff >= at.end {
		return nil
	}
	e, ok, err := q.At(queueOff)
	want := consumequeue.Entry{PhyOffset: v.PhyOffset, Size: v.Size, TagsCode: c.store.opt.tagsCode(v)}
	if e.Extended() || string(v.Topic) == record.TopicSchedule && e.TagsCode > 0 { // of the levels, and the clock, of then
		want.TagsCode = e.TagsCode
	}
	if err != nil || !ok || e != want {
		report("the entry is %+v, %t, %v; the record is %+v", e, ok, err, want)
	}
	return nil
}

// queues gathers what was found and compares where queues end with what the log had of them.
func (c *checking) queues() {
	for q, at := range c.seen {
		c.found = append(c.found, at.found...)
		switch {
		case at.next > 0 && at.next < at.end:
			c.report("topic %q queue %d: ends at %d, the log's last record of it is %d", q.Topic(), q.ID(), at.end, at.next-1)
		case at.next == 0 && q.Min() < at.end:
			c.report("topic %q queue %d: entries from %d to %d, no record of it in the log", q.Topic(), q.ID(), q.Min(), at.end)
		}
	}
}
