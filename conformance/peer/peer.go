package peer

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Loopback is where all clients here are.
var Loopback = netip.MustParseAddr("127.0.0.1")

var ids atomic.Uint64

// Peer is a client that keeps the answers it is sent.
type Peer struct {
	Addr    netip.AddrPort
	Answers chan []byte // whole frames

	id     uint64
	ended  atomic.Bool
	reason atomic.Pointer[string]
}

// New returns a client with an id of its own.
func New() *Peer {
	return &Peer{Addr: netip.AddrPortFrom(Loopback, 40001), Answers: make(chan []byte, 4096), id: ids.Add(1)}
}

// At returns a client with another address.
func At(addr string) *Peer {
	p := New()
	p.Addr = netip.MustParseAddrPort(addr)
	return p
}

func (p *Peer) ID() uint64                 { return p.id }
func (p *Peer) RemoteAddr() netip.AddrPort { return p.Addr }
func (p *Peer) Congested() bool            { return false }

// Close notes that the server wants the connection closed.
func (p *Peer) Close(reason string) { p.reason.Store(&reason) }

// Closed returns why the server closed the connection; "" if it did not.
func (p *Peer) Closed() string {
	if r := p.reason.Load(); r != nil {
		return *r
	}
	return ""
}

// End lets the connection be over, before the server is told.
func (p *Peer) End() { p.ended.Store(true) }

func (p *Peer) Ended() bool { return p.ended.Load() }

func (p *Peer) Write(frame []byte) error {
	p.Answers <- append([]byte(nil), frame...)
	return nil
}

func (p *Peer) WriteBuffer(b *netio.Buffer) error {
	defer b.Release()
	return p.Write(b.B)
}

// Next waits for an answer, or for a request of the server.
func (p *Peer) Next(t testing.TB) *wire.Command {
	t.Helper()
	select {
	case answer := <-p.Answers:
		return Decode(t, answer)
	case <-time.After(10 * time.Second):
		t.Fatal("no answer")
		return nil
	}
}

// Ask sends one frame and returns the answer.
func (p *Peer) Ask(t testing.TB, router *remoting.Router, frame []byte) *wire.Command {
	t.Helper()
	if err := router.Frame(p, frame); err != nil {
		t.Fatalf("router refuses the frame: %v", err)
	}
	return p.Next(t)
}

// Answer answers a request that the server has sent, which Next returned.
func (p *Peer) Answer(t testing.TB, router *remoting.Router, request *wire.Command, code int32, remark, body string) {
	t.Helper()
	var e wire.Encoder
	head := request.Answer(code)
	head.Remark = remark
	e.Begin(nil, head)
	f, err := e.Finish(len(body))
	if err != nil {
		t.Fatal(err)
	}
	if err := router.Frame(p, append(f, body...)); err != nil {
		t.Fatal(err)
	}
}

// Ask sends one frame from a new client and returns the answer.
func Ask(t testing.TB, router *remoting.Router, frame []byte) *wire.Command {
	t.Helper()
	return New().Ask(t, router, frame)
}

// Router routes rows with the limits that a server has by default.
func Router(t testing.TB, routes []remoting.Route) *remoting.Router {
	t.Helper()
	router, err := remoting.NewRouter(routes, remoting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return router
}

// Decode decodes a frame; what it returns are views into it.
func Decode(t testing.TB, frame []byte) *wire.Command {
	t.Helper()
	c := new(wire.Command)
	if err := wire.Decode(frame, c); err != nil {
		t.Fatalf("decode: %v", err)
	}
	return c
}

// Counter is a client that counts the answers it is sent, and how many were not SUCCESS. Its fields are
// read when all have come.
type Counter struct {
	Frames, Failed int
	Remark         []byte // of the last that failed

	mu      sync.Mutex // what left the loop is answered from a pool
	decoded wire.Command
}

func (c *Counter) ID() uint64                 { return 1 }
func (c *Counter) RemoteAddr() netip.AddrPort { return netip.AddrPortFrom(Loopback, 40002) }
func (c *Counter) Congested() bool            { return false }
func (c *Counter) Close(string)               {}

func (c *Counter) Write(frame []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Frames++
	if err := wire.Decode(frame, &c.decoded); err != nil || c.decoded.Code != 0 {
		c.Failed++
		c.Remark = append(c.Remark[:0], c.decoded.Remark...)
	}
	return nil
}

func (c *Counter) WriteBuffer(b *netio.Buffer) error {
	defer b.Release()
	return c.Write(b.B)
}

// Sink is a client that counts the answers it is sent, at no cost.
type Sink struct{ Frames atomic.Int64 }

func (s *Sink) ID() uint64                 { return 1 }
func (s *Sink) RemoteAddr() netip.AddrPort { return netip.AddrPortFrom(Loopback, 40003) }
func (s *Sink) Congested() bool            { return false }
func (s *Sink) Close(string)               {}

func (s *Sink) Write([]byte) error {
	s.Frames.Add(1)
	return nil
}

func (s *Sink) WriteBuffer(b *netio.Buffer) error {
	defer b.Release()
	return s.Write(b.B)
}
