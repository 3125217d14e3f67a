//go:build conformance

package hostile

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/gannetmq/gannet/remoting/protocol"
)

const (
	minInt32 = "-2147483648"
	maxInt32 = "2147483647"
	minInt64 = "-9223372036854775808"
	maxInt64 = "9223372036854775807"
)

// spoiled is a request with one field that no client should send, and the codes that may answer it.
type spoiled struct {
	code  int32
	base  ext
	field string
	value string
	codes []int32
}

func (s spoiled) name() string { return strconv.Itoa(int(s.code)) + " " + s.field + "=" + s.value }

func codes(c ...int32) []int32 { return c }

// fieldsTopic has messages in queue 0 of 4.
const (
	fieldsTopic = "Fields"
	fieldsCount = 10
)

// Numbers out of every range are refused as Java refuses them, or held to what there is.
func TestNumbersOutOfRange(t *testing.T) {
	attack(t, limits{}, func(v *victim) {
		p := dial(t, v.Broker)
		fillFieldsTopic(p)
		for _, s := range append(sendNumbers(), append(pullNumbers(), otherNumbers()...)...) {
			p.want(s.name(), s.code, s.base.with(s.field, s.value), []byte("body"), s.codes...)
		}
		for _, s := range pullNumbers() {
			checkPulled(p, s)
		}
		if n := p.number(p.ask(protocol.GetMaxOffset, queueOf(fieldsTopic, maxInt32), nil), "offset"); n != 0 {
			t.Errorf("end of a queue that is not there: %d, want 0", n)
		}
	})
}

func fillFieldsTopic(p *peer) {
	p.want("create", protocol.UpdateAndCreateTopic, createTopic(fieldsTopic), nil, 0)
	for range fieldsCount {
		p.want("send", protocol.SendMessageV2, sendTo(fieldsTopic), []byte("body"), 0)
	}
	eventually(p.t, "the messages are visible", func() bool {
		return p.number(p.ask(protocol.GetMaxOffset, queueOf(fieldsTopic, "0"), nil), "offset") == fieldsCount
	})
}

// sendNumbers never store into queue 0: the tests of pulls count on it.
func sendNumbers() []spoiled {
	send := sendTo(fieldsTopic).with("e", "1")
	illegal, bad, fine := codes(29), codes(1), codes(0)
	return []spoiled{
		{310, send, "e", "4", illegal},
		{310, send, "e", maxInt32, illegal},
		{310, send, "e", "2147483648", bad},
		{310, send, "e", "-2147483649", bad},
		{310, send, "e", "1e0", bad},
		{310, send, "e", "", bad},
		{310, send, "e", "0x1", bad},
		{310, send, "d", minInt32, fine},
		{310, send, "d", maxInt32, fine},
		{310, sendTo("NoQueues"), "d", "-1", illegal}, // Java makes a topic without queues of it
		{310, send, "f", minInt32, fine},
		{310, send, "f", "-1", codes(13)},
		{310, send, "f", "48", fine}, // says that both hosts are IPv6
		{310, send, "g", minInt64, fine},
		{310, send, "g", maxInt64, fine},
		{310, send, "h", minInt32, fine},
		{310, send, "j", minInt32, fine},
		{310, send, "j", maxInt32, fine},
		{310, send, "l", minInt32, fine},
	}
}

func pullNumbers() []spoiled {
	pull := pullFrom(fieldsTopic)
	suspended := pull.with("sysFlag", "6").with("queueOffset", strconv.Itoa(fieldsCount))
	illegal, moved, fine := codes(29), codes(21), codes(0)
	return []spoiled{
		{11, pull, "queueId", "-1", illegal},
		{11, pull, "queueId", minInt32, illegal},
		{11, pull, "queueId", "4", illegal},
		{11, pull, "queueId", maxInt32, illegal},
		{11, pull, "queueOffset", "-1", moved},
		{11, pull, "queueOffset", minInt64, moved},
		{11, pull, "queueOffset", maxInt64, moved},
		{11, pull, "queueOffset", "9223372036854775808", codes(1)},
		{11, pull, "queueOffset", strconv.Itoa(fieldsCount + 1), moved},
		{11, pull, "maxMsgNums", "0", fine},
		{11, pull, "maxMsgNums", minInt32, fine},
		{11, pull, "maxMsgNums", maxInt32, fine},
		{11, pull, "maxMsgBytes", minInt32, fine},
		{11, pull, "maxMsgBytes", maxInt32, fine},
		{11, pull, "commitOffset", minInt64, fine},
		{11, pull.with("sysFlag", "5"), "commitOffset", minInt64, fine},
		{11, pull, "subVersion", minInt64, fine},
		{11, pull.with("sysFlag", "0"), "subVersion", maxInt64, codes(24)},
		{11, pull, "sysFlag", minInt32, codes(24)},
		{11, suspended, "suspendTimeoutMillis", "-1", codes(19)},
		{11, suspended, "suspendTimeoutMillis", minInt64, codes(19)},
		{361, pull, "queueOffset", minInt64, moved},
	}
}

