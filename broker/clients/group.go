package clients

import (
	"slices"
	"sync/atomic"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// group is a producer or a consumer group with at least one member. A group that loses its last
// member leaves the table; if it comes back it is another group.
type group struct {
	name     string
	consumer bool
	members  map[*conn]*member // guarded by Table.mu

	// rev moves whenever a repeated heartbeat of a member might mean something new: what the
	// group subscribes to or how it consumes became other than that member said, or the group left
	// the table. Written under Table.mu, read without.
	rev atomic.Uint64
	// view is what pulls see; nil for a producer group.
	view atomic.Pointer[view]
	// ids is the members' client ids, nil after a change until somebody asks.
	ids atomic.Pointer[[]string]

	notify      bool  // tell members of changes; guarded by Table.mu
	fingerprint int32 // of the last heartbeat, 0 for one without; guarded by Table.mu
	subscribed  bool  // a heartbeat with subscriptions came, not only short ones; guarded by Table.mu
	kept        int   // bytes of its subscriptions; guarded by Table.mu
	payer       *conn // the member to whose account they go; guarded by Table.mu
}

// view is a consumer group as its last heartbeat left it. It is never changed after it was published.
type view struct {
	model Model
	kind  protocol.ConsumeType
	from  protocol.ConsumeFromWhere
	subs  map[string]*Subscription
}

// member is a client in a group. It belongs to one connection.
type member struct {
	conn     *conn
	group    *group
	clientID string
	language wire.Language
	version  int32
	seen     atomic.Int64 // last heartbeat, Unix milliseconds
}

// Member is a client in a group as seen from outside.
type Member struct {
	Peer     remoting.Peer
	ClientID string
	Language wire.Language
	Version  int32 // MQVersion ordinal
	Seen     int64 // last heartbeat, Unix milliseconds
}

// update takes over how the group consumes from a heartbeat and reports whether topics came or went.
// Table.mu is held.
func (g *group) update(in *consumer, fingerprint int32, withSubs bool) (topicsChanged bool) {
	old := g.view.Load()
	next := view{model: in.model, kind: in.kind, from: in.from}
	if old != nil {
		next.subs = old.subs
	}
	if withSubs {
		next.subs, topicsChanged = merge(next.subs, in.subs)
		g.subscribed = true
	}
	same := old != nil && old.model == next.model && old.kind == next.kind && old.from == next.from
	if !same || topicsChanged || g.fingerprint != fingerprint {
		g.rev.Add(1)
	}
	g.fingerprint = fingerprint
	g.notify = in.notify
	g.view.Store(&next)
	return topicsChanged
}

// join makes the connection a member, or renews its membership, and reports whether it is new.
// Table.mu is held.
func (g *group) join(c *conn, who *sender, now int64) (m *member, fresh bool) {
	m = g.members[c]
	fresh = m == nil
	if fresh || m.clientID != who.clientID || m.language != who.language || m.version != who.version {
		m = &member{conn: c, group: g, clientID: who.clientID, language: who.language, version: who.version}
		g.members[c] = m
		c.members[g] = m
		g.ids.Store(nil)
	}
	m.seen.Store(now)
	return m, fresh
}

// leave takes a member out. Table.mu is held.
func (g *group) leave(m *member) {
	delete(g.members, m.conn)
	delete(m.conn.members, g)
	m.conn.beat.Store(nil) // a repeated heartbeat is a new registration now
	g.ids.Store(nil)
}

// anyone is the connection of a member, nil if there is none. Table.mu is held.
func (g *group) anyone() *conn {
	for c := range g.members {
		return c
	}
	return nil
}

// clientIDs returns the distinct client ids of the members, sorted. Table.mu is held.
func (g *group) clientIDs() []string {
	if ids := g.ids.Load(); ids != nil {
		return *ids
	}
	ids := make([]string, 0, len(g.members))
	for _, m := range g.members {
		ids = append(ids, m.clientID)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	g.ids.Store(&ids)
	return ids
}

func (g *group) snapshot() []Member {
	all := make([]Member, 0, len(g.members))
	for _, m := range g.members {
		all = append(all, Member{m.conn.peer, m.clientID, m.language, m.version, m.seen.Load()})
	}
	return all
}
