package broker

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode"

	"github.com/gannetmq/gannet/broker/delay"
	"github.com/gannetmq/gannet/broker/filter/sql92"
	"github.com/gannetmq/gannet/broker/register"
	"github.com/gannetmq/gannet/broker/topic"
	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/store/retention"
)

// recordOverhead is what a request holds besides a body: properties, names and numbers, in bytes.
const recordOverhead = 128 << 10

// Validate checks what the type of a key does not tell: ranges, names, and keys that must fit each
// other. The error joins one jconf.Problem for each key; their Source is empty.
func (c *Config) Validate() error {
	var v checks
	c.checkNames(&v)
	c.checkPorts(&v)
	c.checkSizes(&v)
	c.checkTimes(&v)
	c.checkDisk(&v)
	c.checkOwn(&v)
	return errors.Join(v...)
}

// checks collects problems.
type checks []error

// want notes a problem with a key unless it is ok.
func (v *checks) want(ok bool, key string, value any, accepts string) {
	if !ok {
		*v = append(*v, jconf.Problem{
			Setting: jconf.Setting{Key: key, Value: fmt.Sprint(value)}, Kind: jconf.BadValue, Accepts: accepts,
		})
	}
}

func (v *checks) atLeast(key string, value, least int64) {
	v.want(value >= least, key, value, "at least "+strconv.FormatInt(least, 10))
}

func (v *checks) between(key string, value, low, high int64) {
	v.want(low <= value && value <= high, key, value,
		"from "+strconv.FormatInt(low, 10)+" to "+strconv.FormatInt(high, 10))
}

// checkNames: the names of cluster and broker become topics. Java checks neither; a dot, which no
// other topic may have, is let through because the name of a host may have one.
func (c *Config) checkNames(v *checks) {
	const name = "a name of letters, digits, %, |, _ and -, at most 127"
	for _, n := range []struct{ key, value string }{{"brokerClusterName", c.ClusterName}, {"brokerName", c.BrokerName}} {
		plain := strings.ReplaceAll(n.value, ".", "-")
		ok := topic.Invalid([]byte(plain)) == "" && !strings.HasPrefix(n.value, ".")
		v.want(ok, n.key, n.value, name+", with dots inside")
	}
	v.want(topic.Invalid([]byte(c.TraceTopic)) == "", "msgTraceTopicName", c.TraceTopic, name)
	v.want(!strings.ContainsFunc(c.Region, unicode.IsControl), "regionId", c.Region, "a text without control characters")
	for _, a := range []struct{ key, value string }{{"brokerIP1", c.BrokerIP1}, {"brokerIP2", c.BrokerIP2}} {
		v.want(a.value == "" || isHost(a.value), a.key, a.value, "an IP address or a host name, without a port")
	}
	v.want(isHost(c.BindAddress), "bindAddress", c.BindAddress, "an IP address or a host name, without a port")
	for _, addr := range register.Split(c.NamesrvAddr) {
		v.want(isHostPort(addr), "namesrvAddr", c.NamesrvAddr, "host:port, several separated by ;")
	}
	v.between("brokerPermission", int64(c.Permission), 0, 7)
}

// checkPorts: the VIP port is listenPort less 2, the announced one for replication listenPort plus 1.
func (c *Config) checkPorts(v *checks) {
	low, high := int64(1), int64(65535)
	if c.VIPEnable {
		low = 3
	}
	if c.HAListenPort == 0 {
		high = 65534
	}
	v.between("listenPort", int64(c.ListenPort), low, high)
	v.between("haListenPort", int64(c.HAListenPort), 0, 65535)
	taken := c.HAListenPort == c.ListenPort || c.VIPEnable && c.HAListenPort == c.ListenPort-2
	v.want(!taken || c.HAListenPort == 0, "haListenPort", c.HAListenPort,
		"a port that is neither listenPort nor the VIP port, listenPort less 2")
}

