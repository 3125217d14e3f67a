package pull_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/broker/pull"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// tables are the topics, groups and subscriptions of a test.
type tables struct {
	mu        sync.Mutex
	topics    map[string]pull.Topic
	groups    map[string]pull.Group
	creatable map[string]bool // groups that are made by use
	subs      map[string]pull.Subscription
	online    map[string]bool // groups whose members have sent a heartbeat
	forbidden map[string]bool
	members   map[string]uint64 // the connection of a group that may pull for it where not everybody may
	commits   []string
	resets    map[string]int64 // "G T 0": what TakeReset tells

	committing func() // called by Commit; nil for nothing
	quiet      bool   // commits are not kept
}

func (t *tables) Topic(name []byte) (pull.Topic, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c, ok := t.topics[string(name)]
	return c, ok
}

func (t *tables) Group(name []byte) (pull.Group, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	g, ok := t.groups[string(name)]
	return g, ok
}

func (t *tables) CreateGroup(name []byte) (pull.Group, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.creatable[string(name)] {
		return pull.Group{}, false
	}
	g := pull.Group{Consume: true, Broadcast: true}
	t.groups[string(name)] = g
	return g, true
}

func (t *tables) Forbidden(group, topic []byte) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.forbidden) > 0 && t.forbidden[string(group)+"@"+string(topic)]
}

func (t *tables) Subscription(group, topic []byte) (pull.Subscription, pull.Found) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.online[string(group)] {
		return pull.Subscription{}, pull.NoGroup
	}
	if s, ok := t.subs[string(topic)]; ok {
		return s, pull.Subscribed
	}
	return pull.Subscription{}, pull.NoTopic
}

func (t *tables) Member(group []byte, p remoting.Peer) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.members[string(group)] == p.ID()
}

func (t *tables) Commit(group, topic []byte, queue int32, offset int64) {
	if t.committing != nil {
		t.committing()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.quiet {
		return
	}
	t.commits = append(t.commits, fmt.Sprintf("%s %s %d %d", group, topic, queue, offset))
}

func (t *tables) TakeReset(group, topic []byte, queue int32) (int64, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.resets) == 0 {
		return 0, false
	}
	key := fmt.Sprintf("%s %s %d", group, topic, queue)
	offset, ok := t.resets[key]
	delete(t.resets, key)
	return offset, ok
}

// change edits the tables while requests run.
func (t *tables) change(edit func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	edit()
}

// broker is a pull handler on a store, with everything that it needs.
type broker struct {
	*pull.Handler
	tables *tables
	store  *store.Store
	pool   *remoting.Pool
	disk   *remoting.Pool
	router *remoting.Router
}

// no is a switch that is off.
func no() bool { return false }

func options() pull.Options {
	return pull.Options{Broker: peer.Loopback, ShortPolling: time.Second}
}

// smallStore are the options of stores in memory.
func smallStore() store.Options {
	return store.Options{LogFileSize: 8 << 20, QueueFileSize: 20_000, CallerDrives: true, Memory: 8 << 30}
}

// start serves on a disk until the end of the test, with topic T of four queues and group G, which is online.
func start(t testing.TB, disk vfs.FS, so store.Options, o pull.Options) *broker {
	t.Helper()
	b := &broker{pool: remoting.NewPool("pull", 2, 1000), disk: remoting.NewPool("disk", 2, 1000), tables: &tables{
		topics: map[string]pull.Topic{"T": {ReadQueues: 4, Readable: true, SysFlag: 3}},
		groups: map[string]pull.Group{"G": {Consume: true, Broadcast: true, SysFlag: 5}},
		online: map[string]bool{"G": true}, subs: map[string]pull.Subscription{"T": {}},
		creatable: make(map[string]bool), forbidden: make(map[string]bool),
	}}
	b.Handler = pull.New(b.tables, b.pool, b.disk, o)
	so.Arrivals = b.Handler
	var err error
	if b.store, err = store.Open(disk, so); err != nil {
		t.Fatal(err)
	}
	b.Bind(b.store)
	if b.router, err = remoting.NewRouter(b.Routes(remoting.Inline), remoting.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.stop(t) })
	return b
}

// stop ends everything, in the order of a broker, and checks that no request was lost on the way.
func (b *broker) stop(t testing.TB) {
	t.Helper()
	if b.store == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	b.Close()
	if n := b.Waiting(); n != 0 {
		t.Errorf("%d pulls wait after Close", n)
	}
	if err := errors.Join(b.pool.Stop(ctx), b.disk.Stop(ctx)); err != nil {
		t.Errorf("pools: %v", err)
	}
	if err := b.store.Check(); err != nil {
		t.Errorf("store: %v", err)
	}
	if err := b.store.Close(); err != nil {
		t.Errorf("store: %v", err)
	}
	b.store = nil
	stats := &b.router.Stats
	if n := stats.InFlight.Load(); n != 0 {
		t.Errorf("%d requests in flight at the end", n)
	}
	if n := stats.Twice.Load(); n != 0 {
		t.Errorf("%d requests answered twice", n)
	}
	if n := stats.Panics.Load(); n != 0 {
		t.Errorf("%d panics", n)
	}
}

