package namesrv

import (
	"github.com/gannetmq/gannet/namesrv/route"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// routes is the table of codes. What is a map look-up runs inline: queries and signs of life. Bodies
// that have to be parsed or printed go to a pool, what waits for the disk to one of its own. 902 and 903 are for broker containers; here as in
// Java they are unknown.
func (n *NameServer) routes() []remoting.Route {
	var rows []remoting.Route
	for _, part := range [][]remoting.Route{n.clientRoutes(), n.brokerRoutes(), n.adminRoutes()} {
		rows = append(rows, part...)
	}
	return rows
}

// clientRoutes are those of discovery.
func (n *NameServer) clientRoutes() []remoting.Route {
	list := remoting.Access{Action: remoting.ActionList, Resources: remoting.NoResource}
	topic := remoting.Access{Action: remoting.ActionNone, Resources: remoting.Field(remoting.KindTopic, "topic")}
	lists := func(code int32, handle func(*remoting.Request) (remoting.Reply, error)) remoting.Route {
		return remoting.Route{Code: code, Run: n.pool, Access: list, Handle: remoting.Plain(handle)}
	}
	return []remoting.Route{
		{Code: protocol.GetRouteInfoByTopic, Run: remoting.Inline, Access: topic, Handle: n.query},
		{Code: protocol.GetTopicsByCluster, Run: n.pool, Access: list, Handle: remoting.Typed(n.clusterTopics)},
		lists(protocol.GetBrokerClusterInfo, n.cluster),
		lists(protocol.GetAllTopicListFromNameServer, n.allTopics),
		lists(protocol.GetSystemTopicListFromNS, n.systemTopics),
		lists(protocol.GetUnitTopicList, n.flaggedTopics(route.FlagUnit, 0)),
		lists(protocol.GetHasUnitSubTopicList, n.flaggedTopics(route.FlagUnitSub, 0)),
		lists(protocol.GetHasUnitSubUnUnitTopicList, n.flaggedTopics(route.FlagUnitSub, route.FlagUnit)),
	}
}

// brokerRoutes are those that brokers ask.
func (n *NameServer) brokerRoutes() []remoting.Route {
	access := remoting.Access{Action: remoting.ActionUpdate, Resources: remoting.Field(remoting.KindCluster, "clusterName")}
	get := remoting.Access{Action: remoting.ActionGet, Resources: access.Resources}
	return []remoting.Route{
		{Code: protocol.RegisterBroker, Run: n.pool, Access: access, Handle: remoting.Typed(n.register)},
		{Code: protocol.UnregisterBroker, Run: n.pool, Access: access, Handle: remoting.Typed(n.unregister)},
		{Code: protocol.QueryDataVersion, Run: remoting.Inline, Access: access, Handle: n.queryVersion},
		{Code: protocol.BrokerHeartbeat, Run: remoting.Inline, Access: access, Handle: n.heartbeat},
		{Code: protocol.GetBrokerMemberGroup, Run: n.pool, Access: get, Handle: remoting.Typed(n.members)},
	}
}

// adminRoutes are those of administrators, who need permission for what concerns every cluster.
func (n *NameServer) adminRoutes() []remoting.Route {
	get := remoting.Access{Action: remoting.ActionGet, Resources: remoting.EveryCluster}
	update := remoting.Access{Action: remoting.ActionUpdate, Resources: remoting.EveryCluster}
	inCluster := remoting.Access{Action: remoting.ActionUpdate, Resources: clusterOrEvery}
	return []remoting.Route{
		{Code: protocol.PutKVConfig, Run: n.writes, Access: update, Handle: remoting.Plain(n.putKV)},
		{Code: protocol.GetKVConfig, Run: n.pool, Access: get, Handle: remoting.Plain(n.getKV)},
		{Code: protocol.DeleteKVConfig, Run: n.writes, Access: update, Handle: remoting.Plain(n.deleteKV)},
		{Code: protocol.GetKVListByNamespace, Run: n.pool, Access: get, Handle: remoting.Plain(n.listKV)},
		{Code: protocol.WipeWritePermOfBroker, Run: n.pool, Access: update, Handle: remoting.Typed(n.setWritable(false))},
		{Code: protocol.AddWritePermOfBroker, Run: n.pool, Access: update, Handle: remoting.Typed(n.setWritable(true))},
		{Code: protocol.DeleteTopicInNamesrv, Run: n.pool, Access: inCluster, Handle: remoting.Typed(n.deleteTopic)},
		{Code: protocol.RegisterTopicInNamesrv, Run: n.pool, Access: update, Handle: remoting.Typed(n.registerTopic)},
		{Code: protocol.UpdateNamesrvConfig, Run: n.writes, Access: update, Handle: remoting.Plain(n.updateConfig)},
		{Code: protocol.GetNamesrvConfig, Run: n.writes, Access: get, Handle: remoting.Plain(n.getConfig)},
	}
}

// clusterOrEvery is the cluster that the request names; without one it means all.
func clusterOrEvery(r *remoting.Request, dst []remoting.Resource) []remoting.Resource {
	name, _ := r.Cmd.Lookup("clusterName")
	return append(dst, remoting.Resource{Kind: remoting.KindCluster, Name: string(name)})
}
