package broker

import "github.com/gannetmq/gannet/compat/jconf"

// knownStore is the rest of MessageStoreConfig.
var knownStore = []reason{
	{jconf.Refused, "replication is not served yet", []key{
		{"brokerRole", "BrokerRole", "ASYNC_MASTER"},
		{"duplicationEnable", "boolean", "false"},
	}},
	{jconf.NoEffect, "matters with replication, which is not served yet", []key{
		{"allAckInSyncStateSet", "boolean", "false"},
		{"asyncLearner", "boolean", "false"},
		{"enableAutoInSyncReplicas", "boolean", "false"},
		{"haFlowControlEnable", "boolean", "false"},
		{"haHousekeepingInterval", "int", "20000"},
		{"haMasterAddress", "String", ""},
		{"haMaxGapNotInSync", "int", "268435456"},
		{"haMaxTimeSlaveNotCatchup", "long", "15000"},
		{"haSendHeartbeatInterval", "int", "5000"},
		{"haTransferBatchSize", "int", "32768"},
		{"inSyncReplicas", "int", "1"},
		{"maxChecksumRange", "long", "1073741824"},
		{"maxHaTransferByteInSecond", "long", "104857600"},
		{"maxSlaveResendLength", "long", "268435456"},
		{"minInSyncReplicas", "int", "1"},
		{"offsetCheckInSlave", "boolean", "false"},
		{"slaveTimeout", "int", "3000"},
		{"storePathBrokerIdentity", "String", ""},
		{"storePathEpochFile", "String", ""},
		{"syncFromLastFile", "boolean", "false"},
		{"syncMasterFlushOffsetWhenStartup", "boolean", "false"},
		{"totalReplicas", "int", "1"},
	}},
	{jconf.Refused, "DLedger's log has a format of its own and will not be served", []key{
		{"enableDLegerCommitLog", "boolean", "false"},
	}},
	{jconf.NoEffect, "matters with enableDLegerCommitLog, which is refused", []key{
		{"dLegerGroup", "String", ""},
		{"dLegerPeers", "String", ""},
		{"dLegerSelfId", "String", ""},
		{"enableBatchPush", "boolean", "false"},
		{"preferredLeaderId", "String", ""},
		{"storePathDLedgerCommitLog", "String", ""},
	}},
	{jconf.NoEffect, "a deleted file stays readable for whoever is reading it, and goes when they are done", []key{
		{"destroyMapedFileIntervalForcibly", "int", "120000"},
		{"redeleteHangedFileInterval", "int", "120000"},
	}},
	{jconf.NoEffect, "queues are corrected whenever the log begins later (in Java only others than ordinary ones are, by these keys)", []key{
		{"correctLogicMinOffsetForceInterval", "int", "300000"},
		{"correctLogicMinOffsetSleepInterval", "int", "1"},
	}},
	{jconf.NoEffect, "nothing in Java looks at it", []key{
		{"enableCleanExpiredOffset", "boolean", "false"},
		{"maxBatchDeleteFilesNum", "int", "50"},
	}},
	{jconf.NoEffect, "room and pages are prepared before messages need them, and nothing waits for the disk under the lock of the log", []key{
		{"debugLockEnable", "boolean", "false"},
		{"fastFailIfNoBufferInStorePool", "boolean", "false"},
		{"flushLeastPagesWhenWarmMapedFile", "int", "4096"},
		{"maxAsyncPutMessageRequests", "int", "5000"},
		{"osPageCacheBusyTimeOutMills", "long", "1000"},
		{"putMessageTimeout", "int", "8000"},
		{"putMsgIndexHightWater", "int", "600000"},
		{"spinLockCollisionRetreatOptimalDegree", "int", "1000"},
		{"topicQueueLockNum", "int", "32"},
		{"useABSLock", "boolean", "false"},
		{"useReentrantLockWhenPutMessage", "boolean", "true"},
		{"warmMapedFileEnable", "boolean", "false"},
	}},
	{jconf.NoEffect, "messages go to the page cache at once, so that they outlive the process", []key{
		{"commitCommitLogLeastPages", "int", "4"},
		{"commitCommitLogThoroughInterval", "int", "200"},
		{"commitIntervalCommitLog", "int", "200"},
		{"transientStorePoolEnable", "boolean", "false"},
		{"transientStorePoolSize", "int", "5"},
		{"wakeCommitWhenPutMessage", "boolean", "true"},
	}},
	{jconf.NoEffect, "flushing goes by its interval, and at once for whoever waits", []key{
		{"flushCommitLogTimed", "boolean", "true"},
		{"wakeFlushWhenPutMessage", "boolean", "false"},
	}},
	{jconf.NoEffect, "queues are written every 2 pages and synced every 60 s, the defaults of Java", []key{
		{"flushConsumeQueueLeastPages", "int", "2"},
		{"flushConsumeQueueThoroughInterval", "int", "60000"},
		{"putConsumeQueueDataByFileChannel", "boolean", "true"},
	}},
	{jconf.NoEffect, "one dispatcher follows the log", []key{
		{"batchDispatchRequestThreadPoolNums", "int", "16"},
		{"dispatchCqCacheNum", "int", "4096"},
		{"dispatchCqThreads", "int", "10"},
		{"dispatchFromSenderThread", "boolean", "false"},
		{"enableAsyncReput", "boolean", "true"},
		{"enableBuildConsumeQueueConcurrently", "boolean", "false"},
		{"readUnCommitted", "boolean", "false"},
	}},
	{jconf.NoEffect, "messages are cold by their place in the log, whether the system has them in memory or not", []key{
		{"coldDataScanEnable", "boolean", "false"},
		{"sampleSteps", "int", "32"},
		{"timerColdDataCheckIntervalMs", "int", "60000"},
	}},
	{jconf.NoEffect, "only the files in use are mapped, and what is not in memory is read without blocking others", []key{
		{"cleanSwapedMapInterval", "long", "300000"},
		{"commitLogForceSwapMapInterval", "long", "43200000"},
		{"commitLogSwapMapInterval", "long", "3600000"},
		{"commitLogSwapMapReserveFileNum", "int", "100"},
		{"dataReadAheadEnable", "boolean", "true"},
		{"logicQueueForceSwapMapInterval", "long", "43200000"},
		{"logicQueueSwapMapInterval", "long", "3600000"},
		{"logicQueueSwapMapReserveFileNum", "int", "20"},
		{"mappedFileSwapEnable", "boolean", "true"},
		{"sampleCountThreshold", "int", "5000"},
	}},
	{jconf.NoEffect, "a pull is bounded by maxFilterMessageSize and by what it may return", []key{
		{"diskFallRecorded", "boolean", "true"},
		{"maxConsumeQueueScan", "int", "20000"},
		{"travelCqFileNumWhenGetMessage", "int", "1"},
	}},
	{jconf.NoEffect, "recovery starts from the checkpoint and checks what it reads", []key{
		{"forceVerifyPropCRC", "boolean", "false"},
		{"maxRecoveryCommitlogFiles", "int", "30"},
		{"messageIndexSafe", "boolean", "false"},
		{"recheckReputOffsetFromCq", "boolean", "false"},
	}},
	{jconf.NoEffect, "names of more than 127 bytes are written as Java 5 does, where they are allowed", []key{
		{"autoMessageVersionOnTopicLen", "boolean", "true"},
		{"maxTopicLength", "int", "127"},
	}},
	{jconf.NoEffect, "the broker registers as soon as it takes messages", []key{
		{"disappearTimeAfterStart", "int", "-1"},
	}},
	{jconf.NoEffect, "a search by key finds at most 32 messages of a unique key and 64 of another, the defaults of Java", []key{
		{"defaultQueryMaxNum", "int", "32"},
		{"maxMsgsNumBatch", "int", "64"},
	}},
	{jconf.NoEffect, "bit maps have the length that maxErrorRateOfBloomFilter and expectConsumerNumUseFilter make", []key{
		{"bitMapLengthConsumeQueueExt", "int", "64"},
	}},
	{jconf.NoEffect, "Java 5.3.3 does not look at it either", []key{
		{"pullBatchMaxMessageCount", "int", "160"},
	}},
	{jconf.NoEffect, "every search of a batch queue is by halves, over all its files", []key{
		{"searchBcqByCacheEnable", "boolean", "true"},
	}},
	{jconf.NoEffect, "compacted topics are not served yet", []key{
		{"compactionCqMappedFileSize", "int", "10485760"},
		{"compactionMappedFileSize", "int", "104857600"},
		{"compactionScheduleInternal", "int", "900000"},
		{"compactionThreadNum", "int", "6"},
		{"enableCompaction", "boolean", "true"},
		{"maxOffsetMapSize", "int", "104857600"},
	}},
	{jconf.Refused, "RocksDB is not used: queues are files", []key{
		{"rocksdbCQDoubleWriteEnable", "boolean", "false"},
		{"storeType", "String", "default"},
	}},
	{jconf.NoEffect, "RocksDB is not used: queues are files", []key{
		{"bottomMostCompressionTypeForConsumeQueueStore", "String", "zstd"},
		{"cleanRocksDBDirtyCQIntervalMin", "long", "60"},
		{"enableRocksDBLog", "boolean", "false"},
		{"memTableFlushIntervalMs", "long", "3600000"},
		{"realTimePersistRocksDBConfig", "boolean", "true"},
		{"rocksdbCompressionType", "String", "lz4"},
		{"rocksdbFlushWalFrequency", "int", "1024"},
		{"rocksdbWalFileRollingThreshold", "long", "1073741824"},
		{"statRocksDBCQIntervalSec", "long", "10"},
	}},
	{jconf.NoEffect, "delayed messages never wait for the disk when they come back", []key{
		{"enableScheduleAsyncDeliver", "boolean", "false"},
		{"scheduleAsyncDeliverMaxPendingLimit", "int", "2000"},
		{"scheduleAsyncDeliverMaxResendNum2Blocked", "int", "3"},
	}},
	{jconf.NoEffect, "a timed message is delivered in the order of its slot, and tried until the store takes it", []key{
		{"timerEnableRetryUntilSuccess", "boolean", "false"},
		{"timerGetMessageThreadNum", "int", "3"},
		{"timerPutMessageThreadNum", "int", "3"},
	}},
	{jconf.NoEffect, "a timed message that cannot be read is left out and told to the log", []key{
		{"timerSkipUnknownError", "boolean", "false"},
	}},
	{jconf.NoEffect, "the counts of timed messages are kept, not made again once a day", []key{
		{"timerEnableCheckMetrics", "boolean", "true"},
		{"timerMetricSmallThreshold", "int", "1000000"},
	}},
	{jconf.NoEffect, "request 28 tells how far timers are", []key{
		{"timerProgressLogIntervalMs", "int", "10000"},
	}},
	{jconf.NoEffect, "Java has the use of it commented out", []key{
		{"timerInterceptDelayLevel", "boolean", "false"},
	}},
	{jconf.NoEffect, "Java cannot set it either", []key{
		{"timerCheckMetricsWhen", "String", "05"},
		{"timerEnableDisruptor", "boolean", "false"},
		{"timerStopDequeue", "boolean", "false"},
		{"timerWarmEnable", "boolean", "false"},
	}},
}
