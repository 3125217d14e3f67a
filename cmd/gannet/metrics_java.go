package main

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gannetmq/gannet/broker"
	"github.com/gannetmq/gannet/store/record"
)

// maxSeries is how many series of one name are told at most, so that a scrape is bounded whatever clients
// have made. Java: metricsOtelCardinalityLimit.
const maxSeries = 50_000

// javaMetrics tells the broker's figures under the names that a Java broker's exporter has for them
// (metricsExporterType=PROM), for dashboards and alerts that are there. Java: BrokerMetricsConstant,
// DefaultStoreMetricsConstant. message_type is missing among the labels of what came in, and is_retry among those of
// what lags: nobody here counts by them. Java tells the lag of groups that are online; this tells that of all.
type javaMetrics struct {
	broker *broker.Broker
	now    func() time.Time
}

// Labels of every series, and of those about storage.
var (
	nodeLabels    = []string{"cluster", "node_type", "node_id"}
	storageLabels = []string{"storage_type", "storage_medium"}
	topicLabels   = []string{"topic", "is_system"}
	groupLabels   = []string{"topic", "is_system", "consumer_group"}
)

func javaDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("rocketmq_"+name, help, append(nodeLabels[:len(nodeLabels):len(nodeLabels)], labels...), nil)
}

var (
	descWatermark  = javaDesc("processor_watermark", "Requests that wait, by pool.", "processor")
	descPermission = javaDesc("broker_permission", "Permission of the broker (brokerPermission).")
	descTopics     = javaDesc("topic_number", "Topics.")
	descGroups     = javaDesc("consumer_group_number", "Subscription groups.")

	descMessagesIn  = javaDesc("messages_in_total", "Messages that topics were sent.", topicLabels...)
	descBytesIn     = javaDesc("throughput_in_total", "Bytes of those.", topicLabels...)
	descMessagesOut = javaDesc("messages_out_total", "Messages that groups were given.", groupLabels...)
	descBytesOut    = javaDesc("throughput_out_total", "Bytes of those.", groupLabels...)
	descDead        = javaDesc("send_to_dlq_messages_total", "Messages that failed too often.")

	descLag      = javaDesc("consumer_lag_messages", "Messages that a group has not consumed.", groupLabels...)
	descLagTime  = javaDesc("consumer_lag_latency_milliseconds", "How old the oldest of them is.", groupLabels...)
	descReady    = javaDesc("consumer_ready_messages", "Of those, messages that nobody has fetched.", groupLabels...)
	descInFlight = javaDesc("consumer_inflight_messages", "Of those, messages that were fetched.", groupLabels...)

	descStorage  = javaDesc("storage_size_bytes", "Bytes of the disk in use.", storageLabels...)
	descFlush    = javaDesc("storage_flush_behind_bytes", "Bytes of the commit log that the disk does not have yet.", storageLabels...)
	descDispatch = javaDesc("storage_dispatch_behind_bytes", "Bytes of the commit log that are not in the consume queues yet.", storageLabels...)
	descReserve  = javaDesc("storage_message_reserve_time_milliseconds", "How old the oldest message is.", storageLabels...)
)

// Describe implements prometheus.Collector.
func (m javaMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		descWatermark, descPermission, descTopics, descGroups, descMessagesIn, descBytesIn, descMessagesOut, descBytesOut, descDead,
		descLag, descLagTime, descReady, descInFlight, descStorage, descFlush, descDispatch, descReserve,
	} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (m javaMetrics) Collect(to chan<- prometheus.Metric) {
	c := javaScrape{to: to, g: m.broker.Gauges(), s: m.broker.Stats(), now: m.now().UnixMilli()}
	c.gauges()
	c.storage()
	c.accounts(m.broker)
	c.lags(m.broker)
}

// javaScrape is one Collect.
type javaScrape struct {
	to  chan<- prometheus.Metric
	g   broker.Gauges
	s   broker.Stats
	now int64
}

func (c *javaScrape) tell(d *prometheus.Desc, kind prometheus.ValueType, value int64, labels ...string) {
	c.to <- prometheus.MustNewConstMetric(d, kind, float64(value), append([]string{c.g.Cluster, "broker", c.g.Name}, labels...)...)
}

func (c *javaScrape) gauge(d *prometheus.Desc, value int64, labels ...string) {
	c.tell(d, prometheus.GaugeValue, value, labels...)
}

func (c *javaScrape) counter(d *prometheus.Desc, value int64, labels ...string) {
	c.tell(d, prometheus.CounterValue, value, labels...)
}

func (c *javaScrape) gauges() {
	for pool, n := range c.g.Queued {
		c.gauge(descWatermark, n, pool)
	}
	c.gauge(descPermission, int64(c.g.Permission))
	c.gauge(descTopics, int64(c.s.Topics))
	c.gauge(descGroups, int64(c.s.Groups))
	c.counter(descDead, c.s.Send.Buried.Load())
}

func (c *javaScrape) storage() {
	const kind, medium = "local", "disk"
	st := c.s.Store
	c.gauge(descStorage, int64(c.g.Disk.Total-c.g.Disk.Free), kind, medium)
	c.gauge(descFlush, st.LogEnd-st.Flushed, kind, medium)
	c.gauge(descDispatch, st.LogEnd-st.Dispatched, kind, medium)
	if c.g.OldestTime > 0 {
		c.gauge(descReserve, c.now-c.g.OldestTime, kind, medium)
	}
}

func (c *javaScrape) accounts(b *broker.Broker) {
	left := maxSeries
	for a := range b.Accounts() {
		if left--; left < 0 {
			return
		}
		system := strconv.FormatBool(a.System)
		if a.Group == "" {
			c.counter(descMessagesIn, a.Messages, a.Topic, system)
			c.counter(descBytesIn, a.Bytes, a.Topic, system)
			continue
		}
		system = strconv.FormatBool(a.System || record.IsSystemGroup(a.Group))
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
		system := strconv.FormatBool(record.IsSystemTopic(l.Topic) || record.IsSystemGroup(l.Group))
		age := int64(0)
		if l.Oldest > 0 {
			age = max(0, c.now-l.Oldest)
		}
		c.gauge(descLag, l.Behind, l.Topic, system, l.Group)
		c.gauge(descLagTime, age, l.Topic, system, l.Group)
		c.gauge(descReady, l.Ready, l.Topic, system, l.Group)
		c.gauge(descInFlight, l.InFlight, l.Topic, system, l.Group)
	}
}
