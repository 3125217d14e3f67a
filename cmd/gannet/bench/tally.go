package bench

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// clientTimeOut is how long a client waits for an answer before it gives a send up.
const clientTimeOut = 3 * time.Second

const maxLatency = 60_000_000 // µs; what takes longer counts as this

// tally is what a lane counted while it was measured.
type tally struct {
	requests, failed int64
	latency          *hdrhistogram.Histogram // microseconds
	// slowest is the longest of the requests that were outstanding at the end. They are in no percentile:
	// how long they would have taken under load is not known, only that it is no less.
	slowest time.Duration
}

func newTally() tally { return tally{latency: hdrhistogram.New(1, maxLatency, 3)} }

// record adds a latency.
func (t *tally) record(took time.Duration) {
	_ = t.latency.RecordValue(min(max(1, took.Microseconds()), maxLatency))
}

// answered counts a request that was answered while it was measured.
func (t *tally) answered(took time.Duration, ok bool) {
	t.requests++
	if !ok {
		t.failed++
		return
	}
	t.record(took)
}

// leftOver counts a request that was outstanding at the end and took so long until it was answered, or given up. It is no part of
// the throughput.
func (t *tally) leftOver(took time.Duration, ok bool) {
	t.slowest = max(t.slowest, took)
	if !ok {
		t.requests++
		t.failed++
	}
}

func (t *tally) add(o *tally) {
	t.requests += o.requests
	t.failed += o.failed
	t.slowest = max(t.slowest, o.slowest)
	t.latency.Merge(o.latency)
}

// max is the longest that anything took, in microseconds.
func (t *tally) max() int64 { return max(t.latency.Max(), t.slowest.Microseconds()) }
