package pull

import (
	"errors"
	"log/slog"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/throttle"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
)

// Topic is what a pull must know of a topic.
type Topic struct {
	ReadQueues int32 // valid queue ids are below
	Readable   bool
	SysFlag    int32
}

// Group is what a pull must know of a subscription group.
type Group struct {
	Consume   bool // consumeEnable
	Broadcast bool // consumeBroadcastEnable
	SysFlag   int32
}

// Subscription is what a consumer group's members have said they want of a topic.
type Subscription struct {
	Broadcasting bool
	Version      int64   // subVersion
	Expression   string  // the expression's type, "" and "TAG" are the same
	Codes        []int32 // hashes of the tags, sorted; empty for all messages
}

// Found says how far the look-up of a subscription came.
type Found uint8

const (
	NoGroup Found = iota // nobody of the group has sent a heartbeat
	NoTopic              // the group does not subscribe to the topic
	Subscribed
)

// Metadata is the broker's tables as a pull needs them. Names are views; nothing is allocated.
type Metadata interface {
	Topic(name []byte) (Topic, bool)
	Group(name []byte) (Group, bool)
	// CreateGroup makes a group by use if that is allowed; it may write to disk.
	CreateGroup(name []byte) (Group, bool)
	// Forbidden is Java's per-group, per-topic consumption ban.
	Forbidden(group, topic []byte) bool
	Subscription(group, topic []byte) (Subscription, Found)
	// Member reports whether the group's members, of whom a heartbeat told, have pulls sent by their client's library, or the connection
	// is one of them.
	Member(group []byte, peer remoting.Peer) bool
	// Commit keeps a consumer offset that came along with a pull.
	Commit(group, topic []byte, queue int32, offset int64)
	// TakeReset is where the group shall go on in a queue, if that was reset and no member was told of it.
	TakeReset(group, topic []byte, queue int32) (offset int64, ok bool)
}

// Condition is an expression on a message's properties, as a group or a request has it. It is shared.
type Condition interface {
	// Match reports whether a message passes. It allocates nothing.
	Match(v *record.View) bool
	// MayMatch reports the same of what a queue's entry says of it: a bit map, and when it was stored (Unix ms).
	MayMatch(stored int64, bitMap []byte) bool
	// Cost is about how long Match takes for a message.
	Cost(v *record.View) time.Duration
	// ClientVersion is the client's clock when it subscribed.
	ClientVersion() int64
	// Weight is about how many bytes the condition takes.
	Weight() int
}

// Filters knows conditions. Names are views; nothing is allocated for what is known.
type Filters interface {
	// Registered is the condition that the group's heartbeats said, nil if there is none that could be compiled.
	Registered(group, topic []byte) Condition
	// Compile reads an expression that a request carries. Its error tells what is wrong with it, and where.
	Compile(kind, expression []byte) (Condition, error)
}

// Tally counts what groups get.
type Tally interface {
	// Pulled is told of each look into a queue for a group that exists: where the group goes on, what it got, 0 messages
	// for nothing, and how long it took off its loop. It allocates nothing and must not block. Names are views.
	Pulled(group, topic []byte, queue int32, next int64, messages, bytes int, took time.Duration)
}

// Options of a Handler; the names in brackets are Java's.
type Options struct {
	Broker       netip.Addr    // brokerIP1, for remarks
	Readable     func() bool   // brokerPermission; nil for yes
	LitePull     func() bool   // litePullMessageEnable; nil for yes
	LongPolling  func() bool   // longPollingEnable; nil for yes
	Reject       func() bool   // rejectPullConsumerEnable: consumers that pull by themselves are refused; nil for no
	ShortPolling time.Duration // shortPollingTimeMills: how long is waited when LongPolling is off
	MaxHeld      int           // pulls that wait at most; 0 means 1,000,000
	MaxHeldPeer  int           // of one connection; 0 means 4,096
	MaxTags      int           // bytes of the tags that a pull carries; 0 means 65,536
	MaxUnjudged  int           // that wait with a condition to be judged of what came; 0 means 65,536
	Tally        Tally         // may be nil
	Cold         Cold          // may be nil
	ColdShare    func() int    // coldReadShare: percent of their time that pulls read from the disk while messages are stored; nil for 100

	PropertyFilter func() bool // enablePropertyFilter: whether anything but tags is served; nil for no
	Filters        Filters     // may be nil: then nothing else is
	Log            *slog.Logger
}

// Handler serves the pull codes. It is the store's Arrivals.
type Handler struct {
	Metrics Metrics

	opts  Options
	store *store.Store
	meta  Metadata
	pool  *remoting.Pool
	disk  *remoting.Pool
	pulls sync.Pool // of *pull
	reads sync.Pool // of *store.Read: those that wait need none
	hold  hold
	share share // of who tells of arrivals
	pace  pace  // of those on disk

	corrected *throttle.Lines
}

// Metrics of the pull path.
type Metrics struct {
	Found    atomic.Int64 // pulls answered with messages
	Missed   atomic.Int64 // pulls answered without, for whatever reason but a refusal
	Messages atomic.Int64
	Bytes    atomic.Int64
	Refused  atomic.Int64
	Moved    atomic.Int64 // pulls that left the loop because they would have blocked
	Paused   atomic.Int64 // of those, ones that read from the disk after which a worker rested
	Held     atomic.Int64 // pulls that were parked
	Woken    atomic.Int64 // of those, by an arrival

	LongTags  atomic.Int64 // pulls refused for Options.MaxTags
	Corrected atomic.Int64 // pulls answered with another offset than they asked for, and no messages
}

