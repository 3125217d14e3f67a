package netio

import (
	"cmp"
	"fmt"
	"slices"
)

// shed ends the connections that leave most unread, until all together leave no more than seven eighths of
// Config.MaxBacklog. It is called by whoever finds that there is more, and goes through all connections; the eighth
// makes it seldom.
func (e *Engine) shed() {
	e.shedLargest(ErrBacklog, e.config.MaxBacklog, func(c *Conn) int64 {
		if unsent := c.out.unsent.Load(); unsent >= backlogStep {
			return unsent
		}
		return 0
	})
}

// shedPartial does the same for unfinished frames and Config.MaxPartial.
func (e *Engine) shedPartial() {
	e.shedLargest(ErrMemory, e.config.MaxPartial, func(c *Conn) int64 { return c.in.held.Load() })
}

// weighed is a connection with what it takes.
type weighed struct {
	conn  *Conn
	bytes int64
}

// shedLargest aborts those connections that take most, until the others take no more than seven eighths of bound.
func (e *Engine) shedLargest(why error, bound int64, weigh func(*Conn) int64) {
	if !e.shedding.CompareAndSwap(false, true) {
		return
	}
	defer e.shedding.Store(false)
	all := slices.DeleteFunc(e.registry.weigh(weigh), func(w weighed) bool {
		return w.conn.out.current() >= phaseAborted // on its way out
	})
	total := int64(0)
	for _, w := range all {
		total += w.bytes
	}
	if total <= bound {
		return
	}
	slices.SortFunc(all, func(a, b weighed) int { return cmp.Compare(b.bytes, a.bytes) })
	for _, w := range all {
		if total <= bound/8*7 {
			return
		}
		total -= w.bytes
		err := fmt.Errorf("%w: %d of them", why, w.bytes)
		e.warn.log("connection closed for memory", "listener", w.conn.listener, "conn", w.conn.id, "err", err)
		w.conn.end(phaseAborted, err)
	}
}

// weigh lists the connections that take something.
func (r *registry) weigh(weigh func(*Conn) int64) (all []weighed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.conns {
		if bytes := weigh(c); bytes > 0 {
			all = append(all, weighed{c, bytes})
		}
	}
	return all
}
