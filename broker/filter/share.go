package filter

import (
	"sync/atomic"
	"time"

	"github.com/gannetmq/gannet/store/record"
)

// share bounds how long bit maps keep whoever dispatches, which may be a loop that all connections wait for: work of
// maxWork for one message, and a quarter of the time for all.
type share struct{ window, spent atomic.Int64 }

// Work is bytes of expressions times bytes of properties, as each name in an expression is looked for in all properties;
// perNanosecond of it is done in one.
const (
	perNanosecond = 4

	maxWork    = 4 << 20
	shareOf    = 16 * time.Millisecond
	windowWork = 4 * maxWork
)

// work is how much it is to judge a message by all of some expressions.
func work(list []*Data, v *record.View) int64 {
	var n int64
	for _, d := range list {
		n += d.work(v)
	}
	return n
}

func (d *Data) work(v *record.View) int64 {
	return int64(len(d.Expression)+16) * int64(len(v.Properties)+16)
}

// take reports whether there is time for so much work.
func (s *share) take(now time.Time, work int64) bool {
	if work > maxWork {
		return false
	}
	if at := now.UnixNano() / int64(shareOf); s.window.Swap(at) != at {
		s.spent.Store(0)
	}
	if s.spent.Load()+work > windowWork {
		return false
	}
	s.spent.Add(work)
	return true
}
