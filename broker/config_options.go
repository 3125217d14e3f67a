package broker

import (
	"time"

	"github.com/gannetmq/gannet/broker/clients"
	"github.com/gannetmq/gannet/broker/delay"
	"github.com/gannetmq/gannet/broker/group"
	"github.com/gannetmq/gannet/broker/lock"
	"github.com/gannetmq/gannet/broker/offset"
	"github.com/gannetmq/gannet/broker/topic"
	"github.com/gannetmq/gannet/broker/txn"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/retention"
)

// The methods of this file turn a valid Config into the options of packages below, as far as keys decide. Those of parts
// that call back into the broker stand beside their wiring: broker.go, routes.go, delays.go, timers.go, transactions.go.

// topicOptions are those of the topic table.
func (c *Config) topicOptions() topic.Options {
	o := topic.Options{
		Cluster:       c.ClusterName,
		Broker:        c.BrokerName,
		AutoCreate:    c.AutoCreateTopic,
		DefaultQueues: int32(c.DefaultTopicQueues),
		ClusterTopic:  c.ClusterTopic,
		BrokerTopic:   c.BrokerTopic,
		ReviveQueues:  int32(c.ReviveQueues),
		TimerTopic:    c.TimerWheel,
		GuardSystem:   c.ValidateSystemTopics,
		MixedType:     c.MixedMessageType,
		MaxTopics:     c.MaxTopics,
		Light:         c.Light,
	}
	if c.TraceTopicEnable {
		o.TraceTopic = c.TraceTopic
	}
	return o
}

// topicPolicy is the part of them that can change later.
func (c *Config) topicPolicy() topic.Policy {
	return topic.Policy{AutoCreate: c.AutoCreateTopic, GuardSystem: c.ValidateSystemTopics, MixedType: c.MixedMessageType}
}

// groupOptions are those of the table of consumer groups.
func (c *Config) groupOptions() group.Options {
	return group.Options{AutoCreate: c.AutoCreateGroup, CreateSystem: c.CreateSystemGroups, MaxGroups: c.MaxGroups, Light: c.Light}
}

// groupPolicy is the part of them that can change later.
func (c *Config) groupPolicy() group.Policy {
	return group.Policy{AutoCreate: c.AutoCreateGroup, CreateSystem: c.CreateSystemGroups}
}

// offsetOptions are those of the table of consumers' offsets.
func (c *Config) offsetOptions() offset.Options {
	return offset.Options{
		FlushEvery:  milliseconds(c.FlushOffsetInterval),
		VersionStep: c.OffsetVersionStep,
		MaxOffsets:  c.MaxOffsets,
		Light:       c.Light,
	}
}

// clientOptions are those of the table of clients.
func (c *Config) clientOptions() clients.Options {
	return clients.Options{
		Expire:   milliseconds(c.ChannelExpiredTimeout),
		NoNotify: !c.NotifyConsumerIDs,
		MaxTags:  c.MaxExpression,
	}
}

// lockOptions are those of the locks of queues.
func (c *Config) lockOptions() lock.Options { return lock.Options{Lease: milliseconds(c.LockLease)} }

// readable reports whether brokerPermission lets messages be consumed.
func (c *Config) readable() bool { return protocol.Readable(int32(c.Permission)) }

// writable reports whether brokerPermission lets messages be sent to ordered topics, which is all
// that it decides in Java.
func (c *Config) writable() bool { return protocol.Writable(int32(c.Permission)) }

// transactionRules are those of transactions; all of them can change later.
func (c *Config) transactionRules() txn.Rules {
	return txn.Rules{
		Reject:    c.RejectTransactions,
		Timeout:   milliseconds(c.TranTimeout),
		MaxChecks: c.TranCheckMax,
		Interval:  milliseconds(c.TranCheckInterval),
		Reserved:  time.Duration(min(c.ReservedHours, maxReserved)) * time.Hour,

		NoteSize:     min(c.TranOpSize, max(c.MaxMessageSize/2, 1)), // with the last offset it must be a message
		NoteInterval: milliseconds(c.TranOpInterval),
		SaveInterval: milliseconds(c.TranSaveInterval),
	}
}

