package broker

import (
	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/remoting/server"
)

// Config is the broker's configuration: the keys that do something here, under Java's names and with
// Java's defaults and units. jconf.Bind fills it; Known holds the keys of Java that it has no field
// for. Java: BrokerConfig, MessageStoreConfig, NettyServerConfig, BrokerIdentity.
//
// What is empty by default is chosen by whoever composes the broker: brokerName, brokerIP1,
// brokerIP2, namesrvAddr and storePathRootDir.
type Config struct {
	// Who this broker is.
	ClusterName string `mq:"brokerClusterName" default:"DefaultCluster" state:"honoured" help:"the cluster that the broker belongs to"`
	BrokerName  string `mq:"brokerName" default:"" state:"honoured" help:"name of the broker, the same for a master and its slaves; broker-a if it is not set (Java: the name of the host)"`
	BrokerID    int64  `mq:"brokerId" default:"0" state:"refused" help:"above 0 is a slave; replication is not served yet"`
	Region      string `mq:"regionId" default:"DefaultRegion" state:"honoured" help:"told to producers with each answer, and to consumers as MSG_REGION"`

	// Where it listens and what it tells others to connect to.
	BrokerIP1    string `mq:"brokerIP1" default:"" state:"honoured" help:"address that clients are told, part of message ids; empty: an address of this machine that is not a container bridge's"`
	BrokerIP2    string `mq:"brokerIP2" default:"" state:"honoured" help:"address that slaves are told; empty: brokerIP1"`
	BindAddress  string `mq:"bindAddress" default:"0.0.0.0" state:"honoured" help:"address to listen on"`
	ListenPort   int    `mq:"listenPort" default:"10911" state:"honoured" help:"port of all codes; the VIP port is this less 2"`
	HAListenPort int    `mq:"haListenPort" default:"0" state:"honoured" help:"replication port that is announced, not listened on yet; 0: listenPort plus 1"`
	IdleSeconds  int    `mq:"serverChannelMaxIdleTimeSeconds" default:"120" state:"honoured" help:"s after which a connection is closed that neither read nor wrote"`

	// How name servers learn of it.
	NamesrvAddr        string `mq:"namesrvAddr" default:"" state:"honoured" help:"name servers to register with, host:port;host:port"`
	RegisterPeriod     int    `mq:"registerNameServerPeriod" default:"30000" state:"honoured" help:"ms between registrations, held between 10000 and 60000"`
	RegisterTimeout    int    `mq:"registerBrokerTimeoutMills" default:"24000" state:"honoured" help:"ms for a name server to answer"`
	CloseSilent        bool   `mq:"clientCloseSocketIfTimeout" default:"true" state:"honoured" help:"a connection to a name server on which a request timed out and nothing came meanwhile is closed, and dialled again"`
	ForceRegister      bool   `mq:"forceRegister" default:"true" state:"honoured" help:"register without asking first whether the name server is up to date"`
	SingleRegister     bool   `mq:"enableSingleTopicRegister" default:"false" state:"honoured" help:"tell name servers of a changed topic alone (217), not of all"`
	CompressedRegister bool   `mq:"compressedRegister" default:"false" state:"honoured" help:"deflate registrations, and say so in the header (Java does not, and its name server fails)"`

	// Topics.
	Permission           int    `mq:"brokerPermission" default:"6" state:"honoured" help:"4: may be consumed from, 2: may be sent to, 6: both"`
	AutoCreateTopic      bool   `mq:"autoCreateTopicEnable" default:"true" state:"honoured" help:"topics appear when they are first sent to"`
	DefaultTopicQueues   int    `mq:"defaultTopicQueueNums" default:"8" state:"honoured" help:"queues of TBW102, the most that a topic gets that appears by use"`
	ClusterTopic         bool   `mq:"clusterTopicEnable" default:"true" state:"honoured" help:"the topic named like the cluster is an example for others"`
	BrokerTopic          bool   `mq:"brokerTopicEnable" default:"true" state:"honoured" help:"the topic named like the broker is an example for others"`
	TraceTopicEnable     bool   `mq:"traceTopicEnable" default:"false" state:"honoured" help:"make the topic of message traces"`
	TraceTopic           string `mq:"msgTraceTopicName" default:"RMQ_SYS_TRACE_TOPIC" state:"honoured" help:"name of the topic of message traces"`
	TraceOn              bool   `mq:"traceOn" default:"true" state:"honoured" help:"tell producers that traces are wanted"`
	ReviveQueues         int    `mq:"reviveQueueNum" default:"8" state:"honoured" help:"queues of the system topic rmq_sys_REVIVE_LOG_<cluster>"`
	TimerWheel           bool   `mq:"timerWheelEnable" default:"true" state:"honoured" help:"serve timed messages, and make the system topic rmq_sys_wheel_timer"`
	ValidateSystemTopics bool   `mq:"validateSystemTopicWhenUpdateTopic" default:"true" state:"honoured" help:"system topics cannot be changed by hand"`
	ClearRetryTopics     bool   `mq:"clearRetryTopicWhenDeleteTopic" default:"true" state:"honoured" help:"the topics in which POP keeps a topic's failed messages are deleted with it"`
	MixedMessageType     bool   `mq:"enableMixedMessageType" default:"false" state:"honoured" help:"a topic's message.type may be MIXED"`

	// Consumer groups and their clients.
	AutoCreateGroup       bool  `mq:"autoCreateSubscriptionGroup" default:"true" state:"honoured" help:"groups appear by use"`
	CreateSystemGroups    bool  `mq:"enableCreateSysGroup" default:"true" state:"honoured" help:"groups named CID_RMQ_SYS_… appear by use, whatever autoCreateSubscriptionGroup says"`
	NotifyConsumerIDs     bool  `mq:"notifyConsumerIdsChangedEnable" default:"true" state:"honoured" help:"tell the members of a group when one comes or goes"`
	RejectPullConsumer    bool  `mq:"rejectPullConsumerEnable" default:"false" state:"honoured" help:"refuse consumers that pull by themselves, and ignore their groups"`
	ChannelExpiredTimeout int64 `mq:"channelExpiredTimeout" default:"120000" state:"honoured" help:"ms without a heartbeat after which a client is forgotten"`
	ServerSideReset       bool  `mq:"useServerSideResetOffset" default:"true" state:"honoured" help:"offsets that an administrator resets are changed here; false: the group's members are told to"`
	StoreReplies          bool  `mq:"storeReplyMessageEnable" default:"true" state:"honoured" help:"replies to requests are kept in their topic too"`
	FlushOffsetInterval   int   `mq:"flushConsumerOffsetInterval" default:"5000" state:"honoured" help:"ms between writes of consumerOffset.json"`
	OffsetVersionStep     int64 `mq:"consumerOffsetUpdateVersionStep" default:"500" state:"honoured" help:"commits after which the version of the offset table rises"`

	// Pulling.
	PropertyFilter  bool  `mq:"enablePropertyFilter" default:"false" state:"honoured" help:"consumers may filter by SQL92 expressions on properties"`
	FilterRetry     bool  `mq:"filterSupportRetry" default:"false" state:"honoured" help:"messages of a retry topic are judged by the expression for the topic that they come from"`
	FilterCleanSpan int64 `mq:"filterDataCleanTimeSpan" default:"86400000" state:"honoured" help:"ms that the expressions of a group that is gone are kept"`
	QueueExt        bool  `mq:"enableConsumeQueueExt" default:"false" state:"honoured" help:"write the files of consumequeue_ext beside the consume queues"`
	FilterBitMap    bool  `mq:"enableCalcFilterBitMap" default:"false" state:"honoured" help:"with bit maps of the groups whose expressions want a message, so that others need not read it"`
	QueueExtSize    int   `mq:"mappedFileSizeConsumeQueueExt" default:"50331648" state:"honoured" help:"bytes of such a file"`
	BloomErrorRate  int   `mq:"maxErrorRateOfBloomFilter" default:"20" state:"honoured" help:"percent of messages that bit maps let through and expressions do not"`
	BloomConsumers  int   `mq:"expectConsumerNumUseFilter" default:"32" state:"honoured" help:"consumer groups with expressions of a topic for which bit maps are made"`

	LongPolling     bool  `mq:"longPollingEnable" default:"true" state:"honoured" help:"a pull that finds nothing waits as long as the client allows"`
	ShortPolling    int64 `mq:"shortPollingTimeMills" default:"1000" state:"honoured" help:"ms that it waits if longPollingEnable=false"`
	LitePull        bool  `mq:"litePullMessageEnable" default:"true" state:"honoured" help:"serve LITE_PULL_MESSAGE (361)"`
	HotBytes        int   `mq:"maxTransferBytesOnMessageInMemory" default:"262144" state:"honoured" help:"bytes that a pull of recent messages returns at most"`
	HotMessages     int   `mq:"maxTransferCountOnMessageInMemory" default:"32" state:"honoured" help:"messages that it returns at most"`
	ColdBytes       int   `mq:"maxTransferBytesOnMessageInDisk" default:"65536" state:"honoured" help:"bytes that a pull of older messages returns at most"`
	ColdMessages    int   `mq:"maxTransferCountOnMessageInDisk" default:"8" state:"honoured" help:"messages that it returns at most"`
	HotMemoryRatio  int   `mq:"accessMessageInMemoryMaxRatio" default:"40" state:"honoured" help:"percent of the machine's memory behind the end of the log that counts as recent"`
	ColdMemoryRatio int   `mq:"accessMessageInMemoryHotRatio" default:"26" state:"honoured" help:"percent of the machine's memory behind the end of the log where messages begin to be cold"`
	ColdControl     bool  `mq:"coldDataFlowControlEnable" default:"false" state:"honoured" help:"consumers of a group are put off that reads too much of cold messages from the disk"`
	ColdGroup       int64 `mq:"cgColdReadThreshold" default:"3145728" state:"honoured" help:"bytes of cold messages that a group may read from the disk in 5 s"`
	ColdGlobal      int64 `mq:"globalColdReadThreshold" default:"104857600" state:"honoured" help:"bytes of them that all groups together may read in 5 s"`
	ColdStrategy    bool  `mq:"coldCtrStrategyEnable" default:"false" state:"honoured" help:"the thresholds of groups for cold reads follow what is read"`
	ColdPID         bool  `mq:"usePIDColdCtrStrategy" default:"true" state:"honoured" help:"coldCtrStrategyEnable looks at the last ten windows of 5 s; false: at the last one"`
	ColdShare       int   `mq:"coldReadShare" default:"10" state:"honoured" help:"percent of the processors' time in which pulls read messages from the disk while others are stored, unless they would not gain on those; 100: no limit"`
	FilterBytes     int   `mq:"maxFilterMessageSize" default:"16000" state:"honoured" help:"bytes of queue entries that a pull with tags looks at, at most"`

	// Sending.
	AcceptSendFrom   int64 `mq:"startAcceptSendRequestTimeStamp" default:"0" state:"honoured" help:"Unix time in ms before which sends are refused"`
	MaxMessageSize   int   `mq:"maxMessageSize" default:"4194304" state:"honoured" help:"bytes of a body"`
	SyncFlushTimeout int   `mq:"syncFlushTimeout" default:"5000" state:"honoured" help:"ms that a send waits for the disk if flushDiskType=SYNC_FLUSH"`

	// Delay levels.
	DelayLevel       string `mq:"messageDelayLevel" default:"1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h" state:"honoured" help:"delays of levels 1, 2 and so on"`
	FlushDelayOffset int64  `mq:"flushDelayOffsetInterval" default:"10000" state:"honoured" help:"ms from a delivery to the write of delayOffset.json"`
	DelayVersionStep int64  `mq:"delayOffsetUpdateVersionStep" default:"200" state:"honoured" help:"deliveries after which the version of that file rises"`
	DelayStats       bool   `mq:"enableScheduleMessageStats" default:"true" state:"honoured" help:"messages that come back after their delay count as stored in their topic"`

	// Timed messages.
	TimerPrecision     int  `mq:"timerPrecisionMs" default:"1000" state:"honoured" help:"ms by which a timed message may come late: 100, 200, 500 or 1000, others count as the next lower of these"`
	TimerMaxDelay      int  `mq:"timerMaxDelaySec" default:"259200" state:"honoured" help:"s that a message may ask for at most"`
	TimerRollWindow    int  `mq:"timerRollWindowSlot" default:"172800" state:"honoured" help:"slots ahead beyond which a message is stored again on the way; below 2 or above 604740: 604740"`
	TimerLogFileSize   int  `mq:"mappedFileSizeTimerLog" default:"104857600" state:"honoured" help:"bytes of a file of the timer log"`
	TimerCongestion    int  `mq:"timerCongestNumEachSlot" default:"2147483647" state:"honoured" help:"messages of one slot above which more are refused at random, and all above twice that"`
	TimerFlushInterval int  `mq:"timerFlushIntervalMs" default:"1000" state:"honoured" help:"ms between flushes of the timers' files, while they change"`
	TimerStopEnqueue   bool `mq:"timerStopEnqueue" default:"false" state:"honoured" help:"timed messages are stored and wait for a broker that takes them up"`
	RecallEnable       bool `mq:"recallMessageEnable" default:"false" state:"honoured" help:"timed messages can be taken back"`
	RecallReadOnly     bool `mq:"allowRecallWhenBrokerNotWriteable" default:"true" state:"honoured" help:"also while brokerPermission forbids sending"`

	// Transactions.
	RejectTransactions bool  `mq:"rejectTransactionMessage" default:"false" state:"honoured" help:"refuse messages of transactions"`
	TranTimeout        int64 `mq:"transactionTimeOut" default:"6000" state:"honoured" help:"ms that a producer has to commit or roll back before it is asked"`
	TranCheckMax       int   `mq:"transactionCheckMax" default:"15" state:"honoured" help:"times that it is asked before its message is moved to TRANS_CHECK_MAX_TIME_TOPIC"`
	TranCheckInterval  int64 `mq:"transactionCheckInterval" default:"30000" state:"honoured" help:"ms between two rounds of asking"`
	TranOpSize         int   `mq:"transactionOpMsgMaxSize" default:"4096" state:"honoured" help:"bytes of a record of ended transactions"`
	TranOpInterval     int   `mq:"transactionOpBatchInterval" default:"3000" state:"honoured" help:"ms that the end of a transaction waits for others in such a record"`
	TranSaveInterval   int64 `mq:"transactionMetricFlushInterval" default:"3000" state:"honoured" help:"ms between a change and the next write of transactionMetrics"`

	// Ordered consumers.
	LockLease int64 `mq:"rebalanceLockMaxLiveTime" default:"60000" state:"honoured" help:"ms that a queue stays locked for a client that does not renew that; Java has a system property, rocketmq.broker.rebalance.lockMaxLiveTime"`

	// The store's files.
	StoreRoot         string `mq:"storePathRootDir" default:"" state:"honoured" help:"directory of the store; store below --data if it is not set (Java: $HOME/store)"`
	CommitLogPath     string `mq:"storePathCommitLog" default:"" state:"honoured" help:"directories of the log, separated by commas, which get new files in turn; <storePathRootDir>/commitlog if it is not set"`
	ReadOnlyLogPath   string `mq:"readOnlyCommitLogStorePaths" default:"" state:"honoured" help:"directories with files of the log that get no new ones, separated by commas"`
	CommitLogFileSize int    `mq:"mappedFileSizeCommitLog" default:"1073741824" state:"honoured" help:"bytes of a file of the log"`
	BatchFileSize     int    `mq:"mapperFileSizeBatchConsumeQueue" default:"13800000" state:"honoured" help:"bytes of a file of a batch queue (queue.type=BatchCQ)"`
	QueueFileSize     int    `mq:"mappedFileSizeConsumeQueue" default:"6000000" state:"honoured" help:"bytes of a file of a consume queue"`
	IndexEnable       bool   `mq:"messageIndexEnable" default:"true" state:"honoured" help:"index messages by key"`
	IndexSlots        int    `mq:"maxHashSlotNum" default:"5000000" state:"honoured" help:"hash slots of an index file"`
	IndexEntries      int    `mq:"maxIndexNum" default:"20000000" state:"honoured" help:"entries of an index file"`
	Light             bool   `mq:"enableLmq" default:"false" state:"honoured" help:"every name that begins with %LMQ% is a light queue, as a topic and as a group"`
	MultiDispatch     bool   `mq:"enableMultiDispatch" default:"false" state:"honoured" help:"with enableLmq: messages get places in the light queues that INNER_MULTI_DISPATCH names"`
	MaxLight          int    `mq:"maxLmqConsumeQueueNum" default:"20000" state:"honoured" help:"light queues; a message that names one more is refused (Java has no limit)"`
	LightStats        bool   `mq:"enableLmqStats" default:"false" state:"honoured" help:"count messages of each light queue for itself"`
	AppendPropCRC     bool   `mq:"enabledAppendPropCRC" default:"false" state:"honoured" help:"end each record with a CRC over all of it, at which recovery looks"`
	CheckCRC          bool   `mq:"checkCRCOnRecover" default:"true" state:"honoured" help:"recovery checks the CRC of each body"`

	// When the disk has what was sent.
	FlushDiskType      string `mq:"flushDiskType" default:"ASYNC_FLUSH" enum:"ASYNC_FLUSH,SYNC_FLUSH" state:"honoured" help:"a send is answered when the page cache has it, or when the disk has it"`
	FlushInterval      int    `mq:"flushIntervalCommitLog" default:"500" state:"honoured" help:"ms between flushes of the log"`
	FlushLeastPages    int    `mq:"flushCommitLogLeastPages" default:"4" state:"honoured" help:"pages of 4 KiB below which such a flush is left out"`
	FlushThorough      int    `mq:"flushCommitLogThoroughInterval" default:"10000" state:"honoured" help:"ms after which none is left out"`
	QueueFlushInterval int    `mq:"flushIntervalConsumeQueue" default:"1000" state:"honoured" help:"ms between writes of the consume queues"`

	// When the disk is full.
	DiskWarningRatio  int `mq:"diskSpaceWarningLevelRatio" default:"90" state:"honoured" help:"percent of the disk in use above which sends are refused, held between 35 and 90"`
	DiskForciblyRatio int `mq:"diskSpaceCleanForciblyRatio" default:"85" state:"honoured" help:"percent at which they are accepted again, and above which the oldest files are deleted; held between 30 and 85"`

	// Which old files are deleted, and how fast.
	ReservedHours    int     `mq:"fileReservedTime" default:"72" state:"honoured" help:"hours after its last write that a file of the log is kept"`
	DeleteWhen       string  `mq:"deleteWhen" default:"04" state:"honoured" help:"hours of the day in which older files are deleted, separated by ;"`
	DiskMaxUsedRatio int     `mq:"diskMaxUsedSpaceRatio" default:"75" state:"honoured" help:"percent of the disk in use above which they are deleted at any hour, held between 10 and 95"`
	CleanForcibly    bool    `mq:"cleanFileForciblyEnable" default:"true" state:"honoured" help:"delete files that are not that old, oldest first, above diskSpaceCleanForciblyRatio and no more than needed (Java: a whole batch)"`
	DeleteBatch      int     `mq:"deleteFileBatchMax" default:"10" state:"honoured" help:"files of the log that are deleted at once"`
	CleanInterval    int     `mq:"cleanResourceInterval" default:"10000" state:"honoured" help:"ms between such times"`
	LogDeletePause   int     `mq:"deleteCommitLogFilesInterval" default:"100" state:"honoured" help:"ms between two files of the log"`
	QueueDeletePause int     `mq:"deleteConsumeQueueFilesInterval" default:"100" state:"honoured" help:"ms between two consume queues, which follow the log"`
	DiskShares       int     `mq:"replicasPerDiskPartition" default:"1" state:"honoured" help:"brokers that share the disk; if several, diskMaxUsedSpaceRatio is of each one's share"`
	ForceShareRatio  float64 `mq:"logicalDiskSpaceCleanForciblyThreshold" default:"0.8" state:"honoured" help:"part of its share in use above which a broker deletes its oldest files"`

	Own

	set []jconf.Setting // what Bind was given, for what has no field
}

