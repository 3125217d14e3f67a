package store

import (
	"errors"
	"sync/atomic"
	"time"
)

// waitClasses are the upper bounds of the classes of Waits.Puts, exclusive; the last class has none.
// Java: StoreStatsService.setPutMessageEntireTimeMax.
var waitClasses = [...]time.Duration{
	time.Millisecond, 10 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond,
	500 * time.Millisecond, time.Second, 2 * time.Second, 3 * time.Second, 4 * time.Second, 5 * time.Second, 10 * time.Second,
}

// Waits tells how long callers waited, since Open. Only what blocks is timed: a put that finds room in the log
// copies some bytes into memory, and reading the clock would be a large part of it.
type Waits struct {
	Failed  int64                       // puts that stored nothing
	Puts    [len(waitClasses) + 1]int64 // puts that waited for room, by class
	Slowest time.Duration               // of them
	Read    time.Duration               // the slowest Get that could ask the disk
}

// Waits returns the figures of now.
func (s *Store) Waits() Waits {
	w := Waits{
		Failed:  s.waits.failed.Load(),
		Slowest: time.Duration(s.waits.slowest.Load()), Read: time.Duration(s.waits.read.Load()),
	}
	for i := range w.Puts {
		w.Puts[i] = s.waits.puts[i].Load()
	}
	return w
}

// waits is what Waits tells.
type waits struct {
	failed        atomic.Int64
	puts          [len(waitClasses) + 1]atomic.Int64
	slowest, read atomic.Int64 // nanoseconds
}

// put notes a put that began to wait at began.
func (w *waits) put(began time.Time) {
	took := time.Since(began)
	class := 0
	for class < len(waitClasses) && took >= waitClasses[class] {
		class++
	}
	w.puts[class].Add(1)
	raise(&w.slowest, int64(took))
}

// get notes a Get that began at began.
func (w *waits) get(began time.Time) { raise(&w.read, int64(time.Since(began))) }

// fail notes why a put stored nothing, unless it is to be tried again.
func (w *waits) fail(err error) error {
	if err != nil && !errors.Is(err, ErrWouldBlock) {
		w.failed.Add(1)
	}
	return err
}

func raise(most *atomic.Int64, to int64) {
	for {
		old := most.Load()
		if to <= old || most.CompareAndSwap(old, to) {
			return
		}
	}
}
