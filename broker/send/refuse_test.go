package send_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
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

const unserved = "message illegal: "

// What is refused, with which code and the beginning of which remark, is not stored; and a topic that
// does not exist is not made for it.
func TestRefusals(t *testing.T) {
	body := []byte("x")
	long := strings.Repeat("x", 200)
	tests := []struct {
		name   string
		m      message
		code   int32
		remark string
	}{
		{"queue id too large", message{topic: "TopicA", queue: 2, body: body}, 29, "request queueId[2] is illegal, TopicConfig [topicName=TopicA, "},
		{"largest queue id", message{topic: "TopicA", queue: 1<<31 - 1, body: body}, 29, "request queueId[2147483647] is illegal, "},
		{"blank topic", message{topic: "", body: body, ext: map[string]string{"b": " "}}, 29, "The specified topic contains illegal characters"},
		{"parent directory", message{topic: "..", body: body}, 29, "The specified topic contains illegal characters"},
		{"path", message{topic: "../../etc/passwd", body: body}, 29, "The specified topic contains illegal characters"},
		{"NUL", message{topic: "a\x00b", body: body}, 29, "The specified topic contains illegal characters"},
		{"long topic", message{topic: long, body: body}, 29, "The specified topic is longer than topic max length."},
		{"long retry topic, no such group", message{topic: "%RETRY%" + long, body: body}, 26, "subscription group not exist, " + long + " \nSee "},
		{"timer topic", message{topic: record.TopicTimer, body: body}, 16, "Sending message to topic[rmq_sys_wheel_timer] is forbidden."},
		{"schedule topic", message{topic: record.TopicSchedule, body: body}, 16, "Sending message to topic[SCHEDULE_TOPIC_XXXX] is forbidden."},
		{"half topic", message{topic: record.TopicTranHalf, body: body}, 16, "Sending message to topic[RMQ_SYS_TRANS_HALF_TOPIC] is forbidden."},
		{"op topic", message{topic: record.TopicTranOpHalf, body: body}, 16, "Sending message to topic[RMQ_SYS_TRANS_OP_HALF_TOPIC] is forbidden."},
		{"check topic", message{topic: record.TopicTranCheckMaxTime, body: body}, 16, "Sending message to topic[TRANS_CHECK_MAX_TIME_TOPIC] is forbidden."},
		{"self test topic", message{topic: record.TopicSelfTest, body: body}, 16, "Sending message to topic[SELF_TEST_TOPIC] is forbidden."},
		{"offset topic", message{topic: record.TopicOffsetMoved, body: body}, 16, "Sending message to topic[OFFSET_MOVED_EVENT] is forbidden."},
		{"unknown topic", message{topic: "NoTopic", body: body}, 17, "topic[NoTopic] not exist, apply first please!\nSee "},
		{"retry of no group", message{topic: "%RETRY%Nobody", body: body}, 26, "subscription group not exist, Nobody \nSee "},
		{"dead letter without a topic", message{topic: "%RETRY%GNo", body: body, ext: map[string]string{"j": "17"}}, 1, "topic[%DLQ%GNo] not exist"},
		{"empty body", message{topic: "TopicA"}, 13, "the message is illegal, maybe msg body or properties length not matched. msg body length limit 1000B, "},
		{"large body", message{topic: "TopicA", body: make([]byte, 1001)}, 13, "the message is illegal, "},
		{"properties of 32 KiB", message{topic: "TopicA", body: body, props: "k\x01" + strings.Repeat("v", 32<<10) + "\x02"}, 13, "the message is illegal, "},
		{"delay level", message{topic: "TopicA", body: body, props: "DELAY\x013\x02"}, 13, unserved + "property DELAY asks for a feature"},
		{"delay level that is none", message{topic: "TopicA", body: body, props: "DELAY\x01abc\x02"}, 13, unserved + "property DELAY "},
		{"delay level of a sign", message{topic: "TopicA", body: body, props: "DELAY\x01-\x02"}, 13, unserved + "property DELAY "},
		{"delay of the last of two", message{topic: "TopicA", body: body, props: "DELAY\x010\x02DELAY\x011\x02"}, 13, unserved + "property DELAY "},
		{"injected delay", message{topic: "TopicA", body: body, props: "k\x01v\x02DELAY\x011\x02"}, 13, unserved + "property DELAY "},
		{"delay without separator", message{topic: "TopicA", body: body, props: "k\x01v\x02DELAY\x011"}, 13, unserved + "property DELAY "},
		{"timer in seconds", message{topic: "TopicA", body: body, props: "TIMER_DELAY_SEC\x011\x02"}, 13, unserved + "property TIMER_* "},
		{"timer in milliseconds", message{topic: "TopicA", body: body, props: "TIMER_DELAY_MS\x01-1\x02"}, 13, unserved + "property TIMER_* "},
		{"timer at a time", message{topic: "TopicA", body: body, props: "TIMER_DELIVER_MS\x011795230244672\x02"}, 13, unserved + "property TIMER_* "},
		{"half message", message{topic: "TopicA", body: body, props: "TRAN_MSG\x01true\x02"}, 13, unserved + "property TRAN_MSG "},
		{"half message in capitals", message{topic: "TopicA", body: body, props: "TRAN_MSG\x01TRUE\x02"}, 13, unserved + "property TRAN_MSG "},
		{"prepared bit", message{topic: "TopicA", body: body, sys: 4}, 13, "the message is illegal, "},
		{"rollback bits", message{topic: "TopicA", body: body, sys: 12}, 13, "the message is illegal, "},
		{"inner batch", message{topic: "TopicA", body: body, sys: 0xC0}, 13, "the message is illegal, "},
		{"inner count", message{topic: "TopicA", body: body, props: "INNER_NUM\x012\x02"}, 13, "the message is illegal, "},
		{"no keys", message{topic: "Compaction", body: body}, 13, "Required message key is missing"},
		{"blank keys", message{topic: "Compaction", body: body, props: "KEYS\x01 \x02"}, 13, "Required message key is missing"},
		{"batch to a retry topic", message{code: 320, topic: "%RETRY%G", body: batchBody(1, body)}, 13, "batch request does not support retry group %RETRY%G"},
		{"batch to a long topic", message{code: 320, topic: "%RETRY%" + long, body: batchBody(1, body)}, 13, "message topic length too long 207"},
		{"batch of nothing", message{code: 320, topic: "TopicA"}, 13, "the message is illegal, "},
		{"batch with the prepared bit", message{code: 320, topic: "TopicA", sys: 4, body: batchBody(1, body)}, 13, "the message is illegal, "},
		{"batch of a transaction", message{code: 320, topic: "TopicA", sys: 4, props: "TRAN_MSG\x01true\x02", body: batchBody(1, body)}, 13, "the message is illegal, "},
		{"delayed batch", message{code: 320, topic: "TopicA", props: "DELAY\x011\x02", body: batchBody(1, body)}, 13, unserved + "property DELAY "},
		{"large batch", message{code: 320, topic: "TopicA", body: batchBody(2, make([]byte, 500))}, 13, "the message is illegal, "},
		{"batch bit of V2", message{topic: "TopicA", body: body, ext: map[string]string{"m": "true"}}, 13, "the message is illegal, "},
		{"no queue id", message{topic: "TopicA", body: body, ext: map[string]string{"e": ""}}, 1, "wire: required field is missing: e"},
		{"queue id that is none", message{topic: "TopicA", body: body, ext: map[string]string{"e": "zwei"}}, 1, "wire: "},
	}
	o := options()
	o.Encode.MaxMessageSize = 1000
	o.Encode.AutoVersion = true
	b := start(t, vfs.NewMem(), smallStore(), o)
	b.tables.groups["G"], b.tables.groups["GNo"] = true, true
	b.tables.topics["%RETRY%GNo"] = send.Topic{Queues: 1, WriteQueues: 1}
	b.tables.topics["Compaction"] = send.Topic{Queues: 1, WriteQueues: 1, Compaction: true}
	b.tables.topics["%RETRY%"+long] = send.Topic{Queues: 1, WriteQueues: 1}
	b.tables.topics["%RETRY%G"] = send.Topic{Queues: 1, WriteQueues: 1}
	for _, tt := range tests {
		for _, s := range []wire.Serialization{wire.JSON, wire.Binary} {
			got := peer.New().Ask(t, b.router, tt.m.frame(t, s))
			if got.Code != tt.code || !strings.HasPrefix(string(got.Remark), tt.remark) {
				t.Errorf("%s: %d %q, want %d %q…", tt.name, got.Code, got.Remark, tt.code, tt.remark)
			}
			region := 2
			if tt.code == 1 && strings.HasPrefix(tt.remark, "wire: ") {
				region = 0 // exceptions of Java carry nothing
			}
			if len(got.Ext) != region {
				t.Errorf("%s: extFields %q, want %d", tt.name, got.Ext, region)
			}
		}
	}
	if n := b.Metrics.Messages.Load(); n != 0 {
		t.Errorf("%d messages stored", n)
	}
	if n := b.Metrics.Refused.Load(); n != int64(2*len(tests)) {
		t.Errorf("%d counted as refused, want %d", n, 2*len(tests))
	}
	if st := b.store.Stats(); st.LogEnd != 0 {
		t.Errorf("the log has %d bytes", st.LogEnd)
	}
}

