package result

import "slices"

// Round is what one round of one shape against one broker showed.
type Round struct {
	Shape  string `json:"shape"`
	Broker string `json:"broker"`

	Messages      int64   `json:"messages"`
	PerSecond     float64 `json:"perSecond"` // messages
	P50           float64 `json:"p50"`       // microseconds, as P99 and P999
	P99           float64 `json:"p99"`
	P999          float64 `json:"p999"`
	Max           float64 `json:"max,omitempty"`        // microseconds
	CPUPerMillion float64 `json:"cpuSecondsPerMillion"` // of the server, a million messages
	Failed        int64   `json:"failed"`               // requests refused or without an answer, messages lost
	FirstError    string  `json:"firstError,omitempty"`
	ServerShare   float64 `json:"serverShare"`  // CPU of the server, of one core
	ClientShare   float64 `json:"clientShare"`  // CPU of the load generator, of one core
	ForeignShare  float64 `json:"foreignShare"` // CPU of everything else on the machine, of one core
	StealShare    float64 `json:"stealShare"`   // of one core
	RSS           int64   `json:"rss"`          // bytes, the most that was seen in the round
	RSSAnon       int64   `json:"rssAnon"`
}

// Range is a set of values in short. The zero value is that of no values.
type Range struct {
	N                int
	Median, Min, Max float64
}

// Summarize orders the values; an even number of them has the mean of the middle two as median.
func Summarize(values []float64) Range {
	if len(values) == 0 {
		return Range{}
	}
	v := slices.Sorted(slices.Values(values))
	mid := len(v) / 2
	median := v[mid]
	if len(v)%2 == 0 {
		median = (v[mid-1] + v[mid]) / 2
	}
	return Range{N: len(v), Median: median, Min: v[0], Max: v[len(v)-1]}
}

// Ratio is a over b, and false if there is none.
func Ratio(a, b float64) (float64, bool) {
	if b <= 0 || a < 0 {
		return 0, false
	}
	return a / b, true
}

// Metric names one figure of a round.
type Metric int

// The figures that are compared.
const (
	PerSecond Metric = iota
	P50
	P99
	P999
	CPU
)

func (m Metric) String() string {
	return [...]string{"throughput", "p50", "p99", "p99.9", "server CPU a message"}[m]
}

func (m Metric) of(r Round) float64 {
	switch m {
	case P50:
		return r.P50
	case P99:
		return r.P99
	case P999:
		return r.P999
	case CPU:
		return r.CPUPerMillion
	}
	return r.PerSecond
}

// Over summarizes a figure of the rounds.
func (m Metric) Over(rounds []Round) Range {
	values := make([]float64, len(rounds))
	for i, r := range rounds {
		values[i] = m.of(r)
	}
	return Summarize(values)
}
