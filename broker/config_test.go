package broker

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/retention"
)

// bind binds key=value pairs on top of what a broker needs, and fails on problems.
func bind(t testing.TB, pairs ...string) *Config {
	t.Helper()
	settings := []jconf.Setting{{Key: "brokerName", Value: "broker-a"}}
	for _, pair := range pairs {
		key, value, _ := strings.Cut(pair, "=")
		settings = append(settings, jconf.Setting{Key: key, Value: value, Source: "b.conf"})
	}
	c, problems := Bind(settings)
	for _, p := range problems {
		t.Fatal(p)
	}
	return c
}

// reach says where a key ends: the value to set, and what must be there then.
type reach struct {
	value string
	got   func(*Config) any
	want  any
}

// wired is a broker that has not started: enough to ask what it would start its parts with.
func wired(c *Config) *Broker {
	b := &Broker{cfg: c, opts: Options{Config: c, Advertised: netip.MustParseAddr("10.9.8.7")}}
	b.now.Store(c)
	return b
}

// reaches has a row for each key that Config honours. The addresses to advertise and the directory
// are taken from its fields by whoever composes the broker.
var reaches = map[string]reach{
	"brokerClusterName":               {"c1", func(c *Config) any { return c.topicOptions().Cluster }, "c1"},
	"brokerName":                      {"b-1", func(c *Config) any { return c.topicOptions().Broker }, "b-1"},
	"regionId":                        {"eu", func(c *Config) any { return wired(c).sendOptions(store.Options{}).Region }, "eu"},
	"brokerIP1":                       {"10.1.2.3", func(c *Config) any { return c.BrokerIP1 }, "10.1.2.3"},
	"brokerIP2":                       {"10.1.2.4", func(c *Config) any { return c.BrokerIP2 }, "10.1.2.4"},
	"bindAddress":                     {"127.0.0.1", func(c *Config) any { return wired(c).serverOptions().Listen[0].Addr }, "127.0.0.1:10911"},
	"listenPort":                      {"20911", func(c *Config) any { return wired(c).serverOptions().Listen[1].Addr }, "0.0.0.0:20909"},
	"haListenPort":                    {"20920", func(c *Config) any { return wired(c).registerOptions().HA }, "10.9.8.7:20920"},
	"serverChannelMaxIdleTimeSeconds": {"60", func(c *Config) any { return wired(c).serverOptions().IdleTimeout }, time.Minute},
	"namesrvAddr":                     {"n1:9876;n2:9876", func(c *Config) any { return fmt.Sprint(wired(c).registerOptions().NameServers) }, "[n1:9876 n2:9876]"},
	"registerNameServerPeriod":        {"15000", func(c *Config) any { return wired(c).registerOptions().Every }, 15 * time.Second},
	"registerBrokerTimeoutMills":      {"6000", func(c *Config) any { return wired(c).registerOptions().Timeout }, 6 * time.Second},
	"clientCloseSocketIfTimeout":      {"false", func(c *Config) any { return c.CloseSilent }, false},
	"forceRegister":                   {"false", func(c *Config) any { return wired(c).registerOptions().Force }, false},
	"enableSingleTopicRegister":       {"true", func(c *Config) any { return wired(c).registerOptions().Single }, true},
	"compressedRegister":              {"true", func(c *Config) any { return wired(c).registerOptions().Compressed }, true},

	"brokerPermission":                   {"4", func(c *Config) any { return c.readable() && !c.writable() }, true},
	"autoCreateTopicEnable":              {"false", func(c *Config) any { return c.topicOptions().AutoCreate }, false},
	"defaultTopicQueueNums":              {"16", func(c *Config) any { return c.topicOptions().DefaultQueues }, int32(16)},
	"clusterTopicEnable":                 {"false", func(c *Config) any { return c.topicOptions().ClusterTopic }, false},
	"brokerTopicEnable":                  {"false", func(c *Config) any { return c.topicOptions().BrokerTopic }, false},
	"traceTopicEnable":                   {"true", func(c *Config) any { return c.topicOptions().TraceTopic }, "RMQ_SYS_TRACE_TOPIC"},
	"msgTraceTopicName":                  {"traces", func(c *Config) any { c.TraceTopicEnable = true; return c.topicOptions().TraceTopic }, "traces"},
	"traceOn":                            {"false", func(c *Config) any { return wired(c).sendOptions(store.Options{}).Trace }, false},
	"reviveQueueNum":                     {"4", func(c *Config) any { return c.topicOptions().ReviveQueues }, int32(4)},
	"timerWheelEnable":                   {"false", func(c *Config) any { return c.topicOptions().TimerTopic && !wired(c).timerOptions().Off }, false},
	"timerPrecisionMs":                   {"499", func(c *Config) any { return wired(c).timerOptions().Precision }, 200 * time.Millisecond},
	"timerMaxDelaySec":                   {"60", func(c *Config) any { return wired(c).timerOptions().MaxDelay }, time.Minute},
	"timerRollWindowSlot":                {"100", func(c *Config) any { return wired(c).timerOptions().RollSlots }, int64(100)},
	"mappedFileSizeTimerLog":             {"5200", func(c *Config) any { return wired(c).timerOptions().LogFileSize }, int64(5200)},
	"timerCongestNumEachSlot":            {"10", func(c *Config) any { return wired(c).timerOptions().Congestion }, int32(10)},
	"timerFlushIntervalMs":               {"100", func(c *Config) any { return wired(c).timerOptions().FlushEvery }, 100 * time.Millisecond},
	"timerStopEnqueue":                   {"true", func(c *Config) any { return wired(c).timerOptions().StopEnqueue() }, true},
	"recallMessageEnable":                {"true", func(c *Config) any { return wired(c).recalls().Enable() }, true},
	"allowRecallWhenBrokerNotWriteable":  {"false", func(c *Config) any { c.Permission = 4; return wired(c).recalls().Writable() }, false},
	"validateSystemTopicWhenUpdateTopic": {"false", func(c *Config) any { return c.topicOptions().GuardSystem }, false},
	"clearRetryTopicWhenDeleteTopic":     {"false", func(c *Config) any { return c.ClearRetryTopics }, false},
	"enableMixedMessageType":             {"true", func(c *Config) any { return c.topicOptions().MixedType }, true},

	"autoCreateSubscriptionGroup":     {"false", func(c *Config) any { return c.groupOptions().AutoCreate }, false},
	"enableCreateSysGroup":            {"false", func(c *Config) any { return c.groupOptions().CreateSystem }, false},
	"notifyConsumerIdsChangedEnable":  {"false", func(c *Config) any { return c.clientOptions().NoNotify }, true},
	"rejectPullConsumerEnable":        {"true", func(c *Config) any { return wired(c).pullOptions().Reject() }, true},
	"channelExpiredTimeout":           {"90000", func(c *Config) any { return c.clientOptions().Expire }, 90 * time.Second},
	"useServerSideResetOffset":        {"false", func(c *Config) any { return c.ServerSideReset }, false},
	"storeReplyMessageEnable":         {"false", func(c *Config) any { return c.StoreReplies }, false},
	"messageDelayLevel":               {"1s 1d", func(c *Config) any { return fmt.Sprint(c.StoreOptions().Delays, wired(c).delayOptions().Levels) }, "[1s 24h0m0s] [1s 24h0m0s]"},
	"flushDelayOffsetInterval":        {"100", func(c *Config) any { return wired(c).delayOptions().FlushEvery }, 100 * time.Millisecond},
	"delayOffsetUpdateVersionStep":    {"7", func(c *Config) any { return wired(c).delayOptions().VersionStep }, int64(7)},
	"enableScheduleMessageStats":      {"false", func(c *Config) any { return wired(c).delayOptions().Delivered == nil }, true},
	"flushConsumerOffsetInterval":     {"1000", func(c *Config) any { return c.offsetOptions().FlushEvery }, time.Second},
	"consumerOffsetUpdateVersionStep": {"50", func(c *Config) any { return c.offsetOptions().VersionStep }, int64(50)},

	"enablePropertyFilter":  {"true", func(c *Config) any { return wired(c).pullOptions().PropertyFilter() }, true},
	"enableConsumeQueueExt": {"true", func(c *Config) any { return wired(c).extension() != nil }, true},
	"enableCalcFilterBitMap": {"true", func(c *Config) any {
		c.QueueExt = true
		return wired(c).extension().Bits(nil, nil) == nil && c.FilterBitMap
	}, true},
	"mappedFileSizeConsumeQueueExt":     {"131072", func(c *Config) any { c.QueueExt = true; return wired(c).extension().FileSize }, int64(131072)},
	"filterSupportRetry":                {"true", func(c *Config) any { return wired(c).filterOptions().Retry }, true},
	"filterDataCleanTimeSpan":           {"1000", func(c *Config) any { return wired(c).filterOptions().Clean }, time.Second},
	"maxErrorRateOfBloomFilter":         {"10", func(c *Config) any { return wired(c).filterOptions().ErrorRate }, 10},
	"expectConsumerNumUseFilter":        {"64", func(c *Config) any { return wired(c).filterOptions().Consumers }, 64},
	"longPollingEnable":                 {"false", func(c *Config) any { return wired(c).pullOptions().LongPolling() }, false},
	"shortPollingTimeMills":             {"200", func(c *Config) any { return wired(c).pullOptions().ShortPolling }, 200 * time.Millisecond},
	"litePullMessageEnable":             {"false", func(c *Config) any { return wired(c).pullOptions().LitePull() }, false},
	"maxTransferBytesOnMessageInMemory": {"1024", func(c *Config) any { return c.StoreOptions().HotBytes }, 1024},
	"maxTransferCountOnMessageInMemory": {"64", func(c *Config) any { return c.StoreOptions().HotMessages }, 64},
	"maxTransferBytesOnMessageInDisk":   {"512", func(c *Config) any { return c.StoreOptions().ColdBytes }, 512},
	"maxTransferCountOnMessageInDisk":   {"16", func(c *Config) any { return c.StoreOptions().ColdMessages }, 16},
	"accessMessageInMemoryMaxRatio":     {"10", func(c *Config) any { return c.StoreOptions().MemoryPercent }, 10},
	"accessMessageInMemoryHotRatio":     {"10", func(c *Config) any { return c.StoreOptions().ColdPercent }, 10},
	"coldDataFlowControlEnable":         {"true", func(c *Config) any { return wired(c).coldOptions().Rules().Enabled }, true},
	"cgColdReadThreshold":               {"5", func(c *Config) any { return wired(c).coldOptions().Rules().Group }, int64(5)},
	"globalColdReadThreshold":           {"6", func(c *Config) any { return wired(c).coldOptions().Rules().Global }, int64(6)},
	"coldReadShare":                     {"7", func(c *Config) any { return wired(c).pullOptions().ColdShare() }, 7},
	"coldCtrStrategyEnable":             {"true", func(c *Config) any { return wired(c).coldOptions().Rules().Adaptive }, true},
	"usePIDColdCtrStrategy":             {"false", func(c *Config) any { return wired(c).coldOptions().PID }, false},
	"maxFilterMessageSize":              {"32000", func(c *Config) any { return c.StoreOptions().FilterBytes }, 32000},

	"rejectTransactionMessage":       {"true", func(c *Config) any { return c.transactionRules().Reject }, true},
	"transactionTimeOut":             {"1000", func(c *Config) any { return c.transactionRules().Timeout }, time.Second},
	"transactionCheckMax":            {"3", func(c *Config) any { return c.transactionRules().MaxChecks }, 3},
	"transactionCheckInterval":       {"1000", func(c *Config) any { return c.transactionRules().Interval }, time.Second},
	"transactionOpMsgMaxSize":        {"100", func(c *Config) any { return c.transactionRules().NoteSize }, 100},
	"transactionOpBatchInterval":     {"0", func(c *Config) any { return c.transactionRules().NoteInterval }, time.Duration(0)},
	"transactionMetricFlushInterval": {"500", func(c *Config) any { return c.transactionRules().SaveInterval }, 500 * time.Millisecond},

	"startAcceptSendRequestTimeStamp": {"1700000000000", func(c *Config) any { return wired(c).sendOptions(store.Options{}).AcceptFrom }, int64(1700000000000)},
	"maxMessageSize":                  {"1048576", func(c *Config) any { return c.StoreOptions().MaxMessageSize }, 1 << 20},
	"syncFlushTimeout":                {"3000", func(c *Config) any { return wired(c).sendOptions(store.Options{}).FlushTimeout }, 3 * time.Second},

	"storePathRootDir":                {"/data/store", func(c *Config) any { return c.StoreRoot }, "/data/store"},
	"storePathCommitLog":              {"/a, /b", func(c *Config) any { return fmt.Sprint(c.StoreOptions().LogDirs, c.OutsideDirs()) }, "[/a /b] [/a /b]"},
	"readOnlyCommitLogStorePaths":     {"/old", func(c *Config) any { return fmt.Sprint(c.StoreOptions().ReadOnlyLogDirs, c.OutsideDirs()) }, "[/old] [/old]"},
	"mappedFileSizeCommitLog":         {"1048576", func(c *Config) any { return c.StoreOptions().LogFileSize }, int64(1 << 20)},
	"mappedFileSizeConsumeQueue":      {"10000", func(c *Config) any { return c.StoreOptions().QueueFileSize }, int64(10000)},
	"messageIndexEnable":              {"false", func(c *Config) any { return c.StoreOptions().NoIndex }, true},
	"maxHashSlotNum":                  {"200", func(c *Config) any { return c.StoreOptions().IndexSlots }, 200},
	"maxIndexNum":                     {"800", func(c *Config) any { return c.StoreOptions().IndexEntries }, 800},
	"mapperFileSizeBatchConsumeQueue": {"4600", func(c *Config) any { return c.StoreOptions().BatchFileSize }, int64(4600)},
	"enableLmq": {"true", func(c *Config) any {
		return c.topicOptions().Light && c.groupOptions().Light && c.offsetOptions().Light && !c.StoreOptions().Light
	}, true},
	"enableMultiDispatch":   {"true", func(c *Config) any { c.Light = true; return c.StoreOptions().Light }, true},
	"maxLmqConsumeQueueNum": {"7", func(c *Config) any { return c.StoreOptions().MaxLight }, 7},
	"enableLmqStats":        {"true", func(c *Config) any { return c.LightStats }, true},
	"enabledAppendPropCRC":  {"true", func(c *Config) any { return c.StoreOptions().AppendPropCRC }, true},
	"checkCRCOnRecover":     {"false", func(c *Config) any { return c.StoreOptions().SkipCRCOnRecovery }, true},

	"flushDiskType":                  {"SYNC_FLUSH", func(c *Config) any { return c.StoreOptions().Flush }, store.SyncFlush},
	"flushIntervalCommitLog":         {"100", func(c *Config) any { return c.StoreOptions().FlushInterval }, 100 * time.Millisecond},
	"flushCommitLogLeastPages":       {"0", func(c *Config) any { return c.StoreOptions().FlushLeastPages }, -1},
	"flushCommitLogThoroughInterval": {"2000", func(c *Config) any { return c.StoreOptions().FlushThorough }, 2 * time.Second},
	"flushIntervalConsumeQueue":      {"500", func(c *Config) any { return c.StoreOptions().QueueFlushInterval }, 500 * time.Millisecond},

	"diskSpaceWarningLevelRatio":             {"80", func(c *Config) any { return c.StoreOptions().DiskFullPercent }, 80},
	"diskSpaceCleanForciblyRatio":            {"70", func(c *Config) any { return c.StoreOptions().DiskAgainPercent }, 70},
	"fileReservedTime":                       {"48", func(c *Config) any { return c.StoreOptions().Retention.Keep }, 48 * time.Hour},
	"deleteWhen":                             {"04;16", func(c *Config) any { return c.StoreOptions().Retention.Hours }, retention.Hours(1<<4 | 1<<16)},
	"diskMaxUsedSpaceRatio":                  {"60", func(c *Config) any { return c.StoreOptions().Retention.MaxUsed }, 60},
	"cleanFileForciblyEnable":                {"false", func(c *Config) any { return c.StoreOptions().Retention.NoForce }, true},
	"deleteFileBatchMax":                     {"5", func(c *Config) any { return c.StoreOptions().Retention.Batch }, 5},
	"cleanResourceInterval":                  {"5000", func(c *Config) any { return c.StoreOptions().CleanInterval }, 5 * time.Second},
	"deleteCommitLogFilesInterval":           {"50", func(c *Config) any { return c.StoreOptions().LogDeletePause }, 50 * time.Millisecond},
	"deleteConsumeQueueFilesInterval":        {"0", func(c *Config) any { return c.StoreOptions().QueueDeletePause }, time.Duration(-1)},
	"replicasPerDiskPartition":               {"3", func(c *Config) any { return c.StoreOptions().Retention.Shares }, 3},
	"logicalDiskSpaceCleanForciblyThreshold": {"0.5", func(c *Config) any { return c.StoreOptions().Retention.ForceShare }, 50.0},

	"rebalanceLockMaxLiveTime":     {"3000", func(c *Config) any { return c.lockOptions().Lease }, 3 * time.Second},
	"vipPortEnable":                {"false", func(c *Config) any { return len(wired(c).serverOptions().Listen) }, 1},
	"maxConnections":               {"10", func(c *Config) any { return wired(c).serverOptions().MaxConns }, 10},
	"maxConnectionsPerIP":          {"11", func(c *Config) any { return wired(c).serverOptions().MaxConnsPerIP }, 11},
	"maxFrameSize":                 {"8388608", func(c *Config) any { return wired(c).serverOptions().Frames.MaxFrame }, 8 << 20},
	"maxExtFields":                 {"100", func(c *Config) any { return wired(c).serverOptions().Frames.MaxFields }, 100},
	"maxHeaderDepth":               {"5", func(c *Config) any { return wired(c).serverOptions().Frames.MaxDepth }, 5},
	"maxHeaderSize":                {"65536", func(c *Config) any { return wired(c).serverOptions().Frames.MaxHeader }, 64 << 10},
	"firstRequestBytes":            {"1024", func(c *Config) any { return wired(c).serverOptions().FirstFrameBytes }, 1024},
	"firstRequestMillis":           {"500", func(c *Config) any { return wired(c).serverOptions().FirstFrameTime }, 500 * time.Millisecond},
	"maxUnfinishedBytes":           {"33554432", func(c *Config) any { return wired(c).serverOptions().MaxPartial }, int64(32 << 20)},
	"busyUnsentBytesPerConnection": {"1048576", func(c *Config) any { return wired(c).serverOptions().CongestedBytes }, int64(1 << 20)},
	"maxUnsentBytesPerConnection":  {"16777216", func(c *Config) any { return wired(c).serverOptions().MaxUnsent }, int64(16 << 20)},
	"maxUnsentBytes":               {"134217728", func(c *Config) any { return wired(c).serverOptions().MaxBacklog }, int64(128 << 20)},
	"proxyProtocolFrom":            {"none", func(c *Config) any { return wired(c).serverOptions().Proxies.Believes(netip.MustParseAddr("10.0.0.1")) }, false},
	"tls.server.mode":              {"enforcing", func(c *Config) any { return wired(c).serverOptions().TLS }, netio.TLSEnforcing},
	"tls.config.file":              {"/x", func(c *Config) any { return c.ConfigFile }, "/x"},
	"tls.test.mode.enable":         {"false", func(c *Config) any { return c.TestMode }, false},
	"tls.server.need.client.auth":  {"require", func(c *Config) any { return c.ClientAuth }, "require"},
	"tls.server.keyPath":           {"/k", func(c *Config) any { return c.KeyPath }, "/k"},
	"tls.server.keyPassword":       {"p", func(c *Config) any { return c.Password.Reveal() }, "p"},
	"tls.server.certPath":          {"/c", func(c *Config) any { return c.CertPath }, "/c"},
	"tls.server.authClient":        {"true", func(c *Config) any { return c.AuthClient }, true},
	"tls.server.trustCertPath":     {"/t", func(c *Config) any { return c.TrustPath }, "/t"},
	"maxHotHeaderSize":             {"65536", func(c *Config) any { return wired(c).serverOptions().Router.MaxHotHeader }, 64 << 10},
	"maxRequestsInFlight":          {"12", func(c *Config) any { return wired(c).serverOptions().Router.MaxInFlight }, int64(12)},
	"maxRequestBytesInFlight":      {"33554432", func(c *Config) any { return wired(c).serverOptions().Router.MaxFrameBytes }, int64(32 << 20)},
	"maxHeldPulls":                 {"13", func(c *Config) any { return wired(c).pullOptions().MaxHeld }, 13},
	"maxHeldPullsPerConnection":    {"14", func(c *Config) any { return wired(c).pullOptions().MaxHeldPeer }, 14},
	"maxTopics":                    {"15", func(c *Config) any { return c.topicOptions().MaxTopics }, 15},
	"maxSubscriptionGroups":        {"16", func(c *Config) any { return c.groupOptions().MaxGroups }, 16},
	"maxConsumerOffsets":           {"17", func(c *Config) any { return c.offsetOptions().MaxOffsets }, int64(17)},
	"maxExpressionBytes":           {"4096", func(c *Config) any { return wired(c).filterOptions().Limits.Length }, 4096},
	"maxExpressionDepth":           {"64", func(c *Config) any { return wired(c).filterOptions().Limits.Depth }, 64},
	"maxCommitLogBytes":            {"4294967296", func(c *Config) any { return c.StoreOptions().Retention.MaxBytes }, int64(4 << 30)},
	"diskMinFreeBytes":             {"4294967296", func(c *Config) any { return c.StoreOptions().MinFree }, int64(4 << 30)},
}

