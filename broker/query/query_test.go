package query_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmq/gannet/broker/query"
	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// broker is a query handler on a store whose clock is set by hand.
type broker struct {
	store  *store.Store
	pool   *remoting.Pool
	router *remoting.Router
	now    atomic.Int64 // Unix milliseconds
}

func start(t testing.TB) *broker {
	t.Helper()
	b := &broker{pool: remoting.NewPool("admin", 2, 100)}
	b.now.Store(1795230399999)
	var err error
	b.store, err = store.Open(vfs.NewMem(), store.Options{
		LogFileSize: 8 << 20, QueueFileSize: 20_000, IndexSlots: 200, IndexEntries: 800, CallerDrives: true,
		Now: b.now.Load, Memory: 8 << 30,
	})
	if err != nil {
		t.Fatal(err)
	}
	if b.router, err = remoting.NewRouter(query.New(b.store, subscribed{}).Routes(b.pool), remoting.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.stop(t) })
	return b
}

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
	if err := b.store.Close(); err != nil {
		t.Errorf("store: %v", err)
	}
	b.store = nil
	if n := b.router.Stats.InFlight.Load(); n != 0 {
		t.Errorf("%d requests in flight at the end", n)
	}
}

// put stores a message and returns its offset in the log.
func (b *broker) put(t testing.TB, topic string, queue int32, props, body []byte) int64 {
	t.Helper()
	m := &record.Message{
		Topic: []byte(topic), QueueID: queue, Properties: props, Body: body,
		BornHost: netip.AddrPortFrom(peer.Loopback, 1), StoreHost: netip.AddrPortFrom(peer.Loopback, 2),
	}
	var e record.Encoded
	if err := e.Set(m, record.EncodeOptions{}); err != nil {
		t.Fatal(err)
	}
	q, err := b.store.Queue(m.Topic, queue)
	if err != nil {
		t.Fatal(err)
	}
	placed, err := b.store.Put(&e, q, false)
	if err != nil {
		t.Fatal(err)
	}
	b.store.Drive()
	for deadline := time.Now().Add(10 * time.Second); b.store.Stats().Dispatched < placed.End; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatal("not dispatched in 10 s")
		}
	}
	return placed.PhyOffset
}

