package record

import (
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
)

// javaProps names our constant for each of MessageConst.
var javaProps = map[string]string{
	"DUP_INFO": PropDupInfo, "PROPERTY_BORN_HOST": PropBornHost, "PROPERTY_BORN_TIMESTAMP": PropBornTimestamp,
	"PROPERTY_BUYER_ID": PropBuyerID, "PROPERTY_CHECK_IMMUNITY_TIME_IN_SECONDS": PropCheckImmunitySeconds,
	"PROPERTY_CLUSTER": PropCluster, "PROPERTY_CONSUME_START_TIMESTAMP": PropConsumeStartTime,
	"PROPERTY_CORRECTION_FLAG": PropCorrectionFlag, "PROPERTY_CORRELATION_ID": PropCorrelationID,
	"PROPERTY_CRC32": PropCRC32, "PROPERTY_DELAY_TIME_LEVEL": PropDelayLevel,
	"PROPERTY_DLQ_ORIGIN_MESSAGE_ID": PropDLQOriginID, "PROPERTY_DLQ_ORIGIN_TOPIC": PropDLQOriginTopic,
	"PROPERTY_EXTEND_UNIQ_INFO": PropExtendUniq, "PROPERTY_FIRST_POP_TIME": PropFirstPopTime,
	"PROPERTY_FORWARD_QUEUE_ID": PropForwardQueueID, "PROPERTY_INNER_BASE": PropInnerBase,
	"PROPERTY_INNER_MULTI_DISPATCH":     PropInnerMultiDispatch,
	"PROPERTY_INNER_MULTI_QUEUE_OFFSET": PropInnerMultiQueueOffset, "PROPERTY_INNER_NUM": PropInnerNum,
	"PROPERTY_INSTANCE_ID": PropInstanceID, "PROPERTY_KEYS": PropKeys, "PROPERTY_MAX_OFFSET": PropMaxOffset,
	"PROPERTY_MAX_RECONSUME_TIMES": PropMaxReconsumeTimes, "PROPERTY_MESSAGE_REPLY_TO_CLIENT": PropReplyToClient,
	"PROPERTY_MESSAGE_TTL": PropTTL, "PROPERTY_MESSAGE_TYPE": PropMsgType, "PROPERTY_MIN_OFFSET": PropMinOffset,
	"PROPERTY_MQ2_FLAG": PropMQ2Flag, "PROPERTY_MSG_REGION": PropMsgRegion,
	"PROPERTY_ORIGIN_MESSAGE_ID": PropOriginMessageID, "PROPERTY_POP_CK": PropPopCK,
	"PROPERTY_POP_CK_OFFSET": PropPopCKOffset, "PROPERTY_PRODUCER_GROUP": PropProducerGroup,
	"PROPERTY_PUSH_REPLY_TIME": PropPushReplyTime, "PROPERTY_REAL_QUEUE_ID": PropRealQueueID,
	"PROPERTY_REAL_TOPIC": PropRealTopic, "PROPERTY_RECONSUME_TIME": PropReconsumeTime,
	"PROPERTY_REDIRECT": PropRedirect, "PROPERTY_REPLY_MESSAGE_ARRIVE_TIME": PropArriveTime,
	"PROPERTY_RETRY_TOPIC": PropRetryTopic, "PROPERTY_SHARDING_KEY": PropShardingKey, "PROPERTY_TAGS": PropTags,
	"PROPERTY_TIMER_DELAY_LEVEL": PropTimerDelayLevel, "PROPERTY_TIMER_DELAY_MS": PropTimerDelayMS,
	"PROPERTY_TIMER_DELAY_SEC": PropTimerDelaySec, "PROPERTY_TIMER_DELIVER_MS": PropTimerDeliverMS,
	"PROPERTY_TIMER_DEL_UNIQKEY": PropTimerDelUniqKey, "PROPERTY_TIMER_DEQUEUE_MS": PropTimerDequeueMS,
	"PROPERTY_TIMER_ENQUEUE_MS": PropTimerEnqueueMS, "PROPERTY_TIMER_OUT_MS": PropTimerOutMS,
	"PROPERTY_TIMER_ROLL_TIMES": PropTimerRollTimes, "PROPERTY_TRACE_CONTEXT": PropTraceContext,
	"PROPERTY_TRACE_SWITCH": PropTraceSwitch, "PROPERTY_TRANSACTION_CHECK_TIMES": PropTranCheckTimes,
	"PROPERTY_TRANSACTION_ID": PropTransactionID, "PROPERTY_TRANSACTION_PREPARED": PropTranPrepared,
	"PROPERTY_TRANSACTION_PREPARED_QUEUE_OFFSET": PropTranPreparedQueueOffset,
	"PROPERTY_TRANSFER_FLAG":                     PropTransferFlag, "PROPERTY_TRANSIENT_GROUP_CONFIG": PropTransientGroup,
	"PROPERTY_TRANSIENT_PREFIX": PropTransientPrefix, "PROPERTY_TRANSIENT_TOPIC_CONFIG": PropTransientTopic,
	"PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX": PropUniqKey, "PROPERTY_WAIT_STORE_MSG_OK": PropWait,
}

