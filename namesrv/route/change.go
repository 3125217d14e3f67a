package route

import (
	"slices"

	"github.com/gannetmq/gannet/remoting/protocol"
)

// SetWritable lets clients write to every topic of a broker, or to none, until the broker changes its
// topics, and returns how many there are. Permission to write is permission to read and write, whatever
// was there before. Java: RouteInfoManager.operateWritePermOfBroker.
func (t *Table) SetWritable(broker string, writable bool) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.brokers[broker]
	if g == nil {
		return 0
	}
	for _, entry := range g.topics {
		q := entry.queues[broker]
		if writable {
			q.Perm = protocol.PermRead | protocol.PermWrite
		} else {
			q.Perm &^= protocol.PermWrite
		}
		entry.queues[broker] = q
		entry.answer.forget()
	}
	return len(g.topics)
}

// SetTopic notes the queues of a topic in the brokers that they name, all or, if one of them is not
// known, none. Java: RouteInfoManager.registerTopic.
func (t *Table) SetTopic(name string, queues []protocol.QueueData) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if slices.ContainsFunc(queues, func(q protocol.QueueData) bool { return t.brokers[q.BrokerName] == nil }) {
		return
	}
	for _, q := range queues {
		t.setQueues(name, q, t.brokers[q.BrokerName])
	}
}

// DeleteTopic forgets a topic: in the brokers of one cluster, or everywhere if cluster is empty. It
// comes back with a registration that names it. Java: RouteInfoManager.deleteTopic.
func (t *Table) DeleteTopic(name, cluster string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	entry := t.topics[name]
	if entry == nil {
		return
	}
	for broker := range entry.queues {
		if g := t.brokers[broker]; g != nil && (cluster == "" || g.Cluster == cluster) {
			t.dropQueues(name, g)
		}
	}
}
