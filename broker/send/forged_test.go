package send_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/broker/send"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// cut is what a power cut leaves of a disk: what was flushed.
func cut(disk *vfs.Mem) *vfs.Mem {
	return disk.Clone(rand.New(rand.NewPCG(1, 2)), vfs.Policy{Page: 1, Size: 1, Name: 1})
}

// element is a batch of one message with properties.
func element(body, props string) []byte {
	b := binary.BigEndian.AppendUint32(make([]byte, 16), uint32(len(body)))
	b = binary.BigEndian.AppendUint16(append(b, body...), uint16(len(props)))
	return append(b, props...)
}

// bodies reads a whole queue.
func bodies(t *testing.T, s *store.Store, topic string) string {
	t.Helper()
	var list []string
	for off := range min(s.MaxOffset([]byte(topic), 0), 10) {
		var r store.Read
		status, err := s.Get(&store.Query{Topic: []byte(topic), Offset: off, Max: 1}, &r)
		if err != nil || status != store.Found {
			t.Fatalf("%s at %d: %v, %v", topic, off, status, err)
		}
		var v record.View
		if kind, err := record.Parse(r.AppendTo(nil), &v, record.CheckCRC); err != nil || kind != record.Record {
			t.Fatalf("%s at %d: %v, %v", topic, off, kind, err)
		}
		r.Release()
		list = append(list, string(v.Body))
	}
	return strings.Join(list, " ")
}

// A place in a queue is the log's to give: one that a sender claims takes no message's, neither at once nor when
// the queues are made anew after a power cut, in whatever way it comes.
func TestForgedPlaces(t *testing.T) {
	claim := func(queue string, at int) string {
		return fmt.Sprintf("INNER_MULTI_DISPATCH\x01%s\x02INNER_MULTI_QUEUE_OFFSET\x01%d\x02", queue, at)
	}
	const light = "%LMQ%v"
	for _, tt := range []struct {
		what, victim string
		light        bool // enableLmq
		forged       message
	}{
		{"of another topic", "V", false, message{topic: "A", body: []byte("forged"), props: claim("V", 1)}},
		{"of another topic, twice", "V", false, message{topic: "A", body: []byte("forged"), props: claim("V", 1) + claim("V", 1)}},
		{"of a batch to another topic", "V", false, message{code: 320, topic: "A", body: element("forged", ""), props: claim("V", 1)}},
		{"of an element to another topic", "V", false, message{code: 320, topic: "A", body: element("forged", claim("V", 1))}},
		{"of a light queue", light, true, message{topic: "A", body: []byte("forged"), props: "INNER_MULTI_QUEUE_OFFSET\x011\x02"}},
		{"of a retry", light, true, message{topic: "%RETRY%G", body: []byte("forged"), props: claim(light, 1)}},
		{"of an element", light, true, message{code: 320, topic: "A", body: element("forged", claim(light, 1))}},
		{"of a batch", light, true, message{code: 320, topic: "A", body: element("forged", ""), props: claim(light, 1)}},
		{"of an element to a batch queue", "B", false, message{code: 320, topic: "B", body: element("v1", "INNER_BASE\x012\x02INNER_NUM\x0132767\x02")}},
		{"of a message to a batch queue", "B", false, message{topic: "B", body: []byte("v1"), props: "INNER_BASE\x0132767\x02"}},
	} {
		t.Run(tt.what, func(t *testing.T) {
			so, o := syncStore(), options()
			so.Light, so.MaxLight, o.Encode.Light, o.SyncFlush = tt.light, 9, tt.light, true
			so.BatchTopic = func(topic []byte) bool { return string(topic) == "B" }
			disk := vfs.NewMem()
			run := func(disk *vfs.Mem) (*broker, func(message)) {
				b := start(t, disk, so, o)
				for _, topic := range []string{"A", "V", "%RETRY%G"} {
					b.tables.topics[topic] = send.Topic{Queues: 1, WriteQueues: 1, Writable: true}
				}
				b.tables.topics["B"], b.tables.groups["G"] = send.Topic{Queues: 1, WriteQueues: 1, InnerBatch: true}, true
				return b, func(m message) {
					t.Helper()
					if got := peer.New().Ask(t, b.router, m.frame(t, wire.Binary)); got.Code != 0 {
						t.Fatalf("%d %q", got.Code, got.Remark)
					}
				}
			}
			victim := func(body string) message {
				if tt.victim == light {
					return message{topic: "A", body: []byte(body), props: "INNER_MULTI_DISPATCH\x01" + light + "\x02"}
				}
				return message{topic: tt.victim, body: []byte(body)}
			}
			b, put := run(disk)
			put(victim("v0"))
			put(tt.forged)
			put(victim("v2"))
			want := "v0 v2"
			if tt.victim == "B" {
				want = "v0 v1 v2"
			}
			b.settle(t)
			if got := bodies(t, b.store, tt.victim); got != want {
				t.Errorf("live: %q, want %q", got, want)
			}
			for _, v := range b.stored(t) {
				for _, key := range []string{"INNER_BASE", "INNER_NUM"} {
					if value, there := v.Property(key); there {
						t.Errorf("stored %s=%s", key, value)
					}
				}
			}
			b, put = run(cut(disk))
			put(victim("v3"))
			b.settle(t)
			if got := bodies(t, b.store, tt.victim); got != want+" v3" {
				t.Errorf("after a power cut: %q, want %q", got, want+" v3")
			}
		})
	}
}

// A message that names a light queue makes none where there are none, and does not keep a broker from starting
// after a power cut.
func TestLightQueueOfNobody(t *testing.T) {
	so, o := syncStore(), options()
	o.SyncFlush = true
	disk := vfs.NewMem()
	b := start(t, disk, so, o)
	m := message{topic: "TopicA", body: []byte("x"), props: "INNER_MULTI_DISPATCH\x01%LMQ%x\x02INNER_MULTI_QUEUE_OFFSET\x010\x02"}
	if got := peer.New().Ask(t, b.router, m.frame(t, wire.JSON)); got.Code != 0 {
		t.Fatalf("%d %q", got.Code, got.Remark)
	}
	b = start(t, cut(disk), so, o)
	if got := b.store.Unserved(); len(got) != 0 {
		t.Errorf("not served: %q", got)
	}
	if v := b.stored(t); len(v) != 1 || prop(&v[0], "INNER_MULTI_DISPATCH") != "%LMQ%x" {
		t.Errorf("stored %+v", v)
	}
}
