package netio

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/netip"
	"sync/atomic"

	"github.com/gannetmq/gannet/remoting/netio/proxy"
)

// Conn is one connection, on whatever transport. It is a remoting.Peer. All methods but SetSession may
// be called from any goroutine.
type Conn struct {
	id       uint64
	engine   *Engine
	listener string
	socket   netip.AddrPort // of whoever dialled
	remote   netip.AddrPort // socket, or what a proxy told of it before Opened
	local    netip.AddrPort
	session  atomic.Pointer[any]
	proxy    *proxy.Header        // set before Opened
	tls      *tls.ConnectionState // set before Opened

	out   outbox
	in    inbox // of the goroutine that reads
	alive liveness

	slot    int        // in registry.conns; guarded by registry.mu
	counted netip.Addr // in registry.perIP, the zero value if it is not; guarded by registry.mu
}

func (e *Engine) newConn(socket, local netip.AddrPort) *Conn {
	c := &Conn{id: lastConnID.Add(1), engine: e, socket: socket, remote: socket, local: local}
	c.out.backlog = &e.metrics.Backlog
	c.alive.active.Store(e.now())
	return c
}

// ID is unique in this process and never reused.
func (c *Conn) ID() uint64 { return c.id }

// Listener is the Name of the Listen that accepted the connection.
func (c *Conn) Listener() string { return c.listener }

// RemoteAddr is the peer's address: what a proxy has told of it, or else the one it dialled from. It is a
// loopback address only if the peer dialled from one.
func (c *Conn) RemoteAddr() netip.AddrPort { return c.remote }

// SocketAddr is the address that was dialled from: a proxy's, if there is one.
func (c *Conn) SocketAddr() netip.AddrPort { return c.socket }

// Proxy is the header that a proxy sent, nil if there was none.
func (c *Conn) Proxy() *proxy.Header { return c.proxy }

// LocalAddr is the address that the peer dialled.
func (c *Conn) LocalAddr() netip.AddrPort { return c.local }

// TLS is the state of the handshake, nil on a plain connection.
func (c *Conn) TLS() *tls.ConnectionState { return c.tls }

// Session is what SetSession stored, or nil.
func (c *Conn) Session() any {
	if s := c.session.Load(); s != nil {
		return *s
	}
	return nil
}

// SetSession keeps one value of the protocol above with the connection.
func (c *Conn) SetSession(s any) { c.session.Store(&s) }

// Write queues a copy of frame. It never blocks. Errors are ErrClosed and ErrSlowReader.
func (c *Conn) Write(frame []byte) error {
	if len(frame) == 0 {
		return nil
	}
	w, err := c.out.append(frame)
	return c.queued(len(frame), w, err)
}

// WriteBuffer queues b without copying and owns it from here, also when it fails.
func (c *Conn) WriteBuffer(b *Buffer) error {
	n := len(b.B)
	if n == 0 {
		b.Release()
		return nil
	}
	w, err := c.out.appendBuffer(b)
	return c.queued(n, w, err)
}

// queued looks at the limits after an append of n bytes and wakes the owner if nobody else does.
func (c *Conn) queued(n int, w owner, err error) error {
	if err != nil {
		return err
	}
	e := c.engine
	unsent := c.out.unsent.Load()
	if unsent > e.config.MaxUnsent {
		c.end(phaseAborted, fmt.Errorf("%w: %d bytes unsent to %v", ErrSlowReader, unsent, c.remote))
		return ErrSlowReader
	}
	if unsent > e.config.CongestedBytes && unsent-int64(n) <= e.config.CongestedBytes {
		e.metrics.Congested.Add(1)
	}
	if w != nil {
		w.wake()
	}
	if unsent >= backlogStep && e.metrics.Backlog.Load() > e.config.MaxBacklog {
		e.shed()
	}
	return nil
}

// Congested reports that more than Config.CongestedBytes are unsent, or an eighth of it while all connections together
// leave half of Config.MaxBacklog.
func (c *Conn) Congested() bool {
	unsent, cfg := c.out.unsent.Load(), &c.engine.config
	return unsent > cfg.CongestedBytes/8 &&
		(unsent > cfg.CongestedBytes || c.engine.metrics.Backlog.Load() > cfg.MaxBacklog/2)
}

// Unsent is how many bytes wait to be written.
func (c *Conn) Unsent() int64 { return c.out.unsent.Load() }

// Ended reports that the transport is closed. Handler.Closed was called or will be.
func (c *Conn) Ended() bool { return c.out.current() == phaseClosed }

// Close ends the connection after what is queued was written, at most Config.CloseTimeout later. What
// the peer sends meanwhile is dropped.
func (c *Conn) Close(reason string) {
	c.end(phaseClosing, fmt.Errorf("%w: %s", ErrClosedHere, reason))
}

// end asks the owner to end the connection: after what is queued (phaseClosing) or now (phaseAborted).
func (c *Conn) end(to phase, cause error) {
	c.alive.closing(c.engine.now())
	w := c.out.advance(to, cause)
	switch {
	case w == nil:
	case to == phaseAborted:
		w.abort()
	default:
		w.wake()
	}
}

// Ending reports that the connection is being ended from this side, or has been: the peer gets no more than was queued
// before, and what still comes from it is dropped.
func (c *Conn) Ending() bool { return c.alive.closingSince.Load() != 0 }

// finish is called by the owner when the transport is closed. It is the last act on the connection.
func (c *Conn) finish(err error) {
	e := c.engine
	err = c.out.close(err)
	c.dropPartial()
	e.registry.remove(c, &e.metrics)
	e.metrics.Closed[reasonOf(err)].Add(1)
	if e.log.Enabled(context.Background(), slog.LevelDebug) {
		e.log.Debug("connection closed", "conn", c.id, "listener", c.listener, "remote", c.remote, "socket", c.socket, "err", err)
	}
	if c.in.opened {
		c.callClosed(err)
	}
	e.registry.done()
}
