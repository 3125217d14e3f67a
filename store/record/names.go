package record

import "strings"

// Property keys (Java: MessageConst). Their meaning is told where they are used; protocol and disk
// share them.
const (
	PropKeys        = "KEYS"
	PropTags        = "TAGS"
	PropWait        = "WAIT"  // "false": do not wait for the disk or a replica
	PropDelayLevel  = "DELAY" // 1–18
	PropUniqKey     = "UNIQ_KEY"
	PropExtendUniq  = "EXTEND_UNIQ_INFO"
	PropMsgRegion   = "MSG_REGION"
	PropTraceSwitch = "TRACE_ON"
	PropCluster     = "CLUSTER"
	PropInstanceID  = "INSTANCE_ID"
	PropShardingKey = "__SHARDINGKEY"
	PropCRC32       = "__CRC32#" // propcrc.go

	PropStartDeliverTime  = "__STARTDELIVERTIME" // nothing but Java's metrics knows it
	PropRetryTopic        = "RETRY_TOPIC"
	PropRealTopic         = "REAL_TOPIC"
	PropRealQueueID       = "REAL_QID"
	PropOriginMessageID   = "ORIGIN_MESSAGE_ID"
	PropReconsumeTime     = "RECONSUME_TIME"
	PropMaxReconsumeTimes = "MAX_RECONSUME_TIMES"
	PropDLQOriginTopic    = "DLQ_ORIGIN_TOPIC"
	PropDLQOriginID       = "DLQ_ORIGIN_MESSAGE_ID"

	PropTranPrepared            = "TRAN_MSG"
	PropProducerGroup           = "PGROUP"
	PropTransactionID           = "__transactionId__"
	PropTranCheckTimes          = "TRANSACTION_CHECK_TIMES"
	PropTranPreparedQueueOffset = "TRAN_PREPARED_QUEUE_OFFSET"
	PropCheckImmunitySeconds    = "CHECK_IMMUNITY_TIME_IN_SECONDS"

	PropTimerDelaySec   = "TIMER_DELAY_SEC"
	PropTimerDelayMS    = "TIMER_DELAY_MS"
	PropTimerDeliverMS  = "TIMER_DELIVER_MS"
	PropTimerEnqueueMS  = "TIMER_ENQUEUE_MS"
	PropTimerDequeueMS  = "TIMER_DEQUEUE_MS"
	PropTimerRollTimes  = "TIMER_ROLL_TIMES"
	PropTimerOutMS      = "TIMER_OUT_MS"
	PropTimerDelUniqKey = "TIMER_DEL_UNIQKEY"
	PropTimerDelayLevel = "TIMER_DELAY_LEVEL"

	PropCorrelationID = "CORRELATION_ID"
	PropReplyToClient = "REPLY_TO_CLIENT"
	PropTTL           = "TTL"
	PropMsgType       = "MSG_TYPE"
	PropArriveTime    = "ARRIVE_TIME"
	PropPushReplyTime = "PUSH_REPLY_TIME"

	PropPopCK        = "POP_CK"
	PropPopCKOffset  = "POP_CK_OFFSET"
	PropFirstPopTime = "1ST_POP_TIME"

	PropInnerNum              = "INNER_NUM"
	PropInnerBase             = "INNER_BASE"
	PropInnerMultiDispatch    = "INNER_MULTI_DISPATCH"
	PropInnerMultiQueueOffset = "INNER_MULTI_QUEUE_OFFSET"

	PropMinOffset        = "MIN_OFFSET"
	PropMaxOffset        = "MAX_OFFSET"
	PropConsumeStartTime = "CONSUME_START_TIME"
	PropBornHost         = "__BORNHOST"
	PropBornTimestamp    = "BORN_TIMESTAMP"
	PropBuyerID          = "BUYER_ID"
	PropTransferFlag     = "TRANSFER_FLAG"
	PropCorrectionFlag   = "CORRECTION_FLAG"
	PropMQ2Flag          = "MQ2_FLAG"
	PropDupInfo          = "DUP_INFO"
	PropForwardQueueID   = "PROPERTY_FORWARD_QUEUE_ID"
	PropRedirect         = "REDIRECT"
	PropTraceContext     = "TRACE_CONTEXT"

	// PropTransientPrefix begins keys that are never stored.
	PropTransientPrefix = "__RMQ.TRANSIENT."
	PropTransientTopic  = "__RMQ.TRANSIENT.TOPIC_SYS_FLAG"
	PropTransientGroup  = "__RMQ.TRANSIENT.GROUP_SYS_FLAG"
)

