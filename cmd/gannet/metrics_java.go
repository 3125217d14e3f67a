package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gannetmq/gannet/broker"
)

// maxSeries is how many series of one name are told at most, so that a scrape is bounded whatever clients
// have made. Java: metricsOtelCardinalityLimit.
const maxSeries = 50_000

// javaMetrics tells the broker's figures under the names that a Java broker's exporter has for them
// (metricsExporterType=PROM), for dashboards and alerts that are there. Java: BrokerMetricsConstant,
// RemotingMetricsConstant, DefaultStoreMetricsConstant. What Java tells and this does not has its reason in
// conformance/javasuite/metrics_test.go. Java tells the lag of groups that are online, without their retries; this tells that of
// all, with theirs.
type javaMetrics struct {
	broker *broker.Broker
	now    func() time.Time
}

// Labels of every series, and of those about storage.
var (
	nodeLabels    = []string{"cluster", "node_type", "node_id"}
	storageLabels = []string{"storage_type", "storage_medium"}
	sentLabels    = []string{"topic", "is_system", "message_type"}
	groupLabels   = []string{"topic", "is_system", "consumer_group"}
	lagLabels     = []string{"topic", "is_system", "consumer_group", "is_retry"}
)

func javaDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("rocketmq_"+name, help, append(nodeLabels[:len(nodeLabels):len(nodeLabels)], labels...), nil)
}

var (
	descWatermark  = javaDesc("processor_watermark", "Requests that wait, by pool.", "processor")
	descPermission = javaDesc("broker_permission", "Permission of the broker (brokerPermission).")
	descTopics     = javaDesc("topic_number", "Topics.")
	descGroups     = javaDesc("consumer_group_number", "Subscription groups.")

	descStorage  = javaDesc("storage_size_bytes", "Bytes of the disk in use.", storageLabels...)
	descFlush    = javaDesc("storage_flush_behind_bytes", "Bytes of the commit log that the disk does not have yet.", storageLabels...)
	descDispatch = javaDesc("storage_dispatch_behind_bytes", "Bytes of the commit log that are not in the consume queues yet.", storageLabels...)
	descReserve  = javaDesc("storage_message_reserve_time_milliseconds", "How old the oldest message is.", storageLabels...)
)

// Describe implements prometheus.Collector.
func (m javaMetrics) Describe(to chan<- *prometheus.Desc) {
	own := []*prometheus.Desc{descWatermark, descPermission, descTopics, descGroups, descStorage, descFlush, descDispatch, descReserve}
	for _, list := range [][]*prometheus.Desc{own, trafficDescs, lagDescs, featureDescs, requestDescs} {
		for _, d := range list {
			to <- d
		}
	}
}

// Collect implements prometheus.Collector.
func (m javaMetrics) Collect(to chan<- prometheus.Metric) {
	c := javaScrape{to: to, g: m.broker.Gauges(), s: m.broker.Stats(), now: m.now().UnixMilli()}
	c.gauges()
	c.storage()
	c.accounts(m.broker)
	c.lags(m.broker)
	c.halves(m.broker)
	c.timers(m.broker)
	c.connections(m.broker)
	c.requests(m.broker)
}

// javaScrape is one Collect.
type javaScrape struct {
	to  chan<- prometheus.Metric
	g   broker.Gauges
	s   broker.Stats
	now int64
}

func (c *javaScrape) tell(d *prometheus.Desc, kind prometheus.ValueType, value int64, labels ...string) {
	c.to <- prometheus.MustNewConstMetric(d, kind, float64(value), c.labels(labels)...)
}

func (c *javaScrape) labels(labels []string) []string {
	return append([]string{c.g.Cluster, "broker", c.g.Name}, labels...)
}

// histogram tells counts by their upper bounds; the last count is that of what is above all of them.
func (c *javaScrape) histogram(d *prometheus.Desc, bounds, counts []int64, sum int64, labels ...string) {
	below, n := make(map[float64]uint64, len(bounds)), uint64(0)
	for i, count := range counts {
		n += uint64(count)
		if i < len(bounds) {
			below[float64(bounds[i])] = n
		}
	}
	c.to <- prometheus.MustNewConstHistogram(d, n, float64(sum), below, c.labels(labels)...)
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
}

// onDisk are the values of storageLabels.
var onDisk = []string{"local", "disk"}

func (c *javaScrape) storage() {
	st := c.s.Store
	c.gauge(descStorage, int64(c.g.Disk.Total-c.g.Disk.Free), onDisk...)
	c.gauge(descFlush, st.LogEnd-st.Flushed, onDisk...)
	c.gauge(descDispatch, st.LogEnd-st.Dispatched, onDisk...)
	if c.g.OldestTime > 0 {
		c.gauge(descReserve, c.now-c.g.OldestTime, onDisk...)
	}
}
