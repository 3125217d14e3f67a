package broker

import (
	"github.com/gannetmq/gannet/broker/admin"
	"github.com/gannetmq/gannet/broker/stats"
	"github.com/gannetmq/gannet/store/vfs"
)

// totals are what speeds are told of. A pull that has to wait has missed once already, as in Java.
func (b *Broker) totals() stats.Totals {
	p := &b.pull.Metrics
	return stats.Totals{
		Put: b.store.Stats().Messages, Found: p.Found.Load(), Miss: p.Missed.Load() + p.Held.Load(), Sent: p.Messages.Load(),
		Timed: b.timers.Metrics.Taken.Load(), Due: b.timers.Metrics.Delivered.Load() + b.timers.Metrics.Rolled.Load(),
	}
}

// figures are those of request 28. They ask the disk.
func (b *Broker) figures() admin.Figures {
	s, w := b.store.Stats(), b.store.Waits()
	f := admin.Figures{
		Started: b.born, Put: s.Messages, PutBytes: s.Bytes, PutFailed: w.Failed, PutWaits: w.Puts[:],
		PutSlowest: w.Slowest, GetSlowest: w.Read,
		LogStart: s.LogStart, LogEnd: s.LogEnd, Flushed: s.Flushed, Dispatched: s.Dispatched,
		SendQueued: b.pools.send.Queued(), PullQueued: b.pools.pull.Queued() + b.pools.disk.Queued(),
		QueryQueued: b.pools.query.Queued(), QueueSize: poolQueue, AcceptFrom: b.cfg.AcceptSendFrom, Active: true,
		SendWaits: b.pools.send.HeadWait(), PullWaits: max(b.pools.pull.HeadWait(), b.pools.disk.HeadWait()), QueryWaits: b.pools.query.HeadWait(),
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
	b.disks(&f)
	var err error
	if f.Oldest, err = b.store.OldestTime(); err != nil {
		b.log.Warn("cannot tell when the oldest message was stored", "error", err)
	}
	return f
}

// disks asks the disks that the store lies on.
func (b *Broker) disks(f *admin.Figures) {
	c := *b.now.Load()
	b.complete(&c)
	d := b.store.Disks()
	for i, path := range paths(c.CommitLogPath) {
		f.Logs = append(f.Logs, admin.LogDir{Path: path, Used: d.Log[i].Percent()})
	}
	log := d.Roomiest()
	f.LogUsed, f.QueueUsed = log.Percent(), d.Queues.Percent()
	f.DiskTotal, f.DiskFree = log.Total, log.Free
}

// diskUsed are the parts in use of the disks of log, queues and index, for Java's remark of a full disk; -1 of one that does not tell.
func (b *Broker) diskUsed() (log, queues, index float64) {
	d := b.store.Disks()
	part := func(u vfs.Usage) float64 {
		if u.Percent() < 0 {
			return -1
		}
		return float64(u.Percent()) / 100
	}
	return part(d.Roomiest()), part(d.Queues), part(d.Index)
}
