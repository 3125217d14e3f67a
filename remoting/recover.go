package remoting

import (
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/throttle"
)

// callHandler runs the handler and reports whether it returned. If it panicked the request is answered
// SYSTEM_ERROR with an id that the log has too, and is never recycled: whoever the handler may have
// given it to still holds it.
func (r *Request) callHandler() (ok bool) {
	defer func() {
		if v := recover(); v != nil {
			r.flags.Or(dropped)
			r.panicked(v)
		}
	}()
	r.handle(r)
	return true
}

func (r *Request) panicked(v any) {
	id := r.router.Stats.Panics.Add(1)
	if first, line := r.router.sites.at(panicSite()); first {
		r.router.log.Error("handler panic", "id", id, "code", r.Cmd.Code, "panic", v, "stack", string(debug.Stack()))
	} else {
		line.Log(r.router.log, slog.LevelError, "handler panic at a known place", "id", id, "code", r.Cmd.Code, "panic", v)
	}
	if r.flags.Load()&answered == 0 {
		r.Fail(protocol.SystemError, fmt.Sprintf("internal error %d, see the broker's log", id))
	}
	r.releaseFrame()
}

// maxSites bounds the table of places whose stack was logged.
const maxSites = 256

// panicSites remembers where handlers panicked, so that a repeated one does not flood the log.
type panicSites struct {
	mu   sync.Mutex
	seen map[uintptr]*throttle.Line
	rest throttle.Line // of places that the table has no room for
}

// at reports whether nothing panicked at a place before, and the line for when something does again.
func (s *panicSites) at(pc uintptr) (first bool, again *throttle.Line) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if line, ok := s.seen[pc]; ok {
		return false, line
	}
	if len(s.seen) >= maxSites {
		return false, &s.rest
	}
	if s.seen == nil {
		s.seen = make(map[uintptr]*throttle.Line)
	}
	s.seen[pc] = new(throttle.Line)
	return true, s.seen[pc]
}

// panicSite is the program counter that panicked, called from a function that recovers: the first
// frame below the runtime's panic machinery.
func panicSite() uintptr {
	var pcs [32]uintptr
	n := runtime.Callers(0, pcs[:])
	frames := runtime.CallersFrames(pcs[:n])
	below := false
	for {
		f, more := frames.Next()
		if f.Function == "runtime.gopanic" {
			below = true
		} else if below && !isRuntime(f.Function) {
			return f.PC
		}
		if !more {
			return 0
		}
	}
}

func isRuntime(function string) bool {
	return len(function) > 8 && function[:8] == "runtime."
}
