package delay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/consumequeue"
	"github.com/gannetmq/gannet/store/record"
)

const (
	// batchMessages is how many messages of one level are delivered before the other levels have their turn.
	batchMessages = 32
	// retryAfter is when a delivery that failed is tried again. Java: DELAY_FOR_A_WHILE.
	retryAfter = 100
	// longestSleep, in milliseconds, bounds how long a clock that was set goes unnoticed while messages wait.
	longestSleep = 1000
)

// errMemory: the log's memory failed while a message was copied out of it. The store is read-only then.
var errMemory = errors.New("delay: message cannot be read")

// batch is what one look at a queue needs.
type batch struct {
	entries [batchMessages]consumequeue.Entry
	read    store.Read
	buf     []byte // one record
	view    record.View
	message record.Message
}

// keepBuf is how much memory an idle batch keeps, in bytes.
const keepBuf = 1 << 20

// run delivers until ctx ends.
func (d *Deliverer) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		now := d.opts.Now().UnixMilli()
		next := d.round(ctx, now)
		if ctx.Err() != nil {
			return
		}
		if next <= now {
			continue // there is more
		}
		var due <-chan time.Time // never, if nothing waits
		if next < forever {
			timer.Reset(time.Duration(min(together(next)-now, longestSleep)) * time.Millisecond)
			due = timer.C
		}
		select {
		case <-due:
		case <-d.wake:
		case <-ctx.Done():
			return
		}
	}
}

const forever = 1<<63 - 1

// together is when messages that are due at ms are delivered: under load many at once instead of each for itself,
// and a little late. Java looks ten times a second.
func together(ms int64) int64 { return (ms + 9) / 10 * 10 }

// round looks at each queue whose time has come and returns when the next look is due, Unix milliseconds.
func (d *Deliverer) round(ctx context.Context, now int64) (next int64) {
	d.Metrics.Rounds.Add(1)
	next = forever
	for i := range d.levels {
		q := &d.levels[i]
		if q.asleep.Load() {
			continue
		}
		if q.rests(now) {
			next = min(next, q.again)
			continue
		}
		q.looked = now
		q.again = d.look(ctx, q, now)
		next = min(next, q.again)
		if ctx.Err() != nil {
			return next
		}
	}
	if cap(d.batch.buf) > keepBuf {
		d.batch.buf = nil
	}
	return next
}

// rests reports whether a look at q is not due yet. A clock that was set is an occasion for one, and so is
// a first message in the queue.
func (q *queue) rests(now int64) bool {
	return q.again < forever && q.looked <= now && now < q.again && now < q.looked+longestSleep
}

// look delivers some of what is due in q, and returns when to look again.
func (d *Deliverer) look(ctx context.Context, q *queue, now int64) int64 {
	end := d.store.MaxOffset(topic, q.id)
	if end <= q.next {
		q.asleep.Store(true)
		if end = d.store.MaxOffset(topic, q.id); end <= q.next { // who adds a message now sees that we sleep
			return forever
		}
		q.asleep.Store(false)
	}
	if first := d.store.MinOffset(topic, q.id); q.next < first {
		d.opts.Log.Error("delayed messages were deleted before their time", "level", q.id+1, "messages", first-q.next)
		d.moved(q, first, 0, 0)
	}
	count, due, err := d.due(q, end)
	if err == nil && count == 0 {
		return due
	}
	if err == nil {
		err = d.deliver(ctx, q, count)
	}
	if err == nil || ctx.Err() != nil {
		q.failed = false
		return now
	}
	d.Metrics.Failed.Add(1)
	if !q.failed {
		d.opts.Log.Error("delayed messages are not delivered; trying on", "level", q.id+1, "offset", q.next, "error", err)
	}
	q.failed = true
	return now + retryAfter
}

