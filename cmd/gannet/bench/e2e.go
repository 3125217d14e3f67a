package bench

import (
	"context"
	"strconv"
	"sync"
	"time"
)

// EndToEnd measures the time from the moment a message is due to be sent until a consumer that
// waits at the broker has it. Each consumer has a connection and a queue of its own.
func EndToEnd(ctx context.Context, o Options) (*Report, error) {
	o.Queues, o.Batch, o.Size = o.Consumers, 1, max(o.Size, len(stampMark))
	if err := o.validate(); err != nil {
		return nil, err
	}
	if err := createTopic(o.Broker, o.Topic, o.Queues); err != nil {
		return nil, err
	}
	consumers, err := waitingConsumers(&o)
	defer func() {
		for _, c := range consumers {
			_ = c.conn.Close()
		}
	}()
	if err != nil {
		return nil, err
	}
	lanes, err := o.lanes(func(q int) (*template, error) {
		return sendTemplate(&o, q)
	}, 1)
	if err != nil {
		return nil, err
	}
	received := &receipts{tally: newTally(), from: time.Now().Add(o.Warmup)}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	for _, c := range consumers {
		wg.Go(func() { c.consume(ctx, received) })
	}
	r := o.report("e2e")
	err = o.drive(ctx, r, lanes)
	cancel()
	wg.Wait()
	if err != nil {
		return nil, err
	}
	received.mu.Lock()
	defer received.mu.Unlock()
	r.Received = received.requests
	r.P50, r.P99 = received.latency.ValueAtQuantile(50), received.latency.ValueAtQuantile(99)
	r.P999, r.Max = received.latency.ValueAtQuantile(99.9), received.latency.Max()
	if r.FirstError == "" {
		r.FirstError = received.refused
	}
	return r, nil
}

func waitingConsumers(o *Options) ([]*puller, error) {
	var consumers []*puller
	for q := range o.Consumers {
		c, err := newPuller(o, q)
		if err != nil {
			return consumers, err
		}
		consumers = append(consumers, c)
		if c.offset, err = maxOffset(c.conn, o.Topic, q); err != nil {
			return consumers, err
		}
	}
	return consumers, nil
}

// receipts gathers what all consumers received.
type receipts struct {
	from time.Time // messages due earlier belong to the warm-up
	mu   sync.Mutex
	tally
	refused string
}

// consume waits for messages until ctx ends.
func (p *puller) consume(ctx context.Context, into *receipts) {
	stop := context.AfterFunc(ctx, func() { _ = p.conn.SetDeadline(time.Now()) })
	defer stop()
	for ctx.Err() == nil {
		err := p.pull(15*time.Second, into.add)
		if err != nil && ctx.Err() == nil {
			into.mu.Lock()
			into.refused = err.Error()
			into.mu.Unlock()
			return
		}
	}
}

// bodyAt is where a record's body begins if both hosts are IPv4.
const bodyAt = 88

func (r *receipts) add(record []byte) {
	now := time.Now()
	if len(record) < bodyAt+len(stampMark) {
		return
	}
	ns, err := strconv.ParseInt(string(record[bodyAt:bodyAt+len(stampMark)]), 16, 64)
	if err != nil {
		return
	}
	due := time.Unix(0, ns)
	if due.Before(r.from) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests++
	_ = r.latency.RecordValue(max(1, now.Sub(due).Microseconds()))
}
