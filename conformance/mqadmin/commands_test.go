//go:build conformance

package mqadmin

// command is one row: what is run on both sides, and how far what they print must agree.
type command struct {
	// args of mqadmin. NAMESRV, BROKER and DIR stand for the addresses of a side and for its directory, in which are
	// the files of files.
	args []string
	// by says what is compared.
	by comparison
	// want must be in what ours prints; empty for nothing in particular.
	want string
	// wait repeats the command until want is in what it prints: it asks for what other commands have changed, and name
	// servers are told in the background.
	wait bool
}

// comparison says what of two outputs must be equal once it is normal (see normal_test.go).
type comparison uint8

const (
	lines  comparison = iota // all lines, in their order
	sorted                   // all lines, in any order: Java prints hash tables
	kinds                    // each line's key, and of what kind its value is: a number, a fraction, a size, a time, a text; ours may have more
	values                   // each line's key and value; ours may have more
	shape                    // all lines, in their order, without the numbers in them
)

// alike are keys whose values must be equal by kinds too: both brokers have done the same by then, and nothing is under way.
var alike = []string{
	"msgPutTotalTodayNow", "msgGetTotalTodayNow", "commitLogMinOffset", "putMessageFailedTimes", "dispatchBehindBytes",
	"brokerVersion", "brokerActive",
}

// unlike are lines of kinds and values that differ, by their keys.
var unlike = []struct {
	key, reason string
	sometimes   bool // not in every run
}{
	{"putMessageDistributeTime", "Java tells the last whole minute, and null in the first, ours what was since the start", true},
	{"listenPort", "each side has its own ports", false},
	{"haListenPort", "each side has its own ports", false},
	{"storePathRootDir", "each side has its own directory", false},
	{"storePathCommitLog", "each side has its own directory", false},
	{"rocketmqHome", "ours has no installation directory", false},
}

// differences are what Java prints and ours does not. Each has a reason.
var differences = []struct{ text, reason string }{
	// Java notes a topic's name in topicGroupTable where it means the name of the group that subscribes to it, and so 300
	// lists the topic among its groups.
	{`(?m)^(DefaultCluster +)?AdmS +AdmS\b.*\n`, "300 lists a topic among its groups"},
	{`MessageTrack \[consumerGroup=AdmS, [^]]*\]`, "300 lists a topic among its groups"},
	{`(?m)^CODE: 1  DESC: java\.lang\.IllegalAccessError: class org\.apache\.rocketmq\.store\.CommitLog .*$`,
		"Java 11 and later run the broker without the access to its buffers that 2004 needs"},
}

// files are written before the first command.
var files = map[string]string{
	"topics.json": `[{"topicName":"AdmListA","perm":6,"readQueueNums":1,"writeQueueNums":1},` +
		`{"topicName":"AdmListB","perm":6,"readQueueNums":2,"writeQueueNums":2,"attributes":{"+message.type":"FIFO"}}]`,
	"groups.json": `[{"groupName":"GID_listA","retryMaxTimes":3},{"groupName":"GID_listB","consumeEnable":false}]`,
}

