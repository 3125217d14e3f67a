package broker

import (
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// What is refused because of a limit is counted with that limit.
func TestRefusals(t *testing.T) {
	const most = 64
	b := running(t, nil, "maxTopics=64", "maxSubscriptionGroups=64", "maxConsumerOffsets=64", "maxMessageSize=100", "maxExpressionBytes=32", "maxExpressionDepth=2", "enablePropertyFilter=true")
	want := Refusals{Topics: int64(b.topics.Len() + 1), Groups: int64(b.groups.Len() + 1), Offsets: 1, Conditions: 2, Bodies: 1, Heartbeats: 1}
	call := consumer(t, b)
	for i := range most + 1 {
		name := "T" + strconv.Itoa(i)
		call(protocol.UpdateAndCreateTopic, &protocol.CreateTopicRequest{
			Topic: name, DefaultTopic: "TBW102", ReadQueueNums: 1, WriteQueueNums: 1, Perm: 6, TopicFilterType: protocol.SingleTag,
		}, nil)
		call(protocol.GetSubscriptionGroupConfig, &protocol.GroupRequest{Group: "G" + strconv.Itoa(i)}, nil)
		call(protocol.UpdateConsumerOffset, &protocol.UpdateOffsetRequest{
			ConsumerGroup: []byte("G0"), Topic: []byte("T0"), QueueID: int32(i), CommitOffset: 1,
		}, nil)
	}
	beat := protocol.HeartbeatData{ClientID: "c", ProducerDataSet: make([]protocol.ProducerData, 1025)}
	for i := range beat.ProducerDataSet {
		beat.ProducerDataSet[i].GroupName = "P" + strconv.Itoa(i)
	}
	call(protocol.HeartBeat, nil, fastjson.Append(nil, &beat))
	for _, expression := range []string{"a = 1", "((a = 1))", "a = '" + strings.Repeat("x", 32) + "'"} {
		check := protocol.ClientConfigCheck{ClientID: "c", Group: "G0", SubscriptionData: &protocol.SubscriptionData{
			Topic: "T0", SubString: expression, ExpressionType: "SQL92",
		}}
		call(protocol.CheckClientConfig, nil, fastjson.Append(nil, &check))
	}
	for _, size := range []int{100, 101} {
		call(protocol.SendMessage, &protocol.SendRequest{
			ProducerGroup: []byte("P"), Topic: []byte("T0"), DefaultTopic: []byte("TBW102"), DefaultTopicQueueNums: 1,
		}, make([]byte, size))
	}
	if got := b.Refusals(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
