package netio

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"time"

	"github.com/gannetmq/gannet/remoting/netio/proxy"
)

// Cutter finds the end of the first frame of b. n is its length and may exceed len(b): that much has to
// come before the frame is whole. n is 0 while b is too short to tell. After an error the connection is
// closed. A Cutter is called again and again on the same bytes and must be pure.
type Cutter func(b []byte) (n int, err error)

// Handler is given what comes over the connections of an Engine. The calls for one connection never
// overlap. On event loops they must not block: all connections of the loop wait.
type Handler interface {
	// Opened comes before anything else of a connection: when its first bytes were found to be plain
	// frames, or when its TLS handshake was done.
	Opened(c *Conn)
	// Frame is given one whole frame, a view that is valid until it returns.
	Frame(c *Conn, frame []byte)
	// Batch comes after the last frame of one read, before what was answered is written.
	Batch(c *Conn)
	// Closed comes last, exactly once if Opened did. err is never nil: io.EOF when the peer ended the
	// connection, else one of the errors of this package or of the system.
	Closed(c *Conn, err error)
}

// TLSMode says what becomes of TLS and of plain connections. Java: TlsMode, tls.server.mode.
type TLSMode uint8

const (
	TLSDisabled   TLSMode = iota // a TLS greeting closes the connection
	TLSPermissive                // both are served, on the same port
	TLSEnforcing                 // a plain connection is closed
)

// Listen is one address to accept on.
type Listen struct {
	Name string // for Engine.Addr, Conn.Listener and logs
	Addr string // "host:port"; port 0 takes a free one
}

// Config of an Engine. Zero values mean the defaults named.
type Config struct {
	Listen  []Listen
	Cutter  Cutter
	Handler Handler

	// Loops is how many event loops there are; 0 means half of GOMAXPROCS, at least one. Negative means
	// none, for an Engine that only Serves connections made elsewhere; Listen must be empty then.
	Loops int
	// ReadBuffer is what a loop reads at once, in bytes; 0 means 256 KiB: a window of large requests is
	// then read, stored and answered together.
	ReadBuffer int

	// MaxConns bounds the connections; 0 means 100,000. All engines of a process together have no more
	// than RLIMIT_NOFILE leaves after a reserve for files of an eighth, at least 256.
	MaxConns int
	// MaxConnsPerIP bounds those of one IPv4 address or one IPv6 /64; 0 means 10,000. Loopback is exempt.
	MaxConnsPerIP int
	// CongestedBytes unsent make Conn.Congested true; 0 means 8 MiB.
	CongestedBytes int64
	// MaxUnsent bytes unsent close a connection; 0 means 64 MiB.
	MaxUnsent int64
	// MaxBacklog bytes unsent of all connections together close those with most; 0 means 512 MiB. What each leaves
	// below 16 KiB does not count.
	MaxBacklog int64
	// MaxPartial bounds the bytes of unfinished frames of all connections; 0 means 1 GiB.
	MaxPartial int64

	// FirstFrameTime and FirstFrameBytes are the least speed of a new connection until its first frame
	// is whole: so many bytes in so much time. 0 means 10 s and 64 KiB.
	FirstFrameTime  time.Duration
	FirstFrameBytes int
	// IdleTimeout closes connections that neither read nor wrote; 0 means 120 s, negative never.
	IdleTimeout time.Duration
	// CloseTimeout is how long a closing connection may take to write the rest; 0 means 5 s.
	CloseTimeout time.Duration

	// Proxies are whose PROXY headers are believed; others that send one are closed. The zero value believes
	// everybody. Connections from a proxy that is named count for the address that it tells, others for that
	// which they come from.
	Proxies proxy.Trust

	TLS TLSMode
	// TLSConfig is asked once per handshake, so that certificates can change. Needed unless TLS is
	// disabled.
	TLSConfig func() *tls.Config

	// Speaks answers browsers: "this port speaks <Speaks>". Empty means "its own protocol".
	Speaks string
	Log    *slog.Logger // nil discards

	descriptors int64 // for connections of the whole process
}

// errConfig is what Start returns for a Config that cannot be served.
var errConfig = errors.New("netio: bad config")

func (c Config) withDefaults() (Config, error) {
	switch {
	case c.Cutter == nil || c.Handler == nil:
		return c, fmt.Errorf("%w: a Cutter and a Handler are needed", errConfig)
	case c.Loops < 0 && len(c.Listen) > 0:
		return c, fmt.Errorf("%w: listeners without event loops", errConfig)
	case c.TLS != TLSDisabled && c.TLSConfig == nil:
		return c, fmt.Errorf("%w: TLS without TLSConfig", errConfig)
	}
	orDefault(&c.Loops, max(1, runtime.GOMAXPROCS(0)/2))
	orDefault(&c.ReadBuffer, 256<<10)
	orDefault(&c.MaxConns, 100_000)
	orDefault(&c.MaxConnsPerIP, 10_000)
	orDefault(&c.CongestedBytes, 8<<20)
	orDefault(&c.MaxUnsent, 64<<20)
	orDefault(&c.MaxBacklog, 512<<20)
	orDefault(&c.MaxPartial, 1<<30)
	orDefault(&c.FirstFrameTime, 10*time.Second)
	orDefault(&c.FirstFrameBytes, 64<<10)
	orDefault(&c.IdleTimeout, 120*time.Second)
	orDefault(&c.CloseTimeout, 5*time.Second)
	orDefault(&c.Speaks, "its own protocol")
	if c.Log == nil {
		c.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	c.descriptors = int64(descriptorsForConns())
	return c, nil
}

func orDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