type systemFacts struct {
	TopicValidator map[string]any
	SystemSet      []string `json:"TopicValidator.systemTopicSet (static part)"`
	ForbiddenSet   []string `json:"TopicValidator.notAllowedSendTopicSet"`
	MixAll         map[string]any
	MessageConst   map[string]string
	SystemGroups   []struct {
		Group              string
		IsSysConsumerGroup bool
	} `json:"MixAll.isSysConsumerGroup"`
	Timer map[string]any `json:"TimerMessageStore"`
}

func TestFactsProps(t *testing.T) {
	var facts systemFacts
	golden.Facts(t, "system-topics", &facts)
	for java, want := range facts.MessageConst {
		if java == "KEY_SEPARATOR" {
			continue
		}
		if got, ok := javaProps[java]; !ok || got != want {
			t.Errorf("%s = %q, want %q", java, got, want)
		}
	}
	for java := range javaProps {
		if _, ok := facts.MessageConst[java]; !ok {
			t.Errorf("%s is not in MessageConst", java)
		}
	}
}

func TestFactsSystemNames(t *testing.T) {
	var facts systemFacts
	var codes struct {
		PopAckConstants map[string]any
		MessageSysFlag  map[string]int32
	}
	golden.Facts(t, "system-topics", &facts)
	golden.Facts(t, "codes", &codes)
	for _, c := range []struct {
		from  map[string]any
		java  string
		value string
	}{
		{facts.TopicValidator, "AUTO_CREATE_TOPIC_KEY_TOPIC", TopicAutoCreate},
		{facts.TopicValidator, "RMQ_SYS_BENCHMARK_TOPIC", TopicBenchmark},
		{facts.TopicValidator, "RMQ_SYS_OFFSET_MOVED_EVENT", TopicOffsetMoved},
		{facts.TopicValidator, "RMQ_SYS_ROCKSDB_OFFSET_TOPIC", TopicCheckpoint},
		{facts.TopicValidator, "RMQ_SYS_SCHEDULE_TOPIC", TopicSchedule},
		{facts.TopicValidator, "RMQ_SYS_SELF_TEST_TOPIC", TopicSelfTest},
		{facts.TopicValidator, "RMQ_SYS_TRACE_TOPIC", TopicTrace},
		{facts.TopicValidator, "RMQ_SYS_TRANS_CHECK_MAX_TIME_TOPIC", TopicTranCheckMaxTime},
		{facts.TopicValidator, "RMQ_SYS_TRANS_HALF_TOPIC", TopicTranHalf},
		{facts.TopicValidator, "RMQ_SYS_TRANS_OP_HALF_TOPIC", TopicTranOpHalf},
		{facts.TopicValidator, "SYNC_BROKER_MEMBER_GROUP_PREFIX", SyncBrokerMemberPrefix},
		{facts.TopicValidator, "SYSTEM_TOPIC_PREFIX", SystemTopicPrefix},
		{facts.MixAll, "CID_ONSAPI_OWNER_GROUP", GroupONSOwner},
		{facts.MixAll, "CID_ONSAPI_PERMISSION_GROUP", GroupONSPermission},
		{facts.MixAll, "CID_ONSAPI_PULL_GROUP", GroupONSPull},
		{facts.MixAll, "CID_RMQ_SYS_PREFIX", SystemGroupPrefix},
		{facts.MixAll, "CID_SYS_RMQ_TRANS", GroupTran},
		{facts.MixAll, "CLIENT_INNER_PRODUCER_GROUP", GroupInnerProducer},
		{facts.MixAll, "DEFAULT_CONSUMER_GROUP", GroupDefaultConsumer},
		{facts.MixAll, "DEFAULT_PRODUCER_GROUP", GroupDefaultProducer},
		{facts.MixAll, "DLQ_GROUP_TOPIC_PREFIX", DLQPrefix},
		{facts.MixAll, "FILTERSRV_CONSUMER_GROUP", GroupFilterServer},
		{facts.MixAll, "LMQ_PREFIX", LMQPrefix},
		{facts.MixAll, "MONITOR_CONSUMER_GROUP", GroupMonitor},
		{facts.MixAll, "ONS_HTTP_PROXY_GROUP", GroupONSHTTPProxy},
		{facts.MixAll, "RETRY_GROUP_TOPIC_PREFIX", RetryPrefix},
		{facts.MixAll, "SCHEDULE_CONSUMER_GROUP", GroupSchedule},
		{facts.MixAll, "SELF_TEST_CONSUMER_GROUP", GroupSelfTestConsumer},
		{facts.MixAll, "SELF_TEST_PRODUCER_GROUP", GroupSelfTestProducer},
		{facts.MixAll, "TOOLS_CONSUMER_GROUP", GroupTools},
		{facts.Timer, "TIMER_TOPIC", TopicTimer},
		{codes.PopAckConstants, "REVIVE_TOPIC", ReviveLogPrefix},
		{codes.PopAckConstants, "REVIVE_GROUP", GroupRevive},
	} {
		if want, ok := c.from[c.java]; !ok || want != c.value {
			t.Errorf("%s = %q, want %q", c.java, c.value, want)
		}
	}
	if got := facts.MixAll["REPLY_TOPIC_POSTFIX"]; "_"+got.(string) != ReplyTopicSuffix {
		t.Errorf("reply topic suffix %q, want _%s", ReplyTopicSuffix, got)
	}
	if got := facts.TopicValidator["TOPIC_MAX_LENGTH"]; got != float64(MaxTopicV1) {
		t.Errorf("longest topic %d, want %v", MaxTopicV1, got)
	}
}

