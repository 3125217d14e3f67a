package protocol

import "github.com/gannetmq/gannet/remoting/wire"

// PullRequest is the header of 11 and 361. Java: PullMessageRequestHeader.
type PullRequest struct {
	ConsumerGroup        []byte
	Topic                []byte
	QueueID              int32
	QueueOffset          int64 // the first one wanted
	MaxMsgNums           int32
	SysFlag              int32
	CommitOffset         int64 // see PullCommitOffset
	SuspendTimeoutMillis int64 // see PullSuspend
	Subscription         []byte
	SubVersion           int64
	ExpressionType       []byte
	MaxMsgBytes          wire.Opt[int32]
	RequestSource        wire.Opt[int32]
	ProxyForwardClientID []byte
	TopicRPC
}

// Fields implements wire.Header.
func (h *PullRequest) Fields(f *wire.Fields) {
	f.Bytes("consumerGroup", &h.ConsumerGroup, wire.Required)
	f.Bytes("topic", &h.Topic, wire.Required)
	f.Int32("queueId", &h.QueueID, wire.Required)
	f.Int64("queueOffset", &h.QueueOffset, wire.Required)
	f.Int32("maxMsgNums", &h.MaxMsgNums, wire.Required)
	f.Int32("sysFlag", &h.SysFlag, wire.Required)
	f.Int64("commitOffset", &h.CommitOffset, wire.Required)
	f.Int64("suspendTimeoutMillis", &h.SuspendTimeoutMillis, wire.Required)
	f.Bytes("subscription", &h.Subscription, wire.Optional)
	f.Int64("subVersion", &h.SubVersion, wire.Required)
	f.Bytes("expressionType", &h.ExpressionType, wire.Optional)
	f.OptInt32("maxMsgBytes", &h.MaxMsgBytes)
	f.OptInt32("requestSource", &h.RequestSource)
	f.Bytes("proxyFrowardClientId", &h.ProxyForwardClientID, wire.Optional)
	h.TopicRPC.visit(f)
}

// DecodeExt sets h from the extFields of c. It does what wire.DecodeHeader does, in one pass.
func (h *PullRequest) DecodeExt(c *wire.Command) error {
	*h = PullRequest{}
	if h.decode(c) {
		return nil
	}
	*h = PullRequest{}
	return wire.DecodeHeader(c, h)
}

func (h *PullRequest) decode(c *wire.Command) bool {
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
		case "queueOffset":
			ok = seen.int64(3, p, &h.QueueOffset)
		case "maxMsgNums":
			ok = seen.int32(4, p, &h.MaxMsgNums)
		case "sysFlag":
			ok = seen.int32(5, p, &h.SysFlag)
		case "commitOffset":
			ok = seen.int64(6, p, &h.CommitOffset)
		case "suspendTimeoutMillis":
			ok = seen.int64(7, p, &h.SuspendTimeoutMillis)
		case "subVersion":
			ok = seen.int64(8, p, &h.SubVersion)
		case "subscription":
			h.Subscription = p.Value
		case "expressionType":
			h.ExpressionType = p.Value
		case "maxMsgBytes":
			ok = optInt32(p, &h.MaxMsgBytes)
		case "requestSource":
			ok = optInt32(p, &h.RequestSource)
		case "proxyFrowardClientId":
			h.ProxyForwardClientID = p.Value
		default:
			ok = h.TopicRPC.decode(p)
		}
		if !ok {
			return false
		}
	}
	return seen.all(9)
}

// PullResponse is the header of the answers to 11 and 361. Java: PullMessageResponseHeader.
type PullResponse struct {
	SuggestWhichBrokerID int64
	NextBeginOffset      int64 // where to go on
	MinOffset            int64
	MaxOffset            int64           // the end of the queue, exclusive
	OffsetDelta          wire.Opt[int64] // of static topics
	TopicSysFlag         wire.Opt[int32]
	GroupSysFlag         wire.Opt[int32]
	ForbiddenType        wire.Opt[int32]
}

// Fields implements wire.Header.
func (h *PullResponse) Fields(f *wire.Fields) {
	f.Int64("suggestWhichBrokerId", &h.SuggestWhichBrokerID, wire.Required)
	f.Int64("nextBeginOffset", &h.NextBeginOffset, wire.Required)
	f.Int64("minOffset", &h.MinOffset, wire.Required)
	f.Int64("maxOffset", &h.MaxOffset, wire.Required)
	f.OptInt64("offsetDelta", &h.OffsetDelta)
	f.OptInt32("topicSysFlag", &h.TopicSysFlag)
	f.OptInt32("groupSysFlag", &h.GroupSysFlag)
	f.OptInt32("forbiddenType", &h.ForbiddenType)
}

// EncodeTo adds the fields to the frame that e writes, as the visit of Encoder.Header does.
func (h *PullResponse) EncodeTo(e *wire.Encoder) {
	e.Int64("suggestWhichBrokerId", h.SuggestWhichBrokerID)
	e.Int64("nextBeginOffset", h.NextBeginOffset)
	e.Int64("minOffset", h.MinOffset)
	e.Int64("maxOffset", h.MaxOffset)
	if h.OffsetDelta.Set {
		e.Int64("offsetDelta", h.OffsetDelta.Value)
	}
	if h.TopicSysFlag.Set {
		e.Int32("topicSysFlag", h.TopicSysFlag.Value)
	}
	if h.GroupSysFlag.Set {
		e.Int32("groupSysFlag", h.GroupSysFlag.Value)
	}
	if h.ForbiddenType.Set {
		e.Int32("forbiddenType", h.ForbiddenType.Value)
	}
}

// PullForbidden is all that a pull refused with 16 carries of PullResponse.
type PullForbidden struct {
	Type int32 // ForbiddenBroker and so on
}

// Fields implements wire.Header.
func (h *PullForbidden) Fields(f *wire.Fields) { f.Int32("forbiddenType", &h.Type, wire.Optional) }
