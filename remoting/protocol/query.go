package protocol

import "github.com/gannetmq/gannet/remoting/wire"

// QueryMessageRequest is the header of 12. Java: QueryMessageRequestHeader.
type QueryMessageRequest struct {
	Topic          string
	Key            string
	MaxNum         int32
	BeginTimestamp int64          // ms of storing, inclusive
	EndTimestamp   int64          // inclusive
	UniqueKey      wire.Opt[bool] // the key is a UNIQ_KEY; not a member of the Java class
	TopicRPC
}

// Fields implements wire.Header.
func (h *QueryMessageRequest) Fields(f *wire.Fields) {
	f.String("topic", &h.Topic, wire.Required)
	f.String("key", &h.Key, wire.Required)
	f.Int32("maxNum", &h.MaxNum, wire.Required)
	f.Int64("beginTimestamp", &h.BeginTimestamp, wire.Required)
	f.Int64("endTimestamp", &h.EndTimestamp, wire.Required)
	f.OptBool("_UNIQUE_KEY_QUERY", &h.UniqueKey)
	h.TopicRPC.visit(f)
}

// QueryMessageResponse is the header of the answer to 12. Java: QueryMessageResponseHeader.
type QueryMessageResponse struct {
	IndexLastUpdateTimestamp int64 // ms
	IndexLastUpdatePhyOffset int64 // in the CommitLog
}

// Fields implements wire.Header.
func (h *QueryMessageResponse) Fields(f *wire.Fields) {
	f.Int64("indexLastUpdateTimestamp", &h.IndexLastUpdateTimestamp, wire.Required)
	f.Int64("indexLastUpdatePhyoffset", &h.IndexLastUpdatePhyOffset, wire.Required)
}

// ViewMessageRequest is the header of 33. Java: ViewMessageRequestHeader.
type ViewMessageRequest struct {
	Topic  string
	Offset int64 // in the CommitLog
}

// Fields implements wire.Header.
func (h *ViewMessageRequest) Fields(f *wire.Fields) {
	f.String("topic", &h.Topic, wire.Optional)
	f.Int64("offset", &h.Offset, wire.Required)
}

// ConsumeQueueRequest is the header of 321. Java: QueryConsumeQueueRequestHeader.
type ConsumeQueueRequest struct {
	Topic         string
	QueueID       int32
	Index         int64
	Count         int32
	ConsumerGroup string
	TopicRPC
}

// Fields implements wire.Header.
func (h *ConsumeQueueRequest) Fields(f *wire.Fields) {
	f.String("topic", &h.Topic, wire.Optional)
	f.Int32("queueId", &h.QueueID, wire.Optional)
	f.Int64("index", &h.Index, wire.Optional)
	f.Int32("count", &h.Count, wire.Optional)
	f.String("consumerGroup", &h.ConsumerGroup, wire.Optional)
	h.TopicRPC.visit(f)
}
