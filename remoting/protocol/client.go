package protocol

import "github.com/gannetmq/gannet/remoting/wire"

// UnregisterClientRequest is the header of 35. Java: UnregisterClientRequestHeader.
type UnregisterClientRequest struct {
	ClientID      string
	ProducerGroup string
	ConsumerGroup string
	RPC
}

// Fields implements wire.Header.
func (h *UnregisterClientRequest) Fields(f *wire.Fields) {
	f.String("clientID", &h.ClientID, wire.Required)
	f.String("producerGroup", &h.ProducerGroup, wire.Optional)
	f.String("consumerGroup", &h.ConsumerGroup, wire.Optional)
	h.RPC.visit(f)
}

// ConsumerGroupRequest is the header of 38, 40 and 203. Java:
// GetConsumerListByGroupRequestHeader, NotifyConsumerIdsChangedRequestHeader,
// GetConsumerConnectionListRequestHeader.
type ConsumerGroupRequest struct {
	ConsumerGroup string
	RPC
}

// Fields implements wire.Header.
func (h *ConsumerGroupRequest) Fields(f *wire.Fields) {
	f.String("consumerGroup", &h.ConsumerGroup, wire.Required)
	h.RPC.visit(f)
}

// ProducerGroupRequest is the header of 204. Java: GetProducerConnectionListRequestHeader.
type ProducerGroupRequest struct {
	ProducerGroup string
	RPC
}

// Fields implements wire.Header.
func (h *ProducerGroupRequest) Fields(f *wire.Fields) {
	f.String("producerGroup", &h.ProducerGroup, wire.Required)
	h.RPC.visit(f)
}

// RunningInfoRequest is the header of 307, and its relay to the client. Java:
// GetConsumerRunningInfoRequestHeader.
type RunningInfoRequest struct {
	ConsumerGroup string
	ClientID      string
	JstackEnable  bool
	RPC
}

// Fields implements wire.Header.
func (h *RunningInfoRequest) Fields(f *wire.Fields) {
	f.String("consumerGroup", &h.ConsumerGroup, wire.Required)
	f.String("clientId", &h.ClientID, wire.Required)
	f.Bool("jstackEnable", &h.JstackEnable, wire.Optional)
	h.RPC.visit(f)
}

// ConsumeDirectlyRequest is the header of 309, and its relay to the client. Java:
// ConsumeMessageDirectlyResultRequestHeader.
type ConsumeDirectlyRequest struct {
	ConsumerGroup string
	ClientID      string
	MsgID         string
	BrokerName    string
	Topic         string
	TopicSysFlag  wire.Opt[int32]
	GroupSysFlag  wire.Opt[int32]
	TopicRPC
}

// Fields implements wire.Header.
func (h *ConsumeDirectlyRequest) Fields(f *wire.Fields) {
	f.String("consumerGroup", &h.ConsumerGroup, wire.Required)
	f.String("clientId", &h.ClientID, wire.Optional)
	f.String("msgId", &h.MsgID, wire.Optional)
	f.String("brokerName", &h.BrokerName, wire.Optional)
	f.String("topic", &h.Topic, wire.Optional)
	f.OptInt32("topicSysFlag", &h.TopicSysFlag)
	f.OptInt32("groupSysFlag", &h.GroupSysFlag)
	h.TopicRPC.visit(f)
}

// ConsumerStatusRequest is the header of 221 and 223. Java: GetConsumerStatusRequestHeader.
type ConsumerStatusRequest struct {
	Topic      string
	Group      string
	ClientAddr string // the client id
	TopicRPC
}

// Fields implements wire.Header.
func (h *ConsumerStatusRequest) Fields(f *wire.Fields) {
	f.String("topic", &h.Topic, wire.Required)
	f.String("group", &h.Group, wire.Required)
	f.String("clientAddr", &h.ClientAddr, wire.Optional)
	h.TopicRPC.visit(f)
}

// HeartbeatResponse is what the answer to 34 carries. Without it a client keeps sending its whole
// heartbeat. Java: MixAll.IS_SUPPORT_HEART_BEAT_V2 and IS_SUB_CHANGE, set by ClientManageProcessor.
type HeartbeatResponse struct {
	SupportV2 bool // the broker remembers subscriptions by HeartbeatData.HeartbeatFingerprint
	SubChange bool // it does not know this fingerprint
}

// Fields implements wire.Header.
func (h *HeartbeatResponse) Fields(f *wire.Fields) {
	f.Bool("IS_SUPPORT_HEART_BEAT_V2", &h.SupportV2, wire.Optional)
	f.Bool("IS_SUB_CHANGE", &h.SubChange, wire.Optional)
}
