package protocol

import "github.com/gannetmq/gannet/remoting/wire"

// PopRequest is the header of 200050. Java: PopMessageRequestHeader.
type PopRequest struct {
	ConsumerGroup  []byte
	Topic          []byte
	QueueID        int32
	MaxMsgNums     int32
	InvisibleTime  int64 // ms that the messages stay hidden from others
	PollTime       int64 // ms that the answer may wait
	BornTime       int64 // the client's clock, ms
	InitMode       int32
	ExpressionType []byte
	Expression     []byte
	Order          bool
	AttemptID      []byte
	TopicRPC
}

// Fields implements wire.Header.
func (h *PopRequest) Fields(f *wire.Fields) {
	f.Bytes("consumerGroup", &h.ConsumerGroup, wire.Required)
	f.Bytes("topic", &h.Topic, wire.Required)
	f.Int32("queueId", &h.QueueID, wire.Required)
	f.Int32("maxMsgNums", &h.MaxMsgNums, wire.Required)
	f.Int64("invisibleTime", &h.InvisibleTime, wire.Required)
	f.Int64("pollTime", &h.PollTime, wire.Required)
	f.Int64("bornTime", &h.BornTime, wire.Required)
	f.Int32("initMode", &h.InitMode, wire.Required)
	f.Bytes("expType", &h.ExpressionType, wire.Optional)
	f.Bytes("exp", &h.Expression, wire.Optional)
	f.Bool("order", &h.Order, wire.Optional)
	f.Bytes("attemptId", &h.AttemptID, wire.Optional)
	h.TopicRPC.visit(f)
}

// PopResponse is the header of the answers to 200050 and 200052. Java: PopMessageResponseHeader.
type PopResponse struct {
	PopTime         int64 // the broker's clock, ms
	InvisibleTime   int64 // ms that the messages stay hidden from others
	ReviveQueueID   int32
	RestNum         int64
	StartOffsetInfo []byte // "flag queueId offset" joined by ;
	MsgOffsetInfo   []byte // "flag queueId o1,o2,…" joined by ;
	OrderCountInfo  []byte // of ordered pops alone
}

// Fields implements wire.Header.
func (h *PopResponse) Fields(f *wire.Fields) {
	f.Int64("popTime", &h.PopTime, wire.Required)
	f.Int64("invisibleTime", &h.InvisibleTime, wire.Required)
	f.Int32("reviveQid", &h.ReviveQueueID, wire.Required)
	f.Int64("restNum", &h.RestNum, wire.Required)
	f.Bytes("startOffsetInfo", &h.StartOffsetInfo, wire.Optional)
	f.Bytes("msgOffsetInfo", &h.MsgOffsetInfo, wire.Optional)
	f.Bytes("orderCountInfo", &h.OrderCountInfo, wire.Optional)
}

// AckRequest is the header of 200051. Java: AckMessageRequestHeader.
type AckRequest struct {
	ConsumerGroup []byte
	Topic         []byte
	QueueID       int32
	ExtraInfo     []byte // POP_CK of the message
	Offset        int64  // in the queue
	TopicRPC
}

// Fields implements wire.Header.
func (h *AckRequest) Fields(f *wire.Fields) {
	f.Bytes("consumerGroup", &h.ConsumerGroup, wire.Required)
	f.Bytes("topic", &h.Topic, wire.Required)
	f.Int32("queueId", &h.QueueID, wire.Required)
	f.Bytes("extraInfo", &h.ExtraInfo, wire.Required)
	f.Int64("offset", &h.Offset, wire.Required)
	h.TopicRPC.visit(f)
}

// PeekRequest is the header of 200052. Java: PeekMessageRequestHeader.
type PeekRequest struct {
	Topic         string
	QueueID       int32
	MaxMsgNums    int32
	ConsumerGroup string
	TopicRPC
}

// Fields implements wire.Header.
func (h *PeekRequest) Fields(f *wire.Fields) {
	f.String("topic", &h.Topic, wire.Required)
	f.Int32("queueId", &h.QueueID, wire.Required)
	f.Int32("maxMsgNums", &h.MaxMsgNums, wire.Required)
	f.String("consumerGroup", &h.ConsumerGroup, wire.Required)
	h.TopicRPC.visit(f)
}

