package protocol

// HeartbeatData is the body of 34: all groups of one client. Lists may be nil, as Go clients send
// them. Java: HeartbeatData.
type HeartbeatData struct {
	ClientID             string         `json:"clientID,omitempty"`
	ConsumerDataSet      []ConsumerData `json:"consumerDataSet" fastjson:"notnull"`
	HeartbeatFingerprint int32          `json:"heartbeatFingerprint"` // not 0: see HeartbeatResponse
	ProducerDataSet      []ProducerData `json:"producerDataSet" fastjson:"notnull"`
	WithoutSub           bool           `json:"withoutSub"` // subscriptions are as they were
}

// ProducerData is one producer group. Java: ProducerData.
type ProducerData struct {
	GroupName string `json:"groupName,omitempty"`
}

// ConsumerData is one consumer group. Java: ConsumerData.
type ConsumerData struct {
	ConsumeFromWhere    ConsumeFromWhere   `json:"consumeFromWhere"`
	ConsumeType         ConsumeType        `json:"consumeType"`
	GroupName           string             `json:"groupName,omitempty"`
	MessageModel        MessageModel       `json:"messageModel"`
	SubscriptionDataSet []SubscriptionData `json:"subscriptionDataSet" fastjson:"notnull"`
	UnitMode            bool               `json:"unitMode"`
}

// Expression types of a subscription. Java: ExpressionType.
const (
	ExpressionTag   = "TAG"
	ExpressionSQL92 = "SQL92"
)

// SubscriptionData is what a consumer group wants of one topic. Clients older than 4.1 send no
// ExpressionType, Go clients no CodeSet. Java: SubscriptionData.
type SubscriptionData struct {
	ClassFilterMode bool     `json:"classFilterMode"`
	CodeSet         []int32  `json:"codeSet" fastjson:"notnull"` // hash codes of TagsSet
	ExpressionType  string   `json:"expressionType,omitempty"`
	SubString       string   `json:"subString,omitempty"` // "*", "TagA || TagB", or a condition
	SubVersion      int64    `json:"subVersion"`          // the client's clock; ms in Java, ns in Go
	TagsSet         []string `json:"tagsSet" fastjson:"notnull"`
	Topic           string   `json:"topic,omitempty"`
}

// SetDefaults implements fastjson.Defaulter.
func (d *SubscriptionData) SetDefaults() { *d = SubscriptionData{ExpressionType: ExpressionTag} }

// ClientConfigCheck is the body of 46: does this broker understand the subscription? Java:
// CheckClientRequestBody.
type ClientConfigCheck struct {
	ClientID         string            `json:"clientId,omitempty"`
	Group            string            `json:"group,omitempty"`
	Namespace        string            `json:"namespace"`
	SubscriptionData *SubscriptionData `json:"subscriptionData"`
}

// ConsumerList is the body of the answer to 38. Java: GetConsumerListByGroupResponseBody.
type ConsumerList struct {
	ConsumerIDList []string `json:"consumerIdList" fastjson:"notnull"`
}