func TestEveryKeyReachesItsOption(t *testing.T) {
	for _, e := range jconf.Table(Config{}) {
		r, ok := reaches[e.Key]
		if !ok {
			if e.State == jconf.Honoured {
				t.Errorf("%s: no row tells where it ends", e.Key)
			}
			continue
		}
		if got := r.got(bind(t)); got == r.want {
			t.Errorf("%s: the default gives %v too: the row proves nothing", e.Key, got)
		}
		if got := r.got(bind(t, e.Key+"="+r.value)); got != r.want {
			t.Errorf("%s=%s: got %v, want %v", e.Key, r.value, got, r.want)
		}
	}
}

// TestDefaultsAreValid: with a name, Java's defaults start.
func TestDefaultsAreValid(t *testing.T) {
	if err := bind(t).Validate(); err != nil {
		t.Error(err)
	}
	if err := (&Config{}).Validate(); err == nil {
		t.Error("a Config that nobody filled is valid")
	}
}

func TestValidate(t *testing.T) {
	cases := []struct {
		pairs []string
		want  string // of the problem, "" for none
	}{
		{[]string{"brokerName="}, `brokerName = ""`},
		{[]string{"brokerName=a b"}, `brokerName = "a b"`},
		{[]string{"brokerName=../etc"}, `brokerName = "../etc"`},
		{[]string{"brokerName=node-1.example.com"}, ""},
		{[]string{"brokerClusterName=" + strings.Repeat("c", 128)}, "brokerClusterName"},
		{[]string{"msgTraceTopicName=t.t"}, "msgTraceTopicName"},
		{[]string{"regionId=a\x01b"}, "regionId"},
		{[]string{"brokerIP1=10.0.0.1:10911"}, "brokerIP1"},
		{[]string{"brokerIP1=fd00::1", "brokerIP2=host.example"}, ""},
		{[]string{"bindAddress=*"}, "bindAddress"},
		{[]string{"namesrvAddr=localhost"}, "namesrvAddr"},
		{[]string{"namesrvAddr=n1:9876; [fd00::1]:9876;"}, ""},
		{[]string{"namesrvAddr=n1:0"}, "namesrvAddr"},
		{[]string{"brokerPermission=8"}, "brokerPermission"},
		{[]string{"listenPort=0"}, `listenPort = "0": want from 3 to 65534`},
		{[]string{"listenPort=2"}, "from 3 to 65534"},
		{[]string{"listenPort=2", "vipPortEnable=false"}, ""},
		{[]string{"listenPort=65535"}, "from 3 to 65534"},
		{[]string{"listenPort=65535", "haListenPort=10912"}, ""},
		{[]string{"listenPort=70000"}, "listenPort"},
		{[]string{"haListenPort=65536"}, "haListenPort"},
		{[]string{"haListenPort=10911"}, "haListenPort"},
		{[]string{"haListenPort=10909"}, "haListenPort"},
		{[]string{"haListenPort=10909", "vipPortEnable=false"}, ""},
		{[]string{"mappedFileSizeCommitLog=4095"}, "at least 4096"},
		{[]string{"mappedFileSizeConsumeQueue=19"}, "at least 20"},
		{[]string{"maxMessageSize=16777216"}, "raise maxFrameSize"},
		{[]string{"maxMessageSize=16777216", "maxFrameSize=33554432"}, ""},
		{[]string{"maxMessageSize=0"}, "maxMessageSize"},
		{[]string{"maxFrameSize=1048576", "maxMessageSize=1000"}, ""},
		{[]string{"maxFrameSize=1000"}, "maxFrameSize"},
		{[]string{"firstRequestMillis=10"}, "at least 100"},
		{[]string{"maxUnfinishedBytes=1000"}, "at least 16777216"},
		{[]string{"maxUnsentBytesPerConnection=8388607"}, "at least 8388608"},
		{[]string{"maxUnsentBytes=1000"}, "at least 67108864"},
		{[]string{"proxyProtocolFrom=10.0.0.0/8,10.1.0.1"}, "separated by ;"},
		{[]string{"proxyProtocolFrom=10.0.0.0/8; fd00::1"}, ""},
		{[]string{"accessMessageInMemoryMaxRatio=101"}, "accessMessageInMemoryMaxRatio"},
		{[]string{"defaultTopicQueueNums=0"}, "defaultTopicQueueNums"},
		{[]string{"consumerOffsetUpdateVersionStep=0"}, "consumerOffsetUpdateVersionStep"},
		{[]string{"messageDelayLevel=1s 2x"}, "messageDelayLevel"},
		{[]string{"flushDelayOffsetInterval=0"}, "flushDelayOffsetInterval"},
		{[]string{"delayOffsetUpdateVersionStep=0"}, "delayOffsetUpdateVersionStep"},
		{[]string{"timerPrecisionMs=0"}, "timerPrecisionMs"},
		{[]string{"timerMaxDelaySec=0"}, "timerMaxDelaySec"},
		{[]string{"mappedFileSizeTimerLog=100"}, "mappedFileSizeTimerLog"},
		{[]string{"timerCongestNumEachSlot=0"}, "timerCongestNumEachSlot"},
		{[]string{"timerFlushIntervalMs=0"}, "timerFlushIntervalMs"},
		{[]string{"flushIntervalCommitLog=0"}, "flushIntervalCommitLog"},
		{[]string{"diskSpaceWarningLevelRatio=0"}, "diskSpaceWarningLevelRatio"},
		{[]string{"diskMaxUsedSpaceRatio=101"}, "diskMaxUsedSpaceRatio"},
		{[]string{"fileReservedTime=-1"}, "fileReservedTime"},
		{[]string{"fileReservedTime=0"}, ""},
		{[]string{"deleteWhen=4,16"}, "deleteWhen"},
		{[]string{"deleteWhen="}, "deleteWhen"},
		{[]string{"deleteWhen=04;16;"}, ""},
		{[]string{"deleteFileBatchMax=0"}, "deleteFileBatchMax"},
		{[]string{"cleanResourceInterval=0"}, "cleanResourceInterval"},
		{[]string{"deleteCommitLogFilesInterval=-1"}, "deleteCommitLogFilesInterval"},
		{[]string{"deleteConsumeQueueFilesInterval=-1"}, "deleteConsumeQueueFilesInterval"},
		{[]string{"replicasPerDiskPartition=0"}, "replicasPerDiskPartition"},
		{[]string{"logicalDiskSpaceCleanForciblyThreshold=80"}, "logicalDiskSpaceCleanForciblyThreshold"},
		{[]string{"diskMinFreeBytes=-1"}, "diskMinFreeBytes"},
		{[]string{"maxExpressionBytes=65537"}, "maxExpressionBytes"},
		{[]string{"maxExpressionDepth=0"}, "maxExpressionDepth"},
		{[]string{"maxCommitLogBytes=-1"}, "maxCommitLogBytes"},
		{[]string{"maxCommitLogBytes=2147483647"}, "maxCommitLogBytes"},
		{[]string{"storePathCommitLog=/data/commitlog", "storePathRootDir=/data/store"}, ""},
		{[]string{"storePathCommitLog=/data/store/commitlog", "storePathRootDir=/data/store/"}, ""},
		{[]string{"storePathCommitLog=/a,/b", "readOnlyCommitLogStorePaths=/c,/a"}, ""},
		{[]string{"storePathCommitLog=/a,/b,/a/"}, `storePathCommitLog = "/a": want absolute paths`},
		{[]string{"storePathCommitLog=log"}, "storePathCommitLog"},
		{[]string{"storePathCommitLog=/"}, "storePathCommitLog"},
		{[]string{"storePathCommitLog=/data/store", "storePathRootDir=/data/store"}, "storePathCommitLog"},
		{[]string{"storePathCommitLog=/data", "storePathRootDir=/data/store"}, "storePathCommitLog"},
		{[]string{"storePathCommitLog=/data/sto", "storePathRootDir=/data/store"}, ""},
		{[]string{"storePathCommitLog=/data/store/timerlog", "storePathRootDir=/data/store"}, "storePathCommitLog"},
		{[]string{"storePathCommitLog=/data/store/consumequeue_ext/log", "storePathRootDir=/data/store"}, "storePathCommitLog"},
		{[]string{"readOnlyCommitLogStorePaths=/data/store/batchconsumequeue", "storePathRootDir=/data/store"}, "readOnlyCommitLogStorePaths"},
		{[]string{"readOnlyCommitLogStorePaths=/data/store/index", "storePathRootDir=/data/store"}, "readOnlyCommitLogStorePaths"},
	}
	for _, c := range cases {
		err := bind(t, c.pairs...).Validate()
		if c.want == "" {
			if err != nil {
				t.Errorf("%q: %v, want no problem", c.pairs, err)
			}
			continue
		}
		var p jconf.Problem
		if !errors.As(err, &p) || p.Kind != jconf.BadValue || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%q: got %v, want a problem with %s", c.pairs, err, c.want)
		}
	}
}

