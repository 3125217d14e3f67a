package bench

import (
	"context"
	"sync/atomic"
	"time"
)

// phase says what is going on: warming up, measuring, over.
type phase struct {
	measuring  atomic.Bool
	began      time.Time
	ended      time.Time
	cpu0, cpu1 time.Duration // of the server
	own0, own1 time.Duration // of this process
	rss, anon  atomic.Int64  // of the server, the most that was seen
}

// clock waits for the end of the warm-up, measures until ctx ends, and reads the server's CPU at both.
func (p *phase) clock(ctx context.Context, o *Options) (err error) {
	warming, cancel := context.WithTimeout(ctx, o.Warmup)
	defer cancel()
	p.watch(warming, o.PID)
	if ctx.Err() != nil {
		return nil // a lane failed and has said why
	}
	if o.PID != 0 {
		if p.cpu0, err = processCPU(o.PID); err != nil {
			return err
		}
	}
	p.own0 = ownCPU()
	p.began = time.Now()
	p.measuring.Store(true)
	p.watch(ctx, o.PID)
	p.ended = time.Now()
	p.own1 = ownCPU()
	if o.PID != 0 {
		p.cpu1, err = processCPU(o.PID)
	}
	return err
}

// memoryEvery is how often the server's memory is looked at: it is largest amid the load, not after it.
const memoryEvery = 100 * time.Millisecond

// watch looks at the server's memory until ctx ends.
func (p *phase) watch(ctx context.Context, pid int) {
	looks := time.NewTicker(memoryEvery)
	defer looks.Stop()
	for {
		p.look(pid)
		select {
		case <-looks.C:
		case <-ctx.Done():
			return
		}
	}
}

// look keeps the most memory that was seen. Only one goroutine calls it.
func (p *phase) look(pid int) {
	if pid == 0 {
		return
	}
	rss, anon, err := processRSS(pid)
	if err != nil {
		return // its CPU cannot be read either, which is reported
	}
	p.rss.Store(max(p.rss.Load(), rss))
	p.anon.Store(max(p.anon.Load(), anon))
}
