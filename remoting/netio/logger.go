package netio

import (
	"fmt"
	"log/slog"

	"github.com/gannetmq/gannet/remoting/throttle"
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

// rare is a line that any stranger can cause.
type rare struct {
	throttle.Line
	out   *slog.Logger
	level slog.Level
}

func (r *rare) log(msg string, args ...any) { r.Log(r.out, r.level, msg, args...) }
