package commitlog

import (
	"time"
)

const page = 4096

// flusher is the state of the flushing goroutine, runFlush.
type flusher struct {
	kick chan struct{}
	last time.Time // end of the last round that left nothing out
}

func (f *flusher) wake() {
	select {
	case f.kick <- struct{}{}:
	default:
	}
}

// Flush asks for everything appended so far to be flushed now. It does not wait: Flushed().Await does.
func (l *Log) Flush() { l.flusher.wake() }

// runFlush moves the flushed watermark until Stop: by the clock, and at once when woken.
func (l *Log) runFlush() {
	defer l.failOnPanic()
	tick := time.NewTicker(l.opt.FlushInterval)
	defer tick.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-l.flusher.kick:
			l.flushRound(0)
		case now := <-tick.C:
			least := l.opt.LeastPages
			if l.opt.Sync || now.Sub(l.flusher.last) >= l.opt.Thorough {
				least = 0
			}
			l.flushRound(least)
		}
	}
}

// flushRound makes durable what is appended when it begins, unless that is fewer than least pages.
//
// The order is the promise of the watermark: the end is read first, so that nothing appended during
// the sync is taken for synced; segments are synced from the oldest on; then the watermark moves.
func (l *Log) flushRound(least int) {
	if err := l.Err(); err != nil {
		l.flushed.Fail(err)
		return
	}
	from := l.flushed.Load()
	l.mu.Lock()
	to, lastTime := l.appended.Load(), l.lastTime
	l.mu.Unlock()
	if to == from || to/page-from/page < int64(least) {
		return
	}
	if err := l.syncRange(from, to); err != nil {
		l.Fail(err)
		return
	}
	l.flushTo.Store(lastTime)
	l.flushed.Advance(to)
	if l.opt.Flushed != nil {
		l.opt.Flushed()
	}
	if least == 0 {
		l.flusher.last = time.Now()
	}
}

// syncRange syncs the part of each segment that lies in [from, to), all of which are mapped.
func (l *Log) syncRange(from, to int64) error {
	for off := from; off < to; {
		s := l.find(off)
		m := s.live.Load()
		end := min(to, s.end())
		if err := m.Sync(off-s.start, end-s.start); err != nil {
			return err
		}
		off = end
	}
	return nil
}
