package netio

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
)

const (
	// stdRead is the read buffer of a connection off the loops: the payload of one TLS record.
	stdRead = 16 << 10
	// gatherBytes is how much is gathered for one write: each is a system call, and under TLS at least
	// one record.
	gatherBytes = 64 << 10
)

// stdConn is a Conn with a reading and a writing goroutine, for what gnet cannot do. The reader owns
// the connection: it starts the writer, waits for it, and finishes.
type stdConn struct {
	*Conn
	raw  net.Conn // the socket
	conn net.Conn // what bytes are read from and written to

	kick chan struct{} // the writer should look
	end  chan struct{} // the writer should return
	wg   sync.WaitGroup
}

// serveTLS takes a connection over from its loop: fd is ours. What the peer sent is in in.partial.
func (e *Engine) serveTLS(c *Conn, fd int) {
	e.wg.Go(func() {
		raw, err := fileConn(fd)
		if err != nil {
			c.finish(err)
			return
		}
		s := &stdConn{Conn: c, raw: raw, kick: make(chan struct{}, 1), end: make(chan struct{})}
		if s.out.attach(s) == phaseAborted {
			s.abort()
		}
		s.serve()
	})
}

// Serve takes over a connection that was made elsewhere: dialled, or accepted by other means. It gets a
// reader and a writer of its own and is else like any other; the Handler's calls come from the reader.
// A *tls.Conn must have shaken hands. session is what Conn.Session returns. conn is closed if there is
// an error: ErrStopping or ErrTooMany.
func (e *Engine) Serve(conn net.Conn, session any) (*Conn, error) {
	c := e.newConn(addrPort(conn.RemoteAddr()), addrPort(conn.LocalAddr()))
	c.SetSession(session)
	s := &stdConn{Conn: c, raw: conn, conn: conn, kick: make(chan struct{}, 1), end: make(chan struct{})}
	if t, ok := conn.(*tls.Conn); ok {
		state := t.ConnectionState()
		c.tls, s.raw = &state, t.NetConn()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.ended:
		return nil, errors.Join(ErrStopping, s.raw.Close())
	case !e.registry.add(c, &e.config, &e.metrics):
		return nil, errors.Join(ErrTooMany, s.raw.Close())
	}
	s.out.attach(s)
	e.wg.Go(s.serve)
	return c, nil
}

// fileConn makes a net.Conn of a descriptor and owns the descriptor also when it fails.
func fileConn(fd int) (net.Conn, error) {
	f := os.NewFile(uintptr(fd), "socket")
	conn, err := net.FileConn(f)
	return conn, errors.Join(err, f.Close())
}

func (s *stdConn) wake() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// abort closes the socket under the TLS layer: it must not wait for a goodbye to be written.
func (s *stdConn) abort() { _ = s.raw.Close() }

func (s *stdConn) serve() {
	var err error
	if s.conn == nil {
		err = s.handshake()
	}
	if err == nil {
		s.wg.Go(s.writeAll)
		err = s.readAll()
		close(s.end)
	}
	s.abort()
	s.wg.Wait()
	s.finish(err)
}

func (s *stdConn) handshake() error {
	hello := s.in.partial
	s.in.partial, s.in.need = nil, 0
	s.in.held.Store(0)
	s.engine.metrics.Partial.Add(-int64(cap(hello.B)))
	defer hello.Release()

	conn := tls.Server(&replay{Conn: s.raw, first: bytes.NewReader(hello.B)}, s.engine.config.TLSConfig())
	ctx, cancel := context.WithTimeout(context.Background(), s.engine.config.FirstFrameTime)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		s.engine.warn.log("TLS handshake failed", "listener", s.listener, "remote", s.remote, "err", err)
		return fmt.Errorf("%w: %w", ErrHandshake, err)
	}
	s.engine.metrics.TLS.Add(1)
	s.alive.silent() // what came was the handshake's, which has its own deadline
	state := conn.ConnectionState()
	s.tls = &state
	s.conn = conn
	return nil
}

// readAll is the reader: what OnTraffic is on a loop.
func (s *stdConn) readAll() error {
	b := NewBuffer(stdRead)
	defer b.Release()
	s.opening()
	for {
		n, err := s.conn.Read(b.B[:cap(b.B)])
		if n > 0 {
			s.out.hold()
			s.receive(b.B[:n])
			if w := s.out.release(); w != nil {
				w.wake()
			}
		}
		if err != nil {
			return cause(err)
		}
	}
}

func (s *stdConn) opening() {
	defer s.recoverPanic()
	s.open()
}

// writeAll is the writer: what flush is on a loop.
func (s *stdConn) writeAll() {
	var sending []*Buffer
	for {
		select {
		case <-s.kick:
		case <-s.end:
			return
		}
		for {
			var ph phase
			sending, ph = s.out.take(sending[:0])
			if len(sending) == 0 {
				if ph != phaseOpen {
					s.goodbye(ph)
					return
				}
				break
			}
			if err := s.write(sending); err != nil {
				s.out.advance(phaseAborted, err)
				s.abort()
				return
			}
		}
	}
}

// write writes all, and releases it in any case.
func (s *stdConn) write(sending []*Buffer) (err error) {
	for first, n := 0, 0; first < len(sending); first += n {
		n = gatherable(sending[first:])
		if err == nil {
			err = s.writeTogether(sending[first : first+n])
		}
		for i := first; i < first+n; i++ {
			sending[i].Release()
			sending[i] = nil
		}
	}
	return err
}

// gatherable is how many of the first buffers fit one write; at least one.
func gatherable(sending []*Buffer) (n int) {
	for total := 0; n < len(sending); n++ {
		if total += len(sending[n].B); total > gatherBytes {
			break
		}
	}
	return max(n, 1)
}

func (s *stdConn) writeTogether(bufs []*Buffer) error {
	out := bufs[0].B
	if len(bufs) > 1 {
		whole := NewBuffer(gatherBytes)
		defer whole.Release()
		for _, b := range bufs {
			whole.B = append(whole.B, b.B...)
		}
		out = whole.B
	}
	n, err := s.conn.Write(out)
	s.out.count(-n)
	s.engine.metrics.BytesOut.Add(int64(n))
	s.alive.active.Store(s.engine.now())
	return err
}

// goodbye ends the TLS stream when there is time for it. The reader then finds the socket closed.
func (s *stdConn) goodbye(ph phase) {
	if ph == phaseClosing {
		_ = s.conn.Close()
	}
	s.abort()
}

// replay is a net.Conn that first reads what was read before.
type replay struct {
	net.Conn
	first *bytes.Reader
}

func (r *replay) Read(p []byte) (int, error) {
	if r.first.Len() > 0 {
		return r.first.Read(p)
	}
	return r.Conn.Read(p)
}
