package protocol

import "github.com/gannetmq/gannet/remoting/wire"

// TopicRequest is the header of 202, 215, 217, 300 and 351. Java:
// GetTopicStatsInfoRequestHeader, DeleteTopicRequestHeader, RegisterTopicRequestHeader,
// QueryTopicConsumeByWhoRequestHeader, GetTopicConfigRequestHeader.
type TopicRequest struct {
	Topic string
	TopicRPC
}

// Fields implements wire.Header.
func (h *TopicRequest) Fields(f *wire.Fields) {
	f.String("topic", &h.Topic, wire.Required)
	h.TopicRPC.visit(f)
}

// CreateTopicRequest is the header of 17 and 513. Java: CreateTopicRequestHeader.
type CreateTopicRequest struct {
	Topic           string
	DefaultTopic    string
	ReadQueueNums   int32
	WriteQueueNums  int32
	Perm            int32
	TopicFilterType string
	TopicSysFlag    wire.Opt[int32]
	Order           bool
	Attributes      string
	Force           bool
	TopicRPC
}

// Fields implements wire.Header.
func (h *CreateTopicRequest) Fields(f *wire.Fields) {
	f.String("topic", &h.Topic, wire.Required)
	f.String("defaultTopic", &h.DefaultTopic, wire.Required)
	f.Int32("readQueueNums", &h.ReadQueueNums, wire.Required)
	f.Int32("writeQueueNums", &h.WriteQueueNums, wire.Required)
	f.Int32("perm", &h.Perm, wire.Required)
	f.String("topicFilterType", &h.TopicFilterType, wire.Required)
	f.OptInt32("topicSysFlag", &h.TopicSysFlag)
	f.Bool("order", &h.Order, wire.Required)
	f.String("attributes", &h.Attributes, wire.Optional)
	f.Bool("force", &h.Force, wire.Optional)
	h.TopicRPC.visit(f)
}

// DeleteTopicInNamesrvRequest is the header of 216. Java: DeleteTopicFromNamesrvRequestHeader.
type DeleteTopicInNamesrvRequest struct {
	Topic       string
	ClusterName string
	TopicRPC
}

// Fields implements wire.Header.
func (h *DeleteTopicInNamesrvRequest) Fields(f *wire.Fields) {
	f.String("topic", &h.Topic, wire.Required)
	f.String("clusterName", &h.ClusterName, wire.Optional)
	h.TopicRPC.visit(f)
}

// TopicsByClusterRequest is the header of 224. Java: GetTopicsByClusterRequestHeader.
type TopicsByClusterRequest struct {
	Cluster string
}

// Fields implements wire.Header.
func (h *TopicsByClusterRequest) Fields(f *wire.Fields) {
	f.String("cluster", &h.Cluster, wire.Required)
}

// AllTopicConfigRequest is the header of 21 from clients newer than 5.3.3, which read the table in
// pages; older ones and slaves of 5.3.3 send none of it. Java: GetAllTopicConfigRequestHeader of 5.3.4.
type AllTopicConfigRequest struct {
	Seq         wire.Opt[int32] // of the first topic, by name
	DataVersion string          // JSON of the version that the pages before had
	Max         wire.Opt[int32]
}

// Fields implements wire.Header.
func (h *AllTopicConfigRequest) Fields(f *wire.Fields) {
	f.OptInt32("topicSeq", &h.Seq)
	f.String("dataVersion", &h.DataVersion, wire.Optional)
	f.OptInt32("maxTopicNum", &h.Max)
}

// AllTopicConfigResponse is the header of the answer to 21. Java: GetAllTopicConfigResponseHeader of
// 5.3.4; that of 5.3.3 is empty.
type AllTopicConfigResponse struct {
	Total int32 // topics in the whole table
}

// Fields implements wire.Header.
func (h *AllTopicConfigResponse) Fields(f *wire.Fields) {
	f.Int32("totalTopicNum", &h.Total, wire.Required)
}
