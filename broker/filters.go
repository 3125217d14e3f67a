package broker

import (
	"sync/atomic"

	"github.com/gannetmq/gannet/broker/clients"
	"github.com/gannetmq/gannet/broker/filter"
	"github.com/gannetmq/gannet/broker/filter/sql92"
	"github.com/gannetmq/gannet/broker/pull"
	"github.com/gannetmq/gannet/store/consumequeue"
	"github.com/gannetmq/gannet/store/record"
)

// filters is the expressions of groups as others see them. The store, which is opened before their table, asks for
// bit maps meanwhile.
type filters struct{ table atomic.Pointer[filter.Table] }

// openFilters reads the expressions of groups.
func (b *Broker) openFilters() error {
	t, err := filter.Open(b.opts.FS, b.filterOptions())
	if err == nil {
		b.filters.table.Store(t)
	}
	return err
}

func (b *Broker) filterOptions() filter.Options {
	return filter.Options{
		ErrorRate: b.cfg.BloomErrorRate, Consumers: b.cfg.BloomConsumers,
		Limits: sql92.Limits{Length: b.cfg.MaxExpression, Depth: b.cfg.MaxExprDepth}, Retry: b.cfg.FilterRetry,
		Clean: milliseconds(b.cfg.FilterCleanSpan), Log: b.log,
	}
}

// large is how many expressions were refused for their size.
func (f *filters) large() int64 { return f.table.Load().Large() }

// start runs what writes the table.
func (f *filters) start() { f.table.Load().Start() }

// close ends that and writes the table, if it was opened.
func (f *filters) close() error {
	if t := f.table.Load(); t != nil {
		return t.Close()
	}
	return nil
}

// extension is where queues put bit maps, nil for nowhere.
func (b *Broker) extension() *consumequeue.Extension {
	if !b.cfg.QueueExt {
		return nil
	}
	e := &consumequeue.Extension{FileSize: int64(b.cfg.QueueExtSize), Bits: b.filters.bits}
	if !b.cfg.FilterBitMap {
		e.Bits = func(dst []byte, _ *record.View) []byte { return dst }
	}
	return e
}

// bits is the bit map of a message for its queue's entry.
func (f *filters) bits(dst []byte, v *record.View) []byte {
	if t := f.table.Load(); t != nil {
		return t.AppendBits(dst, v)
	}
	return dst
}

// pullFilters is the table as broker/pull sees it.
type pullFilters struct{ *filters }

func (f pullFilters) Registered(group, topic []byte) pull.Condition {
	if d := f.table.Load().Registered(group, topic); d != nil {
		return d
	}
	return nil
}

func (f pullFilters) Compile(kind, expression []byte) (pull.Condition, error) {
	d, err := f.table.Load().Compile(kind, expression)
	if err != nil {
		return nil, err
	}
	return d, nil
}

// clientFilters is the table as broker/clients sees it.
type clientFilters struct{ *filters }

func (f clientFilters) Check(kind, expression string) error {
	return f.table.Load().Check(kind, expression)
}

func (f clientFilters) Prepare(group string, subs map[string]*clients.Subscription) (register func()) {
	list := make([]filter.Subscription, 0, len(subs))
	for _, s := range subs {
		list = append(list, filter.Subscription{Topic: s.Topic, Expression: s.Expression, Type: s.Type, Version: s.Version})
	}
	return f.table.Load().Prepare(group, list)
}

func (f clientFilters) Gone(group string) { f.table.Load().Gone(group) }
