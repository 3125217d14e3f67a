//go:build conformance

package goclient

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
	"github.com/apache/rocketmq-client-go/v2/rlog"

	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

func TestMain(m *testing.M) {
	rlog.SetLogLevel("error")
	process.AtOnce(3)
	os.Exit(m.Run())
}

func newProducer(t *testing.T, namesrv, group string, options ...producer.Option) rocketmq.Producer {
	t.Helper()
	p, err := rocketmq.NewProducer(append([]producer.Option{
		producer.WithNsResolver(primitive.NewPassthroughResolver([]string{namesrv})),
		producer.WithGroupName(group), producer.WithInstanceName(t.Name()), producer.WithRetry(2),
	}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Shutdown(); err != nil {
			t.Errorf("producer shutdown: %v", err)
		}
	})
	return p
}

// inbox gathers what a push consumer is given.
type inbox struct {
	mu     sync.Mutex
	bodies map[string]int
	last   map[int]int64 // highest queue offset by queue
	faults []string
	change chan struct{}
}

func newInbox() *inbox {
	return &inbox{bodies: make(map[string]int), last: make(map[int]int64), change: make(chan struct{}, 1)}
}

func (b *inbox) add(m *primitive.MessageExt, ordered bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bodies[string(m.Body)]++
	if last, ok := b.last[m.Queue.QueueId]; ordered && ok && m.QueueOffset <= last {
		b.faults = append(b.faults, fmt.Sprintf("queue %d: offset %d after %d", m.Queue.QueueId, m.QueueOffset, last))
	}
	b.last[m.Queue.QueueId] = max(b.last[m.Queue.QueueId], m.QueueOffset)
	select {
	case b.change <- struct{}{}:
	default:
	}
}

// wait returns when n distinct bodies are there, or fails the test.
func (b *inbox) wait(t *testing.T, n int) {
	t.Helper()
	deadline := time.After(60 * time.Second)
	for {
		b.mu.Lock()
		have := len(b.bodies)
		b.mu.Unlock()
		if have >= n {
			return
		}
		select {
		case <-b.change:
		case <-deadline:
			t.Fatalf("got %d of %d messages within 60 s", have, n)
		}
	}
}

func (b *inbox) check(t *testing.T, want map[string]bool) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for body, n := range b.bodies {
		if !want[body] {
			t.Errorf("got %.60q, which nobody sent to this consumer", body)
		}
		if n != 1 {
			t.Errorf("got %.60q %d times, want once", body, n)
		}
	}
	if len(b.bodies) != len(want) {
		t.Errorf("got %d distinct messages, want %d", len(b.bodies), len(want))
	}
	for _, f := range b.faults {
		t.Error(f)
	}
}

