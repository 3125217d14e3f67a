package broker

import (
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/client"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/record"
)

// caller sends requests to a broker over a socket, and fails the test unless they are answered with 0.
func caller(t *testing.T, b *Broker) func(code int32, h wire.Header) *wire.Command {
	t.Helper()
	c, err := client.New(client.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return func(code int32, h wire.Header) *wire.Command {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		answer, err := c.Call(ctx, b.Addr(), &remoting.Message{Code: code, Header: h})
		if err != nil || answer.Code != protocol.Success {
			t.Fatalf("code %d: %+v, %v", code, answer, err)
		}
		return answer
	}
}

// settled waits for a message to be stored.
type settled chan error

func (s settled) Settled(err error) { s <- err }

// storeMessage puts a message and returns its queue offset.
func storeMessage(t *testing.T, b *Broker, topic string) int64 {
	t.Helper()
	host := netip.MustParseAddrPort("127.0.0.1:1")
	var e record.Encoded
	m := &record.Message{Topic: []byte(topic), Body: []byte("x"), BornHost: host, StoreHost: host}
	if err := e.Set(m, record.EncodeOptions{}); err != nil {
		t.Fatal(err)
	}
	done := make(settled, 1)
	placed, err := b.Put(m.Topic, 0, &e, done)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return placed.QueueOffset
}

// A deleted topic is gone from every table and from the disk, with its POP retry topics, and one of its name begins
// anew. A deleted group leaves its offsets unless the request says otherwise.
func TestDeletedIsGone(t *testing.T) {
	b := running(t, nil)
	call := caller(t, b)
	create := func(name string) {
		t.Helper()
		call(protocol.UpdateAndCreateTopic, &protocol.CreateTopicRequest{
			Topic: name, DefaultTopic: "TBW102", ReadQueueNums: 1, WriteQueueNums: 1, Perm: 6, TopicFilterType: protocol.SingleTag,
		})
	}
	const retry = "%RETRY%G_T"
	for _, name := range []string{"T", retry, "Other"} {
		create(name)
		for want := range int64(5) {
			if got := storeMessage(t, b, name); got != want {
				t.Fatalf("%s: message at %d, want %d", name, got, want)
			}
		}
		if err := b.offsets.Commit([]byte("G"), []byte(name), 0, 3); err != nil {
			t.Fatal(err)
		}
	}
	call(protocol.GetSubscriptionGroupConfig, &protocol.GroupRequest{Group: "G"}) // makes it

	call(protocol.DeleteTopicInBroker, &protocol.TopicRequest{Topic: "T"})
	for name, want := range map[string]bool{"T": false, retry: false, "Other": true} {
		_, offset := b.offsets.Query([]byte("G"), []byte(name), 0)
		table, queue := b.topics.Exists([]byte(name)), b.store.MaxOffset([]byte(name), 0) == 5
		files, err := b.opts.FS.List("consumequeue/" + name)
		if table != want || queue != want || offset != want || err != nil || !want && len(files) > 0 {
			t.Errorf("%s: in the table %t, queue %t, offset %t, %d files, %v; want all %t", name, table, queue, offset, len(files), err, want)
		}
	}
	create("T")
	if got := storeMessage(t, b, "T"); got != 0 {
		t.Errorf("a topic that was made again begins at %d, want 0", got)
	}

	call(protocol.DeleteSubscriptionGroup, &protocol.DeleteGroupRequest{GroupName: "G"})
	if _, ok := b.offsets.Query([]byte("G"), []byte("Other"), 0); !ok || b.groups.Exists([]byte("G")) {
		t.Errorf("group deleted: it is there %t, its offset %t; want the offset only", b.groups.Exists([]byte("G")), ok)
	}
	call(protocol.DeleteSubscriptionGroup, &protocol.DeleteGroupRequest{GroupName: "G", CleanOffset: true})
	if _, ok := b.offsets.Query([]byte("G"), []byte("Other"), 0); ok {
		t.Error("the offset is there after cleanOffset")
	}
}

// A topic that is deleted takes what was counted of its timed messages and of its transactions along.
func TestDeletedTopicIsNotCounted(t *testing.T) {
	b, call := sent(t)
	for _, props := range []string{"TIMER_DELAY_SEC\x01600\x02", "TRAN_MSG\x01true\x02PGROUP\x01P\x02"} {
		a := call(protocol.SendMessage, &protocol.SendRequest{
			ProducerGroup: []byte("P"), Topic: []byte("T"), DefaultTopic: []byte("TBW102"), BornTimestamp: time.Now().UnixMilli(),
			SysFlag: record.SysTranPrepared * int32(strings.Count(props, "TRAN_MSG")), Properties: []byte(props),
		}, []byte("x"))
		if a.Code != protocol.Success {
			t.Fatalf("send: %d %s", a.Code, a.Remark)
		}
	}
	counted := func() (timed, halves int64) {
		var timing struct {
			TimingCount map[string]struct {
				Count int64 `json:"count"`
			} `json:"timingCount"`
		}
		if err := fastjson.Unmarshal(call(protocol.GetTimerMetrics, nil, nil).Body, &timing); err != nil {
			t.Fatal(err)
		}
		return timing.TimingCount["T"].Count, b.txn.Counts()["T"]
	}
	for end := time.Now().Add(10 * time.Second); ; <-time.After(10 * time.Millisecond) {
		timed, halves := counted()
		if timed == 1 && halves == 1 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d timed messages and %d halves are counted, want one each", timed, halves)
		}
	}
	if a := call(protocol.DeleteTopicInBroker, &protocol.TopicRequest{Topic: "T"}, nil); a.Code != protocol.Success {
		t.Fatalf("215: %d %s", a.Code, a.Remark)
	}
	if timed, halves := counted(); timed != 0 || halves != 0 {
		t.Errorf("%d timed messages and %d halves are counted of a topic that is gone", timed, halves)
	}
}
