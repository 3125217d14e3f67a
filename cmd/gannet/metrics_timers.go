package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gannetmq/gannet/broker"
	"github.com/gannetmq/gannet/broker/timer"
)

// exportTimers publishes what becomes of timed messages.
func exportTimers(r prometheus.Registerer, b *broker.Broker, m *timer.Metrics) {
	counter(r, "gannet_timers_delivered_total", "Timed messages that came in their time.", m.Delivered.Load)
	counter(r, "gannet_timers_rolled_total", "Timed messages that were stored again on the way.", m.Rolled.Load)
	counter(r, "gannet_timers_recalled_total", "Timed messages that were taken back.", m.Recalled.Load)
	counter(r, "gannet_timers_dropped_total", "Timed messages that cannot be delivered: the store refuses them, or the log has deleted them.", m.Dropped.Load)
	counter(r, "gannet_timers_failed_total", "Deliveries of timed messages that were tried again.", m.Failed.Load)
	gauge(r, "gannet_timers_pending", "Timed messages that wait.", func() float64 { return float64(b.Timers().Pending) })
	gauge(r, "gannet_timers_untaken", "Timed messages that are stored and not taken up yet.", func() float64 { return float64(b.Timers().OffsetBehind) })
	gauge(r, "gannet_timers_behind_seconds", "By how much the next timed message is late.", func() float64 { return b.Timers().ReadBehind.Seconds() })
}