// What asks for nothing that is not served is stored.
func TestAccepted(t *testing.T) {
	o := options()
	o.Encode.AutoVersion = true
	b := start(t, vfs.NewMem(), smallStore(), o)
	b.tables.groups["G"] = true
	b.tables.groups[strings.Repeat("g", 200)] = true
	b.tables.topics["Compaction"] = send.Topic{Queues: 1, WriteQueues: 1, Compaction: true}
	one := []byte("x")
	tests := []struct {
		name string
		m    message
	}{
		{"largest body", message{topic: "TopicA", body: make([]byte, record.MaxMessageSize)}},
		{"delay level 0", message{topic: "TopicA", body: one, props: "DELAY\x010\x02"}},
		{"negative delay level", message{topic: "TopicA", body: one, props: "DELAY\x01-1\x02"}},
		{"half message no more", message{topic: "TopicA", body: one, props: "TRAN_MSG\x01false\x02"}},
		{"commit bit", message{topic: "TopicA", body: one, sys: 8}},
		{"delay level 0 behind another", message{topic: "TopicA", body: one, props: "DELAY\x015\x02DELAY\x010\x02"}},
		{"no half message behind one", message{topic: "TopicA", body: one, props: "TRAN_MSG\x01true\x02TRAN_MSG\x01false\x02"}},
		{"empty delay level", message{topic: "TopicA", body: one, props: "DELAY\x01\x02"}},
		{"keys", message{topic: "Compaction", body: one, props: "KEYS\x01k\x02"}},
		{"retry", message{topic: "%RETRY%G", body: one, ext: map[string]string{"j": "16"}}},
		{"long retry topic", message{topic: "%RETRY%" + strings.Repeat("g", 200), body: one}},
		{"retry within the client's limit", message{topic: "%RETRY%G", body: one, ext: map[string]string{"j": "99", "l": "100"}}},
		{"V1 with batch bit", message{code: 10, topic: "TopicA", body: batchBody(2, one), ext: map[string]string{"batch": "true"}}},
		{"empty element", message{code: 320, topic: "TopicA", body: batchBody(1, nil)}},
		{"new topic", message{topic: "Fresh", queue: 3, body: one}},
	}
	for _, tt := range tests {
		before := b.Metrics.Messages.Load()
		got := peer.New().Ask(t, b.router, tt.m.frame(t, wire.Binary))
		if got.Code != 0 || len(got.Remark) != 0 || b.Metrics.Messages.Load() == before {
			t.Errorf("%s: %d %q, %d stored", tt.name, got.Code, got.Remark, b.Metrics.Messages.Load()-before)
		}
	}
	if n := b.Metrics.Moved.Load(); n < 3 { // three topics did not exist
		t.Errorf("%d sends left the loop, want 3 or more", n)
	}
	if got := strings.Join(b.tables.created, " "); got != "%RETRY%G %RETRY%"+strings.Repeat("g", 200)+" Fresh" {
		t.Errorf("created %s", got)
	}
}

