package broker

import (
	"time"

	"github.com/gannetmq/gannet/broker/admin"
	"github.com/gannetmq/gannet/broker/send"
	"github.com/gannetmq/gannet/broker/timer"
	"github.com/gannetmq/gannet/store/record"
)

// timers is the hook that serves messages with a time of their own.
type timers struct{ timer *timer.Timer }

// BeforePut implements send.Hook. One that asks for a delay level too gets that, from the hook behind this one.
func (t timers) BeforePut(m *record.Message, asks send.Asks) (left send.Asks, err error) {
	if asks&send.AsksTime == 0 {
		return asks, nil
	}
	return asks &^ send.AsksTime, t.timer.Divert(m, asks&send.AsksDelay != 0)
}

// timerPuts is the way into the store as broker/timer sees it: what it puts asks for nothing any more.
type timerPuts struct{ send *send.Handler }

func (p timerPuts) Put(m *record.Message) (end int64, size int, err error) {
	placed, err := p.send.Store(m, 0)
	return placed.End, placed.Size, err
}

func (b *Broker) timerOptions() timer.Options {
	c := b.cfg
	return timer.Options{
		Off: !c.TimerWheel, Precision: timer.Precision(c.TimerPrecision), MaxDelay: time.Duration(c.TimerMaxDelay) * time.Second,
		RollSlots: int64(c.TimerRollWindow), LogFileSize: int64(c.TimerLogFileSize), Congestion: int32(c.TimerCongestion),
		FlushEvery: milliseconds(c.TimerFlushInterval), StopEnqueue: func() bool { return b.now.Load().TimerStopEnqueue },
		Broker: c.BrokerName, StoreHost: b.storeHost(), Tally: b.stats, Log: b.log,
	}
}

// openTimers opens the timers' files, and wants to be told of what is to be timed.
func (b *Broker) openTimers() (err error) {
	if b.timers, err = timer.Open(b.opts.FS, b.store, b.timerOptions()); err == nil {
		b.arrivals.join(b.timers)
	}
	return err
}

// recalls is what taking timed messages back depends on.
func (b *Broker) recalls() timer.Recalls {
	return timer.Recalls{
		Enable:     func() bool { return b.now.Load().RecallEnable },
		Writable:   func() bool { c := b.now.Load(); return c.RecallReadOnly || c.writable() },
		AcceptFrom: b.cfg.AcceptSendFrom, TopicExists: b.topics.Exists, Await: b.store.Await, Region: b.cfg.Region,
	}
}

// timerFigures are what request 28 tells of timers.
func (b *Broker) timerFigures() admin.Timers {
	f := b.timers.Figures()
	return admin.Timers{ReadBehind: f.ReadBehind, OffsetBehind: f.OffsetBehind, Pending: f.Pending}
}
