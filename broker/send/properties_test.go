package send_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/broker/send"
	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// items returns properties as a sorted list of name=value, doubles included.
func items(raw []byte) []string {
	var all []string
	for name, value := range record.Properties(raw) {
		all = append(all, fmt.Sprintf("%s=%s", name, value))
	}
	slices.Sort(all)
	return all
}

// brokers are the properties that every message gets from the broker.
var brokers = []string{"CLUSTER=DefaultCluster", "MSG_REGION=DefaultRegion", "TRACE_ON=true"}

// What of a client's properties is stored, besides those of the broker. Java keeps them in a map, so
// the order means nothing.
func TestProperties(t *testing.T) {
	const uniq = "UNIQ_KEY\x01U\x02"
	tests := []struct {
		name, props string
		want        []string // besides UNIQ_KEY=U
	}{
		{"usual", uniq + "WAIT\x01true\x02TAGS\x01A\x02", []string{"TAGS=A", "WAIT=true"}},
		{"without the last separator", uniq + "WAIT\x01true", []string{"WAIT=true"}},
		{"unique key without separator", "UNIQ_KEY\x01U", nil},
		{"forged", uniq + "CLUSTER\x01X\x02MSG_REGION\x01X\x02TRACE_ON\x01X\x02POP_CK\x010 1 2 3 4 5 6\x02", nil},
		{"forged without separator", uniq + "a\x01b\x02POP_CK\x010 1", []string{"a=b"}},
		{"forged by a value", uniq + "a\x01b\x02CLUSTER\x01X\x02", []string{"a=b"}},
		{"transient", uniq + "__RMQ.TRANSIENT.TOPIC_SYS_FLAG\x011\x02__RMQ.TRANSIENTx\x011\x02", []string{"__RMQ.TRANSIENTx=1"}},
		{"empty values, names and items", uniq + "a\x01\x02\x01b\x02\x02c\x02d\x01e\x02", []string{"d=e"}},
		{"name separator in a value", uniq + "a\x01b\x01c\x02", []string{"a=b\x01c"}},
		{"empty item first, no separator last", "\x02" + uniq + "a\x01b", []string{"a=b"}},
		{"unicode", uniq + "键\x01值 🚀\x02", []string{"键=值 🚀"}},
		{"last unique key counts", "UNIQ_KEY\x01V\x02" + uniq, []string{"UNIQ_KEY=V"}},
	}
	b := start(t, vfs.NewMem(), smallStore(), options())
	for _, tt := range tests {
		got := peer.New().Ask(t, b.router, message{topic: "TopicA", props: tt.props, body: []byte("x")}.frame(t, wire.JSON))
		if id, _ := got.Lookup("transactionId"); got.Code != 0 || string(id) != "U" {
			t.Errorf("%s: %d %q, transactionId %q", tt.name, got.Code, got.Remark, id)
		}
		stored := b.stored(t)
		props := stored[len(stored)-1].Properties
		want := slices.Sorted(slices.Values(slices.Concat(brokers, tt.want, []string{"UNIQ_KEY=U"})))
		if list := items(props); !slices.Equal(list, want) {
			t.Errorf("%s: stored %q, want %q", tt.name, list, want)
		}
		if props[len(props)-1] != 2 {
			t.Errorf("%s: %q does not end with its separator", tt.name, props)
		}
	}
}

// A message without a unique key gets one, which the answer tells; the elements of a batch get none.
func TestUniqueKeyIsAdded(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options())
	p := peer.New()
	single := p.Ask(t, b.router, message{topic: "TopicA", body: []byte("x")}.frame(t, wire.JSON))
	element := append(make([]byte, 19), 1, 'x', 0, 0)
	batch := p.Ask(t, b.router, message{code: 320, topic: "TopicA", body: element}.frame(t, wire.JSON))
	stored := b.stored(t)
	if len(stored) != 2 {
		t.Fatalf("%d stored", len(stored))
	}
	key := stored[0].UniqKey()
	if told, _ := single.Lookup("transactionId"); !bytes.Equal(told, key) {
		t.Errorf("transactionId %q, stored %q", told, key)
	}
	// Address, pid, salt, time in the month, counter: 16 bytes.
	if raw, err := hex.DecodeString(string(key)); err != nil || len(raw) != 16 || !bytes.HasPrefix(raw, []byte{127, 0, 0, 1, 0, 7, 0, 0, 0, 9}) {
		t.Errorf("unique key %q", key)
	}
	if told, ok := batch.Lookup("transactionId"); ok || stored[1].UniqKey() != nil {
		t.Errorf("batch: transactionId %q, stored %q, want none", told, stored[1].UniqKey())
	}
	if got := items(stored[1].Properties); !slices.Equal(got, brokers) {
		t.Errorf("batch: stored %q, want %q", got, brokers)
	}
}

