package group

import "github.com/gannetmq/gannet/store/record"

// Config is one consumer group, as in subscriptionGroup.json. A Config that came from a Table is
// shared and must not be changed. Java: SubscriptionGroupConfig.
type Config struct {
	Name             string            `json:"groupName"`
	ConsumeEnable    bool              `json:"consumeEnable"` // false: pulls are refused
	FromMinEnable    bool              `json:"consumeFromMinEnable"`
	BroadcastEnable  bool              `json:"consumeBroadcastEnable"`
	Orderly          bool              `json:"consumeMessageOrderly"`
	RetryQueues      int32             `json:"retryQueueNums"`                 // of %RETRY%; 0: failed messages are dropped
	RetryMaxTimes    int32             `json:"retryMaxTimes"`                  // then %DLQ%; 0: straight to %DLQ%
	RetryPolicy      RetryPolicy       `json:"groupRetryPolicy"`               // of POP; %RETRY% uses delay levels
	BrokerID         int64             `json:"brokerId"`                       // where to pull from
	SlowBrokerID     int64             `json:"whichBrokerWhenConsumeSlowly"`   // the same, when far behind
	NotifyIDsChanged bool              `json:"notifyConsumerIdsChangedEnable"` // tell members when members come and go
	SysFlag          int32             `json:"groupSysFlag"`
	ConsumeTimeout   int32             `json:"consumeTimeoutMinute"` // minutes
	Subscriptions    []Simple          `json:"subscriptionDataSet"`  // kept, not interpreted
	Attributes       map[string]string `json:"attributes"`
}

// RetryPolicy is how long a message waits before it is delivered again. Java: GroupRetryPolicy.
type RetryPolicy struct {
	Type        string       `json:"type"` // CUSTOMIZED or EXPONENTIAL
	Customized  *Customized  `json:"customizedRetryPolicy"`
	Exponential *Exponential `json:"exponentialRetryPolicy"`
}

// Customized lists the waits, milliseconds.
type Customized struct {
	Next []int64 `json:"next"`
}

// Exponential grows from Initial by Multiplier up to Max, milliseconds.
type Exponential struct {
	Initial    int64 `json:"initial"`
	Max        int64 `json:"max"`
	Multiplier int64 `json:"multiplier"`
}

// Simple is a subscription that an administrator stored. Java: SimpleSubscriptionData.
type Simple struct {
	Topic          string `json:"topic,omitempty"`
	ExpressionType string `json:"expressionType,omitempty"`
	Expression     string `json:"expression,omitempty"`
	Version        int64  `json:"version"`
}

// SetDefaults implements fastjson.Defaulter: what a member is that the file leaves out, and what a
// group starts with.
func (c *Config) SetDefaults() {
	*c = Config{
		ConsumeEnable:    true,
		FromMinEnable:    true,
		BroadcastEnable:  true,
		RetryQueues:      1,
		RetryMaxTimes:    16,
		RetryPolicy:      RetryPolicy{Type: "CUSTOMIZED"},
		SlowBrokerID:     1,
		NotifyIDsChanged: true,
		ConsumeTimeout:   15,
		Attributes:       map[string]string{},
	}
}

// SetDefaults implements fastjson.Defaulter.
func (e *Exponential) SetDefaults() { *e = Exponential{Initial: 5_000, Max: 7_200_000, Multiplier: 2} }

func newConfig(name string) *Config {
	c := new(Config)
	c.SetDefaults()
	c.Name = name
	return c
}

// system is the groups that exist before anybody asked for them.
// Java: SubscriptionGroupManager.init.
func system() []string {
	return []string{
		record.GroupTools, record.GroupFilterServer, record.GroupSelfTestConsumer, record.GroupONSHTTPProxy,
		record.GroupONSPull, record.GroupONSPermission, record.GroupONSOwner, record.GroupTran,
	}
}
