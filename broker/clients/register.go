package clients

import (
	"errors"
	"fmt"
	"hash/maphash"

	"github.com/gannetmq/gannet/remoting"
)

// ErrFull: Options.MaxMembers are registered already, or twice Options.MaxGroups on this connection, or there is
// no room for the subscriptions in Options.MaxKept, or in this connection's part of it.
var ErrFull = errors.New("clients: table full")

// beat is the last heartbeat of a connection, kept so that its repetition costs nothing.
type beat struct {
	sum     uint64 // of the body
	size    int
	epoch   uint64
	members []*member
	revs    []uint64 // of the members' groups, when it was registered
	again   bool     // the answer to a repetition: have subscriptions changed?
}

// holds reports whether repeating the heartbeat would change nothing but times.
func (b *beat) holds() bool {
	for i, m := range b.members {
		if m.group.rev.Load() != b.revs[i] {
			return false
		}
	}
	return true
}

// repeat renews the memberships of a connection if body is its last heartbeat once more. It returns
// what to answer and takes no lock for longer than a map access.
func (t *Table) repeat(p remoting.Peer, body []byte) (subChanged, ok bool) {
	c := t.conn(p)
	if c == nil {
		return false, false
	}
	b := c.beat.Load()
	if b == nil || b.size != len(body) || b.epoch != t.epoch.Load() || b.sum != t.sum(body) || !b.holds() {
		return false, false
	}
	now := t.opts.Now().UnixMilli()
	for _, m := range b.members {
		m.seen.Store(now)
	}
	return b.again, true
}

// sum is a hash that clients cannot aim at: its seed is secret.
func (t *Table) sum(body []byte) uint64 { return maphash.Bytes(t.seed, body) }

// register makes the connection a member of the groups of a heartbeat whose body has that sum and
// size. It reports what to answer, whether the client should send its subscriptions again, and how
// many groups it joined.
func (t *Table) register(c *conn, h *heartbeat, sum uint64, size int) (subChanged bool, joined int, err error) {
	now := t.opts.Now().UnixMilli()
	b := &beat{sum: sum, size: size, epoch: h.epoch, again: h.fingerprint == 0}
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.closed {
		return false, 0, nil
	}
	if joined, err = t.fits(c, h); err != nil {
		return false, 0, err
	}
	if h.short {
		t.Metrics.Short.Add(1)
	}
	complete := !h.partial
	for i := range h.consumers {
		m, differs, known := t.enter(c, h, &h.consumers[i], now)
		subChanged = subChanged || differs || !known
		complete = complete && known
		b.add(m)
	}
	for _, name := range h.producers {
		b.add(t.produce(c, h, name, now))
	}
	if !complete {
		b = nil
	}
	c.beat.Store(b)
	return subChanged || h.fingerprint == 0, joined, nil
}

// mayRegister refuses a heartbeat that there is no room for, before anything is created for it.
func (t *Table) mayRegister(c *conn, h *heartbeat) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, err := t.fits(c, h)
	return err
}

// fits is how many memberships a heartbeat adds, and an error if there is no room for them or for its subscriptions.
// mu is held.
func (t *Table) fits(c *conn, h *heartbeat) (joined int, err error) {
	joined = t.newcomers(c, h)
	if t.members+joined > t.opts.MaxMembers || len(c.members)+joined > 2*t.opts.MaxGroups {
		return 0, fmt.Errorf("%w: %d memberships, %d of this connection", ErrFull, t.members, len(c.members))
	}
	return joined, t.room(c, h)
}

// newcomers is how many memberships a heartbeat adds. mu is held.
func (t *Table) newcomers(c *conn, h *heartbeat) (n int) {
	for i := range h.consumers {
		name := h.consumers[i].group
		if g := t.shard([]byte(name)).groups[name]; g == nil || g.members[c] == nil {
			n++
		}
	}
	for _, name := range h.producers {
		if g := t.producers[name]; g == nil || g.members[c] == nil {
			n++
		}
	}
	return n
}

// One connection has the table keep at most an eighth of what is free of the first half of Options.MaxKept, 4 MiB of
// an empty table, so that whoever is greedy leaves room to the others. The second half is for connections that are
// content with a 2,048th of the whole, 32 KiB: some hundred topics.
const (
	keptParts  = 8
	smallParts = 2048
)

