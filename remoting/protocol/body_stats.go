package protocol

// TopicStats is the body of the answer to 202. Java: TopicStatsTable.
type TopicStats struct {
	OffsetTable map[MessageQueue]TopicOffset `json:"offsetTable" fastjson:"notnull"`
	TopicPutTPS float64                      `json:"topicPutTps"` // messages a second, of the last minute
}

// TopicOffset is where a queue begins and ends. Java: TopicOffset.
type TopicOffset struct {
	LastUpdateTimestamp int64 `json:"lastUpdateTimestamp"` // when the last message was stored, ms; 0 without
	MaxOffset           int64 `json:"maxOffset"`           // behind the last message
	MinOffset           int64 `json:"minOffset"`
}

// ConsumeStats is the body of the answer to 208: how far a group has come. Java: ConsumeStats.
type ConsumeStats struct {
	ConsumeTPS  float64                        `json:"consumeTps"` // messages a second, of the last minute
	OffsetTable map[MessageQueue]ConsumeOffset `json:"offsetTable" fastjson:"notnull"`
}

// ConsumeOffset is how far a group has come in a queue. Java: OffsetWrapper.
type ConsumeOffset struct {
	BrokerOffset   int64 `json:"brokerOffset"`   // behind the queue's last message
	ConsumerOffset int64 `json:"consumerOffset"` // the next one to consume
	LastTimestamp  int64 `json:"lastTimestamp"`  // when the last consumed message was stored, ms; 0 without
	PullOffset     int64 `json:"pullOffset"`     // the next one to fetch
}

// BrokerConsumeStats is the body of the answer to 317: every group's progress, topic by topic. Java: ConsumeStatsList.
type BrokerConsumeStats struct {
	BrokerAddr        string                      `json:"brokerAddr,omitempty"`
	ConsumeStatsList  []map[string][]ConsumeStats `json:"consumeStatsList" fastjson:"notnull"` // one group each
	TotalDiff         int64                       `json:"totalDiff"`                           // messages not consumed
	TotalInflightDiff int64                       `json:"totalInflightDiff"`                   // messages fetched but not consumed
}

// GroupList is the body of the answer to 300. Java: GroupList.
type GroupList struct {
	GroupList []string `json:"groupList" fastjson:"notnull"`
}

// ConsumeTimeSpans is the body of the answer to 303. Java: QueryConsumeTimeSpanBody.
type ConsumeTimeSpans struct {
	ConsumeTimeSpanSet []QueueTimeSpan `json:"consumeTimeSpanSet" fastjson:"notnull"`
}

// QueueTimeSpan is when messages of a queue were stored, in ms, -1 without one: the first and the last message, and
// the last that a group has consumed. The texts are the same in local time. Java: QueueTimeSpan.
type QueueTimeSpan struct {
	ConsumeTimeStamp    int64        `json:"consumeTimeStamp"`
	ConsumeTimeStampStr string       `json:"consumeTimeStampStr,omitempty"` // 2006-01-02#15:04:05:000
	DelayTime           int64        `json:"delayTime"`                     // age of the next message to consume, ms; 0 without
	MaxTimeStamp        int64        `json:"maxTimeStamp"`
	MaxTimeStampStr     string       `json:"maxTimeStampStr,omitempty"`
	MessageQueue        MessageQueue `json:"messageQueue"`
	MinTimeStamp        int64        `json:"minTimeStamp"`
	MinTimeStampStr     string       `json:"minTimeStampStr,omitempty"`
}

// BrokerStats is the body of the answer to 315. Java: BrokerStatsData.
type BrokerStats struct {
	StatsDay    StatsItem `json:"statsDay"`
	StatsHour   StatsItem `json:"statsHour"`
	StatsMinute StatsItem `json:"statsMinute"`
}

// StatsItem is what was counted in a time. Java: BrokerStatsItem.
type StatsItem struct {
	AvgPT float64 `json:"avgpt"` // a request, on average
	Sum   int64   `json:"sum"`
	TPS   float64 `json:"tps"` // a second
}