// A batch that is cut anywhere is refused, not stored in part, unless the cut is between two elements.
func TestBatchCutAnywhere(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options())
	whole := batchBody(3, []byte("body"))
	element := len(whole) / 3
	for n := range whole {
		before := b.Metrics.Messages.Load()
		got := peer.New().Ask(t, b.router, message{code: 320, topic: "TopicA", body: whole[:n]}.frame(t, wire.JSON))
		stored := b.Metrics.Messages.Load() - before
		if n > 0 && n%element == 0 {
			if got.Code != 0 || stored != int64(n/element) {
				t.Errorf("cut at %d: %d %q, %d stored", n, got.Code, got.Remark, stored)
			}
		} else if got.Code != 13 || stored != 0 {
			t.Errorf("cut at %d: %d %q, %d stored, want 13 and nothing", n, got.Code, got.Remark, stored)
		}
	}
}

func TestNegativeQueueIsAnyWriteQueue(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options())
	b.tables.topics["Shrunk"] = send.Topic{Queues: 8, WriteQueues: 3}
	b.tables.topics["Closed"] = send.Topic{Queues: 8, WriteQueues: 0}
	seen := make(map[string]int)
	for i := range 200 {
		got := peer.New().Ask(t, b.router, message{topic: "Shrunk", queue: int32(-1 - i), body: []byte("x")}.frame(t, wire.JSON))
		id, _ := got.Lookup("queueId")
		seen[string(id)]++
	}
	if len(seen) != 3 || seen["0"]+seen["1"]+seen["2"] != 200 {
		t.Errorf("queues %v, want 0, 1 and 2", seen)
	}
	got := peer.New().Ask(t, b.router, message{topic: "Closed", queue: -1, body: []byte("x")}.frame(t, wire.JSON))
	if id, _ := got.Lookup("queueId"); got.Code != 0 || string(id) != "0" {
		t.Errorf("no write queue: %d %q, queue %q, want 0", got.Code, got.Remark, id)
	}
}

