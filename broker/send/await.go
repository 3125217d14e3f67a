package send

import (
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

	mu          sync.Mutex // guards the list
	first, last *put

	quit chan struct{}
	done sync.WaitGroup
}

// waits is a put's place in the list.
type waits struct {
	listed     bool
	deadline   time.Time
	prev, next *put
}

func (a *awaiting) start(timeout time.Duration) {
	a.timeout = timeout
	a.quit = make(chan struct{})
	a.done.Go(a.run)
}

func (a *awaiting) stop() {
	close(a.quit)
	a.done.Wait()
}

// add makes p one of those that may time out.
func (a *awaiting) add(p *put) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p.waits = waits{listed: true, deadline: p.now.Add(a.timeout), prev: a.last}
	if a.last == nil {
		a.first = p
	} else {
		a.last.waits.next = p
	}
	a.last = p
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

func (a *awaiting) run() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-a.quit:
			return
		case now := <-tick.C:
			for p := a.expired(now); p != nil; p = a.expired(now) {
				p.timedOut()
			}
		}
	}
}

// expired takes the put that waits longest, if its deadline has passed.
func (a *awaiting) expired(now time.Time) *put {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.first
	if p == nil || p.waits.deadline.After(now) {
		return nil
	}
	a.remove(p)
	return p
}