func (c *Config) checkSizes(v *checks) {
	const entry, batchEntry = 20, 46 // bytes of a queue entry
	v.atLeast("mappedFileSizeCommitLog", int64(c.CommitLogFileSize), 4096)
	v.atLeast("mappedFileSizeConsumeQueue", int64(c.QueueFileSize), entry)
	v.atLeast("mapperFileSizeBatchConsumeQueue", int64(c.BatchFileSize), batchEntry)
	v.atLeast("maxHashSlotNum", int64(c.IndexSlots), 1)
	v.atLeast("maxIndexNum", int64(c.IndexEntries), 2)
	v.atLeast("maxMessageSize", int64(c.MaxMessageSize), 1)
	v.want(c.MaxMessageSize <= c.MaxFrameSize-recordOverhead, "maxMessageSize", c.MaxMessageSize,
		fmt.Sprintf("at most %d: it must fit a request with its properties; raise maxFrameSize", c.MaxFrameSize-recordOverhead))
	v.atLeast("maxTransferBytesOnMessageInMemory", int64(c.HotBytes), 1)
	v.atLeast("maxTransferCountOnMessageInMemory", int64(c.HotMessages), 1)
	v.atLeast("maxTransferBytesOnMessageInDisk", int64(c.ColdBytes), 1)
	v.atLeast("maxTransferCountOnMessageInDisk", int64(c.ColdMessages), 1)
	v.between("accessMessageInMemoryMaxRatio", int64(c.HotMemoryRatio), 1, 100)
	v.between("accessMessageInMemoryHotRatio", int64(c.ColdMemoryRatio), 1, 100)
	v.atLeast("cgColdReadThreshold", c.ColdGroup, 0)
	v.between("coldReadShare", int64(c.ColdShare), 1, 100)
	v.atLeast("globalColdReadThreshold", c.ColdGlobal, 0)
	v.atLeast("maxFilterMessageSize", int64(c.FilterBytes), entry)
	v.atLeast("mappedFileSizeConsumeQueueExt", int64(c.QueueExtSize), 64<<10)
	v.between("maxErrorRateOfBloomFilter", int64(c.BloomErrorRate), 1, 99)
	v.between("expectConsumerNumUseFilter", int64(c.BloomConsumers), 1, 1024)
	v.atLeast("filterDataCleanTimeSpan", c.FilterCleanSpan, 1)
	v.between("defaultTopicQueueNums", int64(c.DefaultTopicQueues), 1, 65536)
	v.between("reviveQueueNum", int64(c.ReviveQueues), 1, 65536)
}

func (c *Config) checkTimes(v *checks) {
	v.atLeast("registerNameServerPeriod", int64(c.RegisterPeriod), 1)
	v.atLeast("registerBrokerTimeoutMills", int64(c.RegisterTimeout), 1)
	v.atLeast("serverChannelMaxIdleTimeSeconds", int64(c.IdleSeconds), 1)
	v.atLeast("channelExpiredTimeout", c.ChannelExpiredTimeout, 1)
	v.atLeast("flushConsumerOffsetInterval", int64(c.FlushOffsetInterval), 1)
	v.atLeast("consumerOffsetUpdateVersionStep", c.OffsetVersionStep, 1)
	_, err := delay.ParseLevels(c.DelayLevel)
	v.want(err == nil, "messageDelayLevel", c.DelayLevel, "delays such as 1s 5m 2h 1d, with one blank between two of them")
	v.atLeast("flushDelayOffsetInterval", c.FlushDelayOffset, 1)
	v.atLeast("delayOffsetUpdateVersionStep", c.DelayVersionStep, 1)
	v.atLeast("timerPrecisionMs", int64(c.TimerPrecision), 1)
	v.atLeast("timerMaxDelaySec", int64(c.TimerMaxDelay), 1)
	v.between("mappedFileSizeTimerLog", int64(c.TimerLogFileSize), 4096, 1<<31-1)
	v.atLeast("timerCongestNumEachSlot", int64(c.TimerCongestion), 1)
	v.atLeast("timerFlushIntervalMs", int64(c.TimerFlushInterval), 1)
	v.atLeast("transactionTimeOut", c.TranTimeout, 0)
	v.atLeast("transactionCheckMax", int64(c.TranCheckMax), 0)
	v.atLeast("transactionCheckInterval", c.TranCheckInterval, 1)
	v.atLeast("transactionOpMsgMaxSize", int64(c.TranOpSize), 1)
	v.atLeast("transactionOpBatchInterval", int64(c.TranOpInterval), 0)
	v.atLeast("transactionMetricFlushInterval", c.TranSaveInterval, 1)
	v.atLeast("rebalanceLockMaxLiveTime", c.LockLease, 1)
	v.atLeast("shortPollingTimeMills", c.ShortPolling, 0)
	v.atLeast("startAcceptSendRequestTimeStamp", c.AcceptSendFrom, 0)
	v.atLeast("syncFlushTimeout", int64(c.SyncFlushTimeout), 1)
	v.atLeast("flushIntervalCommitLog", int64(c.FlushInterval), 1)
	v.atLeast("flushCommitLogLeastPages", int64(c.FlushLeastPages), 0)
	v.atLeast("flushCommitLogThoroughInterval", int64(c.FlushThorough), 1)
	v.atLeast("flushIntervalConsumeQueue", int64(c.QueueFlushInterval), 1)
}

