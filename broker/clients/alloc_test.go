//go:build !race

package clients

// The race detector makes sync.Pool forget at random, so allocations cannot be counted under it.

import (
	"testing"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// mute drops what it is sent and allocates nothing.
type mute struct {
	*peer.Peer
	sent int
}

func (m *mute) Write([]byte) error { m.sent++; return nil }
func (m *mute) WriteBuffer(b *netio.Buffer) error {
	b.Release()
	m.sent++
	return nil
}

func TestRepeatedHeartbeatAllocatesNothing(t *testing.T) {
	table, router := serve(t, Options{})
	d := consumerOf("a", "G", "T=1", "%RETRY%G=1")
	d.ProducerDataSet = []protocol.ProducerData{{GroupName: "P"}}
	m := &mute{Peer: peer.New()}
	beatOnce(t, table, m.Peer, d)
	f := frame(t, 34, nil, string(fastjson.Append(nil, d)))
	n := testing.AllocsPerRun(1000, func() {
		if err := router.Frame(m, f); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 || m.sent != 1001 || table.Metrics.Repeated.Load() != 1001 {
		t.Errorf("%v allocations per heartbeat; %d answers and %d repetitions of 1001", n, m.sent, table.Metrics.Repeated.Load())
	}
}

func TestSubscriptionAllocatesNothing(t *testing.T) {
	table, _ := newTable(t, Options{})
	beatOnce(t, table, peer.New(), consumerOf("a", "G", "T=1=TagA || TagB"))
	group, topic, other := []byte("G"), []byte("T"), []byte("a topic whose name does not fit into a small buffer")
	n := testing.AllocsPerRun(1000, func() {
		sub, _, ok := table.Subscription(group, topic)
		if !ok || !sub.Match(tagA) || sub.Match(1) {
			t.Fatal("wrong subscription")
		}
		if sub, _, ok := table.Subscription(group, other); !ok || sub != nil {
			t.Fatal("a subscription that nobody made")
		}
		if _, _, ok := table.Subscription(other, topic); ok {
			t.Fatal("a group that nobody is in")
		}
	})
	if n != 0 {
		t.Errorf("%v allocations per look-up", n)
	}
}
