package netio

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/panjf2000/gnet/v2"
)

// Engine accepts connections and serves them, until Stop.
type Engine struct {
	config  Config
	log     *slog.Logger
	warn    rare
	bugs    rare // panics of the Handler
	metrics Metrics

	listeners []*listener
	client    *gnet.Client // gnet's event loops without its accept loop: see listener
	writable  *writable
	registry  registry

	started time.Time
	clock   atomic.Int64

	stopping  chan struct{}  // ends the rest of an acceptor
	quit      chan struct{}  // ends the ticker
	wg        sync.WaitGroup // ticker and connections off the loops
	accepting sync.WaitGroup
	stopOnce  sync.Once
	stopped   chan struct{} // everything has ended

	mu    sync.Mutex
	loops map[gnet.EventLoop]*loop
	ended bool // Serve takes no more

	shedding atomic.Bool // one goroutine at a time looks for the largest
}

// lastConnID makes Conn.ID unique in the process, whatever engine a connection is on.
var lastConnID atomic.Uint64

// Start listens, and serves from here on. The error says which address cannot be listened on.
func Start(config Config) (*Engine, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	e := &Engine{
		config: config, log: config.Log,
		warn:    rare{out: config.Log, level: slog.LevelWarn},
		bugs:    rare{out: config.Log, level: slog.LevelError},
		started: time.Now(), stopping: make(chan struct{}), quit: make(chan struct{}), stopped: make(chan struct{}),
		loops: make(map[gnet.EventLoop]*loop),
	}
	e.clock.Store(1)
	if e.writable, err = newWritable(); err != nil {
		return nil, err
	}
	if err := e.listen(); err != nil {
		return nil, errors.Join(err, e.writable.stop())
	}
	if err := e.startLoops(); err != nil {
		e.closeListeners()
		return nil, errors.Join(err, e.writable.stop())
	}
	e.wg.Go(e.tick)
	for _, l := range e.listeners {
		e.accepting.Go(l.acceptAll)
	}
	return e, nil
}

func (e *Engine) startLoops() (err error) {
	if e.config.Loops < 0 {
		return nil
	}
	e.client, err = gnet.NewClient(&events{engine: e}, gnet.WithOptions(gnet.Options{
		NumEventLoop:  e.config.Loops,
		ReadBufferCap: e.config.ReadBuffer,
		TCPNoDelay:    gnet.TCPDelay, // means: do not set it, net has done so at accept
		Logger:        gnetLog{e.log},
	}))
	if err == nil {
		err = e.client.Start()
	}
	if err != nil {
		return fmt.Errorf("netio: event loops: %w", err)
	}
	return nil
}

// loopOf finds what we add to a loop of gnet. gnet makes its loops; we meet them at the first connection.
func (e *Engine) loopOf(events gnet.EventLoop) *loop {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := e.loops[events]
	if l == nil {
		l = newLoop(events, &e.metrics)
		e.loops[events] = l
	}
	return l
}

// Addr is the address that the Listen of that name listens on, nil if there is none.
func (e *Engine) Addr(name string) net.Addr {
	for _, l := range e.listeners {
		if l.name == name {
			return l.in.Addr()
		}
	}
	return nil
}

// Metrics are live.
func (e *Engine) Metrics() *Metrics { return &e.metrics }

// Stop stops accepting, writes what the connections have to send, closes them, and waits for everything
// that Start started. When ctx ends, connections are closed without being written out, and its error is
// returned; a Handler that does not return may then keep goroutines alive.
func (e *Engine) Stop(ctx context.Context) error {
	e.stopOnce.Do(func() {
		go func() {
			defer close(e.stopped)
			e.stop(ctx)
		}()
	})
	select {
	case <-e.stopped:
		return nil
	case <-ctx.Done():
	}
	// stop gives up on the same signal; what it may still wait for are callbacks that do not return.
	t := time.NewTimer(stopGrace)
	defer t.Stop()
	select {
	case <-e.stopped:
	case <-t.C:
	}
	return ctx.Err()
}

// stopGrace is what the goroutines have to end after the deadline of Stop.
const stopGrace = time.Second

func (e *Engine) stop(ctx context.Context) {
	e.mu.Lock()
	e.ended = true
	e.mu.Unlock()
	close(e.stopping)
	e.closeListeners()
	e.accepting.Wait()
	conns, drained := e.registry.stop()
	for _, c := range conns {
		c.end(phaseClosing, ErrStopping)
	}
	select {
	case <-drained:
	case <-ctx.Done():
		conns, _ = e.registry.stop()
		for _, c := range conns {
			c.end(phaseAborted, ErrStopping)
		}
	}
	e.mu.Lock()
	for _, l := range e.loops {
		l.stop()
	}
	e.mu.Unlock()
	if e.client != nil {
		if err := e.client.Stop(); err != nil {
			e.log.Error("event loops ended with an error", "err", err)
		}
	}
	close(e.quit)
	e.wg.Wait()
	if err := e.writable.stop(); err != nil {
		e.log.Error("closing the poller of full sockets", "err", err)
	}
}
