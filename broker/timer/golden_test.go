package timer

import (
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/vfs"
)

// What Java's broker was told and had not delivered yet comes from ours, each message once, at its time:
// 134 of the image's messages wait, and one that was taken back does not count.
func TestJavasPendingMessages(t *testing.T) {
	disk := vfs.NewOS(golden.Store(t, "delay-tx-timer") + "/store")
	bubble(t, func(t *testing.T) {
		const stopped = 1795232142624 // when Java's broker wrote its last checkpoint
		ahead := time.Until(time.UnixMilli(stopped + 5000))
		o := options()
		o.Slots, o.RollSlots = 0, 172_800 // as Java
		o.LogFileSize = 5200
		o.Now = func() time.Time { return time.Now().Add(ahead) }
		start := func() *broker {
			b := &broker{t: t}
			so := store.Options{
				LogFileSize: 1 << 20, QueueFileSize: 10_000, IndexSlots: 200, IndexEntries: 800, Arrivals: b,
				Now: func() int64 { return o.Now().UnixMilli() },
			}
			var err error
			if b.store, err = store.Open(disk, so); err != nil {
				t.Fatal(err)
			}
			if b.Timer, err = Open(disk, b.store, o); err != nil {
				t.Fatal(err)
			}
			b.grown.Store(b.Timer)
			b.Start(b)
			return b
		}
		messages := func(b *broker) int64 {
			return b.store.MaxOffset([]byte("TopicTimer"), 0) + b.store.MaxOffset([]byte("TopicTimer"), 1)
		}
		b := start()
		had := messages(b)
		<-time.After(2 * time.Hour)
		b.stop()
		b = start()
		<-time.After(72 * time.Hour)
		if got := messages(b) - had; got != 134 {
			t.Errorf("%d came, want 134", got)
		}
		if n := b.counts.pending(); n != 0 {
			t.Errorf("%d count as pending: %s", n, b.counts.encode())
		}
		early := 0
		for queue := range int32(2) {
			for _, d := range b.got("TopicTimer", queue)[1:] {
				if out := d.property("TIMER_OUT_MS"); out != "" && d.at < number(t, []byte(out))+1000 {
					early++
				}
			}
		}
		if early > 0 {
			t.Errorf("%d came early", early)
		}
		b.stop()
	})
}
