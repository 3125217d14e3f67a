package result

import (
	"errors"
	"math"
	"strings"
	"testing"
)

func TestSummarize(t *testing.T) {
	f := func(values []float64, want Range) {
		t.Helper()
		if got := Summarize(values); got != want {
			t.Errorf("Summarize(%v) = %+v, want %+v", values, got, want)
		}
	}
	f(nil, Range{})
	f([]float64{7}, Range{1, 7, 7, 7})
	f([]float64{9, 1}, Range{2, 5, 1, 9})
	f([]float64{9, 1, 2}, Range{3, 2, 1, 9})
	f([]float64{4, 3, 2, 1}, Range{4, 2.5, 1, 4})
}

func TestSummarizeKeepsTheOrderOfItsArgument(t *testing.T) {
	values := []float64{3, 1, 2}
	Summarize(values)
	if values[0] != 3 || values[1] != 1 || values[2] != 2 {
		t.Errorf("the values are now %v", values)
	}
}

func TestRatio(t *testing.T) {
	if got, ok := Ratio(1, 4); !ok || got != 0.25 {
		t.Errorf("Ratio(1, 4) = %v, %v; want 0.25, true", got, ok)
	}
	if got, ok := Ratio(1, 0); ok || math.IsInf(got, 0) {
		t.Errorf("Ratio(1, 0) = %v, %v; want none", got, ok)
	}
}

func rounds(perSecond, cpu, client float64) []Round {
	return []Round{
		{PerSecond: perSecond * 1.1, CPUPerMillion: cpu * 0.9, P50: 100, P99: 200, P999: 300, ClientShare: client},
		{PerSecond: perSecond * 0.9, CPUPerMillion: cpu * 1.1, P50: 100, P99: 200, P999: 300, ClientShare: client},
	}
}

func TestVerdicts(t *testing.T) {
	c := Comparison{
		Gannet: rounds(300_000, 2, 0.5), Java: rounds(100_000, 12.5, 0.5),
		Bars: []Bar{
			AtLeast(PerSecond, 2.9), AtLeast(PerSecond, 3.1), AtMost(CPU, 1.0/6, "1/6"), AtMost(CPU, 0.15, "0.15"),
		},
	}
	want := []bool{true, false, true, false}
	for i, v := range c.Verdicts() {
		if !v.Known || v.Met != want[i] {
			t.Errorf("%s %s: ratio %.3f, known %v, met %v; want met %v", v.Metric, v.Text, v.Ratio, v.Known, v.Met, want[i])
		}
	}
}

// A broker that answered nothing has no CPU per message; that must not pass for little CPU.
func TestNothingMeasuredIsNotMet(t *testing.T) {
	bar := []Bar{AtMost(CPU, 0.5, "1/2"), AtLeast(PerSecond, 2)}
	for name, c := range map[string]Comparison{
		"no rounds":   {Bars: bar},
		"gannet dead": {Bars: bar, Gannet: rounds(0, 0, 0), Java: rounds(10, 10, 0)},
		"Java dead":   {Bars: bar, Gannet: rounds(10, 10, 0), Java: rounds(0, 0, 0)},
	} {
		for _, v := range c.Verdicts() {
			if v.Known || v.Met {
				t.Errorf("%s: %s known %v, met %v; want neither", name, v.Metric, v.Known, v.Met)
			}
		}
	}
}

// What gannet did not do must not pass for little work; what Java did not do is to its credit.
func TestFailuresAreNotMet(t *testing.T) {
	c := Comparison{Gannet: rounds(300_000, 2, 0), Java: rounds(100_000, 20, 0), Bars: []Bar{AtMost(CPU, 0.5, "1/2"), AtLeast(PerSecond, 2)}}
	f := func(name string, met bool) {
		t.Helper()
		for _, v := range c.Verdicts() {
			if !v.Known || v.Met != met {
				t.Errorf("%s: %s known %v, met %v; want met %v", name, v.Metric, v.Known, v.Met, met)
			}
		}
	}
	f("no failure", true)
	c.Java[0].Failed = 7
	f("Java failed", true)
	c.Gannet[1].Failed = 1
	f("gannet failed", false)
}