// ask sends a request with the given extFields, name and value by turns.
func (b *broker) ask(t testing.TB, code int32, ext ...any) *wire.Command {
	t.Helper()
	c := &wire.Command{Code: code, Version: 479}
	for i := 0; i < len(ext); i += 2 {
		c.Ext = append(c.Ext, wire.Pair{Key: []byte(ext[i].(string)), Value: fmt.Append(nil, ext[i+1])})
	}
	frame, err := wire.AppendCommand(nil, c)
	if err != nil {
		t.Fatal(err)
	}
	return peer.New().Ask(t, b.router, frame)
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

// TestRecordedRequests gives each recorded request the broker that Java's answer tells of. There are
// no deviations but the values of 12's header, which tell of Java's index.
func TestRecordedRequests(t *testing.T) {
	codes := map[int]int{12: 10, 29: 9, 30: 7, 31: 4, 32: 3, 33: 7}
	for _, f := range golden.Frames(t) {
		if codes[f.Code] == 0 || f.Direction != "client->broker" {
			continue
		}
		want := peer.Decode(t, f.Response)
		b := start(t)
		likeBroker(t, b, peer.Decode(t, f.Request), want)
		got := peer.New().Ask(t, b.router, f.Request)
		for f.Code == 12 && got.Code != want.Code && !t.Failed() { // the index has a goroutine of its own
			got = peer.New().Ask(t, b.router, f.Request)
		}
		if !sameAnswer(t, f.Code, got, want) {
			t.Errorf("%s: %d %q %q, %d bytes; Java %d %q %q, %d bytes",
				f.ReqFile, got.Code, got.Remark, got.Ext, len(got.Body), want.Code, want.Remark, want.Ext, len(want.Body))
		}
		b.stop(t)
		codes[f.Code+1000]++
	}
	for code, n := range codes {
		if code < 1000 && codes[code+1000] < n {
			t.Errorf("%d recorded requests of code %d, want %d or more", codes[code+1000], code, n)
		}
	}
}

// likeBroker stores what Java's broker must have had.
func likeBroker(t *testing.T, b *broker, request, want *wire.Command) {
	t.Helper()
	topic, _ := request.Lookup("topic")
	id, _ := request.Lookup("queueId")
	var queue int32
	if len(id) > 0 {
		queue = int32(id[0] - '0') // all have one digit
	}
	if want.Code != 0 {
		return
	}
	if offset, ok := want.Lookup("offset"); ok && request.Code == protocol.GetMaxOffset {
		for range int(offset[0] - '0') {
			b.put(t, string(topic), queue, nil, []byte("x"))
		}
	}
	if at, ok := request.Lookup("offset"); ok && string(at) != "0" {
		n := 0
		if _, err := fmt.Sscan(string(at), &n); err != nil {
			t.Fatal(err)
		}
		b.put(t, "F", 0, nil, make([]byte, n-record.MinSize-1))
	}
	for _, v := range records(t, want.Body) {
		b.put(t, string(v.Topic), v.QueueID, v.Properties, v.Body)
	}
}

func sameAnswer(t *testing.T, code int, got, want *wire.Command) bool {
	t.Helper()
	if strings.HasPrefix(string(want.Remark), "java.") {
		return got.Code == want.Code && len(got.Remark) > 0 && len(got.Ext) == 0
	}
	if got.Code != want.Code || !bytes.Equal(got.Remark, want.Remark) || len(got.Ext) != len(want.Ext) {
		return false
	}
	for _, pair := range want.Ext {
		v, ok := got.Lookup(string(pair.Key))
		if !ok || code != 12 && !bytes.Equal(v, pair.Value) {
			return false
		}
	}
	return slices.EqualFunc(records(t, got.Body), records(t, want.Body), func(a, b record.View) bool {
		return bytes.Equal(a.Body, b.Body) && bytes.Equal(a.Properties, b.Properties) && bytes.Equal(a.Topic, b.Topic)
	})
}

// subscribed are the groups GID_… , all of which want the same.
type subscribed struct{}

func (subscribed) Wanted(group, topic string) *protocol.SubscriptionData {
	if !strings.HasPrefix(group, "GID_") {
		return nil
	}
	return &protocol.SubscriptionData{
		Topic: topic, SubString: "TagA || TagB", TagsSet: []string{"TagA", "TagB"}, CodeSet: []int32{2598919, 2598920}, ExpressionType: protocol.ExpressionTag,
	}
}

func TestOffsets(t *testing.T) {
	b := start(t)
	began := b.now.Load()
	for i := range 10 { // two messages a second
		b.now.Store(began + int64(i/2)*1000)
		b.put(t, "T", 0, nil, []byte("x"))
	}
	tests := []struct {
		name string
		code int32
		ext  []any
		want int64
	}{
		{"end", 30, []any{"topic", "T", "queueId", 0}, 10},
		{"end, committed or not", 30, []any{"topic", "T", "queueId", 0, "committed", "false"}, 10},
		{"end of no queue", 30, []any{"topic", "T", "queueId", 1}, 0},
		{"end of a queue that cannot be", 30, []any{"topic", "T", "queueId", -1}, 0},
		{"beginning", 31, []any{"topic", "T", "queueId", 0}, 0},
		{"beginning of no topic", 31, []any{"topic", "../..", "queueId", math.MaxInt32}, 0},
		{"oldest", 32, []any{"topic", "T", "queueId", 0}, began},
		{"oldest of no topic", 32, []any{"topic", "None", "queueId", 0}, -1},
		{"first of a time", 29, []any{"topic", "T", "queueId", 0, "timestamp", began + 2000}, 4},
		{"last of a time", 29, []any{"topic", "T", "queueId", 0, "timestamp", began + 2000, "boundaryType", "UPPER"}, 5},
		{"last of a time, in small letters", 29, []any{"topic", "T", "queueId", 0, "timestamp", began + 2000, "boundaryType", "upper"}, 5},
		{"unknown boundary", 29, []any{"topic", "T", "queueId", 0, "timestamp", began + 2000, "boundaryType", "MIDDLE"}, 4},
		{"between two", 29, []any{"topic", "T", "queueId", 0, "timestamp", began + 2001}, 6},
		{"before all", 29, []any{"topic", "T", "queueId", 0, "timestamp", math.MinInt64}, 0},
		{"behind all", 29, []any{"topic", "T", "queueId", 0, "timestamp", math.MaxInt64}, 10},
		{"time in no queue", 29, []any{"topic", "T", "queueId", 7, "timestamp", began}, 0},
	}
	for _, tt := range tests {
		got := b.ask(t, tt.code, tt.ext...)
		value, field := int64(math.MinInt64), "offset"
		if tt.code == 32 {
			field = "timestamp"
		}
		for i := range got.Ext {
			if string(got.Ext[i].Key) == field {
				got.Ext[i].Int64(&value)
			}
		}
		if got.Code != 0 || value != tt.want || len(got.Ext) != 1 {
			t.Errorf("%s: %d %q %q, want %s %d", tt.name, got.Code, got.Remark, got.Ext, field, tt.want)
		}
	}
	for _, code := range []int32{29, 30, 31, 32} {
		if got := b.ask(t, code, "topic", "T"); got.Code != 1 || len(got.Remark) == 0 {
			t.Errorf("%d without queueId: %d %q, want 1", code, got.Code, got.Remark)
		}
		if got := b.ask(t, code, "topic", "T", "queueId", "1e3"); got.Code != 1 || len(got.Remark) == 0 {
			t.Errorf("%d with a queueId that is none: %d %q, want 1", code, got.Code, got.Remark)
		}
	}
}

func TestMessageByOffset(t *testing.T) {
	b := start(t)
	first := b.put(t, "T", 0, nil, []byte("first"))
	second := b.put(t, "T", 0, nil, []byte("second"))
	for off, want := range map[int64]string{first: "first", second: "second"} {
		got := b.ask(t, 33, "offset", off)
		if views := records(t, got.Body); got.Code != 0 || len(views) != 1 || string(views[0].Body) != want {
			t.Errorf("%d: %d %q %q, want %s", off, got.Code, got.Remark, got.Body, want)
		}
	}
	for _, off := range []int64{-1, first + 1, second - 1, second + 1, b.store.Stats().LogEnd, math.MaxInt64, math.MinInt64} {
		got := b.ask(t, 33, "offset", off)
		if want := fmt.Sprintf("can not find message by the offset, %d", off); got.Code != 1 || string(got.Remark) != want {
			t.Errorf("%d: %d %q, want 1 %q", off, got.Code, got.Remark, want)
		}
	}
}

// An answer stays below what clients take as one frame, however large the messages are that have a key.
func TestMessagesByKeyAreBounded(t *testing.T) {
	b := start(t)
	const n = 12
	for range n {
		b.put(t, "T", 0, []byte("KEYS\x01k\x02"), make([]byte, 3<<20))
	}
	count := func(most int) int {
		got := b.ask(t, 12, "topic", "T", "key", "k", "maxNum", most, "beginTimestamp", 0, "endTimestamp", int64(math.MaxInt64))
		if len(got.Body) >= wire.DefaultMaxFrame {
			t.Fatalf("%d bytes", len(got.Body))
		}
		return len(records(t, got.Body))
	}
	waitFor(t, "index", func() bool { return count(64) >= 3 })
	if one := count(1); one != 1 {
		t.Errorf("%d messages, want 1", one)
	}
}

// Keys of one hash are told apart, and so are topics.
func TestKeysOfOneHash(t *testing.T) {
	b := start(t)
	for _, keys := range []string{"Aa", "BB", "x BB", "AaBB", "BBBB", "BBAa"} {
		b.put(t, "T", 0, []byte("KEYS\x01"+keys+"\x02UNIQ_KEY\x01u-"+keys+"\x02"), []byte(keys))
	}
	b.put(t, "C", 0, []byte("KEYS\x01#Aa\x02"), []byte("C##Aa")) // the index knows topic#key
	b.put(t, "C#", 0, []byte("KEYS\x01Aa\x02"), []byte("C##Aa too"))
	find := func(topic, key string) (bodies []string) {
		got := b.ask(t, 12, "topic", topic, "key", key, "maxNum", 32, "beginTimestamp", 0, "endTimestamp", int64(math.MaxInt64))
		for _, v := range records(t, got.Body) {
			bodies = append(bodies, string(v.Body))
		}
		return bodies
	}
	waitFor(t, "index", func() bool { return len(find("C#", "Aa")) > 0 })
	for _, tt := range []struct {
		topic, key string
		want       []string
	}{
		{"T", "Aa", []string{"Aa"}}, {"T", "BB", []string{"BB", "x BB"}}, {"T", "x", []string{"x BB"}}, {"T", "x BB", nil}, {"T", "BBBB", []string{"BBBB"}},
		{"T", "u-BBAa", []string{"BBAa"}}, {"T", "u-x BB", []string{"x BB"}}, {"C", "#Aa", []string{"C##Aa"}}, {"C#", "Aa", []string{"C##Aa too"}}, {"T", "", nil},
	} {
		if got := find(tt.topic, tt.key); !slices.Equal(got, tt.want) {
			t.Errorf("%s of %s: %q, want %q", tt.key, tt.topic, got, tt.want)
		}
	}
}

func waitFor(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not in 10 s", what)
		}
	}
}

