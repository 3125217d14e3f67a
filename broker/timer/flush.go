package timer

import (
	"context"
	"time"

	"github.com/gannetmq/gannet/store/timer"
)

// metricsEvery is how long counts wait for the disk, at most: they are figures.
const metricsEvery = 10 * time.Second

// runFlush makes durable what the clock did, a while after it did it, until the clock has stopped.
func (t *Timer) runFlush() {
	defer close(t.still)
	if t.book.Pending() > 0 {
		poke(t.dirty) // what recovery made
	}
	saved := time.Now()
	for told := false; ; {
		select {
		case <-t.ended:
			return
		case <-t.dirty:
		}
		if !t.waitFlush() {
			return
		}
		err := t.flush(t.abort)
		if err == nil && time.Since(saved) > metricsEvery {
			saved = time.Now()
			err = t.counts.save()
		}
		if err != nil {
			poke(t.dirty) // again after the interval
			if !told && t.abort.Err() == nil {
				t.opts.Log.Error("timers are not on disk", "error", err)
			}
		}
		told = err != nil
	}
}

// waitFlush lets changes gather, and reports whether to go on.
func (t *Timer) waitFlush() bool {
	wait := time.NewTimer(t.opts.FlushEvery)
	defer wait.Stop()
	select {
	case <-t.ended:
		return false
	case <-wait.C:
	case <-t.full:
	}
	return true
}

// flush is one flush. Deliveries and messages taken up are on the disk before anything says so.
// Java: TimerFlushService, prepareTimerCheckPoint.
func (t *Timer) flush(ctx context.Context) error {
	c, whole := t.state()
	check := &c
	if !whole {
		check = nil
	}
	err := t.book.Flush(check, func() error { return t.store.Synced(ctx, t.store.Stats().LogEnd) })
	if err != nil {
		return err
	}
	files, err := t.book.Expire(t.store.Stats().LogStart)
	if files > 0 {
		t.opts.Log.Info("files of the timer log are deleted", "files", files)
	}
	return err
}

// state is what the clock has come to, with a version of its own if it is new. Not whole: the book is
// being made anew, and the checkpoint has to stay as it is.
func (t *Timer) state() (c timer.Checkpoint, whole bool) {
	d := &t.done
	d.mu.Lock()
	defer d.mu.Unlock()
	old := t.book.Checkpoint()
	if old == (timer.Checkpoint{}) && d.queueOff == 0 {
		return c, false // there never was a timer
	}
	if old.ReadTime != d.readTime || old.QueueOffset != d.queueOff {
		d.version.counter++
		d.version.timestamp = t.now()
	}
	return t.checkpoint(), !d.anew
}

// checkpoint is the state; progress is locked.
func (t *Timer) checkpoint() timer.Checkpoint {
	d := &t.done
	return timer.Checkpoint{
		ReadTime: d.readTime, LogFlushed: t.book.Checkpoint().LogFlushed, QueueOffset: d.queueOff, MasterQueue: d.queueOff,
		Timestamp: d.version.timestamp, Counter: d.version.counter,
	}
}
