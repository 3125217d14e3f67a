package clients

import (
	"context"
	"hash/maphash"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/throttle"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Groups is what is asked of the table of consumer groups.
type Groups interface {
	// Enter returns how consumer groups are set up, in their order, creating those that using them is enough to make, all in one
	// write. It may block on the disk.
	Enter(groups []string) []Entry
}

// Entry is how one consumer group is set up. An Err means that it may not be used.
type Entry struct {
	RetryQueues int32
	Notify      bool // tell its members when others come and go
	Err         error
}

// Topics is what is asked of the table of topics.
type Topics interface {
	IsOrder(topic string) bool
	// EnsureRetries makes sure that groups have their %RETRY% topics, in one write and one registration. The errors are those
	// of each. It may block on the disk and on name servers.
	EnsureRetries(wanted []Retry) []error
}

// Retry is the %RETRY% topic that a consumer group needs.
type Retry struct {
	Group  string
	Queues int32
	Order  bool // the group subscribes to a topic that is consumed in order
	Unit   bool
}

// Pusher sends requests of ours to clients. remoting.Router is one.
type Pusher interface {
	Push(p remoting.Peer, m *remoting.Message) error
	// Call waits for the answer, which is the caller's.
	Call(ctx context.Context, p remoting.Peer, m *remoting.Message) (*wire.Command, error)
}

// Filters keeps the expressions by which groups filter, other than by tags.
type Filters interface {
	// Check compiles an expression. Its error is what the client is told.
	Check(kind, expression string) error
	// Prepare compiles what a group's heartbeat says; register, which is called while the table is locked, makes it
	// known. subs is read only.
	Prepare(group string, subs map[string]*Subscription) (register func())
	// Gone says that the last member of a group left. It is called while the table is locked, and must only touch memory.
	Gone(group string)
}

// Options are the parts of the broker's configuration that concern clients; the names in brackets
// are Java's.
type Options struct {
	Expire    time.Duration // channelExpiredTimeout, without a heartbeat; 0 means 120 s
	ScanEvery time.Duration // 0 means 10 s
	NotifyGap time.Duration // changes within it are told together; 0 means 100 ms

	RelayTimeout  time.Duration // for a client to answer an administrator, or take a reply; 0 means 10 s
	StatusTimeout time.Duration // for clients to tell their offsets; 0 means 5 s

	Broker string // brokerName
	Direct Direct // what 309 needs; nil to refuse it

	NoNotify       bool        // notifyConsumerIdsChangedEnable=false
	RejectPull     func() bool // rejectPullConsumerEnable: groups that pull by themselves are ignored; nil for no
	PropertyFilter func() bool // enablePropertyFilter: otherwise 46 knows tags only; nil for no

	Filters Filters // nil for none: expressions of other kinds than tags are then not compiled

	MaxBody          int // bytes of a heartbeat; 0 means 2 MiB
	MaxGroups        int // groups of one heartbeat; 0 means 1,024
	MaxSubscriptions int // topics of one group; 0 means 4,096
	MaxTags          int // bytes of the tags of one topic; 0 means 65,536
	MaxMembers       int // memberships in the whole table; 0 means 1,000,000
	MaxKept          int // bytes of the subscriptions of all groups, for one connection a part, see keptParts; 0 means 64 MiB

	Now func() time.Time // nil means time.Now
	Log *slog.Logger
}

func (o *Options) fill() {
	durations := []struct {
		v    *time.Duration
		zero time.Duration
	}{
		{&o.Expire, 120 * time.Second}, {&o.ScanEvery, 10 * time.Second}, {&o.NotifyGap, 100 * time.Millisecond},
		{&o.RelayTimeout, 10 * time.Second}, {&o.StatusTimeout, 5 * time.Second},
	}
	for _, d := range durations {
		if *d.v == 0 {
			*d.v = d.zero
		}
	}
	limits := []struct {
		v    *int
		zero int
	}{{&o.MaxBody, 2 << 20}, {&o.MaxGroups, 1024}, {&o.MaxSubscriptions, 4096}, {&o.MaxTags, 64 << 10}, {&o.MaxMembers, 1_000_000}, {&o.MaxKept, 64 << 20}}
	for _, l := range limits {
		if *l.v == 0 {
			*l.v = l.zero
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

// lines are what a client can cause in the log as often as it likes.
type lines struct{ joined, left, silent, refused, retryless, untold throttle.Line }

// comings is how many clients that join, and that leave, are logged in each throttle.Quiet.
const comings = 10

// Metrics count since New.
type Metrics struct {
	Heartbeats atomic.Int64
	Repeated   atomic.Int64 // heartbeats recognised by their hash
	Short      atomic.Int64 // of the others, those that left their subscriptions out (version 2)
	Refused    atomic.Int64 // heartbeats that did not decode or were over a limit
	Full       atomic.Int64 // those of them that were over a limit
	Notified   atomic.Int64 // requests 40 sent
	Expired    atomic.Int64 // memberships that ended for lack of heartbeats
}

// Table is the clients of one broker.
type Table struct {
	Metrics Metrics

	opts   Options
	lines  lines
	groups Groups
	topics Topics
	seed   maphash.Seed

	epoch atomic.Uint64 // moves when heartbeats must be read again, see Invalidate

	connMu sync.RWMutex
	conns  map[uint64]*conn // by Peer.ID; guarded by connMu

	mu        sync.Mutex
	producers map[string]*group // guarded by mu
	members   int               // in all groups; guarded by mu
	kept      int               // bytes of all groups' subscriptions; guarded by mu
	changed   map[*group]bool   // consumer groups whose members are to be told; guarded by mu

	shards [shardCount]shard // consumer groups

	byID map[string][]*member // memberships of producers by client id; guarded by mu

	relays  relays // questions of administrators
	replies relays // of consumers, to producers
	surveys relays // questions to all members of a group

	wake chan struct{} // changed is not empty
	stop chan struct{}
	wg   sync.WaitGroup
}

const shardCount = 32

// shard is one part of the consumer groups; a name's hash tells which. Written with Table.mu held
// too, so whoever holds that may read without mu.
type shard struct {
	mu     sync.RWMutex
	groups map[string]*group
	_      [64]byte // keep the locks of neighbours off one cache line
}

// conn is what one connection said of itself.
type conn struct {
	peer    remoting.Peer
	beat    atomic.Pointer[beat]
	members map[*group]*member // guarded by Table.mu
	kept    int                // bytes of subscriptions of the groups whose payer it is; guarded by Table.mu
	closed  bool               // nothing is added any more; guarded by Table.mu
}

// New makes an empty table. Start runs its goroutines.
func New(groups Groups, topics Topics, o Options) *Table {
	o.fill()
	t := &Table{
		opts: o, groups: groups, topics: topics, seed: maphash.MakeSeed(),
		conns: make(map[uint64]*conn), producers: make(map[string]*group), changed: make(map[*group]bool),
		byID: make(map[string][]*member),
		wake: make(chan struct{}, 1), stop: make(chan struct{}),
	}
	for i := range t.shards {
		t.shards[i].groups = make(map[string]*group)
	}
	t.lines.joined.Most, t.lines.left.Most = comings, comings
	t.relays.init(maxRelays, maxRelayBytes)
	t.replies.init(maxReplies, maxReplyBytes)
	t.surveys.init(maxSurveys, maxSurveyBytes)
	return t
}

func (t *Table) shard(name []byte) *shard {
	return &t.shards[maphash.Bytes(t.seed, name)%shardCount]
}

func (t *Table) consumers(name []byte) *group {
	s := t.shard(name)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.groups[string(name)]
}

// Subscription returns what a consumer group wants of a topic and how its members share messages.
// found is false if no member of the group is connected; sub is nil if the group does not subscribe
// to the topic.
func (t *Table) Subscription(group, topic []byte) (sub *Subscription, model Model, found bool) {
	g := t.consumers(group)
	if g == nil {
		return nil, Clustering, false
	}
	v := g.view.Load()
	return v.subs[string(topic)], v.model, true
}

// ClientIDs returns the distinct ids of a consumer group's members, sorted. They must not be changed.
func (t *Table) ClientIDs(group []byte) []string {
	g := t.consumers(group)
	if g == nil {
		return nil
	}
	if ids := g.ids.Load(); ids != nil {
		return *ids
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return g.clientIDs()
}

// Consumers returns the members of a consumer group.
func (t *Table) Consumers(group string) []Member {
	g := t.consumers([]byte(group))
	if g == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return g.snapshot()
}

// Producers returns the members of a producer group.
func (t *Table) Producers(group string) []Member {
	t.mu.Lock()
	defer t.mu.Unlock()
	if g := t.producers[group]; g != nil {
		return g.snapshot()
	}
	return nil
}

// Invalidate makes every connection's next heartbeat be read as if it were new. It is for whoever
// deletes groups or topics, which heartbeats create again, and for whoever changes Options.RejectPull.
func (t *Table) Invalidate() { t.epoch.Add(1) }

// open returns the entry of a connection, making it if need be. It must be called where the
// connection's Closed cannot have run yet: on the goroutine that reads it.
func (t *Table) open(p remoting.Peer) *conn {
	if c := t.conn(p); c != nil {
		return c
	}
	t.connMu.Lock()
	defer t.connMu.Unlock()
	c := t.conns[p.ID()]
	if c == nil {
		c = &conn{peer: p, members: make(map[*group]*member)}
		t.conns[p.ID()] = c
	}
	return c
}

func (t *Table) conn(p remoting.Peer) *conn {
	t.connMu.RLock()
	defer t.connMu.RUnlock()
	return t.conns[p.ID()]
}

// Closed ends all memberships of a connection and tells the others.
func (t *Table) Closed(p remoting.Peer) {
	t.connMu.Lock()
	c := t.conns[p.ID()]
	delete(t.conns, p.ID())
	t.connMu.Unlock()
	if c == nil {
		return
	}
	if left := t.end(c); left > 0 {
		t.lines.left.Log(t.opts.Log, slog.LevelInfo, "client left", "peer", p.RemoteAddr(), "groups", left)
	}
}

// end ends all memberships of a connection for good and returns how many there were.
func (t *Table) end(c *conn) (left int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c.closed = true
	left = len(c.members)
	for _, m := range c.members {
		t.remove(m)
	}
	return left
}

// remove ends a membership, and the group with its last one. mu is held.
func (t *Table) remove(m *member) {
	g := m.group
	g.leave(m)
	if !g.consumer {
		t.unindex(m)
	}
	t.members--
	if len(g.members) == 0 {
		t.drop(g)
		return
	}
	if g.payer == m.conn {
		t.charge(g, g.anyone(), g.kept)
	}
	t.change(g)
}

// drop takes an empty group out of the table. mu is held.
func (t *Table) drop(g *group) {
	g.rev.Add(1)
	t.charge(g, nil, 0)
	delete(t.changed, g)
	if !g.consumer {
		delete(t.producers, g.name)
		return
	}
	if t.opts.Filters != nil {
		t.opts.Filters.Gone(g.name)
	}
	s := t.shard([]byte(g.name))
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.groups, g.name)
}

// change has the members of g told, unless they divide nothing among them. mu is held.
func (t *Table) change(g *group) {
	if !g.consumer || !g.notify || t.opts.NoNotify || g.view.Load().model == Broadcasting {
		return
	}
	t.changed[g] = true
	select {
	case t.wake <- struct{}{}:
	default: // a wake-up is on its way already
	}
}
