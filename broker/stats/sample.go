package stats

import "time"

// How often the goroutine looks, in seconds. Java: StatsItemSet.init, StoreStatsService.
const (
	everyMinute = 10
	everyHour   = 600
	everyDay    = 3600
	everySweep  = 600
)

// Start runs the goroutine that looks at the counters. Close ends it.
func (t *Table) Start() {
	t.look(time.Now(), 0)
	t.wg.Go(t.run)
}

// Close ends the goroutine and waits for it.
func (t *Table) Close() {
	close(t.stop)
	t.wg.Wait()
}

func (t *Table) run() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-t.stop:
			return
		case now := <-tick.C:
			t.look(now, n)
		}
	}
}

// look is the n-th look, the first of which is number 0.
func (t *Table) look(now time.Time, n int) {
	t.takeSpeeds(now)
	if n%everyMinute == 0 {
		t.sample(now.UnixMilli(), n%everyHour == 0, n%everyDay == 0)
	}
	if n%everySweep == 0 {
		t.sweep()
	}
}

// sample adds a sample to the windows of all counters.
func (t *Table) sample(at int64, ofHour, ofDay bool) {
	entries := t.entries()
	t.windows.Lock()
	defer t.windows.Unlock()
	take := func(c *counter) {
		now := c.totals()
		c.minute.take(at, now, minute)
		if ofHour {
			c.hour.take(at, now, hour)
		}
		if ofDay {
			c.day.take(at, now, day)
		}
	}
	for kind := range t.puts {
		take(&t.puts[kind])
		take(&t.gots[kind])
	}
	for _, e := range entries {
		take(&e.counter)
		if back := e.back.Load(); back != nil {
			take(back)
		}
		for _, q := range e.all() {
			if q != nil {
				take(&q.counter)
			}
		}
	}
}

// sweep drops what belongs to topics and groups that do not exist: requests that were under way when they were
// forgotten have brought it back.
func (t *Table) sweep() {
	t.forget(func(e *entry) bool { return !t.opts.Exists(e.topic, e.group) })
	if n := t.missed.Swap(0); n > 0 {
		t.opts.Log.Warn("no room to count all topics, groups and queues", "most", t.opts.MaxCounters, "not counted", n)
	}
}