// commands are run in this order: later ones see what earlier ones did.
var commands = []command{
	// The member (see member_test.go): figures of the last minute come first.
	{args: args("statsAll -n NAMESRV -t AdmS"), by: lines, want: "9              4", wait: true},
	{args: args("statsAll -n NAMESRV -a"), by: sorted, want: "AdmS"},
	{args: args("topicStatus -n NAMESRV -t AdmS"), by: lines, want: "broker-a"},
	{args: args("consumerProgress -n NAMESRV -g GID_s"), by: lines, want: "Consume Inflight Total: 1"},
	{args: args("consumerProgress -n NAMESRV -g GID_s -s true"), by: lines, want: "192.0.2.7"},
	{args: args("consumerProgress -n NAMESRV -g GID_s -t AdmS"), by: lines, want: "Consume Diff Total: 6"},
	{args: args("call queryTopicsByConsumer -n NAMESRV -g GID_s"), by: lines, want: "AdmS"},
	{args: args("call queryTopicsByConsumer -n NAMESRV -g GID_none"), by: lines, want: "No topic route info"},
	{args: args("call querySubscription -n NAMESRV -g GID_s -t AdmS"), by: lines, want: `"subString":"*"`},
	{args: args("call querySubscription -n NAMESRV -g GID_none -t AdmS"), by: lines, want: "null"},
	{args: args("call queryConsumeTimeSpan -n NAMESRV -g GID_s -t AdmS"), by: lines, want: "delay is since next: true"},
	{args: args("call queryConsumeTimeSpan -n NAMESRV -g GID_s -t AdmNone"), by: lines, want: "No topic route info"},
	{args: args("consumerProgress -n NAMESRV"), by: sorted, want: "GID_s", wait: true},
	{args: args("consumerProgress -n NAMESRV -g GID_none"), by: lines},
	{args: args("consumerConnection -n NAMESRV -g GID_s"), by: lines, want: "192.0.2.7@member"},
	{args: args("consumerConnection -n NAMESRV -g GID_none"), by: lines, want: "No topic route info"},
	{args: args("consumerConnection -n NAMESRV -g GID_none -b BROKER"), by: lines, want: "not online"},
	{args: args("consumerProgress -n NAMESRV -g GID_none -t AdmS"), by: lines, want: "Consume Diff Total: 9"},
	{args: args("consumerStatus -n NAMESRV -g GID_s"), by: sorted, want: "192.0.2.7@member"},
	{args: args("consumerStatus -n NAMESRV -g GID_s -i 192.0.2.7@member"), by: lines, want: "PROP_THREADPOOL_CORE_SIZE"},
	{args: args("consumerStatus -n NAMESRV -g GID_s -i nobody"), by: lines, want: "not online"},
	{args: args("producerConnection -n NAMESRV -g PID_s -t AdmS"), by: lines, want: "192.0.2.7@member"},
	{args: args("producerConnection -n NAMESRV -g PID_none -t AdmS"), by: lines, want: "not exist"},
	{args: args("producer -n NAMESRV -b BROKER"), by: sorted, want: "192.0.2.7@member"},
	{args: args("brokerConsumeStats -n NAMESRV -b BROKER"), by: sorted, want: "GID_s"},
	{args: args("queryMsgById -n NAMESRV -t AdmS -i OFFSETID"), by: lines, want: "trackType=CONSUMED"},
	{args: args("queryMsgByKey -n NAMESRV -t AdmS -k key-3"), by: lines, want: "7F0000010A0B18B4AAC2A1B2C3D40003"},
	{args: args("queryMsgByKey -n NAMESRV -t AdmS -k nothing"), by: lines},
	{args: args("queryMsgByUniqueKey -n NAMESRV -t AdmS -i 7F0000010A0B18B4AAC2A1B2C3D40004"), by: lines, want: "key-4"},
	{args: args("queryMsgTraceById -n NAMESRV -i 7F0000010A0B18B4AAC2A1B2C3D40004"), by: lines, want: "#ConsumerGroup", wait: true},
	{args: args("queryMsgTraceById -n NAMESRV -i 7F0000010A0B18B4AAC2A1B2C3D40005"), by: lines},
	{args: args("queryMsgByOffset -n NAMESRV -t AdmS -b broker-a -i 1 -o 2"), by: lines, want: "key-5"},
	{args: args("printMsg -n NAMESRV -t AdmS -d true"), by: sorted, want: "message 8"},
	{args: args("topicList -n NAMESRV -c"), by: sorted, want: "AdmS"},
	{args: args("updateSubGroup -n NAMESRV -b BROKER -g GID_clone"), by: lines, want: "success"},
	{args: args("cloneGroupOffset -n NAMESRV -s GID_s -d GID_clone -t AdmS -o true"), by: lines, want: "GID_clone"},
	{args: args("consumerProgress -n NAMESRV -g GID_clone -t AdmS"), by: lines, want: "Consume Diff Total: 6"},
	{args: args("exportMetrics -n NAMESRV -c DefaultCluster -f DIR/export"), by: lines, want: "success"},
	{args: args("queryCq -n NAMESRV -t AdmS -q 0 -i 1 -c 3"), by: lines, want: "idx: 3"},
	{args: args("queryCq -n NAMESRV -b BROKER -t AdmS -q 1 -i 0 -g GID_s"), by: lines, want: "Subscription data"},
	{args: args("queryCq -n NAMESRV -b BROKER -t AdmS -q 1 -i 0 -g GID_none"), by: lines},
	{args: args("queryCq -n NAMESRV -b BROKER -t AdmS -q 7 -i 0"), by: lines},
	{args: args("queryCq -n NAMESRV -b BROKER -t AdmS -q 0 -i 100"), by: lines},
	{args: args("queryMsgById -n NAMESRV -t AdmS -i OFFSETID -g GID_s -d 192.0.2.7@member"), by: lines, want: "CR_SUCCESS"},
	{args: args("queryMsgById -n NAMESRV -t AdmS -i OFFSETID -g GID_s -d nobody"), by: lines},
	{args: args("resetOffsetByTime -n NAMESRV -g GID_s -t AdmS -s 0"), by: sorted, want: "broker-a"},
	{args: args("skipAccumulatedMessage -n NAMESRV -g GID_s -t AdmS"), by: sorted, want: "broker-a"},
	{args: args("consumerProgress -n NAMESRV -g GID_s -t AdmS"), by: lines, want: "Consume Diff Total: 0"},
	{args: args("resetOffsetByTime -n NAMESRV -g GID_s -t AdmS -s now"), by: sorted, want: "broker-a"},
	{args: args("resetOffsetByTime -n NAMESRV -g GID_clone -t AdmS -s 0"), by: sorted, want: "broker-a"},
	{args: args("consumerProgress -n NAMESRV -g GID_clone -t AdmS"), by: lines, want: "Consume Diff Total: 9"},
	{args: args("skipAccumulatedMessage -n NAMESRV -g GID_clone -t AdmS -f false"), by: sorted, want: "broker-a"},
	{args: args("consumerProgress -n NAMESRV -g GID_clone -t AdmS"), by: lines, want: "Consume Diff Total: 0"},
	{args: args("resetOffsetByTime -n NAMESRV -g GID_clone -t AdmS -s now -b BROKER -q 0 -o 2"), by: lines, want: "reset consumer offset to 2"},
	{args: args("resetOffsetByTime -n NAMESRV -g GID_clone -t AdmS -s now -b BROKER -q 1"), by: lines, want: "reset consumer offset to 4"},
	{args: args("call queryConsumeTimeSpan -n NAMESRV -g GID_clone -t AdmS"), by: lines, want: "delay: 0"},
	{args: args("consumerProgress -n NAMESRV -g GID_clone -t AdmS"), by: lines, want: "AdmS"},
	{args: args("skipAccumulatedMessage -n NAMESRV -g GID_none -t AdmS"), by: sorted},
	{args: args("resetOffsetByTime -n NAMESRV -g GID_none -t AdmS -s 0"), by: sorted},
	{args: args("resetOffsetByTime -n NAMESRV -g GID_clone -t AdmNone -s 0"), by: sorted},

	// Topics.
	{args: args("updateTopic -n NAMESRV -b BROKER -t AdmA -r 4 -w 4"), by: lines, want: "create topic to BROKER success."},
	{args: args("updateTopic -n NAMESRV -c DefaultCluster -t AdmB -r 2 -w 3 -p 6 -a +message.type=FIFO"), by: lines, want: "message.type=FIFO"},
	{args: args("updateTopic -n NAMESRV -b BROKER -t AdmB -r 2 -w 3 -a +message.type=DELAY"), by: lines, want: "success."},
	{args: args("updateTopic -n NAMESRV -b BROKER -t AdmB -r 2 -w 3 -a -message.type"), by: lines, want: "success."},
	{args: args("updateTopic -n NAMESRV -b BROKER -t AdmC -a +color=red"), by: lines, want: "unsupported key: color"},
	{args: args("updateTopic -n NAMESRV -b BROKER -t AdmB -a +queue.type=BatchCQ"), by: lines, want: "unchangeable attribute"},
	{args: args("updateTopic -n NAMESRV -b BROKER -t TBW102"), by: lines, want: "conflict with system topic"},
	{args: args("updateTopicList -n NAMESRV -b BROKER -f DIR/topics.json"), by: lines, want: "success"},
	{args: args("topicRoute -n NAMESRV -t AdmA"), by: lines, want: `"writeQueueNums":4`, wait: true},
	{args: args("topicRoute -n NAMESRV -t AdmListB"), by: lines, want: `"writeQueueNums":2`, wait: true},
	{args: args("topicClusterList -n NAMESRV -t AdmA"), by: lines, want: "DefaultCluster"},
	{args: args("updateTopicPerm -n NAMESRV -b BROKER -t AdmA -p 4"), by: lines, want: "success"},
	{args: args("topicRoute -n NAMESRV -t AdmA"), by: lines, want: `"perm":4`, wait: true},
	{args: args("topicList -n NAMESRV"), by: sorted, want: "AdmB"},
	{args: args("deleteTopic -n NAMESRV -c DefaultCluster -t AdmA"), by: lines, want: "delete topic [AdmA] from NameServer success."},
	{args: args("deleteTopic -n NAMESRV -c DefaultCluster -t Absent"), by: lines, want: "success."},
	{args: args("deleteTopic -n NAMESRV -c DefaultCluster -t TBW102"), by: lines, want: "conflict with system topic"},
	{args: args("topicList -n NAMESRV"), by: sorted, want: "AdmListA"},
	{args: args("topicRoute -n NAMESRV -t AdmA"), by: lines, want: "No topic route info in name server for the topic: AdmA", wait: true},
	{args: args("cleanUnusedTopic -n NAMESRV -b BROKER"), by: lines, want: "success"},

	{args: args("cleanExpiredCQ -n NAMESRV -b BROKER"), by: lines, want: "success"},
	{args: args("deleteExpiredCommitLog -n NAMESRV -b BROKER"), by: lines, want: "success"},

	// Groups.
	{args: args("updateSubGroup -n NAMESRV -b BROKER -g GID_a -r 3 -q 2"), by: lines, want: "create subscription group to BROKER success."},
	{args: args("updateSubGroup -n NAMESRV -c DefaultCluster -g GID_b -s false -d false"), by: lines, want: "success."},
	{args: args("updateSubGroupList -n NAMESRV -b BROKER -f DIR/groups.json"), by: lines, want: "success"},
	{args: args("getConsumerConfig -n NAMESRV -g GID_a"), by: sorted, want: "GID_a"},
	{args: args("getConsumerConfig -n NAMESRV -g GID_listB"), by: sorted, want: "GID_listB"},
	{args: args(`updateSubGroup -n NAMESRV -b BROKER -g GID_exp -p {"type":"EXPONENTIAL","exponentialRetryPolicy":{"initial":2000,"max":60000,"multiplier":3}}`), by: lines, want: "success."},
	{args: args("getConsumerConfig -n NAMESRV -g GID_exp"), by: sorted, want: "initial=2000, max=60000, multiplier=3"},
	{args: args(`updateSubGroup -n NAMESRV -b BROKER -g GID_exp -p {"type":"CUSTOMIZED","customizedRetryPolicy":{"next":[1000,5000,10000]}}`), by: lines, want: "success."},
	{args: args("getConsumerConfig -n NAMESRV -g GID_exp"), by: sorted, want: "next=[1000, 5000, 10000]"},
	{args: args("deleteSubGroup -n NAMESRV -b BROKER -g GID_a -r true"), by: lines, want: "delete subscription group [GID_a] from broker [BROKER] success."},
	{args: args("deleteSubGroup -n NAMESRV -c DefaultCluster -g GID_b"), by: lines, want: "success."},
	{args: args("deleteSubGroup -n NAMESRV -b BROKER -g GID_absent"), by: lines, want: "success."},
	{args: args("getConsumerConfig -n NAMESRV -g GID_a"), by: sorted},

	{args: args("exportMetadata -n NAMESRV -c DefaultCluster -t -f DIR/export"), by: lines, want: "export DIR/export/topic.json success"},
	{args: args("exportMetadata -n NAMESRV -b BROKER -g -f DIR/export"), by: lines, want: "subscriptionGroup.json success"},

	// Cold reads.
	{args: args("updateColdDataFlowCtrGroupConfig -n NAMESRV -b BROKER -g GID_s -v 1024"), by: lines, want: "updateColdDataFlowCtrGroupConfig success, BROKER"},
	{args: args("getColdDataFlowCtrInfo -n NAMESRV -b BROKER"), by: lines, want: `"GID_s":1024`},
	{args: args("removeColdDataFlowCtrGroupConfig -n NAMESRV -c DefaultCluster -g GID_s"), by: lines, want: "remove broker cold read threshold success, BROKER"},
	{args: args("getColdDataFlowCtrInfo -n NAMESRV -c DefaultCluster"), by: lines, want: `"cgColdReadThreshold":3145728`},
	{args: args("setCommitLogReadAheadMode -n NAMESRV -b BROKER -m 0"), by: values, want: "set commitlog readahead mode has no effect, mode: 0"},

	// The broker as a whole.
	{args: args("brokerStatus -n NAMESRV -b BROKER"), by: kinds, want: "V5_3_3"},
	{args: args("clusterList -n NAMESRV"), by: shape, want: "broker-a"},
	{args: args("clusterList -n NAMESRV -m"), by: shape, want: "broker-a"},
	{args: args("getBrokerConfig -n NAMESRV -b BROKER"), by: values, want: "brokerName"},
	{args: args("updateBrokerConfig -n NAMESRV -b BROKER -k waitTimeMillsInSendQueue -v 300"), by: lines, want: "update broker config success, BROKER"},
	{args: args("updateBrokerConfig -n NAMESRV -b BROKER -k brokerConfigPath -v /x"), by: lines, want: "Can not update config in black list."},
	{args: args("updateBrokerConfig -n NAMESRV -c DefaultCluster -k brokerPermission -v 4"), by: lines, want: "success"},
	{args: args("topicRoute -n NAMESRV -t AdmB"), by: lines, want: `"perm":4`, wait: true},
	{args: args("updateBrokerConfig -n NAMESRV -b BROKER -k brokerPermission -v 6"), by: lines, want: "success"},
	{args: args("topicRoute -n NAMESRV -t AdmB"), by: lines, want: `"perm":6`, wait: true},
}
