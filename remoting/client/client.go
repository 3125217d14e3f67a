package client

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/gannetmq/gannet/compat/mqversion"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Options of a Client. The zero value is usable.
type Options struct {
	// DialTimeout bounds one attempt, resolving and TLS included; 0 means 3 s.
	DialTimeout time.Duration
	// MinBackoff and MaxBackoff bound the time after a failed dial in which calls to that address fail
	// at once. It doubles with each failure. 0 means 100 ms and 5 s.
	MinBackoff, MaxBackoff time.Duration
	// IdleTimeout closes connections that nothing was sent or received on; 0 means 120 s, negative never.
	IdleTimeout time.Duration
	// KeepSilent keeps connections on which a call has timed out and nothing came since it began, at least for
	// 100 ms; otherwise they are closed, so that the next call dials. Java: clientCloseSocketIfTimeout=false.
	KeepSilent bool
	// MaxInFlight bounds the calls that wait on one connection; 0 means 65,536.
	MaxInFlight int

	Serialization wire.Serialization // of our requests; answers may have another
	Version       int32              // MQVersion ordinal of our requests; 0 means mqversion.Current
	Frames        wire.Limits
	TLS           *tls.Config   // nil means plain
	Resolver      *net.Resolver // of the names that are dialled; nil means the system's

	// Router serves requests that servers send on our connections; nil ignores them.
	Router *remoting.Router
	Log    *slog.Logger // nil discards
}

// ErrClosed is returned after Close.
var ErrClosed = errors.New("client: closed")

// Client is a set of connections, one per address. It is safe for concurrent use.
type Client struct {
	options  Options
	engine   *netio.Engine
	encoders sync.Pool // of *wire.Encoder

	life   context.Context // ends the dials
	end    context.CancelFunc
	dials  sync.WaitGroup
	mu     sync.Mutex // guards the rest
	links  map[string]*link
	many   int // links at which those of no use are dropped
	closed bool
}

// New makes a Client without connections.
func New(o Options) (*Client, error) {
	o = o.withDefaults()
	c := &Client{options: o, links: make(map[string]*link), many: fewLinks}
	c.encoders.New = func() any { return new(wire.Encoder) }
	c.life, c.end = context.WithCancel(context.Background())
	var err error
	c.engine, err = netio.Start(netio.Config{
		Loops: -1, Cutter: o.Frames.Cut, Handler: (*handler)(c),
		// These are ours: their number is that of the addresses called.
		MaxConnsPerIP: 1 << 30, IdleTimeout: o.IdleTimeout, Log: o.Log,
	})
	return c, err
}

func (o Options) withDefaults() Options {
	orDefault(&o.DialTimeout, 3*time.Second)
	orDefault(&o.MinBackoff, 100*time.Millisecond)
	orDefault(&o.MaxBackoff, 5*time.Second)
	orDefault(&o.MaxInFlight, 1<<16)
	orDefault(&o.Version, mqversion.Current)
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return o
}

func orDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// Call sends a request to addr, "host:port", and waits for the answer, whatever its code; the caller
// owns it. Errors are ctx.Err, that of the dial, ErrClosed, remoting.ErrPeerGone and
// remoting.ErrTooManyCalls.
func (c *Client) Call(ctx context.Context, addr string, m *remoting.Message) (*wire.Command, error) {
	conn, err := c.Conn(ctx, addr)
	if err != nil {
		return nil, err
	}
	return conn.Call(ctx, m)
}

// Oneway sends a request to addr that is not answered. No error means that it was queued.
func (c *Client) Oneway(ctx context.Context, addr string, m *remoting.Message) error {
	conn, err := c.Conn(ctx, addr)
	if err != nil {
		return err
	}
	return conn.Oneway(m)
}

// Conn is the connection to addr, dialled if there is none. It stays valid when it has ended: its
// calls fail then, and a new one has to be asked for.
func (c *Client) Conn(ctx context.Context, addr string) (*Conn, error) {
	for {
		l, err := c.link(addr)
		if err != nil {
			return nil, err
		}
		conn, err := l.get(ctx)
		if err != errDropped {
			return conn, err
		}
	}
}

func (c *Client) link(addr string) (*link, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, ErrClosed
	}
	l := c.links[addr]
	if l == nil {
		if len(c.links) >= c.many {
			c.dropLinks()
		}
		l = &link{client: c, addr: addr}
		c.links[addr] = l
	}
	return l, nil
}

// fewLinks is how many links are not worth looking through.
const fewLinks = 64

// dropLinks forgets addresses without a connection that nobody dials: a name server is told new ones for as long as it
// runs. It is called when there are twice as many as it left the last time. mu is held.
func (c *Client) dropLinks() {
	now := time.Now()
	for addr, l := range c.links {
		if l.drop(now) {
			delete(c.links, addr)
		}
	}
	c.many = max(fewLinks, 2*len(c.links))
}

// Close ends all connections after what is queued on them was written, and waits, at most until ctx
// ends. Calls that wait fail.
func (c *Client) Close(ctx context.Context) error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.end()
	err := c.engine.Stop(ctx)
	c.dials.Wait()
	return err
}
