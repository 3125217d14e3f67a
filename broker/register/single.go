package register

import (
	"context"
	"maps"
	"slices"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// maxSingle is how many changed topics are told one by one; more of them cost less in a whole table.
const maxSingle = 100

// news is what a name server was not told yet.
type news struct {
	topics map[string]struct{}
	whole  bool // nobody knows which topics
}

func (w *news) add(topics []string) {
	if len(topics) == 0 {
		w.whole = true
	}
	if w.topics == nil {
		w.topics = make(map[string]struct{})
	}
	for _, name := range topics {
		w.topics[name] = struct{}{}
	}
}

// takeNews takes over which topics changed since the last attempt; not ok if a whole table must be told: also
// where the name server does not know this broker, whose topics it would not take.
func (n *nameServer) takeNews() (topics []string, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	w := n.news
	n.news = news{}
	if w.whole || n.problem != nil || n.registered.IsZero() || len(w.topics) > maxSingle {
		return nil, false
	}
	return slices.Sorted(maps.Keys(w.topics)), true
}

// tellSingles tells a name server of single topics and reports whether that was enough: not if one of them is
// gone, or the name server refuses. It does not count as a sign of life there, and the version that the name server has
// stays behind. Java: enableSingleTopicRegister, BrokerOuterAPI.registerSingleTopicAll.
func (r *Registrar) tellSingles(ctx context.Context, n *nameServer) bool {
	names, ok := n.takeNews()
	if !ok {
		return false
	}
	table := r.opts.Topics()
	for _, name := range names {
		c, ok := table.TopicConfigTable[name]
		if !ok || r.tellSingle(ctx, n, &c) != nil {
			return false
		}
	}
	return true
}

// singleRoute is as much of a protocol.TopicRouteData as a broker says of a topic.
type singleRoute struct {
	Queues []protocol.QueueData `json:"queueDatas"`
}

func (r *Registrar) tellSingle(ctx context.Context, n *nameServer, c *protocol.TopicConfig) error {
	route := singleRoute{[]protocol.QueueData{{
		BrokerName: r.opts.Name, Perm: c.Perm, ReadQueueNums: c.ReadQueueNums, WriteQueueNums: c.WriteQueueNums, TopicSysFlag: c.TopicSysFlag,
	}}}
	_, err := r.call(ctx, n, &remoting.Message{
		Code: protocol.RegisterTopicInNamesrv, Header: &protocol.TopicRequest{Topic: c.TopicName}, Body: fastjson.Append(nil, &route),
	})
	return err
}
