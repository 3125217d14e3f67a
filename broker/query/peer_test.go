package query_test

import (
	"net/netip"
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

var loopback = netip.MustParseAddr("127.0.0.1")

func decode(t testing.TB, frame []byte) *wire.Command {
	t.Helper()
	c := new(wire.Command)
	if err := wire.Decode(frame, c); err != nil {
		t.Fatalf("decode: %v", err)
	}
	return c
}
