package pull

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gannetmq/gannet/store/dispatch"
)

// hold keeps the pulls that wait. Each stands in three lists: that of its queue, for arrivals, that
// of a slot of the wheel, for its deadline, and that of its connection, for its end. Being in hold is
// the right to be answered: whoever takes a pull out answers it.
type hold struct {
	max, maxPeer int
	end          func(topic []byte, queue int32) int64 // of a queue as readers see it; takes no lock that calls hold

	crowded atomic.Int64 // pulls that found no place

	mu     sync.Mutex // guards all below; nothing but end is called while it is held
	topics map[string]*heldTopic
	peers  map[uint64]*heldPeer
	n      int
	codes  int // in the filters of those who wait
	wheel  [slots]list
	now    int64 // ticks since start that the wheel has turned
	alarm  int64 // tick at which watch looks again
	closed bool  // nobody is parked any more

	unjudged backlog // taken out for what arrived, and not yet looked at

	began  time.Time
	sooner chan struct{} // tells watch that alarm has come nearer
	more   chan struct{} // tells judge that there is something
	quit   chan struct{}
	done   sync.WaitGroup
}

// The wheel turns once in slots × tick; a longer wait goes round more than once.
const (
	tick  = 100 * time.Millisecond
	slots = 512

	// A wait of patient ticks and more ends with the next multiple of round ticks, so that thousands of
	// them end together and not one by one. Java looks every five seconds.
	patient = 50
	round   = 10
)

// heldTopic is the waiting pulls of one topic, by queue.
type heldTopic struct {
	queues map[int32]*list
	n      int
}

// heldPeer is the waiting pulls of one connection.
type heldPeer struct {
	pulls list
	n     int
	codes int
}

// maxCodes and maxPeerCodes bound the tag codes, of 4 bytes each, in the filters of those who wait: a client
// writes as many tags into a pull as a header takes.
const (
	maxCodes     = 64 << 20
	maxPeerCodes = 1 << 20
)

// backlog is a list that is bounded, in pulls and by maxCodes.
type backlog struct {
	list           list
	n, most, codes int
}

// place is a pull's membership in hold.
type place struct {
	topic    *heldTopic
	queue    *list
	peer     *heldPeer
	deadline int64 // in ticks
	links    [linkCount]link
}

func (h *hold) start(most, mostPeer, mostUnjudged int) {
	h.max, h.maxPeer, h.unjudged.most = most, mostPeer, mostUnjudged
	h.topics = make(map[string]*heldTopic)
	h.peers = make(map[uint64]*heldPeer)
	h.began, h.alarm = time.Now(), never
	h.sooner, h.more, h.quit = make(chan struct{}, 1), make(chan struct{}, 1), make(chan struct{})
}

const never = math.MaxInt64

// ticks is how many whole ticks have passed.
func (h *hold) ticks() int64 { return int64(time.Since(h.began) / tick) }

// stop parks nobody any more, ends the watch over deadlines, and returns all that waited.
func (h *hold) stop() (waited list) {
	h.mu.Lock()
	again := h.closed
	h.closed = true
	for i := range h.wheel {
		for p := h.wheel[i].first; p != nil; p = h.wheel[i].first {
			h.take(p, &waited)
		}
	}
	h.mu.Unlock()
	if !again {
		close(h.quit)
	}
	h.done.Wait()
	return waited
}

func (h *hold) len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.n
}

// outcome is what came of parking a pull.
type outcome uint8

const (
	parked   outcome = iota // another goroutine may answer it from then on
	needless                // there is something, or nobody is parked any more: it is still the caller's
	crowded                 // there is no room: likewise
)

// add parks p.
//
// Between the look into the queue that found nothing and the parking the queue may have grown, with
// nobody to wake. The second look, under the lock that an arrival needs to find those who wait,
// closes that gap.
func (h *hold) add(p *pull, wait time.Duration) outcome {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.park(p, h.deadline(wait))
}

// rest parks p for a time, whatever arrives: it stands at a queue that no topic has.
func (h *hold) rest(p *pull, wait time.Duration) outcome {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return needless
	}
	return h.enter(p, nil, h.deadline(wait))
}

// back parks p once more, until the time that it had.
func (h *hold) back(p *pull) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return p.until > h.ticks() && h.park(p, p.until) == parked
}

// park is add with a tick as deadline. mu is held.
func (h *hold) park(p *pull, until int64) outcome {
	if h.closed || h.end(p.query.Topic, p.query.QueueID) > p.query.Offset {
		return needless
	}
	return h.enter(p, p.query.Topic, until)
}

// enter puts p into the lists, at a queue of a topic. mu is held.
func (h *hold) enter(p *pull, topic []byte, until int64) outcome {
	peer, codes := h.peer(p.request.Peer.ID()), p.filter.weight()
	if h.n >= h.max || peer.n >= h.maxPeer || h.codes+codes > maxCodes || peer.codes+codes > maxPeerCodes {
		h.crowded.Add(1)
		return crowded
	}
	t, q := h.queue(topic, p.query.QueueID)
	p.until = until
	p.place = place{topic: t, queue: q, peer: peer, deadline: h.alert(until)}
	q.push(p, byQueue)
	h.wheel[p.place.deadline%slots].push(p, byTime)
	peer.pulls.push(p, byPeer)
	peer.n++
	peer.codes += codes
	h.codes += codes
	t.n++
	h.n++
	return parked
}

