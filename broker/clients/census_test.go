package clients

import (
	"maps"
	"testing"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
)

func TestCensus(t *testing.T) {
	table, _ := newTable(t, Options{})
	puller := consumerOf("c", "H", "T=1")
	puller.ConsumerDataSet[0].ConsumeType = protocol.ConsumeActively
	both := consumerOf("b", "G", "T=1")
	both.ProducerDataSet = []protocol.ProducerData{{GroupName: "P"}, {GroupName: "Q"}}
	for _, d := range []*protocol.HeartbeatData{consumerOf("a", "G", "T=1"), both, puller} {
		beatOnce(t, table, peer.New(), d)
	}
	producers, consumers := table.Census()
	go317 := Kind{Language: "go", Version: "v4_5_2"}
	if want := map[Kind]int{go317: 2}; !maps.Equal(producers, want) {
		t.Errorf("producers %v, want %v", producers, want)
	}
	of := func(group, mode string) Kind {
		k := go317
		k.Group, k.Mode = group, mode
		return k
	}
	if want := map[Kind]int{of("G", "push"): 2, of("H", "pull"): 1}; !maps.Equal(consumers, want) {
		t.Errorf("consumers %v, want %v", consumers, want)
	}
}
