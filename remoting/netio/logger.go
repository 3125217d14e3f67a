package netio

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// gnetLog gives gnet's log lines to a slog.Logger. gnet keeps one logger for the whole process: with
// several engines, its global lines go to the one started last.
type gnetLog struct{ log *slog.Logger }

func (g gnetLog) Debugf(format string, args ...any) { g.log.Debug(fmt.Sprintf(format, args...)) }
func (g gnetLog) Infof(format string, args ...any)  { g.log.Debug(fmt.Sprintf(format, args...)) }
func (g gnetLog) Warnf(format string, args ...any)  { g.log.Warn(fmt.Sprintf(format, args...)) }
func (g gnetLog) Errorf(format string, args ...any) { g.log.Error(fmt.Sprintf(format, args...)) }

// Fatalf must not end the process: that is not a library's decision.
func (g gnetLog) Fatalf(format string, args ...any) { g.log.Error(fmt.Sprintf(format, args...)) }

// quiet is how long a rateLimited keeps quiet after a line.
const quiet = 10 * time.Second

// rateLimited writes at most one line per quiet time, and says how many it left out. For what any
// stranger can cause.
type rateLimited struct {
	out     *slog.Logger
	level   slog.Level
	next    atomic.Int64 // unix nanoseconds
	dropped atomic.Int64
}

func (r *rateLimited) log(msg string, args ...any) {
	now := time.Now().UnixNano()
	next := r.next.Load()
	if now < next || !r.next.CompareAndSwap(next, now+int64(quiet)) {
		r.dropped.Add(1)
		return
	}
	r.out.Log(context.Background(), r.level, msg, append(args, "similar lines left out", r.dropped.Swap(0))...)
}
