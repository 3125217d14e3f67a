package broker

import (
	"sync/atomic"

	"github.com/gannetmq/gannet/store/dispatch"
)

// arrivals tells several parts which queues grew, in the order in which they joined. Those that are opened
// after the store, which tells them, join then.
type arrivals struct {
	parts atomic.Pointer[[]dispatch.Arrivals]
}

// join is for the goroutine that starts the broker.
func (a *arrivals) join(part dispatch.Arrivals) {
	var parts []dispatch.Arrivals
	if old := a.parts.Load(); old != nil {
		parts = append(parts, *old...)
	}
	parts = append(parts, part)
	a.parts.Store(&parts)
}

// Arrived implements dispatch.Arrivals.
func (a *arrivals) Arrived(queues []dispatch.Arrival) {
	if parts := a.parts.Load(); parts != nil {
		for _, part := range *parts {
			part.Arrived(queues)
		}
	}
}
