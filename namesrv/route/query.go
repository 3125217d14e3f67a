package route

import (
	"maps"
	"slices"
	"strings"
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
	data := t.routeOf(string(name), entry)
	if len(data.BrokerDatas) == 0 {
		return nil, false
	}
	encoded := protocol.AppendRoute(nil, data, standard)
	slot.Store(&encoded)
	return encoded, true
}

// LookupZone is Lookup for a client that wants the brokers of its zone, and those that have no master.
// Clients that ask so are few, and their answers are made for each. Java: ZoneRouteRPCHook.
func (t *Table) LookupZone(name []byte, zone string, standard bool) ([]byte, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	entry := t.topics[string(name)]
	if entry == nil {
		return nil, false
	}
	data := t.routeOf(string(name), entry)
	if len(data.BrokerDatas) == 0 {
		return nil, false
	}
	elsewhere := make(map[string]bool)
	data.BrokerDatas = slices.DeleteFunc(data.BrokerDatas, func(b protocol.BrokerData) bool {
		_, master := b.BrokerAddrs[0]
		elsewhere[b.BrokerName] = master && !strings.EqualFold(b.ZoneName, zone)
		return elsewhere[b.BrokerName]
	})
	data.QueueDatas = slices.DeleteFunc(data.QueueDatas, func(q protocol.QueueData) bool { return elsewhere[q.BrokerName] })
	return protocol.AppendRoute(nil, data, standard), true
}

func (t *Table) routeOf(name string, entry *topic) *protocol.TopicRouteData {
	data := &protocol.TopicRouteData{TopicQueueMappingByBroker: entry.mappings}
	if t.rules.OrderTopics {
		data.OrderTopicConf = t.orders[name]
	}
	acting := t.rules.ActingMaster && !strings.HasPrefix(name, memberTopics)
	for _, broker := range slices.Sorted(maps.Keys(entry.queues)) {
		q := entry.queues[broker]
		data.QueueDatas = append(data.QueueDatas, q)
		g := t.brokers[broker]
		switch {
		case g == nil:
		case acting && g.EnableActingMaster && !protocol.Writable(q.Perm):
			data.BrokerDatas = append(data.BrokerDatas, g.withActingMaster())
		default:
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
		b.BrokerAddrs = maps.Clone(g.BrokerAddrs)
		info.BrokerAddrTable[name] = b
		info.ClusterAddrTable[g.Cluster] = append(info.ClusterAddrTable[g.Cluster], name)
	}
	for _, names := range info.ClusterAddrTable {
		slices.Sort(names)
	}
	return info
}
