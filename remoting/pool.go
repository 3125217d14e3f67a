package remoting

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Pool runs handlers that may block, on a fixed number of goroutines behind a bounded queue.
type Pool struct {
	name    string
	queue   chan *Request
	queued  atomic.Int64 // reserved places of queue
	clocked clocked
	stopped atomic.Bool
	stop    chan struct{}
	wg      sync.WaitGroup
	done    chan struct{} // after Stop: everything taken was run
}

// NewPool starts the workers. Stop ends them.
func NewPool(name string, workers, queue int) *Pool {
	p := &Pool{name: name, queue: make(chan *Request, queue), stop: make(chan struct{}), done: make(chan struct{})}
	p.clocked.begin(queue)
	for range workers {
		p.wg.Go(p.work)
	}
	return p
}

// Name is for metrics and logs.
func (p *Pool) Name() string { return p.name }

// Queued is how many requests wait for a worker.
func (p *Pool) Queued() int64 { return p.queued.Load() }

// HeadWait is how long the request waits that is next, 0 if none waits.
func (p *Pool) HeadWait() time.Duration {
	if p.queued.Load() <= 0 {
		return 0
	}
	return p.clocked.wait()
}

// TrySubmit copies the request's frame and queues it, unless the queue is full or the pool stops.
func (p *Pool) TrySubmit(r *Request) bool {
	// Reserving comes before looking at stopped, and Stop looks the other way round: either the request
	// is refused here or Stop sees it.
	if p.queued.Add(1) > int64(cap(p.queue)) || p.stopped.Load() {
		p.queued.Add(-1)
		return false
	}
	r.count()
	r.keep()
	p.clocked.in()
	p.queue <- r // has room: places are reserved
	return true
}

func (p *Pool) work() {
	for {
		select {
		case r := <-p.queue:
			p.run(r)
		case <-p.stop:
			return
		}
	}
}

func (p *Pool) run(r *Request) {
	p.clocked.out()
	p.queued.Add(-1)
	// The views of Cmd still point into the frame that the connection has overwritten by now.
	if err := r.router.options.Frames.Decode(r.raw, &r.Cmd); err != nil {
		r.FailErr(err)
		r.settle()
		return
	}
	r.run()
}

// Stop refuses new requests, runs those that were taken, and waits. When ctx ends first its error is
// returned and the workers go on by themselves.
func (p *Pool) Stop(ctx context.Context) error {
	if !p.stopped.Swap(true) {
		go func() {
			defer close(p.done)
			p.drain() // nothing is queued any more, for good
			close(p.stop)
			p.wg.Wait()
		}()
	}
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// drain helps the workers until no place is reserved any more.
func (p *Pool) drain() {
	for p.queued.Load() > 0 {
		select {
		case r := <-p.queue:
			p.run(r)
		default:
			runtime.Gosched() // a submitter holds a place and is about to fill or leave it
		}
	}
}

// clocked remembers when each request of a queue came. Requests that come at the same moment may have changed
// places with each other.
type clocked struct {
	born          time.Time
	came          []atomic.Int64 // nanoseconds since born, and 1; the n-th request's at n modulo the places; 0 if that is not known
	entered, left atomic.Uint64
}

func (c *clocked) begin(places int) {
	c.born, c.came = time.Now(), make([]atomic.Int64, max(places, 1))
}

func (c *clocked) place(n uint64) *atomic.Int64 { return &c.came[n%uint64(len(c.came))] }

func (c *clocked) in() { c.place(c.entered.Add(1) - 1).Store(int64(time.Since(c.born)) + 1) }

// out forgets a time, lest it be taken for that of the next request in its place, which is counted before it is timed.
func (c *clocked) out() { c.place(c.left.Add(1) - 1).Store(0) }

func (c *clocked) wait() time.Duration {
	n := c.left.Load()
	if n >= c.entered.Load() {
		return 0
	}
	came := c.place(n).Load()
	if came == 0 {
		return 0
	}
	return max(0, time.Since(c.born)-time.Duration(came-1))
}
