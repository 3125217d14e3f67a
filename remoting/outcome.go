package remoting

import (
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gannetmq/gannet/remoting/protocol"
)

// Java: RemotingMetricsManager.rpcLatency.

// Result is what became of an answer.
type Result uint8

const (
	Written Result = iota
	Oneway         // the request wanted none
	Unsent         // the peer was gone, or leaves too much unread
)

var resultNames = [...]string{"success", "oneway", "write_channel_failed"}

func (r Result) String() string { return resultNames[r] }

// Outcome is how requests of one code were answered.
type Outcome struct {
	Code   int32 // of the request
	Answer int32 // -1 for all codes without a name
	Held   bool  // they were parked: a long poll
	Result Result
	Counts [len(LatencyBounds) + 1]int64 // by LatencyBounds; the last one is of what took longer
	Millis int64                         // of all together
}

// LatencyBounds are milliseconds, from the frame's arrival to its answer: those of Java, and one that it has for the making of topics.
var LatencyBounds = [...]int64{1, 3, 5, 7, 10, 100, 1000, 2000, 3000, 5000}

// outcomes counts the answers of one route. What is answered on its loop is not timed, because that takes microseconds: it
// counts as less than a millisecond, and if it went well costs one addition to plain.
type outcomes struct {
	plain Tally // SUCCESS, on the loop, written
	seen  atomic.Pointer[[]*outcome]
	mu    sync.Mutex // held while seen is replaced
}

// maxOutcomes bounds those of one route. There are a few: answers whose codes have no name are counted together.
const maxOutcomes = 64

// nameless stands for answer codes without a name: who answers may pass on whatever a plug-in or another broker says.
const nameless = -1

type outcome struct {
	answer int32
	held   bool
	result Result
	counts [len(LatencyBounds) + 1]atomic.Int64
	millis atomic.Int64
}

func (o *outcomes) add(answer int32, held bool, result Result, began time.Time) {
	c := o.find(answer, held, result)
	if c == nil {
		if protocol.ResponseName(answer) == "" {
			answer = nameless
		}
		if c = o.enter(answer, held, result); c == nil {
			return
		}
	}
	if began.IsZero() {
		c.counts[0].Add(1)
		return
	}
	ms := time.Since(began).Milliseconds()
	c.millis.Add(ms)
	at := 0
	for at < len(LatencyBounds) && ms > LatencyBounds[at] {
		at++
	}
	c.counts[at].Add(1)
}

func (o *outcomes) find(answer int32, held bool, result Result) *outcome {
	for _, c := range o.all() {
		if c.answer == answer && c.held == held && c.result == result {
			return c
		}
	}
	return nil
}

func (o *outcomes) all() []*outcome {
	if all := o.seen.Load(); all != nil {
		return *all
	}
	return nil
}

// enter makes a new one; nil if there is no room.
func (o *outcomes) enter(answer int32, held bool, result Result) *outcome {
	o.mu.Lock()
	defer o.mu.Unlock()
	if c := o.find(answer, held, result); c != nil {
		return c
	}
	all := o.all()
	if len(all) >= maxOutcomes {
		return nil
	}
	c := &outcome{answer: answer, held: held, result: result}
	all = append(slices.Clone(all), c)
	o.seen.Store(&all)
	return c
}

// Outcomes iterates over how requests of codes that have a route were answered, in no order.
func (rt *Router) Outcomes() iter.Seq[Outcome] {
	return func(yield func(Outcome) bool) {
		for _, code := range rt.Codes() {
			o := &rt.lookup(code).outcomes
			all, plain := o.all(), o.plain.Load()
			if plain > 0 && !slices.ContainsFunc(all, (*outcome).success) {
				if !yield(Outcome{Code: code, Answer: protocol.Success, Counts: [len(LatencyBounds) + 1]int64{plain}}) {
					return
				}
			}
			for _, c := range all {
				if !yield(c.load(code, plain)) {
					return
				}
			}
		}
	}
}

// success reports whether c counts what plain counts too.
func (c *outcome) success() bool {
	return c.answer == protocol.Success && !c.held && c.result == Written
}

// load reads one; plain are those that were answered on the loop.
func (c *outcome) load(code int32, plain int64) Outcome {
	all := Outcome{Code: code, Answer: c.answer, Held: c.held, Result: c.result, Millis: c.millis.Load()}
	for i := range c.counts {
		all.Counts[i] = c.counts[i].Load()
	}
	if c.success() {
		all.Counts[0] += plain
	}
	return all
}
