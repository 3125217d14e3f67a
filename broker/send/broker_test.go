package send_test

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/broker/send"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// tables are the topics and groups of a test. A topic is created after TBW102 unless it is called No….
type tables struct {
	mu      sync.Mutex
	topics  map[string]send.Topic
	groups  map[string]bool
	retries map[string]send.Group // of groups; others have one queue and 16 times
	created []string
}

func (t *tables) Invalid(name []byte) string {
	switch {
	case len(name) == 0:
		return "The specified topic is blank."
	case bytes.ContainsAny(name, " !./\x00"):
		return "The specified topic contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$"
	case len(name) > record.MaxTopic(name):
		return "The specified topic is longer than topic max length."
	}
	return ""
}

func (t *tables) Find(name []byte) (send.Topic, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c, ok := t.topics[string(name)]
	return c, ok
}

func (t *tables) Describe(name []byte) string {
	c, _ := t.Find(name)
	return fmt.Sprintf("TopicConfig [topicName=%s, readQueueNums=%d, writeQueueNums=%d, perm=RW-, topicFilterType=SINGLE_TAG, topicSysFlag=0, order=false, attributes={}]",
		name, c.Queues, c.WriteQueues)
}

func (t *tables) Create(name, example []byte, queues int32, _ bool) (send.Topic, bool) {
	retry := strings.HasPrefix(string(name), record.RetryPrefix)
	if !retry && (string(example) != record.TopicAutoCreate || bytes.HasPrefix(name, []byte("No"))) {
		return send.Topic{}, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	c := send.Topic{Queues: queues, WriteQueues: queues}
	t.topics[string(name)] = c
	t.created = append(t.created, string(name))
	return c, true
}

func (t *tables) CreateBack(name []byte, queues int32, unit bool) (send.Topic, bool) {
	if c, ok := t.Find(name); ok {
		return c, true
	}
	if bytes.Contains(name, []byte("No")) {
		return send.Topic{}, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	c := send.Topic{Queues: queues, WriteQueues: queues, Writable: true}
	t.topics[string(name)] = c
	t.created = append(t.created, fmt.Sprintf("%s %d %v", name, queues, unit))
	return c, true
}

// groupTable is the groups of tables. Those called Auto… are made by use.
type groupTable struct{ *tables }

func (t groupTable) Find(name []byte) (send.Group, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.groups[string(name)] {
		return send.Group{}, false
	}
	if g, ok := t.retries[string(name)]; ok {
		return g, true
	}
	return send.Group{RetryQueues: 1, RetryMax: 16}, true
}

func (t groupTable) Create(name []byte) (send.Group, bool) {
	if !bytes.HasPrefix(name, []byte("Auto")) {
		return send.Group{}, false
	}
	t.mu.Lock()
	t.groups[string(name)] = true
	t.mu.Unlock()
	return t.Find(name)
}

// broker is a send handler on a store, with everything that it needs.
type broker struct {
	*send.Handler
	tables *tables
	store  *store.Store
	pool   *remoting.Pool
	router *remoting.Router
}

// now is the broker's clock: that of the recorded frames.
var now = time.UnixMilli(1795230399999)

func options() send.Options {
	return send.Options{
		StoreHost: netip.MustParseAddrPort("127.0.0.1:19911"), Cluster: "DefaultCluster", Region: "DefaultRegion",
		Trace: true, FlushTimeout: 5 * time.Second, UniqKeys: record.NewUniqKeys(peer.Loopback, 7, 9, nil),
		Now: func() time.Time { return now },
	}
}

// smallStore are the options of stores in memory.
func smallStore() store.Options { return store.Options{LogFileSize: 8 << 20, QueueFileSize: 20_000} }

// start serves on a disk until the end of the test.
func start(t testing.TB, disk vfs.FS, so store.Options, o send.Options, hooks ...send.Hook) *broker {
	t.Helper()
	s, err := store.Open(disk, so)
	if err != nil {
		t.Fatal(err)
	}
	b := &broker{store: s, pool: remoting.NewPool("send", 2, 1000), tables: &tables{
		topics: map[string]send.Topic{"TopicA": {Queues: 2, WriteQueues: 2}}, groups: make(map[string]bool), retries: make(map[string]send.Group),
	}}
	b.Handler = send.New(s, b.tables, groupTable{b.tables}, hooks, b.pool, o)
	b.router = peer.Router(t, append(b.Routes(remoting.Inline), append(b.ReplyRoutes(b.pool), b.BackRoutes(b.pool)...)...))
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
	if err := b.pool.Stop(ctx); err != nil {
		t.Errorf("pool: %v", err)
	}
	failed := b.store.ReadOnly()
	if err := b.store.Check(); err != nil && failed == nil {
		t.Errorf("store: %v", err)
	}
	if err := b.store.Close(); err != nil && failed == nil {
		t.Errorf("store: %v", err)
	}
	b.Close()
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

// settle waits until everything that was put is visible.
func (b *broker) settle(t testing.TB) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for st := b.store.Stats(); st.Dispatched < st.LogEnd; st = b.store.Stats() {
		if time.Now().After(deadline) {
			t.Fatalf("dispatched to %d of %d", st.Dispatched, st.LogEnd)
		}
	}
}

// look returns the record at a log offset.
func (b *broker) look(t testing.TB, off int64) record.View {
	t.Helper()
	var r store.Read
	defer r.Release()
	if err := b.store.Look(off, &r, false); err != nil {
		t.Fatalf("record at %d: %v", off, err)
	}
	var v record.View
	if kind, err := record.Parse(r.AppendTo(nil), &v, record.CheckCRC); err != nil || kind != record.Record {
		t.Fatalf("record at %d: %v, %v", off, kind, err)
	}
	return v
}

// stored returns the records of the whole log, which is one file, oldest first.
func (b *broker) stored(t testing.TB) (views []record.View) {
	t.Helper()
	b.settle(t)
	for off := b.store.Stats().LogStart; off < b.store.Stats().LogEnd; {
		v := b.look(t, off)
		views = append(views, v)
		off += int64(v.Size)
	}
	return views
}

// message is a send as its header says it.
type message struct {
	code  int32
	flag  int32
	topic string
	queue int32
	sys   int32
	props string
	ext   map[string]string // further fields; an empty value takes one away
	body  []byte
}

// frame encodes m. Every field has a value of its own so that mixed up ones show.
func (m message) frame(t testing.TB, s wire.Serialization) []byte {
	t.Helper()
	if m.code == 0 {
		m.code = protocol.SendMessageV2
	}
	fields := [][2]string{
		{"a", "PID"}, {"b", m.topic}, {"c", record.TopicAutoCreate}, {"d", "4"}, {"e", fmt.Sprint(m.queue)},
		{"f", fmt.Sprint(m.sys)}, {"g", "1795230000000"}, {"h", "7"}, {"i", m.props}, {"j", "0"}, {"k", "false"},
	}
	if m.code == protocol.SendMessage {
		names := []string{"producerGroup", "topic", "defaultTopic", "defaultTopicQueueNums", "queueId", "sysFlag",
			"bornTimestamp", "flag", "properties", "reconsumeTimes", "unitMode"}
		for i := range fields {
			fields[i][0] = names[i]
		}
	}
	c := &wire.Command{Code: m.code, Flag: m.flag, Opaque: 5, Version: 479, Serialization: s, Body: m.body}
	for _, f := range fields {
		v, replaced := m.ext[f[0]]
		if !replaced {
			v = f[1]
		}
		if v != "" {
			c.Ext = append(c.Ext, wire.Pair{Key: []byte(f[0]), Value: []byte(v)})
		}
	}
	for name, v := range m.ext {
		if _, known := c.Lookup(name); !known && v != "" {
			c.Ext = append(c.Ext, wire.Pair{Key: []byte(name), Value: []byte(v)})
		}
	}
	b, err := wire.AppendCommand(nil, c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