func TestAbsoluteCountsTheWorst(t *testing.T) {
	a := Absolute{Gannet: Summarize([]float64{50, 60, 101}), AtMost: 100}
	if a.Met() {
		t.Error("a start of 101 ms meets a bar of 100 ms")
	}
	a.AtMost = 101
	if !a.Met() {
		t.Error("a start of 101 ms does not meet a bar of 101 ms")
	}
	if WithFailures(1, a)[0].Met() {
		t.Error("a start meets the bar although something failed")
	}
	if (Absolute{AtMost: 1}).Met() {
		t.Error("no value meets a bar")
	}
}

func TestTables(t *testing.T) {
	var b strings.Builder
	err := Tables(&b, []Comparison{
		{Title: "send 1 × 64", Gannet: rounds(300_000, 2, 0.99), Java: rounds(100_000, 20, 0.5), Bars: []Bar{AtMost(CPU, 1.0/6, "1/6"), AtLeast(PerSecond, 4)}},
		{Title: "pull", Gannet: rounds(10, 1, 0)},
	}, []Absolute{
		{Title: "start", Unit: "ms", Gannet: Summarize([]float64{40, 50}), Java: Summarize([]float64{3000}), AtMost: 100},
		{Title: "memory", Unit: "MB", Gannet: Summarize([]float64{41}), AtMost: 40},
		{Title: "p99", Unit: "ms", Gannet: Summarize([]float64{1}), AtMost: 40, Failed: 3},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| send 1 × 64 | gannet | 300,000 (270,000–330,000) | 100 | 200 | 300 | 2.00 (1.80–2.20) | 0 | 0, 99 (c), 0 |\n",
		"| | Java | 100,000 (90,000–110,000) | 100 |", // the title stands once
		"| | ratio | 3.00 | 1.00 | 1.00 | 1.00 | 0.10 | | |\n",
		"| pull | gannet | 10.0 (9.00–11.0) |",
		"| send 1 × 64 | server CPU a message | 0.100 | ≤ 1/6 | met |\n",
		"| send 1 × 64 | throughput | 3.000 | ≥ 4× | **not met** (c) |\n",
		"| start | 45.0 (40.0–50.0) ms | 3,000 ms | ≤ 100 ms | met |\n",
		"| memory | 41.0 MB | – | ≤ 40 MB | **not met** |\n",
		"| p99 | 1.00 ms | – | ≤ 40 ms | **not met** (3 failed) |\n",
	} {
		if !strings.Contains(strings.ReplaceAll(b.String(), "|  |", "| |"), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	for line := range strings.Lines(b.String()) {
		if n := strings.Count(line, "|"); n != 0 && n != 10 && n != 6 {
			t.Errorf("%d bars in %q: the columns do not match", n, line)
		}
	}
}

func TestReplace(t *testing.T) {
	document := "before\n" + beginMark + "\nold\n" + endMark + "\nafter\n"
	got, err := Replace(document, "new\n")
	if want := "before\n" + beginMark + "\n\nnew\n\n" + endMark + "\nafter\n"; err != nil || got != want {
		t.Fatalf("got %q, %v; want %q", got, err, want)
	}
	if again, err := Replace(got, "new\n"); err != nil || again != got {
		t.Errorf("the second time: %q, %v; want no change", again, err)
	}
	for _, bad := range []string{"", beginMark + "\n", endMark + "\n" + beginMark + "\n"} {
		if _, err := Replace(bad, "new"); !errors.Is(err, ErrNoMarks) {
			t.Errorf("Replace(%q): %v, want ErrNoMarks", bad, err)
		}
	}
}
