//go:build !race

package offset_test

// The race detector makes sync.Pool forget at random, so allocations cannot be counted under it.

import (
	"testing"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
)

func TestHandlersAllocateNothing(t *testing.T) {
	table, router := serve(t, &fakeStore{})
	if err := table.Commit([]byte("G"), []byte("T"), 0, 5); err != nil {
		t.Fatal(err)
	}
	frames := [][]byte{
		frame(t, 14, &protocol.QueryOffsetRequest{ConsumerGroup: []byte("G"), Topic: []byte("T")}),
		frame(t, 15, &protocol.UpdateOffsetRequest{ConsumerGroup: []byte("G"), Topic: []byte("T"), CommitOffset: 6}),
	}
	for _, f := range frames {
		m := new(peer.Sink)
		n := testing.AllocsPerRun(1000, func() {
			if err := router.Frame(m, f); err != nil {
				t.Fatal(err)
			}
		})
		if n != 0 || m.Frames.Load() != 1001 {
			t.Errorf("%v allocations per request, %d answers of 1001", n, m.Frames.Load())
		}
	}
}
