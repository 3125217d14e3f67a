package pull

import (
	"sync"
	"time"

	"github.com/gannetmq/gannet/store/dispatch"
)

// hold keeps the pulls that wait. Each stands in two lists: that of its queue, for arrivals, and
// that of a slot of the wheel, for its deadline. Being in hold is the right to be answered: whoever
// takes a pull out answers it.
type hold struct {
	max, maxPeer int
	end          func(topic []byte, queue int32) int64 // of a queue as readers see it; takes no lock that calls hold

	mu     sync.Mutex // guards all below; nothing is called while it is held
	topics map[string]*heldTopic
	peers  map[uint64]int
	n      int
	wheel  [slots]list
	now    int64 // ticks since start

	quit chan struct{}
	done sync.WaitGroup
}

// The wheel turns once in slots × tick; a longer wait goes round more than once.
const (
	tick  = 100 * time.Millisecond
	slots = 512
)

// heldTopic is the waiting pulls of one topic, by queue.
type heldTopic struct {
	queues map[int32]*list
	n      int
}

// list is a doubly linked list through one of the two links of its members.
type list struct{ first, last *pull }

// place is a pull's membership in hold.
type place struct {
	topic    *heldTopic
	deadline int64 // in ticks
	byQueue  link
	byTime   link
}

type link struct{ prev, next *pull }

func queueLink(p *pull) *link { return &p.place.byQueue }
func timeLink(p *pull) *link  { return &p.place.byTime }

func (l *list) push(p *pull, of func(*pull) *link) {
	of(p).prev = l.last
	if l.last == nil {
		l.first = p
	} else {
		of(l.last).next = p
	}
	l.last = p
}

func (l *list) remove(p *pull, of func(*pull) *link) {
	k := of(p)
	if k.prev == nil {
		l.first = k.next
	} else {
		of(k.prev).next = k.next
	}
	if k.next == nil {
		l.last = k.prev
	} else {
		of(k.next).prev = k.prev
	}
	*k = link{}
}

func (h *hold) start(most, mostPeer int) {
	h.max, h.maxPeer = most, mostPeer
	h.topics = make(map[string]*heldTopic)
	h.peers = make(map[uint64]int)
	h.quit = make(chan struct{})
	h.done.Go(h.run)
}

// stop ends the watch over deadlines and answers every pull that waits.
func (h *hold) stop() {
	close(h.quit)
	h.done.Wait()
	h.mu.Lock()
	h.max = 0 // nobody parks from here on
	h.mu.Unlock()
	for p := h.any(); p != nil; p = h.any() {
		p.again()
	}
}

func (h *hold) len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.n
}

// add parks p, which may be answered by another goroutine from then on. It reports false if there is
// no need to wait or no room to: then p is still the caller's.
//
// Between the look into the queue that found nothing and the parking the queue may have grown, with
// nobody to wake. The second look, under the lock that an arrival needs to find those who wait,
// closes that gap.
func (h *hold) add(p *pull, wait time.Duration) bool {
	peer := p.request.Peer.ID()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.n >= h.max || h.peers[peer] >= h.maxPeer || h.end(p.names, p.query.QueueID) > p.query.Offset {
		return false
	}
	t := h.topics[string(p.names)]
	if t == nil {
		t = &heldTopic{queues: make(map[int32]*list)}
		h.topics[string(p.names)] = t
	}
	q := t.queues[p.query.QueueID]
	if q == nil {
		q = new(list)
		t.queues[p.query.QueueID] = q
	}
	p.place = place{topic: t, deadline: h.now + int64(wait/tick) + 1}
	q.push(p, queueLink)
	h.wheel[p.place.deadline%slots].push(p, timeLink)
	h.peers[peer]++
	h.n++
	t.n++
	return true
}

// remove takes p out, leaving empty queues and topics in place: they will be asked for again, and
// sweep drops them.
func (h *hold) remove(p *pull) {
	t := p.place.topic
	t.queues[p.query.QueueID].remove(p, queueLink)
	h.wheel[p.place.deadline%slots].remove(p, timeLink)
	peer := p.request.Peer.ID()
	if h.peers[peer]--; h.peers[peer] == 0 {
		delete(h.peers, peer)
	}
	p.place = place{}
	h.n--
	t.n--
}

// woken takes the pulls that wait for what has arrived, chained by place.byQueue.next.
func (h *hold) woken(a *dispatch.Arrival) (chain *pull) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.topics[a.Topic]
	if t == nil || t.queues[a.QueueID] == nil {
		return nil
	}
	for p := t.queues[a.QueueID].last; p != nil; {
		prev := p.place.byQueue.prev
		if a.Max > p.query.Offset && p.filter.wants(a.TagsCodes) {
			h.remove(p)
			p.place.byQueue.next = chain
			chain = p
		}
		p = prev
	}
	return chain
}

// any takes one that waits, whichever, or nil.
func (h *hold) any() *pull {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range h.wheel {
		if p := h.wheel[i].first; p != nil {
			h.remove(p)
			return p
		}
	}
	return nil
}

func (h *hold) run() {
	t := time.NewTicker(tick)
	defer t.Stop()
	began := time.Now()
	for {
		select {
		case <-h.quit:
			return
		case now := <-t.C:
			for p := h.overdue(int64(now.Sub(began) / tick)); p != nil; p = h.overdue(int64(now.Sub(began) / tick)) {
				p.again()
			}
		}
	}
}

// overdue moves the wheel on to now and takes the next pull whose time is over, or nil if there is none.
func (h *hold) overdue(now int64) *pull {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		for p := h.wheel[h.now%slots].first; p != nil; p = p.place.byTime.next {
			if p.place.deadline <= h.now {
				h.remove(p)
				return p
			}
		}
		if h.now >= now {
			return nil
		}
		h.now++
		if h.now%slots == 0 {
			h.sweep()
		}
	}
}

// sweep forgets topics that nobody waits for.
func (h *hold) sweep() {
	for name, t := range h.topics {
		if t.n == 0 {
			delete(h.topics, name)
		}
	}
}

// Arrived answers the pulls that wait for what came. The dispatcher calls it after each round.
func (h *Handler) Arrived(arrivals []dispatch.Arrival) {
	for i := range arrivals {
		for p := h.hold.woken(&arrivals[i]); p != nil; {
			next := p.place.byQueue.next
			p.place = place{}
			h.Metrics.Woken.Add(1)
			p.again()
			p = next
		}
	}
}
