package protocol

// MessageQueue names one queue. It is comparable, and a key of maps whose text is its object. Java:
// MessageQueue.
type MessageQueue struct {
	BrokerName string `json:"brokerName,omitempty"`
	QueueID    int32  `json:"queueId"`
	Topic      string `json:"topic,omitempty"`
}

// LockBatchRequest is the body of 41 and 42. Java: LockBatchRequestBody, UnlockBatchRequestBody.
type LockBatchRequest struct {
	ClientID       string         `json:"clientId,omitempty"`
	ConsumerGroup  string         `json:"consumerGroup,omitempty"`
	MQSet          []MessageQueue `json:"mqSet" fastjson:"notnull"`
	OnlyThisBroker bool           `json:"onlyThisBroker"`
}

// LockBatchResponse is the body of the answer to 41: the queues that the client holds now. Java:
// LockBatchResponseBody.
type LockBatchResponse struct {
	LockOKMQSet []MessageQueue `json:"lockOKMQSet" fastjson:"notnull"`
}