// room says whether there is any for the subscriptions of a heartbeat. What takes no more than before always has. mu is held.
func (t *Table) room(c *conn, h *heartbeat) error {
	all, own := t.growth(c, h)
	if own <= 0 {
		return nil
	}
	most := t.opts.MaxKept
	free := most - t.kept - all
	if free < 0 || c.kept+own > max((free-most/2)/keptParts, most/smallParts) {
		return fmt.Errorf("%w: %d bytes of subscriptions, %d of this connection", ErrFull, t.kept, c.kept)
	}
	return nil
}

// growth is how many bytes of subscriptions a heartbeat adds to those of all, and of the connection, or more where it names a group
// twice: what the group has is given back once, so that nobody makes room by naming it again. mu is held.
func (t *Table) growth(c *conn, h *heartbeat) (all, own int) {
	if h.short {
		return 0, 0
	}
	seen := make(map[string]bool, len(h.consumers))
	for i := range h.consumers {
		in := &h.consumers[i]
		g := t.shard([]byte(in.group)).groups[in.group]
		again := seen[in.group]
		seen[in.group] = true
		if g == nil || again {
			n := sizeOf(in.subs)
			all, own = all+n, own+n
			continue
		}
		cur := g.view.Load().subs
		if covers(cur, in.subs) {
			continue
		}
		n := sizeAfter(cur, in.subs)
		all, own = all+n-g.kept, own+n
		if g.payer == c {
			own -= g.kept
		}
	}
	return all, own
}

// charge puts a group's bytes of subscriptions to the account of another connection, of nobody if it is nil. mu is held.
func (t *Table) charge(g *group, c *conn, kept int) {
	if g.payer != nil {
		g.payer.kept -= g.kept
	}
	t.kept += kept - g.kept
	g.payer, g.kept = c, kept
	if c != nil {
		c.kept += kept
	}
}

func (b *beat) add(m *member) {
	b.members = append(b.members, m)
	b.revs = append(b.revs, m.group.rev.Load())
}

// enter registers one consumer group of a heartbeat. differs: the group's last heartbeat had another
// fingerprint. known: the group has subscriptions, if perhaps none.
//
// Java says of a group that it does not know that nothing differs, also to a short heartbeat, and so
// after a restart has groups without subscriptions; known is there to ask for them. mu is held.
func (t *Table) enter(c *conn, h *heartbeat, in *consumer, now int64) (m *member, differs, known bool) {
	s := t.shard([]byte(in.group))
	g := s.groups[in.group]
	fresh := g == nil
	if fresh {
		g = &group{name: in.group, consumer: true, members: make(map[*conn]*member), fingerprint: h.fingerprint}
	}
	differs = g.fingerprint != h.fingerprint
	changes := !h.short && (fresh || !covers(g.view.Load().subs, in.subs))
	topicsChanged := g.update(in, h.fingerprint, !h.short)
	if changes {
		t.charge(g, c, sizeOf(g.view.Load().subs))
	}
	if fresh {
		s.mu.Lock()
		s.groups[in.group] = g
		s.mu.Unlock()
	}
	if in.filter != nil {
		in.filter()
	}
	m, joined := t.join(g, c, h, now)
	if joined || topicsChanged {
		t.change(g)
	}
	return m, differs, g.subscribed
}

// produce registers one producer group of a heartbeat. mu is held.
func (t *Table) produce(c *conn, h *heartbeat, name string, now int64) *member {
	g := t.producers[name]
	if g == nil {
		g = &group{name: name, members: make(map[*conn]*member)}
		t.producers[name] = g
	}
	before := g.members[c]
	m, _ := t.join(g, c, h, now)
	if m != before { // new, or of another client id
		if before != nil {
			t.unindex(before)
		}
		t.index(m)
	}
	return m
}

func (t *Table) join(g *group, c *conn, h *heartbeat, now int64) (*member, bool) {
	m, fresh := g.join(c, &h.sender, now)
	if fresh {
		t.members++
	}
	return m, fresh
}

// unregister ends the connection's membership in a group, as a client asks for that stops.
func (t *Table) unregister(c *conn, name string, consumer bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.producers[name]
	if consumer {
		g = t.shard([]byte(name)).groups[name]
	}
	if g == nil {
		return
	}
	if m := g.members[c]; m != nil {
		t.remove(m)
	}
}
