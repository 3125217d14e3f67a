package send

import (
	"context"
	"sync"
	"time"
)

// awaiting watches the sends that wait for the disk, so that a disk that has stalled costs its
// clients a time-out and not their patience. All wait equally long, so a list in order of arrival
// is sorted by deadline.
//
// Being in the list is the right to be answered: whoever takes a put out of it answers it.
type awaiting struct {
	timeout time.Duration

	mu          sync.Mutex // guards what follows
	first, last *put
	idle        bool          // the watcher sleeps until somebody wakes it
	entered     int           // synchronous sends that are neither answered nor refused
	closed      bool          // no more of them enter
	left        chan struct{} // closed when all have left after that

	wake chan struct{}
	quit chan struct{}
	done sync.WaitGroup
}

// waits is a put's place in the list.
type waits struct {
	listed     bool
	deadline   time.Time
	prev, next *put
}

// leastWait is the least time between two looks at the list: puts that arrived together time out together.
const leastWait = 10 * time.Millisecond

func (a *awaiting) start(timeout time.Duration) {
	a.timeout, a.idle = timeout, true
	a.wake, a.quit, a.left = make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
	a.done.Go(a.run)
}

func (a *awaiting) stop() {
	close(a.quit)
	a.done.Wait()
}

// enter admits a synchronous send, which has to leave when it is answered or refused.
func (a *awaiting) enter() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.closed {
		a.entered++
	}
	return !a.closed
}

func (a *awaiting) leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.entered--; a.entered == 0 && a.closed {
		close(a.left)
	}
}

// drain admits nobody any more and waits until all have left, at most until ctx ends.
func (a *awaiting) drain(ctx context.Context) error {
	a.mu.Lock()
	if !a.closed && a.entered == 0 {
		close(a.left)
	}
	a.closed = true
	a.mu.Unlock()
	select {
	case <-a.left:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// add makes p one of those that may time out.
func (a *awaiting) add(p *put, now time.Time) {
	deadline := now.Add(a.timeout)
	a.mu.Lock()
	p.waits = waits{listed: true, deadline: deadline, prev: a.last}
	if a.last == nil {
		a.first = p
	} else {
		a.last.waits.next = p
	}
	a.last = p
	wake := a.idle
	a.idle = false
	a.mu.Unlock()
	if wake {
		select {
		case a.wake <- struct{}{}:
		default: // woken already
		}
	}
}

// take reports whether p was still waiting; the caller answers it then.
func (a *awaiting) take(p *put) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.remove(p)
}

func (a *awaiting) remove(p *put) bool {
	w := p.waits
	if !w.listed {
		return false
	}
	if w.prev == nil {
		a.first = w.next
	} else {
		w.prev.waits.next = w.next
	}
	if w.next == nil {
		a.last = w.prev
	} else {
		w.next.waits.prev = w.prev
	}
	p.waits = waits{}
	return true
}

// run answers those whose time is over. While nobody waits it sleeps, so that an idle broker does.
func (a *awaiting) run() {
	timer := time.NewTimer(a.timeout)
	defer timer.Stop()
	for {
		select {
		case <-a.quit:
			return
		case <-a.wake:
			timer.Reset(a.timeout)
			continue
		case <-timer.C:
		}
		now := time.Now()
		p, left := a.expired(now)
		for ; p != nil; p, left = a.expired(now) {
			p.timedOut()
			a.leave()
		}
		if left > 0 {
			timer.Reset(max(left, leastWait))
		}
	}
}

// expired takes the put that waits longest, if its deadline has passed. If not, left is how long it
// has; if nobody waits left is 0 and the watcher may sleep until it is woken.
func (a *awaiting) expired(now time.Time) (p *put, left time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p = a.first
	if p == nil {
		a.idle = true
		return nil, 0
	}
	if left = p.waits.deadline.Sub(now); left > 0 {
		return nil, left
	}
	a.remove(p)
	return p, 0
}
