package pull_test

import (
	"testing"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/vfs"
)

// slow is a client whose connection is ended after so many answers, as one is that reads too slowly. Nobody is
// told yet.
type slow struct {
	*peer.Peer
	room, refused int
}

func (s *slow) Ending() bool { return s.room == 0 }

func (s *slow) Write([]byte) error {
	if s.room == 0 {
		s.refused++
		return netio.ErrClosed
	}
	s.room--
	return nil
}

func (s *slow) WriteBuffer(b *netio.Buffer) error {
	defer b.Release()
	return s.Write(b.B)
}

var _ remoting.Peer = (*slow)(nil)

// What wakes the pulls of a connection that is ending reads nothing for them, and they do not stay.
func TestWokenForNobody(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options())
	s, other := &slow{Peer: peer.New(), room: 3}, peer.New()
	const n = 100
	for i := range int32(n) {
		q := request{opaque: i, sys: protocol.PullSuspend, suspend: 60_000}
		if err := b.router.Frame(s, q.frame(t, wire.JSON)); err != nil {
			t.Fatal(err)
		}
	}
	b.send(t, other, request{sys: protocol.PullSuspend, suspend: 60_000})
	b.put(t, "T", 0, "", []byte("x"))
	if got := other.Next(t); got.Code != protocol.Success {
		t.Errorf("the other connection got %d %q", got.Code, got.Remark)
	}
	if found, woken := b.Metrics.Found.Load(), b.Metrics.Woken.Load(); found != 4 || woken != 4 {
		t.Errorf("%d pulls found messages, %d count as woken, want the 3 that there was room for and the other's", found, woken)
	}
	if b.Waiting() != 0 {
		t.Errorf("%d pulls wait, want none", b.Waiting())
	}
	if s.refused != n-3 {
		t.Errorf("%d pulls were given back, want %d", s.refused, n-3)
	}
}

var _ interface{ Ending() bool } = (*netio.Conn)(nil) // what pulls ask connections for
