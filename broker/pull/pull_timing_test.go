package pull_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/vfs"
)

// BenchmarkPull is one pull of a warm tail of 1 KiB messages, from the bytes of its frame to the bytes
// of its answer.
func BenchmarkPull(b *testing.B) {
	h := start(b, vfs.NewMem(), smallStore(), options())
	message := encode(b, "T", 0, "UNIQ_KEY\x01FD0000000000000000000000000000021D634E0E2F2A67A7AADE0001\x02TAGS\x01TagA\x02", make([]byte, 1024))
	const end = 1000
	for range end {
		h.putAgain(b, message)
	}
	for _, bb := range []struct {
		name string
		q    request
		s    wire.Serialization
	}{
		{"32/JSON", request{offset: end - 32}, wire.JSON},
		{"32/binary", request{offset: end - 32}, wire.Binary},
		{"1/JSON", request{offset: end - 1}, wire.JSON},
		{"1/tags", request{offset: end - 1, sys: tagged, tags: "TagA||TagB"}, wire.JSON},
		{"0/JSON", request{offset: end}, wire.JSON},
	} {
		b.Run(bb.name, func(b *testing.B) {
			frame := bb.q.frame(b, bb.s)
			var p peer.Sink
			b.ReportAllocs()
			for b.Loop() {
				if err := h.router.Frame(&p, frame); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkLongPoll is one pull that waits and is woken by one message, put and dispatch included.
func BenchmarkLongPoll(b *testing.B) {
	h := start(b, vfs.NewOS(b.TempDir()), smallStore(), options())
	message := encode(b, "T", 0, "", make([]byte, 1024))
	var p peer.Sink
	q := request{sys: protocol.PullSuspend, suspend: 60_000}
	frame := q.frame(b, wire.JSON)
	b.ReportAllocs()
	for b.Loop() {
		if err := h.router.Frame(&p, frame); err != nil {
			b.Fatal(err)
		}
		h.putAgain(b, message)
		q.offset++
		b.StopTimer()
		frame = q.frame(b, wire.JSON)
		b.StartTimer()
	}
}

// BenchmarkWaiters is what it costs that many wait: the memory of each, and the time to wake each of
// those who wait in one queue.
func BenchmarkWaiters(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			o := options()
			o.MaxHeldPeer = n
			h := start(b, vfs.NewMem(), smallStore(), o)
			message := encode(b, "T", 0, "", make([]byte, 128))
			var p peer.Counter
			var bytes int64
			q := request{sys: protocol.PullSuspend, suspend: 60_000}
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				q.offset = int64(i)
				frame := q.frame(b, wire.JSON)
				before := heap()
				for range n {
					if err := h.router.Frame(&p, frame); err != nil {
						b.Fatal(err)
					}
				}
				bytes = max(bytes, heap()-before)
				b.StartTimer()
				h.putAgain(b, message)
			}
			if p.Failed > 0 {
				b.Fatalf("%d of %d failed: %s", p.Failed, p.Frames, p.Remark)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/waiter")
			b.ReportMetric(float64(bytes)/float64(n), "B/waiter")
		})
	}
}

// heap is what is in use, without what pools keep for two collections.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
