package main

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gannetmq/gannet/broker"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

// Clients, and what they asked.
var (
	descProducers = javaDesc("producer_connections", "Producers that are connected.", "language", "version", "protocol_type")
	descConsumers = javaDesc("consumer_connections", "Consumers that are connected.",
		"consumer_group", "language", "version", "consume_mode", "protocol_type", "is_system")
	descLatency = javaDesc("rpc_latency_milliseconds", "From a request's arrival to its answer; less than 1 for all that a loop answers at once.",
		"protocol_type", "request_code", "response_code", "is_long_polling", "result")
	descTopicMade = javaDesc("topic_create_execution_time_milliseconds", "How long topics took to be made or changed.", "invocation_status", "is_system")
	descGroupMade = javaDesc("consumer_group_create_execution_time_milliseconds", "How long groups took to be made or changed.", "invocation_status")

	requestDescs = []*prometheus.Desc{descProducers, descConsumers, descLatency, descTopicMade, descGroupMade}
)

const protocolType = "remoting"

func (c *javaScrape) connections(b *broker.Broker) {
	producers, consumers := b.Census()
	for k, n := range producers {
		c.gauge(descProducers, int64(n), k.Language, k.Version, protocolType)
	}
	left := maxSeries
	for k, n := range consumers {
		if left--; left < 0 {
			return
		}
		c.gauge(descConsumers, int64(n), k.Group, k.Language, k.Version, k.Mode, protocolType, strconv.FormatBool(record.IsSystemGroup(k.Group)))
	}
}

// making is what is told of requests that make topics or groups, by whether they succeeded.
type making struct {
	counts [len(remoting.LatencyBounds) + 1]int64
	millis int64
}

func (m *making) add(o *remoting.Outcome) {
	m.millis += o.Millis
	for i, n := range o.Counts {
		m.counts[i] += n
	}
}

// Bounds of the latency of requests, and of those that make something.
var (
	latencyBounds = []int64{1, 3, 5, 7, 10, 100, 1000, 2000, 3000}
	makingBounds  = []int64{10, 100, 1000, 3000, 5000}
)

// within adds up counts by LatencyBounds for some of these bounds.
func within(bounds []int64, counts []int64) []int64 {
	sums, at := make([]int64, len(bounds)+1), 0
	for i, n := range counts {
		for at < len(bounds) && (i == len(remoting.LatencyBounds) || remoting.LatencyBounds[i] > bounds[at]) {
			at++
		}
		sums[at] += n
	}
	return sums
}

func (c *javaScrape) requests(b *broker.Broker) {
	topics, groups := make(map[string]*making), make(map[string]*making)
	for o := range b.Outcomes() {
		c.histogram(descLatency, latencyBounds, within(latencyBounds, o.Counts[:]), o.Millis, protocolType,
			codeName(protocol.RequestName, o.Code), codeName(protocol.ResponseName, o.Answer), strconv.FormatBool(o.Held), o.Result.String())
		made := topics
		switch o.Code {
		case protocol.UpdateAndCreateTopic, protocol.UpdateAndCreateTopicList:
		case protocol.UpdateAndCreateSubscriptionGroup, protocol.UpdateAndCreateSubscriptionGroupList:
			made = groups
		default:
			continue
		}
		status := "success"
		if o.Answer != protocol.Success {
			status = "failure"
		}
		if made[status] == nil {
			made[status] = new(making)
		}
		made[status].add(&o)
	}
	for status, m := range topics { // nobody may make the broker's own
		c.histogram(descTopicMade, makingBounds, within(makingBounds, m.counts[:]), m.millis, status, "false")
	}
	for status, m := range groups {
		c.histogram(descGroupMade, makingBounds, within(makingBounds, m.counts[:]), m.millis, status)
	}
}

// codeName is Java's name of a code as its metrics have it. Java: RemotingHelper.getRequestCodeDesc.
func codeName(of func(int32) string, code int32) string {
	return cmp.Or(strings.ToLower(of(code)), strconv.Itoa(int(code)))
}
