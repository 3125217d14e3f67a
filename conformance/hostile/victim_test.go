//go:build conformance

package hostile

import (
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/process"
)

const (
	mib = 1 << 20
	// patience is how long a test waits for what must happen soon.
	patience = 10 * time.Second
)

// limits are what an attack may cost at most.
type limits struct {
	// memory is how much RssAnon may grow at any moment of the attack, in bytes; 0 means 48 MiB: what
	// the garbage collector lets a heap of this size grow by, whatever the peers do.
	memory int64
	// p99 is the neighbour's latency, 0 means 200 ms, and worst that of its slowest request, 0 means one second. On two cores
	// that thirty others share, most attacks leave a p99 of 40 ms and a slowest request of 200 ms.
	p99, worst time.Duration
	// output is what the process may print from its start to its end, in bytes; 0 means 64 KiB: whatever peers do
	// a thousand times over is told of now and then.
	output int
	// set are settings of the broker, besides a small index: its slots are kept in memory from their
	// first use on, and what the neighbour's messages cost is not the attacker's doing.
	set map[string]string
	// binary is started in the place of the built one.
	binary string
}

func (l limits) withDefaults() limits {
	if l.memory == 0 {
		l.memory = 48 * mib
	}
	if l.p99 == 0 {
		l.p99 = 200 * time.Millisecond
	}
	if l.worst == 0 {
		l.worst = time.Second
	}
	if l.output == 0 {
		l.output = 64 << 10
	}
	set := map[string]string{"maxHashSlotNum": "10000"}
	maps.Copy(set, l.set)
	l.set = set
	return l
}

// victim is a process under attack.
type victim struct {
	*process.Gannet
	*neighbour
	t *testing.T
}

// attack starts a name server and a broker, lets the neighbour work, runs the attack, and judges.
func attack(t *testing.T, l limits, run func(v *victim)) {
	t.Helper()
	l = l.withDefaults()
	// A directory of its own in one of its own: whatever appears beside it was put there by a name.
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	g := process.Run(t, process.Options{Dir: dir, Set: l.set, Binary: l.binary})
	v := &victim{Gannet: g, t: t}
	v.neighbour = moveIn(t, g)
	v.works(steps)
	memory := watchMemory(t, g.Pid)
	run(v)
	v.works(steps)
	grown := memory.stop()
	v.judge(l, grown)
}

// judge holds everything against the victim that an attack must not cause.
func (v *victim) judge(l limits, grown int64) {
	t := v.t
	t.Helper()
	if grown > l.memory {
		t.Errorf("RssAnon grew by %d MiB at its peak, budget %d MiB", grown/mib, l.memory/mib)
	}
	if n := v.metric("gannet_handler_panics_total"); n != 0 {
		t.Errorf("gannet_handler_panics_total is %v, want 0", n)
	}
	sum, p99, worst := v.neighbour.moveOut(t)
	if p99 > l.p99 || worst > l.worst {
		t.Errorf("the neighbour's p99 was %v and its slowest request took %v, want at most %v and %v", p99, worst, l.p99, l.worst)
	}
	t.Logf("RssAnon grew by %.1f MiB at its peak; neighbour: p99 %v, slowest %v, %v; %d bytes printed",
		float64(grown)/mib, p99.Round(10*time.Microsecond), worst.Round(10*time.Microsecond), sum, len(v.Output()))
	if err := v.Stop(); err != nil {
		t.Errorf("stop after the attack: %v, want exit status 0", err)
	}
	if _, err := os.Stat(filepath.Join(v.Dir, "store", "abort")); !os.IsNotExist(err) {
		t.Errorf("abort file after a clean stop: %v, want none", err)
	}
	if n := len(v.Output()); n > l.output {
		t.Errorf("the process printed %d bytes, want at most %d", n, l.output)
	}
	wantQuiet(t, v.Output())
}

// wantQuiet checks that nothing panicked, on a loop, in a handler or at the end.
func wantQuiet(t *testing.T, output string) {
	t.Helper()
	for line := range strings.Lines(output) {
		for _, bad := range []string{"panic", "BUG", "fatal error", "DATA RACE"} {
			if strings.Contains(line, bad) {
				t.Errorf("the process printed %q", line)
			}
		}
	}
}

// metric reads a metric without labels.
func (v *victim) metric(name string) float64 {
	v.t.Helper()
	body, _, err := v.Get("/metrics")
	if err != nil {
		v.t.Fatalf("metrics: %v", err)
	}
	m := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindStringSubmatch(body)
	if m == nil {
		v.t.Fatalf("no metric %s", name)
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		v.t.Fatal(err)
	}
	return n
}

// eventually waits until ok says yes.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// memoryOf reads a line of /proc/PID/status, in bytes. RssAnon is what a process has allocated,
// without files that are mapped.
func memoryOf(pid int, what string) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, what+":"); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("no %s of process %d", what, pid)
}

// memoryWatch samples the RssAnon of a process.
type memoryWatch struct {
	from, peak int64
	quit       chan struct{}
	done       sync.WaitGroup
}

func watchMemory(t *testing.T, pid int) *memoryWatch {
	t.Helper()
	from, err := memoryOf(pid, "RssAnon")
	if err != nil {
		t.Fatal(err)
	}
	w := &memoryWatch{from: from, peak: math.MinInt64, quit: make(chan struct{})}
	w.done.Go(func() { w.run(pid) })
	return w
}

func (w *memoryWatch) run(pid int) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if now, err := memoryOf(pid, "RssAnon"); err == nil {
			w.peak = max(w.peak, now)
		}
		select {
		case <-w.quit:
			return
		case <-tick.C:
		}
	}
}

// stop returns by how much the memory had grown when it was largest.
func (w *memoryWatch) stop() int64 {
	close(w.quit)
	w.done.Wait()
	return w.peak - w.from
}
