package broker

import (
	"strings"

	"github.com/gannetmq/gannet/broker/admin"
	"github.com/gannetmq/gannet/broker/stats"
)

// totals are what speeds are told of. A pull that has to wait has missed once already, as in Java.
func (b *Broker) totals() stats.Totals {
	p := &b.pull.Metrics
	return stats.Totals{
		Put: b.store.Stats().Messages, Found: p.Found.Load(), Miss: p.Missed.Load() + p.Held.Load(), Sent: p.Messages.Load(),
	}
}

// figures are those of request 28. They ask the disk.
func (b *Broker) figures() admin.Figures {
	s, w := b.store.Stats(), b.store.Waits()
	f := admin.Figures{
		Started: b.born, Put: s.Messages, PutBytes: s.Bytes, PutFailed: w.Failed, PutWaits: w.Puts[:],
		PutSlowest: w.Slowest, GetSlowest: w.Read,
		LogStart: s.LogStart, LogEnd: s.LogEnd, Flushed: s.Flushed, Dispatched: s.Dispatched,
		SendQueued: b.pools.send.Queued(), PullQueued: b.pools.pull.Queued(),
		QueryQueued: b.pools.query.Queued(), QueueSize: poolQueue, AcceptFrom: b.cfg.AcceptSendFrom, Active: true,
	}
	for i, speed := range b.stats.Speeds() {
		f.Speeds[i] = admin.Speed(speed)
	}
	in, out := b.stats.Days()
	f.In, f.Out = admin.Days(in), admin.Days(out)
	if s.LogEnd == 0 {
		f.LogStart = -1
	}
	f.Delays, f.Timers = b.delayFigures(), b.timerFigures()
	c := *b.now.Load()
	b.complete(&c)
	f.LogPaths = strings.Split(c.CommitLogPath, ",")
	var err error
	if f.Oldest, err = b.store.OldestTime(); err != nil {
		b.log.Warn("cannot tell when the oldest message was stored", "error", err)
	}
	if u, err := b.opts.FS.Usage("."); err == nil {
		f.DiskTotal, f.DiskFree = u.Total, u.Free
	}
	return f
}
