package namesrv

import (
	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// allTopics is 206.
func (n *NameServer) allTopics(*remoting.Request) (remoting.Reply, error) {
	if !n.switches.Load().AllTopicList {
		return remoting.Reply{}, errDisabled
	}
	return topicList(n.table.TopicNames(), ""), nil
}

// clusterTopics is 224.
func (n *NameServer) clusterTopics(_ *remoting.Request, h *protocol.TopicsByClusterRequest) (remoting.Reply, error) {
	if !n.switches.Load().TopicList {
		return remoting.Reply{}, errDisabled
	}
	return topicList(n.table.ClusterTopics(h.Cluster), ""), nil
}

// systemTopics is 304. Clients ask the broker that is named for the rest.
func (n *NameServer) systemTopics(*remoting.Request) (remoting.Reply, error) {
	return topicList(n.table.System()), nil
}

// flaggedTopics is 311, 312 and 313: topics by the bits of their sysFlag.
func (n *NameServer) flaggedTopics(has, lacks int32) func(*remoting.Request) (remoting.Reply, error) {
	return func(*remoting.Request) (remoting.Reply, error) {
		if !n.switches.Load().TopicList {
			return remoting.Reply{}, errDisabled
		}
		return topicList(n.table.FlaggedTopics(has, lacks), ""), nil
	}
}

var errDisabled = remoting.Errorf(protocol.SystemError, "disable")

func topicList(names []string, addr string) remoting.Reply {
	return remoting.Reply{Body: fastjson.Append(nil, &protocol.TopicList{TopicList: names, BrokerAddr: addr})}
}