// The broker's own state refuses in Java's words.
func TestBrokerRefuses(t *testing.T) {
	early := options()
	early.AcceptFrom = now.UnixMilli() + 1
	order := options()
	order.WritableOrder = func(topic []byte) bool { return string(topic) != "TopicA" }
	tests := []struct {
		name   string
		o      send.Options
		code   int32
		remark string
	}{
		{"too early", early, 1, "broker unable to service, until " + time.UnixMilli(now.UnixMilli()+1).Format("2006-01-02 15:04:05,000")},
		{"order topic of a broker that is not writable", order, 16, "the broker[127.0.0.1] sending message is forbidden"},
	}
	for _, tt := range tests {
		b := start(t, vfs.NewMem(), smallStore(), tt.o)
		got := peer.New().Ask(t, b.router, message{topic: "TopicA", body: []byte("x")}.frame(t, wire.JSON))
		if got.Code != tt.code || string(got.Remark) != tt.remark || len(got.Ext) != 2 {
			t.Errorf("%s: %d %q %q, want %d %q and the region", tt.name, got.Code, got.Remark, got.Ext, tt.code, tt.remark)
		}
	}
}

func TestStoreRefuses(t *testing.T) {
	m := message{topic: "TopicA", body: make([]byte, 5000)}.frame(t, wire.JSON)
	const unavailable = "service not available now. It may be caused by one of the following reasons: the broker's disk is full [CL:  0.25 CQ:  0.91 INDEX:  0.07], messages are put to the slave, message store has been shut down, etc. Cause: "
	o := options()
	o.DiskUsed = func() (log, queues, index float64) { return 0.25, 0.91, 0.07 }
	tests := []struct {
		name   string
		so     store.Options
		before func(*vfs.Mem, *broker)
		code   int32
		remark string
	}{
		{"closed", smallStore(), func(_ *vfs.Mem, b *broker) {
			if err := b.store.Close(); err != nil {
				t.Fatal(err)
			}
		}, 14, unavailable + "store: closed"},
		{"message larger than a file", store.Options{LogFileSize: 4096, QueueFileSize: 400}, func(*vfs.Mem, *broker) {}, 13, "the message is illegal, "},
		{"full disk", store.Options{LogFileSize: 1 << 20, QueueFileSize: 400, MinFree: 1 << 62}, func(*vfs.Mem, *broker) {}, 14, unavailable + "store: read-only: store: disk full: "},
	}
	for _, tt := range tests {
		disk := vfs.NewMem()
		b := start(t, disk, tt.so, o)
		tt.before(disk, b)
		got := peer.New().Ask(t, b.router, m)
		if got.Code != tt.code || !strings.HasPrefix(string(got.Remark), tt.remark) || len(got.Ext) != 2 {
			t.Errorf("%s: %d %q %q, want %d %q… and the region", tt.name, got.Code, got.Remark, got.Ext, tt.code, tt.remark)
		}
		if tt.name == "closed" {
			b.store = nil
			b.Close()
		}
	}
}

