package offset_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/gannetmq/gannet/broker/offset"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/vfs"
)

func BenchmarkCommit(b *testing.B) {
	table := open(b, vfs.NewMem(), offset.Options{})
	var worker sync.Mutex
	next := 0
	b.RunParallel(func(pb *testing.PB) {
		worker.Lock()
		next++
		group, topic := fmt.Appendf(nil, "GID_consumer_%d", next), []byte("TopicOfThisBenchmark")
		worker.Unlock()
		for off := int64(0); pb.Next(); off++ {
			if err := table.Commit(group, topic, int32(off&7), off); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkQuery(b *testing.B) {
	table := open(b, vfs.NewMem(), offset.Options{})
	group, topic := []byte("GID_consumer"), []byte("TopicOfThisBenchmark")
	if err := table.Commit(group, topic, 0, 1); err != nil {
		b.Fatal(err)
	}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, ok := table.Query(group, topic, 0); !ok {
				b.Fatal("not found")
			}
		}
	})
}

// BenchmarkSave is one write of 80,000 offsets, without the disk.
func BenchmarkSave(b *testing.B) {
	table := open(b, vfs.NewMem(), offset.Options{})
	for i := range 80_000 {
		if err := table.Commit(fmt.Appendf(nil, "G%d", i/80), fmt.Appendf(nil, "T%d", i/8), int32(i%8), int64(i)); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if err := table.Commit([]byte("G0"), []byte("T0"), 0, 0); err != nil {
			b.Fatal(err)
		}
		if err := table.Save(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHandlers(b *testing.B) {
	_, router := serve(b, &fakeStore{})
	f := frame(b, 15, &protocol.UpdateOffsetRequest{ConsumerGroup: []byte("G"), Topic: []byte("T"), CommitOffset: 6})
	m := new(peer.Sink)
	b.ReportAllocs()
	for b.Loop() {
		if err := router.Frame(m, f); err != nil {
			b.Fatal(err)
		}
	}
}
