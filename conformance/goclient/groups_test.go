//go:build conformance

package goclient

import (
	"context"
	"fmt"
	"testing"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"

	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
)

// Each member of a group that is broadcast to is given everything, once.
func TestBroadcast(t *testing.T) {
	t.Parallel()
	g := process.Run(t, process.Options{})
	recorder.MustCreateTopic(t, g.Broker, "GoBroadcast", 4)
	// The client keeps the offsets of these groups in a file below the home directory, by instance, and asks no broker.
	group := fmt.Sprint("GBroadcast", time.Now().UnixNano())
	inboxes := []*inbox{newInbox(), newInbox()}
	for i, into := range inboxes {
		listen(t, g.Namesrv, group, "GoBroadcast", into.take,
			consumer.WithConsumerModel(consumer.BroadCasting), consumer.WithInstance(fmt.Sprint("broadcast", i)))
	}
	p := newProducer(t, g.Namesrv, "PBroadcast")
	want := make(map[string]bool)
	for i := range 100 {
		body := fmt.Sprint("to all ", i)
		want[body] = true
		send(t, p, primitive.NewMessage("GoBroadcast", []byte(body)))
	}
	for _, into := range inboxes {
		into.wait(t, len(want))
		into.check(t, want)
	}
}

// Whatever a new group asks for, it is told 0 of a queue from which nothing was deleted and whose first message is in memory, as at
// a Java broker: all see everything.
func TestWhereAGroupBegins(t *testing.T) {
	t.Parallel()
	g := process.Run(t, process.Options{})
	recorder.MustCreateTopic(t, g.Broker, "GoBeginning", 2)
	p := newProducer(t, g.Namesrv, "PBeginning")
	want := make(map[string]bool)
	for i := range 50 {
		body := fmt.Sprint("before ", i)
		want[body] = true
		send(t, p, primitive.NewMessage("GoBeginning", []byte(body)))
	}
	for where, name := range map[consumer.ConsumeFromWhere]string{
		consumer.ConsumeFromFirstOffset: "first", consumer.ConsumeFromLastOffset: "last", consumer.ConsumeFromTimestamp: "timestamp",
	} {
		into := newInbox()
		listen(t, g.Namesrv, "GBeginning-"+name, "GoBeginning", into.take, consumer.WithConsumeFromWhere(where))
		into.wait(t, len(want))
		into.check(t, want)
	}
}

// An ordered message that fails keeps its queue waiting until it is given up, and is a dead letter then.
func TestOrderlySuspension(t *testing.T) {
	t.Parallel()
	g := process.Run(t, process.Options{Set: shortLevels})
	recorder.MustCreateTopic(t, g.Broker, "GoSuspended", 1)
	p := newProducer(t, g.Namesrv, "PSuspended")
	for _, body := range []string{"first", "bad", "last"} {
		send(t, p, primitive.NewMessage("GoSuspended", []byte(body)))
	}
	into := newInbox()
	var seen []string
	listen(t, g.Namesrv, "GSuspended", "GoSuspended", func(m *primitive.MessageExt) consumer.ConsumeResult {
		into.mu.Lock()
		seen = append(seen, string(m.Body))
		into.mu.Unlock()
		into.add(m, true)
		if string(m.Body) == "bad" {
			return consumer.SuspendCurrentQueueAMoment
		}
		return consumer.ConsumeSuccess
	}, consumer.WithConsumerOrder(true), consumer.WithMaxReconsumeTimes(2), consumer.WithConsumeMessageBatchMaxSize(1),
		consumer.WithSuspendCurrentQueueTimeMillis(100*time.Millisecond))
	into.wait(t, 3)
	into.mu.Lock()
	if len(seen) < 4 || seen[0] != "first" || seen[len(seen)-1] != "last" {
		t.Errorf("deliveries %q, want the bad one again and again between the first and the last", seen)
	}
	into.mu.Unlock()
	awaitMessages(t, g.Broker, "%DLQ%GSuspended", 1)
	graves := newInbox()
	listen(t, g.Namesrv, "GGraves", "%DLQ%GSuspended", graves.take)
	graves.wait(t, 1)
	graves.check(t, map[string]bool{"bad": true})
}

