package netio

import (
	"fmt"
	"sync/atomic"
	"time"
)

// liveness holds the coarse times of a connection, in milliseconds of Engine.now. Owners store, the
// ticker reads.
type liveness struct {
	active       atomic.Int64 // last byte read or written
	firstByte    atomic.Int64 // first byte read, 0 before
	firstBytes   atomic.Int64 // bytes read until the first frame is whole
	framed       atomic.Bool  // the first frame was whole
	closingSince atomic.Int64 // 0 while open
}

// received notes n bytes from the peer.
func (l *liveness) received(n int, now int64) {
	l.active.Store(now)
	if !l.framed.Load() {
		if l.firstByte.Load() == 0 {
			l.firstByte.Store(now)
		}
		l.firstBytes.Add(int64(n))
	}
}

// silent forgets what came: the time for the first frame begins with the next byte.
func (l *liveness) silent() {
	l.firstByte.Store(0)
	l.firstBytes.Store(0)
}

func (l *liveness) closing(now int64) { l.closingSince.CompareAndSwap(0, now) }

// overdue says why the connection is to be ended now, or nil.
func (l *liveness) overdue(cfg *Config, now int64) error {
	if since := l.closingSince.Load(); since != 0 {
		if now-since > cfg.CloseTimeout.Milliseconds() {
			return fmt.Errorf("%w: the rest could not be written in %v", ErrClosedHere, cfg.CloseTimeout)
		}
		return nil
	}
	if first := l.firstByte.Load(); first != 0 && !l.framed.Load() {
		// Each FirstFrameBytes that came earn another FirstFrameTime.
		got := l.firstBytes.Load()
		earned := time.Duration(1+got/int64(cfg.FirstFrameBytes)) * cfg.FirstFrameTime
		if now-first > earned.Milliseconds() {
			return fmt.Errorf("%w: %d bytes in %v", ErrFirstFrame, got, time.Duration(now-first)*time.Millisecond)
		}
	}
	if cfg.IdleTimeout > 0 && now-l.active.Load() > cfg.IdleTimeout.Milliseconds() {
		return ErrIdle
	}
	return nil
}
