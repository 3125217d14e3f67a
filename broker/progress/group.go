package progress

import (
	"slices"
	"strings"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// Java: getConsumeStats, fetchAllConsumeStatsInBroker.
//
//	208 GET_CONSUME_STATS         how far a group is in the topics of topicList; without it in topic; without that in all that
//	                              it has an offset of. Nothing is refused: what does not exist has no queues
//	317 GET_BROKER_CONSUME_STATS  how far every group is in every topic that it has an offset of; isOrder: in those
//	                              that are consumed in order
//
// Topics that a group which is online does not subscribe to are left out, but for those of topicList.
//
// Deviations: 317 tells what is fetched and not consumed; Java has pullOffset 0 there, and so a negative total. An
// answer about more than maxQueues queues is refused.

// topicsSeparator stands between the topics of topicList.
const topicsSeparator = ";"

// groupAndTopics are what 208 asks for. Java: GetConsumeStatsRequestHeader.
func groupAndTopics(r *remoting.Request, dst []remoting.Resource) []remoting.Resource {
	dst = remoting.Field(remoting.KindGroup, "consumerGroup")(r, dst)
	dst = remoting.Field(remoting.KindTopic, "topic")(r, dst)
	list, _ := r.Cmd.Lookup("topicList")
	for _, topic := range split(string(list)) {
		dst = append(dst, remoting.Resource{Kind: remoting.KindTopic, Name: topic})
	}
	return dst
}

// split takes a topicList apart. Java: GetConsumeStatsRequestHeader.fetchTopicList.
func split(list string) []string {
	topics := strings.Split(list, topicsSeparator)
	return slices.DeleteFunc(topics, func(topic string) bool { return topic == "" })
}

func (v *View) group(_ *remoting.Request, q *protocol.ConsumeStatsRequest) (remoting.Reply, error) {
	topics := split(q.TopicList)
	if len(topics) == 0 {
		if topics = v.Offsets.Topics(q.ConsumerGroup); strings.TrimSpace(q.Topic) != "" {
			topics = []string{q.Topic}
		}
		topics = slices.DeleteFunc(topics, func(topic string) bool { return v.Clients.Unwanted(q.ConsumerGroup, topic) })
	}
	slices.Sort(topics)
	body := protocol.ConsumeStats{OffsetTable: make(map[protocol.MessageQueue]protocol.ConsumeOffset)}
	for _, topic := range slices.Compact(topics) {
		if t, ok := v.Topics.Find(topic); ok {
			if err := v.addQueues(&body, len(body.OffsetTable), q.ConsumerGroup, topic, t.ReadQueues); err != nil {
				return remoting.Reply{}, err
			}
		}
	}
	return remoting.Reply{Body: fastjson.Append(nil, &body)}, nil
}

func (v *View) all(_ *remoting.Request, q *protocol.BrokerConsumeStatsRequest) (remoting.Reply, error) {
	body := protocol.BrokerConsumeStats{BrokerAddr: v.Addr}
	told, topics := 0, v.Offsets.ByGroup()
	for _, group := range v.Groups.Names() {
		list := []protocol.ConsumeStats{}
		for _, topic := range slices.Sorted(slices.Values(topics[group])) {
			t, ok := v.Topics.Find(topic)
			if !ok || q.Order && !t.Order || v.Clients.Unwanted(group, topic) {
				continue
			}
			stats := protocol.ConsumeStats{OffsetTable: make(map[protocol.MessageQueue]protocol.ConsumeOffset, t.WriteQueues)}
			if err := v.addQueues(&stats, told, group, topic, t.WriteQueues); err != nil {
				return remoting.Reply{}, err
			}
			told += len(stats.OffsetTable)
			for _, o := range stats.OffsetTable {
				body.TotalDiff += o.BrokerOffset - o.ConsumerOffset
				body.TotalInflightDiff += o.PullOffset - o.ConsumerOffset
			}
			list = append(list, stats)
		}
		body.ConsumeStatsList = append(body.ConsumeStatsList, map[string][]protocol.ConsumeStats{group: list})
	}
	return remoting.Reply{Body: fastjson.Append(nil, &body)}, nil
}

// addQueues adds how far a group is in a topic to an answer that tells of so many queues already.
func (v *View) addQueues(to *protocol.ConsumeStats, told int, group, topic string, queues int32) error {
	if told+int(queues) > maxQueues {
		return remoting.Errorf(protocol.SystemError, "more than %d queues to tell of: ask for fewer topics", maxQueues)
	}
	for id := range queues {
		o, err := v.offset(group, topic, id)
		if err != nil {
			return err
		}
		to.OffsetTable[v.queue(topic, id)] = o
	}
	to.ConsumeTPS += v.Counters.GetRate(group, topic)
	return nil
}

// offset is how far a group is in a queue.
func (v *View) offset(group, topic string, id int32) (o protocol.ConsumeOffset, err error) {
	name := []byte(topic)
	o.BrokerOffset = v.Queues.MaxOffset(name, id)
	if next, ok := v.Offsets.Query([]byte(group), name, id); ok {
		o.ConsumerOffset = max(next, 0)
	}
	fetched, _ := v.Counters.Next(group, topic, id)
	o.PullOffset = max(o.ConsumerOffset, fetched)
	if o.ConsumerOffset > 0 {
		at, err := v.Queues.StoreTime(name, id, o.ConsumerOffset-1)
		if err != nil {
			return o, err
		}
		o.LastTimestamp = max(at, 0)
	}
	return o, nil
}
