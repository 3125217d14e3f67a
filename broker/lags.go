package broker

import (
	"iter"
	"time"

	"github.com/gannetmq/gannet/broker/clients"
	"github.com/gannetmq/gannet/broker/stats"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// Lag is how far a group is behind a topic. Java: ConsumerLagCalculator.
type Lag struct {
	Group, Topic string
	Behind       int64 // messages that the group has not consumed
	Ready        int64 // of those, the ones that nobody has fetched
	InFlight     int64 // and the ones that were fetched
	Oldest       int64 // when the oldest that is not consumed was stored, Unix milliseconds; 0 if all are
	OldestReady  int64 // and when the oldest that nobody has fetched
}

// Lags iterates over the groups that have offsets, and the topics that they have them of. It looks at the
// disk for what is old.
func (b *Broker) Lags() iter.Seq[Lag] {
	return func(yield func(Lag) bool) {
		for group, topics := range b.offsets.ByGroup() {
			for _, topic := range topics {
				if b.topics.Exists([]byte(topic)) && !yield(b.lag(group, topic)) {
					return
				}
			}
		}
	}
}

func (b *Broker) lag(group, topic string) Lag {
	l := Lag{Group: group, Topic: topic}
	for id, at := range b.offsets.Of(group, topic) {
		end := b.store.MaxOffset([]byte(topic), id)
		at = max(at, b.store.MinOffset([]byte(topic), id))
		if at >= end {
			continue
		}
		fetched, ok := b.stats.Next(group, topic, id)
		fetched = min(max(fetched, at), end)
		if !ok {
			fetched = at
		}
		l.Behind += end - at
		l.Ready += end - fetched
		l.InFlight += fetched - at
		b.older(&l.Oldest, topic, id, at)
		if fetched < end {
			b.older(&l.OldestReady, topic, id, fetched)
		}
	}
	return l
}

// older lowers ms to when the message at an offset was stored.
func (b *Broker) older(ms *int64, topic string, id int32, offset int64) {
	if at, err := b.store.StoreTime([]byte(topic), id, offset); err == nil && at > 0 && (*ms == 0 || at < *ms) {
		*ms = at
	}
}

// Accounts are the counters of topics, and of what groups got of them; see stats.Table.
func (b *Broker) Accounts() iter.Seq[*stats.Account] { return b.stats.Accounts() }

// Census counts the clients that are connected; see clients.Table.
func (b *Broker) Census() (producers, consumers map[clients.Kind]int) { return b.clients.Census() }

// Outcomes iterates over how requests were answered; see remoting.Router.
func (b *Broker) Outcomes() iter.Seq[remoting.Outcome] { return b.server.Router.Outcomes() }

// TimedMessages is how many messages of each topic wait for their time, and how old the oldest is that its timer has not taken up yet,
// in milliseconds.
func (b *Broker) TimedMessages() (waiting map[string]int64, untaken int64) {
	topic := []byte(record.TopicTimer)
	if behind := b.timers.Figures().OffsetBehind; behind > 0 {
		if ms, err := b.store.StoreTime(topic, 0, b.store.MaxOffset(topic, 0)-behind); err == nil && ms > 0 {
			untaken = max(0, time.Now().UnixMilli()-ms)
		}
	}
	return b.timers.Counts(), untaken
}

// Gauges are figures of a broker at one moment that its name servers' or operators' views are made of.
type Gauges struct {
	Cluster, Name string
	Permission    int
	Queued        map[string]int64 // requests that wait, by pool
	Disk          vfs.Usage        // the emptiest of the log
	OldestTime    int64            // when the oldest message was stored, Unix milliseconds; -1 without any
}

// Gauges returns those of now. It may ask the disk.
func (b *Broker) Gauges() Gauges {
	p := &b.pools
	g := Gauges{
		Cluster: b.cfg.ClusterName, Name: b.cfg.BrokerName, Permission: b.now.Load().Permission,
		Queued: map[string]int64{
			"send": p.send.Queued(), "pull": p.pull.Queued() + p.disk.Queued(), "query_message": p.query.Queued(), "admin": p.admin.Queued(),
		},
	}
	g.Disk = b.store.Disks().Roomiest()
	g.OldestTime, _ = b.store.OldestTime()
	return g
}
