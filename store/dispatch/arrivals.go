package dispatch

import "github.com/gannetmq/gannet/store/queuemap"

// maxKnown is how many queues arrivals remembers at once, so that names of topics that are gone do
// not stay for ever.
const maxKnown = 1 << 16

// arrivals gathers what Arrivals is told after a round. It allocates only for queues that it has
// not met.
type arrivals struct {
	known queuemap.Map[grown]
	last  *grown    // that a record went to, as most of the next ones do
	now   []Arrival // of this round
	which []*grown  // the same queues, by index
}

// grown is what is known of a queue between rounds: its name, and memory to reuse.
type grown struct {
	topic string
	id    int32
	at    int // index in now, if in
	in    bool
	codes []int64
}

// add notes that a queue ends at end now, behind a message with that code.
func (a *arrivals) add(topic []byte, id int32, end, tagsCode int64) {
	g := a.last
	if g == nil || g.id != id || g.topic != string(topic) {
		if g = a.known.At(topic, id); g == nil {
			g = a.meet(topic, id)
		}
		a.last = g
	}
	if !g.in {
		g.in, g.at = true, len(a.now)
		g.codes = g.codes[:0]
		a.now = append(a.now, Arrival{Topic: g.topic, QueueID: id})
		a.which = append(a.which, g)
	}
	g.codes = append(g.codes, tagsCode)
	a.now[g.at].Max = max(a.now[g.at].Max, end)
}

func (a *arrivals) meet(topic []byte, id int32) *grown {
	if a.known.Len() >= maxKnown && len(a.now) == 0 {
		a.known.Clear()
	}
	g := &grown{topic: string(topic), id: id}
	a.known.Put(g.topic, id, g)
	return g
}

// tell tells to what was gathered, if anybody listens, and begins anew.
func (a *arrivals) tell(to Arrivals) {
	if len(a.now) == 0 {
		return
	}
	for i, g := range a.which {
		a.now[i].TagsCodes = g.codes
	}
	to.Arrived(a.now)
	for _, g := range a.which {
		g.in = false
	}
	a.now, a.which = a.now[:0], a.which[:0]
}