// New makes a handler. pool runs pulls that would keep a loop, disk those that read from the disk. Bind gives it the store.
func New(meta Metadata, pool, disk *remoting.Pool, o Options) *Handler {
	if o.MaxHeld == 0 {
		o.MaxHeld = 1_000_000
	}
	if o.MaxHeldPeer == 0 {
		o.MaxHeldPeer = 4_096
	}
	if o.MaxTags == 0 {
		o.MaxTags = 64 << 10
	}
	h := &Handler{opts: o, meta: meta, pool: pool, disk: disk, corrected: throttle.NewLines()}
	h.reads.New = func() any { return new(store.Read) }
	h.pulls.New = func() any { return &pull{h: h, read: new(store.Read)} }
	if o.MaxUnjudged == 0 {
		o.MaxUnjudged = maxUnjudged
	}
	h.hold.start(o.MaxHeld, o.MaxHeldPeer, o.MaxUnjudged)
	h.pace.share, h.pace.processors, h.pace.quit = o.ColdShare, runtime.GOMAXPROCS(0), h.hold.quit
	h.hold.done.Go(h.watch)
	h.hold.done.Go(h.judge)
	return h
}

// Bind sets the store to read from, before the first request. The store is opened with the handler
// as its Arrivals, so it comes later.
func (h *Handler) Bind(s *store.Store) {
	h.store = s
	h.hold.end = s.MaxOffset
}

// Crowded is how many pulls were refused because too many waited already: Options.MaxHeld, MaxHeldPeer, or
// the memory for their tags.
func (h *Handler) Crowded() int64 { return h.hold.crowded.Load() }

// Close answers every pull that waits, and from then on every pull at once, and ends the goroutines
// that watch their time and judge what arrived.
func (h *Handler) Close() {
	h.answer(h.hold.stop(), false)
	h.answer(h.hold.handed(), false)
}

// Closed forgets the pulls of a connection that has ended. For those that park later, because they were
// on the pool, see ender.
func (h *Handler) Closed(peer remoting.Peer) {
	for p := h.hold.left(peer.ID()).first; p != nil; {
		next := p.next(byQueue)
		p.forget()
		p = next
	}
}

// ender is a peer that can tell that its connection has ended: Closed was called or will be. netio.Conn is one.
type ender interface{ Ended() bool }

// ended reports whether nobody will read the answer to a pull of the peer.
func ended(peer remoting.Peer) bool {
	e, ok := peer.(ender)
	return ok && e.Ended()
}

// Waiting is how many pulls are parked.
func (h *Handler) Waiting() int { return h.hold.len() }

// Routes are the pull codes. run is where they run: Inline, or the pool given to New.
func (h *Handler) Routes(run remoting.Runner) []remoting.Route {
	access := remoting.Access{Action: remoting.ActionSub, Resources: remoting.Both(
		remoting.Field(remoting.KindTopic, "topic"), remoting.Field(remoting.KindGroup, "consumerGroup"))}
	handle := h.onLoop
	if run != remoting.Inline {
		handle = h.onPool
	}
	return []remoting.Route{
		{Code: protocol.PullMessage, Run: run, Access: access, Handle: handle},
		{Code: protocol.LitePullMessage, Run: run, Access: access, Handle: handle},
	}
}

// station is where a pull runs, and what it may do there.
type station int

const (
	onLoop station = iota // keep nobody waiting
	onPool                // compute, and wait for a table's file
	onDisk                // and for the log's
)

// errLaborious is what a pull is told on a loop that would keep it.
var errLaborious = errors.New("too much for a loop")

func (h *Handler) onLoop(r *remoting.Request) { h.serve(r, onLoop) }
func (h *Handler) onPool(r *remoting.Request) { h.serve(r, onPool) }

func (h *Handler) onDisk(r *remoting.Request) {
	h.pace.busy.Add(1)
	defer h.pace.busy.Add(-1)
	began := time.Now()
	read := h.serve(r, onDisk)
	now := time.Now()
	if d := h.pace.pause(now.Sub(began), read, h.store.LogEnd(), now); d > 0 {
		h.Metrics.Paused.Add(1)
		h.pace.rest(d)
	}
}

// serve runs one request to its answer, to its wait for messages, or to where it must not go on. It returns how many
// bytes were read from the disk.
func (h *Handler) serve(r *remoting.Request, at station) (read int) {
	p := h.pulls.Get().(*pull)
	p.begin(r, at)
	err := p.prepare()
	if err == nil {
		read, err = p.first()
	}
	switch {
	case err == nil:
	case errors.Is(err, errLaborious):
		p.move(h.pool, h.onPool)
	case errors.Is(err, store.ErrWouldBlock) && at != onDisk:
		p.move(h.disk, h.onDisk)
	default:
		p.refuse(err)
	}
	return read
}

// move has the request begin again elsewhere.
func (p *pull) move(to *remoting.Pool, handle func(*remoting.Request)) {
	r := p.request
	if p.at == onLoop {
		p.h.Metrics.Moved.Add(1)
	}
	p.release()
	r.ResubmitTo(to, handle)
}
