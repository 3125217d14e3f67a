package progress

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// world is all that a View asks. A message's store time is 1,000,000 + 1,000 × its queue offset, unless times knows better.
type world struct {
	topics  map[string]Topic
	groups  []string
	ends    map[string]int64 // topic/queue: end of the queue
	starts  map[string]int64
	times   map[string]int64 // topic/queue/offset
	offsets map[string]int64 // group/topic/queue
	next    map[string]int64 // group/topic/queue
	rates   map[string]float64
	subs    map[string][]string // group: topics
	broken  error               // of the store
}

func newWorld() *world {
	return &world{
		topics: map[string]Topic{}, ends: map[string]int64{}, starts: map[string]int64{}, times: map[string]int64{},
		offsets: map[string]int64{}, next: map[string]int64{}, rates: map[string]float64{}, subs: map[string][]string{},
	}
}

func (w *world) view() *View {
	return &View{
		Topics: w, Groups: w, Offsets: w, Queues: w, Counters: w, Clients: w, Broker: "broker-a", Addr: "127.0.0.1:19911",
		Now: func() time.Time { return time.UnixMilli(2_000_000) },
	}
}

func at(parts ...any) string { return strings.TrimSuffix(fmt.Sprintln(parts...), "\n") }

func (w *world) Find(name string) (Topic, bool) {
	t, ok := w.topics[name]
	return t, ok
}

func (w *world) Names() []string { return w.groups }

func (w *world) Query(group, topic []byte, queue int32) (int64, bool) {
	off, ok := w.offsets[at(string(group), string(topic), queue)]
	return off, ok
}

func (w *world) Groups(topic string) (groups []string) {
	for group, topics := range w.ByGroup() {
		if slices.Contains(topics, topic) {
			groups = append(groups, group)
		}
	}
	slices.Sort(groups)
	return groups
}

func (w *world) Topics(group string) []string {
	return slices.Sorted(slices.Values(w.ByGroup()[group]))
}

func (w *world) ByGroup() map[string][]string {
	all := map[string][]string{}
	for key := range w.offsets {
		if part := strings.Fields(key); !slices.Contains(all[part[0]], part[1]) {
			all[part[0]] = append(all[part[0]], part[1])
		}
	}
	return all
}

func (w *world) MinOffset(topic []byte, queue int32) int64 { return w.starts[at(string(topic), queue)] }
func (w *world) MaxOffset(topic []byte, queue int32) int64 { return w.ends[at(string(topic), queue)] }
func (w *world) EarliestTime(topic []byte, queue int32) (int64, error) {
	return w.StoreTime(topic, queue, w.MinOffset(topic, queue))
}

func (w *world) StoreTime(topic []byte, queue int32, off int64) (int64, error) {
	if ms, ok := w.times[at(string(topic), queue, off)]; ok {
		return ms, w.broken
	}
	if off < w.MinOffset(topic, queue) || off >= w.MaxOffset(topic, queue) {
		return -1, w.broken
	}
	return 1_000_000 + 1_000*off, w.broken
}

func (w *world) PutRate(topic string) float64        { return w.rates[topic] }
func (w *world) GetRate(group, topic string) float64 { return w.rates[at(group, topic)] }
func (w *world) Next(group, topic string, queue int32) (int64, bool) {
	off, ok := w.next[at(group, topic, queue)]
	return off, ok
}

func (w *world) Unwanted(group, topic string) bool {
	return len(w.subs[group]) > 0 && !slices.Contains(w.subs[group], topic)
}

func (w *world) Subscribers(topic string) (groups []string) {
	for group, topics := range w.subs {
		if slices.Contains(topics, topic) {
			groups = append(groups, group)
		}
	}
	return groups
}

