//go:build conformance

package hostile

import (
	"testing"

	"github.com/gannetmq/gannet/remoting/protocol"
)

// forbidden are the topics that producers must not send to (Java: TopicValidator.NOT_ALLOWED_SEND_TOPIC_SET).
var forbidden = []string{
	"SCHEDULE_TOPIC_XXXX", "RMQ_SYS_TRANS_HALF_TOPIC", "RMQ_SYS_TRANS_OP_HALF_TOPIC", "TRANS_CHECK_MAX_TIME_TOPIC",
	"SELF_TEST_TOPIC", "OFFSET_MOVED_EVENT",
}

// Topics of the broker itself take no messages from producers and cannot be changed; to read them does
// no harm, as in Java.
func TestSystemTopics(t *testing.T) {
	attack(t, limits{}, func(v *victim) {
		p := dial(t, v.Broker)
		body := []byte("body")
		for _, topic := range forbidden {
			p.want("send to "+topic, protocol.SendMessageV2, sendTo(topic), body, 16)
			p.want("batch to "+topic, protocol.SendBatchMessage, sendTo(topic), element(body, nil), 16)
			p.want("pull of "+topic, protocol.PullMessage, pullFrom(topic), nil, 17, 19)
			if n := p.number(p.ask(protocol.GetMaxOffset, queueOf(topic, "0"), nil), "offset"); n != 0 {
				t.Errorf("%s has %d messages, want none", topic, n)
			}
		}
		for _, topic := range append(forbidden, "TBW102", "DefaultCluster", "broker-a", "DefaultCluster_REPLY_TOPIC",
			"rmq_sys_REVIVE_LOG_DefaultCluster", "BenchmarkTest", "rmq_sys_wheel_timer") {
			p.want("create "+topic, protocol.UpdateAndCreateTopic, createTopic(topic).with("perm", "0"), nil, 29)
		}
		// The topics that others are made after still are what they were.
		p.want("a topic made by use", protocol.SendMessageV2, sendTo("MadeByUse"), body, 0)
	})
}

// Transactions, delays and dead letters are not served yet, and are refused rather than stored wrongly.
func TestUnservedFeatures(t *testing.T) {
	attack(t, limits{}, func(v *victim) {
		p := dial(t, v.Broker)
		p.want("create", protocol.UpdateAndCreateTopic, createTopic("Unserved"), nil, 0)
		for _, properties := range []string{
			property("DELAY", "1"), property("DELAY", "x"), property("TIMER_DELAY_SEC", "1"), property("TIMER_DELAY_MS", "1"),
			property("TIMER_DELIVER_MS", "1"), property("TRAN_MSG", "true"), property("DELAY", "0") + property("DELAY", "3"),
		} {
			p.want("property "+properties, protocol.SendMessageV2, sendTo("Unserved").with("i", properties), []byte("body"), 13)
		}
		for _, flag := range []string{"4", "8", "12", minInt32 + "", "-1"} {
			want := int32(13)
			if flag == minInt32 {
				want = 0 // no bit that means something
			}
			p.want("sysFlag "+flag, protocol.SendMessageV2, sendTo("Unserved").with("f", flag), []byte("body"), want)
		}
		p.want("send back", protocol.ConsumerSendMsgBack, ext{"offset": minInt64, "group": "..", "delayLevel": maxInt32}, nil, 13)
		p.want("end transaction", protocol.EndTransaction, ext{
			"producerGroup": "g", "tranStateTableOffset": minInt64, "commitLogOffset": minInt64, "commitOrRollback": "8",
		}, nil, 13)
		p.want("unknown code", -1, ext{}, nil, 3)
		p.want("unknown code", 2147483647, ext{}, nil, 3)
	})
}
