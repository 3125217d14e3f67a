package broker

import (
	"strings"
	"time"

	"github.com/gannetmq/gannet/broker/admin"
	"github.com/gannetmq/gannet/broker/clients"
	"github.com/gannetmq/gannet/broker/group"
	"github.com/gannetmq/gannet/broker/offset"
	"github.com/gannetmq/gannet/broker/progress"
	"github.com/gannetmq/gannet/broker/pull"
	"github.com/gannetmq/gannet/broker/send"
	"github.com/gannetmq/gannet/broker/topic"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
)

// The types of this file show one package's table to another in the words of the other: the packages
// below broker do not know each other.

// sendTopics is the topic table as broker/send sees it.
type sendTopics struct{ table *topic.Table }

func sendTopic(c *topic.Config) send.Topic {
	return send.Topic{
		Queues: c.Queues(), WriteQueues: c.WriteQueues,
		Writable: c.Writable(), Compaction: c.Compacted(), InnerBatch: c.Batched(),
	}
}

func (t sendTopics) Invalid(name []byte) string { return topic.Invalid(name) }

func (t sendTopics) Find(name []byte) (send.Topic, bool) {
	c := t.table.Lookup(name)
	if c == nil {
		return send.Topic{}, false
	}
	return sendTopic(c), true
}

func (t sendTopics) Describe(name []byte) string {
	if c := t.table.Lookup(name); c != nil {
		return c.String()
	}
	return ""
}

// Create makes a topic by use. Retry topics have one queue and need no example.
// Java: AbstractSendMessageProcessor.msgCheck.
func (t sendTopics) Create(name, example []byte, queues int32, unit bool) (send.Topic, bool) {
	var c *topic.Config
	var err error
	if strings.HasPrefix(string(name), record.RetryPrefix) {
		var flag int32
		if unit {
			flag = protocol.TopicUnitSub
		}
		c, err = t.table.CreateIfAbsent(name, 1, protocol.PermRead|protocol.PermWrite, flag)
	} else {
		var flag int32
		if unit {
			flag = protocol.TopicUnit
		}
		c, err = t.table.CreateAfter(example, name, queues, flag)
	}
	if err != nil {
		return send.Topic{}, false
	}
	return sendTopic(c), true
}

// CreateBack implements send.Topics. Java: createTopicInSendMessageBackMethod.
func (t sendTopics) CreateBack(name []byte, queues int32, unit bool) (send.Topic, bool) {
	var flag int32
	if unit {
		flag = protocol.TopicUnitSub
	}
	c, err := t.table.CreateIfAbsent(name, queues, protocol.PermRead|protocol.PermWrite, flag)
	if err != nil {
		return send.Topic{}, false
	}
	return sendTopic(c), true
}

// sendGroups is the subscription group table as broker/send sees it.
type sendGroups struct{ table *group.Table }

func (g sendGroups) Find(name []byte) (send.Group, bool) {
	c := g.table.Lookup(name)
	if c == nil {
		return send.Group{}, false
	}
	return send.Group{RetryQueues: c.RetryQueues, RetryMax: c.RetryMaxTimes}, true
}

func (g sendGroups) Create(name []byte) (send.Group, bool) {
	c, err := g.table.Find(name)
	if err != nil {
		return send.Group{}, false
	}
	return send.Group{RetryQueues: c.RetryQueues, RetryMax: c.RetryMaxTimes}, true
}

// clientGroups is the subscription group table as broker/clients sees it.
type clientGroups struct{ table *group.Table }

func (g clientGroups) Enter(names []string) []clients.Entry {
	entries := make([]clients.Entry, len(names))
	for i, f := range g.table.FindAll(names) {
		if entries[i].Err = f.Err; f.Err == nil {
			entries[i].RetryQueues, entries[i].Notify = f.Config.RetryQueues, f.Config.NotifyIDsChanged
		}
	}
	return entries
}

// clientTopics is the topic table as broker/clients sees it.
type clientTopics struct{ *topic.Table }

func (t clientTopics) EnsureRetries(wanted []clients.Retry) []error {
	topics := make([]topic.Retry, len(wanted))
	for i, w := range wanted {
		topics[i] = topic.Retry(w)
	}
	return t.Table.EnsureRetries(topics)
}