// InvisibleTimeRequest is the header of 200053. Java: ChangeInvisibleTimeRequestHeader.
type InvisibleTimeRequest struct {
	ConsumerGroup []byte
	Topic         []byte
	QueueID       int32
	ExtraInfo     []byte // POP_CK of the message
	Offset        int64  // in the queue
	InvisibleTime int64  // ms that the messages stay hidden from others
	TopicRPC
}

// Fields implements wire.Header.
func (h *InvisibleTimeRequest) Fields(f *wire.Fields) {
	f.Bytes("consumerGroup", &h.ConsumerGroup, wire.Required)
	f.Bytes("topic", &h.Topic, wire.Required)
	f.Int32("queueId", &h.QueueID, wire.Required)
	f.Bytes("extraInfo", &h.ExtraInfo, wire.Required)
	f.Int64("offset", &h.Offset, wire.Required)
	f.Int64("invisibleTime", &h.InvisibleTime, wire.Required)
	h.TopicRPC.visit(f)
}

// InvisibleTimeResponse is the header of the answer to 200053. Java:
// ChangeInvisibleTimeResponseHeader.
type InvisibleTimeResponse struct {
	PopTime       int64 // the broker's clock, ms
	InvisibleTime int64 // ms that the messages stay hidden from others
	ReviveQueueID int32
}

// Fields implements wire.Header.
func (h *InvisibleTimeResponse) Fields(f *wire.Fields) {
	f.Int64("popTime", &h.PopTime, wire.Required)
	f.Int64("invisibleTime", &h.InvisibleTime, wire.Required)
	f.Int32("reviveQid", &h.ReviveQueueID, wire.Required)
}

// NotificationRequest is the header of 200054. Java: NotificationRequestHeader.
type NotificationRequest struct {
	ConsumerGroup []byte
	Topic         []byte
	QueueID       int32
	PollTime      int64 // ms that the answer may wait
	BornTime      int64 // the client's clock, ms
	Order         bool
	AttemptID     []byte
	TopicRPC
}

// Fields implements wire.Header.
func (h *NotificationRequest) Fields(f *wire.Fields) {
	f.Bytes("consumerGroup", &h.ConsumerGroup, wire.Required)
	f.Bytes("topic", &h.Topic, wire.Required)
	f.Int32("queueId", &h.QueueID, wire.Required)
	f.Int64("pollTime", &h.PollTime, wire.Required)
	f.Int64("bornTime", &h.BornTime, wire.Required)
	f.Bool("order", &h.Order, wire.Optional)
	f.Bytes("attemptId", &h.AttemptID, wire.Optional)
	h.TopicRPC.visit(f)
}

// NotificationResponse is the header of the answer to 200054. Java: NotificationResponseHeader.
type NotificationResponse struct {
	HasMsg      bool
	PollingFull bool
}

// Fields implements wire.Header.
func (h *NotificationResponse) Fields(f *wire.Fields) {
	f.Bool("hasMsg", &h.HasMsg, wire.Required)
	f.Bool("pollingFull", &h.PollingFull, wire.Optional)
}

// PollingInfoRequest is the header of 200055. Java: PollingInfoRequestHeader.
type PollingInfoRequest struct {
	ConsumerGroup string
	Topic         string
	QueueID       int32
	TopicRPC
}

// Fields implements wire.Header.
func (h *PollingInfoRequest) Fields(f *wire.Fields) {
	f.String("consumerGroup", &h.ConsumerGroup, wire.Required)
	f.String("topic", &h.Topic, wire.Required)
	f.Int32("queueId", &h.QueueID, wire.Required)
	h.TopicRPC.visit(f)
}

// PollingInfoResponse is the header of the answer to 200055. Java: PollingInfoResponseHeader.
type PollingInfoResponse struct {
	PollingNum int32
}

// Fields implements wire.Header.
func (h *PollingInfoResponse) Fields(f *wire.Fields) {
	f.Int32("pollingNum", &h.PollingNum, wire.Required)
}
