package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gannetmq/gannet/broker"
)

// exportLimits publishes what was refused because there is enough of it already, by the key of the limit, or, for limits
// that have none, by what it limits.
func exportLimits(r prometheus.Registerer, b *broker.Broker) {
	for limit, read := range map[string]func(*broker.Refusals) int64{
		"maxTopics":             func(n *broker.Refusals) int64 { return n.Topics },
		"maxSubscriptionGroups": func(n *broker.Refusals) int64 { return n.Groups },
		"maxConsumerOffsets":    func(n *broker.Refusals) int64 { return n.Offsets },
		"heartbeat":             func(n *broker.Refusals) int64 { return n.Heartbeats },
	} {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "gannet_limit_refusals_total", Help: "Requests refused because of a limit.",
			ConstLabels: prometheus.Labels{"limit": limit},
		}, func() float64 {
			n := b.Refusals()
			return float64(read(&n))
		}))
	}
}
