package protocol

// ResetOffsets is the body of the answer to 222 and of the push 220: where a group goes on. Java: ResetOffsetBody.
type ResetOffsets struct {
	OffsetTable map[MessageQueue]int64 `json:"offsetTable" fastjson:"notnull"`
}

// ResetOffsetList is the same for clients in C++, which read no objects as keys. Java: ResetOffsetBodyForC.
type ResetOffsetList struct {
	OffsetTable []QueueOffset `json:"offsetTable" fastjson:"notnull"`
}

// QueueOffset is an offset in a queue. Java: MessageQueueForC.
type QueueOffset struct {
	BrokerName string `json:"brokerName,omitempty"`
	Offset     int64  `json:"offset"`
	QueueID    int32  `json:"queueId"`
	Topic      string `json:"topic,omitempty"`
}

// ConsumerStatus is the body of the answers to 221, where a client tells of itself, and to 223, where the broker tells of
// all, by client id. Java: GetConsumerStatusBody.
type ConsumerStatus struct {
	ConsumerTable     map[string]map[MessageQueue]int64 `json:"consumerTable" fastjson:"notnull"`
	MessageQueueTable map[MessageQueue]int64            `json:"messageQueueTable" fastjson:"notnull"`
}

// CorrectionOffsets is the body of the answer to 308, by queue id. Java: QueryCorrectionOffsetBody.
type CorrectionOffsets struct {
	CorrectionOffsets map[int32]int64 `json:"correctionOffsets" fastjson:"notnull"`
}

// ConsumeQueueEntries is the body of the answer to 321. Java: QueryConsumeQueueResponseBody.
type ConsumeQueueEntries struct {
	FilterData       string              `json:"filterData,omitempty"` // text, or why there is none
	MaxQueueIndex    int64               `json:"maxQueueIndex"`        // behind the last entry
	MinQueueIndex    int64               `json:"minQueueIndex"`
	QueueData        []ConsumeQueueEntry `json:"queueData"`
	SubscriptionData *SubscriptionData   `json:"subscriptionData"` // of a group that is online
}

// ConsumeQueueEntry is an entry of a consume queue. Java: ConsumeQueueData.
type ConsumeQueueEntry struct {
	BitMap         string `json:"bitMap,omitempty"`
	Eval           bool   `json:"eval"`
	ExtendDataJSON string `json:"extendDataJson,omitempty"`
	Msg            string `json:"msg,omitempty"`
	PhysicOffset   int64  `json:"physicOffset"`
	PhysicSize     int32  `json:"physicSize"`
	TagsCode       int64  `json:"tagsCode"`
}
