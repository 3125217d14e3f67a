//go:build conformance

package goclient

import (
	"fmt"
	"testing"
	"time"

	"github.com/apache/rocketmq-client-go/v2/primitive"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// A member of a group is asked where and how it is, is given a message at once, and told to set itself back (220), as those of Java 4's
// brokers are: it waits 10 s, and consumes everything again.
func TestAskedAndSetBack(t *testing.T) {
	t.Parallel()
	const topic, group, queues, count = "GoAsked", "GAsked", 2, 12
	g := process.Run(t, process.Options{Set: map[string]string{"useServerSideResetOffset": "false"}})
	recorder.MustCreateTopic(t, g.Broker, topic, queues)
	p := newProducer(t, g.Namesrv, "PAsked")
	want := make(map[string]bool)
	var last *primitive.SendResult
	for i := range count {
		body := fmt.Sprintf("body %02d", i)
		want[body] = true
		last = send(t, p, primitive.NewMessage(topic, []byte(body)))
	}
	into := newInbox()
	listen(t, g.Namesrv, group, topic, into.take)
	into.wait(t, count)
	into.check(t, want)
	c := recorder.MustDial(t, g.Broker)
	var members protocol.ConsumerList
	ask(t, c, protocol.GetConsumerListByGroup, &protocol.ConsumerGroupRequest{ConsumerGroup: group}, &members)
	if len(members.ConsumerIDList) != 1 {
		t.Fatalf("members %q, want one", members.ConsumerIDList)
	}
	member := members.ConsumerIDList[0]
	awaitRunning(t, c, group, member, topic, count)

	awaitCommitted(t, g.Broker, group, topic, count) // without offsets there is nothing to set back
	var status protocol.ConsumerStatus
	ask(t, c, protocol.InvokeBrokerToGetConsumerStatus, &protocol.ConsumerStatusRequest{Topic: topic, Group: group}, &status)
	if at := status.ConsumerTable[member]; len(status.ConsumerTable) != 1 || len(at) != queues || total(at) != count {
		t.Errorf("told of offsets %v, want of %s %d in %d queues", status.ConsumerTable, member, count, queues)
	}
	direct := struct {
		ConsumeResult int `json:"consumeResult"`
	}{-1}
	ask(t, c, protocol.ConsumeMessageDirectly,
		&protocol.ConsumeDirectlyRequest{ConsumerGroup: group, ClientID: member, MsgID: last.OffsetMsgID}, &direct)
	const lastBody = "body 11"
	if direct.ConsumeResult != 0 || into.times(lastBody) != 2 {
		t.Errorf("consumed at once: result %d, %q came %d times, want success and 2", direct.ConsumeResult, lastBody, into.times(lastBody))
	}

	var set protocol.ResetOffsets
	ask(t, c, protocol.InvokeBrokerToResetOffset, &protocol.ResetOffsetRequest{Group: group, Topic: topic, QueueID: -1, Force: true}, &set)
	if len(set.OffsetTable) != queues || total(set.OffsetTable) != 0 {
		t.Errorf("set back to %v, want 0 in %d queues", set.OffsetTable, queues)
	}
	into.until(t, "everything again", func() bool {
		for body := range want {
			if into.times(body) < 2 {
				return false
			}
		}
		return into.times(lastBody) >= 3
	})
}

// running is what a member tells of itself.
type running struct {
	SubscriptionSet []struct {
		Topic string `json:"topic"`
	} `json:"subscriptionSet"`
	MQTable map[protocol.MessageQueue]struct {
		CommitOffset int64 `json:"commitOffset"`
	} `json:"mqTable"`
}

// awaitRunning asks a member how it is until it has noted that it consumed so many. From 10 to 20 s after its start this client has no
// answer: it divides by the time between its first and its last sample, which are one then.
func awaitRunning(t *testing.T, c *recorder.Client, group, member, topic string, count int64) {
	t.Helper()
	deadline := time.After(60 * time.Second)
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		answer := call(t, c, protocol.GetConsumerRunningInfo, &protocol.RunningInfoRequest{ConsumerGroup: group, ClientID: member})
		var info running
		err := fastjson.Unmarshal(answer.Body, &info)
		topics, sum := make(map[string]bool), int64(0)
		for _, s := range info.SubscriptionSet {
			topics[s.Topic] = true
		}
		for queue, at := range info.MQTable {
			if queue.Topic == topic {
				sum += at.CommitOffset
			}
		}
		if err == nil && sum == count && len(topics) == 2 && topics[topic] && topics["%RETRY%"+group] {
			return
		}
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("%s is running as %+v after 60 s, want two topics and %d in all: %v, %.300q, %q", member, info, count, err, answer.Body, answer.Remark)
		}
	}
}

// call asks the broker for what clients know.
func call(t *testing.T, c *recorder.Client, code int32, h wire.Header) *wire.Command {
	t.Helper()
	answer, err := c.Call(code, h, nil)
	if err != nil {
		t.Fatalf("%d: %v", code, err)
	}
	if answer.Code != protocol.Success {
		t.Fatalf("%d: code %d %q, want success", code, answer.Code, answer.Remark)
	}
	return answer
}

// ask is call, and reads the body of the answer.
func ask(t *testing.T, c *recorder.Client, code int32, h wire.Header, into any) {
	t.Helper()
	answer := call(t, c, code, h)
	if err := fastjson.Unmarshal(answer.Body, into); err != nil {
		t.Fatalf("%d: %v in %.500q, %q", code, err, answer.Body, answer.Remark)
	}
}

func total(offsets map[protocol.MessageQueue]int64) (sum int64) {
	for _, offset := range offsets {
		sum += offset
	}
	return sum
}

func (b *inbox) times(body string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bodies[body]
}