// deadline is the tick at which a wait that begins now is over. mu is held.
func (h *hold) deadline(wait time.Duration) int64 {
	n := int64(wait/tick) + 1
	at := h.ticks() + n
	if n >= patient {
		at += round - 1
		at -= at % round
	}
	return at
}

// alert sees to it that watch looks at a tick, which it returns. mu is held.
func (h *hold) alert(at int64) int64 {
	if h.n == 0 {
		h.now = h.ticks() // nothing lies in between
	}
	if at < h.alarm {
		h.alarm = at
		select {
		case h.sooner <- struct{}{}:
		default:
		}
	}
	return at
}

// peer returns the entry of a connection, and makes it if need be. mu is held.
func (h *hold) peer(id uint64) *heldPeer {
	peer := h.peers[id]
	if peer == nil {
		peer = new(heldPeer)
		h.peers[id] = peer
	}
	return peer
}

// queue returns the entries of a queue, and makes them if need be. mu is held.
func (h *hold) queue(topic []byte, id int32) (*heldTopic, *list) {
	t := h.topics[string(topic)]
	if t == nil {
		t = &heldTopic{queues: make(map[int32]*list)}
		h.topics[string(topic)] = t
	}
	q := t.queues[id]
	if q == nil {
		q = new(list)
		t.queues[id] = q
	}
	return t, q
}

// take moves p out of hold to a list of its own, by queue. Empty queues, topics and connections stay:
// they will be asked for again, and sweep drops them. mu is held.
func (h *hold) take(p *pull, to *list) {
	at := p.place
	at.queue.remove(p, byQueue)
	h.wheel[at.deadline%slots].remove(p, byTime)
	at.peer.pulls.remove(p, byPeer)
	at.peer.n--
	at.peer.codes -= p.filter.weight()
	h.codes -= p.filter.weight()
	at.topic.n--
	h.n--
	p.place = place{}
	to.push(p, byQueue)
}

// woken takes the pulls that wait for what has arrived.
func (h *hold) woken(a *dispatch.Arrival) (woken list) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.topics[a.Topic]
	if t == nil || t.n == 0 || t.queues[a.QueueID] == nil {
		return woken
	}
	for p := t.queues[a.QueueID].first; p != nil; {
		next := p.next(byQueue)
		if a.Max > p.query.Offset && p.filter.wants(a.TagsCodes) {
			h.take(p, &woken)
		}
		p = next
	}
	return woken
}

// left takes the pulls of a connection that has ended.
func (h *hold) left(id uint64) (gone list) {
	h.mu.Lock()
	defer h.mu.Unlock()
	peer := h.peers[id]
	if peer == nil {
		return gone
	}
	for p := peer.pulls.first; p != nil; p = peer.pulls.first {
		h.take(p, &gone)
	}
	delete(h.peers, id)
	return gone
}

// overdue moves the wheel on to the present and takes the pulls whose time is over. wait is how long
// nobody else's will be.
func (h *hold) overdue() (due list, wait time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.ticks()
	if h.n == 0 {
		h.now = now
		h.sweep()
	}
	for h.now < now {
		h.now++
		for p := h.wheel[h.now%slots].first; p != nil; {
			next := p.next(byTime)
			if p.place.deadline <= h.now {
				h.take(p, &due)
			}
			p = next
		}
		if h.now%slots == 0 {
			h.sweep()
		}
	}
	h.alarm = h.nextAlarm()
	if h.alarm == never {
		return due, never
	}
	return due, time.Until(h.began.Add(time.Duration(h.alarm) * tick))
}

// nextAlarm is the first tick from now on whose slot of the wheel holds anybody, though perhaps for a later turn. mu is held.
func (h *hold) nextAlarm() int64 {
	if h.n > 0 {
		for at := h.now + 1; at <= h.now+slots; at++ {
			if h.wheel[at%slots].first != nil {
				return at
			}
		}
	}
	return never
}

// sweep forgets what nobody waits for. mu is held.
func (h *hold) sweep() {
	for name, t := range h.topics {
		for id, q := range t.queues {
			if q.first == nil {
				delete(t.queues, id)
			}
		}
		if t.n == 0 {
			delete(h.topics, name)
		}
	}
	for id, peer := range h.peers {
		if peer.n == 0 {
			delete(h.peers, id)
		}
	}
}

// watch answers those whose time is over, until Close. While nobody waits it sleeps.
func (h *Handler) watch() {
	t := time.NewTimer(never)
	defer t.Stop()
	for {
		select {
		case <-h.hold.quit:
			return
		case <-h.hold.sooner:
		case <-t.C:
		}
		due, wait := h.hold.overdue()
		h.answer(due, false)
		t.Reset(wait)
	}
}

// answer answers pulls that were taken out of hold, and counts them. Those that arrivals took may wait on.
func (h *Handler) answer(taken list, arrived bool) (n int64) {
	for p := taken.first; p != nil; {
		next := p.next(byQueue)
		p.place = place{}
		if p.again(arrived) {
			n++
		}
		p = next
	}
	return n
}

// ending reports that the client of a pull gets no more answers: its connection is closed, or about to be, because it reads
// too slowly for instance. One arrival may wake thousands of its pulls, of which the first answers were too many.
func (p *pull) ending() bool {
	e, ok := p.request.Peer.(interface{ Ending() bool })
	return ok && e.Ending()
}
