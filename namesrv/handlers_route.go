package namesrv

import (
	"bytes"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/compat/mqversion"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// query is 105. Clients from 4.9.4 on read standard JSON; others are sent bare broker ids.
// Java: ClientRequestProcessor.
func (n *NameServer) query(r *remoting.Request) {
	if wait := n.switches.Load().Wait; wait > 0 && time.Since(n.started) < wait {
		r.Fail(protocol.SystemError, "name server not ready")
		return
	}
	if mode, ok := r.Cmd.Lookup("__ZONE_MODE"); ok && bytes.EqualFold(mode, []byte("true")) {
		r.ResubmitTo(n.pool, n.queryZone)
		return
	}
	topic := topicOf(r)
	body, ok := n.table.Lookup(topic, standardJSON(r))
	n.answerRoute(r, topic, body, ok)
}

// queryZone is 105 of a client that wants the brokers of its zone. Java: ZoneRouteRPCHook.
func (n *NameServer) queryZone(r *remoting.Request) {
	topic := topicOf(r)
	zone, _ := r.Cmd.Lookup("__ZONE_NAME")
	if len(bytes.TrimSpace(zone)) == 0 {
		body, ok := n.table.Lookup(topic, standardJSON(r))
		n.answerRoute(r, topic, body, ok)
		return
	}
	body, ok := n.table.LookupZone(topic, string(zone), standardJSON(r))
	n.answerRoute(r, topic, body, ok)
}

func (n *NameServer) answerRoute(r *remoting.Request, topic, body []byte, ok bool) {
	if ok {
		r.Reply(nil, body)
		return
	}
	cause := ""
	if n.table.Brokers() == 0 {
		cause = " Cause: no broker is registered here."
	}
	r.FailErr(remoting.Errorf(protocol.TopicNotExist, "No topic route info in name server for the topic: %s%s%s", topic, protocol.FAQ, cause))
}

func topicOf(r *remoting.Request) []byte {
	if topic, ok := r.Cmd.Lookup("topic"); ok {
		return topic
	}
	return []byte("null")
}

func standardJSON(r *remoting.Request) bool {
	if r.Cmd.Version >= mqversion.V4_9_4 {
		return true
	}
	v, ok := r.Cmd.Lookup("acceptStandardJsonOnly")
	return ok && string(v) == "true"
}

// cluster is 106.
func (n *NameServer) cluster(*remoting.Request) (remoting.Reply, error) {
	return remoting.Reply{Body: fastjson.Append(nil, n.table.Cluster())}, nil
}
