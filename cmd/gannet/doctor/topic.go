package doctor

import (
	"slices"

	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// checkTopic: a topic has a route at each name server, and queues that take messages.
func checkTopic(f *Facts, r *findings) {
	if perm, ok := number(f.Broker.Settings["brokerPermission"]); ok && perm&int64(protocol.PermWrite) == 0 {
		r.problem("set brokerPermission=6", "the broker takes no messages: brokerPermission is %d", perm)
	}
	if f.Topic == "" {
		if len(r.list) == 0 {
			r.skipped("no topic is given: --topic")
		}
		return
	}
	asked := false
	for i := range f.NameServers {
		if f.NameServers[i].Err == nil {
			asked = true
			checkRoute(f, &f.NameServers[i], r)
		}
	}
	if !asked {
		r.skipped("no name server answers")
	}
}

func checkRoute(f *Facts, n *NameServer, r *findings) {
	if n.RouteErr != nil {
		r.problem("look into the name server's log", "name server %s tells no route of %s: %v", n.Addr, f.Topic, n.RouteErr)
		return
	}
	if n.Route == nil {
		noRoute(f, n, r)
		return
	}
	queues, readable := 0, 0
	for _, q := range n.Route.QueueDatas {
		if protocol.Writable(q.Perm) {
			queues += int(q.WriteQueueNums)
		}
		if protocol.Readable(q.Perm) {
			readable += int(q.ReadQueueNums)
		}
	}
	switch {
	case queues == 0:
		r.problem("give it permission 6 and queues to write (mqadmin updateTopic -p 6 -w 8), or set brokerPermission=6 again", "%s has no queue that takes messages, by name server %s", f.Topic, n.Addr)
	case readable == 0:
		r.warning("give it permission 6 and queues to read", "%s has no queue that can be read, by name server %s", f.Topic, n.Addr)
	default:
		r.ok("%s has %s to write at %s, by name server %s", f.Topic, plural(queues, "queue"), plural(len(n.Route.BrokerDatas), "broker"), n.Addr)
	}
}

// noRoute tells which of the causes of "No route info of this topic" it is.
func noRoute(f *Facts, n *NameServer, r *findings) {
	if len(n.Cluster.BrokerAddrTable) == 0 {
		r.problem("start a broker with --namesrv "+n.Addr, "%s has no route: no broker is registered with name server %s", f.Topic, n.Addr)
		return
	}
	hint := ""
	if near := nearest(f.Topic, n.Topics); near != "" {
		hint = "; nearest name: " + near
	}
	if f.Broker.Err == nil && f.Broker.Settings["autoCreateTopicEnable"] == "true" {
		r.warning("send to it, or make it with mqadmin updateTopic -t "+f.Topic, "%s does not exist; the first send makes it, autoCreateTopicEnable is true%s", f.Topic, hint)
		return
	}
	r.problem("make it with mqadmin updateTopic -t "+f.Topic+", or set autoCreateTopicEnable=true", "%s does not exist by name server %s%s", f.Topic, n.Addr, hint)
}

// nearest is the topic that somebody may have meant, "" if none is near.
func nearest(topic string, topics []string) string {
	if slices.Contains(topics, topic) {
		return ""
	}
	return jconf.Nearest(topic, topics)
}
