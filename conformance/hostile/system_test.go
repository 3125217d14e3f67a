//go:build conformance

package hostile

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
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

// refusal is a request that is refused, and how.
type refusal struct {
	what   string
	code   int32
	fields ext
	want   int32
	remark string // how the answer's begins
}

// wantRefused asks for everything and checks that no queue has become longer.
func wantRefused(p *peer, all []refusal) {
	p.t.Helper()
	p.want("create", protocol.UpdateAndCreateTopic, createTopic("Behind"), nil, 0)
	before := ends(p)
	for _, r := range all {
		if a := p.want(r.what, r.code, r.fields, []byte("body"), r.want); !strings.HasPrefix(a.remark, r.remark) {
			p.t.Errorf("%s: remark %q, want %q…", r.what, a.remark, r.remark)
		}
	}
	// What is stored last is the last to be readable.
	p.want("send behind them", protocol.SendMessageV2, sendTo("Behind"), []byte("body"), 0)
	eventually(p.t, "what was sent behind them is readable", func() bool { return end(p, "Behind", 0) == 1 })
	if after := ends(p); !maps.Equal(after, before) {
		p.t.Errorf("the queues end at %v, want %v as before", after, before)
	}
}

func end(p *peer, topic string, queue int) int64 {
	p.t.Helper()
	return p.number(p.ask(protocol.GetMaxOffset, queueOf(topic, strconv.Itoa(queue)), nil), "offset")
}

// ends are the ends of all queues that what is asked for here could come to.
func ends(p *peer) map[string]int64 {
	p.t.Helper()
	all := make(map[string]int64)
	for topic, queues := range map[string]int{
		"Asking": 4, "SCHEDULE_TOPIC_XXXX": 18, "rmq_sys_wheel_timer": 1, halfTopic: 1, "RMQ_SYS_TRANS_OP_HALF_TOPIC": 1,
		"TRANS_CHECK_MAX_TIME_TOPIC": 1, "%RETRY%g": 1, "%DLQ%g": 1,
	} {
		for queue := range queues {
			all[fmt.Sprint(topic, " ", queue)] = end(p, topic, queue)
		}
	}
	return all
}

const halfTopic = "RMQ_SYS_TRANS_HALF_TOPIC"

// What asks for delays, timers, transactions and retries in ways that no client does is refused, or does no more than what was asked.
func TestAskedFor(t *testing.T) {
	const (
		unseen = "the message is illegal, maybe msg body or properties length not matched. msg body length limit 4194304B, " +
			"msg properties length limit 32KB. Cause: "
		level     = "message illegal: property DELAY is "
		noMessage = "look message by offset failed, "
		noGroup   = "subscription group not exist, "
	)
	attack(t, limits{}, func(v *victim) {
		p := dial(t, v.Broker)
		p.want("create", protocol.UpdateAndCreateTopic, createTopic("Asking"), nil, 0)
		var all []refusal
		for _, value := range []string{"x", "99999999999", "1 "} {
			fields := sendTo("Asking").with("i", property("DELAY", value))
			all = append(all, refusal{"delay " + value, protocol.SendMessageV2, fields, 13, level + strconv.Quote(value)})
		}
		for _, flag := range []string{"4", "12", "-1"} {
			all = append(all, refusal{"sysFlag " + flag, protocol.SendMessageV2, sendTo("Asking").with("f", flag), 13, unseen})
		}
		for _, offset := range []string{minInt64, "-1", "1", maxInt64} {
			fields := ext{"offset": offset, "group": "g", "delayLevel": maxInt32}
			all = append(all, refusal{"send back from " + offset, protocol.ConsumerSendMsgBack, fields, 1, noMessage + offset + ". "})
		}
		for group, level := range map[string]string{"..": "0", "../../x": minInt32} {
			fields := ext{"offset": "0", "group": group, "delayLevel": level}
			all = append(all, refusal{"send back for " + group, protocol.ConsumerSendMsgBack, fields, 26, noGroup + group})
		}
		wantRefused(p, append(all,
			refusal{"end of no transaction", protocol.EndTransaction, ext{
				"producerGroup": "g", "tranStateTableOffset": minInt64, "commitLogOffset": minInt64, "commitOrRollback": "8", "msgId": "m",
			}, 1, "Find prepared transaction message failed."},
			refusal{"code -1", -1, ext{}, 3, " request type -1 not supported"},
			refusal{"the last code", 2147483647, ext{}, 3, " request type 2147483647 not supported"},
		))
		for _, properties := range []string{
			property("DELAY", "1"), property("DELAY", "0") + property("DELAY", "3"), property("DELAY", maxInt32),
			property("DELAY", "1") + property("REAL_TOPIC", halfTopic) + property("REAL_QID", minInt64),
			property("TIMER_DELAY_SEC", "1"), property("TIMER_DELAY_MS", "1"), property("TIMER_DELIVER_MS", "1"), property("TRAN_MSG", "true"),
		} {
			p.want("property "+properties, protocol.SendMessageV2, sendTo("Asking").with("i", properties), []byte("body"), 0)
		}
		for _, flag := range []string{"8", minInt32} {
			p.want("sysFlag "+flag, protocol.SendMessageV2, sendTo("Asking").with("f", flag), []byte("body"), 0)
		}
	})
}

