package protocol

import "github.com/gannetmq/gannet/remoting/wire"

// RouteRequest is the header of 105. Java: GetRouteInfoRequestHeader.
type RouteRequest struct {
	Topic                  string
	AcceptStandardJsonOnly wire.Opt[bool]
	TopicRPC
}

// Fields implements wire.Header.
func (h *RouteRequest) Fields(f *wire.Fields) {
	f.String("topic", &h.Topic, wire.Required)
	f.OptBool("acceptStandardJsonOnly", &h.AcceptStandardJsonOnly)
	h.TopicRPC.visit(f)
}
