package replay

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"math"
	"strconv"
	"strings"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/record"
)

// before makes true what Java's answer to a request shows to have been true, and returns the request as
// it must be sent: offsets into the log are ours, and nobody waits long for messages.
func (w *world) before(x *exchange) []byte {
	w.t.Helper()
	if x.want == nil {
		return x.Request
	}
	ok := x.want.Code == protocol.Success
	switch int32(x.Code) {
	case protocol.PullMessage, protocol.LitePullMessage:
		return w.beforePull(x)
	case protocol.QueryMessage, protocol.ViewMessageByID:
		return w.beforeLook(x)
	case protocol.QueryConsumerOffset:
		if ok {
			w.commit(x)
		}
	case protocol.GetConsumerRunningInfo, protocol.ConsumeMessageDirectly:
		if ok {
			w.member(x)
		}
	case protocol.InvokeBrokerToGetConsumerStatus:
		if ok {
			w.status(x)
		}
	case protocol.InvokeBrokerToResetOffset:
		w.beforeReset(x)
	case protocol.SendReplyMessage, protocol.SendReplyMessageV2:
		if ok {
			w.requester(x)
		}
	case protocol.ConsumerSendMsgBack:
		if ok {
			return w.back(x)
		}
	case protocol.RecallMessage:
		if ok {
			return w.recall(x)
		}
	case protocol.EndTransaction, protocol.ResumeCheckHalfMessage:
		if ok {
			return w.half(x)
		}
	case protocol.QueryConsumeQueue:
		if len(x.want.Body) > 0 {
			w.beforeIndex(x)
		}
	case protocol.GetTimerMetrics:
		w.waiting(x)
	case protocol.GetTopicStatsInfo, protocol.GetTopicConfig:
		if ok {
			w.topic(field(x.req, "topic"))
		}
	case protocol.RegisterBroker:
		if ok {
			w.registered(x)
		}
	case protocol.GetConsumerListByGroup:
		if ok {
			w.online(x, field(x.req, "consumerGroup"), &protocol.SubscriptionData{})
		}
	case protocol.GetConsumerConnectionList:
		if ok {
			topic, _, _ := strings.Cut(after(string(x.want.Body), `"subscriptionTable":{"`), `"`)
			w.online(x, field(x.req, "consumerGroup"), &protocol.SubscriptionData{Topic: topic, SubString: "*", ExpressionType: protocol.ExpressionTag})
		}
	case protocol.GetProducerConnectionList, protocol.GetAllProducerInfo:
		if ok {
			w.beat(x, &protocol.HeartbeatData{ClientID: "p@1", ProducerDataSet: []protocol.ProducerData{{GroupName: orElse(field(x.req, "producerGroup"), "PID")}}})
		}
	case protocol.GetKVConfig, protocol.GetKVListByNamespace:
		if ok {
			w.setKV(x)
		}
	case protocol.GetRouteInfoByTopic:
		if ok {
			w.route(field(x.req, "topic"))
		}
	case protocol.UpdateConsumerOffset, protocol.GetMaxOffset, protocol.GetMinOffset, protocol.SearchOffsetByTimestamp, protocol.GetEarliestMsgStoreTime,
		protocol.SendMessage, protocol.SendMessageV2, protocol.SendBatchMessage:
		if ok {
			if topic := orElse(field(x.req, "topic"), field(x.req, "b")); !w.absent[topic] {
				w.topic(topic)
			}
			if group := field(x.req, "consumerGroup"); group != "" {
				w.group(group)
			}
			if field(x.want, "recallHandle") != "" {
				return w.timed(x)
			}
		}
	}
	return x.Request
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func after(s, mark string) string {
	_, rest, _ := strings.Cut(s, mark)
	return rest
}

// topic makes a topic if there is none of the name.
func (w *world) topic(name string) {
	w.t.Helper()
	if name == "" || w.broker.TopicExists([]byte(name)) {
		return
	}
	if err := w.control.CreateTopic(name, 2); err != nil {
		w.t.Fatalf("topic %q: %v", name, err)
	}
}

// route makes a topic and waits until the name server knows it.
func (w *world) route(name string) {
	w.t.Helper()
	w.topic(name)
	w.until("a route of "+name, func() bool {
		_, known := w.names.Table().Lookup([]byte(name), false)
		return known
	})
}

// commit stores the offset that Java answered.
func (w *world) commit(x *exchange) {
	w.t.Helper()
	topic := field(x.req, "topic")
	w.topic(topic)
	w.group(field(x.req, "consumerGroup"))
	w.call(protocol.UpdateConsumerOffset, &protocol.UpdateOffsetRequest{
		ConsumerGroup: []byte(field(x.req, "consumerGroup")), Topic: []byte(topic),
		QueueID: int32(number(x.req, "queueId")), CommitOffset: number(x.want, "offset"),
	})
}

// beforeReset makes topic and group be there, and where members are told to reset, their offsets and, if one was told, it.
func (w *world) beforeReset(x *exchange) {
	w.t.Helper()
	topic, group := field(x.req, "topic"), field(x.req, "group")
	told := bytes.Contains(x.want.Remark, []byte("not set any response code"))
	offline := x.want.Code == protocol.ConsumerNotOnline
	if x.want.Code != protocol.Success && !offline {
		return
	}
	w.topic(topic)
	w.group(group)
	for queue := int32(0); queue < 2 && (told || offline); queue++ {
		w.call(protocol.UpdateConsumerOffset, &protocol.UpdateOffsetRequest{ConsumerGroup: []byte(group), Topic: []byte(topic), QueueID: queue})
	}
	if told {
		w.online(x, group, &protocol.SubscriptionData{})
	}
}

func (w *world) call(code int32, h wire.Header) *wire.Command {
	w.t.Helper()
	answer, err := w.control.Call(code, h, nil)
	if err != nil || answer.Code != protocol.Success {
		w.t.Fatalf("code %d: %v, %s", code, err, brief(answer))
	}
	return answer
}

func number(c *wire.Command, name string) int64 {
	n, _ := strconv.ParseInt(field(c, name), 10, 64)
	return n
}

// online has a consumer of the group say that it lives, on the caller's own connection, as the client
// that Java's answer names.
func (w *world) online(x *exchange, group string, s *protocol.SubscriptionData) {
	w.t.Helper()
	id, _, _ := strings.Cut(after(string(x.want.Body), `"consumerIdList":["`), `"`)
	data := protocol.ConsumerData{
		GroupName: group, ConsumeType: protocol.ConsumePassively, MessageModel: protocol.Clustering,
		ConsumeFromWhere: protocol.FromLastOffset,
	}
	if s.Topic != "" {
		data.SubscriptionDataSet = []protocol.SubscriptionData{*s}
	}
	w.beat(x, &protocol.HeartbeatData{ClientID: orElse(id, "replay@"+group), ConsumerDataSet: []protocol.ConsumerData{data}})
}

// beforeIndex makes the queue have messages, and the group the subscription that Java's answer tells of.
func (w *world) beforeIndex(x *exchange) {
	w.t.Helper()
	topic := field(x.req, "topic")
	w.topic(topic)
	w.fill(topic, int32(number(x.req, "queueId")), 2)
	var told struct {
		SubscriptionData protocol.SubscriptionData `json:"subscriptionData"`
	}
	if err := fastjson.Unmarshal(x.want.Body, &told); err != nil {
		w.t.Fatal(err)
	}
	told.SubscriptionData.SubVersion++ // the pulls of a group are made up with the recorded version and "*"
	w.online(x, field(x.req, "consumerGroup"), &told.SubscriptionData)
}

// setKV has the name server know the value that Java answered.
func (w *world) setKV(x *exchange) {
	w.t.Helper()
	w.tell(x.Caller, x.target, &wire.Command{Code: protocol.PutKVConfig, Ext: []wire.Pair{
		{Key: []byte("namespace"), Value: []byte(field(x.req, "namespace"))}, {Key: []byte("key"), Value: []byte(orElse(field(x.req, "key"), "k"))},
		{Key: []byte("value"), Value: []byte(orElse(field(x.want, "value"), "v"))},
	}})
}

func (w *world) beat(x *exchange, h *protocol.HeartbeatData) {
	w.t.Helper()
	w.tell(x.Caller, "broker", &wire.Command{Code: protocol.HeartBeat, Body: fastjson.Append(nil, h)})
}

// group makes a group, or leaves it as it is by default.
func (w *world) group(name string) {
	w.t.Helper()
	body := fmt.Appendf(nil, `{"groupName":%q,"consumeEnable":true,"consumeBroadcastEnable":true,"retryQueueNums":1,"retryMaxTimes":16}`, name)
	w.tell("operator", "broker", &wire.Command{Code: protocol.UpdateAndCreateSubscriptionGroup, Body: body})
}

// tell sends a request that must succeed.
func (w *world) tell(caller, target string, c *wire.Command) {
	w.t.Helper()
	c.Version, c.Opaque = 479, 1<<30
	frame, err := wire.AppendCommand(nil, c)
	if err != nil {
		w.t.Fatal(err)
	}
	if got := w.exchange(w.of(caller, target), frame, c.Opaque, true); got.Code != protocol.Success {
		w.t.Fatalf("code %d: %s", c.Code, brief(got))
	}
}

// registered has the broker of a registration register before, with one topic more: a registration of a
// single topic is a change of a known broker's table.
func (w *world) registered(x *exchange) {
	w.t.Helper()
	const table = `"topicConfigTable":{`
	body := bytes.Replace(x.req.Body, []byte(table), []byte(table+`"TopicFirst":{"topicName":"TopicFirst","readQueueNums":1,"writeQueueNums":1,"perm":6},`), 1)
	c := decode(w.t, x.Request)
	c.Body = body
	for i := range c.Ext {
		if string(c.Ext[i].Key) == "bodyCrc32" {
			c.Ext[i].Value = strconv.AppendUint(nil, uint64(crc32.ChecksumIEEE(body)&math.MaxInt32), 10)
		}
	}
	w.tell(x.Caller, x.target, c)
}

// beforePull makes the consumer's subscription and the queue be as they were.
func (w *world) beforePull(x *exchange) []byte {
	w.t.Helper()
	var q protocol.PullRequest
	if err := q.DecodeExt(x.req); err != nil {
		return x.Request
	}
	s := protocol.SubscriptionData{Topic: string(q.Topic), SubString: "*", SubVersion: q.SubVersion, ExpressionType: protocol.ExpressionTag}
	const hasSubscription = 1 << 2 // Java: PullSysFlag.FLAG_SUBSCRIPTION
	switch {
	case bytes.Contains(x.want.Remark, []byte("group info not exist")) || x.want.Code == protocol.SubscriptionGroupNotExist:
	case x.want.Code == protocol.SubscriptionNotExist:
		w.online(x, string(q.ConsumerGroup), &protocol.SubscriptionData{})
	case q.SysFlag&hasSubscription == 0:
		if x.want.Code == protocol.SubscriptionNotLatest {
			s.SubVersion--
		}
		if x.want.Code == protocol.PullRetryImmediately {
			s.SubString, s.TagsSet, s.CodeSet = "nobody's", []string{"nobody's"}, []int32{int32(record.TagsCode([]byte("nobody's")))}
		}
		if string(q.ConsumerGroup) == "GID_gosql" { // as its recorded heartbeat says, which may come later
			s.ExpressionType, s.SubString = protocol.ExpressionSQL92, "a > 1"
			if x.want.Code == protocol.FilterDataNotExist {
				s.SubString = ""
			}
		}
		w.online(x, string(q.ConsumerGroup), &s)
	}
	if _, told := x.want.Lookup("maxOffset"); told {
		w.topic(string(q.Topic))
		w.fill(string(q.Topic), q.QueueID, number(x.want, "maxOffset"))
	}
	if string(x.want.Remark) == "OFFSET_RESET" {
		w.group(string(q.ConsumerGroup))
		w.call(protocol.InvokeBrokerToResetOffset, &protocol.ResetOffsetRequest{
			Topic: string(q.Topic), Group: string(q.ConsumerGroup), QueueID: q.QueueID, Offset: wire.Some(number(x.want, "nextBeginOffset")),
		})
	}
	return hurry(x.Request)
}

// hurry shortens how long a pull waits for messages, in place: the number keeps its digits.
func hurry(frame []byte) []byte {
	for _, name := range []string{`"suspendTimeoutMillis":"`, "suspendTimeoutMillis\x00\x00\x00\x05"} {
		i := bytes.Index(frame, []byte(name))
		if i < 0 {
			continue
		}
		frame = bytes.Clone(frame)
		for digits := frame[i+len(name):]; len(digits) > 2 && digits[2] >= '0' && digits[2] <= '9'; digits = digits[1:] {
			digits[0] = '0'
		}
	}
	return frame
}

// rewritten is the request with other values of some of its fields.
func (w *world) rewritten(x *exchange, values map[string]string) []byte {
	w.t.Helper()
	c := decode(w.t, x.Request)
	for i := range c.Ext {
		if value, ok := values[string(c.Ext[i].Key)]; ok {
			c.Ext[i].Value = []byte(value)
		}
	}
	frame, err := wire.AppendCommand(nil, c)
	if err != nil {
		w.t.Fatal(err)
	}
	return frame
}
