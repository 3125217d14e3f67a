package commitlog

import (
	"sync"
	"sync/atomic"
)

// Watermark is a log offset that only grows, with waiters for it to pass a point. One exists
// for what is flushed; one will exist for what is replicated.
//
// A failed log fails its watermarks: every waiter is told the error, now and later.
type Watermark struct {
	off  atomic.Int64
	mu   sync.Mutex // guards the fields below
	head waiterQueue
	err  error
}

// Waiter is told once that an offset was passed (nil) or never will be (the reason). It is
// called from the goroutine that moved the watermark and must not block.
type Waiter interface{ Settled(err error) }

type waiterQueue struct {
	items []pending // sorted by end: offsets are handed out in order, so nearly always an append
	first int
}

// compactAt is how many settled waiters stay at the front of the queue before the rest moves down:
// under steady load the queue is never empty.
const compactAt = 1024

type pending struct {
	end int64
	w   Waiter
}

// Load returns the offset up to which everything has the property.
func (w *Watermark) Load() int64 { return w.off.Load() }

// Await calls x.Settled once the watermark is at or past end: at once, from this goroutine, if it
// already is.
func (w *Watermark) Await(end int64, x Waiter) {
	if w.off.Load() >= end {
		x.Settled(nil)
		return
	}
	w.mu.Lock()
	err := w.err
	if err == nil && w.off.Load() < end {
		w.head.insert(pending{end, x})
		w.mu.Unlock()
		return
	}
	w.mu.Unlock()
	x.Settled(err)
}

// Advance moves the watermark to off, unless it is there, and settles the waiters it passes.
func (w *Watermark) Advance(off int64) {
	var batch [64]Waiter
	for {
		n := 0
		w.mu.Lock()
		if w.err != nil {
			w.mu.Unlock()
			return
		}
		if off > w.off.Load() {
			w.off.Store(off)
		}
		for n < len(batch) {
			x, ok := w.head.popUpTo(off)
			if !ok {
				break
			}
			batch[n] = x
			n++
		}
		w.mu.Unlock()
		for _, x := range batch[:n] {
			x.Settled(nil)
		}
		if n < len(batch) {
			return
		}
	}
}

// Fail settles every present and future waiter above the watermark with err. The first error stays.
func (w *Watermark) Fail(err error) {
	w.mu.Lock()
	if w.err == nil {
		w.err = err
	}
	err = w.err
	waiters := w.head.drain()
	w.mu.Unlock()
	for _, p := range waiters {
		p.w.Settled(err)
	}
}

func (q *waiterQueue) insert(p pending) {
	q.items = append(q.items, p)
	for i := len(q.items) - 1; i > q.first && q.items[i-1].end > p.end; i-- {
		q.items[i-1], q.items[i] = q.items[i], q.items[i-1]
	}
}

func (q *waiterQueue) popUpTo(off int64) (Waiter, bool) {
	if q.first == len(q.items) {
		q.items, q.first = q.items[:0], 0
		return nil, false
	}
	p := q.items[q.first]
	if p.end > off {
		return nil, false
	}
	q.items[q.first] = pending{}
	q.first++
	if q.first >= compactAt && q.first*2 >= len(q.items) {
		q.items = q.items[:copy(q.items, q.items[q.first:])]
		q.first = 0
	}
	return p.w, true
}

func (q *waiterQueue) drain() []pending {
	rest := q.items[q.first:]
	q.items, q.first = nil, 0
	return rest
}