// delayLevels are those of messageDelayLevel, which Validate has looked at.
func (c *Config) delayLevels() delay.Levels {
	levels, _ := delay.ParseLevels(c.DelayLevel)
	return levels
}

// StoreOptions are those of the store.
func (c *Config) StoreOptions() store.Options {
	o := store.Options{
		LogFileSize:   int64(c.CommitLogFileSize),
		QueueFileSize: int64(c.QueueFileSize),
		BatchFileSize: int64(c.BatchFileSize),
		IndexSlots:    c.IndexSlots,
		IndexEntries:  c.IndexEntries,
		NoIndex:       !c.IndexEnable,

		FlushInterval:      milliseconds(c.FlushInterval),
		FlushLeastPages:    c.FlushLeastPages,
		FlushThorough:      milliseconds(c.FlushThorough),
		QueueFlushInterval: milliseconds(c.QueueFlushInterval),

		Delays:            c.delayLevels(),
		MaxMessageSize:    c.MaxMessageSize,
		AppendPropCRC:     c.AppendPropCRC,
		SkipCRCOnRecovery: !c.CheckCRC,

		HotBytes:      c.HotBytes,
		HotMessages:   c.HotMessages,
		ColdBytes:     c.ColdBytes,
		ColdMessages:  c.ColdMessages,
		MemoryPercent: c.HotMemoryRatio,
		ColdPercent:   c.ColdMemoryRatio,
		FilterBytes:   c.FilterBytes,

		Light:    c.Light && c.MultiDispatch,
		MaxLight: c.MaxLight,

		DiskFullPercent:  clamp(c.DiskWarningRatio, 35, 90),
		DiskAgainPercent: clamp(c.DiskForciblyRatio, 30, 85),
		MinFree:          c.DiskMinFree,
	}
	// In Java too a disk below the warning level is never full, whatever the other key says.
	o.DiskAgainPercent = min(o.DiskAgainPercent, o.DiskFullPercent)
	c.retentionOptions(&o)
	o.LogDirs, o.ReadOnlyLogDirs = c.logDirs()
	if c.SyncFlush() {
		o.Flush = store.SyncFlush
	}
	if o.FlushLeastPages == 0 {
		o.FlushLeastPages = -1 // leave none out; 0 would be the default
	}
	return o
}

// SyncFlush reports whether a send is answered when the disk has it (flushDiskType).
func (c *Config) SyncFlush() bool { return c.FlushDiskType == "SYNC_FLUSH" }

// maxReserved is more hours than a time.Duration can tell from forever.
const maxReserved = 2_000_000

// retentionOptions are those that decide which files are deleted. 0 would be the default of the store,
// where none is meant.
func (c *Config) retentionOptions(o *store.Options) {
	hours, _ := retention.ParseHours(c.DeleteWhen) // Validate refuses others
	o.Retention = retention.Rules{
		Keep:  time.Duration(min(c.ReservedHours, maxReserved)) * time.Hour,
		Hours: hours, Batch: c.DeleteBatch,
		MaxUsed: clamp(c.DiskMaxUsedRatio, 10, 95), ForceUsed: o.DiskAgainPercent, NoForce: !c.CleanForcibly,
		Shares: c.DiskShares, ForceShare: 100 * c.ForceShareRatio,
		MaxBytes: c.MaxLogBytes,
	}
	if c.ReservedHours == 0 {
		o.Retention.Keep = -1
	}
	o.CleanInterval = milliseconds(c.CleanInterval)
	o.LogDeletePause = pause(c.LogDeletePause)
	o.QueueDeletePause = pause(c.QueueDeletePause)
}

// pause is a time of which 0 means none.
func pause(ms int) time.Duration {
	if ms == 0 {
		return -1
	}
	return milliseconds(ms)
}

// clamp holds n between low and high. Java: DefaultMessageStore.getDiskSpaceWarningLevelRatio.
func clamp(n, low, high int) int { return min(max(n, low), high) }

func milliseconds[T int | int64](n T) time.Duration { return time.Duration(n) * time.Millisecond }
