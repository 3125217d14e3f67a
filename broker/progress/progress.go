package progress

import (
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// Topic is what must be known of a topic.
type Topic struct {
	ReadQueues, WriteQueues int32
	Order                   bool
}

// Queues is how many queues there are.
func (t *Topic) Queues() int32 { return max(t.ReadQueues, t.WriteQueues) }

// Topics is the topic table.
type Topics interface {
	Find(name string) (Topic, bool)
}

// Groups is the table of consumer groups.
type Groups interface {
	Names() []string // sorted
}

// Offsets is the table of consumers' offsets.
type Offsets interface {
	Query(group, topic []byte, queue int32) (offset int64, ok bool)
	// Groups and Topics are those that have an offset of a topic, and those that a group has one of, sorted.
	Groups(topic string) []string
	Topics(group string) []string
	// ByGroup are the topics of all groups, in no order.
	ByGroup() map[string][]string
}

// Queues are the store's. Times are Unix milliseconds, -1 without a message; they may be asked of the disk.
type Queues interface {
	MinOffset(topic []byte, queue int32) int64
	MaxOffset(topic []byte, queue int32) int64
	StoreTime(topic []byte, queue int32, offset int64) (int64, error)
	EarliestTime(topic []byte, queue int32) (int64, error)
}

// Counters are what was counted in the last minute, in messages a second, and what groups fetch next.
type Counters interface {
	PutRate(topic string) float64
	GetRate(group, topic string) float64
	Next(group, topic string, queue int32) (offset int64, ok bool)
}

// Clients are the consumers that are connected.
type Clients interface {
	// Unwanted reports whether a group has members, which subscribe to something but not to the topic.
	Unwanted(group, topic string) bool
	// Subscribers are the groups with members that subscribe to a topic.
	Subscribers(topic string) []string
}

// View answers the questions.
type View struct {
	Topics   Topics
	Groups   Groups
	Offsets  Offsets
	Queues   Queues
	Counters Counters
	Clients  Clients

	Broker string // brokerName
	Addr   string // host:port, as name servers know the broker
	Now    func() time.Time
}

// maxQueues bounds the queues that one answer tells of, so that its frame is one that clients accept: one takes 150 bytes
// and its topic's name.
const maxQueues = 50_000

// Routes returns the rows of 202, 208, 300, 303, 317 and 343. They may ask the disk, so they run on pool.
func (v *View) Routes(pool *remoting.Pool) []remoting.Route {
	get := func(resources remoting.Extractor) remoting.Access {
		return remoting.Access{Action: remoting.ActionGet, Resources: resources}
	}
	topic := remoting.Field(remoting.KindTopic, "topic")
	group := remoting.Field(remoting.KindGroup, "group")
	return []remoting.Route{
		{Code: protocol.GetTopicStatsInfo, Run: pool, Access: get(topic), Handle: remoting.Typed(v.topic)},
		{Code: protocol.GetConsumeStats, Run: pool, Access: get(groupAndTopics), Handle: remoting.Typed(v.group)},
		{Code: protocol.QueryTopicConsumeByWho, Run: pool, Access: get(topic), Handle: remoting.Typed(v.who)},
		{Code: protocol.QueryConsumeTimeSpan, Run: pool, Access: get(remoting.Both(topic, group)), Handle: remoting.Typed(v.times)},
		{Code: protocol.GetBrokerConsumeStats, Run: pool, Access: get(remoting.EveryCluster), Handle: remoting.Typed(v.all)},
		{Code: protocol.QueryTopicsByConsumer, Run: pool, Access: get(group), Handle: remoting.Typed(v.what)},
	}
}

func (v *View) queue(topic string, id int32) protocol.MessageQueue {
	return protocol.MessageQueue{BrokerName: v.Broker, QueueID: id, Topic: topic}
}

// find returns a topic, or Java's refusal.
func (v *View) find(name string) (Topic, error) {
	t, ok := v.Topics.Find(name)
	if !ok {
		return Topic{}, remoting.Errorf(protocol.TopicNotExist, "topic[%.300s] not exist", name)
	}
	return t, nil
}
