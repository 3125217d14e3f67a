package send_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/broker/send"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// A topic with batch queues takes a batch with a unique key as one record, any other in its elements.
func TestInnerBatch(t *testing.T) {
	so := smallStore()
	so.BatchTopic = func(topic []byte) bool { return string(topic) == "B" }
	b := start(t, vfs.NewMem(), so, options())
	b.tables.topics["B"] = send.Topic{Queues: 1, WriteQueues: 1, InnerBatch: true}
	body := []byte("element")
	for _, c := range []struct {
		what   string
		m      message
		code   int32
		base   int64
		uniqID string
	}{
		{"a message", message{body: body}, 0, 0, ""},
		{"an inner batch", message{code: 320, props: "UNIQ_KEY\x01U1\x02INNER_NUM\x0177\x02", body: batchBody(3, body)}, 0, 1, "U1"},
		{"a batch without a key", message{code: 320, body: batchBody(2, body)}, 0, 4, ""},
		{"one that says so", message{sys: 0x80, props: "INNER_NUM\x019\x02", body: batchBody(2, body)}, 0, 6, ""},
		{"what is none", message{sys: 0x80, body: body}, 13, 0, ""},
		{"a batch that is none", message{code: 320, props: "UNIQ_KEY\x01U2\x02", body: body}, 13, 0, ""},
		{"a count without a batch", message{props: "INNER_NUM\x012\x02", body: body}, 13, 0, ""},
		{"the next batch", message{code: 320, props: "UNIQ_KEY\x01U3\x02", body: batchBody(1, body)}, 0, 8, "U3"},
	} {
		c.m.topic = "B"
		got := peer.New().Ask(t, b.router, c.m.frame(t, wire.JSON))
		if got.Code != c.code {
			t.Errorf("%s: %d %q, want %d", c.what, got.Code, got.Remark, c.code)
		}
		if c.code != 0 {
			continue
		}
		base, _ := got.Lookup("queueOffset")
		uniq, _ := got.Lookup("batchUniqId")
		if string(base) != fmt.Sprint(c.base) || string(uniq) != c.uniqID {
			t.Errorf("%s: offset %s, batch id %q, want %d, %q", c.what, base, uniq, c.base, c.uniqID)
		}
	}
	var got []string
	for _, v := range b.stored(t) {
		base, n := v.Batch()
		got = append(got, fmt.Sprintf("%d+%d %#x", base, n, v.SysFlag))
	}
	if list, want := strings.Join(got, ", "), "0+1 0x0, 1+3 0xc0, 4+1 0x0, 5+1 0x0, 6+2 0xc0, 8+1 0xc0"; list != want {
		t.Errorf("stored %s, want %s", list, want)
	}
	if end := b.store.MaxOffset([]byte("B"), 0); end != 9 {
		t.Errorf("the queue ends at %d, want 9", end)
	}
}

// Where a batch waits there are no batch queues: its messages wait, and come, one by one. A transaction of many has
// no meaning.
func TestInnerBatchThatWaits(t *testing.T) {
	so := smallStore()
	so.BatchTopic = func(topic []byte) bool { return string(topic) == "B" }
	b := start(t, vfs.NewMem(), so, options(), parking{levels})
	b.tables.topics["B"] = send.Topic{Queues: 1, WriteQueues: 1, InnerBatch: true}
	body := batchBody(3, []byte("element"))
	for _, c := range []struct {
		what  string
		m     message
		code  int32
		place string // of the first record, or what the remark says
	}{
		{"a batch", message{code: 320, props: "UNIQ_KEY\x01U1\x02DELAY\x011\x02"}, 0, "SCHEDULE_TOPIC_XXXX 0 at 0+1 0x0"},
		{"a message", message{props: "DELAY\x011\x02"}, 0, "SCHEDULE_TOPIC_XXXX 0 at 3+1 0x0"},
		{"one that says so", message{sys: 0xC0, props: "INNER_NUM\x013\x02DELAY\x011\x02"}, 0, "SCHEDULE_TOPIC_XXXX 0 at 4+1 0x0"},
		{"at once", message{code: 320, props: "UNIQ_KEY\x01U2\x02DELAY\x010\x02"}, 0, "B 0 at 0+3 0xc0"},
		{"a transaction", message{sys: 0xC4, props: "INNER_NUM\x013\x02TRAN_MSG\x01true\x02"}, 13, "a batch asks for a transaction"},
	} {
		before := len(b.stored(t))
		c.m.topic, c.m.body = "B", body
		got := peer.New().Ask(t, b.router, c.m.frame(t, wire.JSON))
		if got.Code != c.code || c.code != 0 && !strings.Contains(string(got.Remark), c.place) {
			t.Errorf("%s: %d %q, want %d %s", c.what, got.Code, got.Remark, c.code, c.place)
		}
		if all := b.stored(t); c.code == 0 {
			v := all[before]
			base, n := v.Batch()
			if place := fmt.Sprintf("%s %d at %d+%d %#x", v.Topic, v.QueueID, base, n, v.SysFlag); place != c.place {
				t.Errorf("%s: stored in %s, want %s", c.what, place, c.place)
			}
		}
	}
	if end := b.store.MaxOffset([]byte(record.TopicSchedule), 0); end != 7 {
		t.Errorf("%d messages wait, want 7", end)
	}
}