// Own is the keys that Java does not have. 0 means what the part that they limit has as its default.
type Own struct {
	VIPEnable        bool  `mq:"vipPortEnable" default:"true" state:"honoured" help:"listen on listenPort less 2 too, which old clients send to"`
	MaxHotHeaderSize int   `mq:"maxHotHeaderSize" default:"262144" state:"honoured" help:"the same as maxHeaderSize, of those that are handled as they are read: sends, pulls, offsets, heartbeats"`
	MaxInFlight      int64 `mq:"maxRequestsInFlight" default:"100000" state:"honoured" help:"requests that wait for work or for an answer"`
	MaxInFlightBytes int64 `mq:"maxRequestBytesInFlight" default:"268435456" state:"honoured" help:"bytes of those that wait for work"`
	MaxHeldPulls     int   `mq:"maxHeldPulls" default:"1000000" state:"honoured" help:"pulls that wait for messages"`
	MaxHeldPullsPeer int   `mq:"maxHeldPullsPerConnection" default:"4096" state:"honoured" help:"of those, of one connection"`
	MaxTopics        int   `mq:"maxTopics" default:"100000" state:"honoured" help:"topics of the broker"`
	MaxGroups        int   `mq:"maxSubscriptionGroups" default:"100000" state:"honoured" help:"consumer groups of the broker"`
	MaxOffsets       int64 `mq:"maxConsumerOffsets" default:"1048576" state:"honoured" help:"offsets that are kept, one for each group and queue"`
	MaxExpression    int   `mq:"maxExpressionBytes" default:"65536" state:"honoured" help:"bytes of an SQL92 expression, or of the tags of a subscription, at most as many"`
	MaxExprDepth     int   `mq:"maxExpressionDepth" default:"250" state:"honoured" help:"parentheses, signs or comparisons of it within each other, at most as many"`
	DiskMinFree      int64 `mq:"diskMinFreeBytes" default:"0" state:"honoured" help:"bytes that must be free on the disk for sends to be accepted, and a tenth more, at most a file of the log, for them to be accepted again; below that the oldest files are deleted, as above diskSpaceCleanForciblyRatio"`
	MaxLogBytes      int64 `mq:"maxCommitLogBytes" default:"0" state:"honoured" help:"bytes of the files of the log, the one that is prepared ahead included, above which the oldest are deleted, whatever their age and whatever cleanFileForciblyEnable says; 0: no limit"`
	server.Keys
}

// Bind fills a Config from settings, of which the last with a key counts. The problems come in the
// order of the settings; a key with a problem keeps its default. Validate comes after it.
func Bind(settings []jconf.Setting) (*Config, []jconf.Problem) {
	c := &Config{set: settings}
	problems := jconf.Bind(c, settings, Known()...)
	return c, problems
}
