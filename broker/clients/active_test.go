package clients

import (
	"testing"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
)

func TestMember(t *testing.T) {
	table, _ := newTable(t, Options{})
	one, other := peer.New(), peer.New()
	d := consumerOf("a", "Pulls", "T=1")
	d.ConsumerDataSet[0].ConsumeType = protocol.ConsumeActively
	d.ConsumerDataSet = append(d.ConsumerDataSet, consumerOf("a", "G", "T=1").ConsumerDataSet...)
	beatOnce(t, table, one, d)
	for _, c := range []struct {
		group string
		peer  *peer.Peer
		want  bool
	}{{"G", one, true}, {"G", other, true}, {"Pulls", one, true}, {"Pulls", other, false}, {"none", one, false}} {
		if got := table.Member([]byte(c.group), c.peer); got != c.want {
			t.Errorf("%s, connection %d of %d: got %t, want %t", c.group, c.peer.ID(), one.ID(), got, c.want)
		}
	}
}
