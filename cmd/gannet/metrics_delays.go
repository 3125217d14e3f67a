package main

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gannetmq/gannet/broker"
)

// pendingDelays tells how many messages wait in each delay level, of which there are as many as messageDelayLevel has.
type pendingDelays struct{ broker *broker.Broker }

var pendingDelaysDesc = prometheus.NewDesc("gannet_delays_pending", "Messages that wait for their delay to end, by level.", []string{"level"}, nil)

// Describe implements prometheus.Collector.
func (p pendingDelays) Describe(to chan<- *prometheus.Desc) { to <- pendingDelaysDesc }

// Collect implements prometheus.Collector.
func (p pendingDelays) Collect(to chan<- prometheus.Metric) {
	for _, d := range p.broker.Delays() {
		to <- prometheus.MustNewConstMetric(pendingDelaysDesc, prometheus.GaugeValue, float64(d.End-d.Next), strconv.Itoa(int(d.Level)))
	}
}
