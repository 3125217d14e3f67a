package offset_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gannetmq/gannet/broker/offset"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/vfs"
)

// names knows every name that does not begin with "No".
type names struct{}

func (names) Exists(name []byte) bool { return len(name) > 0 && !strings.HasPrefix(string(name), "No") }

// fakeStore has in every queue messages from min on, in memory or not.
type fakeStore struct {
	min    int64
	memory bool
	asked  atomic.Int64
}

func (s *fakeStore) MinOffset([]byte, int32) int64 { return s.min }
func (s *fakeStore) InMemory(_ []byte, queue int32, off int64) bool {
	s.asked.Add(1)
	return s.memory && queue >= 0 && off >= s.min
}

func serve(t testing.TB, store offset.Store) (*offset.Table, *remoting.Router) {
	t.Helper()
	return serveOn(t, vfs.NewMem(), store)
}

func serveOn(t testing.TB, fs vfs.FS, store offset.Store) (*offset.Table, *remoting.Router) {
	t.Helper()
	table := open(t, fs, offset.Options{})
	pool := remoting.NewPool("client", 1, 64)
	t.Cleanup(func() {
		if err := pool.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return table, peer.Router(t, table.Routes(names{}, names{}, store, pool))
}

// Java's answers tell which state it was in: 0 with an offset, 22 without.
func TestGoldenQuery(t *testing.T) {
	frames := peer.Recorded(t, 14, 10)
	for i := range frames {
		f := &frames[i]
		table, router := serve(t, &fakeStore{})
		want, stored := peer.Decode(t, f.Response).Lookup("offset")
		if stored {
			commitFor(t, table, f.Request, want)
		}
		got := peer.Ask(t, router, f.Request)
		peer.LikeJava(t, f, got)
		if off, _ := got.Lookup("offset"); string(off) != string(want) {
			t.Errorf("%s: offset %q, Java %q", f.ReqFile, off, want)
		}
	}
}

func commitFor(t *testing.T, table *offset.Table, frame, off []byte) {
	t.Helper()
	var q protocol.QueryOffsetRequest
	if err := q.DecodeExt(peer.Decode(t, frame)); err != nil {
		t.Fatal(err)
	}
	var value int64
	for _, digit := range off {
		value = value*10 + int64(digit-'0')
	}
	if err := table.Commit(q.ConsumerGroup, q.Topic, q.QueueID, value); err != nil {
		t.Fatal(err)
	}
}

func TestGoldenUpdate(t *testing.T) {
	frames := peer.Recorded(t, 15, 6)
	answered := 0
	for i := range frames {
		f := &frames[i]
		_, router := serve(t, &fakeStore{})
		if f.Response == nil {
			p := peer.New()
			if err := router.Frame(p, f.Request); err != nil || len(p.Answers) != 0 {
				t.Errorf("%s: oneway, %d answers, %v", f.ReqFile, len(p.Answers), err)
			}
			continue
		}
		answered++
		peer.LikeJava(t, f, peer.Ask(t, router, f.Request))
	}
	if answered < 5 {
		t.Errorf("only %d recorded requests have an answer", answered)
	}
}

func frame(t testing.TB, code int32, h wire.Header) []byte {
	t.Helper()
	m := remoting.Message{Code: code, Header: h}
	b, err := m.Append(nil, new(wire.Encoder), wire.Head{Opaque: 7})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A group without an offset begins at 0 when nothing of the queue was deleted and its first message
// is still in memory.
func TestQueryAbsent(t *testing.T) {
	const boot = "Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first"
	tests := []struct {
		store  *fakeStore
		zero   wire.Opt[bool]
		queue  int32
		code   int32
		remark string
	}{
		{&fakeStore{min: 0, memory: true}, wire.Opt[bool]{}, 0, 0, ""},
		{&fakeStore{min: -1, memory: true}, wire.Some(true), 0, 0, ""},
		{&fakeStore{min: 0, memory: false}, wire.Opt[bool]{}, 0, 22, boot},
		{&fakeStore{min: 1, memory: true}, wire.Opt[bool]{}, 0, 22, boot},
		{&fakeStore{min: 0, memory: true}, wire.Opt[bool]{}, -1, 22, boot},
		{&fakeStore{min: 0, memory: true}, wire.Some(false), 0, 22, "Not found, do not set to zero, maybe this group boot first"},
	}
	for _, tt := range tests {
		_, router := serve(t, tt.store)
		got := peer.Ask(t, router, frame(t, 14, &protocol.QueryOffsetRequest{
			ConsumerGroup: []byte("G"), Topic: []byte("T"), QueueID: tt.queue, SetZeroIfNotFound: tt.zero,
		}))
		off, _ := got.Lookup("offset")
		if got.Code != tt.code || string(got.Remark) != tt.remark || (got.Code == 0) != (string(off) == "0") {
			t.Errorf("min %d, memory %t, %+v, queue %d: %d %q offset %q, want %d %q",
				tt.store.min, tt.store.memory, tt.zero, tt.queue, got.Code, got.Remark, off, tt.code, tt.remark)
		}
	}
}

func TestUpdateRefuses(t *testing.T) {
	long := strings.Repeat("x", 200)
	tests := []struct {
		group, topic string
		queue        int32
		code         int32
		remark       string
	}{
		{"G", "T", 0, 0, ""},
		{"NoSuch", "T", 0, 26, "Group NoSuch not exist!"},
		{"G", "NoSuch", 0, 17, "Topic NoSuch not exist!"},
		{"NoSuch", "NoSuch", 0, 26, "Group NoSuch not exist!"},
		{"No" + long, "T", 0, 26, "Group No" + long + " not exist!"},
		{"No\x00../", "T", 0, 26, "Group No\x00../ not exist!"},
		{"G", "T", -1, 29, "offset: bad queue id: -1"},
		{"G", "T", 1 << 30, 29, "offset: bad queue id: 1073741824"},
		{"G@H", "T", 0, 29, "offset: bad topic or group"},
	}
	_, router := serve(t, &fakeStore{})
	for _, tt := range tests {
		got := peer.Ask(t, router, frame(t, 15, &protocol.UpdateOffsetRequest{
			ConsumerGroup: []byte(tt.group), Topic: []byte(tt.topic), QueueID: tt.queue, CommitOffset: 5,
		}))
		if got.Code != tt.code || !strings.HasPrefix(string(got.Remark), tt.remark) {
			t.Errorf("%.20q %.20q %d: %d %q, want %d %q", tt.group, tt.topic, tt.queue, got.Code, got.Remark, tt.code, tt.remark)
		}
	}
}

// What a request touches: a retry topic belongs to its group and needs no permission of its own.
func TestAccess(t *testing.T) {
	pool := remoting.NewPool("client", 1, 1)
	defer func() {
		if err := pool.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	group := remoting.Resource{Kind: remoting.KindGroup, Name: "G"}
	for topic, want := range map[string][]remoting.Resource{
		"T":        {{Kind: remoting.KindTopic, Name: "T"}, group},
		"%RETRY%G": {group},
	} {
		r := new(remoting.Request)
		f := frame(t, 15, &protocol.UpdateOffsetRequest{ConsumerGroup: []byte("G"), Topic: []byte(topic)})
		if err := wire.Decode(f, &r.Cmd); err != nil {
			t.Fatal(err)
		}
		for _, route := range open(t, vfs.NewMem(), offset.Options{}).Routes(names{}, names{}, &fakeStore{}, pool) {
			if route.Code == protocol.GetAllConsumerOffset {
				continue // of no topic and no group
			}
			if got := route.Access.Resources(r, nil); !slices.Equal(got, want) || route.Access.Action != remoting.ActionSub {
				t.Errorf("code %d on %s: action %d on %v, want %v", route.Code, topic, route.Access.Action, got, want)
			}
		}
	}
}

func TestBadNumbersAreRefused(t *testing.T) {
	_, router := serve(t, &fakeStore{})
	for _, code := range []int32{14, 15} {
		got := peer.Ask(t, router, frame(t, code, &garbled{}))
		if got.Code != protocol.SystemError || len(got.Remark) == 0 {
			t.Errorf("code %d with queueId=abc: %d %q, want 1 and a remark", code, got.Code, got.Remark)
		}
	}
}

// garbled is a header whose queue id is no number.
type garbled struct{}

func (*garbled) Fields(f *wire.Fields) {
	group, topic, queue, off := "G", "T", "abc", "1"
	f.String("consumerGroup", &group, wire.Required)
	f.String("topic", &topic, wire.Required)
	f.String("queueId", &queue, wire.Required)
	f.String("commitOffset", &off, wire.Required)
}
