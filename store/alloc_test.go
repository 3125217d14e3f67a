package store_test

import (
	"testing"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/dispatch"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

type countArrivals struct{ n int }

func (c *countArrivals) Arrived(a []dispatch.Arrival) { c.n += len(a) }

type tagFilter int64

func (f tagFilter) Match(tagsCode int64) bool       { return tagsCode == int64(f) }
func (f tagFilter) MatchRecord(v *record.View) bool { return len(v.Properties) > 0 }

// A message that goes in, becomes visible and comes out costs no allocation.
func TestNoAllocations(t *testing.T) {
	var arrived countArrivals
	s := open(t, vfs.NewOS(t.TempDir()), store.Options{CallerDrives: true, Arrivals: &arrived})
	p := putter{s: s, m: kilobyte("Topic", 3)}
	const warm, runs = 4096, 1000
	for range warm {
		p.put(t)
		s.Drive()
	}
	if got := testing.AllocsPerRun(runs, func() { p.put(t); s.Drive() }); got != 0 {
		t.Errorf("put: %v allocations, want 0", got)
	}
	if arrived.n < warm+runs {
		t.Errorf("%d arrivals, want at least %d", arrived.n, warm+runs)
	}

	var filter store.Filter = tagFilter(record.TagsCode([]byte("TagA")))
	q := store.Query{Topic: []byte("Topic"), QueueID: 3, Max: 32, NoWait: true, Filter: filter}
	q.Offset = s.MaxOffset(q.Topic, 3) - 100
	var r store.Read
	var out []byte
	got := testing.AllocsPerRun(runs, func() {
		status, err := s.Get(&q, &r)
		if err != nil || status != store.Found || len(r.Messages) != 32 {
			t.Fatalf("get: %v, %v, %d messages", status, err, len(r.Messages))
		}
		out = r.AppendTo(out[:0])
	})
	if got != 0 {
		t.Errorf("get: %v allocations, want 0", got)
	}
	r.Release()
	closeStore(t, s)
}
