//go:build conformance

package goclient

import (
	"context"
	"maps"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/apache/rocketmq-client-go/v2/consumer"
	"github.com/apache/rocketmq-client-go/v2/primitive"

	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
	"github.com/gannetmq/gannet/store/record"
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

// A group consumes while messages wait, by level and by time, and the broker is killed again and again: it is given each that was
// acknowledged, and none before its time.
func TestAGroupWaitsWhileTheBrokerIsKilled(t *testing.T) {
	t.Parallel()
	const topic, queues = "GoWaited", 2
	rec := recorder.New()
	rec.Window = 3 * time.Second // flushDelayOffsetInterval, timerFlushIntervalMs, and what a busy machine adds
	rec.Join("Waits")
	torment := process.Kills{Times: 4, Least: 500 * time.Millisecond, Most: 1500 * time.Millisecond, Workers: 2, Killed: rec.Kill}
	set := map[string]string{"flushDelayOffsetInterval": "100"}
	maps.Copy(set, shortLevels)
	g := torment.Amid(t, process.Options{Set: set}, func(g *process.Gannet) process.Work {
		recorder.MustCreateTopic(t, g.Broker, topic, queues)
		listen(t, g.Namesrv, "Waits", topic, func(m *primitive.MessageExt) consumer.ConsumeResult {
			rec.Deliver("Waits", m.Body)
			return consumer.ConsumeSuccess
		})
		return recorder.Load{Recorder: rec, Addr: g.Broker, Next: func(seq int) recorder.Outgoing {
			<-time.After(2 * time.Millisecond) // each kill repeats what came in a second
			m := recorder.Outgoing{Queue: recorder.Queue{Topic: topic, ID: int32(seq % queues)}, Size: 200}
			if seq%3 == 0 {
				m.Delay = time.Second // level 1
				m.Properties = record.AppendProperty(nil, record.PropDelayLevel, "1")
				return m
			}
			m.Delay = time.Duration(300+seq*37%3000) * time.Millisecond
			due := strconv.FormatInt(time.Now().Add(m.Delay).UnixMilli(), 10)
			m.Properties = record.AppendProperty(nil, record.PropTimerDeliverMS, due)
			return m
		}}.Produce
	})
	rec.Judge(t, g.Broker, topic, queues, 120*time.Second, 100) // until the group has all
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
