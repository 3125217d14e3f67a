package stats

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestSpeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var total atomic.Int64
		table := newTable(Options{Totals: func() Totals {
			n := total.Load()
			return Totals{Put: n, Sent: 2 * n, Timed: 3 * n, Due: 4 * n}
		}})
		table.Start()
		defer table.Close()
		for _, step := range []struct {
			seconds int
			each    int64
			want    [3]float64 // negative: not known
		}{
			{9, 10, [3]float64{-1, -1, -1}},
			{1, 10, [3]float64{10, -1, -1}},
			{50, 20, [3]float64{20, 1100.0 / 60, -1}},
			{600, 0, [3]float64{0, 0, 0}},
		} {
			for range step.seconds {
				total.Add(step.each)
				<-time.After(time.Second)
				synctest.Wait()
			}
			for i, got := range table.Speeds() {
				want := Speed{Known: step.want[i] >= 0}
				if want.Known {
					want.Put, want.Sent, want.Timed, want.Due = step.want[i], 2*step.want[i], 3*step.want[i], 4*step.want[i]
				}
				if got != want {
					t.Errorf("window %d after %d more seconds: got %+v, want %+v", i, step.seconds, got, want)
				}
			}
		}
	})
}

func TestDays(t *testing.T) {
	table := newTable(Options{})
	start := time.Date(2026, 12, 30, 12, 0, 0, 0, time.Local)
	for i, want := range []Days{{0, 0, 100}, {0, 100, 200}, {100, 200, 300}, {200, 300, 400}} {
		table.takeSpeeds(start.AddDate(0, 0, i)) // over the end of a year
		table.Put([]byte("T"), 0, 100, 1, 0)
		table.Put([]byte("RMQ_SYS_TRANS_HALF_TOPIC"), 0, 1, 1, 0)
		table.Pulled([]byte("G"), []byte("T"), 0, 1, 50, 1, 0)
		put, got := table.Days()
		if half := (Days{want.Yesterday / 2, want.Today / 2, want.Now / 2}); put != want || got != half {
			t.Errorf("day %d: put %+v, got %+v, want %+v and half of it", i, put, got, want)
		}
	}
}
