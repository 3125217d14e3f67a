package send

import (
	"context"
	"log/slog"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
)

// Topic is what a send must know of a topic.
type Topic struct {
	Queues      int32 // valid queue ids are below
	WriteQueues int32 // a negative queue id picks one of these
	Writable    bool  // its permission says so; only sending back asks
	Compaction  bool  // cleanup.policy=COMPACTION: KEYS are required
	InnerBatch  bool  // queue.type=BatchCQ
}

// Topics is the topic table as a send needs it. Names are views.
type Topics interface {
	// Invalid returns why no topic may have this name, in Java's words, or "".
	Invalid(name []byte) string
	// Find allocates nothing.
	Find(name []byte) (Topic, bool)
	// Describe prints the topic's configuration as Java's TopicConfig.toString does.
	Describe(name []byte) string
	// Create makes the topic after an example topic, or a retry topic; it may write to disk.
	Create(name, example []byte, queues int32, unit bool) (Topic, bool)
	// CreateBack finds or makes a retry or dead letter topic with so many queues; it may write to disk.
	CreateBack(name []byte, queues int32, unit bool) (Topic, bool)
}

// Tally counts what was stored, topic by topic.
type Tally interface {
	// Sent is told of each send that was stored, with how long it took off its loop. It allocates nothing and must not
	// block. topic is a view.
	Sent(topic []byte, queue int32, sort record.Sort, messages, bytes int, took time.Duration)
	// Put is told of what was stored in the course of other things.
	Put(topic []byte, queue int32, messages, bytes int, took time.Duration)
	// Returned is told of each message that a consumer sent back, by the topic that it came from at first.
	Returned(group, topic []byte)
	// Buried is told of each that became a dead letter.
	Buried(group, topic []byte)
}

// Options of a Handler; the names in brackets are Java's.
type Options struct {
	StoreHost    netip.AddrPort // brokerIP1:listenPort, part of message ids
	Cluster      string         // brokerClusterName
	Region       string         // regionId
	Trace        bool           // traceOn
	AcceptFrom   int64          // startAcceptSendRequestTimeStamp, Unix milliseconds
	SyncFlush    bool           // flushDiskType=SYNC_FLUSH: a send is answered when the disk has it
	FlushTimeout time.Duration  // syncFlushTimeout
	Encode       record.EncodeOptions
	UniqKeys     *record.UniqKeys
	Tally        Tally // may be nil
	Now          func() time.Time
	Log          *slog.Logger
	DiskUsed     func() (log, queues, index float64) // parts of their disks in use, 0 to 1; may be nil
	// Handle appends to dst what takes a message back that a hook has sent elsewhere, and that its producer is told;
	// nothing if that cannot be done. nil: nothing can.
	Handle        func(dst []byte, m *record.Message, uniqKey []byte) []byte
	WritableOrder func(topic []byte) bool // false: brokerPermission forbids sending to this order topic; may be nil
	Writable      func() bool             // false: brokerPermission lets nothing be sent back; nil for yes
	Ordered       func(group []byte) bool // whether the group consumes in order at present; nil for no
	Replies       Replies                 // what ReplyRoutes need
	StoreReplies  func() bool             // storeReplyMessageEnable; nil for yes
}

// Handler serves the send codes.
type Handler struct {
	Metrics Metrics

	opts   Options
	store  *store.Store
	topics Topics
	groups Groups
	hooks  []Hook
	follow []Follower
	pool   *remoting.Pool // where a send that would block runs again
	puts   sync.Pool
	awaits awaiting
	traits atomic.Pointer[traits]
}

// traits are what every message and every answer gets.
type traits struct {
	region protocol.RegionExt
	stamp  []byte // properties
}

// New makes a handler. pool runs sends that would block a loop. Close it after the last request.
func New(s *store.Store, topics Topics, groups Groups, hooks []Hook, pool *remoting.Pool, o Options) *Handler {
	h := &Handler{opts: o, store: s, topics: topics, groups: groups, hooks: hooks, follow: followers(hooks), pool: pool}
	h.SetTrace(o.Trace)
	h.puts.New = func() any { return &put{h: h} }
	h.awaits.start(o.FlushTimeout)
	return h
}

// SetTrace changes traceOn.
func (h *Handler) SetTrace(on bool) {
	b := record.AppendProperty(nil, record.PropMsgRegion, h.opts.Region)
	b = record.AppendProperty(b, record.PropTraceSwitch, strconv.FormatBool(on))
	b = record.AppendProperty(b, record.PropCluster, h.opts.Cluster)
	h.traits.Store(&traits{protocol.RegionExt{Region: h.opts.Region, TraceOn: wire.Some(on)}, b})
}

// Drain refuses synchronous sends from now on and waits until those under way are answered, at most until
// ctx ends: what is stored and not answered would be sent again.
func (h *Handler) Drain(ctx context.Context) error { return h.awaits.drain(ctx) }

// Close ends the watch over sends that wait for the disk. The store must be closed before: it
// settles them.
func (h *Handler) Close() { h.awaits.stop() }

// Routes are the send codes. run is where they run: Inline, or the pool given to New.
func (h *Handler) Routes(run remoting.Runner) []remoting.Route {
	v1 := remoting.Access{Action: remoting.ActionPub, Resources: remoting.Field(remoting.KindTopic, "topic")}
	v2 := remoting.Access{Action: remoting.ActionPub, Resources: remoting.Field(remoting.KindTopic, "b", "topic")}
	handle := h.send
	if run != remoting.Inline {
		handle = h.sendBlocking
	}
	return []remoting.Route{
		{Code: protocol.SendMessage, Run: run, Access: v1, Handle: handle},
		{Code: protocol.SendMessageV2, Run: run, Access: v2, Handle: handle},
		{Code: protocol.SendBatchMessage, Run: run, Access: v2, Handle: handle},
	}
}

func (h *Handler) send(r *remoting.Request)         { h.serve(r, false) }
func (h *Handler) sendBlocking(r *remoting.Request) { h.serve(r, true) }

// serve runs one request to its answer, to its wait for the disk, or to where it would block.
func (h *Handler) serve(r *remoting.Request, mayBlock bool) {
	p := h.puts.Get().(*put)
	p.begin(r, mayBlock)
	if err := p.prepare(); err != nil {
		h.refuse(p, err)
		return
	}
	if err := p.store(); err != nil {
		h.refuse(p, err)
	}
}

// refuse answers err, or moves the request to where it may block.
func (h *Handler) refuse(p *put, err error) {
	r := p.request
	if isWouldBlock(err) && !p.mayBlock {
		p.release()
		h.Metrics.Moved.Add(1)
		r.ResubmitTo(h.pool, h.sendBlocking)
		return
	}
	p.fail(err)
}
