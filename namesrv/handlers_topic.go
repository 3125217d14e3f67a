package namesrv

import (
	"log/slog"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// deleteTopic is 216.
func (n *NameServer) deleteTopic(r *remoting.Request, h *protocol.DeleteTopicInNamesrvRequest) (remoting.Reply, error) {
	n.table.DeleteTopic(h.Topic, h.ClusterName)
	n.lines.topics.Log(n.opts.Log, slog.LevelInfo, "topic deleted", "topic", cut(h.Topic), "cluster", cut(h.ClusterName), "by", r.Peer.RemoteAddr())
	return remoting.Reply{}, nil
}

// registerTopic is 217: the queues of a topic that the brokers of the body have. Java answers SUCCESS
// whatever becomes of it, as long as the body can be read.
func (n *NameServer) registerTopic(r *remoting.Request, h *protocol.TopicRequest) (remoting.Reply, error) {
	var where protocol.TopicRouteData
	if len(r.Cmd.Body) > 0 {
		if err := fastjson.Unmarshal(r.Cmd.Body, &where); err != nil {
			return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "topic route: %v", err)
		}
	}
	n.table.SetTopic(h.Topic, where.QueueDatas)
	return remoting.Reply{}, nil
}

// setWritable is 205 and 327.
func (n *NameServer) setWritable(writable bool) func(*remoting.Request, *protocol.BrokerNameRequest) (remoting.Reply, error) {
	return func(r *remoting.Request, h *protocol.BrokerNameRequest) (remoting.Reply, error) {
		topics := n.table.SetWritable(h.BrokerName, writable)
		if left, ok := n.lines.permissions.Due(0, []byte(h.BrokerName)); ok {
			n.told(left, "write permission changed", "broker", cut(h.BrokerName), "writable", writable, "topics", topics, "by", r.Peer.RemoteAddr())
		}
		if writable {
			return remoting.Reply{Header: &protocol.AddWritePermResponse{AddTopicCount: int32(topics)}}, nil
		}
		return remoting.Reply{Header: &protocol.WipeWritePermResponse{WipeTopicCount: int32(topics)}}, nil
	}
}
