package netio

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/panjf2000/gnet/v2"
)

// loop is what we add to one event loop of gnet: the list of connections that other goroutines want it
// to look at.
//
// The only call into gnet from outside its loops is EventLoop.Execute, here. gnet closes the descriptor
// that Execute writes to when it stops, and the system may give its number to a file: none may be
// under way then, which is what callers counts.
type loop struct {
	events  gnet.EventLoop
	metrics *Metrics

	mu      sync.Mutex
	quiet   sync.Cond // callers fell to 0
	ready   []*loopConn
	spare   []*loopConn // the other array of ready
	armed   bool        // a Run is on its way and will see ready
	callers int
	stopped bool
}

func newLoop(events gnet.EventLoop, m *Metrics) *loop {
	l := &loop{events: events, metrics: m}
	l.quiet.L = &l.mu
	return l
}

// wake has the loop look at lc soon. One Execute serves all that are woken until it runs.
func (l *loop) wake(lc *loopConn) {
	l.mu.Lock()
	if l.stopped {
		l.mu.Unlock()
		return // gnet closes lc, and what it has to send is dropped then
	}
	l.ready = append(l.ready, lc)
	if l.armed {
		l.mu.Unlock()
		return
	}
	l.armed = true
	l.callers++
	l.mu.Unlock()

	l.metrics.Wakes.Add(1)
	_ = l.events.Execute(context.Background(), l) // fails only when gnet stops: see above

	l.mu.Lock()
	if l.callers--; l.callers == 0 {
		l.quiet.Broadcast()
	}
	l.mu.Unlock()
}

// Run is called by gnet on the loop.
func (l *loop) Run(context.Context) error {
	l.mu.Lock()
	ready := l.ready
	l.ready, l.spare = l.spare[:0], nil
	l.armed = false
	l.mu.Unlock()
	for i, lc := range ready {
		lc.pump()
		ready[i] = nil
	}
	l.mu.Lock()
	if l.spare == nil {
		l.spare = ready[:0]
	}
	l.mu.Unlock()
	return nil
}

// stop refuses further wake-ups and waits for those under way.
func (l *loop) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
	for l.callers > 0 {
		l.quiet.Wait()
	}
}

// events is the gnet.EventHandler: it turns gnet's connections into ours.
type events struct {
	gnet.BuiltinEventEngine
	engine *Engine
}

// OnOpen gets a connection that the acceptor enrolled, with its Conn as context.
func (ev *events) OnOpen(g gnet.Conn) ([]byte, gnet.Action) {
	c := g.Context().(*Conn)
	lc := &loopConn{Conn: c, g: g, fd: g.Fd(), loop: ev.engine.loopOf(g.EventLoop())}
	g.SetContext(lc)
	if c.out.attach(lc) != phaseOpen {
		return nil, gnet.Close
	}
	return nil, gnet.None
}

func (ev *events) OnTraffic(g gnet.Conn) gnet.Action {
	lc := g.Context().(*loopConn)
	data, err := g.Next(-1)
	if err != nil || len(data) == 0 {
		return gnet.None
	}
	lc.out.hold()
	if lc.receive(data) {
		lc.handOver()
		return gnet.Close
	}
	if lc.flush() {
		return gnet.Close
	}
	return gnet.None
}

func (ev *events) OnClose(g gnet.Conn, err error) gnet.Action {
	if lc, ok := g.Context().(*loopConn); ok {
		lc.closed(err)
	}
	return gnet.None
}

// cause turns what a transport says of its end into an error for the Handler.
func cause(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return io.EOF
	}
	return err
}