// A transaction belongs to the group that its half names, whoever has sent it and whatever key it bears: no other ends it.
func TestForgedOwners(t *testing.T) {
	set := map[string]string{"transactionCheckInterval": "600000"} // no half is put behind the others meanwhile
	attack(t, limits{set: set}, func(v *victim) {
		p := dial(t, v.Broker)
		p.want("create", protocol.UpdateAndCreateTopic, createTopic("Asking"), nil, 0)
		half := func(group, key string) ext {
			fields := sendTo("Asking").with("i", property("TRAN_MSG", "true")+property("PGROUP", group)+property("UNIQ_KEY", key))
			a := p.want("half of "+group, protocol.SendMessageV2, fields, []byte("of "+group), 0)
			_, at, err := record.ParseOffsetID(a.fields["msgId"])
			if err != nil {
				t.Fatalf("half of %q: id %q: %v", group, a.fields["msgId"], err)
			}
			return ext{
				"producerGroup": group, "tranStateTableOffset": a.fields["queueOffset"], "commitLogOffset": strconv.FormatInt(at, 10), "msgId": "m",
			}
		}
		owned, copied, nobodys := half("owners", "K"), half("attackers", "K"), half("", "")
		eventually(t, "the halves are in their queue", func() bool { return end(p, halfTopic, 0) == 3 })
		var all []refusal
		for _, how := range []string{"8", "12"} {
			for what, r := range map[string]struct {
				fields ext
				remark string
			}{
				"of another group":         {owned.with("producerGroup", "attackers"), "The producer group wrong"},
				"with another group's key": {copied.with("producerGroup", "owners"), "The producer group wrong"},
				"at the place of another":  {owned.with("tranStateTableOffset", copied["tranStateTableOffset"]), "The transaction state table offset wrong"},
				"of nobody":                {nobodys.with("producerGroup", "attackers"), "The producer group wrong"},
				"of nobody, by nobody":     {nobodys, "The producer group wrong"},
			} {
				all = append(all, refusal{how + " for a half " + what, protocol.EndTransaction, r.fields.with("commitOrRollback", how), 1, r.remark})
			}
		}
		wantRefused(p, all)
		unnamed := stored(p, halfTopic, nobodys["tranStateTableOffset"])
		if keys := values(&unnamed, "UNIQ_KEY"); len(keys) != 1 {
			t.Errorf("a half with an empty UNIQ_KEY has %q, want one of the broker's", keys)
		}
		p.want("commit by the owners", protocol.EndTransaction, owned.with("commitOrRollback", "8"), nil, 0)
		if m := stored(p, "Asking", "0"); string(m.Body) != "of owners" {
			t.Errorf("committed %q, want what the owners sent", m.Body)
		}
	})
}
