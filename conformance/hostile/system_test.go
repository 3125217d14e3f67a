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

// What asks for delays, timers, transactions and retries in ways that no client does is refused, or does no more than what was asked.
func TestAskedFor(t *testing.T) {
	attack(t, limits{}, func(v *victim) {
		p := dial(t, v.Broker)
		p.want("create", protocol.UpdateAndCreateTopic, createTopic("Asking"), nil, 0)
		for _, f := range []struct {
			properties string
			want       int32
		}{
			{property("DELAY", "1"), 0}, {property("DELAY", "0") + property("DELAY", "3"), 0}, {property("DELAY", maxInt32), 0},
			{property("DELAY", "x"), 13}, {property("DELAY", "99999999999"), 13}, {property("DELAY", "1 "), 13},
			{property("DELAY", "1") + property("REAL_TOPIC", "RMQ_SYS_TRANS_HALF_TOPIC") + property("REAL_QID", minInt64), 0},
			{property("TIMER_DELAY_SEC", "1"), 0}, {property("TIMER_DELAY_MS", "1"), 0}, {property("TIMER_DELIVER_MS", "1"), 0},
			{property("TRAN_MSG", "true"), 0},
		} {
			p.want("property "+f.properties, protocol.SendMessageV2, sendTo("Asking").with("i", f.properties), []byte("body"), f.want)
		}
		for flag, want := range map[string]int32{"4": 13, "8": 0, "12": 13, minInt32: 0, "-1": 13} {
			p.want("sysFlag "+flag, protocol.SendMessageV2, sendTo("Asking").with("f", flag), []byte("body"), want)
		}
		for _, offset := range []string{minInt64, "-1", "1", maxInt64} {
			p.want("send back from "+offset, protocol.ConsumerSendMsgBack, ext{"offset": offset, "group": "g", "delayLevel": maxInt32}, nil, 1)
		}
		p.want("send back for no group", protocol.ConsumerSendMsgBack, ext{"offset": "0", "group": "..", "delayLevel": "0"}, nil, 26)
		p.want("dead letters of no group", protocol.ConsumerSendMsgBack, ext{"offset": "0", "group": "../../x", "delayLevel": minInt32}, nil, 26)
		p.want("end transaction", protocol.EndTransaction, ext{
			"producerGroup": "g", "tranStateTableOffset": minInt64, "commitLogOffset": minInt64, "commitOrRollback": "8",
		}, nil, 1)
		p.want("unknown code", -1, ext{}, nil, 3)
		p.want("unknown code", 2147483647, ext{}, nil, 3)
	})
}
