package netio

import (
	"errors"

	"github.com/panjf2000/gnet/v2"
	"golang.org/x/sys/unix"
)

const (
	// maxSegments and maxWrite bound one writev. More than 1024 segments are EINVAL.
	maxSegments = 1024
	maxWrite    = 1 << 20
	// flushBudget is what one connection may write before others of its loop have their turn.
	flushBudget = 4 << 20
)

// loopConn is a Conn on an event loop. All but wake and abort run on the loop.
//
// It writes to the descriptor itself. gnet would copy what the socket does not take into a buffer
// without bound and not tell when it is gone; here the rest stays in the outbox, and the engine's
// writable watches the descriptor.
type loopConn struct {
	*Conn
	g    gnet.Conn
	fd   int
	loop *loop

	sending []*Buffer // taken from the outbox
	sent    int       // buffers of sending that are written and released
	offset  int       // bytes of sending[sent] that are written
	iov     [][]byte  // scratch

	watched   bool // known to writable
	lingering bool // our side is ended
	left      bool // handed over to another transport
	gone      bool // closed: g must not be touched
}

func (lc *loopConn) wake()  { lc.loop.wake(lc) }
func (lc *loopConn) abort() { lc.loop.wake(lc) }

// pump runs when the loop was woken for lc.
func (lc *loopConn) pump() {
	if lc.gone || lc.left {
		return
	}
	if lc.flush() {
		_ = lc.loop.events.Close(lc.g) // reports failed close(2) calls, which leave nothing to do
	}
}

// flush writes what the outbox has, as far as the socket takes it, and reports that the connection is to
// be closed now.
func (lc *loopConn) flush() (end bool) {
	budget := flushBudget
	for {
		if lc.sent == len(lc.sending) {
			var ph phase
			lc.sending, ph = lc.out.take(lc.sending[:0])
			lc.sent = 0
			if len(lc.sending) == 0 {
				return lc.drained(ph)
			}
		}
		if lc.out.current() == phaseAborted {
			return true
		}
		n, full, err := lc.write()
		switch {
		case err != nil:
			lc.out.advance(phaseAborted, err)
			return true
		case full:
			lc.engine.metrics.Blocked.Add(1)
			lc.engine.writable.watch(lc)
			return false
		}
		if budget -= n; budget <= 0 {
			lc.loop.wake(lc)
			return false
		}
	}
}

// drained decides what follows when everything is written.
func (lc *loopConn) drained(ph phase) (end bool) {
	if ph != phaseClosing || !lc.in.linger {
		return ph != phaseOpen
	}
	if lc.lingering {
		return false // until the peer ends its side too, or CloseTimeout
	}
	lc.lingering = true
	return unix.Shutdown(lc.fd, unix.SHUT_WR) != nil
}

// write makes one system call. full says that the socket takes no more.
func (lc *loopConn) write() (n int, full bool, err error) {
	total := lc.gather()
	for {
		if len(lc.iov) == 1 {
			n, err = unix.Write(lc.fd, lc.iov[0])
		} else {
			n, err = unix.Writev(lc.fd, lc.iov)
		}
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	clear(lc.iov)
	if errors.Is(err, unix.EAGAIN) {
		return 0, true, nil
	}
	if err != nil {
		return 0, false, err
	}
	lc.wrote(n)
	return n, n < total, nil
}

// gather fills iov with what one call may write.
func (lc *loopConn) gather() (total int) {
	lc.iov = lc.iov[:0]
	offset := lc.offset
	for _, b := range lc.sending[lc.sent:] {
		if len(lc.iov) == maxSegments || total >= maxWrite {
			break
		}
		lc.iov = append(lc.iov, b.B[offset:])
		total += len(b.B) - offset
		offset = 0
	}
	return total
}

// wrote releases what n written bytes complete.
func (lc *loopConn) wrote(n int) {
	lc.out.count(-n)
	lc.engine.metrics.BytesOut.Add(int64(n))
	lc.alive.active.Store(lc.engine.now())
	for n > 0 {
		b := lc.sending[lc.sent]
		rest := len(b.B) - lc.offset
		if n < rest {
			lc.offset += n
			return
		}
		n -= rest
		lc.offset = 0
		lc.sending[lc.sent] = nil
		lc.sent++
		b.Release()
	}
}

// handOver gives the socket to goroutines of its own, because gnet knows no TLS. gnet closes its
// descriptor, we go on with a copy.
func (lc *loopConn) handOver() {
	fd, err := lc.g.Dup()
	if err != nil {
		lc.end(phaseAborted, err)
		return
	}
	lc.left = true
	lc.engine.serveTLS(lc.Conn, fd)
}

// closed is gnet's last word on lc.
func (lc *loopConn) closed(err error) {
	lc.gone = true
	lc.engine.writable.forget(lc)
	for i, b := range lc.sending[lc.sent:] {
		lc.sending[lc.sent+i] = nil
		b.Release()
	}
	lc.sending, lc.iov = nil, nil
	if !lc.left {
		lc.finish(cause(err))
	}
}
