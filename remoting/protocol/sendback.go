package protocol

import "github.com/gannetmq/gannet/remoting/wire"

// SendBackRequest is the header of 36. Java: ConsumerSendMsgBackRequestHeader.
type SendBackRequest struct {
	Offset            int64 // in the CommitLog
	Group             string
	DelayLevel        int32
	OriginMsgID       string
	OriginTopic       string
	UnitMode          bool
	MaxReconsumeTimes wire.Opt[int32]
	RPC
}

// Fields implements wire.Header.
func (h *SendBackRequest) Fields(f *wire.Fields) {
	f.Int64("offset", &h.Offset, wire.Required)
	f.String("group", &h.Group, wire.Required)
	f.Int32("delayLevel", &h.DelayLevel, wire.Required)
	f.String("originMsgId", &h.OriginMsgID, wire.Optional)
	f.String("originTopic", &h.OriginTopic, wire.Optional)
	f.Bool("unitMode", &h.UnitMode, wire.Optional)
	f.OptInt32("maxReconsumeTimes", &h.MaxReconsumeTimes)
	h.RPC.visit(f)
}

// ReplyRequest is the header of 326, broker to client. Java: ReplyMessageRequestHeader.
type ReplyRequest struct {
	ProducerGroup         string
	Topic                 string
	DefaultTopic          string
	DefaultTopicQueueNums int32
	QueueID               int32
	SysFlag               int32
	BornTimestamp         int64 // ms
	Flag                  int32
	Properties            string
	ReconsumeTimes        wire.Opt[int32]
	UnitMode              bool
	BornHost              string // ip:port
	StoreHost             string // ip:port
	StoreTimestamp        int64  // ms
	TopicRPC
}

// Fields implements wire.Header.
func (h *ReplyRequest) Fields(f *wire.Fields) {
	f.String("producerGroup", &h.ProducerGroup, wire.Required)
	f.String("topic", &h.Topic, wire.Required)
	f.String("defaultTopic", &h.DefaultTopic, wire.Required)
	f.Int32("defaultTopicQueueNums", &h.DefaultTopicQueueNums, wire.Required)
	f.Int32("queueId", &h.QueueID, wire.Required)
	f.Int32("sysFlag", &h.SysFlag, wire.Required)
	f.Int64("bornTimestamp", &h.BornTimestamp, wire.Required)
	f.Int32("flag", &h.Flag, wire.Required)
	f.String("properties", &h.Properties, wire.Optional)
	f.OptInt32("reconsumeTimes", &h.ReconsumeTimes)
	f.Bool("unitMode", &h.UnitMode, wire.Optional)
	f.String("bornHost", &h.BornHost, wire.Required)
	f.String("storeHost", &h.StoreHost, wire.Required)
	f.Int64("storeTimestamp", &h.StoreTimestamp, wire.Required)
	h.TopicRPC.visit(f)
}

// RecallRequest is the header of 370. Java: RecallMessageRequestHeader.
type RecallRequest struct {
	ProducerGroup string
	Topic         string
	RecallHandle  string
	TopicRPC
}

// Fields implements wire.Header.
func (h *RecallRequest) Fields(f *wire.Fields) {
	f.String("producerGroup", &h.ProducerGroup, wire.Optional)
	f.String("topic", &h.Topic, wire.Required)
	f.String("recallHandle", &h.RecallHandle, wire.Required)
	h.TopicRPC.visit(f)
}

// RecallResponse is the header of the answer to 370. Java: RecallMessageResponseHeader.
type RecallResponse struct {
	MsgID  string
	Region string // RegionExt; a refusal carries it alone
}

// Fields implements wire.Header.
func (h *RecallResponse) Fields(f *wire.Fields) {
	f.String("msgId", &h.MsgID, wire.Required)
	f.String("MSG_REGION", &h.Region, wire.Optional)
}
