package clients

import (
	"testing"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// slowPeer has not read what it was sent.
type slowPeer struct{ *peer.Peer }

func (slowPeer) Congested() bool { return true }

func TestAnyProducer(t *testing.T) {
	table, _ := newTable(t, Options{})
	if p := table.AnyProducer("P"); p != nil {
		t.Errorf("nobody is there, and yet %v", p.RemoteAddr())
	}
	d := &protocol.HeartbeatData{ClientID: "slow", ProducerDataSet: []protocol.ProducerData{{GroupName: "P"}}}
	slow := slowPeer{peer.New()}
	beatOnce(t, table, slow, d)
	if p := table.AnyProducer("P"); p != slow {
		t.Errorf("the only member is slow, and got %v", p)
	}
	members := make(map[remoting.Peer]int)
	for _, id := range []string{"a", "b", "c"} {
		p := peer.New()
		d.ClientID = id
		beatOnce(t, table, p, d)
		members[p] = 0
	}
	for range 1000 {
		p := table.AnyProducer("P")
		if _, ok := members[p]; !ok {
			t.Fatalf("got %v, which is no member that reads", p)
		}
		members[p]++
	}
	for p, n := range members {
		if n == 0 {
			t.Errorf("%d was never chosen in 1,000 times", p.ID())
		}
		table.Closed(p)
	}
	if p := table.AnyProducer("P"); p != slow {
		t.Errorf("after the others left: %v", p)
	}
}
