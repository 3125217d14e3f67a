package netio

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// Rests after an accept that failed: the system is out of descriptors or memory.
const (
	minRest = 5 * time.Millisecond
	maxRest = time.Second
)

// listener accepts on one address. gnet's own accept loop would end the whole engine on EMFILE, cannot
// refuse before registering, and cannot stop alone.
type listener struct {
	engine *Engine
	name   string
	in     net.Listener
}

func (e *Engine) listen() error {
	// Java's server does not use keep-alive either; idle connections are closed by their timeout.
	lc := net.ListenConfig{KeepAlive: -1}
	for _, l := range e.config.Listen {
		in, err := lc.Listen(context.Background(), "tcp", l.Addr)
		if err != nil {
			e.closeListeners()
			return fmt.Errorf("netio: listener %q: %w", l.Name, err)
		}
		e.listeners = append(e.listeners, &listener{engine: e, name: l.Name, in: in})
	}
	return nil
}

func (e *Engine) closeListeners() {
	for _, l := range e.listeners {
		_ = l.in.Close() // a second close at Stop is harmless
	}
}

func (l *listener) acceptAll() {
	m := &l.engine.metrics
	rest := minRest
	for {
		conn, err := l.in.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			m.AcceptErrors.Add(1)
			l.engine.warn.log("accept failed, resting", "listener", l.name, "err", err, "rest", rest)
			if !l.rest(rest) {
				return
			}
			rest = min(2*rest, maxRest)
			continue
		}
		rest = minRest
		m.Accepted.Add(1)
		l.serve(conn)
	}
}

// rest reports whether accepting goes on.
func (l *listener) rest(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-l.engine.stopping:
		return false
	}
}

// serve admits a connection and gives it to a loop, or closes it.
func (l *listener) serve(conn net.Conn) {
	e := l.engine
	c := e.newConn(addrPort(conn.RemoteAddr()), addrPort(conn.LocalAddr()))
	c.listener = l.name
	if !e.registry.add(c, &e.config, &e.metrics) {
		e.warn.log("connection refused: too many", "listener", l.name, "remote", c.remote)
		_ = conn.Close()
		return
	}
	_, err := e.client.EnrollContext(conn, c) // closes conn, having made a copy
	if err == nil && !c.out.attached() {
		err = errNotRegistered
	}
	if err != nil {
		e.warn.log("connection not registered", "listener", l.name, "remote", c.remote, "err", err)
		c.finish(err)
	}
}

// errNotRegistered: gnet does not report that its poller refused a descriptor.
var errNotRegistered = errors.New("netio: event loop did not take the connection")

func addrPort(a net.Addr) netip.AddrPort {
	if t, ok := a.(*net.TCPAddr); ok {
		ap := t.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return netip.AddrPort{}
}
