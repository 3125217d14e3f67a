package stats

import "time"

// Totals count since the start of the broker.
type Totals struct {
	Put   int64 // messages stored
	Found int64 // pulls that found messages
	Miss  int64 // pulls that found none, at first or in the end
	Sent  int64 // messages sent to consumers
	Timed int64 // timed messages taken up by their wheel
	Due   int64 // that left it, for their topic or for another round
}

// Speed is what happened a second within a window. It is not known before the window has passed once.
type Speed struct {
	Known                  bool
	Put, Found, Miss, Sent float64
	Timed, Due             float64
}

// Days are messages since the start of the broker without those of system topics: at the midnight before the last
// one, at the last one, and now; 0 for one before the start.
type Days struct{ Yesterday, Today, Now int64 }

// speeds remembers Totals second by second, and the counts of messages at midnight. Java: StoreStatsService, BrokerStats.
type speeds struct {
	samples  [longest + 1]speedSample
	taken    int // samples so far; the last one is at (taken-1) % len(samples)
	put, got Days
	day      int // of the year, of the last sample
}

// speedSample is the totals at a time.
type speedSample struct {
	at time.Time
	Totals
}

// longest is the longest window that a speed is told for, in samples.
const longest = 600

// speedWindows are the windows of Speeds, in samples of a second each.
var speedWindows = [...]int{10, 60, longest}

func (t *Table) takeSpeeds(now time.Time) {
	totals := t.opts.Totals()
	put, got := t.puts[ordinary].nums.Load(), t.gots[ordinary].nums.Load()
	t.windows.Lock()
	defer t.windows.Unlock()
	s := &t.speeds
	if day := now.YearDay(); day != s.day {
		if s.day != 0 {
			s.put.Yesterday, s.put.Today = s.put.Today, put
			s.got.Yesterday, s.got.Today = s.got.Today, got
		}
		s.day = day
	}
	s.samples[s.taken%len(s.samples)] = speedSample{now, totals}
	s.taken++
}

// Speeds are those of the last 10, 60 and 600 seconds.
func (t *Table) Speeds() [len(speedWindows)]Speed {
	t.windows.Lock()
	defer t.windows.Unlock()
	var all [len(speedWindows)]Speed
	s := &t.speeds
	for i, n := range speedWindows {
		if s.taken <= n {
			continue
		}
		from, to := &s.samples[(s.taken-1-n)%len(s.samples)], &s.samples[(s.taken-1)%len(s.samples)]
		seconds := max(to.at.Sub(from.at).Seconds(), 0.001)
		rate := func(now, then int64) float64 { return float64(now-then) / seconds }
		all[i] = Speed{
			Known: true, Put: rate(to.Put, from.Put), Found: rate(to.Found, from.Found),
			Miss: rate(to.Miss, from.Miss), Sent: rate(to.Sent, from.Sent),
			Timed: rate(to.Timed, from.Timed), Due: rate(to.Due, from.Due),
		}
	}
	return all
}

// Days are the messages that were stored, and those that were sent to consumers.
func (t *Table) Days() (put, got Days) {
	t.windows.Lock()
	defer t.windows.Unlock()
	put, got = t.speeds.put, t.speeds.got
	put.Now, got.Now = t.puts[ordinary].nums.Load(), t.gots[ordinary].nums.Load()
	return put, got
}
