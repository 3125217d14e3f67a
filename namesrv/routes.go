package namesrv

import (
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// routes is the table of codes. Queries are map look-ups and run inline; bodies that have to be
// parsed or printed go to the pool.
func (n *NameServer) routes() []remoting.Route {
	broker := remoting.Access{Action: remoting.ActionUpdate, Resources: remoting.Field(remoting.KindCluster, "clusterName")}
	list := remoting.Access{Action: remoting.ActionList, Resources: remoting.NoResource}
	topic := remoting.Access{Action: remoting.ActionNone, Resources: remoting.Field(remoting.KindTopic, "topic")}
	return []remoting.Route{
		{Code: protocol.GetRouteInfoByTopic, Run: remoting.Inline, Access: topic, Handle: n.query},
		{Code: protocol.RegisterBroker, Run: n.pool, Access: broker, Handle: remoting.Typed(n.register)},
		{Code: protocol.UnregisterBroker, Run: n.pool, Access: broker, Handle: remoting.Typed(n.unregister)},
		{Code: protocol.QueryDataVersion, Run: n.pool, Access: broker, Handle: remoting.Typed(n.queryVersion)},
		{Code: protocol.GetBrokerClusterInfo, Run: n.pool, Access: list, Handle: remoting.Plain(n.cluster)},
		{Code: protocol.GetAllTopicListFromNameServer, Run: n.pool, Access: list, Handle: remoting.Plain(n.topics)},
	}
}
