package route

import (
	"slices"
	"sync/atomic"

	"github.com/gannetmq/gannet/remoting/protocol"
)

// answer is a topic's route as bytes, made when it is first asked for. A stale one cannot be served:
// it is forgotten under the write lock and stored under the read lock.
type answer struct {
	raw, standard atomic.Pointer[[]byte]
}

func (a *answer) forget() {
	a.raw.Store(nil)
	a.standard.Store(nil)
}

// Lookup returns the route of a topic as JSON, and whether there is one. standard asks for quoted
// broker ids, which every parser reads; old clients know only bare ones. The bytes are shared and
// must not be changed. Java: RouteInfoManager.pickupTopicRouteData.
func (t *Table) Lookup(name []byte, standard bool) ([]byte, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	entry := t.topics[string(name)]
	if entry == nil {
		return nil, false
	}
	slot := &entry.answer.raw
	if standard {
		slot = &entry.answer.standard
	}
	if ready := slot.Load(); ready != nil {
		return *ready, true
	}
	data := t.routeOf(entry)
	if len(data.BrokerDatas) == 0 {
		return nil, false
	}
	encoded := protocol.AppendRoute(nil, data, standard)
	slot.Store(&encoded)
	return encoded, true
}

func (t *Table) routeOf(entry *topic) *protocol.TopicRouteData {
	data := &protocol.TopicRouteData{}
	names := make([]string, 0, len(entry.queues))
	for name := range entry.queues {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		data.QueueDatas = append(data.QueueDatas, entry.queues[name])
		if g := t.brokers[name]; g != nil {
			data.BrokerDatas = append(data.BrokerDatas, g.BrokerData)
		}
	}
	return data
}

// Cluster is every broker by cluster and name. Java: RouteInfoManager.getAllClusterInfo.
func (t *Table) Cluster() *protocol.ClusterInfo {
	t.mu.RLock()
	defer t.mu.RUnlock()
	info := &protocol.ClusterInfo{
		BrokerAddrTable:  make(map[string]protocol.BrokerData, len(t.brokers)),
		ClusterAddrTable: make(map[string][]string),
	}
	for name, g := range t.brokers {
		b := g.BrokerData
		b.BrokerAddrs = make(map[int64]string, len(g.BrokerAddrs))
		for id, addr := range g.BrokerAddrs {
			b.BrokerAddrs[id] = addr
		}
		info.BrokerAddrTable[name] = b
		info.ClusterAddrTable[g.Cluster] = append(info.ClusterAddrTable[g.Cluster], name)
	}
	for _, names := range info.ClusterAddrTable {
		slices.Sort(names)
	}
	return info
}

// TopicNames lists all topics, sorted. Java: RouteInfoManager.getAllTopicList.
func (t *Table) TopicNames() []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	names := make([]string, 0, len(t.topics))
	for name := range t.topics {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