func TestFactsSystemSets(t *testing.T) {
	var facts systemFacts
	golden.Facts(t, "system-topics", &facts)
	topics := append([]string{"T", "", "%RETRY%g", TopicTimer, "rmq_sys"}, facts.SystemSet...)
	contains := func(set []string, s string) bool {
		for _, x := range set {
			if x == s {
				return true
			}
		}
		return false
	}
	for _, topic := range topics {
		if got, want := IsSystemTopic(topic), contains(facts.SystemSet, topic) || topic == TopicTimer; got != want {
			t.Errorf("system topic %q: %v, want %v", topic, got, want)
		}
		if got, want := SendForbidden(topic), contains(facts.ForbiddenSet, topic); got != want {
			t.Errorf("sending to %q forbidden: %v, want %v", topic, got, want)
		}
	}
	if len(facts.SystemGroups) == 0 {
		t.Error("no facts of groups")
	}
	for _, f := range facts.SystemGroups {
		if got := IsSystemGroup(f.Group); got != f.IsSysConsumerGroup {
			t.Errorf("system group %q: %v, want %v", f.Group, got, f.IsSysConsumerGroup)
		}
	}
}

func TestBrokerOwned(t *testing.T) {
	for topic, want := range map[string]bool{
		TopicSchedule: true, TopicTranHalf: true, TopicTranOpHalf: true, TopicTimer: true,
		TopicTranCheckMaxTime: false, TopicTrace: false, "rmq_sys_": false, "%RETRY%g": false, "T": false, "": false,
	} {
		if got, raw := BrokerOwned(topic), BrokerOwned([]byte(topic)); got != want || raw != want {
			t.Errorf("%q: got %v and %v, want %v", topic, got, raw, want)
		}
	}
	name := []byte(TopicTranOpHalf)
	if n := testing.AllocsPerRun(100, func() { BrokerOwned(name) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func TestFactsSysFlag(t *testing.T) {
	var codes struct{ MessageSysFlag map[string]int32 }
	golden.Facts(t, "codes", &codes)
	ours := map[string]int32{
		"BORNHOST_V6_FLAG": SysBornHostV6, "COMPRESSED_FLAG": SysCompressed, "COMPRESSION_LZ4_TYPE": SysCompressionLZ4,
		"COMPRESSION_TYPE_COMPARATOR": SysCompressionMask, "COMPRESSION_ZLIB_TYPE": SysCompressionZLIB,
		"COMPRESSION_ZSTD_TYPE": SysCompressionZSTD, "INNER_BATCH_FLAG": SysInnerBatch, "MULTI_TAGS_FLAG": SysMultiTags,
		"NEED_UNWRAP_FLAG": SysNeedUnwrap, "STOREHOSTADDRESS_V6_FLAG": SysStoreHostV6,
		"TRANSACTION_COMMIT_TYPE": SysTranCommit, "TRANSACTION_NOT_TYPE": SysTranNone,
		"TRANSACTION_PREPARED_TYPE": SysTranPrepared, "TRANSACTION_ROLLBACK_TYPE": SysTranRollback,
	}
	for java, want := range codes.MessageSysFlag {
		if got, ok := ours[java]; !ok || got != want {
			t.Errorf("%s = %#x, want %#x", java, got, want)
		}
	}
	for flag, want := range map[int32]bool{0: true, 0x4: false, 0x8: true, 0xC: false, 0x31: true} {
		if got := Queued(flag); got != want {
			t.Errorf("Queued(%#x) = %v, want %v", flag, got, want)
		}
	}
}

func TestMaxTopic(t *testing.T) {
	for topic, want := range map[string]int{"T": 127, "": 127, "%RETRY%g": 255, "%DLQ%g": 255, "%RETRY": 127} {
		if got := MaxTopic(topic); got != want {
			t.Errorf("MaxTopic(%q) = %d, want %d", topic, got, want)
		}
	}
}
