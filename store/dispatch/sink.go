// Package dispatch follows the CommitLog and hands each record, in order, to the sinks that
// derive something from it: consume queues, index, light queues, gateways.
package dispatch

import "github.com/gannetmq/gannet/store/record"

// Sink derives state from the log. Records arrive in log order, each at least once: after a
// crash a sink sees again what it may have seen before, and must recognise it by offset.
//
// Dispatch must not block and must do no I/O: it may run on an event loop. The view is valid
// until Dispatch returns.
type Sink interface {
	Dispatch(v *record.View) error
}

// Arrivals is told after each round which queues grew, once a queue and round, when every
// sink has seen the records.
type Arrivals interface {
	Arrived(a []Arrival)
}

// Arrival says that a queue of a topic now ends at Max (the next queue offset to be written).
type Arrival struct {
	Topic   string
	QueueID int32
	Max     int64
	// TagsCodes of the records of this round, in order, so that waiters for a tag can be left
	// asleep. Valid until Arrived returns.
	TagsCodes []int64
}
