package pull

import (
	"time"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/dispatch"
)

// share is how much of the time of who tells of arrivals, which may be a loop that all connections wait for, goes into judging
// by conditions: a quarter, and shareMost at a time. What is left is judged by a goroutine of its own, see Handler.judge.
type share struct {
	left time.Duration
	at   time.Time // when left was so much
}

const (
	shareMost = 4 * time.Millisecond
	shareOf   = 4
)

// begin reports whether there is time to judge, which end ends.
func (s *share) begin() bool {
	now := time.Now()
	s.left = min(shareMost, s.left+now.Sub(s.at)/shareOf)
	s.at = now
	return s.left > 0
}

func (s *share) end() {
	now := time.Now()
	s.left -= now.Sub(s.at)
	s.at = now
}

// Arrived answers the pulls that wait for what came. The dispatcher calls it after each round, on one goroutine at a time.
func (h *Handler) Arrived(arrivals []dispatch.Arrival) {
	for i := range arrivals {
		woken := h.hold.woken(&arrivals[i])
		for p := woken.first; p != nil; {
			next := p.next(byQueue)
			p.place = place{}
			h.arrived(p)
			p = next
		}
	}
}

// arrived answers one, or leaves it to who has the time.
func (h *Handler) arrived(p *pull) {
	judges := p.filter.condition != nil
	if judges && !h.share.begin() {
		switch h.hold.leave(p) {
		case parked:
			return
		case crowded:
			p.unjudged()
			return
		}
	}
	if p.again(true) {
		h.Metrics.Woken.Add(1)
	}
	if judges {
		h.share.end()
	}
}

// unjudged has the client ask again, as no room is left to look at what came: its next pull is a request like others.
func (p *pull) unjudged() {
	if p.ending() {
		p.forget()
		return
	}
	p.h.Metrics.Woken.Add(1)
	p.read = p.h.reads.Get().(*store.Read)
	p.finish(store.NoMatchedMessage, store.ErrWouldBlock)
}

// maxUnjudged is how many pulls judge has before it: those who wait on do so in hold, where they are counted again, while new ones
// take their places there.
const maxUnjudged = 1 << 16

// leave hands p, which is in no list, to judge: needless if that has ended, crowded if it has too much before it.
func (h *hold) leave(p *pull) outcome {
	h.mu.Lock()
	defer h.mu.Unlock()
	weight := p.filter.weight()
	switch {
	case h.closed:
		return needless
	case h.unjudged.n >= h.unjudged.most || h.unjudged.codes+weight > maxCodes:
		return crowded
	}
	h.unjudged.n++
	h.unjudged.codes += weight
	h.unjudged.list.push(p, byQueue)
	select {
	case h.more <- struct{}{}:
	default:
	}
	return parked
}

// handed takes what was left to judge.
func (h *hold) handed() (all list) {
	h.mu.Lock()
	defer h.mu.Unlock()
	all = h.unjudged.list
	h.unjudged = backlog{most: h.unjudged.most}
	return all
}

// judge answers the pulls that arrivals took and had no time for, until Close.
func (h *Handler) judge() {
	for {
		select {
		case <-h.hold.quit:
			return
		case <-h.hold.more:
		}
		h.Metrics.Woken.Add(h.answer(h.hold.handed(), true))
	}
}
