//go:build conformance

package main

import (
	"fmt"
	"time"

	"github.com/gannetmq/gannet/conformance/bench/result"
)

// shape is one kind of load.
type shape struct {
	name  string // what -only matches; part of the topic's name
	title string
	load  load
	bars  []result.Bar
}

// load is what a generator is told.
type load struct {
	kind        string // of `gannet bench`: send, pull, e2e; "client" and "consume" are the official one
	connections int
	window      int
	batch       int
	rate        int
	consumers   int
	queues      int
	oldest      bool   // pull: everything, not the warm tail
	keyEnd      string // pull: a filter for keys that end so
	delay       int    // send: level
	transaction bool   // send: in transactions that are committed; a round waits for them, as for what is delayed

	mode    string // official client: sync, async; orderly, concurrent
	threads int
	count   int
}

// group is a set of shapes that one JVM serves. Each begins with a new JVM on an empty directory.
type group struct {
	name   string
	conf   map[string]string // of both brokers
	warmUp []load            // run for a share of the warm-up each
	shapes []shape
}

func (g group) wanted(o options) []shape {
	var wanted []shape
	for _, s := range g.shapes {
		if o.only.MatchString(s.name) && (!s.load.official() || !o.short) {
			wanted = append(wanted, s)
		}
	}
	return wanted
}

func groups() []group {
	return []group{
		{name: "send", warmUp: []load{sending(8, 32), sending(1, 64), sending(64, 1)}, shapes: sendShapes()},
		{name: "deliver", warmUp: []load{sending(8, 32), {kind: "pull", connections: 4, queues: 4}, waiting(100, 10_000)}, shapes: deliverShapes()},
		{
			name: "features", conf: map[string]string{"enablePropertyFilter": "true"},
			warmUp: []load{transactions(), delayed(), filtered()}, shapes: featureShapes(),
		},
		{name: "client", warmUp: []load{sending(8, 32)}, shapes: clientShapes()},
	}
}

func sending(connections, window int) load {
	return load{kind: "send", connections: connections, window: window, batch: 1, queues: 8}
}

func waiting(consumers, rate int) load {
	return load{kind: "e2e", connections: 8, window: 64, batch: 1, rate: rate, consumers: consumers}
}

func sendShapes() []shape {
	batches := load{kind: "send", connections: 1, window: 16, batch: 16, queues: 8}
	trickle := load{kind: "send", connections: 8, window: 64, batch: 1, rate: 1000, queues: 8}
	fast := []result.Bar{result.AtMost(result.CPU, 1.0/6, "1/6"), result.AtLeast(result.PerSecond, 3)}
	return []shape{
		{"send-1x64", "send, 1 connection × 64", sending(1, 64), fast},
		{"send-8x32", "send, 8 × 32", sending(8, 32), fast},
		{"send-64x1", "send, 64 × 1", sending(64, 1), []result.Bar{result.AtMost(result.CPU, 0.4, "0.4")}},
		{"send-batch", "send, batches of 16, 1 × 16", batches, []result.Bar{result.AtMost(result.CPU, 0.25, "1/4")}},
		{"send-trickle", "send, 1,000/s over 8", trickle, []result.Bar{result.AtMost(result.CPU, 0.25, "1/4")}},
	}
}

func deliverShapes() []shape {
	shapes := []shape{{
		"pull-warm", "pull of the warm tail, 4 connections", load{kind: "pull", connections: 4, queues: 4},
		[]result.Bar{result.AtLeast(result.PerSecond, 2), result.AtMost(result.CPU, 1.0/3, "1/3")},
	}}
	for _, consumers := range []int{1, 100, 1000} {
		shapes = append(shapes, shape{
			fmt.Sprintf("e2e-%d", consumers), fmt.Sprintf("send to receipt, 1,000/s, waiting consumers: %d", consumers),
			waiting(consumers, 1000), []result.Bar{result.AtMost(result.CPU, 0.25, "1/4")},
		})
	}
	last := &shapes[len(shapes)-1]
	last.bars = append(last.bars, result.AtMost(result.P99, 1.0/3, "1/3"))
	return append(shapes, shape{
		"mix", "send 8 × 32 and receive, 8 consumers", load{kind: "e2e", connections: 8, window: 32, batch: 1, consumers: 8},
		[]result.Bar{result.AtMost(result.CPU, 0.2, "1/5")},
	})
}

func transactions() load {
	return load{kind: "send", connections: 8, window: 32, batch: 1, queues: 8, transaction: true}
}

// delayed is slow enough for a Java broker to deliver what it takes.
func delayed() load {
	return load{kind: "send", connections: 8, window: 64, batch: 1, queues: 8, rate: 2000, delay: 1}
}

// filtered takes one message of sixteen. Keys end with one of sixteen digits in turn and go to the queues in turn, so the number of
// queues is odd: of four, two would hold all the keys that end with 0.
func filtered() load {
	return load{kind: "pull", connections: 4, queues: 5, keyEnd: "0"}
}

func featureShapes() []shape {
	return []shape{
		{"transaction", "transactions, sent and committed, 8 × 32", transactions(), []result.Bar{result.AtLeast(result.PerSecond, 2)}},
		{"delay", "sent with delay level 1, stored and delivered, 2,000/s", delayed(), []result.Bar{result.AtMost(result.CPU, 0.25, "1/4")}},
		{"pull-sql", "pull filtered by SQL, one of sixteen", filtered(), []result.Bar{result.AtLeast(result.PerSecond, 3)}},
	}
}

func (l load) official() bool { return l.kind == "client" || l.kind == "consume" }

func clientShapes() []shape {
	bars := []result.Bar{result.AtLeast(result.PerSecond, 2)}
	return []shape{
		{"client-async", "official Java client, async, window 1,024", load{kind: "client", mode: "async", threads: 4, window: 1024, queues: 8, count: 600_000}, bars},
		{"client-sync", "official Java client, sync, 64 threads", load{kind: "client", mode: "sync", threads: 64, queues: 8, count: 300_000}, bars},
		{"consume-push", "official Java client, push consumer, a backlog", load{kind: "consume", mode: "concurrent", queues: 8, count: 600_000}, bars},
		{"consume-orderly", "official Java client, orderly consumer, a backlog", load{kind: "consume", mode: "orderly", queues: 8, count: 600_000}, []result.Bar{result.AtLeast(result.PerSecond, 1)}},
	}
}

// warmShare is how long each of n warm-up loads runs.
func (o options) warmShare(n int) time.Duration { return o.warm / time.Duration(n) }
