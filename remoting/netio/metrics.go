package netio

import (
	"errors"
	"io"
	"iter"
	"sync/atomic"
	"syscall"
)

// Metrics counts what an Engine did. All but the gauges only grow.
type Metrics struct {
	Conns    atomic.Int64 // gauge: open connections, those that were not Opened yet too
	Partial  atomic.Int64 // gauge: bytes of unfinished frames
	Backlog  atomic.Int64 // gauge: bytes unsent, of each connection in whole steps of 16 KiB
	Accepted atomic.Int64
	TLS      atomic.Int64 // handshakes done
	Proxied  atomic.Int64 // connections with a PROXY header

	BytesIn  atomic.Int64
	BytesOut atomic.Int64
	Frames   atomic.Int64

	Wakes     atomic.Int64 // loops woken from other goroutines
	Blocked   atomic.Int64 // times that a socket was full
	Congested atomic.Int64 // times that a connection became congested
	Panics    atomic.Int64 // of the Handler

	RefusedTotal atomic.Int64 // connections over Config.MaxConns
	RefusedPerIP atomic.Int64 // connections over Config.MaxConnsPerIP
	AcceptErrors atomic.Int64

	Closed [reasons]atomic.Int64 // by Reason
}

// Reason is why a connection ended, for Metrics.Closed.
type Reason uint8

const (
	ByPeer       Reason = iota // in order
	ByReset                    // by the peer or the network, not in order
	ByUs                       // Conn.Close
	ByStop                     // Engine.Stop
	ByIdle                     // ErrIdle
	ByFirstFrame               // ErrFirstFrame
	ByBadFrame                 // ErrBadFrame, or an error of the Cutter
	BySlowReader               // ErrSlowReader
	ByMemory                   // ErrMemory
	ByBacklog                  // ErrBacklog
	ByTLS                      // ErrNotTLS, ErrNoTLS, ErrHandshake
	ByHTTP                     // ErrHTTP
	ByProxy                    // ErrProxy
	ByTooMany                  // ErrTooMany, once a proxy had told for whom it speaks
	ByPanic                    // ErrPanic
	ByOther                    // errors of the system
	reasons
)

var reasonNames = [reasons]string{
	"peer", "reset", "closed-here", "stop", "idle", "first-frame", "bad-frame", "slow-reader", "memory", "backlog",
	"tls", "http", "proxy", "too-many", "panic", "other",
}

// Reasons are all of them, in order.
func Reasons() iter.Seq[Reason] {
	return func(yield func(Reason) bool) {
		for r := range reasons {
			if !yield(r) {
				return
			}
		}
	}
}

func (r Reason) String() string {
	if r < reasons {
		return reasonNames[r]
	}
	return "unknown"
}

// reasonTable is searched in order.
var reasonTable = []struct {
	err    error
	reason Reason
}{
	{io.EOF, ByPeer},
	{ErrClosedHere, ByUs},
	{ErrStopping, ByStop},
	{ErrIdle, ByIdle},
	{ErrFirstFrame, ByFirstFrame},
	{ErrBadFrame, ByBadFrame},
	{ErrSlowReader, BySlowReader},
	{ErrMemory, ByMemory},
	{ErrBacklog, ByBacklog},
	{ErrNotTLS, ByTLS},
	{ErrNoTLS, ByTLS},
	{ErrHandshake, ByTLS},
	{ErrHTTP, ByHTTP},
	{ErrProxy, ByProxy},
	{ErrTooMany, ByTooMany},
	{ErrPanic, ByPanic},
	{syscall.ECONNRESET, ByReset},
	{syscall.EPIPE, ByReset},
}

func reasonOf(err error) Reason {
	for _, row := range reasonTable {
		if errors.Is(err, row.err) {
			return row.reason
		}
	}
	return ByOther
}
