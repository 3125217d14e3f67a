package protocol

import "github.com/gannetmq/gannet/remoting/wire"

// SendRequest is the header of 10 and 324, and under the short names of SendRequestV2 that of
// 310, 320
// and 325. Java: SendMessageRequestHeader.
type SendRequest struct {
	ProducerGroup         []byte
	Topic                 []byte
	DefaultTopic          []byte // auto-creation copies its configuration
	DefaultTopicQueueNums int32
	QueueID               int32 // negative: the broker chooses
	SysFlag               int32
	BornTimestamp         int64 // ms
	Flag                  int32
	Properties            []byte
	ReconsumeTimes        wire.Opt[int32]
	UnitMode              wire.Opt[bool]
	Batch                 wire.Opt[bool]
	MaxReconsumeTimes     wire.Opt[int32]
	Broker                []byte // n of SendRequestV2, which has it besides bname
	TopicRPC
}

// Fields implements wire.Header.
func (h *SendRequest) Fields(f *wire.Fields) {
	f.Bytes("producerGroup", &h.ProducerGroup, wire.Required)
	f.Bytes("topic", &h.Topic, wire.Required)
	f.Bytes("defaultTopic", &h.DefaultTopic, wire.Required)
	f.Int32("defaultTopicQueueNums", &h.DefaultTopicQueueNums, wire.Required)
	f.Int32("queueId", &h.QueueID, wire.Required)
	f.Int32("sysFlag", &h.SysFlag, wire.Required)
	f.Int64("bornTimestamp", &h.BornTimestamp, wire.Required)
	f.Int32("flag", &h.Flag, wire.Required)
	f.Bytes("properties", &h.Properties, wire.Optional)
	f.OptInt32("reconsumeTimes", &h.ReconsumeTimes)
	f.OptBool("unitMode", &h.UnitMode)
	f.OptBool("batch", &h.Batch)
	f.OptInt32("maxReconsumeTimes", &h.MaxReconsumeTimes)
	h.TopicRPC.visit(f)
}

// SendRequestV2 is SendRequest under the names of 310, 320 and 325. Java:
// SendMessageRequestHeaderV2.
type SendRequestV2 SendRequest

// Fields implements wire.Header.
func (h *SendRequestV2) Fields(f *wire.Fields) {
	f.Bytes("a", &h.ProducerGroup, wire.Required)
	f.Bytes("b", &h.Topic, wire.Required)
	f.Bytes("c", &h.DefaultTopic, wire.Required)
	f.Int32("d", &h.DefaultTopicQueueNums, wire.Required)
	f.Int32("e", &h.QueueID, wire.Required)
	f.Int32("f", &h.SysFlag, wire.Required)
	f.Int64("g", &h.BornTimestamp, wire.Required)
	f.Int32("h", &h.Flag, wire.Required)
	f.Bytes("i", &h.Properties, wire.Optional)
	f.OptInt32("j", &h.ReconsumeTimes)
	f.OptBool("k", &h.UnitMode)
	f.OptInt32("l", &h.MaxReconsumeTimes)
	f.OptBool("m", &h.Batch)
	f.Bytes("n", &h.Broker, wire.Optional)
	h.TopicRPC.visit(f)
}

// DecodeExt sets h from the extFields of c, under the names that its code uses. It does what
// wire.DecodeHeader does, in one pass.
func (h *SendRequest) DecodeExt(c *wire.Command) error {
	*h = SendRequest{}
	if c.Code == SendMessage || c.Code == SendReplyMessage {
		if h.decodeV1(c) {
			return nil
		}
		*h = SendRequest{}
		return wire.DecodeHeader(c, h)
	}
	if h.decodeV2(c) {
		return nil
	}
	*h = SendRequest{}
	return wire.DecodeHeader(c, (*SendRequestV2)(h))
}

func (h *SendRequest) decodeV1(c *wire.Command) bool {
	var seen required
	for i := range c.Ext {
		p, ok := &c.Ext[i], true
		switch string(p.Key) {
		case "producerGroup":
			ok = seen.text(0, p, &h.ProducerGroup)
		case "topic":
			ok = seen.text(1, p, &h.Topic)
		case "defaultTopic":
			ok = seen.text(2, p, &h.DefaultTopic)
		case "defaultTopicQueueNums":
			ok = seen.int32(3, p, &h.DefaultTopicQueueNums)
		case "queueId":
			ok = seen.int32(4, p, &h.QueueID)
		case "sysFlag":
			ok = seen.int32(5, p, &h.SysFlag)
		case "bornTimestamp":
			ok = seen.int64(6, p, &h.BornTimestamp)
		case "flag":
			ok = seen.int32(7, p, &h.Flag)
		case "properties":
			h.Properties = p.Value
		case "reconsumeTimes":
			ok = optInt32(p, &h.ReconsumeTimes)
		case "unitMode":
			ok = optBool(p, &h.UnitMode)
		case "batch":
			ok = optBool(p, &h.Batch)
		case "maxReconsumeTimes":
			ok = optInt32(p, &h.MaxReconsumeTimes)
		default:
			ok = h.TopicRPC.decode(p)
		}
		if !ok {
			return false
		}
	}
	return seen.all(8)
}

