package bench

import (
	"context"
	"fmt"
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
	r := o.report("e2e")
	return r, o.endToEnd(ctx, r, lanes, consumers)
}

// endToEnd lets the lanes send and the consumers receive until these have all that was accepted.
func (o *Options) endToEnd(ctx context.Context, r *Report, lanes []*lane, consumers []*puller) error {
	received := &receipts{tally: newTally(), from: time.Now().Add(o.Warmup)}
	consuming, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	for _, c := range consumers {
		wg.Go(func() { c.consume(consuming, received) })
	}
	c, err := o.drive(ctx, r, lanes)
	if err == nil {
		_, err = await(ctx, c.accepted, o.stall(), received.count)
	}
	cancel()
	wg.Wait()
	if err == nil {
		received.report(r, c.accepted)
	}
	return err
}

// receiptStall is how long nothing may come while something is missing. A Java broker looks after waiting pulls that it did
// not wake every five seconds.
const receiptStall = 10 * time.Second

func (o *Options) stall() time.Duration {
	if o.Delivery > 0 {
		return o.Delivery
	}
	return receiptStall
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
	all     int64 // of the warm-up too, each once
	refused string
}

func (r *receipts) count() (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all, nil
}

// report replaces the latencies of the sends with those of the receipts, and makes what was lost a failure.
func (r *receipts) report(to *Report, accepted int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	to.Received = r.requests
	to.P50, to.P99 = r.latency.ValueAtQuantile(50), r.latency.ValueAtQuantile(99)
	to.P999, to.Max = r.latency.ValueAtQuantile(99.9), r.max()
	if r.refused != "" {
		to.fail(0, r.refused)
	}
	if lost := accepted - r.all; lost > 0 {
		to.fail(lost, fmt.Sprintf("%d messages were accepted, %d received", accepted, r.all))
	}
}

// consume waits for messages until ctx ends.
func (p *puller) consume(ctx context.Context, into *receipts) {
	defer atEnd(ctx, p.conn)()
	for ctx.Err() == nil {
		err := p.pull(15*time.Second, func(record []byte) {
			if at := queueOffset(record); at >= p.next { // what comes twice does not make up for what does not come
				p.next = at + 1
				into.add(record)
			}
		})
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
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all++
	if !due.Before(r.from) {
		r.answered(now.Sub(due), true)
	}
}
