package admin

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gannetmq/gannet/compat/jvalue"
)

// Counters are totals since the start of the broker.
type Counters struct {
	Put   int64 // messages stored
	Found int64 // pulls that found messages
	Miss  int64 // pulls that found none, at first or in the end
	Sent  int64 // messages sent to consumers
}

// Rates remembers Counters second by second, for what they were a second by second, and at midnight, for what
// they were a day by day. Java: StoreStatsService, BrokerStats.
type Rates struct {
	count func() Counters
	stop  chan struct{}
	wg    sync.WaitGroup

	mu      sync.Mutex // guards the rest
	samples [window + 1]sample
	taken   int // samples so far; the last one is at (taken-1) % len(samples)
	morning Counters
	before  Counters // at the midnight before
	day     int      // of the year, of the last sample
}

// sample is the counters at a time.
type sample struct {
	at time.Time
	Counters
}

// window is the longest time that a rate is told for, in samples.
const window = 600

// windows are the times that rates are told for, in samples of a second each.
var windows = [...]int{10, 60, window}

// StartRates begins to sample. count is called once a second, from a goroutine that Close ends.
func StartRates(count func() Counters) *Rates {
	r := &Rates{count: count, stop: make(chan struct{})}
	r.take(time.Now())
	r.wg.Go(r.run)
	return r
}

// Close ends the sampling.
func (r *Rates) Close() {
	close(r.stop)
	r.wg.Wait()
}

func (r *Rates) run() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-r.stop:
			return
		case now := <-tick.C:
			r.take(now)
		}
	}
}

func (r *Rates) take(now time.Time) {
	c := r.count()
	r.mu.Lock()
	defer r.mu.Unlock()
	if day := now.YearDay(); day != r.day {
		if r.day != 0 {
			r.before, r.morning = r.morning, c
		}
		r.day = day
	}
	r.samples[r.taken%len(r.samples)] = sample{now, c}
	r.taken++
}

// Mornings are the counters at the last two midnights, 0 for one before the start.
func (r *Rates) Mornings() (yesterday, today Counters) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.before, r.morning
}

// Text prints a rate as Java does: messages a second of the last 10, 60 and 600 s, with blanks between them.
// A window that has not passed yet is empty.
func (r *Rates) Text(of func(Counters) int64) string { return r.text(of, "") }

// Total is Text of a sum, of which Java prints 0.0 for a window that has not passed yet.
func (r *Rates) Total(of func(Counters) int64) string { return r.text(of, "0.0") }

func (r *Rates) text(of func(Counters) int64, short string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	parts := make([]string, len(windows))
	for i, n := range windows {
		if parts[i] = short; r.taken > n {
			from, to := &r.samples[(r.taken-1-n)%len(r.samples)], &r.samples[(r.taken-1)%len(r.samples)]
			parts[i] = jvalue.FormatDouble(float64(of(to.Counters)-of(from.Counters)) / max(to.at.Sub(from.at).Seconds(), 0.001))
		}
	}
	return strings.Join(parts, " ")
}

// bytesText prints a size as Java does, "123 B" or "1.5 GiB". Java: MixAll.humanReadableByteCount.
func bytesText(n int64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	value, unit := float64(n)/1024, 0
	for value >= 1024 && unit < len(units)-1 {
		value, unit = value/1024, unit+1
	}
	return strconv.FormatFloat(value, 'f', 1, 64) + " " + units[unit:unit+1] + "iB"
}
