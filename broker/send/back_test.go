package send_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/broker/delay"
	"github.com/gannetmq/gannet/broker/send"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// parking serves delays as the broker does.
type parking struct{ delay.Levels }

func (p parking) BeforePut(m *record.Message, asks send.Asks) (send.Asks, error) {
	if asks&send.AsksDelay == 0 {
		return asks, nil
	}
	return asks &^ send.AsksDelay, p.Divert(m)
}

var levels, _ = delay.ParseLevels("1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h")

// sendBack is request 36 with these fields besides, name and value in turn.
func sendBack(t testing.TB, offset int64, group string, version int32, fields ...string) []byte {
	t.Helper()
	c := &wire.Command{Code: protocol.ConsumerSendMsgBack, Opaque: 7, Version: version, Serialization: wire.JSON}
	all := append([]string{"offset", strconv.FormatInt(offset, 10), "group", group, "originTopic", "TopicA"}, fields...)
	for i := 0; i < len(all); i += 2 {
		c.Ext = append(c.Ext, wire.Pair{Key: []byte(all[i]), Value: []byte(all[i+1])})
	}
	b, err := wire.AppendCommand(nil, c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// prop is a property of a view, "-" if there is none.
func prop(v *record.View, name string) string {
	if value, ok := v.Property(name); ok {
		return string(value)
	}
	return "-"
}

// place tells where a record lies and what it knows of its failures.
func place(v *record.View) string {
	return fmt.Sprintf("%s %d, real %s %s, retry of %s, times %d, DELAY %s, WAIT %s", v.Topic, v.QueueID, prop(v, "REAL_TOPIC"),
		prop(v, "REAL_QID"), prop(v, "RETRY_TOPIC"), v.ReconsumeTimes, prop(v, "DELAY"), prop(v, "WAIT"))
}

// Each failure parks a copy for longer, until it is one too many.
func TestSendBack(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options(), parking{levels})
	b.tables.groups["G"] = true
	b.tables.retries["Two"] = send.Group{RetryQueues: 1, RetryMax: 2}
	b.tables.groups["Two"] = true
	first := message{topic: "TopicA", queue: 1, body: []byte("a body"), props: "UNIQ_KEY\x01U1\x02TAGS\x01tag\x02KEYS\x01k\x02"}
	if got := peer.Ask(t, b.router, first.frame(t, wire.JSON)); got.Code != 0 {
		t.Fatalf("send: %d %q", got.Code, got.Remark)
	}
	origin := b.stored(t)[0]
	for _, step := range []struct {
		what   string
		times  int32 // of the message that is sent back
		group  string
		ver    int32
		fields []string
		want   string
	}{
		{"first failure", 0, "G", 479, []string{"delayLevel", "0"}, "SCHEDULE_TOPIC_XXXX 2, real %RETRY%G 0, retry of TopicA, times 1, DELAY 3, WAIT false"},
		{"second", 1, "G", 479, []string{"delayLevel", "0"}, "SCHEDULE_TOPIC_XXXX 3, real %RETRY%G 0, retry of TopicA, times 2, DELAY 4, WAIT false"},
		{"a producer's own count", -5, "G", 479, []string{"delayLevel", "0"}, "SCHEDULE_TOPIC_XXXX 2, real %RETRY%G 0, retry of TopicA, times -4, DELAY 3, WAIT false"},
		{"a level", 1, "G", 479, []string{"delayLevel", "7"}, "SCHEDULE_TOPIC_XXXX 6, real %RETRY%G 0, retry of TopicA, times 2, DELAY 7, WAIT false"},
		{"a level too high", 1, "G", 479, []string{"delayLevel", "99"}, "SCHEDULE_TOPIC_XXXX 17, real %RETRY%G 0, retry of TopicA, times 2, DELAY 18, WAIT false"},
		{"the last one", 15, "G", 479, []string{"delayLevel", "0"}, "SCHEDULE_TOPIC_XXXX 17, real %RETRY%G 0, retry of TopicA, times 16, DELAY 18, WAIT false"},
		{"one too many", 16, "G", 479, []string{"delayLevel", "0"}, "%DLQ%G 0, real - -, retry of TopicA, times 17, DELAY 0, WAIT false"},
		{"at once", 0, "G", 479, []string{"delayLevel", "-1"}, "%DLQ%G 0, real - -, retry of TopicA, times 1, DELAY 0, WAIT false"},
		{"the client's limit", 3, "G", 479, []string{"delayLevel", "0", "maxReconsumeTimes", "3"}, "%DLQ%G 0, real - -, retry of TopicA, times 4, DELAY 0, WAIT false"},
		{"the limit of an old client", 3, "G", 120, []string{"delayLevel", "0", "maxReconsumeTimes", "3"}, "SCHEDULE_TOPIC_XXXX 5, real %RETRY%G 0, retry of TopicA, times 4, DELAY 6, WAIT false"},
		{"the group's limit", 2, "Two", 479, []string{"delayLevel", "1"}, "%DLQ%Two 0, real - -, retry of TopicA, times 3, DELAY 0, WAIT false"},
		{"a group made by use", 0, "Auto1", 479, []string{"delayLevel", "1", "unitMode", "true"}, "SCHEDULE_TOPIC_XXXX 0, real %RETRY%Auto1 0, retry of TopicA, times 1, DELAY 1, WAIT false"},
	} {
		m := record.Message{Topic: []byte("TopicA"), Body: []byte("a body"), Properties: origin.Properties, BornTime: origin.BornTime,
			BornHost: origin.BornHost(), StoreHost: origin.StoreHost(), ReconsumeTimes: step.times, Flag: 7, SysFlag: record.SysCompressed}
		placed, err := b.Store(&m, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := peer.Ask(t, b.router, sendBack(t, placed.PhyOffset, step.group, step.ver, step.fields...)); got.Code != 0 || len(got.Remark) != 0 {
			t.Errorf("%s: %d %q", step.what, got.Code, got.Remark)
			continue
		}
		all := b.stored(t)
		v := all[len(all)-1]
		if got := place(&v); got != step.want {
			t.Errorf("%s: got %s, want %s", step.what, got, step.want)
		}
		id := string(record.AppendOffsetID(nil, origin.StoreHost(), placed.PhyOffset))
		if got := prop(&v, "ORIGIN_MESSAGE_ID"); got != id {
			t.Errorf("%s: it began as %s, want %s", step.what, got, id)
		}
		if string(v.Body) != "a body" || v.BornTime != origin.BornTime || v.BornHost() != origin.BornHost() || v.Flag != 7 ||
			v.SysFlag != record.SysCompressed || prop(&v, "UNIQ_KEY") != "U1" || prop(&v, "TAGS") != "tag" || prop(&v, "KEYS") != "k" {
			t.Errorf("%s: changed to %+v %q", step.what, v, v.Properties)
		}
	}
	if got, want := strings.Join(b.tables.created, ", "), "%RETRY%G 1 false, %DLQ%G 1 false, %RETRY%Two 1 false, %DLQ%Two 1 false, %RETRY%Auto1 1 true"; got != want {
		t.Errorf("made %s, want %s", got, want)
	}
	if r, d := b.Metrics.Returned.Load(), b.Metrics.Buried.Load(); r != 12 || d != 4 {
		t.Errorf("counted %d sent back and %d dead, want 12 and 4", r, d)
	}
}

// A message that is parked is answered for as itself, and a batch is parked as one.
func TestDelayedSends(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options(), parking{levels})
	m := message{topic: "TopicA", queue: 1, body: []byte("b"), props: "REAL_TOPIC\x01Forged\x02TIMER_DELAY_MS2\x01x\x02UNIQ_KEY\x01U9\x02DELAY\x01300\x02REAL_QID\x0177\x02"}
	got := peer.New().Ask(t, b.router, m.frame(t, wire.JSON))
	id, _ := got.Lookup("transactionId")
	if queue, _ := got.Lookup("queueId"); got.Code != 0 || string(id) != "U9" || string(queue) != "1" {
		t.Errorf("a delay: %d %q %q", got.Code, got.Remark, got.Ext)
	}
	m = message{code: protocol.SendBatchMessage, topic: "TopicA", queue: 1, body: batchBody(3, []byte("b")), props: "DELAY\x012\x02"}
	if got := peer.New().Ask(t, b.router, m.frame(t, wire.JSON)); got.Code != 0 {
		t.Errorf("a delayed batch: %d %q", got.Code, got.Remark)
	}
	var places []string
	for _, v := range b.stored(t) {
		places = append(places, fmt.Sprintf("%s %d, real %s %s", v.Topic, v.QueueID, prop(&v, "REAL_TOPIC"), prop(&v, "REAL_QID")))
	}
	want := []string{"SCHEDULE_TOPIC_XXXX 17, real TopicA 1", "SCHEDULE_TOPIC_XXXX 1, real TopicA 1", "SCHEDULE_TOPIC_XXXX 1, real TopicA 1", "SCHEDULE_TOPIC_XXXX 1, real TopicA 1"}
	if !slices.Equal(places, want) {
		t.Errorf("got %q, want %q", places, want)
	}
}

// The CRC that covered one record does not go into another.
func TestCRCPropertyStaysBehind(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options(), parking{levels})
	m := record.Message{Topic: []byte("TopicA"), Body: []byte("b"), BornHost: options().StoreHost, StoreHost: options().StoreHost,
		Properties: []byte("TAGS\x01tag\x02__CRC32#\x010123456789\x02")}
	if _, err := b.Store(&m, 0); err != nil {
		t.Fatal(err)
	}
	if v := b.stored(t)[0]; string(v.Properties) != "TAGS\x01tag\x02" {
		t.Errorf("properties %q", v.Properties)
	}
}