// Topics that belong to the broker (Java: TopicValidator, TimerMessageStore, PopAckConstants, MixAll).
const (
	TopicAutoCreate       = "TBW102"
	TopicSchedule         = "SCHEDULE_TOPIC_XXXX"
	TopicBenchmark        = "BenchmarkTest"
	TopicTranHalf         = "RMQ_SYS_TRANS_HALF_TOPIC"
	TopicTranOpHalf       = "RMQ_SYS_TRANS_OP_HALF_TOPIC"
	TopicTranCheckMaxTime = "TRANS_CHECK_MAX_TIME_TOPIC"
	TopicTrace            = "RMQ_SYS_TRACE_TOPIC"
	TopicSelfTest         = "SELF_TEST_TOPIC"
	TopicOffsetMoved      = "OFFSET_MOVED_EVENT"
	TopicCheckpoint       = "CHECKPOINT_TOPIC"
	TopicTimer            = "rmq_sys_wheel_timer"

	SystemTopicPrefix      = "rmq_sys_"
	SyncBrokerMemberPrefix = "rmq_sys_SYNC_BROKER_MEMBER_" // + broker name
	ReviveLogPrefix        = "rmq_sys_REVIVE_LOG_"         // + cluster name
	ReplyTopicSuffix       = "_REPLY_TOPIC"                // cluster name +

	RetryPrefix = "%RETRY%" // + group
	DLQPrefix   = "%DLQ%"   // + group
	LMQPrefix   = "%LMQ%"
)

// An attribute of topics that decides how the store keeps their queues (Java: TopicAttributes, CQType).
const (
	AttrQueueType  = "queue.type"
	QueueTypeBatch = "BatchCQ"
)

// Groups that belong to the broker or to Java's tools (Java: MixAll).
const (
	GroupTools            = "TOOLS_CONSUMER"
	GroupFilterServer     = "FILTERSRV_CONSUMER"
	GroupSelfTestConsumer = "SELF_TEST_C_GROUP"
	GroupSelfTestProducer = "SELF_TEST_P_GROUP"
	GroupONSHTTPProxy     = "CID_ONS-HTTP-PROXY"
	GroupONSPull          = "CID_ONSAPI_PULL"
	GroupONSPermission    = "CID_ONSAPI_PERMISSION"
	GroupONSOwner         = "CID_ONSAPI_OWNER"
	GroupTran             = "CID_RMQ_SYS_TRANS"
	GroupRevive           = "CID_RMQ_SYS_REVIVE_GROUP"
	GroupDefaultProducer  = "DEFAULT_PRODUCER"
	GroupDefaultConsumer  = "DEFAULT_CONSUMER"
	GroupSchedule         = "SCHEDULE_CONSUMER"
	GroupInnerProducer    = "CLIENT_INNER_PRODUCER"
	GroupMonitor          = "__MONITOR_CONSUMER"

	SystemGroupPrefix = "CID_RMQ_SYS_"
)

// IsSystemTopic reports whether the topic is the broker's on any cluster; those named after the
// cluster and the broker are for the broker to add (Java: TopicValidator.isSystemTopic).
func IsSystemTopic(topic string) bool {
	switch topic {
	case TopicAutoCreate, TopicSchedule, TopicBenchmark, TopicTranHalf, TopicTranOpHalf, TopicTranCheckMaxTime,
		TopicTrace, TopicSelfTest, TopicOffsetMoved, TopicCheckpoint:
		return true
	}
	return strings.HasPrefix(topic, SystemTopicPrefix)
}

// SendForbidden reports whether Java lets no producer send to the topic
// (Java: TopicValidator.isNotAllowedSendTopic); BrokerOwned has one more.
func SendForbidden(topic string) bool {
	switch topic {
	case TopicSchedule, TopicTranHalf, TopicTranOpHalf, TopicTranCheckMaxTime, TopicSelfTest, TopicOffsetMoved:
		return true
	}
	return false
}

// BrokerOwned reports whether messages wait in the topic for something that the broker will do with them. Nobody
// else writes there, and no message is handed out of it or comes back to it.
func BrokerOwned[T string | []byte](topic T) bool {
	switch string(topic) {
	case TopicSchedule, TopicTranHalf, TopicTranOpHalf, TopicTimer:
		return true
	}
	return false
}

// IsSystemGroup reports whether the group is the broker's own (Java: MixAll.isSysConsumerGroup).
func IsSystemGroup(group string) bool { return strings.HasPrefix(group, SystemGroupPrefix) }

// MaxTopic is how many bytes the name of a topic may have that starts like topic: retry and
// dead letter topics carry a group's name behind a prefix.
func MaxTopic[T string | []byte](topic T) int {
	if hasPrefix(topic, RetryPrefix) || hasPrefix(topic, DLQPrefix) {
		return MaxTopicV2
	}
	return MaxTopicV1
}

func hasPrefix[T string | []byte](s T, prefix string) bool {
	return len(s) >= len(prefix) && string(s[:len(prefix)]) == prefix
}