// TestRetentionBounds holds Java's bounds, and what Java means by numbers that are a default here.
func TestRetentionBounds(t *testing.T) {
	for _, c := range []struct {
		pairs []string
		got   func(store.Options) any
		want  any
	}{
		{[]string{"fileReservedTime=0"}, func(o store.Options) any { return o.Retention.Keep }, time.Duration(-1)},
		{[]string{"fileReservedTime=2147483647"}, func(o store.Options) any { return o.Retention.Keep > 200*365*24*time.Hour }, true},
		{[]string{"diskMaxUsedSpaceRatio=5"}, func(o store.Options) any { return o.Retention.MaxUsed }, 10},
		{[]string{"diskMaxUsedSpaceRatio=99"}, func(o store.Options) any { return o.Retention.MaxUsed }, 95},
		{[]string{"diskSpaceCleanForciblyRatio=99"}, func(o store.Options) any { return o.Retention.ForceUsed }, 85},
		{[]string{"diskSpaceWarningLevelRatio=60"}, func(o store.Options) any { return o.Retention.ForceUsed }, 60},
		{[]string{"deleteCommitLogFilesInterval=0"}, func(o store.Options) any { return o.LogDeletePause }, time.Duration(-1)},
	} {
		if got := c.got(bind(t, c.pairs...).StoreOptions()); got != c.want {
			t.Errorf("%q: got %v, want %v", c.pairs, got, c.want)
		}
	}
}

// TestDiskRatios holds Java's bounds, and the order of the two.
func TestDiskRatios(t *testing.T) {
	for _, c := range []struct {
		warning, forcibly string
		full, again       int
	}{
		{"90", "85", 90, 85}, {"99", "99", 90, 85}, {"10", "10", 35, 30}, {"60", "85", 60, 60},
	} {
		o := bind(t, "diskSpaceWarningLevelRatio="+c.warning, "diskSpaceCleanForciblyRatio="+c.forcibly).StoreOptions()
		if o.DiskFullPercent != c.full || o.DiskAgainPercent != c.again {
			t.Errorf("%s, %s: got %d, %d, want %d, %d", c.warning, c.forcibly, o.DiskFullPercent, o.DiskAgainPercent, c.full, c.again)
		}
	}
}
