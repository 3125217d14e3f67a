package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gannetmq/gannet/broker"
)

// exportLimits publishes what was refused because there is enough of it already, by the key of the limit, or, for limits
// that have none, by what they limit.
func exportLimits(r prometheus.Registerer, b *broker.Broker) {
	for limit, read := range map[string]func(broker.Refusals) int64{
		"maxTopics":             func(n broker.Refusals) int64 { return n.Topics },
		"maxSubscriptionGroups": func(n broker.Refusals) int64 { return n.Groups },
		"maxConsumerOffsets":    func(n broker.Refusals) int64 { return n.Offsets },
		"maxExpressionBytes":    func(n broker.Refusals) int64 { return n.Tags },
		"expression":            func(n broker.Refusals) int64 { return n.Conditions },
		"maxMessageSize":        func(n broker.Refusals) int64 { return n.Bodies },
		"heartbeat":             func(n broker.Refusals) int64 { return n.Heartbeats },
	} {
		labelled(r, "gannet_limit_refusals_total", "Requests refused because there is enough already, by limit.", "limit", limit,
			func() int64 { return read(b.Refusals()) })
	}
}