func subscribe(t *testing.T, namesrv, group, topic string, sel consumer.MessageSelector, into *inbox, ordered bool) rocketmq.PushConsumer {
	t.Helper()
	c, err := rocketmq.NewPushConsumer(
		consumer.WithNsResolver(primitive.NewPassthroughResolver([]string{namesrv})),
		consumer.WithGroupName(group), consumer.WithInstance(t.Name()+group),
		consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset), consumer.WithConsumerOrder(ordered),
	)
	if err != nil {
		t.Fatal(err)
	}
	err = c.Subscribe(topic, sel, func(_ context.Context, msgs ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		for _, m := range msgs {
			into.add(m, ordered)
		}
		return consumer.ConsumeSuccess, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

func send(t *testing.T, p rocketmq.Producer, m *primitive.Message) *primitive.SendResult {
	t.Helper()
	r, err := p.SendSync(context.Background(), m)
	if err != nil {
		t.Fatalf("send: %v", err)
	}
	if r.Status != primitive.SendOK {
		t.Fatalf("send: status %v", r.Status)
	}
	return r
}

// A thousand messages to a topic that does not exist before, exact and once.
func TestProduceAndPush(t *testing.T) {
	g := process.Run(t, process.Options{})
	p := newProducer(t, g.Namesrv, "P")
	want := make(map[string]bool)
	for i := range 1000 {
		body := fmt.Sprintf("message %04d", i)
		want[body] = true
		send(t, p, primitive.NewMessage("GoQuick", []byte(body)))
	}
	into := newInbox()
	c := subscribe(t, g.Namesrv, "C", "GoQuick", consumer.MessageSelector{}, into, false)
	into.wait(t, len(want))
	into.check(t, want)
	if err := c.Shutdown(); err != nil {
		t.Errorf("consumer shutdown: %v", err)
	}
}

// What a group has consumed before a restart of the broker is not consumed again, and nothing is missed.
func TestOffsetsSurviveARestart(t *testing.T) {
	g := process.Run(t, process.Options{})
	p := newProducer(t, g.Namesrv, "P")
	first, second := make(map[string]bool), make(map[string]bool)
	for i := range 100 {
		body := fmt.Sprintf("before %d", i)
		first[body] = true
		send(t, p, primitive.NewMessage("GoRestart", []byte(body)))
	}
	into := newInbox()
	c := subscribe(t, g.Namesrv, "C", "GoRestart", consumer.MessageSelector{}, into, false)
	into.wait(t, len(first))
	into.check(t, first)
	// The client commits every five seconds, and not reliably as it leaves: what the broker has not been
	// told it cannot keep.
	awaitCommitted(t, g.Broker, "C", "GoRestart", int64(len(first)))
	if err := c.Shutdown(); err != nil {
		t.Fatal(err)
	}
	if err := g.Stop(); err != nil {
		t.Fatalf("stop: %v", err)
	}
	again, err := g.Restart(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	again.End(t)
	for i := range 100 {
		body := fmt.Sprintf("after %d", i)
		second[body] = true
		send(t, p, primitive.NewMessage("GoRestart", []byte(body)))
	}
	rest := newInbox()
	c = subscribe(t, g.Namesrv, "C", "GoRestart", consumer.MessageSelector{}, rest, false)
	rest.wait(t, len(second))
	rest.check(t, second)
	if err := c.Shutdown(); err != nil {
		t.Error(err)
	}
}

// awaitCommitted returns when the group's offsets of the topic's queues add up to want.
func awaitCommitted(t *testing.T, broker, group, topic string, want int64) {
	t.Helper()
	c, err := recorder.Dial(broker)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		var sum int64
		for q := range int32(4) {
			answer, err := c.Call(protocol.QueryConsumerOffset, &protocol.QueryOffsetRequest{
				ConsumerGroup: []byte(group), Topic: []byte(topic), QueueID: q,
			}, nil)
			if err != nil {
				t.Fatal(err)
			}
			var h protocol.OffsetResponse
			if answer.Code == protocol.Success && wire.DecodeHeader(answer, &h) == nil {
				sum += h.Offset
			}
		}
		if sum == want {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("committed offsets add up to %d after 30 s, want %d", sum, want)
		}
	}
}

func TestTagFilter(t *testing.T) {
	g := process.Run(t, process.Options{})
	p := newProducer(t, g.Namesrv, "P")
	want := make(map[string]bool)
	for i := range 300 {
		tag := []string{"TagA", "TagB", "TagC"}[i%3]
		body := fmt.Sprintf("%s %d", tag, i)
		if tag != "TagC" {
			want[body] = true
		}
		send(t, p, primitive.NewMessage("GoTags", []byte(body)).WithTag(tag))
	}
	into := newInbox()
	c := subscribe(t, g.Namesrv, "C", "GoTags", consumer.MessageSelector{Type: consumer.TAG, Expression: "TagA || TagB"}, into, false)
	into.wait(t, len(want))
	into.check(t, want)
	if err := c.Shutdown(); err != nil {
		t.Error(err)
	}
}

// Ordered consumption goes through the queue locks (41, 42).
func TestOrderly(t *testing.T) {
	g := process.Run(t, process.Options{})
	p := newProducer(t, g.Namesrv, "P")
	want := make(map[string]bool)
	for i := range 200 {
		body := fmt.Sprintf("ordered %d", i)
		want[body] = true
		send(t, p, primitive.NewMessage("GoOrder", []byte(body)))
	}
	into := newInbox()
	c := subscribe(t, g.Namesrv, "C", "GoOrder", consumer.MessageSelector{}, into, true)
	into.wait(t, len(want))
	into.check(t, want)
	if err := c.Shutdown(); err != nil {
		t.Error(err)
	}
}

// A topic is at the name server when the send that made it is answered: a consumer that starts then and
// finds no route ends with an error. Java: TopicConfigManager.registerBrokerData.
func TestRouteIsThereWithTheAnswer(t *testing.T) {
	g := process.Run(t, process.Options{})
	p := newProducer(t, g.Namesrv, "P")
	names, err := recorder.Dial(g.Namesrv)
	if err != nil {
		t.Fatal(err)
	}
	defer names.Close()
	for i := range 100 {
		topic := fmt.Sprintf("GoNew%d", i)
		send(t, p, primitive.NewMessage(topic, []byte("first")))
		answer, err := names.Call(protocol.GetRouteInfoByTopic, &protocol.RouteRequest{Topic: topic}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if answer.Code != protocol.Success {
			t.Errorf("route of %s: code %d %q, want success", topic, answer.Code, answer.Remark)
		}
	}
}

// A batch is one request and as many messages, with contiguous offsets.
func TestBatch(t *testing.T) {
	g := process.Run(t, process.Options{})
	p := newProducer(t, g.Namesrv, "P")
	want := make(map[string]bool)
	var batch []*primitive.Message
	for i := range 50 {
		body := fmt.Sprintf("batched %d", i)
		want[body] = true
		batch = append(batch, primitive.NewMessage("GoBatch", []byte(body)))
	}
	r, err := p.SendSync(context.Background(), batch...)
	if err != nil || r.Status != primitive.SendOK {
		t.Fatalf("send batch: %v %v", r, err)
	}
	into := newInbox()
	c := subscribe(t, g.Namesrv, "C", "GoBatch", consumer.MessageSelector{}, into, false)
	into.wait(t, len(want))
	into.check(t, want)
	if err := c.Shutdown(); err != nil {
		t.Error(err)
	}
}