// put stores a message, and makes it visible unless the store does so by itself.
func (b *broker) put(t testing.TB, topic string, queue int32, props string, body []byte) {
	t.Helper()
	b.putAgain(t, encode(t, topic, queue, props, body))
}

// encoded is a message that can be put any number of times.
type encoded struct {
	record.Encoded
	topic []byte
	queue int32
}

func encode(t testing.TB, topic string, queue int32, props string, body []byte) *encoded {
	t.Helper()
	e := &encoded{topic: []byte(topic), queue: queue}
	m := &record.Message{
		Topic: e.topic, QueueID: queue, Properties: []byte(props), Body: body,
		BornHost: netip.AddrPortFrom(peer.Loopback, 1), StoreHost: netip.AddrPortFrom(peer.Loopback, 2),
	}
	if err := e.Set(m, record.EncodeOptions{AutoVersion: true}); err != nil {
		t.Fatal(err)
	}
	return e
}

func (b *broker) putAgain(t testing.TB, e *encoded) {
	t.Helper()
	q, err := b.store.Queue(e.topic, e.queue)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.store.Put(&e.Encoded, q, false); err != nil {
		t.Fatal(err)
	}
	b.store.Drive()
}

// fill stores n messages without tags in a queue of T.
func (b *broker) fill(t testing.TB, queue int32, n int) {
	t.Helper()
	for i := range n {
		b.put(t, "T", queue, "", fmt.Appendf(nil, "body %d", i))
	}
	b.await(t, "T", queue, int64(n))
}

// await waits until a queue ends at end.
func (b *broker) await(t testing.TB, topic string, queue int32, end int64) {
	t.Helper()
	waitFor(t, fmt.Sprintf("end of %s-%d at %d", topic, queue, end), func() bool {
		return b.store.MaxOffset([]byte(topic), queue) >= end
	})
}

func waitFor(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not in 10 s", what)
		}
	}
}

// request is a pull as its header says it. Zero values mean: group G, topic T, 32 messages, no flags.
type request struct {
	code         int32
	flag         int32
	opaque       int32
	group, topic string
	queue        int32
	offset       int64
	max          int32
	sys          int32
	commit       int64
	suspend      int64 // ms
	tags         string
	version      int64
	kind         string
	ext          map[string]string
}

func (q request) frame(t testing.TB, s wire.Serialization) []byte {
	t.Helper()
	or := func(v, zero string) string {
		if v == "" {
			return zero
		}
		return v
	}
	if q.code == 0 {
		q.code = protocol.PullMessage
	}
	if q.max == 0 {
		q.max = 32
	}
	fields := [][2]string{
		{"consumerGroup", or(q.group, "G")}, {"topic", or(q.topic, "T")}, {"queueId", fmt.Sprint(q.queue)},
		{"queueOffset", fmt.Sprint(q.offset)}, {"maxMsgNums", fmt.Sprint(q.max)}, {"sysFlag", fmt.Sprint(q.sys)},
		{"commitOffset", fmt.Sprint(q.commit)}, {"suspendTimeoutMillis", fmt.Sprint(q.suspend)},
		{"subscription", q.tags}, {"subVersion", fmt.Sprint(q.version)}, {"expressionType", q.kind},
	}
	for name, v := range q.ext {
		fields = append(fields, [2]string{name, v})
	}
	c := &wire.Command{Code: q.code, Flag: q.flag, Opaque: q.opaque, Version: 479, Serialization: s}
	for _, f := range fields {
		c.Ext = append(c.Ext, wire.Pair{Key: []byte(f[0]), Value: []byte(f[1])})
	}
	b, err := wire.AppendCommand(nil, c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// send gives a request to the broker, which may answer later.
func (b *broker) send(t testing.TB, p *peer.Peer, q request) {
	t.Helper()
	if err := b.router.Frame(p, q.frame(t, wire.JSON)); err != nil {
		t.Fatal(err)
	}
}

// pull asks and waits for the answer.
func (b *broker) pull(t testing.TB, q request) *wire.Command {
	t.Helper()
	return peer.New().Ask(t, b.router, q.frame(t, wire.JSON))
}

// number is an extField of an answer.
func number(t testing.TB, c *wire.Command, name string) int64 {
	t.Helper()
	for i := range c.Ext {
		if v := int64(0); string(c.Ext[i].Key) == name && c.Ext[i].Int64(&v) {
			return v
		}
	}
	t.Fatalf("no %s in %q", name, c.Ext)
	return 0
}

// records returns what a body holds.
func records(t testing.TB, body []byte) (views []record.View) {
	t.Helper()
	for len(body) > 0 {
		var v record.View
		if kind, err := record.Parse(body, &v, record.CheckCRC); err != nil || kind != record.Record {
			t.Fatalf("body: %v, %v", kind, err)
		}
		views = append(views, v)
		body = body[v.Size:]
	}
	return views
}
