package reset

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store"
)

// world is all that a Handler asks. A message's store time is 1,000 × its queue offset.
type world struct {
	topics  map[string]Topic
	groups  map[string]bool
	ends    map[string]int64           // topic/queue
	starts  map[string]int64           // topic/queue
	offsets map[string]map[int32]int64 // group/topic
	members map[string]int             // of groups
	subs    map[string][]string        // of groups that are online
	pushed  []*remoting.Message
	resets  []string // group topic queue offset
	woken   int
	broken  error // of the store
	full    error // of the table
	tooOld  error
}

func newWorld() *world {
	return &world{
		topics: map[string]Topic{"T": {2, 2}}, groups: map[string]bool{"G": true}, ends: map[string]int64{"T/0": 10, "T/1": 5},
		starts: map[string]int64{"T/0": 2}, offsets: map[string]map[int32]int64{}, members: map[string]int{}, subs: map[string][]string{},
	}
}

func at(name string, queue int32) string { return fmt.Sprintf("%s/%d", name, queue) }

func (w *world) Find(name string) (Topic, bool) {
	t, ok := w.topics[name]
	return t, ok
}
func (w *world) Exists(name []byte) bool { return w.groups[string(name)] }
func (w *world) Query(group, topic []byte, queue int32) (int64, bool) {
	off, ok := w.offsets[string(group)+"/"+string(topic)][queue]
	return off, ok
}

func (w *world) Reset(group, topic []byte, queue int32, off int64) error {
	if w.full == nil {
		w.resets = append(w.resets, fmt.Sprintf("%s %s %d %d", group, topic, queue, off))
	}
	return w.full
}
func (w *world) Of(group, topic string) map[int32]int64 {
	return maps.Clone(w.offsets[group+"/"+topic])
}
func (w *world) Clone(from, to, topic string) (int, error) {
	w.offsets[to+"/"+topic] = w.Of(from, topic)
	return len(w.offsets[to+"/"+topic]), w.full
}

