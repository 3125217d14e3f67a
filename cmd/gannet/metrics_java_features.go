package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gannetmq/gannet/broker"
	"github.com/gannetmq/gannet/broker/stats"
)

// Transactions and timed messages. Java tells two of these in seconds under names that say milliseconds, and so does this.
var (
	storedTopic = append(storageLabels[:len(storageLabels):len(storageLabels)], "topic")

	descCommits   = javaDesc("commit_messages_total", "Transactions committed.", "topic")
	descRollbacks = javaDesc("rollback_messages_total", "Transactions rolled back.", "topic")
	descCommitAge = javaDesc("finish_message_latency_milliseconds", "Seconds between the birth of a half and its commit.", "topic")
	descHalves    = javaDesc("half_messages", "Halves that nobody has decided.", "topic")

	descTaken    = javaDesc("timer_enqueue_total", "Timed messages that the timer took up.", storedTopic...)
	descGiven    = javaDesc("timer_dequeue_total", "Timed messages that it delivered, or put off once more.", storedTopic...)
	descWait     = javaDesc("delay_message_latency_seconds", "How long timed messages wait from their birth.", storedTopic...)
	descTiming   = javaDesc("timing_messages", "Timed messages that wait.", storedTopic...)
	descUntaken  = javaDesc("timer_enqueue_lag", "Timed messages that the timer has not taken up.", storageLabels...)
	descTakeTime = javaDesc("timer_enqueue_latency_milliseconds", "How old the oldest of these is.", storageLabels...)
	descPending  = javaDesc("timer_dequeue_lag", "Timed messages that wait.", storageLabels...)
	descGiveTime = javaDesc("timer_dequeue_latency_milliseconds", "Seconds by which the next of them is late.", storageLabels...)

	featureDescs = []*prometheus.Desc{
		descCommits, descRollbacks, descCommitAge, descHalves, descTaken, descGiven, descWait, descTiming, descUntaken, descTakeTime,
		descPending, descGiveTime,
	}
)

func (c *javaScrape) ended(a *stats.Account) {
	if a.Commits > 0 {
		c.counter(descCommits, a.Commits, a.Topic)
		c.histogram(descCommitAge, stats.CommitBounds[:], a.Ages.Counts[:], a.Ages.Sum, a.Topic)
	}
	if a.Rollbacks > 0 {
		c.counter(descRollbacks, a.Rollbacks, a.Topic)
	}
}

func (c *javaScrape) timed(a *stats.Account) {
	topic := append(onDisk[:len(onDisk):len(onDisk)], a.Topic)
	if a.Timed > 0 {
		c.counter(descTaken, a.Timed, topic...)
		c.histogram(descWait, stats.WaitBounds[:], a.Waits.Counts[:], a.Waits.Sum, topic...)
	}
	if a.Delivered > 0 {
		c.counter(descGiven, a.Delivered, topic...)
	}
}

func (c *javaScrape) halves(b *broker.Broker) {
	_, undecided := b.HalfMessages()
	left := maxSeries
	for topic, n := range undecided {
		if left--; left < 0 {
			return
		}
		c.gauge(descHalves, n, topic)
	}
}

func (c *javaScrape) timers(b *broker.Broker) {
	f := b.Timers()
	waiting, untaken := b.TimedMessages()
	c.gauge(descUntaken, f.OffsetBehind, onDisk...)
	c.gauge(descTakeTime, untaken, onDisk...)
	c.gauge(descPending, f.Pending, onDisk...)
	c.gauge(descGiveTime, int64(f.ReadBehind.Seconds()), onDisk...)
	left := maxSeries
	for topic, n := range waiting {
		if left--; left < 0 {
			return
		}
		c.gauge(descTiming, n, append(onDisk[:len(onDisk):len(onDisk)], topic)...)
	}
}
