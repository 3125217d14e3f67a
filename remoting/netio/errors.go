package netio

import "errors"

// Errors of Peer methods and of Handler.Closed.
var (
	// ErrClosed: the connection is closed or closing and takes no more bytes.
	ErrClosed = errors.New("netio: connection closed")
	// ErrSlowReader: the peer left more unsent than Config.MaxUnsent; the connection was closed.
	ErrSlowReader = errors.New("netio: peer does not read its answers")
	// ErrIdle: neither side sent anything for Config.IdleTimeout.
	ErrIdle = errors.New("netio: idle")
	// ErrFirstFrame: the first whole frame did not come in time.
	ErrFirstFrame = errors.New("netio: first frame too slow")
	// ErrBadFrame: the Cutter refused the bytes, or could not decide after many.
	ErrBadFrame = errors.New("netio: bad frame")
	// ErrMemory: unfinished frames of all connections together exceed Config.MaxPartial, and this one most.
	ErrMemory = errors.New("netio: too many bytes of unfinished frames")
	// ErrBacklog: all connections together left more unsent than Config.MaxBacklog, and this one most.
	ErrBacklog = errors.New("netio: too many bytes of unread answers")
	// ErrNotTLS: a plain connection where TLS is enforced.
	ErrNotTLS = errors.New("netio: plain connection refused, TLS is enforced")
	// ErrNoTLS: a TLS greeting where TLS is off.
	ErrNoTLS = errors.New("netio: TLS greeting, but TLS is off")
	// ErrHandshake: the TLS handshake failed.
	ErrHandshake = errors.New("netio: TLS handshake failed")
	// ErrHTTP: an HTTP request; it was answered with a text that names the port.
	ErrHTTP = errors.New("netio: HTTP request on a messaging port")
	// ErrProxy: a PROXY header that is malformed, or from an address that Config.Proxies does not believe.
	ErrProxy = errors.New("netio: PROXY header refused")
	// ErrClosedHere: Conn.Close was called; the reason is in the wrapping text.
	ErrClosedHere = errors.New("netio: closed by this side")
	// ErrPanic: the Handler panicked.
	ErrPanic = errors.New("netio: handler panic")
	// ErrTooMany: Config.MaxConns or Config.MaxConnsPerIP are reached.
	ErrTooMany = errors.New("netio: too many connections")
	// ErrStopping: Engine.Stop.
	ErrStopping = errors.New("netio: engine stops")
)
