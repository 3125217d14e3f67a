//go:build conformance

package goclient

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	rocketmq "github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"

	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
)

// The pull consumer polls what its tags let pass, and pulls from an offset what SQL92 lets pass: polling, it says that an expression is
// a tag whatever it is.
func TestPullConsumer(t *testing.T) {
	t.Parallel()
	g := process.Run(t, process.Options{Set: map[string]string{"enablePropertyFilter": "true"}})
	recorder.MustCreateTopic(t, g.Broker, "GoPull", 4)
	p := newProducer(t, g.Namesrv, "PPull")
	all := make(map[string]map[string]bool)
	for i := range 100 {
		m := primitive.NewMessage("GoPull", fmt.Append(nil, i)).WithTag([]string{"A", "B"}[i%2])
		m.WithProperty("a", fmt.Sprint(i%10))
		send(t, p, m)
		for expression, passes := range map[string]bool{"*": true, "A": i%2 == 0, "a BETWEEN 3 AND 5": i%10 >= 3 && i%10 <= 5} {
			if all[expression] == nil {
				all[expression] = make(map[string]bool)
			}
			if passes {
				all[expression][fmt.Sprint(i)] = true
			}
		}
	}
	for i, selector := range []consumer.MessageSelector{
		{Type: consumer.TAG, Expression: "*"}, {Type: consumer.TAG, Expression: "A"}, {Type: consumer.SQL92, Expression: "a BETWEEN 3 AND 5"},
	} {
		t.Run(selector.Expression, func(t *testing.T) {
			group := fmt.Sprint("GPull", i)
			want := all[selector.Expression]
			var got map[string]bool
			if c := polling(t, g, group, selector); selector.Type == consumer.TAG {
				got = poll(t, c, len(want))
			} else {
				got = pullFrom(t, c, len(want))
			}
			if !maps.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// polling starts a pull consumer that ends with the test.
func polling(t *testing.T, g *process.Gannet, group string, selector consumer.MessageSelector) rocketmq.PullConsumer {
	t.Helper()
	c, err := rocketmq.NewPullConsumer(
		consumer.WithNsResolver(primitive.NewPassthroughResolver([]string{g.Namesrv})), consumer.WithGroupName(group),
		consumer.WithInstance(t.Name()), consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset),
	)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Subscribe("GoPull", selector); err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Shutdown(); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	return c
}

// pullFrom pulls all four queues from their beginning.
func pullFrom(t *testing.T, c rocketmq.PullConsumer, count int) map[string]bool {
	t.Helper()
	got := make(map[string]bool)
	for id := range 4 {
		queue := &primitive.MessageQueue{Topic: "GoPull", BrokerName: "broker-a", QueueId: id}
		for next := int64(0); ; {
			r, err := c.PullFrom(context.Background(), queue, next, 32)
			if err != nil {
				t.Fatalf("queue %d from %d: %v", id, next, err)
			}
			for _, m := range r.GetMessageExts() {
				got[string(m.Body)] = true
			}
			if next = r.NextBeginOffset; next >= r.MaxOffset {
				break
			}
		}
	}
	return got
}

// poll polls and acknowledges until there are so many and none comes for a second.
func poll(t *testing.T, c rocketmq.PullConsumer, count int) map[string]bool {
	t.Helper()
	got := make(map[string]bool)
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); {
		batch, err := c.Poll(context.Background(), time.Second)
		if err != nil { // nothing came
			if len(got) >= count {
				break
			}
			continue
		}
		for _, m := range batch.GetMsgList() {
			if got[string(m.Body)] {
				t.Errorf("%s came twice", m.Body)
			}
			got[string(m.Body)] = true
		}
		c.ACK(context.Background(), batch, consumer.ConsumeSuccess)
	}
	return got
}
