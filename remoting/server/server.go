// Package server puts a request table behind sockets: the engine of netio feeds a remoting.Router.
package server

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/netio/proxy"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Options of a Server. Zero values mean the defaults of netio.Config, remoting.Options and wire.Limits:
// frames of 16 MiB, headers of 1 MiB, 100,000 connections and 10,000 of one address, 64 KiB in 10 s until
// the first frame is whole, 120 s idle, busy above 8 MiB unsent and closed above 64 MiB, 512 MiB unsent to all.
type Options struct {
	Listen []netio.Listen
	Routes []remoting.Route
	Router remoting.Options
	Frames wire.Limits
	Loops  int

	MaxConns       int
	MaxConnsPerIP  int
	IdleTimeout    time.Duration // Java: serverChannelMaxIdleTimeSeconds
	CongestedBytes int64
	MaxUnsent      int64
	MaxBacklog     int64 // unsent bytes of all connections
	MaxPartial     int64 // bytes of unfinished frames of all connections

	FirstFrameTime  time.Duration
	FirstFrameBytes int

	Proxies   proxy.Trust
	TLS       netio.TLSMode
	TLSConfig func() *tls.Config // without it TLSPermissive means TLSDisabled, and TLSEnforcing is an error

	// Batch is called after the last request of one read, on the goroutine that cut them and before the
	// answers are written: the place for work that is cheaper for many requests at once.
	Batch func(remoting.Peer)
	// Closed is called when a connection that had sent a frame has ended.
	Closed func(remoting.Peer)

	Speaks string // for browsers that come here by mistake
	Log    *slog.Logger
}

// Server listens and serves until Stop.
type Server struct {
	Router *remoting.Router
	engine *netio.Engine
}

// Start listens. The error names the address that cannot be listened on, or the broken route.
func Start(o Options) (*Server, error) {
	o.Router.Log, o.Router.Frames = o.Log, o.Frames
	router, err := remoting.NewRouter(o.Routes, o.Router)
	if err != nil {
		return nil, err
	}
	if o.TLSConfig == nil && o.TLS == netio.TLSPermissive {
		o.TLS = netio.TLSDisabled
	}
	cut := func(b []byte) (int, error) {
		n, err := o.Frames.Cut(b)
		if err != nil {
			router.Stats.OverLimit(err)
		}
		return n, err
	}
	h := &handler{router: router, batch: o.Batch, closed: o.Closed}
	engine, err := netio.Start(netio.Config{
		Listen: o.Listen, Cutter: cut, Handler: h, Loops: o.Loops,
		MaxConns: o.MaxConns, MaxConnsPerIP: o.MaxConnsPerIP, IdleTimeout: o.IdleTimeout,
		CongestedBytes: o.CongestedBytes, MaxUnsent: o.MaxUnsent, MaxBacklog: o.MaxBacklog, MaxPartial: o.MaxPartial,
		FirstFrameTime: o.FirstFrameTime, FirstFrameBytes: o.FirstFrameBytes, Proxies: o.Proxies,
		TLS: o.TLS, TLSConfig: o.TLSConfig, Speaks: o.Speaks, Log: o.Log,
	})
	if err != nil {
		return nil, err
	}
	return &Server{Router: router, engine: engine}, nil
}

// Addr is where the Listen of that name listens.
func (s *Server) Addr(name string) net.Addr { return s.engine.Addr(name) }

// Metrics of the sockets; those of requests are Router.Stats.
func (s *Server) Metrics() *netio.Metrics { return s.engine.Metrics() }

// Stop stops accepting, writes what is answered, closes all connections and waits, at most until ctx ends.
// Pools are stopped first by whoever made them: what they answer is written then. Requests that are still
// detached may be answered afterwards; nobody gets to see it.
func (s *Server) Stop(ctx context.Context) error {
	if err := s.engine.Stop(ctx); err != nil {
		return fmt.Errorf("stop listening: %w", err)
	}
	return nil
}

// handler is the netio.Handler. A header that does not decode ends the connection, as in Java.
type handler struct {
	router *remoting.Router
	batch  func(remoting.Peer)
	closed func(remoting.Peer)
}

func (h *handler) Opened(*netio.Conn) {}

func (h *handler) Frame(c *netio.Conn, frame []byte) {
	if err := h.router.Frame(c, frame); err != nil {
		c.Close(err.Error())
	}
}

func (h *handler) Batch(c *netio.Conn) {
	if h.batch != nil {
		h.batch(c)
	}
}

func (h *handler) Closed(c *netio.Conn, _ error) {
	h.router.Closed(c)
	if h.closed != nil {
		h.closed(c)
	}
}
