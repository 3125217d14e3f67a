package clients

import (
	"cmp"
	"slices"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Java: AdminBrokerProcessor.getConsumerConnectionList, getProducerConnectionList, getAllProducerInfo,
// querySubscriptionByConsumer.
//
//	203 GET_CONSUMER_CONNECTION_LIST    members of a consumer group, and how it consumes; 206 if it has none
//	204 GET_PRODUCER_CONNECTION_LIST    members of a producer group; 1 if it has none
//	328 GET_ALL_PRODUCER_INFO           members of all producer groups
//	345 QUERY_SUBSCRIPTION_BY_CONSUMER  what a consumer group wants of a topic, without it if it has no members
//
// Members are in the order of their addresses. A subscription's tags are those of its expression: what the
// client sent beside it is not kept. What a heartbeat did not say or said in words that Java does not know is told as
// most groups have it, because tools do not expect Java's null there.

// inspection returns the rows of administrators.
func (h *handlers) inspection() []remoting.Route {
	of := func(resources remoting.Extractor) remoting.Access {
		return remoting.Access{Action: remoting.ActionGet, Resources: resources}
	}
	topic, group := remoting.Field(remoting.KindTopic, "topic"), remoting.Field(remoting.KindGroup, "consumerGroup")
	groupsTopic := of(remoting.Both(remoting.Field(remoting.KindGroup, "group"), topic))
	return []remoting.Route{
		{Code: protocol.GetConsumerConnectionList, Run: h.pool, Access: of(group), Handle: remoting.Typed(h.consumers)},
		{Code: protocol.GetProducerConnectionList, Run: h.pool, Access: of(remoting.EveryCluster), Handle: remoting.Typed(h.producers)},
		{Code: protocol.GetAllProducerInfo, Run: h.pool, Access: of(remoting.EveryCluster), Handle: remoting.Plain(h.allProducers)},
		{
			Code: protocol.QuerySubscriptionByConsumer, Run: h.pool,
			Access: groupsTopic, Handle: remoting.Typed(h.subscription),
		},
		{Code: protocol.GetConsumerRunningInfo, Run: h.pool, Access: of(group), Handle: h.runningInfo},
		{
			Code: protocol.ConsumeMessageDirectly, Run: h.pool,
			Access: remoting.Access{Action: remoting.ActionSub, Resources: remoting.Both(group, topic)},
			Handle: h.directly,
		},
		{
			Code: protocol.InvokeBrokerToGetConsumerStatus, Run: h.pool, Access: groupsTopic, Handle: h.status,
		},
	}
}

func (h *handlers) consumers(_ *remoting.Request, q *protocol.ConsumerGroupRequest) (remoting.Reply, error) {
	members := h.table.Consumers(q.ConsumerGroup)
	g := h.table.consumers([]byte(q.ConsumerGroup))
	if g == nil {
		return remoting.Reply{}, remoting.Errorf(protocol.ConsumerNotOnline, "the consumer group[%.300s] not online", q.ConsumerGroup)
	}
	v := g.view.Load()
	body := protocol.ConsumerConnections{
		ConnectionSet: connections(members), ConsumeType: cmp.Or(v.kind, protocol.ConsumePassively),
		ConsumeFromWhere: cmp.Or(v.from, protocol.FromLastOffset), MessageModel: protocol.Clustering,
		SubscriptionTable: make(map[string]protocol.SubscriptionData, len(v.subs)),
	}
	if v.model == Broadcasting {
		body.MessageModel = protocol.Broadcasting
	}
	for topic, s := range v.subs {
		body.SubscriptionTable[topic] = s.data()
	}
	return remoting.Reply{Body: fastjson.Append(nil, &body)}, nil
}

// data is the subscription as the client sent it. Java: SubscriptionData.
func (s *Subscription) data() protocol.SubscriptionData {
	d := protocol.SubscriptionData{
		CodeSet: s.Codes, ExpressionType: cmp.Or(s.Type, protocol.ExpressionTag), SubString: s.Expression, SubVersion: s.Version, Topic: s.Topic,
	}
	if s.Language == Tags {
		d.TagsSet = splitTags(s.Expression)
	}
	return d
}

func (h *handlers) producers(_ *remoting.Request, q *protocol.ProducerGroupRequest) (remoting.Reply, error) {
	members := h.table.Producers(q.ProducerGroup)
	if len(members) == 0 {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "the producer group[%.300s] not exist", q.ProducerGroup)
	}
	return remoting.Reply{Body: fastjson.Append(nil, &protocol.ProducerConnections{ConnectionSet: connections(members)})}, nil
}

func connections(members []Member) []protocol.Connection {
	byAddr(members)
	all := make([]protocol.Connection, len(members))
	for i := range members {
		m := &members[i]
		all[i] = protocol.Connection{ClientAddr: m.Peer.RemoteAddr().String(), ClientID: m.ClientID, Language: languageName(m.Language), Version: m.Version}
	}
	return all
}

func byAddr(members []Member) {
	slices.SortFunc(members, func(a, b Member) int { return a.Peer.RemoteAddr().Compare(b.Peer.RemoteAddr()) })
}

// languageName is "OTHER" for what Java has no name for.
func languageName(l wire.Language) string {
	if l == wire.UnknownLanguage {
		l = wire.Other
	}
	return l.String()
}

func (h *handlers) allProducers(*remoting.Request) (remoting.Reply, error) {
	body := protocol.AllProducers{Data: make(map[string][]protocol.ProducerInfo)}
	for group, members := range h.table.allProducers() {
		byAddr(members)
		for _, m := range members {
			body.Data[group] = append(body.Data[group], protocol.ProducerInfo{
				ClientID: m.ClientID, Language: languageName(m.Language), LastUpdateTimestamp: m.Seen,
				RemoteIP: "/" + m.Peer.RemoteAddr().String(), Version: m.Version,
			})
		}
	}
	return remoting.Reply{Body: fastjson.Append(nil, &body)}, nil
}

func (t *Table) allProducers() map[string][]Member {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make(map[string][]Member, len(t.producers))
	for name, g := range t.producers {
		all[name] = g.snapshot()
	}
	return all
}

// Wanted is what a group subscribes to of a topic as its clients say it, nil if it does not or is not online.
func (t *Table) Wanted(group, topic string) *protocol.SubscriptionData {
	s, _, _ := t.Subscription([]byte(group), []byte(topic))
	if s == nil {
		return nil
	}
	d := s.data()
	return &d
}

func (h *handlers) subscription(_ *remoting.Request, q *protocol.QuerySubscriptionRequest) (remoting.Reply, error) {
	body := protocol.GroupSubscription{Group: q.Group, Topic: q.Topic, SubscriptionData: h.table.Wanted(q.Group, q.Topic)}
	return remoting.Reply{Body: fastjson.Append(nil, &body)}, nil
}

// Unwanted reports whether a consumer group has members, which subscribe to something but not to the topic.
func (t *Table) Unwanted(group, topic string) bool {
	g := t.consumers([]byte(group))
	if g == nil {
		return false
	}
	v := g.view.Load()
	return len(v.subs) > 0 && v.subs[topic] == nil
}

// Subscribers are the consumer groups with members that subscribe to a topic, in no order.
func (t *Table) Subscribers(topic string) (groups []string) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.RLock()
		for name, g := range s.groups {
			if g.view.Load().subs[topic] != nil {
				groups = append(groups, name)
			}
		}
		s.mu.RUnlock()
	}
	return groups
}
