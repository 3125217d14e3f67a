package namesrv

import (
	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/compat/mqversion"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// faq ends the remarks that Java ends so. Java: FAQUrl.
const faq = "\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details."

// query is 105. Clients from 4.9.4 on read standard JSON; others are sent bare broker ids.
// Java: ClientRequestProcessor.
func (n *NameServer) query(r *remoting.Request) {
	topic, ok := r.Cmd.Lookup("topic")
	if !ok {
		topic = []byte("null")
	}
	standard := r.Cmd.Version >= mqversion.V4_9_4
	if v, ok := r.Cmd.Lookup("acceptStandardJsonOnly"); ok && string(v) == "true" {
		standard = true
	}
	if body, ok := n.table.Lookup(topic, standard); ok {
		r.Reply(nil, body)
		return
	}
	cause := ""
	if n.table.Brokers() == 0 {
		cause = " Cause: no broker is registered here."
	}
	r.FailErr(remoting.Errorf(protocol.TopicNotExist, "No topic route info in name server for the topic: %s%s%s", topic, faq, cause))
}

// cluster is 106.
func (n *NameServer) cluster(*remoting.Request) (remoting.Reply, error) {
	return remoting.Reply{Body: fastjson.Append(nil, n.table.Cluster())}, nil
}

// topics is 206.
func (n *NameServer) topics(*remoting.Request) (remoting.Reply, error) {
	if !n.opts.AllTopicList {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "disable")
	}
	return remoting.Reply{Body: fastjson.Append(nil, &protocol.TopicList{TopicList: n.table.TopicNames()})}, nil
}