// What a message knows of its first failure stays, however often it fails.
func TestSendBackAgain(t *testing.T) {
	y, o := new(tally), options()
	o.Tally = y
	b := start(t, vfs.NewMem(), smallStore(), o, parking{levels})
	b.tables.groups["G"] = true
	m := record.Message{Topic: []byte("%RETRY%G"), Body: []byte("b"), BornHost: options().StoreHost, StoreHost: options().StoreHost, ReconsumeTimes: 1,
		Properties: []byte("RETRY_TOPIC\x01First\x02ORIGIN_MESSAGE_ID\x01ID\x02DELAY\x013\x02REAL_TOPIC\x01%RETRY%G\x02REAL_QID\x010\x02WAIT\x01true\x02TIMER_OUT_MS\x0177\x02")}
	placed, err := b.Store(&m, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := peer.Ask(t, b.router, sendBack(t, placed.PhyOffset, "G", 479, "delayLevel", "0")); got.Code != 0 {
		t.Fatalf("%d %q", got.Code, got.Remark)
	}
	v := b.stored(t)[1]
	want := "TIMER_OUT_MS\x0177\x02"
	if got := place(&v); got != "SCHEDULE_TOPIC_XXXX 3, real %RETRY%G 0, retry of First, times 2, DELAY 4, WAIT false" ||
		prop(&v, "ORIGIN_MESSAGE_ID") != "ID" || !bytes.Contains(v.Properties, []byte(want)) {
		t.Errorf("got %s, %q", got, v.Properties)
	}
	if got, want := fmt.Sprint(y.told), fmt.Sprintf("[SCHEDULE_TOPIC_XXXX 3 1 %d First back to G]", v.Size); got != want {
		t.Errorf("counted %s, want %s", got, want)
	}
}

func TestSendBackRefused(t *testing.T) {
	o := options()
	writable := true
	o.Writable = func() bool { return writable }
	b := start(t, vfs.NewMem(), smallStore(), o, parking{levels})
	for _, g := range []string{"G", "GNo", "Locked", "None"} {
		b.tables.groups[g] = true
	}
	b.tables.topics["%RETRY%Locked"] = send.Topic{Queues: 1, WriteQueues: 1}
	b.tables.topics["%RETRY%GNo"] = send.Topic{Queues: 1, WriteQueues: 1, Writable: true}
	b.tables.retries["None"] = send.Group{RetryMax: 16}
	m := record.Message{Topic: []byte("TopicA"), Body: []byte("b"), BornHost: o.StoreHost, StoreHost: o.StoreHost}
	placed, err := b.Store(&m, 0)
	if err != nil {
		t.Fatal(err)
	}
	m.Topic = []byte(record.TopicTranHalf)
	half, err := b.Store(&m, 0)
	if err != nil {
		t.Fatal(err)
	}
	m.Topic, m.Properties = []byte("TopicA"), bytes.Repeat([]byte("k\x01"+strings.Repeat("v", 95)+"\x02"), 334)
	full, err := b.Store(&m, 0)
	if err != nil {
		t.Fatal(err)
	}
	before := len(b.stored(t))
	for _, tt := range []struct {
		what   string
		frame  []byte
		code   int32
		remark string
	}{
		{"no such group", sendBack(t, placed.PhyOffset, "Nobody", 479, "delayLevel", "0"), 26, "subscription group not exist, Nobody \nSee "},
		{"a group that drops", sendBack(t, 12345678, "None", 479, "delayLevel", "0"), 0, ""},
		{"a retry topic without permission", sendBack(t, placed.PhyOffset, "Locked", 479, "delayLevel", "0"), 16, "the topic[%RETRY%Locked] sending message is forbidden"},
		{"dead letters without a topic", sendBack(t, placed.PhyOffset, "GNo", 479, "delayLevel", "-1"), 1, "topic[%DLQ%GNo] not exist"},
		{"no message there", sendBack(t, placed.PhyOffset+1, "G", 479, "delayLevel", "0"), 1, "look message by offset failed, 1"},
		{"beyond the log", sendBack(t, 1<<40, "G", 479, "delayLevel", "0"), 1, "look message by offset failed, 1099511627776"},
		{"a negative offset", sendBack(t, -1, "G", 479, "delayLevel", "0"), 1, "look message by offset failed, -1"},
		{"a half message", sendBack(t, half.PhyOffset, "G", 479, "delayLevel", "0"), 1, "look message by offset failed, "},
		{"no room for properties", sendBack(t, full.PhyOffset, "G", 479, "delayLevel", "0"), 1, "PROPERTIES_SIZE_EXCEEDED"},
		{"no level", sendBack(t, placed.PhyOffset, "G", 479), 1, "wire: required field is missing: delayLevel"},
	} {
		if got := peer.Ask(t, b.router, tt.frame); got.Code != tt.code || !strings.HasPrefix(string(got.Remark), tt.remark) {
			t.Errorf("%s: %d %q, want %d %q…", tt.what, got.Code, got.Remark, tt.code, tt.remark)
		}
	}
	writable = false
	if got := peer.Ask(t, b.router, sendBack(t, placed.PhyOffset, "G", 479, "delayLevel", "0")); got.Code != 16 || string(got.Remark) != "the broker[127.0.0.1] sending message is forbidden" {
		t.Errorf("a broker that takes nothing: %d %q", got.Code, got.Remark)
	}
	if n := len(b.stored(t)); n != before {
		t.Errorf("%d messages stored by requests that were refused", n-before)
	}
}

// With synchronous flush a message is not answered for before the disk has its copy.
func TestSendBackWaits(t *testing.T) {
	mem := vfs.NewMem()
	faulty := vfs.NewFaulty(mem)
	so, o := smallStore(), options()
	so.Flush, o.SyncFlush = store.SyncFlush, true
	b := start(t, faulty, so, o, parking{levels})
	b.tables.groups["G"] = true
	if got := peer.Ask(t, b.router, message{topic: "TopicA", body: []byte("b")}.frame(t, wire.JSON)); got.Code != 0 {
		t.Fatalf("send: %d %q", got.Code, got.Remark)
	}
	if got := peer.Ask(t, b.router, sendBack(t, 0, "G", 479, "delayLevel", "0")); got.Code != 0 {
		t.Errorf("sent back: %d %q", got.Code, got.Remark)
	}
	if st := b.store.Stats(); st.Flushed < st.LogEnd {
		t.Errorf("answered with %d of %d bytes on the disk", st.Flushed, st.LogEnd)
	}
	faulty.Inject(vfs.Rule{Op: vfs.OpMapSync, Err: errors.New("disk")})
	for range 2 { // the second time the store knows
		if got := peer.Ask(t, b.router, sendBack(t, 0, "G", 479, "delayLevel", "0")); got.Code != 1 || !strings.HasPrefix(string(got.Remark), "SERVICE_NOT_AVAILABLE") {
			t.Errorf("on a broken disk: %d %q", got.Code, got.Remark)
		}
	}
}

// What a consumer sends to its retry topic itself becomes a dead letter after too many deliveries, or while the
// group is consumed in order.
func TestDeadLetters(t *testing.T) {
	o, y := options(), new(tally)
	o.Ordered = func(group []byte) bool { return string(group) == "Ordered" }
	o.Tally = y
	b := start(t, vfs.NewMem(), smallStore(), o, parking{levels})
	for _, g := range []string{"G", "Ordered"} {
		b.tables.groups[g] = true
	}
	b.tables.retries["Two"], b.tables.groups["Two"] = send.Group{RetryQueues: 1, RetryMax: 2}, true
	for _, tt := range []struct {
		what string
		m    message
		want string
	}{
		{"within", message{topic: "%RETRY%G", props: "DELAY\x015\x02RETRY_TOPIC\x01T\x02", ext: map[string]string{"j": "16"}}, "SCHEDULE_TOPIC_XXXX 4, real %RETRY%G 0, retry of T, times 16, DELAY 5, WAIT -"},
		{"beyond", message{topic: "%RETRY%G", props: "DELAY\x015\x02RETRY_TOPIC\x01T\x02", ext: map[string]string{"j": "17"}}, "%DLQ%G 0, real - -, retry of T, times 17, DELAY -1, WAIT -"},
		{"the client's limit", message{topic: "%RETRY%G", ext: map[string]string{"j": "4", "l": "3"}}, "%DLQ%G 0, real - -, retry of -, times 4, DELAY -1, WAIT -"},
		{"the group's limit", message{topic: "%RETRY%Two", ext: map[string]string{"j": "3"}}, "%DLQ%Two 0, real - -, retry of -, times 3, DELAY -1, WAIT -"},
		{"in order", message{topic: "%RETRY%Ordered", ext: map[string]string{"j": "1"}}, "%DLQ%Ordered 0, real - -, retry of -, times 1, DELAY -1, WAIT -"},
		{"a group made by use", message{topic: "%RETRY%Auto", ext: map[string]string{"j": "1"}}, "%RETRY%Auto 0, real - -, retry of -, times 1, DELAY -, WAIT -"},
	} {
		tt.m.body = []byte("b")
		tt.m.props += "UNIQ_KEY\x01U7\x02"
		got := peer.New().Ask(t, b.router, tt.m.frame(t, wire.Binary))
		id, _ := got.Lookup("transactionId")
		if queue, _ := got.Lookup("queueId"); got.Code != 0 || string(queue) != "0" || string(id) != "U7" {
			t.Errorf("%s: %d %q %q", tt.what, got.Code, got.Remark, got.Ext)
		}
		all := b.stored(t)
		v := &all[len(all)-1]
		if got := place(v); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.what, got, tt.want)
		}
		if n := bytes.Count(v.Properties, []byte("DELAY\x01")); n > 1 {
			t.Errorf("%s: DELAY is stored %d times", tt.what, n)
		}
	}
	buried := slices.DeleteFunc(y.told, func(s string) bool { return !strings.Contains(s, "buries") })
	if want := []string{"G buries %RETRY%G", "G buries %RETRY%G", "Two buries %RETRY%Two", "Ordered buries %RETRY%Ordered"}; !slices.Equal(buried, want) {
		t.Errorf("counted %q, want %q", buried, want)
	}
}