func (h *SendRequest) decodeV2(c *wire.Command) bool {
	var seen required
	for i := range c.Ext {
		p, ok := &c.Ext[i], true
		if len(p.Key) != 1 {
			if !h.TopicRPC.decode(p) {
				return false
			}
			continue
		}
		switch p.Key[0] {
		case 'a':
			ok = seen.text(0, p, &h.ProducerGroup)
		case 'b':
			ok = seen.text(1, p, &h.Topic)
		case 'c':
			ok = seen.text(2, p, &h.DefaultTopic)
		case 'd':
			ok = seen.int32(3, p, &h.DefaultTopicQueueNums)
		case 'e':
			ok = seen.int32(4, p, &h.QueueID)
		case 'f':
			ok = seen.int32(5, p, &h.SysFlag)
		case 'g':
			ok = seen.int64(6, p, &h.BornTimestamp)
		case 'h':
			ok = seen.int32(7, p, &h.Flag)
		case 'i':
			h.Properties = p.Value
		case 'j':
			ok = optInt32(p, &h.ReconsumeTimes)
		case 'k':
			ok = optBool(p, &h.UnitMode)
		case 'l':
			ok = optInt32(p, &h.MaxReconsumeTimes)
		case 'm':
			ok = optBool(p, &h.Batch)
		case 'n':
			h.Broker = p.Value
		}
		if !ok {
			return false
		}
	}
	return seen.all(8)
}

// SendResponse is the header of the answers to 10, 310, 320, 324 and 325. Java:
// SendMessageResponseHeader.
type SendResponse struct {
	MsgID         []byte // offset message id; of a batch all of them, joined by commas
	QueueID       int32
	QueueOffset   int64 // of a batch the first
	TransactionID []byte
	BatchUniqID   []byte
	RecallHandle  []byte
	RegionExt
}

// Fields implements wire.Header.
func (h *SendResponse) Fields(f *wire.Fields) {
	f.Bytes("msgId", &h.MsgID, wire.Required)
	f.Int32("queueId", &h.QueueID, wire.Required)
	f.Int64("queueOffset", &h.QueueOffset, wire.Required)
	f.Bytes("transactionId", &h.TransactionID, wire.Optional)
	f.Bytes("batchUniqId", &h.BatchUniqID, wire.Optional)
	f.Bytes("recallHandle", &h.RecallHandle, wire.Optional)
	h.RegionExt.Fields(f)
}

// EncodeTo adds the fields to the frame that e writes, as the visit of Encoder.Header does.
func (h *SendResponse) EncodeTo(e *wire.Encoder) {
	e.Bytes("msgId", h.MsgID)
	e.Int32("queueId", h.QueueID)
	e.Int64("queueOffset", h.QueueOffset)
	if len(h.TransactionID) > 0 {
		e.Bytes("transactionId", h.TransactionID)
	}
	if len(h.BatchUniqID) > 0 {
		e.Bytes("batchUniqId", h.BatchUniqID)
	}
	if len(h.RecallHandle) > 0 {
		e.Bytes("recallHandle", h.RecallHandle)
	}
	h.RegionExt.EncodeTo(e)
}

// RegionExt is what the answers to 10, 310 and 320 carry besides their header, and all that a
// refusal of them carries; those to 370 have the region alone. Java: MessageConst.PROPERTY_MSG_REGION
// and PROPERTY_TRACE_SWITCH, set by SendMessageProcessor.
type RegionExt struct {
	Region  string
	TraceOn wire.Opt[bool]
}

// Fields implements wire.Header.
func (h *RegionExt) Fields(f *wire.Fields) {
	f.String("MSG_REGION", &h.Region, wire.Optional)
	f.OptBool("TRACE_ON", &h.TraceOn)
}

// EncodeTo adds the fields to the frame that e writes, as the visit of Encoder.Header does.
func (h *RegionExt) EncodeTo(e *wire.Encoder) {
	if h.Region != "" {
		e.String("MSG_REGION", h.Region)
	}
	if h.TraceOn.Set {
		e.Bool("TRACE_ON", h.TraceOn.Value)
	}
}
