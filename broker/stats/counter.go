package stats

import (
	"sync/atomic"
	"time"
)

// counter counts requests, and what they were about in one or two units: messages and bytes, or milliseconds.
type counter struct {
	times, nums, size atomic.Int64
	sent              atomic.Pointer[sends] // to a topic, by producers; nil before the first

	minute, hour, day window // guarded by Table.windows
}

// totals are a counter at one moment.
type totals struct{ times, nums, size int64 }

// add counts one request.
func (c *counter) add(nums, size int64) {
	c.times.Add(1)
	if nums != 0 {
		c.nums.Add(nums)
	}
	if size != 0 {
		c.size.Add(size)
	}
}

func (c *counter) totals() totals {
	t := totals{c.times.Load(), c.nums.Load(), c.size.Load()}
	if sent := c.sent.Load(); sent != nil {
		sent.addTo(&t)
	}
	return t
}

// counted reports whether there was anything.
func (c *counter) counted() bool { return c.totals() != totals{} }

// span says how a window is sampled.
type span struct {
	step time.Duration // between two samples
	keep int           // samples
}

// Java: StatsItem.samplingInSeconds, samplingInMinutes, samplingInHour.
var (
	minute = span{10 * time.Second, 7}
	hour   = span{10 * time.Minute, 7}
	day    = span{time.Hour, 25}
)

// window is a counter's totals at the last samplings, the oldest first. Nothing is kept while all of them are the same.
type window struct {
	samples []sample
	last    totals // of the last sampling
}

// sample is a counter's totals at a time, Unix milliseconds.
type sample struct {
	at int64
	totals
}

// take adds a sample. The window of a new counter begins one step ago with nothing, as in Java; that of a counter
// which rested is as if it had been sampled all the time.
func (w *window) take(at int64, now totals, s span) {
	if len(w.samples) == 0 {
		if now == w.last {
			return
		}
		back := 1
		if w.last != (totals{}) {
			back = s.keep - 1
		}
		for ; back > 0; back-- {
			w.samples = append(w.samples, sample{at - int64(back)*s.step.Milliseconds(), w.last})
		}
	}
	if len(w.samples) == s.keep {
		w.samples = w.samples[:copy(w.samples, w.samples[1:])]
	}
	w.samples, w.last = append(w.samples, sample{at, now}), now
	if w.samples[0].totals == now {
		w.samples = nil
	}
}

// Figure is what was counted within a window.
type Figure struct {
	Sum  int64
	Rate float64 // a second
	Mean float64 // a request
}

// figure tells of the unit that of picks. Java: StatsItem.computeStatsData.
func (w *window) figure(of func(totals) int64) Figure {
	if len(w.samples) == 0 {
		return Figure{}
	}
	first, last := w.samples[0], w.samples[len(w.samples)-1]
	f := Figure{Sum: of(last.totals) - of(first.totals)}
	if passed := last.at - first.at; passed > 0 { // not if the clock was set back
		f.Rate = float64(f.Sum) * 1000 / float64(passed)
	}
	if times := last.times - first.times; times > 0 {
		f.Mean = float64(f.Sum) / float64(times)
	}
	return f
}

// Units of a counter.
func ofNums(t totals) int64 { return t.nums }
func ofSize(t totals) int64 { return t.size }