// Queues of a group that consumes in order, and their locks, move to a member that joins while much waits: nothing is missed, and
// nothing comes before what stands ahead of it.
func TestOrderWithTwoMembers(t *testing.T) {
	t.Parallel()
	const topic, queues, each = "GoMembers", 4, 1000
	// The client gives no lock back when it loses a queue: the other has it when the lease is over.
	g := process.Run(t, process.Options{Set: map[string]string{"rebalanceLockMaxLiveTime": "5000"}})
	recorder.MustCreateTopic(t, g.Broker, topic, queues)
	c := recorder.MustDial(t, g.Broker)
	want := make(map[string]bool)
	for i := range each {
		for q := range int32(queues) {
			body := fmt.Sprintf("%d %d", q, i)
			want[body] = true
			if _, err := c.Send(recorder.Queue{Topic: topic, ID: q}, []byte(body)); err != nil {
				t.Fatal(err)
			}
		}
	}
	into := newInbox()
	by := make(map[string]map[int]int) // how many of a queue a member took
	member := func(name string) rocketmq.PushConsumer {
		t.Helper()
		into.mu.Lock()
		by[name] = make(map[int]int)
		into.mu.Unlock()
		m, err := rocketmq.NewPushConsumer(
			consumer.WithNsResolver(primitive.NewPassthroughResolver([]string{g.Namesrv})), consumer.WithGroupName("GMembers"),
			consumer.WithInstance("member-"+name), consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset), consumer.WithConsumerOrder(true),
			consumer.WithRebalanceLockInterval(time.Second), consumer.WithPullThresholdForQueue(20), consumer.WithPullBatchSize(10),
		)
		if err != nil {
			t.Fatal(err)
		}
		err = m.Subscribe(topic, consumer.MessageSelector{}, func(_ context.Context, batch ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
			for _, message := range batch {
				into.mu.Lock()
				work := time.Millisecond
				if len(by["b"]) == 0 { // which asks for locks every 20 s
					work = 50 * time.Millisecond
				}
				into.mu.Unlock()
				<-time.After(work)
				into.mu.Lock()
				by[name][message.Queue.QueueId]++
				if last, ok := into.last[message.Queue.QueueId]; ok && message.QueueOffset > last+1 {
					into.faults = append(into.faults, fmt.Sprintf("queue %d: %s takes %d after %d", message.Queue.QueueId, name, message.QueueOffset, last))
				}
				into.mu.Unlock()
				into.add(message, false)
			}
			return consumer.ConsumeSuccess, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Start(); err != nil {
			t.Fatal(err)
		}
		return m
	}
	took := func(name string) int {
		into.mu.Lock()
		defer into.mu.Unlock()
		return len(by[name])
	}
	t.Cleanup(func() {
		into.mu.Lock()
		defer into.mu.Unlock()
		t.Logf("taken: %v", by)
	})
	a := member("a")
	into.until(t, "a has all queues", func() bool { return took("a") == queues })
	b := member("b")
	into.until(t, "b has a queue", func() bool { return took("b") > 0 })
	into.mu.Lock()
	if len(into.bodies) == len(want) {
		t.Error("nothing waited when the second member came")
	}
	into.mu.Unlock()
	into.wait(t, len(want))
	// A member of this client that is shut down goes on until it has consumed all: nothing moves back when it leaves.
	for _, m := range []rocketmq.PushConsumer{a, b} {
		if err := m.Shutdown(); err != nil {
			t.Error(err)
		}
	}
	repeats := 0
	for body, n := range into.bodies {
		if !want[body] {
			t.Errorf("got %q", body)
		}
		repeats += n - 1
	}
	for _, f := range into.faults {
		t.Error(f)
	}
	t.Logf("%d repeats", repeats)
	if limit := queues * each / 2; repeats > limit { // the client commits every five seconds
		t.Errorf("%d repeats, want %d at most", repeats, limit)
	}
}

// until waits for what messages bring about.
func (b *inbox) until(t *testing.T, what string, happened func() bool) {
	t.Helper()
	deadline := time.After(60 * time.Second)
	for !happened() {
		select {
		case <-b.change:
		case <-deadline:
			t.Fatalf("not within 60 s: %s", what)
		}
	}
}
