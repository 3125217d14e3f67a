package remoting

import "sync/atomic"

// Stats counts what a Router did. All counters only grow, but for the two gauges.
type Stats struct {
	Requests   atomic.Int64 // frames that were requests
	Oneway     atomic.Int64 // of those, the ones that must not be answered
	Responses  atomic.Int64 // frames that were answers to requests of ours
	Stray      atomic.Int64 // answers that nobody waits for
	Malformed  atomic.Int64 // frames whose header did not decode
	Unknown    atomic.Int64 // requests with a code that has no route
	Refused    atomic.Int64 // answered SYSTEM_BUSY: limits, congested peers, full pools
	Denied     atomic.Int64 // refused by the Authorizer
	Unanswered atomic.Int64 // handlers that returned without an answer
	Twice      atomic.Int64 // second answers to one request: bugs
	Panics     atomic.Int64 // handlers that panicked
	Unsent     atomic.Int64 // answers whose peer was gone or too slow

	InFlight   atomic.Int64 // gauge: requests queued, on a pool, or detached
	FrameBytes atomic.Int64 // gauge: bytes of frames copied for pools
}