// Whoever parks a batch edits its properties in place, in front of its key too; the answer names the key all the same.
// Java: SendMessageProcessor.sendBatchMessage answers with the key that the batch has after its put.
func TestKeyOfABatchThatWaits(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options(), parking{levels})
	for props, want := range map[string]string{
		"DELAY\x011234\x02UNIQ_KEY\x01U1\x02":                 "U1", // above the last level: written anew behind the key
		"REAL_TOPIC\x01T\x02DELAY\x011\x02UNIQ_KEY\x01U2\x02": "U2", // forged, and left out
		"REAL_TOPIC\x01T\x02DELAY\x011\x02":                   "",
	} {
		m := message{code: 320, topic: "TopicA", props: props, body: batchBody(2, []byte("element"))}
		got := peer.New().Ask(t, b.router, m.frame(t, wire.JSON))
		if key, _ := got.Lookup("transactionId"); got.Code != 0 || string(key) != want {
			t.Errorf("%q: %d %q, key %q, want %q", props, got.Code, got.Remark, key, want)
		}
	}
}

// What the broker itself puts is an inner batch only where one may be, as one that waited with a Java broker.
func TestInnerBatchOfTheBroker(t *testing.T) {
	so := smallStore()
	so.BatchTopic = func(topic []byte) bool { return string(topic) == "B" }
	b := start(t, vfs.NewMem(), so, options())
	b.tables.topics["B"] = send.Topic{Queues: 1, WriteQueues: 1, InnerBatch: true}
	m := record.Message{Topic: []byte("TopicA"), Body: batchBody(1, []byte("x")), SysFlag: record.SysInnerBatch, StoreHost: options().StoreHost, BornHost: options().StoreHost}
	if _, err := b.Store(&m, 0); err == nil || !store.IsIllegal(err) {
		t.Errorf("got %v, want a refusal", err)
	}
	m.Topic, m.SysFlag, m.Properties = []byte("B"), record.SysInnerBatch|record.SysNeedUnwrap, []byte("INNER_NUM\x017\x02INNER_BASE\x019\x02")
	if _, err := b.Store(&m, 0); err != nil {
		t.Error(err)
	}
	m.Body = batchBody(3, []byte("y"))
	if placed, err := b.Store(&m, 0); err != nil || placed.QueueOffset != 1 {
		t.Errorf("stored at %d, %v, want 1", placed.QueueOffset, err)
	}
	m.Body = []byte("none")
	if _, err := b.Store(&m, 0); err == nil || !store.IsIllegal(err) {
		t.Errorf("what is no batch: %v, want a refusal", err)
	}
	all := b.stored(t)
	if base, n := all[1].Batch(); len(all) != 2 || base != 1 || n != 3 || b.store.MaxOffset(m.Topic, 0) != 4 {
		t.Errorf("%d records, the last is %d+%d, the queue ends at %d, want 2, 1+3 and 4", len(all), base, n, b.store.MaxOffset(m.Topic, 0))
	}
}

func TestLightQueuesOfASend(t *testing.T) {
	so, o := smallStore(), options()
	so.Light, so.MaxLight, o.Encode.Light = true, 2, true
	b := start(t, vfs.NewMem(), so, o)
	for _, c := range []struct {
		names  string
		code   int32
		remark string
	}{
		{"%LMQ%a,%LMQ%b", 0, ""}, {"%LMQ%b", 0, ""}, {"%LMQ%c", 1, "[LMQ_CONSUME_QUEUE_NUM_EXCEEDED]broker config enableLmq"},
	} {
		m := message{topic: "TopicA", queue: 1, props: "INNER_MULTI_DISPATCH\x01" + c.names + "\x02", body: []byte("m")}
		if got := peer.New().Ask(t, b.router, m.frame(t, wire.Binary)); got.Code != c.code || !strings.HasPrefix(string(got.Remark), c.remark) {
			t.Errorf("%s: %d %q, want %d %q…", c.names, got.Code, got.Remark, c.code, c.remark)
		}
	}
	b.settle(t)
	for name, want := range map[string]int64{"%LMQ%a": 1, "%LMQ%b": 2, "%LMQ%c": 0} {
		if got := b.store.MaxOffset([]byte(name), 0); got != want {
			t.Errorf("%s ends at %d, want %d", name, got, want)
		}
	}
}

// What belongs to one delivery, or is the broker's to say, is stored of an element as little as of a message.
func TestElementSaysNothingOfOurs(t *testing.T) {
	const delivery = "POP_CK\x01ck\x02__RMQ.TRANSIENT.TOPIC_SYS_FLAG\x011\x02CLUSTER\x01forged\x02MSG_REGION\x01forged\x02TRACE_ON\x01forged\x02"
	for _, c := range []struct {
		what  string
		m     message
		count int
	}{
		{"a message", message{topic: "TopicA", body: []byte("x"), props: delivery + "k\x01v\x02"}, 1},
		{"an element", message{code: 320, topic: "TopicA", body: element("x", "k\x01v\x02"+delivery)}, 1},
		{"the second element", message{code: 320, topic: "TopicA", body: append(element("x", "k\x01v"), element("x", delivery+"TAGS\x01t\x02k\x01v")...)}, 2},
		{"a batch", message{code: 320, topic: "TopicA", body: element("x", "k\x01v\x02"), props: delivery}, 1},
	} {
		b := start(t, vfs.NewMem(), smallStore(), options())
		if got := peer.New().Ask(t, b.router, c.m.frame(t, wire.JSON)); got.Code != 0 {
			t.Fatalf("%s: %d %q", c.what, got.Code, got.Remark)
		}
		all := b.stored(t)
		if len(all) != c.count {
			t.Fatalf("%s: %d stored, want %d", c.what, len(all), c.count)
		}
		for _, v := range all {
			props := string(v.Properties)
			if prop(&v, "k") != "v" || strings.Contains(props, "POP_CK") || strings.Contains(props, "TRANSIENT") || strings.Contains(props, "forged") {
				t.Errorf("%s: stored with %q", c.what, props)
			}
		}
	}
}