// javaRecord is what Java says of a record of its own.
type javaRecord struct {
	Topic          string
	QueueID        int32
	Flag           int32
	SysFlag        int32
	BornTimestamp  int64
	ReconsumeTimes int32
	BodyLen        int
	Phy            int64
	Size           int
	Properties     map[string]string
}

// What Java stored of what clients sent it we store too: the records of Java's own log are sent
// again, without the properties that the broker adds, and must get the same ones back. Elements of
// batches cannot be told from single messages afterwards, and need not: the properties of header and
// element end up in one list.
func TestStoresWhatJavaStored(t *testing.T) {
	var expect struct {
		Commitlog struct{ Messages []javaRecord }
	}
	golden.Expect(t, "basic-clean", &expect)
	java := store.Options{LogFileSize: 1 << 20, QueueFileSize: 10000}
	image, err := store.Open(vfs.NewOS(golden.Store(t, "basic-clean")+"/store"), java)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := image.Close(); err != nil {
			t.Error(err)
		}
	}()
	b := start(t, vfs.NewMem(), smallStore(), options())
	var r store.Read
	defer r.Release()
	p := peer.New()
	var sent []javaRecord
	for _, j := range expect.Commitlog.Messages {
		if record.SendForbidden(j.Topic) {
			continue
		}
		if _, key := j.Properties[record.PropUniqKey]; !key {
			continue // of a batch element: checked by TestUniqueKeyIsAdded
		}
		if err := image.Look(j.Phy, &r, false); err != nil {
			t.Fatal(err)
		}
		var v record.View
		if _, err := record.Parse(r.AppendTo(nil), &v, record.WithBody); err != nil {
			t.Fatal(err)
		}
		b.tables.topics[j.Topic] = send.Topic{Queues: 64, WriteQueues: 64}
		b.tables.groups[strings.TrimPrefix(j.Topic, record.RetryPrefix)] = true
		m := message{topic: j.Topic, queue: j.QueueID, sys: j.SysFlag, body: v.Body, ext: map[string]string{
			"h": fmt.Sprint(j.Flag), "g": fmt.Sprint(j.BornTimestamp), "j": fmt.Sprint(j.ReconsumeTimes),
		}}
		var props []byte
		for name, value := range j.Properties {
			if name != record.PropCluster && name != record.PropMsgRegion && name != record.PropTraceSwitch {
				props = record.AppendProperty(props, name, value)
			}
		}
		m.props = string(props)
		if len(v.Body) == 0 {
			continue // of a batch element
		}
		if got := p.Ask(t, b.router, m.frame(t, wire.JSON)); got.Code != 0 {
			t.Fatalf("%s at %d: %d %q", j.Topic, j.Phy, got.Code, got.Remark)
		}
		sent = append(sent, j)
	}
	if len(sent) < 1500 {
		t.Fatalf("%d records sent, want 1500 or more", len(sent))
	}
	for i, v := range b.stored(t) {
		j := &sent[i]
		want := maps.Clone(j.Properties)
		want[record.PropMsgRegion], want[record.PropTraceSwitch] = "DefaultRegion", "true"
		got := make(map[string]string)
		for name, value := range record.Properties(v.Properties) {
			got[string(name)] = string(value)
		}
		if !maps.Equal(got, want) || len(items(v.Properties)) != len(want) {
			t.Errorf("record %d: stored %q, Java %q", i, got, want)
		}
		if string(v.Topic) != j.Topic || v.QueueID != j.QueueID || v.Flag != j.Flag || v.SysFlag != j.SysFlag ||
			v.BornTime != j.BornTimestamp || v.ReconsumeTimes != j.ReconsumeTimes || len(v.Body) != j.BodyLen {
			t.Errorf("record %d: stored %+v, Java %+v", i, v, j)
		}
	}
}
