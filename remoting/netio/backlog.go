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
	if !e.shedding.CompareAndSwap(false, true) {
		return
	}
	defer e.shedding.Store(false)
	largest := slices.DeleteFunc(e.registry.backlogs(), func(b backlog) bool {
		return b.conn.out.current() >= phaseAborted // on its way out
	})
	total := int64(0)
	for _, b := range largest {
		total += b.unsent
	}
	if total <= e.config.MaxBacklog {
		return
	}
	slices.SortFunc(largest, func(a, b backlog) int { return cmp.Compare(b.unsent, a.unsent) })
	for _, b := range largest {
		if total <= e.config.MaxBacklog/8*7 {
			return
		}
		total -= b.unsent
		err := fmt.Errorf("%w: %d of them to %v", ErrBacklog, b.unsent, b.conn.remote)
		e.warn.log("slow reader closed", "listener", b.conn.listener, "remote", b.conn.remote, "err", err)
		b.conn.end(phaseAborted, err)
	}
}

// backlog is what a connection leaves unread.
type backlog struct {
	conn   *Conn
	unsent int64
}

// backlogs are those that count.
func (r *registry) backlogs() (all []backlog) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.conns {
		if unsent := c.out.unsent.Load(); unsent >= backlogStep {
			all = append(all, backlog{c, unsent})
		}
	}
	return all
}
