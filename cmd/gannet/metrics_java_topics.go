package main

import (
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gannetmq/gannet/broker"
	"github.com/gannetmq/gannet/broker/stats"
	"github.com/gannetmq/gannet/store/record"
)

// What topics were sent and groups were given.
var (
	descMessagesIn  = javaDesc("messages_in_total", "Messages that topics were sent.", sentLabels...)
	descBytesIn     = javaDesc("throughput_in_total", "Bytes of those.", sentLabels...)
	descSize        = javaDesc("message_size", "Bytes of those, of each send the mean.", sentLabels...)
	descMessagesOut = javaDesc("messages_out_total", "Messages that groups were given.", groupLabels...)
	descBytesOut    = javaDesc("throughput_out_total", "Bytes of those.", groupLabels...)
	descDead        = javaDesc("send_to_dlq_messages_total", "Messages that failed too often.", groupLabels...)

	trafficDescs = []*prometheus.Desc{descMessagesIn, descBytesIn, descSize, descMessagesOut, descBytesOut, descDead}
)

// How far groups are behind.
var (
	descLag      = javaDesc("consumer_lag_messages", "Messages that a group has not consumed.", lagLabels...)
	descLagTime  = javaDesc("consumer_lag_latency_milliseconds", "How old the oldest of them is.", lagLabels...)
	descReady    = javaDesc("consumer_ready_messages", "Of those, messages that nobody has fetched.", lagLabels...)
	descQueueing = javaDesc("consumer_queueing_latency_milliseconds", "How old the oldest of these is.", lagLabels...)
	descInFlight = javaDesc("consumer_inflight_messages", "Of those, messages that were fetched.", lagLabels...)

	lagDescs = []*prometheus.Desc{descLag, descLagTime, descReady, descQueueing, descInFlight}
)

func (c *javaScrape) accounts(b *broker.Broker) {
	left := maxSeries
	for a := range b.Accounts() {
		if left--; left < 0 {
			return
		}
		if a.Group == "" {
			c.sent(a)
			c.ended(a)
			c.timed(a)
		} else {
			c.given(a)
		}
	}
}

// failed reports whether a topic is of retries or of dead letters. Java does not tell what these are sent, but for what comes
// there after a delay.
func failed(topic string) bool {
	return strings.HasPrefix(topic, record.RetryPrefix) || strings.HasPrefix(topic, record.DLQPrefix)
}

func (c *javaScrape) sent(a *stats.Account) {
	system, failed := strconv.FormatBool(a.System), failed(a.Topic)
	for sort := range record.Sorts {
		s := &a.Sent[sort]
		if s.Messages == 0 || failed && sort != record.Delayed {
			continue
		}
		c.counter(descMessagesIn, s.Messages, a.Topic, system, sort.String())
		c.counter(descBytesIn, s.Bytes, a.Topic, system, sort.String())
		c.histogram(descSize, stats.SizeBounds[:], s.Sizes.Counts[:], s.Sizes.Sum, a.Topic, system, sort.String())
	}
}

func (c *javaScrape) given(a *stats.Account) {
	system := strconv.FormatBool(a.System || record.IsSystemGroup(a.Group))
	if a.Dead > 0 {
		c.counter(descDead, a.Dead, a.Topic, system, a.Group)
	}
	if a.Messages > 0 && !failed(a.Topic) {
		c.counter(descMessagesOut, a.Messages, a.Topic, system, a.Group)
		c.counter(descBytesOut, a.Bytes, a.Topic, system, a.Group)
	}
}

func (c *javaScrape) lags(b *broker.Broker) {
	left := maxSeries
	for l := range b.Lags() {
		if left--; left < 0 {
			return
		}
		labels := []string{
			l.Topic, strconv.FormatBool(record.IsSystemTopic(l.Topic) || record.IsSystemGroup(l.Group)), l.Group, strconv.FormatBool(failed(l.Topic)),
		}
		c.gauge(descLag, l.Behind, labels...)
		c.gauge(descLagTime, c.age(l.Oldest), labels...)
		c.gauge(descReady, l.Ready, labels...)
		c.gauge(descQueueing, c.age(l.OldestReady), labels...)
		c.gauge(descInFlight, l.InFlight, labels...)
	}
}

// age is how long ago ms was, 0 for never.
func (c *javaScrape) age(ms int64) int64 {
	if ms == 0 {
		return 0
	}
	return max(0, c.now-ms)
}
