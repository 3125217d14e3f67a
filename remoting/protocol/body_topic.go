package protocol

// Filter types of a topic. Java: TopicFilterType.
const (
	SingleTag = "SINGLE_TAG"
	MultiTag  = "MULTI_TAG"
)

// TopicConfig is the configuration of one topic. Java: TopicConfig.
type TopicConfig struct {
	Attributes      map[string]string `json:"attributes" fastjson:"notnull"` // names without + and -
	Order           bool              `json:"order"`
	Perm            int32             `json:"perm"`
	ReadQueueNums   int32             `json:"readQueueNums"`
	TopicFilterType string            `json:"topicFilterType,omitempty"`
	TopicName       string            `json:"topicName,omitempty"`
	TopicSysFlag    int32             `json:"topicSysFlag"`
	WriteQueueNums  int32             `json:"writeQueueNums"`
}

// SetDefaults implements fastjson.Defaulter.
func (c *TopicConfig) SetDefaults() {
	const queues = 16
	*c = TopicConfig{Perm: PermRead | PermWrite, ReadQueueNums: queues, WriteQueueNums: queues, TopicFilterType: SingleTag}
}

// TopicTable is all topics of a broker, as 103 carries them and 21 answers them. Java:
// TopicConfigSerializeWrapper and TopicConfigAndMappingSerializeWrapper. Brokers of 4.x know the
// first two members only.
type TopicTable struct {
	DataVersion                DataVersion                   `json:"dataVersion"`
	TopicConfigTable           map[string]TopicConfig        `json:"topicConfigTable" fastjson:"notnull"`
	MappingDataVersion         DataVersion                   `json:"mappingDataVersion"`
	TopicQueueMappingDetailMap map[string]TopicMappingDetail `json:"topicQueueMappingDetailMap" fastjson:"notnull"`
	TopicQueueMappingInfoMap   map[string]TopicMappingInfo   `json:"topicQueueMappingInfoMap" fastjson:"notnull"`
}

// CreateTopicList is the body of 18. Java: CreateTopicListRequestBody.
type CreateTopicList struct {
	TopicConfigList []TopicConfig `json:"topicConfigList" fastjson:"notnull"`
}

// TopicMappingInfo is what a broker tells the name server of its part of a static topic. Java:
// TopicQueueMappingInfo.
type TopicMappingInfo struct {
	BrokerName  string          `json:"bname,omitempty"`
	CurrIDMap   map[int32]int32 `json:"currIdMap" fastjson:"notnull"` // logical queue to queue
	Dirty       bool            `json:"dirty"`
	Epoch       int64           `json:"epoch"`
	Scope       string          `json:"scope,omitempty"`
	Topic       string          `json:"topic,omitempty"`
	TotalQueues int32           `json:"totalQueues"`
}

// TopicMappingDetail is TopicMappingInfo with the history of each logical queue: the body of 513.
// Java: TopicQueueMappingDetail.
type TopicMappingDetail struct {
	TopicMappingInfo
	HostedQueues map[int32][]LogicQueueItem `json:"hostedQueues" fastjson:"notnull"`
}

// LogicQueueItem is one stretch of a logical queue. Offsets and times are -1 where they are not
// known yet. Java: LogicQueueMappingItem.
type LogicQueueItem struct {
	BrokerName  string `json:"bname,omitempty"`
	EndOffset   int64  `json:"endOffset"` // in the queue, exclusive
	Gen         int32  `json:"gen"`
	LogicOffset int64  `json:"logicOffset"` // where it begins in the logical queue
	QueueID     int32  `json:"queueId"`
	StartOffset int64  `json:"startOffset"`
	TimeOfEnd   int64  `json:"timeOfEnd"` // ms
	TimeOfStart int64  `json:"timeOfStart"`
}

// SetDefaults implements fastjson.Defaulter.
func (i *LogicQueueItem) SetDefaults() {
	*i = LogicQueueItem{EndOffset: -1, TimeOfEnd: -1, TimeOfStart: -1}
}

// TopicConfigWithMapping is the body of the answer to 351. Java: TopicConfigAndQueueMapping.
type TopicConfigWithMapping struct {
	TopicConfig
	MappingDetail *TopicMappingDetail `json:"mappingDetail"` // of a static topic
}
