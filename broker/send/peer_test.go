package send_test

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

var peerIDs atomic.Uint64

// peer is a client that keeps the answers it is sent.
type peer struct {
	id      uint64
	addr    netip.AddrPort
	answers chan []byte
}

func newPeer() *peer {
	return &peer{id: peerIDs.Add(1), addr: netip.MustParseAddrPort("127.0.0.1:40001"), answers: make(chan []byte, 4096)}
}

func (p *peer) ID() uint64                 { return p.id }
func (p *peer) RemoteAddr() netip.AddrPort { return p.addr }
func (p *peer) Congested() bool            { return false }
func (p *peer) Close(string)               {}
func (p *peer) Write(frame []byte) error {
	p.answers <- append([]byte(nil), frame...)
	return nil
}

func (p *peer) WriteBuffer(b *netio.Buffer) error {
	defer b.Release()
	return p.Write(b.B)
}

// next waits for an answer.
func (p *peer) next(t testing.TB) *wire.Command {
	t.Helper()
	select {
	case answer := <-p.answers:
		return decode(t, answer)
	case <-time.After(10 * time.Second):
		t.Fatal("no answer")
		return nil
	}
}

// ask sends one frame and returns the decoded answer.
func (p *peer) ask(t testing.TB, router *remoting.Router, frame []byte) *wire.Command {
	t.Helper()
	if err := router.Frame(p, frame); err != nil {
		t.Fatalf("router refuses the frame: %v", err)
	}
	return p.next(t)
}

// counter is a client that counts the answers it is sent, and how many were not SUCCESS.
type counter struct {
	mu             sync.Mutex // sends that left the loop are answered from a pool
	frames, failed int
	decoded        wire.Command
	remark         []byte // of the last that failed
}

func (c *counter) ID() uint64                 { return 1 }
func (c *counter) RemoteAddr() netip.AddrPort { return netip.AddrPortFrom(loopback, 40002) }
func (c *counter) Congested() bool            { return false }
func (c *counter) Close(string)               {}
func (c *counter) Write(frame []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frames++
	if err := wire.Decode(frame, &c.decoded); err != nil || c.decoded.Code != 0 {
		c.failed++
		c.remark = append(c.remark[:0], c.decoded.Remark...)
	}
	return nil
}

func (c *counter) WriteBuffer(b *netio.Buffer) error {
	defer b.Release()
	return c.Write(b.B)
}

// sink is a client that counts the answers it is sent, at no cost.
type sink struct{ frames atomic.Int64 }

func (s *sink) ID() uint64                 { return 1 }
func (s *sink) RemoteAddr() netip.AddrPort { return netip.AddrPortFrom(loopback, 40003) }
func (s *sink) Congested() bool            { return false }
func (s *sink) Close(string)               {}
func (s *sink) Write([]byte) error {
	s.frames.Add(1)
	return nil
}

func (s *sink) WriteBuffer(b *netio.Buffer) error {
	defer b.Release()
	return s.Write(b.B)
}

var loopback = netip.MustParseAddr("127.0.0.1")

func decode(t testing.TB, frame []byte) *wire.Command {
	t.Helper()
	c := new(wire.Command)
	if err := wire.Decode(frame, c); err != nil {
		t.Fatalf("decode: %v", err)
	}
	return c
}
