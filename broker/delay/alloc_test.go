package delay

import (
	"testing"
	"time"

	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// A delivery allocates nothing of its own, and neither does a look at what is not due.
func TestDeliveryAllocatesNothing(t *testing.T) {
	b := open(t, vfs.NewMem(), Options{Levels: Levels{time.Millisecond, time.Hour}})
	t.Cleanup(func() { b.stop(t) })
	b.opts.Put = func(*record.Message) (int64, int, error) { return 1, 100, nil }
	for i := range 40 * batchMessages {
		b.send(t, 1, i)
	}
	b.send(t, 2, 0)
	if err := b.store.Synced(t.Context(), b.store.Stats().LogEnd); err != nil {
		t.Fatal(err)
	}
	now := time.Now().Add(time.Second).UnixMilli()
	for b.store.MaxOffset(topic, 0) < 40*batchMessages { // until the store's goroutine has seen all
		b.store.Drive()
	}
	b.round(t.Context(), now)
	if n := testing.AllocsPerRun(20, func() { b.round(t.Context(), now) }); n > 1 {
		t.Errorf("%v allocations for %d deliveries, want 1 or none", n, batchMessages)
	}
	if n := b.Metrics.Delivered.Load(); n < 20*batchMessages {
		t.Errorf("only %d deliveries", n)
	}
	for b.round(t.Context(), now) <= now {
	}
	if n := testing.AllocsPerRun(20, func() { now += 2 * longestSleep; b.round(t.Context(), now) }); n != 0 {
		t.Errorf("%v allocations for a look in vain, want 0", n)
	}
}

func BenchmarkDelivery(b *testing.B) {
	br := open(b, vfs.NewOS(b.TempDir()), Options{Levels: Levels{0}})
	for i := range b.N {
		br.send(b, 1, i)
	}
	for br.store.MaxOffset(topic, 0) < int64(b.N) {
		br.store.Drive()
	}
	b.ReportAllocs()
	b.ResetTimer()
	for br.round(b.Context(), time.Now().UnixMilli()) < forever {
	}
	b.StopTimer()
	if n := br.Metrics.Delivered.Load(); n != int64(b.N) {
		b.Errorf("%d deliveries, want %d", n, b.N)
	}
	br.stop(b)
}
