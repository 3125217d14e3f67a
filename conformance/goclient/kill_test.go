//go:build conformance

package goclient

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"

	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
)

// Two groups consume while the broker is killed again and again under load: each is given all that was acknowledged, as it was sent. The
// second fails with each message at first, and counts only what comes again: the client forgets a message that the broker took back.
func TestGroupsWhileTheBrokerIsKilled(t *testing.T) {
	t.Parallel()
	const topic, queues = "GoKilled", 4
	rec := recorder.New()
	rec.Join("One")
	rec.Join("Two")
	torment := process.Kills{Times: 5, Least: 300 * time.Millisecond, Most: 1500 * time.Millisecond, Workers: 2, Killed: rec.Kill}
	g := torment.Amid(t, process.Options{Set: shortLevels}, func(g *process.Gannet) process.Work {
		recorder.MustCreateTopic(t, g.Broker, topic, queues)
		listen(t, g.Namesrv, "One", topic, func(m *primitive.MessageExt) consumer.ConsumeResult {
			rec.Deliver("One", m.Body)
			return consumer.ConsumeSuccess
		})
		// Of a topic that its first heartbeat makes the client learns after half a minute.
		recorder.MustCreateTopic(t, g.Broker, "%RETRY%Two", 1)
		var failed sync.Map
		listen(t, g.Namesrv, "Two", topic, func(m *primitive.MessageExt) consumer.ConsumeResult {
			if _, again := failed.LoadOrStore(string(m.Body), nil); !again {
				return consumer.ConsumeRetryLater
			}
			rec.Deliver("Two", m.Body)
			return consumer.ConsumeSuccess
		})
		return recorder.Load{Recorder: rec, Addr: g.Broker, Next: func(seq int) recorder.Outgoing {
			<-time.After(2 * time.Millisecond) // to give back all that could be sent takes the second group minutes
			return recorder.Outgoing{Queue: recorder.Queue{Topic: topic, ID: int32(seq % queues)}, Size: 200}
		}}.Produce
	})
	rec.Judge(t, g.Broker, topic, queues, 120*time.Second, 100) // until both have all
}

// listen starts a consumer that reads from the first offset, and ends with the test.
func listen(t *testing.T, namesrv, group, topic string, take func(*primitive.MessageExt) consumer.ConsumeResult, options ...consumer.Option) {
	t.Helper()
	options = append([]consumer.Option{
		consumer.WithNsResolver(primitive.NewPassthroughResolver([]string{namesrv})),
		consumer.WithGroupName(group), consumer.WithInstance(t.Name() + group), consumer.WithConsumeFromWhere(consumer.ConsumeFromFirstOffset),
	}, options...)
	c, err := consumer.NewPushConsumer(options...)
	if err != nil {
		t.Fatal(err)
	}
	err = c.Subscribe(topic, consumer.MessageSelector{}, func(_ context.Context, batch ...*primitive.MessageExt) (consumer.ConsumeResult, error) {
		result := consumer.ConsumeSuccess
		for _, m := range batch {
			if r := take(m); r != consumer.ConsumeSuccess {
				result = r
			}
		}
		return result, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Shutdown(); err != nil {
			t.Errorf("consumer shutdown: %v", err)
		}
	})
}
