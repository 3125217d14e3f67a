package stats

import (
	"sync/atomic"
	"time"

	"github.com/gannetmq/gannet/store/record"
)

// Histogram counts values by upper bounds, the last of which is infinite.
type Histogram struct {
	Counts [7]int64 // values up to each bound, and above the one before
	Sum    int64
}

// Bounds are those of a Histogram but the last.
type Bounds [6]int64

// Bounds of sizes in bytes, of the seconds between the birth of a half and its commit, and of the seconds that timed
// messages wait. Java: BrokerMetricsManager.registerMetricsView, DefaultStoreMetricsManager.getMetricsView.
var (
	SizeBounds   = Bounds{1 << 10, 4 << 10, 512 << 10, 1 << 20, 2 << 20, 4 << 20}
	CommitBounds = Bounds{5, 60, 600, 3600, 12 * 3600, 24 * 3600}
	WaitBounds   = Bounds{60, 600, 3600, 12 * 3600, 24 * 3600, 72 * 3600}
)

func (b *Bounds) of(v int64) int {
	for i, bound := range b {
		if v <= bound {
			return i
		}
	}
	return len(b)
}

// histogram is a Histogram that is counted.
type histogram struct {
	counts [7]atomic.Int64
	sum    atomic.Int64
}

// add counts v but for a negative one, which clocks of clients make: sums only grow.
func (h *histogram) add(b *Bounds, v int64) {
	if v < 0 {
		return
	}
	h.counts[b.of(v)].Add(1)
	h.sum.Add(v)
}

func (h *histogram) load() (all Histogram) {
	all.Sum = h.sum.Load()
	for i := range h.counts {
		all.Counts[i] = h.counts[i].Load()
	}
	return all
}

// Sent is what producers sent of one sort.
type Sent struct {
	Messages, Bytes int64
	Sizes           Histogram // of each send, its mean
}

// sends are what producers sent to a topic. A send is counted here and nowhere else, with as many additions as one that is
// counted by the counter itself: the number of sends is the sum of a histogram.
type sends [record.Sorts]atomic.Pointer[sizes]

type sizes struct {
	messages, bytes atomic.Int64
	saved           atomic.Int64 // what the bytes of batches are more than their means
	counts          [7]atomic.Int64
}

func (s *sends) add(sort record.Sort, messages, bytes int64) {
	z := s[sort].Load()
	if z == nil {
		s[sort].CompareAndSwap(nil, new(sizes))
		z = s[sort].Load()
	}
	mean := bytes
	if messages > 1 {
		mean /= messages
		z.saved.Add(bytes - mean)
	}
	z.counts[SizeBounds.of(mean)].Add(1)
	z.messages.Add(messages)
	z.bytes.Add(bytes)
}

func (z *sizes) load() Sent {
	s := Sent{Messages: z.messages.Load(), Bytes: z.bytes.Load()}
	s.Sizes.Sum = s.Bytes - z.saved.Load()
	for i := range z.counts {
		s.Sizes.Counts[i] = z.counts[i].Load()
	}
	return s
}

// addTo adds what was sent to the totals of a topic.
func (s *sends) addTo(t *totals) {
	for i := range s {
		z := s[i].Load()
		if z == nil {
			continue
		}
		t.nums += z.messages.Load()
		t.size += z.bytes.Load()
		for i := range z.counts {
			t.times += z.counts[i].Load()
		}
	}
}

// Sent counts a send of a producer, as Put counts what the broker stores itself.
func (t *Table) Sent(topic []byte, id int32, sort record.Sort, messages, size int, took time.Duration) {
	e := t.enter(topic)
	if e == nil {
		return
	}
	s := e.sent.Load()
	if s == nil {
		e.sent.CompareAndSwap(nil, new(sends))
		s = e.sent.Load()
	}
	s.add(sort, int64(messages), int64(size))
	t.stored(e, id, messages, took)
}
