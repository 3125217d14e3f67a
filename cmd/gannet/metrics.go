package main

import (
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/gannetmq/gannet/broker"
	"github.com/gannetmq/gannet/broker/txn"
	"github.com/gannetmq/gannet/namesrv"
)

// newRegistry makes the registry with what holds for every role.
func newRegistry(started time.Time) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "gannet_build_info", Help: "Always 1; the labels say what runs.",
		ConstLabels: prometheus.Labels{"version": version, "go": runtime.Version()},
	})
	build.Set(1)
	r.MustRegister(build)
	gauge(r, "gannet_start_time_seconds", "When the process was started, Unix time.", func() float64 { return float64(started.Unix()) })
	return r
}

func counter(r prometheus.Registerer, name, help string, read func() int64) {
	r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(read()) }))
}

func gauge(r prometheus.Registerer, name, help string, read func() float64) {
	r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// exportTransactions publishes what becomes of half messages.
func exportTransactions(r prometheus.Registerer, b *broker.Broker, m *txn.Metrics) {
	counter(r, "gannet_transactions_begun_total", "Half messages stored.", m.Halves.Load)
	counter(r, "gannet_transactions_committed_total", "Transactions committed.", m.Commits.Load)
	counter(r, "gannet_transactions_rolled_back_total", "Transactions rolled back.", m.Rollbacks.Load)
	counter(r, "gannet_transactions_refused_total", "Ends of transactions that named no half message of their group, or came too late.", m.Refused.Load)
	counter(r, "gannet_transactions_asked_total", "Questions to producers.", m.Asked.Load)
	counter(r, "gannet_transactions_unasked_total", "Questions for which no producer was connected.", m.Unasked.Load)
	counter(r, "gannet_transactions_given_up_total", "Half messages moved to TRANS_CHECK_MAX_TIME_TOPIC.", m.Discarded.Load)
	counter(r, "gannet_transactions_skipped_total", "Half messages that could not be read or stored again.", m.Skipped.Load)
	counter(r, "gannet_transaction_rounds_failed_total", "Rounds of questions that an error ended.", m.CheckFails.Load)
	gauge(r, "gannet_transactions_waiting", "Half messages that the next round of questions looks at; most are decided.", func() float64 {
		waiting, _ := b.HalfMessages()
		return float64(waiting)
	})
}

// exportBroker publishes the broker's figures. Nothing in the broker depends on them.
func exportBroker(r prometheus.Registerer, b *broker.Broker) {
	s := b.Stats()
	counter(r, "gannet_messages_in_total", "Messages stored by producers.", s.Send.Messages.Load)
	counter(r, "gannet_bytes_in_total", "Bytes of records stored by producers.", s.Send.Bytes.Load)
	counter(r, "gannet_sends_refused_total", "Sends that were refused.", s.Send.Refused.Load)
	counter(r, "gannet_sends_moved_total", "Sends that left their event loop because they would have blocked.", s.Send.Moved.Load)
	counter(r, "gannet_flush_timeouts_total", "Sends answered FLUSH_DISK_TIMEOUT.", s.Send.FlushTimeouts.Load)
	counter(r, "gannet_messages_out_total", "Messages given to consumers.", s.Pull.Messages.Load)
	counter(r, "gannet_bytes_out_total", "Bytes of records given to consumers.", s.Pull.Bytes.Load)
	counter(r, "gannet_pulls_refused_total", "Pulls that were refused.", s.Pull.Refused.Load)
	counter(r, "gannet_pulls_moved_total", "Pulls that left their event loop because they would have blocked.", s.Pull.Moved.Load)
	counter(r, "gannet_cold_reads_paused_total", "Pulls from the disk after which their worker rested for the sake of those who send: coldReadShare.", s.Pull.Paused.Load)
	counter(r, "gannet_pulls_held_total", "Pulls that waited for messages.", s.Pull.Held.Load)
	counter(r, "gannet_pulls_crowded_total", "Pulls that were refused because too many waited already.", func() int64 { return b.Stats().CrowdedPulls })
	gauge(r, "gannet_relayed_bytes", "Bytes of replies and of administrators' questions that wait for clients.", func() float64 { return float64(b.Stats().RelayedBytes) })
	counter(r, "gannet_relays_refused_total", "Of those, that were refused for lack of room.", func() int64 { return b.Stats().RelaysRefused })
	counter(r, "gannet_heartbeats_total", "Heartbeats of clients.", s.Clients.Heartbeats.Load)
	counter(r, "gannet_heartbeats_short_total", "Of those, new ones that left out subscriptions that the broker knows (version 2).", s.Clients.Short.Load)
	counter(r, "gannet_members_expired_total", "Memberships of groups that ended for lack of heartbeats.", s.Clients.Expired.Load)
	counter(r, "gannet_offsets_corrected_total", "Pulls that were sent to another offset of the queue than they asked for.", s.Pull.Corrected.Load)
	counter(r, "gannet_offsets_backwards_total", "Offsets that consumers committed below the ones before.", s.Offsets.Backwards.Load)
	gauge(r, "gannet_pulls_held", "Pulls that wait for messages now.", func() float64 { return float64(b.Stats().HeldPulls) })
	counter(r, "gannet_messages_returned_total", "Messages that consumers sent back.", s.Send.Returned.Load)
	counter(r, "gannet_dead_letters_total", "Messages that failed too often.", s.Send.Buried.Load)
	exportTransactions(r, b, s.Transactions)
	counter(r, "gannet_delays_delivered_total", "Messages that came back after their delay.", s.Delay.Delivered.Load)
	counter(r, "gannet_delays_skipped_total", "Messages that could not come back after their delay.", s.Delay.Skipped.Load)
	counter(r, "gannet_delays_failed_total", "Deliveries after a delay that were tried again.", s.Delay.Failed.Load)
	r.MustRegister(pendingDelays{b}, javaMetrics{b, time.Now})
	exportTimers(r, b, s.Timers)
	gauge(r, "gannet_topics", "Topics.", func() float64 { return float64(b.Stats().Topics) })
	gauge(r, "gannet_groups", "Subscription groups.", func() float64 { return float64(b.Stats().Groups) })
	gauge(r, "gannet_read_only", "1 while the store takes no messages.", func() float64 { return boolean(b.Stats().ReadOnly) })
	gauge(r, "gannet_registered", "1 while a name server knows this broker.", func() float64 { return boolean(b.Stats().Registered) })
	gauge(r, "gannet_log_end_bytes", "End of the commit log.", func() float64 { return float64(b.Stats().Store.LogEnd) })
	gauge(r, "gannet_log_unflushed_bytes", "Bytes of the commit log that the disk does not have yet.", func() float64 {
		st := b.Stats().Store
		return float64(st.LogEnd - st.Flushed)
	})
	gauge(r, "gannet_dispatch_behind_bytes", "Bytes of the commit log that are not in the consume queues yet.", func() float64 {
		st := b.Stats().Store
		return float64(st.LogEnd - st.Dispatched)
	})
	exportLimits(r, b)
	exportSockets(r, brokerPrefix, s.Sockets, s.Requests)
}

// exportNameServer publishes the name server's figures.
func exportNameServer(r prometheus.Registerer, n *namesrv.NameServer) {
	gauge(r, "gannet_namesrv_brokers", "Broker groups registered.", func() float64 { return float64(n.Table().Brokers()) })
	gauge(r, "gannet_namesrv_topics", "Topics registered.", func() float64 { return float64(n.Table().Topics()) })
	counter(r, "gannet_namesrv_registrations_refused_total", "Registrations of brokers refused, and topics left out of others, because there are as many as may be: maxBrokers, maxTopics.", n.Table().Full)
	counter(r, "gannet_namesrv_values_refused_total", "Changes of key-value configuration refused because there is as much of it as may be.", n.ValuesRefused)
	exportSockets(r, nameServerPrefix, n.Server().Metrics(), &n.Server().Router.Stats)
	counter(r, "gannet_namesrv_changes_untold_total", "Changes of smallest broker ids that were not told for lack of room.", n.Table().Untold)
}
