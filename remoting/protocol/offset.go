package protocol

import "github.com/gannetmq/gannet/remoting/wire"

// QueryOffsetRequest is the header of 14. Java: QueryConsumerOffsetRequestHeader.
type QueryOffsetRequest struct {
	ConsumerGroup     []byte
	Topic             []byte
	QueueID           int32
	SetZeroIfNotFound wire.Opt[bool]
	TopicRPC
}

// Fields implements wire.Header.
func (h *QueryOffsetRequest) Fields(f *wire.Fields) {
	f.Bytes("consumerGroup", &h.ConsumerGroup, wire.Required)
	f.Bytes("topic", &h.Topic, wire.Required)
	f.Int32("queueId", &h.QueueID, wire.Required)
	f.OptBool("setZeroIfNotFound", &h.SetZeroIfNotFound)
	h.TopicRPC.visit(f)
}

// DecodeExt sets h from the extFields of c. It does what wire.DecodeHeader does, in one pass.
func (h *QueryOffsetRequest) DecodeExt(c *wire.Command) error {
	*h = QueryOffsetRequest{}
	if h.decode(c) {
		return nil
	}
	*h = QueryOffsetRequest{}
	return wire.DecodeHeader(c, h)
}

func (h *QueryOffsetRequest) decode(c *wire.Command) bool {
	var seen required
	for i := range c.Ext {
		p, ok := &c.Ext[i], true
		switch string(p.Key) {
		case "consumerGroup":
			ok = seen.text(0, p, &h.ConsumerGroup)
		case "topic":
			ok = seen.text(1, p, &h.Topic)
		case "queueId":
			ok = seen.int32(2, p, &h.QueueID)
		case "setZeroIfNotFound":
			ok = optBool(p, &h.SetZeroIfNotFound)
		default:
			ok = h.TopicRPC.decode(p)
		}
		if !ok {
			return false
		}
	}
	return seen.all(3)
}

// UpdateOffsetRequest is the header of 15. Java: UpdateConsumerOffsetRequestHeader.
type UpdateOffsetRequest struct {
	ConsumerGroup []byte
	Topic         []byte
	QueueID       int32
	CommitOffset  int64 // the next one to consume
	TopicRPC
}

// Fields implements wire.Header.
func (h *UpdateOffsetRequest) Fields(f *wire.Fields) {
	f.Bytes("consumerGroup", &h.ConsumerGroup, wire.Required)
	f.Bytes("topic", &h.Topic, wire.Required)
	f.Int32("queueId", &h.QueueID, wire.Required)
	f.Int64("commitOffset", &h.CommitOffset, wire.Required)
	h.TopicRPC.visit(f)
}

// DecodeExt sets h from the extFields of c. It does what wire.DecodeHeader does, in one pass.
func (h *UpdateOffsetRequest) DecodeExt(c *wire.Command) error {
	*h = UpdateOffsetRequest{}
	if h.decode(c) {
		return nil
	}
	*h = UpdateOffsetRequest{}
	return wire.DecodeHeader(c, h)
}

func (h *UpdateOffsetRequest) decode(c *wire.Command) bool {
	var seen required
	for i := range c.Ext {
		p, ok := &c.Ext[i], true
		switch string(p.Key) {
		case "consumerGroup":
			ok = seen.text(0, p, &h.ConsumerGroup)
		case "topic":
			ok = seen.text(1, p, &h.Topic)
		case "queueId":
			ok = seen.int32(2, p, &h.QueueID)
		case "commitOffset":
			ok = seen.int64(3, p, &h.CommitOffset)
		default:
			ok = h.TopicRPC.decode(p)
		}
		if !ok {
			return false
		}
	}
	return seen.all(4)
}

// OffsetResponse is the header of the answers to 14, 29, 30 and 31. Java:
// QueryConsumerOffsetResponseHeader, SearchOffsetResponseHeader, GetMaxOffsetResponseHeader,
// GetMinOffsetResponseHeader.
type OffsetResponse struct {
	Offset int64
}

// Fields implements wire.Header.
func (h *OffsetResponse) Fields(f *wire.Fields) {
	f.Int64("offset", &h.Offset, wire.Required)
}

// MaxOffsetRequest is the header of 30. Java: GetMaxOffsetRequestHeader.
type MaxOffsetRequest struct {
	Topic     string
	QueueID   int32
	Committed bool
	TopicRPC
}