// A key is found however many newer messages have another one of the same hash, as long as those are no flood; and what the header tells
// is how far the index is.
func TestKeyBehindOthersOfItsHash(t *testing.T) {
	b := start(t)
	first := b.put(t, "T", 0, []byte("KEYS\x01Aa\x02"), []byte("wanted"))
	var last int64
	others := func(n int) {
		for range n {
			b.now.Add(1)
			last = b.put(t, "T", 0, []byte("KEYS\x01BB\x02"), []byte("other"))
		}
	}
	ask := func(key string, most int) *wire.Command {
		return b.ask(t, 12, "topic", "T", "key", key, "maxNum", most, "beginTimestamp", 0, "endTimestamp", int64(math.MaxInt64))
	}
	others(500)
	got := ask("Aa", 32)
	if all := records(t, got.Body); got.Code != 0 || len(all) != 1 || all[0].PhyOffset != first {
		t.Errorf("got %d %q, %d messages, want the one at %d", got.Code, got.Remark, len(all), first)
	}
	for field, want := range map[string]int64{"indexLastUpdateTimestamp": b.now.Load(), "indexLastUpdatePhyoffset": last} {
		if value, _ := got.Lookup(field); string(value) != fmt.Sprint(want) {
			t.Errorf("%s is %s, want %d", field, value, want)
		}
	}
	got = ask("BB", 3)
	if all := records(t, got.Body); len(all) != 3 || all[2].PhyOffset != last || all[0].PhyOffset >= all[1].PhyOffset {
		t.Errorf("%d messages, want the newest three in their order", len(all))
	}
	others(600)
	if got := ask("Aa", 32); got.Code != protocol.QueryNotFound {
		t.Errorf("behind a flood of others: got %d, want 22", got.Code)
	}
	if got := ask("none", 32); got.Code != protocol.QueryNotFound {
		t.Errorf("no such key: got %d, want 22", got.Code)
	} else if value, _ := got.Lookup("indexLastUpdateTimestamp"); string(value) != "0" {
		t.Errorf("no such key: the header tells of %s, Java's of 0", value)
	}
}
