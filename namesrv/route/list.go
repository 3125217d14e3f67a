package route

import (
	"maps"
	"slices"

	"github.com/gannetmq/gannet/remoting/protocol"
)

// Bits of a topic's sysFlag. Java: TopicSysFlag.
const (
	FlagUnit    int32 = 1 << 0 // the topic belongs to one unit of a deployment
	FlagUnitSub int32 = 1 << 1 // it is subscribed to by groups of one
)

// TopicNames lists all topics, sorted. Java: RouteInfoManager.getAllTopicList.
func (t *Table) TopicNames() []string {
	return t.names(func(*topic) bool { return true })
}

// FlaggedTopics lists the topics with all the bits of has and none of lacks, in any of their brokers,
// sorted. Java: RouteInfoManager.getUnitTopics, getHasUnitSubTopicList, getHasUnitSubUnUnitTopicList.
func (t *Table) FlaggedTopics(has, lacks int32) []string {
	return t.names(func(entry *topic) bool {
		for _, q := range entry.queues {
			if q.TopicSysFlag&(has|lacks) == has {
				return true
			}
		}
		return false
	})
}

func (t *Table) names(wanted func(*topic) bool) []string {
	t.mu.RLock()
	names := make([]string, 0, len(t.topics))
	for name, entry := range t.topics {
		if wanted(entry) {
			names = append(names, name)
		}
	}
	t.mu.RUnlock()
	slices.Sort(names)
	return names
}

// ClusterTopics lists the topics of a cluster's brokers, sorted. Java: RouteInfoManager.getTopicsByCluster.
func (t *Table) ClusterTopics(cluster string) []string {
	t.mu.RLock()
	names := make(map[string]struct{})
	for _, g := range t.brokers {
		if g.Cluster != cluster {
			continue
		}
		for name := range g.topics {
			names[name] = struct{}{}
		}
	}
	t.mu.RUnlock()
	return slices.Sorted(maps.Keys(names))
}

// System lists what has the name of a cluster or of a broker, since there is a topic of each such name,
// sorted, and the address of one broker that can be asked for further ones.
// Java: RouteInfoManager.getSystemTopicList.
func (t *Table) System() (names []string, addr string) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	all := make(map[string]struct{}, len(t.brokers))
	first := ""
	for name, g := range t.brokers {
		all[g.Cluster], all[name] = struct{}{}, struct{}{}
		if first == "" || name < first {
			first = name
		}
	}
	if g := t.brokers[first]; g != nil {
		addr = g.BrokerAddrs[g.minID()]
	}
	return slices.Sorted(maps.Keys(all)), addr
}

// Members is the brokers of one name. Java: RouteInfoManager.getBrokerMemberGroup.
func (t *Table) Members(cluster, name string) protocol.MemberGroup {
	t.mu.RLock()
	defer t.mu.RUnlock()
	m := protocol.MemberGroup{BrokerName: name, Cluster: cluster}
	if g := t.brokers[name]; g != nil {
		m.BrokerAddrs = maps.Clone(g.BrokerAddrs)
	}
	return m
}
