package protocol

// SubscriptionGroupConfig is the configuration of one consumer group: the body of 200 and of the
// answer to 352. Java: SubscriptionGroupConfig.
type SubscriptionGroupConfig struct {
	Attributes                     map[string]string    `json:"attributes" fastjson:"notnull"`
	BrokerID                       int64                `json:"brokerId"`
	ConsumeBroadcastEnable         bool                 `json:"consumeBroadcastEnable"`
	ConsumeEnable                  bool                 `json:"consumeEnable"`
	ConsumeFromMinEnable           bool                 `json:"consumeFromMinEnable"`
	ConsumeMessageOrderly          bool                 `json:"consumeMessageOrderly"`
	ConsumeTimeoutMinute           int32                `json:"consumeTimeoutMinute"`
	GroupName                      string               `json:"groupName,omitempty"`
	GroupRetryPolicy               GroupRetryPolicy     `json:"groupRetryPolicy"`
	GroupSysFlag                   int32                `json:"groupSysFlag"`
	NotifyConsumerIDsChangedEnable bool                 `json:"notifyConsumerIdsChangedEnable"`
	RetryMaxTimes                  int32                `json:"retryMaxTimes"`
	RetryQueueNums                 int32                `json:"retryQueueNums"`
	SubscriptionDataSet            []SimpleSubscription `json:"subscriptionDataSet"`
	WhichBrokerWhenConsumeSlowly   int64                `json:"whichBrokerWhenConsumeSlowly"`
}

// SetDefaults implements fastjson.Defaulter.
func (c *SubscriptionGroupConfig) SetDefaults() {
	*c = SubscriptionGroupConfig{
		ConsumeEnable: true, ConsumeFromMinEnable: true, ConsumeBroadcastEnable: true, NotifyConsumerIDsChangedEnable: true,
		RetryQueueNums: 1, RetryMaxTimes: 16, WhichBrokerWhenConsumeSlowly: 1, ConsumeTimeoutMinute: 15,
		GroupRetryPolicy: GroupRetryPolicy{Type: RetryCustomized},
	}
}

// Types of a GroupRetryPolicy. Java: GroupRetryPolicyType.
const (
	RetryCustomized  = "CUSTOMIZED"
	RetryExponential = "EXPONENTIAL"
)

// GroupRetryPolicy is how long POP retries wait. Java: GroupRetryPolicy.
type GroupRetryPolicy struct {
	CustomizedRetryPolicy  *CustomizedRetryPolicy  `json:"customizedRetryPolicy"`
	ExponentialRetryPolicy *ExponentialRetryPolicy `json:"exponentialRetryPolicy"`
	Type                   string                  `json:"type,omitempty"`
}

// CustomizedRetryPolicy lists the waits in ms. Java: CustomizedRetryPolicy.
type CustomizedRetryPolicy struct {
	Next []int64 `json:"next"`
}

// ExponentialRetryPolicy grows from Initial to Max, both in ms. Java: ExponentialRetryPolicy.
type ExponentialRetryPolicy struct {
	Initial    int64 `json:"initial"`
	Max        int64 `json:"max"`
	Multiplier int64 `json:"multiplier"`
}

// SetDefaults implements fastjson.Defaulter.
func (p *ExponentialRetryPolicy) SetDefaults() {
	*p = ExponentialRetryPolicy{Initial: 5_000, Max: 7_200_000, Multiplier: 2}
}

// SimpleSubscription is a subscription that an administrator stored with a group. Java:
// SimpleSubscriptionData.
type SimpleSubscription struct {
	Expression     string `json:"expression,omitempty"`
	ExpressionType string `json:"expressionType,omitempty"`
	Topic          string `json:"topic,omitempty"`
	Version        int64  `json:"version"`
}

// SubscriptionGroupTable is the body of the answer to 201. Java: SubscriptionGroupWrapper.
type SubscriptionGroupTable struct {
	DataVersion            DataVersion                        `json:"dataVersion"`
	ForbiddenTable         map[string]map[string]int32        `json:"forbiddenTable" fastjson:"notnull"` // group to topic to bits
	SubscriptionGroupTable map[string]SubscriptionGroupConfig `json:"subscriptionGroupTable" fastjson:"notnull"`
}

// SubscriptionGroupList is the body of 225. Java: SubscriptionGroupList.
type SubscriptionGroupList struct {
	GroupConfigList []SubscriptionGroupConfig `json:"groupConfigList" fastjson:"notnull"`
}
