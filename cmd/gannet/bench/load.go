package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/gannetmq/gannet/remoting/wire"
)

// Options of a run.
type Options struct {
	Broker      string // host:port
	Topic       string
	Queues      int
	Connections int
	Window      int // requests outstanding on a connection
	Size        int // body bytes
	Batch       int // messages in a request
	Rate        int // messages a second over all connections; 0 = closed loop
	Warmup      time.Duration
	Duration    time.Duration
	Binary      bool // ROCKETMQ headers instead of JSON
	PID         int  // of the server, to account its CPU
	JSON        bool
	Consumers   int    // e2e: waiting consumers
	Oldest      bool   // pull: everything from the beginning, not the warm tail
	SQL         string // pull: an SQL92 filter; "" takes everything
	KeyEnd      string // pull: a filter for keys that end so, which is checked; "" for none
	Delay       int    // send: delay level of each message; 0 for none
	Transaction bool   // send: each message in a transaction of its own, which is committed
	// Delivery is how long nothing may come after a run while some of what was accepted is missing: in the topic (send; 0 does
	// not look), at the consumers (e2e; 0 is receiptStall).
	Delivery time.Duration
	patience time.Duration // other than a client's
}

func (o *Options) serialization() wire.Serialization {
	if o.Binary {
		return wire.Binary
	}
	return wire.JSON
}

func (o *Options) validate() error {
	switch {
	case o.Queues < 1 || o.Connections < 1 || o.Window < 1 || o.Batch < 1 || o.Size < 0:
		return errors.New("queues, connections, window and batch must be at least 1")
	case o.KeyEnd != "" && (o.SQL != "" || strings.Contains(o.KeyEnd, "'")):
		return errors.New("the end of a key is a filter of its own and has no quotes")
	case o.Batch > 1 && (o.Delay > 0 || o.Transaction):
		return errors.New("messages of a batch have neither delays nor transactions")
	case o.Batch*(o.Size+100) > 4<<20:
		return fmt.Errorf("a batch of %d × %d bytes is more than a broker takes (4 MiB)", o.Batch, o.Size)
	}
	return nil
}

// lanes opens the connections and hands each templates for all queues, starting at another one.
func (o *Options) lanes(build func(queue int) (*template, error), perReq int) ([]*lane, error) {
	templates := make([]*template, o.Queues)
	for q := range templates {
		t, err := build(q)
		if err != nil {
			return nil, err
		}
		templates[q] = t
	}
	lanes := make([]*lane, 0, o.Connections)
	for c := range o.Connections {
		at := c % len(templates)
		rotated := append(append([]*template{}, templates[at:]...), templates[:at]...)
		conn, err := dial(o.Broker)
		if err != nil {
			closeAll(lanes)
			return nil, err
		}
		seq := uint32(c * (math.MaxUint32 / o.Connections))
		l := newLane(conn, rotated, o.Window, perReq, seq)
		if o.patience > 0 {
			l.patience = o.patience
		}
		lanes = append(lanes, l)
	}
	return lanes, nil
}

func closeAll(lanes []*lane) {
	for _, l := range lanes {
		_ = l.conn.Close()
	}
}

// count is what lanes asked for in the whole run, the warm-up and what was outstanding at the end included.
type count struct{ sent, accepted int64 } // requests

// drive runs the lanes through warm-up and measurement, waits for what is outstanding then, and sums what they counted.
func (o *Options) drive(ctx context.Context, r *Report, lanes []*lane) (count, error) {
	defer closeAll(lanes)
	ctx, cancel := context.WithTimeout(ctx, o.Warmup+o.Duration)
	defer cancel()
	var p phase
	var wg sync.WaitGroup
	errs := make(chan error, len(lanes)+1)
	for i, l := range lanes {
		wg.Go(func() {
			if err := o.run(ctx, l, i, len(lanes), p.measuring.Load); err != nil {
				errs <- err
				cancel()
			}
		})
	}
	if err := p.clock(ctx, o); err != nil {
		errs <- err
	}
	cancel()
	wg.Wait()
	close(errs)
	if err := <-errs; err != nil {
		return count{}, err
	}
	var c count
	sum := newTally()
	for _, l := range lanes {
		sum.add(&l.result)
		c.sent, c.accepted = c.sent+int64(l.sent), c.accepted+int64(l.accepted)
		if r.FirstError == "" {
			r.FirstError = l.refused
		}
	}
	r.finish(sum, o.Batch, p.ended.Sub(p.began))
	r.processes(o.PID, &p)
	return c, nil
}

// run runs lane i and drains it. Lanes with a rate begin one after the other, so that requests are spread evenly
// over time instead of coming from all connections at once.
func (o *Options) run(ctx context.Context, l *lane, i, lanes int, measure func() bool) error {
	var err error
	if o.Rate == 0 {
		err = l.closedLoop(ctx, measure)
	} else {
		interval := time.Duration(float64(time.Second) * float64(o.Batch*lanes) / float64(o.Rate))
		begin := time.Now().Add(interval * time.Duration(i) / time.Duration(lanes))
		err = l.openLoop(ctx, begin, interval, measure)
	}
	if err != nil {
		return err
	}
	return l.drain()
}

func (o *Options) report(kind string) *Report {
	return &Report{Kind: kind, Connections: o.Connections, Window: o.Window, Batch: o.Batch, Size: o.Size, Rate: o.Rate}
}

// Send measures producing.
func Send(ctx context.Context, o Options) (*Report, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	if err := createTopic(o.Broker, o.Topic, o.Queues); err != nil {
		return nil, err
	}
	lanes, err := o.lanes(func(q int) (*template, error) {
		return sendTemplate(&o, q)
	}, o.Batch)
	if err != nil {
		return nil, err
	}
	for _, l := range lanes {
		if o.Transaction {
			l.ends = &ends{o: &o}
		}
	}
	topic, err := newDelivery(&o)
	if err != nil {
		closeAll(lanes)
		return nil, err
	}
	r := o.report("send")
	c, err := o.drive(ctx, r, lanes)
	if err != nil {
		return nil, err
	}
	return r, topic.check(ctx, r, c)
}
