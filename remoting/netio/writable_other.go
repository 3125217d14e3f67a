//go:build !linux

package netio

import (
	"sync"
	"time"
)

// retryAfter is how long a full socket rests. Only development machines come here.
const retryAfter = 2 * time.Millisecond

// writable has the loops of full sockets try again after a rest.
type writable struct {
	wg   sync.WaitGroup
	kick chan struct{}
	end  chan struct{}

	mu    sync.Mutex
	conns map[*loopConn]struct{}
}

func newWritable() (*writable, error) {
	w := &writable{kick: make(chan struct{}, 1), end: make(chan struct{}), conns: make(map[*loopConn]struct{})}
	w.wg.Go(w.run)
	return w, nil
}

func (w *writable) watch(lc *loopConn) {
	w.mu.Lock()
	w.conns[lc] = struct{}{}
	w.mu.Unlock()
	select {
	case w.kick <- struct{}{}:
	default:
	}
}

func (w *writable) forget(lc *loopConn) {
	w.mu.Lock()
	delete(w.conns, lc)
	w.mu.Unlock()
}

func (w *writable) run() {
	for {
		select {
		case <-w.kick:
		case <-w.end:
			return
		}
		select {
		case <-time.After(retryAfter):
		case <-w.end:
			return
		}
		w.mu.Lock()
		conns := w.conns
		w.conns = make(map[*loopConn]struct{})
		w.mu.Unlock()
		for lc := range conns {
			lc.wake()
		}
	}
}

func (w *writable) stop() error {
	close(w.end)
	w.wg.Wait()
	return nil
}