// hook is a Hook of a test.
type hook func(*record.Message) error

func (h hook) BeforePut(m *record.Message, asks send.Asks) (send.Asks, error) { return asks, h(m) }

func TestHooks(t *testing.T) {
	refuse := hook(func(m *record.Message) error {
		if bytes.HasPrefix(m.Body, []byte("no")) {
			return remoting.Errorf(protocol.NoPermission, "not this one")
		}
		if bytes.HasPrefix(m.Body, []byte("bug")) {
			return errors.New("a hook that failed")
		}
		return nil
	})
	move := hook(func(m *record.Message) error {
		m.QueueID = 1
		m.Properties = record.AppendProperty(m.Properties, "moved", "true")
		return nil
	})
	b := start(t, vfs.NewMem(), smallStore(), options(), refuse, move)
	for _, tt := range []struct {
		body   string
		code   int32
		remark string
	}{{"no", 16, "not this one"}, {"bug", 1, "a hook that failed"}, {"yes", 0, ""}} {
		got := peer.New().Ask(t, b.router, message{topic: "TopicA", body: []byte(tt.body)}.frame(t, wire.JSON))
		if got.Code != tt.code || string(got.Remark) != tt.remark {
			t.Errorf("%s: %d %q, want %d %q", tt.body, got.Code, got.Remark, tt.code, tt.remark)
		}
		if id, _ := got.Lookup("queueId"); tt.code == 0 && string(id) != "0" {
			t.Errorf("%s: answered queue %q, the client said 0", tt.body, id)
		}
	}
	stored := b.stored(t)
	if len(stored) != 1 || stored[0].QueueID != 1 {
		t.Fatalf("stored %v, want one message in queue 1", stored)
	}
	if v, _ := stored[0].Property("moved"); string(v) != "true" {
		t.Errorf("properties %q: the hook's is missing", stored[0].Properties)
	}
}

// The answers name what is stored: ids point to records, offsets count on.
func TestAnswersNameWhatIsStored(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options())
	var ids, offsets []string
	for i := range 4 {
		m := message{topic: "TopicA", queue: 1, body: []byte("x"), props: clientProps()}
		if i%2 == 1 {
			m.code, m.body = protocol.SendBatchMessage, batchBody(3, []byte("x"))
		}
		got := peer.New().Ask(t, b.router, m.frame(t, wire.JSON))
		id, _ := got.Lookup("msgId")
		off, _ := got.Lookup("queueOffset")
		uniq, _ := got.Lookup("transactionId")
		if string(uniq) != "FD0000000000000000000000000000021D634E0E2F2A67A7AADE0001" {
			t.Errorf("transactionId %q", uniq)
		}
		ids = append(ids, strings.Split(string(id), ",")...)
		offsets = append(offsets, string(off))
	}
	if got := fmt.Sprint(offsets); got != "[0 1 4 5]" {
		t.Errorf("queue offsets %s, want [0 1 4 5]", got)
	}
	stored := b.stored(t)
	if len(stored) != len(ids) {
		t.Fatalf("%d stored, %d ids", len(stored), len(ids))
	}
	for i, v := range stored {
		if want := string(v.AppendOffsetID(nil)); ids[i] != want {
			t.Errorf("id %d is %s, the record's is %s", i, ids[i], want)
		}
	}
}
