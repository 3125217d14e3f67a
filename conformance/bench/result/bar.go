package result

import "fmt"

// Bar is what the ratio of gannet's median to Java's has to be.
type Bar struct {
	Metric  Metric
	AtLeast float64 // 0: the bar is AtMost
	AtMost  float64
	Text    string // of the limit: "≤ 1/6"
}

// AtMost is a bar that a ratio meets from below.
func AtMost(m Metric, limit float64, text string) Bar {
	return Bar{Metric: m, AtMost: limit, Text: "≤ " + text}
}

// AtLeast is a bar that a ratio meets from above.
func AtLeast(m Metric, limit float64) Bar {
	return Bar{Metric: m, AtLeast: limit, Text: fmt.Sprintf("≥ %g×", limit)}
}

// met tells whether a ratio meets the bar.
func (b Bar) met(ratio float64) bool {
	if b.AtLeast > 0 {
		return ratio >= b.AtLeast
	}
	return ratio <= b.AtMost
}

// Comparison is one shape: the rounds of both brokers and the bars.
type Comparison struct {
	Shape  string
	Title  string
	Gannet []Round
	Java   []Round
	Bars   []Bar
}

// Verdict is a bar and what became of it.
type Verdict struct {
	Bar
	Ratio float64
	Known bool // both sides have a figure
	Met   bool
}

// Verdicts judges every bar. If anything failed at gannet none is met: what was not done costs nothing. What failed at Java only
// makes Java look better.
func (c Comparison) Verdicts() []Verdict {
	var all []Verdict
	for _, b := range c.Bars {
		ratio, ok := Ratio(b.Metric.Over(c.Gannet).Median, b.Metric.Over(c.Java).Median)
		// No throughput, no latency, no CPU: nothing was measured, which is not a bar that was met.
		ok = ok && ratio > 0
		all = append(all, Verdict{Bar: b, Ratio: ratio, Known: ok, Met: ok && failed(c.Gannet) == 0 && b.met(ratio)})
	}
	return all
}

func failed(rounds []Round) (sum int64) {
	for _, r := range rounds {
		sum += r.Failed
	}
	return sum
}

// Absolute is a figure of gannet that has to stay below a limit whatever Java does.
type Absolute struct {
	Title  string
	Unit   string
	Gannet Range
	Java   Range   // N is 0 if it has none
	AtMost float64 // 0: no bar
	Failed int64   // of what was measured: requests without success, messages lost
}

// Met tells whether nothing failed and every value is within the limit; the median alone would hide a bad start.
func (a Absolute) Met() bool { return a.Failed == 0 && a.Gannet.N > 0 && a.Gannet.Max <= a.AtMost }

// WithFailures are the figures of a measurement during which so much failed.
func WithFailures(failed int64, figures ...Absolute) []Absolute {
	for i := range figures {
		figures[i].Failed = failed
	}
	return figures
}

// saturated is the share of a core from which on a generator is taken to be the limit.
const saturated = 0.95

// ClientBound tells whether the load generator was at its limit in any round.
func ClientBound(rounds []Round) bool {
	for _, r := range rounds {
		if r.ClientShare > saturated {
			return true
		}
	}
	return false
}