// pullTables is every table that broker/pull asks.
type pullTables struct {
	topics  *topic.Table
	groups  *group.Table
	clients *clients.Table
	offsets *offset.Table
}

func (t *pullTables) Topic(name []byte) (pull.Topic, bool) {
	c := t.topics.Lookup(name)
	if c == nil {
		return pull.Topic{}, false
	}
	return pull.Topic{ReadQueues: c.ReadQueues, Readable: c.Readable(), SysFlag: c.SysFlag}, true
}

func pullGroup(c *group.Config) pull.Group {
	return pull.Group{Consume: c.ConsumeEnable, Broadcast: c.BroadcastEnable, SysFlag: c.SysFlag}
}

func (t *pullTables) Group(name []byte) (pull.Group, bool) {
	c := t.groups.Lookup(name)
	if c == nil {
		return pull.Group{}, false
	}
	return pullGroup(c), true
}

func (t *pullTables) CreateGroup(name []byte) (pull.Group, bool) {
	c, err := t.groups.Find(name)
	if err != nil {
		return pull.Group{}, false
	}
	return pullGroup(c), true
}

func (t *pullTables) Forbidden(name, topic []byte) bool {
	return t.groups.Forbidden(name, topic, group.ReadBit)
}

func (t *pullTables) Subscription(group, topic []byte) (pull.Subscription, pull.Found) {
	sub, model, found := t.clients.Subscription(group, topic)
	if !found {
		return pull.Subscription{}, pull.NoGroup
	}
	s := pull.Subscription{Broadcasting: model == clients.Broadcasting}
	if sub == nil {
		return s, pull.NoTopic
	}
	s.Version = sub.Version
	if sub.Language != clients.Tags {
		s.Expression = sub.Type
	} else if !sub.All {
		s.Codes = sub.Codes
	}
	return s, pull.Subscribed
}

func (t *pullTables) Member(group []byte, peer remoting.Peer) bool {
	return t.clients.Member(group, peer)
}

// Commit ignores offsets that the table refuses: the pull that carried them is answered all the same.
func (t *pullTables) Commit(group, topic []byte, queue int32, off int64) {
	_ = t.offsets.Commit(group, topic, queue, off)
}

func (t *pullTables) TakeReset(group, topic []byte, queue int32) (int64, bool) {
	return t.offsets.TakeReset(group, topic, queue)
}

// offsetStore is the message store as broker/offset sees it.
type offsetStore struct{ store *store.Store }

func (s offsetStore) MinOffset(topic []byte, queue int32) int64 {
	return s.store.MinOffset(topic, queue)
}

func (s offsetStore) InMemory(topic []byte, queue int32, off int64) bool {
	return s.store.MaxOffset(topic, queue) > off && !s.store.OnDisk(topic, queue, off)
}

// progressTopics is the topic table as broker/progress sees it.
type progressTopics struct{ table *topic.Table }

func (t progressTopics) Find(name string) (progress.Topic, bool) {
	c := t.table.Lookup([]byte(name))
	if c == nil {
		return progress.Topic{}, false
	}
	return progress.Topic{ReadQueues: c.ReadQueues, WriteQueues: c.WriteQueues, Order: c.Order}, true
}

// progressGroups is the group table as broker/progress sees it.
type progressGroups struct{ table *group.Table }

func (g progressGroups) Names() []string {
	all, _ := g.table.All()
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = c.Name
	}
	return names
}

// progress tells how far queues and groups are.
func (b *Broker) progress() *progress.View {
	return &progress.View{
		Topics: progressTopics{b.topics}, Groups: progressGroups{b.groups}, Offsets: b.offsets, Queues: b.store,
		Counters: b.stats, Clients: b.clients, Broker: b.cfg.BrokerName, Addr: b.storeHost().String(), Now: time.Now,
	}
}

// deleter takes topics and groups away in every table that knows them.
func (b *Broker) deleter() *admin.Deleter {
	return &admin.Deleter{
		Topics: b.topics, Groups: b.groups, Offsets: b.offsets, Queues: b.store, Counters: b.stats,
		Pending:     []admin.Pending{b.timers, b.txn},
		RetryTopics: func() bool { return b.now.Load().ClearRetryTopics }, Deleted: b.clients.Invalidate, Log: b.log,
	}
}
