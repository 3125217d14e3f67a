package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// javaItem is what Java keeps of a counter: every sample of every window, whether anything happened or not.
type javaItem struct{ samples []sample }

func (j *javaItem) take(at int64, now totals, s span) {
	if len(j.samples) == 0 {
		j.samples = append(j.samples, sample{at: at - s.step.Milliseconds()})
	}
	if j.samples = append(j.samples, sample{at, now}); len(j.samples) > s.keep {
		j.samples = j.samples[1:]
	}
}

func (j *javaItem) figure(of func(totals) int64) (f Figure) {
	first, last := j.samples[0], j.samples[len(j.samples)-1]
	f.Sum = of(last.totals) - of(first.totals)
	f.Rate = float64(f.Sum) * 1000 / float64(last.at-first.at)
	if times := last.times - first.times; times > 0 {
		f.Mean = float64(f.Sum) / float64(times)
	}
	return f
}

// A window tells what Java's does, whatever the pauses, and keeps nothing of a counter that rests.
func TestWindowIsJavas(t *testing.T) {
	for name, s := range map[string]span{"minute": minute, "hour": hour, "day": day} {
		rnd := rand.New(rand.NewPCG(1, 2))
		var w window
		var j javaItem
		var now totals
		var rested int
		for i := range 5_000 {
			if rested++; rnd.IntN(400) < 400-8*min(i%100, 49) { // busy at first, then ever more seldom
				now.times, now.nums, now.size, rested = now.times+rnd.Int64N(9), now.nums+rnd.Int64N(40), now.size+rnd.Int64N(4000), 0
			}
			if now == (totals{}) {
				continue
			}
			at := 1_700_000_000_000 + int64(i)*s.step.Milliseconds()
			w.take(at, now, s)
			j.take(at, now, s)
			for unit, of := range map[string]func(totals) int64{"nums": ofNums, "size": ofSize} {
				if got, want := w.figure(of), j.figure(of); got != want {
					t.Fatalf("%s, %s, sample %d: got %+v, want %+v", name, unit, i, got, want)
				}
			}
			if len(w.samples) > s.keep || rested >= s.keep && w.samples != nil {
				t.Fatalf("%s, sample %d: %d samples are kept after a rest of %d", name, i, len(w.samples), rested)
			}
		}
	}
}

func TestFigures(t *testing.T) {
	var c counter
	for range 3 {
		c.add(4, 100)
	}
	at := int64(1_700_000_000_000)
	c.minute.take(at, c.totals(), minute)
	for i, want := range []Figure{{12, 1.2, 4}, {12, 0.6, 4}, {12, 0.4, 4}, {12, 0.3, 4}, {12, 0.24, 4}, {12, 0.2, 4}, {}} {
		if got := c.minute.figure(ofNums); fmt.Sprint(got.Sum, got.Mean) != fmt.Sprint(want.Sum, want.Mean) || math.Abs(got.Rate-want.Rate) > 1e-9 {
			t.Errorf("after %d samples: got %+v, want %+v", i+1, got, want)
		}
		at += minute.step.Milliseconds()
		c.minute.take(at, c.totals(), minute)
	}
	c.add(6, 0)
	c.minute.take(at+10_000, c.totals(), minute)
	if got, want := c.minute.figure(ofNums), (Figure{6, 0.1, 6}); got != want {
		t.Errorf("after a rest: got %+v, want %+v: one of a minute, not of ten seconds", got, want)
	}
}

// The clock may be set back.
func TestClockSetBack(t *testing.T) {
	var c counter
	c.add(1, 1)
	c.minute.take(1_000_000, c.totals(), minute)
	c.add(1, 1)
	c.minute.take(5, c.totals(), minute)
	if got := c.minute.figure(ofNums); got != (Figure{Sum: 2, Mean: 1}) {
		t.Errorf("got %+v, want a sum and no rate", got)
	}
}
