package remoting

import (
	"errors"
	"sync/atomic"

	"github.com/gannetmq/gannet/remoting/wire"
)

// Stats counts what a Router did. All but the gauges only grow. Requests and their answers are counted by Outcomes. A request
// that is handled and answered inline touches nothing here.
type Stats struct {
	Responses  atomic.Int64              // frames that were answers to requests of ours
	Stray      atomic.Int64              // answers that nobody waits for
	Malformed  atomic.Int64              // frames whose header did not decode
	Frames     [frameLimits]atomic.Int64 // that went over a limit, those that were not cut included
	Unknown    atomic.Int64              // requests with a code that has no route
	Oversized  atomic.Int64              // requests whose header is longer than their route takes
	Refused    atomic.Int64              // answered SYSTEM_BUSY: the sum of those by limit
	RefusedBy  [limits]atomic.Int64
	Denied     atomic.Int64 // refused by the Authorizer
	Unanswered atomic.Int64 // handlers that returned without an answer
	Twice      atomic.Int64 // second answers to one request: bugs
	Panics     atomic.Int64 // handlers that panicked
	Unsent     atomic.Int64 // answers whose peer was gone or too slow

	_          [64]byte     // the gauges are read for every request
	InFlight   atomic.Int64 // gauge: requests queued, on a pool, or detached
	FrameBytes atomic.Int64 // gauge: bytes of frames copied for pools
}

// Limit is one for which requests are answered SYSTEM_BUSY, for Stats.RefusedBy.
type Limit uint8

const (
	LimitUnread   Limit = iota // the peer leaves too many answers unread
	LimitInFlight              // Options.MaxInFlight
	LimitBytes                 // Options.MaxFrameBytes
	LimitQueue                 // a pool's queue is full
	limits
)

// limitNames are for metrics, limitCauses for answers.
var (
	limitNames  = [limits]string{"unread", "in-flight", "bytes", "queue"}
	limitCauses = [limits]string{
		", this connection leaves too many answers unread", ", too many requests in flight", ", too many request bytes in flight", "",
	}
)

func (l Limit) String() string {
	if l < limits {
		return limitNames[l]
	}
	return "unknown"
}

// FrameLimit is one of wire.Limits, for Stats.Frames. Who goes over it loses the connection.
type FrameLimit uint8

const (
	FrameLength FrameLimit = iota
	HeaderLength
	HeaderFields
	HeaderDepth
	frameLimits
)

var frameLimitErrors = [frameLimits]error{wire.ErrFrameLength, wire.ErrHeaderLength, wire.ErrFields, wire.ErrDepth}

func (l FrameLimit) String() string { return [...]string{"frame", "header", "fields", "depth"}[l] }

// OverLimit counts a frame that was refused with err, if that was for its limits.
func (s *Stats) OverLimit(err error) {
	for l, over := range frameLimitErrors {
		if errors.Is(err, over) {
			s.Frames[l].Add(1)
		}
	}
}

func (s *Stats) refused(by Limit) {
	s.Refused.Add(1)
	s.RefusedBy[by].Add(1)
}

// Tally is a counter that event loops add to without contending for one cache line.
type Tally struct {
	shards [tallyShards]struct {
		n atomic.Int64
		_ [56]byte
	}
}

const tallyShards = 8

// Load is the count.
func (t *Tally) Load() (n int64) {
	for i := range t.shards {
		n += t.shards[i].n.Load()
	}
	return n
}

func (t *Tally) add(shard uint32) { t.shards[shard%tallyShards].n.Add(1) }