func (w *world) names(pick func(group, topic string) (string, bool)) (names []string) {
	for key := range w.offsets {
		group, topic, _ := strings.Cut(key, "/")
		if name, ok := pick(group, topic); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (w *world) Groups(of string) []string {
	return w.names(func(group, topic string) (string, bool) { return group, topic == of })
}

func (w *world) Topics(of string) []string {
	return w.names(func(group, topic string) (string, bool) { return topic, group == of })
}
func (w *world) MinOffset(topic []byte, queue int32) int64 { return w.starts[at(string(topic), queue)] }
func (w *world) MaxOffset(topic []byte, queue int32) int64 { return w.ends[at(string(topic), queue)] }
func (w *world) OffsetByTime(topic []byte, queue int32, ms int64, b store.Boundary) (int64, error) {
	if b != store.Lower {
		return 0, errors.New("wrong boundary")
	}
	off := (ms + 999) / 1000
	return min(max(off, w.MinOffset(topic, queue)), w.MaxOffset(topic, queue)), w.broken
}
func (w *world) Unwanted(group, topic string) bool {
	subs, online := w.subs[group]
	return online && !slices.Contains(subs, topic)
}

func (w *world) Tell(group string, m *remoting.Message) (int, error) {
	if w.tooOld != nil {
		return 0, w.tooOld
	}
	for range w.members[group] {
		w.pushed = append(w.pushed, m)
	}
	return w.members[group], nil
}
func (w *world) Restart([]byte, []byte, int32) { w.woken++ }

// serve makes a router for a world.
func (w *world) serve(t *testing.T, serverSide bool) *remoting.Router {
	t.Helper()
	pool := remoting.NewPool("admin", 1, 64)
	t.Cleanup(func() {
		if err := pool.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	h := &Handler{
		Topics: w, Groups: w, Offsets: w, Queues: w, Clients: w, Waiting: w, Broker: "broker-a",
		ServerSide: func() bool { return serverSide }, Log: slog.New(slog.DiscardHandler),
	}
	return peer.Router(t, h.Routes(pool))
}

func ask(t *testing.T, router *remoting.Router, code int32, language wire.Language, h wire.Header) *wire.Command {
	t.Helper()
	m := remoting.Message{Code: code, Header: h}
	f, err := m.Append(nil, new(wire.Encoder), wire.Head{Language: language})
	if err != nil {
		t.Fatal(err)
	}
	return peer.Ask(t, router, f)
}

// The recorded requests, each in the world that Java's answer shows.
func TestGolden(t *testing.T) {
	for code, n := range map[int]int{222: 7, 308: 3, 314: 3} {
		for _, f := range peer.Recorded(t, code, n) {
			request, want := peer.Decode(t, f.Request), peer.Decode(t, f.Response)
			if strings.Contains(string(want.Remark), "slave broker") {
				continue // slaves are not built
			}
			w := newWorld()
			topic, _ := request.Lookup("topic")
			group, _ := request.Lookup("group")
			if want.Code != protocol.TopicNotExist {
				w.topics[string(topic)] = Topic{2, 2}
			}
			w.groups[string(group)] = true
			w.ends[at(string(topic), 0)] = 3
			w.offsets[string(group)+"/"+string(topic)] = map[int32]int64{0: 3, 1: 0}
			if len(want.Body) > 0 {
				w.members[string(group)] = 1
			}
			if code == 308 {
				w.offsets["GID_raw/TopicPull"] = map[int32]int64{0: 0, 1: 0, 9: 1}
			}
			byMembers := strings.Contains(string(want.Remark), "reset-offset") || strings.Contains(string(want.Remark), "Consumer not online") ||
				strings.Contains(string(want.Remark), "not set any")
			got := peer.Ask(t, w.serve(t, !byMembers), f.Request)
			peer.LikeJava(t, &f, got)
			if string(got.Body) != string(want.Body) {
				t.Errorf("%s: body %s, Java %s", f.ReqFile, got.Body, want.Body)
			}
		}
	}
}

// A push has the fields of Java's, and its body.
func TestGoldenPush(t *testing.T) {
	for _, f := range golden.Frames(t) {
		if f.Code != 220 || f.Direction != "broker->client" {
			continue
		}
		want := peer.Decode(t, f.Request)
		var q protocol.ResetOffsetRequest
		if err := wire.DecodeHeader(want, &q); err != nil {
			t.Fatal(err)
		}
		w := newWorld()
		w.topics[q.Topic], w.members[q.Group] = Topic{2, 2}, 1
		w.offsets[q.Group+"/"+q.Topic] = map[int32]int64{0: 3, 1: 5}
		q.Force = true
		got := ask(t, w.serve(t, false), 222, wire.Java, &q)
		if got.Code != protocol.Success || len(w.pushed) != 1 {
			t.Fatalf("%s: %d %s, %d pushed", f.ReqFile, got.Code, got.Remark, len(w.pushed))
		}
		frame, err := w.pushed[0].Append(nil, new(wire.Encoder), wire.Head{})
		if err != nil {
			t.Fatal(err)
		}
		push := peer.Decode(t, frame)
		for _, pair := range want.Ext {
			if v, _ := push.Lookup(string(pair.Key)); string(v) != string(pair.Value) {
				t.Errorf("%s: %s is %q, Java %q", f.ReqFile, pair.Key, v, pair.Value)
			}
		}
		if push.Code != 220 || string(push.Body) != string(want.Body) || len(push.Ext) != len(want.Ext) {
			t.Errorf("%s: pushed %d %s\n%s, Java\n%s", f.ReqFile, push.Code, push.Ext, push.Body, want.Body)
		}
	}
}

func TestResetHere(t *testing.T) {
	tests := []struct {
		name   string
		q      protocol.ResetOffsetRequest
		code   int32
		remark string
		resets string
	}{
		{"all to a time", protocol.ResetOffsetRequest{QueueID: -1, Timestamp: 4000}, 0, "", "0 4; 1 4"},
		{"all to the beginning", protocol.ResetOffsetRequest{QueueID: -1}, 0, "", "0 2; 1 0"},
		{"all to the end", protocol.ResetOffsetRequest{QueueID: -1, Timestamp: -1}, 0, "", "0 10; 1 5"},
		{"all, offset without queue", protocol.ResetOffsetRequest{QueueID: -1, Timestamp: -1, Offset: wire.Some[int64](3)}, 0, "", "0 10; 1 5"},
		{"one to a time", protocol.ResetOffsetRequest{QueueID: 1, Timestamp: 3000}, 0, "", "1 3"},
		{"one, offset -1", protocol.ResetOffsetRequest{QueueID: 1, Timestamp: 3000, Offset: wire.Some[int64](-1)}, 0, "", "1 3"},
		{"one to an offset", protocol.ResetOffsetRequest{Timestamp: 9000, Offset: wire.Some[int64](7)}, 0, "", "0 7"},
		{"one to its end", protocol.ResetOffsetRequest{Offset: wire.Some[int64](10)}, 0, "", "0 10"},
		{"behind the end", protocol.ResetOffsetRequest{Offset: wire.Some[int64](11)}, 1, "Target offset 11 not in consume queue range [2-10]", ""},
		{"before the beginning", protocol.ResetOffsetRequest{Offset: wire.Some[int64](1)}, 1, "Target offset 1 not in consume queue range [2-10]", ""},
		{"negative", protocol.ResetOffsetRequest{Offset: wire.Some[int64](-2)}, 1, "Target offset -2 not in consume queue range [2-10]", ""},
		{"huge", protocol.ResetOffsetRequest{Offset: wire.Some[int64](math.MaxInt64)}, 1, "Target offset 9223372036854775807 not in consume queue range [2-10]", ""},
		{"no such queue", protocol.ResetOffsetRequest{QueueID: 2, Timestamp: -1}, 29, "queueId[2] is illegal, topic:[T] topicConfig.readQueueNums:[2]", ""},
		{"no such topic", protocol.ResetOffsetRequest{Topic: "No", QueueID: -1}, 17, "Topic No does not exist", ""},
		{"no such group", protocol.ResetOffsetRequest{Group: "No", QueueID: -1}, 26, "Group No does not exist", ""},
		{"no queues", protocol.ResetOffsetRequest{Topic: "Closed", QueueID: -1}, 1, "No queues to reset.", ""},
	}
	for _, tt := range tests {
		w := newWorld()
		w.topics["Closed"] = Topic{}
		q := tt.q
		if q.Topic == "" {
			q.Topic = "T"
		}
		if q.Group == "" {
			q.Group = "G"
		}
		got := ask(t, w.serve(t, true), 222, wire.Java, &q)
		slices.Sort(w.resets)
		resets := strings.ReplaceAll(strings.Join(w.resets, "; "), "G T ", "")
		if got.Code != tt.code || string(got.Remark) != tt.remark || resets != tt.resets || w.woken != len(w.resets) {
			t.Errorf("%s: %d %s, reset %q, %d woken; want %d %s, %q", tt.name, got.Code, got.Remark, resets, w.woken, tt.code, tt.remark, tt.resets)
		}
	}
}

func TestResetFails(t *testing.T) {
	for name, w := range map[string]*world{"table": {full: errors.New("no room")}, "disk": {broken: errors.New("no disk")}} {
		full := newWorld()
		full.full, full.broken = w.full, w.broken
		got := ask(t, full.serve(t, true), 222, wire.Java, &protocol.ResetOffsetRequest{Topic: "T", Group: "G", QueueID: -1, Timestamp: 1})
		if got.Code != protocol.SystemError || !strings.Contains(string(got.Remark), "no ") || len(full.resets) != 0 {
			t.Errorf("%s: %d %s, reset %q", name, got.Code, got.Remark, full.resets)
		}
	}
}

func TestResetByMembers(t *testing.T) {
	const t0, t1 = `{"brokerName":"broker-a","queueId":0,"topic":"T"}`, `{"brokerName":"broker-a","queueId":1,"topic":"T"}`
	tests := []struct {
		name     string
		language wire.Language
		q        protocol.ResetOffsetRequest
		edit     func(*world)
		code     int32
		remark   string // or its beginning
		pushed   string
	}{
		{"back", wire.Java, protocol.ResetOffsetRequest{Timestamp: 3000}, nil, 0, "not set", `{"offsetTable":{` + t0 + `:3,` + t1 + `:3}}`},
		{"not on", wire.Java, protocol.ResetOffsetRequest{Timestamp: -1}, nil, 0, "not set", `{"offsetTable":{` + t0 + `:8,` + t1 + `:4}}`},
		{"on, by force", wire.Java, protocol.ResetOffsetRequest{Timestamp: -1, Force: true}, nil, 0, "not set", `{"offsetTable":{` + t0 + `:10,` + t1 + `:5}}`},
		{"in C++", wire.CPP, protocol.ResetOffsetRequest{Timestamp: 3000}, nil, 0, "not set",
			`{"offsetTable":[{"brokerName":"broker-a","offset":3,"queueId":0,"topic":"T"},{"brokerName":"broker-a","offset":3,"queueId":1,"topic":"T"}]}`},
		{"nobody", wire.Java, protocol.ResetOffsetRequest{Timestamp: 3}, func(w *world) { clear(w.members) }, 206,
			"Consumer not online, so can not reset offset, Group: G Topic: T Timestamp: 3", ""},
		{"a queue without offset", wire.Java, protocol.ResetOffsetRequest{}, func(w *world) { delete(w.offsets["G/T"], 1) }, 1, "THe consumer group <G> not exist", ""},
		{"too old", wire.Java, protocol.ResetOffsetRequest{}, func(w *world) { w.tooOld = remoting.Errorf(1, "the client is old") }, 1, "the client is old", ""},
		{"no disk", wire.Java, protocol.ResetOffsetRequest{}, func(w *world) { w.broken = errors.New("no disk") }, 1, "", ""},
	}
	for _, tt := range tests {
		w := newWorld()
		w.offsets["G/T"], w.members["G"] = map[int32]int64{0: 8, 1: 4}, 2
		if tt.edit != nil {
			tt.edit(w)
		}
		q := tt.q
		q.Topic, q.Group, q.QueueID = "T", "G", -1
		got := ask(t, w.serve(t, false), 222, tt.language, &q)
		if got.Code != tt.code || !strings.HasPrefix(string(got.Remark), tt.remark) || len(w.resets) != 0 {
			t.Errorf("%s: %d %s, reset %q here; want %d %s", tt.name, got.Code, got.Remark, w.resets, tt.code, tt.remark)
		}
		if tt.pushed == "" {
			if len(w.pushed) != 0 {
				t.Errorf("%s: %d pushed, want none", tt.name, len(w.pushed))
			}
			continue
		}
		if len(w.pushed) != 2 || string(w.pushed[0].Body) != tt.pushed {
			t.Errorf("%s: pushed %d, want 2 with\n%s", tt.name, len(w.pushed), tt.pushed)
		}
	}
}

func TestClone(t *testing.T) {
	world := func() *world {
		w := newWorld()
		w.topics["U"] = Topic{1, 1}
		for _, topic := range []string{"T", "U", "Gone"} {
			w.offsets["G/"+topic] = map[int32]int64{0: 7}
		}
		w.subs["G"] = []string{"T"}
		return w
	}
	tests := []struct {
		name string
		q    protocol.CloneOffsetRequest
		want []string // topics that H has then
	}{
		{"one", protocol.CloneOffsetRequest{Topic: "T"}, []string{"T"}},
		{"unsubscribed", protocol.CloneOffsetRequest{Topic: "U"}, nil},
		{"unsubscribed, offline", protocol.CloneOffsetRequest{Topic: "U", Offline: true}, []string{"U"}},
		{"no such topic", protocol.CloneOffsetRequest{Topic: "Gone", Offline: true}, nil},
		{"all", protocol.CloneOffsetRequest{Offline: true}, []string{"T", "U"}},
		{"all that are subscribed to", protocol.CloneOffsetRequest{Topic: " "}, []string{"T"}},
	}
	for _, tt := range tests {
		w := world()
		q := tt.q
		q.SrcGroup, q.DestGroup = "G", "H"
		got := ask(t, w.serve(t, true), 314, wire.Java, &q)
		if topics := w.Topics("H"); got.Code != 0 || !slices.Equal(topics, tt.want) {
			t.Errorf("%s: %d %s, %q, want %q", tt.name, got.Code, got.Remark, topics, tt.want)
		}
	}
	w := world()
	w.full = errors.New("no room")
	if got := ask(t, w.serve(t, true), 314, wire.Java, &protocol.CloneOffsetRequest{SrcGroup: "G", DestGroup: "H", Topic: "T"}); got.Code != 1 {
		t.Errorf("without room: %d %s, want 1", got.Code, got.Remark)
	}
}

func TestCorrection(t *testing.T) {
	w := newWorld()
	w.offsets = map[string]map[int32]int64{
		"G/T": {0: 5, 1: 3}, "H/T": {0: 4, 1: 1}, "Old/T": {0: 1}, // of what is deleted
		"Other/U": {0: 0}, "Slow/T": {1: 0, 5: 9},
	}
	tests := []struct {
		compare, filter, want string
	}{
		{"nobody", "", "{0:4,1:0,5:9}"},
		{"G", "Slow", "{0:4,1:1}"},
		{"H", "Slow,H", "{0:9223372036854775807,1:9223372036854775807}"},
		{"Old", "Slow", "{0:9223372036854775807,1:1}"},
	}
	for _, tt := range tests {
		got := ask(t, w.serve(t, true), 308, wire.Java, &protocol.CorrectionOffsetRequest{Topic: "T", CompareGroup: tt.compare, FilterGroups: tt.filter})
		if want := `{"correctionOffsets":` + tt.want + `}`; got.Code != 0 || string(got.Body) != want {
			t.Errorf("compared with %s, without %q: %d %s, want %s", tt.compare, tt.filter, got.Code, got.Body, want)
		}
	}
	if len(w.offsets) != 5 {
		t.Errorf("%d groups have offsets, want all 5 still", len(w.offsets))
	}
}
