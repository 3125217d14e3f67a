//go:build !race

package stats

import (
	"testing"
	"time"

	"github.com/gannetmq/gannet/store/record"
)

// What counts with each send and each pull makes no garbage.
func TestCountingAllocatesNothing(t *testing.T) {
	table := newTable(Options{})
	topic, group := []byte("a-topic-of-some-length"), []byte("GID_of_some_length")
	run := func() {
		table.Put(topic, 3, 1, 512, time.Millisecond)
		table.Sent(topic, 3, record.Normal, 1, 512, 0)
		table.Pulled(group, topic, 3, 17, 32, 16384, 0)
	}
	run()
	if n := testing.AllocsPerRun(1000, run); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkPut(b *testing.B) {
	table := newTable(Options{})
	topic := []byte("a-topic-of-some-length")
	for b.Loop() {
		table.Put(topic, 3, 1, 512, 0)
	}
}

func BenchmarkSent(b *testing.B) {
	table := newTable(Options{})
	topic := []byte("a-topic-of-some-length")
	for b.Loop() {
		table.Sent(topic, 3, record.Normal, 1, 512, 0)
	}
}

func BenchmarkPulled(b *testing.B) {
	table := newTable(Options{})
	topic, group := []byte("a-topic-of-some-length"), []byte("GID_of_some_length")
	for b.Loop() {
		table.Pulled(group, topic, 3, 17, 32, 16384, 0)
	}
}
