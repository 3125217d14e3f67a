package remoting

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/gannetmq/gannet/remoting/wire"
)

// Pool runs handlers that may block, on a fixed number of goroutines behind a bounded queue.
type Pool struct {
	name    string
	queue   chan *Request
	queued  atomic.Int64 // reserved places of queue
	stopped atomic.Bool
	stop    chan struct{}
	wg      sync.WaitGroup
	done    chan struct{} // after Stop: everything taken was run
}

// NewPool starts the workers. Stop ends them.
func NewPool(name string, workers, queue int) *Pool {
	p := &Pool{name: name, queue: make(chan *Request, queue), stop: make(chan struct{}), done: make(chan struct{})}
	for range workers {
		p.wg.Go(p.work)
	}
	return p
}

// Name is for metrics and logs.
func (p *Pool) Name() string { return p.name }

// Queued is how many requests wait for a worker.
func (p *Pool) Queued() int64 { return p.queued.Load() }

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
	p.queued.Add(-1)
	// The views of Cmd still point into the frame that the connection has overwritten by now.
	if err := wire.Decode(r.raw, &r.Cmd); err != nil {
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
