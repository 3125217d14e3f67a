package protocol

import "github.com/gannetmq/gannet/remoting/wire"

// RPC is what nearly every request may carry besides its own fields, for routing through a proxy or
// a broker container. A plain broker has no use for it. Java: RpcRequestHeader.
type RPC struct {
	Namespace  []byte
	Namespaced wire.Opt[bool]
	BrokerName []byte // the broker that the client believes it talks to
	Oneway     wire.Opt[bool]
}

func (h *RPC) visit(f *wire.Fields) {
	f.Bytes("ns", &h.Namespace, wire.Optional)
	f.OptBool("nsd", &h.Namespaced)
	f.Bytes("bname", &h.BrokerName, wire.Optional)
	f.OptBool("oway", &h.Oneway)
}

// TopicRPC is RPC of the requests about a topic. Java: TopicRequestHeader.
type TopicRPC struct {
	Logical wire.Opt[bool] // topic and queue are those of a static topic
	RPC
}

func (h *TopicRPC) visit(f *wire.Fields) {
	f.OptBool("lo", &h.Logical)
	h.RPC.visit(f)
}

// BareRequest is the header of 18, 34, 41 and 42, whose requests are in their bodies. Java:
// CreateTopicListRequestHeader, HeartbeatRequestHeader, LockBatchMqRequestHeader,
// UnlockBatchMqRequestHeader.
type BareRequest struct{ RPC }

// Fields implements wire.Header.
func (h *BareRequest) Fields(f *wire.Fields) { h.RPC.visit(f) }
