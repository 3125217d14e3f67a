package group

import "github.com/gannetmq/gannet/store/record"

// Config is one consumer group. A Config that came from a Table is shared and must not be changed.
// Java: SubscriptionGroupConfig.
type Config struct {
	Name              string
	ConsumeEnable     bool // false: pulls are refused
	FromMinEnable     bool
	BroadcastEnable   bool
	Orderly           bool
	RetryQueues       int32 // queues of %RETRY%; 0: failed messages are dropped
	RetryMaxTimes     int32 // then %DLQ%; 0: straight to %DLQ%
	RetryPolicy       RetryPolicy
	BrokerID          int64 // where to pull from
	SlowBrokerID      int64 // where to pull from when far behind; Java: whichBrokerWhenConsumeSlowly
	NotifyIDsChanged  bool  // tell members when members come and go
	SysFlag           int32
	ConsumeTimeoutMin int32
	Subscriptions     []Simple // stored, not interpreted; nil is not the same as empty
	Attributes        map[string]string
}

// RetryPolicy is how long POP retries wait. %RETRY% topics use delay levels instead.
// Java: GroupRetryPolicy.
type RetryPolicy struct {
	Type        string       // "CUSTOMIZED" or "EXPONENTIAL"
	Customized  []int64      // milliseconds per retry; nil: Java's 18 delay levels
	Exponential *Exponential // nil: Java's defaults
}

// Exponential grows from Initial by Multiplier up to Max, milliseconds.
type Exponential struct{ Initial, Max, Multiplier int64 }

// Simple is a subscription that an administrator stored. Java: SimpleSubscriptionData.
type Simple struct {
	Topic          string
	ExpressionType string
	Expression     string
	Version        int64
}

const retryCustomized = "CUSTOMIZED"

// Default is what a group starts with.
func Default(name string) Config {
	return Config{
		Name:              name,
		ConsumeEnable:     true,
		FromMinEnable:     true,
		BroadcastEnable:   true,
		RetryQueues:       1,
		RetryMaxTimes:     16,
		RetryPolicy:       RetryPolicy{Type: retryCustomized},
		SlowBrokerID:      1,
		NotifyIDsChanged:  true,
		ConsumeTimeoutMin: 15,
	}
}

// system is the groups that exist before anybody asked for them.
// Java: SubscriptionGroupManager.init.
func system() []string {
	return []string{
		record.GroupTools, record.GroupFilterServer, record.GroupSelfTestConsumer, record.GroupONSHTTPProxy,
		record.GroupONSPull, record.GroupONSPermission, record.GroupONSOwner, record.GroupTran,
	}
}
