package cold

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is set by the test.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func accounts(r *Rules, pid bool) (*Accounts, *clock) {
	c := &clock{now: time.UnixMilli(1_700_000_000_000)}
	return New(Options{
		Rules: func() Rules { return *r }, PID: pid, Now: c.Now, Log: slog.New(slog.DiscardHandler),
		Exists: func(group string) bool { return !strings.HasPrefix(group, "gone") },
	}), c
}

func spent(a *Accounts, group string) bool {
	_, yes := a.Spent([]byte(group))
	return yes
}

func TestWindow(t *testing.T) {
	r := &Rules{Enabled: true, Group: 100, Global: 1000}
	a, c := accounts(r, false)
	if spent(a, "G") {
		t.Error("spent before anything was read")
	}
	a.Read([]byte("G"), 99)
	if spent(a, "G") {
		t.Error("99 of 100 bytes: spent")
	}
	c.pass(time.Second)
	a.Read([]byte("G"), 1)
	if wait, yes := a.Spent([]byte("G")); !yes || wait != 4*time.Second {
		t.Errorf("100 of 100 bytes after 1 s: spent %t for %v, want true for 4s", yes, wait)
	}
	if spent(a, "H") {
		t.Error("another group is spent")
	}
	c.pass(4 * time.Second)
	if spent(a, "G") {
		t.Error("spent in the next window")
	}
	r.Enabled = false
	a.Read([]byte("G"), 500)
	r.Enabled = true
	if spent(a, "G") {
		t.Error("what was read while it was off counts")
	}
}

// A group that has read something is put off when all together read too much; one that has read nothing is not.
func TestGlobalThreshold(t *testing.T) {
	a, c := accounts(&Rules{Enabled: true, Group: 100, Global: 150}, false)
	a.Read([]byte("G"), 90)
	a.Read([]byte("H"), 60)
	if !spent(a, "G") || !spent(a, "H") || spent(a, "I") {
		t.Errorf("G %t, H %t, I %t, want true, true, false", spent(a, "G"), spent(a, "H"), spent(a, "I"))
	}
	c.pass(17 * time.Second)
	if wait, _ := a.Spent([]byte("G")); wait != 0 {
		t.Errorf("windows later: spent for %v", wait)
	}
	a.Read([]byte("G"), 150)
	if wait, yes := a.Spent([]byte("G")); !yes || wait != 3*time.Second {
		t.Errorf("17 s after the start: spent %t for %v, want the rest of a window, 3s", yes, wait)
	}
}

func TestThresholdOfAGroup(t *testing.T) {
	a, _ := accounts(&Rules{Enabled: true, Group: 100, Global: 1000}, false)
	if err := a.Set(map[string]int64{"G": 200, "H": 10}); err != nil {
		t.Fatal(err)
	}
	a.Read([]byte("G"), 150)
	a.Read([]byte("H"), 10)
	if spent(a, "G") || !spent(a, "H") {
		t.Errorf("G %t, H %t, want false, true", spent(a, "G"), spent(a, "H"))
	}
	a.Unset("G")
	a.Unset("H")
	if !spent(a, "G") || spent(a, "H") {
		t.Errorf("by the default: G %t, H %t, want true, false", spent(a, "G"), spent(a, "H"))
	}
}

// A threshold that an administrator set takes the place of the strategy's, which neither comes back nor counts among the highest.
func TestSetThresholdsAreNotLowered(t *testing.T) {
	r := &Rules{Enabled: true, Adaptive: true, Group: 100, Global: 1000}
	a, c := accounts(r, false)
	for i := range 3 {
		name := fmt.Sprintf("set%d", i)
		a.adapted[name] = 1000
		if err := a.Set(map[string]int64{name: 50}); err != nil {
			t.Fatal(err)
		}
	}
	a.adapted["G"] = 500
	a.Read([]byte("G"), 2000)
	c.pass(window)
	if spent(a, "G"); a.threshold("G", *r) != 400 || len(a.adapted) != 1 {
		t.Errorf("thresholds %v, want G's alone, lowered to 400", a.adapted)
	}
}

func TestCause(t *testing.T) {
	a, _ := accounts(&Rules{Enabled: true, Group: 100, Global: 150}, false)
	a.Read([]byte("G"), 120)
	a.Read([]byte("H"), 90)
	for group, want := range map[string]string{
		"G": "group G read 120 of 100 bytes in 5s; raise cgColdReadThreshold, or that of the group with mqadmin updateColdDataFlowCtrGroupConfig",
		"H": "all groups together read 210 of 150 bytes in 5s; raise globalColdReadThreshold",
	} {
		if got := a.Cause([]byte(group)); got != want {
			t.Errorf("%s: got %q, want %q", group, got, want)
		}
	}
}