func otherNumbers() []spoiled {
	fine, illegal, none := codes(0), codes(29), codes(22)
	create := createTopic("FieldsMore")
	search := queueOf(fieldsTopic, "0").with("timestamp", "0")
	byKey := ext{"topic": fieldsTopic, "key": "k", "maxNum": "32", "beginTimestamp": "0", "endTimestamp": maxInt64}
	view := ext{"offset": "0"}
	return []spoiled{
		{14, offsetOf(fieldsTopic, "0"), "queueId", "-1", none},
		{14, offsetOf(fieldsTopic, "0"), "queueId", minInt32, none},
		{14, offsetOf(fieldsTopic, "0"), "queueId", maxInt32, none},
		{15, commitOf(fieldsTopic, "0", "0"), "queueId", "-1", illegal},
		{15, commitOf(fieldsTopic, "0", "0"), "queueId", maxInt32, illegal},
		{15, commitOf(fieldsTopic, "0", "0"), "commitOffset", minInt64, fine},
		{15, commitOf(fieldsTopic, "0", "0"), "commitOffset", maxInt64, fine},
		{15, commitOf(fieldsTopic, "0", "0"), "commitOffset", "1e9", codes(1)},
		{29, search, "queueId", "-1", fine},
		{29, search, "queueId", maxInt32, fine},
		{29, search, "timestamp", minInt64, fine},
		{29, search, "timestamp", maxInt64, fine},
		{30, queueOf(fieldsTopic, "0"), "queueId", minInt32, fine},
		{31, queueOf(fieldsTopic, "0"), "queueId", "-1", fine},
		{31, queueOf(fieldsTopic, "0"), "queueId", maxInt32, fine},
		{32, queueOf(fieldsTopic, "0"), "queueId", "-1", fine},
		{32, queueOf(fieldsTopic, "0"), "queueId", maxInt32, fine},
		{33, view, "offset", "-1", codes(1)},
		{33, view, "offset", "1", codes(1)}, // inside the first record
		{33, view, "offset", "1000000000", codes(1)},
		{33, view, "offset", minInt64, codes(1)},
		{33, view, "offset", maxInt64, codes(1)},
		{12, byKey, "maxNum", minInt32, none},
		{12, byKey, "maxNum", maxInt32, none},
		{12, byKey, "beginTimestamp", minInt64, none},
		{12, byKey, "beginTimestamp", maxInt64, none},
		{12, byKey, "endTimestamp", minInt64, none},
		{17, create, "readQueueNums", "-1", illegal},
		{17, create, "readQueueNums", maxInt32, illegal},
		{17, create, "writeQueueNums", minInt32, illegal},
		{17, create, "writeQueueNums", "65537", illegal},
		{17, create, "perm", "-1", illegal},
		{17, create, "perm", maxInt32, illegal},
		{17, create, "topicSysFlag", minInt32, fine},
	}
}

// checkPulled looks at what a pull with a bad number was told besides the code: where to go on.
func checkPulled(p *peer, s spoiled) {
	a := p.ask(s.code, s.base.with(s.field, s.value), nil)
	if a.code != 0 && a.code != 21 && a.code != 19 {
		return
	}
	if next := p.number(a, "nextBeginOffset"); next < 0 || next > fieldsCount {
		p.t.Errorf("%s: next offset %d, want one from 0 to %d", s.name(), next, fieldsCount)
	}
	if end := p.number(a, "maxOffset"); end != fieldsCount {
		p.t.Errorf("%s: end of the queue %d, want %d", s.name(), end, fieldsCount)
	}
	if (a.code == 0) != (len(a.body) > 0) {
		p.t.Errorf("%s: code %d with %d bytes of messages", s.name(), a.code, len(a.body))
	}
}

// A header without its fields is refused and names one; the connection lives on.
func TestMissingFields(t *testing.T) {
	attack(t, limits{}, func(v *victim) {
		p := dial(t, v.Broker)
		for _, code := range []int32{10, 11, 12, 14, 17, 29, 30, 31, 32, 33, 34, 35, 38, 41, 42, 310, 320, 361} {
			p.want(fmt.Sprintf("%d without fields and body", code), code, ext{}, nil, 1, 26, 29)
		}
		p.want("no fields", protocol.UpdateConsumerOffset, ext{}, nil, 26)
		names := dial(t, v.Namesrv)
		for _, code := range []int32{103, 104, 322} {
			names.want(fmt.Sprintf("%d without fields and body", code), code, ext{}, nil, 1)
		}
		names.want("no topic", protocol.GetRouteInfoByTopic, ext{}, nil, 17)
		names.want("no fields, but served", protocol.GetRouteInfoByTopic, ext{"topic": quietTopic}, nil, 0)
	})
}
