package topic

import (
	"maps"
	"slices"

	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

const (
	benchmarkQueues = 1024
	scheduleQueues  = 18 // one per delay level
	clusterQueues   = 16
)

// system returns the topics that exist before anybody asked for them.
// Java: TopicConfigManager.init; order and conditions are its own.
func system(o *Options) []*Config {
	perm := func(enabled bool) int32 {
		if enabled {
			return protocol.PermInherit | readWrite
		}
		return protocol.PermInherit
	}
	topics := []*Config{
		builtin(record.TopicSelfTest, 1, readWrite),
		builtin(record.TopicBenchmark, benchmarkQueues, readWrite),
		builtin(o.Cluster, clusterQueues, perm(o.ClusterTopic)),
		builtin(o.Broker, 1, perm(o.BrokerTopic)),
		builtin(record.TopicOffsetMoved, 1, readWrite),
		builtin(record.TopicSchedule, scheduleQueues, readWrite),
		builtin(o.Cluster+record.ReplyTopicSuffix, 1, readWrite),
		builtin(record.ReviveLogPrefix+o.Cluster, o.ReviveQueues, readWrite),
		builtin(record.SyncBrokerMemberPrefix+o.Broker, 1, protocol.PermInherit),
		builtin(record.TopicTranHalf, 1, readWrite),
		builtin(record.TopicTranOpHalf, 1, readWrite),
	}
	if o.AutoCreate {
		topics = append(topics, builtin(record.TopicAutoCreate, o.DefaultQueues, protocol.PermInherit|readWrite))
	}
	if o.TraceTopic != "" {
		topics = append(topics, builtin(o.TraceTopic, 1, readWrite))
	}
	if o.TimerTopic {
		topics = append(topics, builtin(record.TopicTimer, 1, readWrite))
	}
	return topics
}

func builtin(name string, queues, perm int32) *Config {
	return &Config{
		Name: name, ReadQueues: queues, WriteQueues: queues, Perm: perm,
		FilterType: protocol.SingleTag, Attributes: map[string]string{},
	}
}

// IsSystem reports whether the topic is the broker's own: one of Java's fixed names, or one that is
// named after this cluster or broker. Code 17 does not touch it.
func (t *Table) IsSystem(name string) bool { return record.IsSystemTopic(name) || t.system[name] }

// Guarded reports whether the topic may not be changed or deleted by hand.
func (t *Table) Guarded(name string) bool { return t.policy.Load().GuardSystem && t.IsSystem(name) }

// fixed are the names that are the broker's own on any broker. Java: TopicValidator.SYSTEM_TOPIC_SET.
var fixed = [...]string{
	record.TopicAutoCreate, record.TopicSchedule, record.TopicBenchmark, record.TopicTranHalf, record.TopicTranOpHalf,
	record.TopicTranCheckMaxTime, record.TopicTrace, record.TopicSelfTest, record.TopicOffsetMoved, record.TopicCheckpoint,
}

// systemNames are the names that IsSystem knows without looking at their beginning, sorted.
func (t *Table) systemNames() []string {
	names := slices.AppendSeq(fixed[:len(fixed):len(fixed)], maps.Keys(t.system))
	slices.Sort(names)
	return slices.Compact(names)
}
