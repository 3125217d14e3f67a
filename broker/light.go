package broker

import (
	"time"

	"github.com/gannetmq/gannet/broker/pull"
	"github.com/gannetmq/gannet/broker/send"
	"github.com/gannetmq/gannet/broker/stats"
	"github.com/gannetmq/gannet/store/record"
)

// batched reports whether a topic has batch queues.
func (b *Broker) batched(topic []byte) bool {
	c := b.topics.Lookup(topic)
	return c != nil && c.Batched()
}

// tally is who counts messages: light queues all as one, unless their accounts are wanted.
func (b *Broker) tally() tally {
	if b.cfg.Light && !b.cfg.LightStats {
		return lightStats{b.stats}
	}
	return b.stats
}

// tally is what broker/send and broker/pull tell.
type tally interface {
	send.Tally
	pull.Tally
}

// lightStats counts whatever is named like a light queue under the prefix of such names, because there may be
// thousands. Java: LmqBrokerStatsManager.
type lightStats struct{ *stats.Table }

var lightName = []byte(record.LMQPrefix)

func fold(name []byte) []byte {
	if record.IsLight(name) {
		return lightName
	}
	return name
}

func (s lightStats) Put(topic []byte, queue int32, messages, bytes int, took time.Duration) {
	s.Table.Put(fold(topic), queue, messages, bytes, took)
}

func (s lightStats) Sent(topic []byte, queue int32, sort record.Sort, messages, bytes int, took time.Duration) {
	s.Table.Sent(fold(topic), queue, sort, messages, bytes, took)
}

func (s lightStats) Pulled(group, topic []byte, queue int32, next int64, messages, bytes int, took time.Duration) {
	s.Table.Pulled(fold(group), fold(topic), queue, next, messages, bytes, took)
}

func (s lightStats) Returned(group, topic []byte) { s.Table.Returned(fold(group), fold(topic)) }

func (s lightStats) Buried(group, topic []byte) { s.Table.Buried(fold(group), fold(topic)) }