// Fields implements wire.Header.
func (h *MaxOffsetRequest) Fields(f *wire.Fields) {
	f.String("topic", &h.Topic, wire.Required)
	f.Int32("queueId", &h.QueueID, wire.Required)
	f.Bool("committed", &h.Committed, wire.Optional)
	h.TopicRPC.visit(f)
}

// Defaults implements wire.Defaulter.
func (h *MaxOffsetRequest) Defaults() { *h = MaxOffsetRequest{Committed: true} }

// QueueRequest is the header of 31 and 32. Java: GetMinOffsetRequestHeader,
// GetEarliestMsgStoretimeRequestHeader.
type QueueRequest struct {
	Topic   string
	QueueID int32
	TopicRPC
}

// Fields implements wire.Header.
func (h *QueueRequest) Fields(f *wire.Fields) {
	f.String("topic", &h.Topic, wire.Required)
	f.Int32("queueId", &h.QueueID, wire.Required)
	h.TopicRPC.visit(f)
}

// EarliestStoreTimeResponse is the header of the answer to 32. Java:
// GetEarliestMsgStoretimeResponseHeader.
type EarliestStoreTimeResponse struct {
	Timestamp int64 // ms
}

// Fields implements wire.Header.
func (h *EarliestStoreTimeResponse) Fields(f *wire.Fields) {
	f.Int64("timestamp", &h.Timestamp, wire.Required)
}

// SearchOffsetRequest is the header of 29. Java: SearchOffsetRequestHeader.
type SearchOffsetRequest struct {
	Topic        string
	QueueID      int32
	Timestamp    int64  // ms
	BoundaryType string // "LOWER" or absent: the first at the time or after; "UPPER": the last before or at it
	TopicRPC
}

// Fields implements wire.Header.
func (h *SearchOffsetRequest) Fields(f *wire.Fields) {
	f.String("topic", &h.Topic, wire.Required)
	f.Int32("queueId", &h.QueueID, wire.Required)
	f.Int64("timestamp", &h.Timestamp, wire.Required)
	f.String("boundaryType", &h.BoundaryType, wire.Optional)
	h.TopicRPC.visit(f)
}

// ResetOffsetRequest is the header of 220 and 222. Java: ResetOffsetRequestHeader.
type ResetOffsetRequest struct {
	Group     string
	Topic     string
	QueueID   int32
	Offset    wire.Opt[int64]
	Timestamp int64 // ms
	Force     bool
	TopicRPC
}

// Fields implements wire.Header.
func (h *ResetOffsetRequest) Fields(f *wire.Fields) {
	f.String("group", &h.Group, wire.Required)
	f.String("topic", &h.Topic, wire.Required)
	f.Int32("queueId", &h.QueueID, wire.Optional)
	f.OptInt64("offset", &h.Offset)
	f.Int64("timestamp", &h.Timestamp, wire.Required)
	f.Bool("isForce", &h.Force, wire.Required)
	h.TopicRPC.visit(f)
}

// Defaults implements wire.Defaulter.
func (h *ResetOffsetRequest) Defaults() { *h = ResetOffsetRequest{QueueID: -1} }

// CloneOffsetRequest is the header of 314. Java: CloneGroupOffsetRequestHeader.
type CloneOffsetRequest struct {
	SrcGroup  string
	DestGroup string
	Topic     string
	Offline   bool
	RPC
}

// Fields implements wire.Header.
func (h *CloneOffsetRequest) Fields(f *wire.Fields) {
	f.String("srcGroup", &h.SrcGroup, wire.Required)
	f.String("destGroup", &h.DestGroup, wire.Required)
	f.String("topic", &h.Topic, wire.Optional)
	f.Bool("offline", &h.Offline, wire.Optional)
	h.RPC.visit(f)
}

// CorrectionOffsetRequest is the header of 308. Java: QueryCorrectionOffsetHeader.
type CorrectionOffsetRequest struct {
	FilterGroups string
	CompareGroup string
	Topic        string
	TopicRPC
}

// Fields implements wire.Header.
func (h *CorrectionOffsetRequest) Fields(f *wire.Fields) {
	f.String("filterGroups", &h.FilterGroups, wire.Optional)
	f.String("compareGroup", &h.CompareGroup, wire.Required)
	f.String("topic", &h.Topic, wire.Required)
	h.TopicRPC.visit(f)
}
