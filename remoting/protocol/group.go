package protocol

import "github.com/gannetmq/gannet/remoting/wire"

// GroupRequest is the header of 343 and 352. Java: QueryTopicsByConsumerRequestHeader,
// GetSubscriptionGroupConfigRequestHeader.
type GroupRequest struct {
	Group string
	RPC
}

// Fields implements wire.Header.
func (h *GroupRequest) Fields(f *wire.Fields) {
	f.String("group", &h.Group, wire.Required)
	h.RPC.visit(f)
}

// DeleteGroupRequest is the header of 207. Java: DeleteSubscriptionGroupRequestHeader.
type DeleteGroupRequest struct {
	GroupName   string
	CleanOffset bool
	RPC
}

// Fields implements wire.Header.
func (h *DeleteGroupRequest) Fields(f *wire.Fields) {
	f.String("groupName", &h.GroupName, wire.Required)
	f.Bool("cleanOffset", &h.CleanOffset, wire.Optional)
	h.RPC.visit(f)
}

// QuerySubscriptionRequest is the header of 345. Java: QuerySubscriptionByConsumerRequestHeader.
type QuerySubscriptionRequest struct {
	Group string
	Topic string
	TopicRPC
}

// Fields implements wire.Header.
func (h *QuerySubscriptionRequest) Fields(f *wire.Fields) {
	f.String("group", &h.Group, wire.Required)
	f.String("topic", &h.Topic, wire.Optional)
	h.TopicRPC.visit(f)
}

// ConsumeTimeSpanRequest is the header of 303. Java: QueryConsumeTimeSpanRequestHeader.
type ConsumeTimeSpanRequest struct {
	Topic string
	Group string
	TopicRPC
}

// Fields implements wire.Header.
func (h *ConsumeTimeSpanRequest) Fields(f *wire.Fields) {
	f.String("topic", &h.Topic, wire.Required)
	f.String("group", &h.Group, wire.Required)
	h.TopicRPC.visit(f)
}

// GroupForbiddenRequest is the header of 353. Java: UpdateGroupForbiddenRequestHeader.
type GroupForbiddenRequest struct {
	Group    string
	Topic    string
	Readable wire.Opt[bool]
	TopicRPC
}

// Fields implements wire.Header.
func (h *GroupForbiddenRequest) Fields(f *wire.Fields) {
	f.String("group", &h.Group, wire.Required)
	f.String("topic", &h.Topic, wire.Required)
	f.OptBool("readable", &h.Readable)
	h.TopicRPC.visit(f)
}

// ConsumeStatsRequest is the header of 208. Java: GetConsumeStatsRequestHeader.
type ConsumeStatsRequest struct {
	ConsumerGroup string
	Topic         string
	TopicList     string // joined by ;
	TopicRPC
}

// Fields implements wire.Header.
func (h *ConsumeStatsRequest) Fields(f *wire.Fields) {
	f.String("consumerGroup", &h.ConsumerGroup, wire.Required)
	f.String("topic", &h.Topic, wire.Optional)
	f.String("topicList", &h.TopicList, wire.Optional)
	h.TopicRPC.visit(f)
}

// AllGroupConfigRequest is the header of 201 from clients newer than 5.3.3, see
// AllTopicConfigRequest. Java: GetAllSubscriptionGroupRequestHeader of 5.3.4.
type AllGroupConfigRequest struct {
	Seq         wire.Opt[int32]
	DataVersion string
	Max         wire.Opt[int32]
}

// Fields implements wire.Header.
func (h *AllGroupConfigRequest) Fields(f *wire.Fields) {
	f.OptInt32("groupSeq", &h.Seq)
	f.String("dataVersion", &h.DataVersion, wire.Optional)
	f.OptInt32("maxGroupNum", &h.Max)
}

// AllGroupConfigResponse is the header of the answer to 201 for them. Java:
// GetAllSubscriptionGroupResponseHeader of 5.3.4.
type AllGroupConfigResponse struct {
	Total int32
}

// Fields implements wire.Header.
func (h *AllGroupConfigResponse) Fields(f *wire.Fields) {
	f.Int32("totalGroupNum", &h.Total, wire.Required)
}
