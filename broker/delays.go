package broker

import (
	"github.com/gannetmq/gannet/broker/admin"
	"github.com/gannetmq/gannet/broker/delay"
	"github.com/gannetmq/gannet/broker/send"
	"github.com/gannetmq/gannet/store/record"
)

// delays is the hook that serves delay levels. A message that asks for a timer too gets the level, as in Java.
type delays struct{ levels delay.Levels }

// BeforePut implements send.Hook.
func (d delays) BeforePut(m *record.Message, asks send.Asks) (left send.Asks, err error) {
	if asks&send.AsksDelay == 0 {
		return asks, nil
	}
	return asks &^ (send.AsksDelay | send.AsksTime), d.levels.Divert(m)
}

// openDelays reads how far delays were delivered, and wants to be told of more.
func (b *Broker) openDelays() (err error) {
	if b.delays, err = delay.Open(b.store, b.opts.FS, b.delayOptions()); err == nil {
		b.arrivals.join(b.delays)
	}
	return err
}

func (b *Broker) delayOptions() delay.Options {
	o := delay.Options{
		Levels: b.cfg.delayLevels(), FlushEvery: milliseconds(b.cfg.FlushDelayOffset), VersionStep: b.cfg.DelayVersionStep,
		Put: b.putDelayed, Log: b.log,
	}
	if b.cfg.DelayStats {
		o.Delivered = func(topic []byte, queue int32, size int) { b.stats.Sent(topic, queue, record.Delayed, 1, size, 0) }
	}
	return o
}

// putDelayed stores a message that asks for nothing any more.
func (b *Broker) putDelayed(m *record.Message) (end int64, size int, err error) {
	placed, err := b.send.Store(m, 0)
	return placed.End, placed.Size, err
}

// delayFigures are what request 28 tells of delays.
func (b *Broker) delayFigures() (list []admin.Delay) {
	for _, p := range b.delays.Progress() {
		list = append(list, admin.Delay{Level: p.Level, Next: p.Next, End: p.End})
	}
	return list
}