func (c *Config) checkDisk(v *checks) {
	v.between("diskSpaceWarningLevelRatio", int64(c.DiskWarningRatio), 1, 100)
	v.between("diskSpaceCleanForciblyRatio", int64(c.DiskForciblyRatio), 1, 100)
	v.between("diskMaxUsedSpaceRatio", int64(c.DiskMaxUsedRatio), 1, 100)
	v.atLeast("fileReservedTime", int64(c.ReservedHours), 0)
	_, err := retention.ParseHours(c.DeleteWhen)
	v.want(err == nil, "deleteWhen", c.DeleteWhen, "hours from 0 to 23 separated by ; (24: none)")
	v.atLeast("deleteFileBatchMax", int64(c.DeleteBatch), 1)
	v.atLeast("cleanResourceInterval", int64(c.CleanInterval), 1)
	v.atLeast("deleteCommitLogFilesInterval", int64(c.LogDeletePause), 0)
	v.atLeast("deleteConsumeQueueFilesInterval", int64(c.QueueDeletePause), 0)
	v.atLeast("replicasPerDiskPartition", int64(c.DiskShares), 1)
	v.want(c.ForceShareRatio > 0 && c.ForceShareRatio <= 1, "logicalDiskSpaceCleanForciblyThreshold", c.ForceShareRatio,
		"above 0, at most 1")
	c.checkPaths(v)
}

func (c *Config) checkOwn(v *checks) {
	c.Check(v.want)
	v.between("maxHotHeaderSize", int64(c.MaxHotHeaderSize), 64<<10, 1<<24-1)
	v.atLeast("maxRequestsInFlight", c.MaxInFlight, 1)
	v.atLeast("maxRequestBytesInFlight", c.MaxInFlightBytes, int64(c.MaxFrameSize))
	v.atLeast("maxHeldPulls", int64(c.MaxHeldPulls), 1)
	v.atLeast("maxHeldPullsPerConnection", int64(c.MaxHeldPullsPeer), 1)
	v.atLeast("maxTopics", int64(c.MaxTopics), 1)
	v.atLeast("maxSubscriptionGroups", int64(c.MaxGroups), 1)
	v.atLeast("maxConsumerOffsets", c.MaxOffsets, 1)
	v.between("maxExpressionBytes", int64(c.MaxExpression), 1, sql92.MaxLength)
	v.between("maxExpressionDepth", int64(c.MaxExprDepth), 1, sql92.MaxDepth)
	v.atLeast("diskMinFreeBytes", c.DiskMinFree, 0)
	v.want(c.MaxLogBytes == 0 || c.MaxLogBytes >= 2*int64(c.CommitLogFileSize), "maxCommitLogBytes", c.MaxLogBytes,
		fmt.Sprintf("0, or at least %d: two files of mappedFileSizeCommitLog, of which one is written to", 2*int64(c.CommitLogFileSize)))
}

// isHost reports whether s is an IP address or looks like a host name.
func isHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		return !letter && r != '-' && r != '.' && r != '_'
	})
}

func isHostPort(s string) bool {
	host, port, err := net.SplitHostPort(s)
	n, numeric := strconv.Atoi(port)
	return cmp.Or(err, numeric) == nil && isHost(host) && n >= 1 && n <= 65535
}
