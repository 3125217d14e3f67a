package timer

import (
	"errors"
	"hash/maphash"
	"time"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/timer"
)

// clock is what runClock works with. Nobody else touches it after Open.
type clock struct {
	queueOff int64 // next message of the queue
	readTime int64 // slots before it are delivered
	inWay    bool  // a slot that is still to be delivered keeps the next message of the queue out
	// While the book is made anew: what lies before known in the queue and was due before delivered has
	// been delivered already.
	known, delivered int64

	// What a slot's delivery has come to, should it fail on the way: of the slot's entries those up to the
	// position are dealt with.
	slot, reached int64

	query     store.Query
	read      store.Read
	raw       []byte      // the record that was read last,
	view      record.View // and what is in it; whoever reads hands it on
	props     []byte
	positions []int64 // of a window
	keys      []keyed // of its messages
	seed      maphash.Seed
	key       []byte
}

// begin takes over what the book found. Java: TimerMessageStore.recover, reviseQueueOffset.
func (c *clock) begin(t *Timer, found *timer.Recovered) {
	c.query = store.Query{Topic: topicTimer, Max: takeBatch}
	c.seed, c.slot = maphash.MakeSeed(), -1
	c.readTime = found.ReadFrom
	if found.Anew != "" {
		c.known, c.delivered = found.QueueOffset, found.ReadTime
		if found.Checkpoint == (timer.Checkpoint{}) {
			c.readTime = max(c.readTime, t.floor(t.now()))
		}
	} else {
		c.queueOff = found.QueueOffset
		if found.HasLast {
			if v, err := t.look(found.Last.PhyOffset); err == nil && string(v.Topic) == record.TopicTimer {
				c.queueOff = max(c.queueOff, v.QueueOffset+1)
			}
		}
	}
	t.done.version = version{found.Timestamp, found.Counter}
	if found.Timestamp == 0 {
		t.done.version.timestamp = t.now()
	}
	t.tell()
}

// tell publishes what the clock has come to.
func (t *Timer) tell() {
	c, d := &t.clock, &t.done
	d.mu.Lock()
	changed := d.readTime != c.readTime || d.queueOff != c.queueOff
	d.readTime, d.queueOff, d.anew = c.readTime, c.queueOff, c.queueOff < c.known
	d.mu.Unlock()
	if changed && t.put != nil {
		poke(t.dirty)
		if t.book.Unflushed() > flushAt {
			poke(t.full)
		}
	}
}

const (
	// maxSleep is how long the clock sleeps at most while something is pending: somebody may set the
	// machine's clock.
	maxSleep = 10 * time.Second
	// retryEvery is how long it waits after an error.
	retryEvery = 500 * time.Millisecond
	// heldEvery is how long it waits for the flusher, and before it takes up what a slot was in the way of.
	heldEvery = 50 * time.Millisecond
)

// runClock takes the queue up and delivers what is due, until stop. It sleeps in between, without a limit
// if nothing is pending.
func (t *Timer) runClock() {
	defer close(t.ended)
	sleep := time.NewTimer(0)
	defer sleep.Stop()
	for told := false; ; {
		select {
		case <-t.stop:
			return
		case <-t.wake:
		case <-sleep.C:
		}
		wait, err := t.step()
		switch {
		case errors.Is(err, errHeld): // the flusher tells why, if it is for long
			wait = heldEvery
		case err != nil && !errors.Is(err, errStopped):
			if !told {
				t.opts.Log.Error("timers", "error", err)
			}
			told, wait = true, retryEvery
		case err == nil:
			told = false
		}
		if wait >= 0 {
			sleep.Reset(wait)
		} else {
			sleep.Stop()
		}
	}
}

var errStopped = errors.New("timer: stopped")

// step does what can be done now and returns how long there will be nothing to do unless the queue
// grows; negative for no limit.
func (t *Timer) step() (wait time.Duration, err error) {
	if err := t.takeUp(); err != nil {
		return 0, err
	}
	c := &t.clock
	ready := int64(-1) // the slot that nothing can be added to any more
	for !t.stopping() {
		moment, ok, err := t.book.Next(c.readTime)
		if err != nil {
			return 0, err
		}
		now := t.now()
		due := moment + t.precision()
		if ok && due <= now {
			if moment == ready {
				err = t.deliver(moment)
			} else { // what its last millisecond brought, recalls above all
				ready, err = moment, t.takeUp()
			}
			if err != nil {
				return 0, err
			}
			continue
		}
		if to := t.floor(now); to > c.readTime {
			c.readTime = to // the slots between are empty; nobody need hear of it
		}
		switch {
		case c.inWay: // it was, and is delivered
			return heldEvery, nil
		case !ok:
			return -1, nil
		}
		return min(time.Duration(due-now)*time.Millisecond, maxSleep), nil
	}
	return 0, errStopped
}

// floor is the moment of the slot that ms lies in.
func (t *Timer) floor(ms int64) int64 { return ms / t.precision() * t.precision() }

// stopping reports whether nothing new may be begun.
func (t *Timer) stopping() bool {
	select {
	case <-t.stop:
		return true
	default:
		return false
	}
}

// pause waits before another attempt, and reports whether to make it: not once Close has lost patience.
func (t *Timer) pause() bool {
	wait := time.NewTimer(retryEvery)
	defer wait.Stop()
	select {
	case <-t.abort.Done():
		return false
	case <-wait.C:
		return true
	}
}