func (w *world) serve(t *testing.T) *remoting.Router {
	t.Helper()
	pool := remoting.NewPool("admin", 1, 64)
	t.Cleanup(func() {
		if err := pool.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return peer.Router(t, w.view().Routes(pool))
}

func (w *world) ask(t *testing.T, code int32, h wire.Header) *wire.Command {
	t.Helper()
	m := remoting.Message{Code: code, Header: h}
	f, err := m.Append(nil, new(wire.Encoder), wire.Head{Opaque: 7})
	if err != nil {
		t.Fatal(err)
	}
	return peer.Ask(t, w.serve(t), f)
}

func read[T any](t *testing.T, c *wire.Command) (v T) {
	t.Helper()
	if err := fastjson.Unmarshal(c.Body, &v); err != nil || c.Code != protocol.Success {
		t.Fatalf("%d %s, body %.300s: %v", c.Code, c.Remark, c.Body, err)
	}
	return v
}

// setQueues makes the world what Java told of a group.
func (w *world) setQueues(group string, table map[protocol.MessageQueue]protocol.ConsumeOffset) {
	for q, o := range table {
		t := w.topics[q.Topic]
		t.ReadQueues = max(t.ReadQueues, q.QueueID+1)
		t.WriteQueues = t.ReadQueues
		w.topics[q.Topic] = t
		w.ends[at(q.Topic, q.QueueID)] = o.BrokerOffset
		w.offsets[at(group, q.Topic, q.QueueID)] = o.ConsumerOffset
		w.next[at(group, q.Topic, q.QueueID)] = o.PullOffset
		w.times[at(q.Topic, q.QueueID, o.ConsumerOffset-1)] = o.LastTimestamp
	}
}

// replay sends the recorded requests of a code on worlds that prepare makes after Java's answer, and wants Java's
// answer. It returns how many had a body.
func replay[T any](t *testing.T, code, atLeast int, prepare func(w *world, request *wire.Command, java *T)) (bodies int) {
	t.Helper()
	for _, f := range peer.Recorded(t, code, atLeast) {
		w := newWorld()
		want := peer.Decode(t, f.Response)
		if want.Code == protocol.Success {
			java := read[T](t, want)
			prepare(w, peer.Decode(t, f.Request), &java)
			want.Body = fastjson.Append(nil, &java)
			bodies++
		}
		got := peer.Ask(t, w.serve(t), f.Request)
		peer.LikeJava(t, &f, got)
		if string(got.Body) != string(want.Body) {
			t.Errorf("%s: body\n%s, Java\n%s", f.ReqFile, got.Body, want.Body)
		}
	}
	return bodies
}

func field(c *wire.Command, name string) string {
	v, _ := c.Lookup(name)
	return string(v)
}

func TestGolden(t *testing.T) {
	n := replay(t, 202, 3, func(w *world, request *wire.Command, java *protocol.TopicStats) {
		topic := field(request, "topic")
		w.topics[topic] = Topic{ReadQueues: int32(len(java.OffsetTable)), WriteQueues: 1}
		for q, o := range java.OffsetTable {
			w.starts[at(topic, q.QueueID)], w.ends[at(topic, q.QueueID)] = o.MinOffset, o.MaxOffset
		}
	})
	n += replay(t, 208, 4, func(w *world, request *wire.Command, java *protocol.ConsumeStats) {
		group := field(request, "consumerGroup")
		w.setQueues(group, java.OffsetTable)
		for q := range java.OffsetTable {
			w.rates[at(group, q.Topic)] = java.ConsumeTPS
			if java.ConsumeTPS > 0 { // of one of the topics
				break
			}
		}
	})
	n += replay(t, 300, 2, func(*world, *wire.Command, *protocol.GroupList) {})
	n += replay(t, 343, 2, func(*world, *wire.Command, *protocol.TopicList) {})
	n += replay(t, 317, 2, func(w *world, _ *wire.Command, java *protocol.BrokerConsumeStats) {
		for _, one := range java.ConsumeStatsList {
			for group, list := range one {
				w.groups = append(w.groups, group)
				for _, stats := range list {
					w.setQueues(group, stats.OffsetTable)
				}
			}
		}
		canonical(java)
		slices.Sort(w.groups)
	})
	if n < 11 {
		t.Errorf("%d recorded answers with a body, want 11 or more", n)
	}
}

// canonical puts Java's answer in our order, with the offsets to fetch that Java does not tell there, and without rates.
func canonical(java *protocol.BrokerConsumeStats) {
	java.TotalInflightDiff = 0
	slices.SortFunc(java.ConsumeStatsList, func(a, b map[string][]protocol.ConsumeStats) int {
		return slices.Compare(slices.Collect(maps.Keys(a)), slices.Collect(maps.Keys(b)))
	})
	for _, one := range java.ConsumeStatsList {
		for _, list := range one {
			slices.SortFunc(list, func(a, b protocol.ConsumeStats) int { return strings.Compare(topicOf(a), topicOf(b)) })
			for i := range list {
				list[i].ConsumeTPS = 0
				for q, o := range list[i].OffsetTable {
					o.PullOffset = o.ConsumerOffset
					list[i].OffsetTable[q] = o
				}
			}
		}
	}
}

func topicOf(s protocol.ConsumeStats) string {
	for q := range s.OffsetTable {
		return q.Topic
	}
	return ""
}

// The recorded spans are of a queue with messages and of one without.
func TestGoldenTimes(t *testing.T) {
	var frames []golden.Frame
	for _, f := range peer.Recorded(t, 303, 3) {
		want := peer.Decode(t, f.Response)
		if want.Code != protocol.Success {
			peer.LikeJava(t, &f, peer.Ask(t, newWorld().serve(t), f.Request))
			continue
		}
		frames = append(frames, f)
		java := read[protocol.ConsumeTimeSpans](t, want)
		w := newWorld()
		w.topics["TopicPull"] = Topic{WriteQueues: 2}
		w.ends["TopicPull 0"] = 3
		w.offsets["GID_raw TopicPull 0"], w.offsets["GID_raw TopicPull 1"] = 1, 0
		s := &java.ConsumeTimeSpanSet[0]
		w.times["TopicPull 0 0"], w.times["TopicPull 0 2"] = s.MinTimeStamp, s.MaxTimeStamp
		w.times["TopicPull 0 1"] = 2_000_000 - s.DelayTime
		for i := range java.ConsumeTimeSpanSet { // recorded in UTC
			s := &java.ConsumeTimeSpanSet[i]
			s.MinTimeStampStr, s.MaxTimeStampStr, s.ConsumeTimeStampStr = timeText(s.MinTimeStamp), timeText(s.MaxTimeStamp), timeText(s.ConsumeTimeStamp)
		}
		got := peer.Ask(t, w.serve(t), f.Request)
		peer.LikeJava(t, &f, got)
		if want := string(fastjson.Append(nil, &java)); string(got.Body) != want {
			t.Errorf("%s: body\n%s, Java\n%s", f.ReqFile, got.Body, want)
		}
	}
	if len(frames) == 0 {
		t.Error("no recorded spans")
	}
}

func TestTimeText(t *testing.T) {
	ms := time.Date(2026, 11, 21, 3, 4, 4, 58_000_000, time.Local).UnixMilli()
	if got, want := timeText(ms), "2026-11-21#03:04:04:058"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestTimes(t *testing.T) {
	w := newWorld()
	w.topics["T"] = Topic{WriteQueues: 3, ReadQueues: 1}
	for id, q := range []struct{ start, end int64 }{{5, 10}, {5, 10}, {0, 10}} {
		w.starts[at("T", id)], w.ends[at("T", id)] = q.start, q.end
	}
	w.offsets["G T 1"], w.offsets["G T 2"] = 8, 10
	got := read[protocol.ConsumeTimeSpans](t, w.ask(t, 303, &protocol.ConsumeTimeSpanRequest{Topic: "T", Group: "G"})).ConsumeTimeSpanSet
	for id, want := range []struct{ min, max, consumed, delay int64 }{
		{1_005_000, 1_009_000, 1_005_000, 2_000_000 - 1_005_000}, // nothing is stored: from the first message
		{1_005_000, 1_009_000, 1_007_000, 2_000_000 - 1_008_000},
		{1_000_000, 1_009_000, 1_009_000, 0},
	} {
		s := got[id]
		if s.MinTimeStamp != want.min || s.MaxTimeStamp != want.max || s.ConsumeTimeStamp != want.consumed || s.DelayTime != want.delay {
			t.Errorf("queue %d: got %+v, want %+v", id, s, want)
		}
	}
}

func TestGroup(t *testing.T) {
	w := newWorld()
	for _, name := range []string{"T", "U", "V"} {
		w.topics[name] = Topic{ReadQueues: 1, WriteQueues: 2}
		w.ends[at(name, 0)] = 10
		w.rates[at("G", name)] = 0.5
	}
	w.offsets["G T 0"], w.offsets["G U 0"], w.offsets["G gone 0"], w.offsets["H T 0"] = 4, 0, 3, 9
	w.next["G T 0"], w.next["G U 0"] = 7, 6
	w.subs["G"] = []string{"T", "V"}
	told := map[string]protocol.ConsumeOffset{
		"T": {BrokerOffset: 10, ConsumerOffset: 4, LastTimestamp: 1_003_000, PullOffset: 7},
		"U": {BrokerOffset: 10, PullOffset: 6}, "V": {BrokerOffset: 10},
	}
	for _, tt := range []struct {
		topic, list string
		want        []string
	}{
		{"", "", []string{"T"}}, // U is not subscribed to, gone is no topic
		{" ", "", []string{"T"}},
		{"V", "", []string{"V"}},
		{"U", "", nil},
		{"", "U;T;;U;none", []string{"T", "U"}}, // whether subscribed to or not
		{"none", "", nil},
	} {
		got := read[protocol.ConsumeStats](t, w.ask(t, 208, &protocol.ConsumeStatsRequest{ConsumerGroup: "G", Topic: tt.topic, TopicList: tt.list}))
		want := map[protocol.MessageQueue]protocol.ConsumeOffset{}
		for _, topic := range tt.want {
			want[protocol.MessageQueue{BrokerName: "broker-a", Topic: topic}] = told[topic]
		}
		if !maps.Equal(got.OffsetTable, want) || got.ConsumeTPS != 0.5*float64(len(tt.want)) {
			t.Errorf("topic %q, list %q: got %+v, want %+v", tt.topic, tt.list, got, want)
		}
	}
}

func TestAll(t *testing.T) {
	w := newWorld()
	w.groups = []string{"G", "H"}
	for _, name := range []string{"T", "U"} {
		w.topics[name] = Topic{ReadQueues: 1, WriteQueues: 2, Order: name == "U"}
		w.ends[at(name, 0)], w.ends[at(name, 1)] = 10, 5
		w.offsets[at("G", name, 0)] = 4
		w.next[at("G", name, 0)] = 7
	}
	for order, want := range map[bool]string{
		false: `{"brokerAddr":"127.0.0.1:19911","consumeStatsList":[{"G":[` + one("T") + `,` + one("U") + `]},{"H":[]}],"totalDiff":22,"totalInflightDiff":6}`,
		true:  `{"brokerAddr":"127.0.0.1:19911","consumeStatsList":[{"G":[` + one("U") + `]},{"H":[]}],"totalDiff":11,"totalInflightDiff":3}`,
	} {
		got := w.ask(t, 317, &protocol.BrokerConsumeStatsRequest{Order: order})
		if string(got.Body) != want {
			t.Errorf("order %t: %d %s\ngot  %s\nwant %s", order, got.Code, got.Remark, got.Body, want)
		}
	}
}

// one is what is told of a topic in TestAll.
func one(topic string) string {
	return `{"consumeTps":0.0,"offsetTable":{{"brokerName":"broker-a","queueId":0,"topic":"` + topic +
		`"}:{"brokerOffset":10,"consumerOffset":4,"lastTimestamp":1003000,"pullOffset":7},{"brokerName":"broker-a","queueId":1,"topic":"` + topic +
		`"}:{"brokerOffset":5,"consumerOffset":0,"lastTimestamp":0,"pullOffset":0}}}`
}

func TestTopic(t *testing.T) {
	w := newWorld()
	w.topics["T"] = Topic{ReadQueues: 1, WriteQueues: 2}
	w.starts["T 0"], w.ends["T 0"] = 5, 10
	w.rates["T"] = 1.5
	got := read[protocol.TopicStats](t, w.ask(t, 202, &protocol.TopicRequest{Topic: "T"}))
	want := map[protocol.MessageQueue]protocol.TopicOffset{
		{BrokerName: "broker-a", QueueID: 0, Topic: "T"}: {LastUpdateTimestamp: 1_009_000, MaxOffset: 10, MinOffset: 5},
		{BrokerName: "broker-a", QueueID: 1, Topic: "T"}: {},
	}
	if !maps.Equal(got.OffsetTable, want) || got.TopicPutTPS != 1.5 {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestWhoAndWhat(t *testing.T) {
	w := newWorld()
	w.offsets["G T 0"], w.offsets["H T 0"], w.offsets["G U 1"] = 1, 1, 1
	w.subs["G"], w.subs["I"] = []string{"T"}, []string{"T"}
	if got := read[protocol.GroupList](t, w.ask(t, 300, &protocol.TopicRequest{Topic: "T"})).GroupList; !slices.Equal(got, []string{"G", "H", "I"}) {
		t.Errorf("groups of T %q, want G, H and I", got)
	}
	if got := read[protocol.TopicList](t, w.ask(t, 343, &protocol.GroupRequest{Group: "G"})); !slices.Equal(got.TopicList, []string{"T", "U"}) {
		t.Errorf("topics of G %+v, want T and U", got)
	}
}

// An answer is bounded, and a store that fails is told.
func TestRefused(t *testing.T) {
	w := newWorld()
	w.topics["T"], w.topics["many"] = Topic{ReadQueues: 1, WriteQueues: 1}, Topic{ReadQueues: maxQueues, WriteQueues: maxQueues}
	w.groups = []string{"G"}
	w.offsets["G T 0"], w.offsets["G many 0"], w.ends["T 0"] = 1, 0, 3
	list := &protocol.ConsumeStatsRequest{ConsumerGroup: "G", TopicList: "T;many"}
	for code, h := range map[int32]wire.Header{208: list, 317: &protocol.BrokerConsumeStatsRequest{}} {
		if got := w.ask(t, code, h); got.Code != protocol.SystemError || !strings.Contains(string(got.Remark), "more than") {
			t.Errorf("%d of many queues: %d %s", code, got.Code, got.Remark)
		}
	}
	w.broken = errors.New("no such luck")
	for code, h := range map[int32]wire.Header{
		202: &protocol.TopicRequest{Topic: "T"}, 208: &protocol.ConsumeStatsRequest{ConsumerGroup: "G", Topic: "T"},
		303: &protocol.ConsumeTimeSpanRequest{Topic: "T", Group: "G"},
	} {
		if got := w.ask(t, code, h); got.Code != protocol.SystemError || !strings.Contains(string(got.Remark), "no such luck") {
			t.Errorf("%d of a broken store: %d %s", code, got.Code, got.Remark)
		}
	}
}

// What 208 asks for is named one by one, for those who may see some topics only.
func TestResourcesOfAGroup(t *testing.T) {
	c := new(wire.Command)
	c.Ext = []wire.Pair{
		{Key: []byte("consumerGroup"), Value: []byte("G")}, {Key: []byte("topic"), Value: []byte("T")}, {Key: []byte("topicList"), Value: []byte("U;;V")},
	}
	want := []remoting.Resource{
		{Kind: remoting.KindGroup, Name: "G"}, {Kind: remoting.KindTopic, Name: "T"}, {Kind: remoting.KindTopic, Name: "U"}, {Kind: remoting.KindTopic, Name: "V"},
	}
	if got := groupAndTopics(&remoting.Request{Cmd: *c}, nil); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
