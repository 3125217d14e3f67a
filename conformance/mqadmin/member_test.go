//go:build conformance

package mqadmin

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/client"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// What both brokers have before the first command: a topic with messages in its queues, the trace of one, and a client that
// sent them, consumes some, and answers when it is asked how it is.
const (
	memberTopic    = "AdmS"
	memberGroup    = "GID_s"
	memberProducer = "PID_s"
	memberID       = "192.0.2.7@member"
	memberQueues   = 2
	memberSent     = 9 // messages, in turn to the queues
	memberPulled   = 4 // of queue 0
	memberConsumed = 3
	memberTraced   = 4 // whose trace there is
)

// uniqKey is the unique key of a message; it says when the message was made.
func uniqKey(i int) string { return fmt.Sprintf("7F0000010A0B18B4AAC2A1B2C3D4%04X", i) }

// member is the client.
type member struct {
	client *client.Client
	broker string
}

// join makes the topic, sends the messages and consumes some. It returns the offset id of the first message.
func join(t *testing.T, broker string) (offsetID string) {
	t.Helper()
	info := remoting.Route{
		Code: protocol.GetConsumerRunningInfo, Run: remoting.Inline, Access: remoting.Open,
		Handle: func(r *remoting.Request) { r.Reply(nil, []byte(runningInfo)) },
	}
	directly := remoting.Route{
		Code: protocol.ConsumeMessageDirectly, Run: remoting.Inline, Access: remoting.Open,
		Handle: func(r *remoting.Request) { r.Reply(nil, []byte(consumedDirectly)) },
	}
	router, err := remoting.NewRouter([]remoting.Route{info, directly}, remoting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(client.Options{Router: router, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	m := &member{c, broker}
	m.tell(t, protocol.UpdateAndCreateTopic, &protocol.CreateTopicRequest{
		Topic: memberTopic, DefaultTopic: "TBW102", ReadQueueNums: memberQueues, WriteQueueNums: memberQueues, Perm: 6,
		TopicFilterType: protocol.SingleTag,
	}, nil)
	m.beat(t)
	m.trace(t)
	for i := range memberSent {
		if id := m.send(t, i); i == 0 {
			offsetID = id
		}
	}
	m.consume(t)
	return offsetID
}

func (m *member) tell(t *testing.T, code int32, h wire.Header, body []byte) *wire.Command {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	a, err := m.client.Call(ctx, m.broker, &remoting.Message{Code: code, Header: h, Body: body})
	if err != nil || a.Code != protocol.Success && a.Code != protocol.PullNotFound {
		t.Fatalf("%d to %s: %+v, %v", code, m.broker, a, err)
	}
	return a
}

func (m *member) beat(t *testing.T) {
	t.Helper()
	sub := func(topic, expression string) protocol.SubscriptionData {
		return protocol.SubscriptionData{Topic: topic, SubString: expression, SubVersion: 1_795_230_241_252, ExpressionType: protocol.ExpressionTag}
	}
	d := protocol.HeartbeatData{
		ClientID: memberID, ProducerDataSet: []protocol.ProducerData{{GroupName: memberProducer}},
		ConsumerDataSet: []protocol.ConsumerData{{
			GroupName: memberGroup, ConsumeType: protocol.ConsumePassively, MessageModel: protocol.Clustering,
			ConsumeFromWhere:    protocol.FromLastOffset,
			SubscriptionDataSet: []protocol.SubscriptionData{sub(memberTopic, "*"), sub("%RETRY%"+memberGroup, "*")},
		}},
	}
	m.tell(t, protocol.HeartBeat, nil, fastjson.Append(nil, &d))
}

// send sends message i and returns its offset id.
func (m *member) send(t *testing.T, i int) string {
	t.Helper()
	properties := fmt.Sprintf("KEYS\x01key-%d\x02UNIQ_KEY\x01%s\x02WAIT\x01true\x02TAGS\x01TagA\x02", i, uniqKey(i))
	return m.put(t, memberTopic, int32(i%memberQueues), properties, fmt.Sprintf("message %d", i))
}

// trace sends what Java clients tell of message memberTraced: that it was sent, and consumed by two groups.
func (m *member) trace(t *testing.T) {
	t.Helper()
	id := uniqKey(memberTraced)
	text := "Pub,1795230241252,DefaultRegion," + memberProducer + "," + memberTopic + "," + id + ",TagA,key,127.0.0.1:10911,9,7,0,OFFSETID,true;" +
		"SubBefore,1795230241262,DefaultRegion," + memberGroup + ",request1," + id + ",0,key;" +
		"SubAfter,request1," + id + ",3,true,key,0,1795230241265," + memberGroup + ";" +
		"SubAfter,request2," + id + ",5,false,key,1,1795230241275,GID_other;"
	body := strings.NewReplacer(",", "\x01", ";", "\x02").Replace(text) // TraceConstants.CONTENT_SPLITOR, FIELD_SPLITOR
	m.put(t, "RMQ_SYS_TRACE_TOPIC", 0, "KEYS\x01"+id+" key\x02UNIQ_KEY\x01"+uniqKey(memberSent)+"\x02WAIT\x01true\x02", body)
}

// put sends a message and returns its offset id.
func (m *member) put(t *testing.T, topic string, queue int32, properties, body string) string {
	t.Helper()
	a := m.tell(t, protocol.SendMessage, &protocol.SendRequest{
		ProducerGroup: []byte(memberProducer), Topic: []byte(topic), DefaultTopic: []byte("TBW102"), DefaultTopicQueueNums: 4,
		QueueID: queue, BornTimestamp: 1_795_230_241_252, Properties: []byte(properties),
	}, []byte(body))
	id, ok := a.Lookup("msgId")
	if !ok {
		t.Fatalf("%s tells no id of a message: %+v", m.broker, a)
	}
	return string(id)
}

// consume pulls and commits, once the messages can be read.
func (m *member) consume(t *testing.T) {
	t.Helper()
	pull := &protocol.PullRequest{
		ConsumerGroup: []byte(memberGroup), Topic: []byte(memberTopic), MaxMsgNums: memberPulled,
		SysFlag: protocol.PullSuspend, SuspendTimeoutMillis: 1000, SubVersion: 1,
	}
	for deadline := time.Now().Add(10 * time.Second); m.end(t) < memberSent/memberQueues+1; {
		if time.Now().After(deadline) {
			t.Fatalf("%s has not made the messages readable", m.broker)
		}
	}
	if a := m.tell(t, protocol.PullMessage, pull, nil); a.Code != protocol.Success {
		t.Fatalf("%s has no messages: %+v", m.broker, a)
	}
	m.tell(t, protocol.UpdateConsumerOffset, &protocol.UpdateOffsetRequest{
		ConsumerGroup: []byte(memberGroup), Topic: []byte(memberTopic), CommitOffset: memberConsumed,
	}, nil)
}

// end is the end of queue 0.
func (m *member) end(t *testing.T) int64 {
	t.Helper()
	var h protocol.OffsetResponse
	a := m.tell(t, protocol.GetMaxOffset, &protocol.MaxOffsetRequest{Topic: memberTopic}, nil)
	if err := wire.DecodeHeader(a, &h); err != nil {
		t.Fatal(err)
	}
	return h.Offset
}

// consumedDirectly is what the client says of a message that it was told to consume. Java: ConsumeMessageDirectlyResult.
const consumedDirectly = `{"autoCommit":true,"consumeResult":"CR_SUCCESS","order":false,"remark":"as it should be","spentTimeMills":3}`

// runningInfo is what the client says of itself, in the form of Java's.
const runningInfo = `{"mqPopTable":{},"mqTable":{{"brokerName":"broker-a","queueId":0,"topic":"AdmS"}:{"cachedMsgCount":1,` +
	`"cachedMsgMaxOffset":3,"cachedMsgMinOffset":3,"cachedMsgSizeInMiB":0,"commitOffset":3,"droped":false,` +
	`"lastConsumeTimestamp":1795230852173,"lastLockTimestamp":1795230852173,"lastPullTimestamp":1795230980918,"locked":true,` +
	`"transactionMsgCount":0,"transactionMsgMaxOffset":0,"transactionMsgMinOffset":0,"tryUnlockTimes":0}},` +
	`"properties":{"PROP_CLIENT_VERSION":"V5_3_3","PROP_CONSUMEORDERLY":"false","PROP_CONSUMER_START_TIMESTAMP":"1795230850003",` +
	`"PROP_CONSUME_TYPE":"CONSUME_PASSIVELY","PROP_NAMESERVER_ADDR":"127.0.0.1:9876;","PROP_THREADPOOL_CORE_SIZE":"20"},` +
	`"statusTable":{"AdmS":{"consumeFailedMsgs":0,"consumeFailedTPS":0.0,"consumeOKTPS":1.5,"consumeRT":2.0,"pullRT":3.0,"pullTPS":4.0}},` +
	`"subscriptionSet":[{"classFilterMode":false,"codeSet":[],"expressionType":"TAG","subString":"*","subVersion":1795230241252,` +
	`"tagsSet":[],"topic":"AdmS"}],"userConsumerInfo":{}}`