// due counts the messages from q.next on whose time is over, up to a batch. If there is none, at is when
// the first one's is.
func (d *Deliverer) due(q *queue, end int64) (count int, at int64, err error) {
	cq, err := d.store.Queue(topic, q.id)
	if err != nil {
		return 0, 0, err
	}
	n, err := cq.ReadEntries(q.next, d.batch.entries[:min(batchMessages, end-q.next)])
	if err != nil {
		return 0, 0, err
	}
	now := d.opts.Now().UnixMilli() // none of them was stored after it, lest it seem to be of a clock that was set back
	for i := range d.batch.entries[:n] {
		if at, err = d.time(q, &d.batch.entries[i], q.next+int64(i)); err != nil {
			return 0, 0, err
		}
		if at > now && at <= now+q.delay.Milliseconds() { // later than that: the clock was set back, or the level was longer
			return i, at, nil
		}
	}
	return n, now, nil
}

// time is when the message of an entry is due, Unix milliseconds. Where an entry has an address in the place of
// the time, the message itself is asked, as by Java where the address leads nowhere.
func (d *Deliverer) time(q *queue, e *consumequeue.Entry, offset int64) (int64, error) {
	if !e.Extended() || e.Filler() {
		return e.TagsCode, nil
	}
	stored, err := d.store.StoreTime(topic, q.id, offset)
	return stored + q.delay.Milliseconds(), err
}

// deliver delivers count messages from q.next on, and notes how far it came. What is not there any more, or is
// damaged, is left out.
func (d *Deliverer) deliver(ctx context.Context, q *queue, count int) error {
	b, stop := &d.batch, q.next+int64(count)
	defer b.read.Release()
	_, err := d.store.Get(&store.Query{Topic: topic, QueueID: q.id, Offset: q.next, Max: count}, &b.read)
	if err != nil {
		return err
	}
	next := min(b.read.Next, stop)
	var deliveries, end int64
	for i := range b.read.Messages {
		offset := b.read.Messages[i].QueueOffset
		if offset >= stop || ctx.Err() != nil { // Get went on behind entries without message
			next = min(next, offset)
			break
		}
		ended, bad := d.message(q, i)
		if bad != nil {
			err, next = bad, offset
			break
		}
		if ended > 0 {
			deliveries, end = deliveries+1, ended
		}
	}
	if next > q.next {
		d.moved(q, next, deliveries, end)
	} else if err == nil && ctx.Err() == nil {
		err = fmt.Errorf("no message at offset %d, whose queue begins at %d and ends at %d", q.next, b.read.Min, b.read.Max)
	}
	return err
}

// message delivers message i of the batch and returns where it ends in the log, 0 if it cannot be delivered
// and is left out. With an error it is tried again.
func (d *Deliverer) message(q *queue, i int) (end int64, err error) {
	b := &d.batch
	b.buf = b.read.AppendRecord(b.buf[:0], i)
	kind, why := record.Parse(b.buf, &b.view, record.CheckCRC) // a body that has rotted must not go out with a CRC made anew
	switch {
	case errors.Is(why, record.ErrBodyCRC):
	case why != nil || kind != record.Record:
		return 0, errors.Join(errMemory, why)
	default:
		why = restore(&b.message, &b.view)
	}
	var size int
	if why == nil {
		if end, size, err = d.opts.Put(&b.message); err == nil {
			d.Metrics.Delivered.Add(1)
			if d.opts.Delivered != nil {
				d.opts.Delivered(b.message.Topic, b.message.QueueID, size)
			}
			return end, nil
		}
		if !store.IsIllegal(err) {
			return 0, err
		}
		why = err
	}
	d.Metrics.Skipped.Add(1)
	d.opts.Log.Error("a delayed message cannot be delivered and is left out", "level", q.id+1,
		"offset", b.read.Messages[i].QueueOffset, "phyOffset", b.read.Messages[i].PhyOffset, "cause", why)
	return 0, nil
}

// restore makes of a message that waited the one that was sent. Its properties stay as they are, DELAY too: outside
// the topic of delays that means nothing, and Java stores them so. Java: messageTimeUp.
func restore(m *record.Message, v *record.View) (err error) {
	*m = v.Message()
	m.Topic, m.QueueID, err = v.Home()
	return err
}