// Memory is bounded: a group that reads nothing cold is forgotten, and so is a threshold of none.
func TestForgets(t *testing.T) {
	a, c := accounts(&Rules{Enabled: true, Adaptive: true, Group: 1, Global: 1 << 40}, false)
	for i := range 10_000 {
		a.Read(fmt.Appendf(nil, "G%d", i), 10)
	}
	c.pass(window)
	a.Read([]byte("G1"), 1)
	if len(a.groups) != 10_000 || len(a.adapted) != 10_000 {
		t.Errorf("after a window: %d accounts, %d thresholds, want all 10,000", len(a.groups), len(a.adapted))
	}
	c.pass(reside - window)
	if spent(a, "G1"); len(a.groups) != 1 || len(a.adapted) != 1 {
		t.Errorf("after a minute: %d accounts and %d thresholds, want those of G1", len(a.groups), len(a.adapted))
	}
	for i := range 3 * maxSet {
		if err := a.Set(map[string]int64{fmt.Sprintf("gone%d", i): 1}); err != nil {
			t.Fatal(err)
		}
	}
	many := make(map[string]int64)
	for i := range maxSet + 1 {
		many[fmt.Sprintf("gone again%d", i)] = 1
	}
	if err := a.Set(many); err == nil || len(a.set) > maxSet {
		t.Errorf("%d thresholds of groups that are not there, %v; want at most %d and an error", len(a.set), err, maxSet)
	}
	if err := a.Set(map[string]int64{"G": 1}); err != nil {
		t.Errorf("of a group that is: %v", err)
	}
}

func TestSimpleStrategy(t *testing.T) {
	r := &Rules{Enabled: true, Adaptive: true, Group: 100, Global: 1000}
	a, c := accounts(r, false)
	if err := a.Set(map[string]int64{"set": 50}); err != nil {
		t.Fatal(err)
	}
	step := func(g, set, other int) (threshold int64) {
		a.Read([]byte("G"), g)
		a.Read([]byte("set"), set)
		a.Read([]byte("other"), other)
		c.pass(window)
		spent(a, "G")
		return a.threshold("G", *r)
	}
	for i, s := range []struct {
		g, set, other int
		want          int64
	}{
		{99, 60, 0, 100},    // G has not used its threshold up
		{100, 60, 0, 150},   // now it has
		{150, 60, 0, 225},   // again
		{225, 60, 900, 180}, // all together have read too much
		{10, 60, 990, 144},
		{10, 60, 990, 112}, // 144/5*4
		{10, 60, 990, 100}, // not below the default
		{10, 60, 10, 100},
	} {
		if got := step(s.g, s.set, s.other); got != s.want {
			t.Errorf("step %d: threshold %d, want %d", i, got, s.want)
		}
	}
	if got := a.threshold("set", *r); got != 50 {
		t.Errorf("what was set became %d", got)
	}
	step(500, 0, 0)
	if r.Adaptive = false; a.threshold("G", *r) != 100 {
		t.Error("thresholds that the strategy made count without it")
	}
}

// Java's weights: nothing happens before ten windows, then thresholds rise while less is read than wanted, and fall
// when more was for a while.
func TestPIDStrategy(t *testing.T) {
	p := &pid{wanted: 800}
	for i := range remembered - 1 {
		p.collect(100, 1000)
		if p.raise() || p.lower() {
			t.Fatalf("after %d windows it decides", i+1)
		}
	}
	p.collect(300, 1000)
	// 0.5 × 500 + 0.3 × (9 × 700 + 500) + 0.2 × (500 − 700)
	if got := p.factor(); got != 2250 || !p.raise() || p.lower() {
		t.Errorf("factor %v, want 2250", got)
	}
	for range remembered {
		p.collect(2000, 1000)
	}
	if p.raise() || !p.lower() || len(p.below) != remembered {
		t.Errorf("factor %v of %d windows, want less than 0 of %d", p.factor(), len(p.below), remembered)
	}
	r := &Rules{Enabled: true, Adaptive: true, Group: 100, Global: 1000}
	a, c := accounts(r, true)
	for range remembered {
		a.Read([]byte("G"), 100)
		c.pass(window)
	}
	if spent(a, "G"); a.threshold("G", *r) != 150 {
		t.Errorf("after ten windows: threshold %d, want 150", a.threshold("G", *r))
	}
}

// Pulls run on several workers, administrators on others.
func TestTogether(t *testing.T) {
	a, c := accounts(&Rules{Enabled: true, Adaptive: true, Group: 100, Global: 1000}, true)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			group := fmt.Appendf(nil, "G%d", i%2)
			for range 500 {
				a.Read(group, 10)
				a.Spent(group)
				c.pass(time.Millisecond)
				if err := a.Set(map[string]int64{string(group): 50}); err != nil {
					t.Error(err)
				}
				a.Unset(string(group))
				if _, err := a.info(nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	c.pass(window)
	if spent(a, "G0") || a.total != 0 {
		t.Errorf("%d bytes in a new window", a.total)
	}
}
