package bench

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/gannetmq/gannet/remoting/wire"
)

// Flags of a pull. Java: PullSysFlag.
const (
	pullSuspend      = 1 << 1
	pullSubscription = 1 << 2
)

// Answer codes. Java: ResponseCode.
const (
	codeFound       = 0
	codeNoTopic     = 17
	codeNotFound    = 19
	codeRetry       = 20
	codeOffsetMoved = 21
)

// puller reads one queue over one connection, one request after the other.
type puller struct {
	conn          net.Conn
	topic         string
	queue         int
	sql           string // "" takes everything
	serialization wire.Serialization
	offset        int64
	frame, in     []byte
	cmd           wire.Command
	result        tally // of Pull: messages, and the latency of a request
}

func newPuller(o *Options, queue int) (*puller, error) {
	conn, err := dial(o.Broker)
	if err != nil {
		return nil, err
	}
	return &puller{conn: conn, topic: o.Topic, queue: queue, sql: o.SQL, serialization: o.serialization(), result: newTally()}, nil
}

// pull asks for messages from p.offset on, waiting at the broker up to suspend, and calls each for
// what came. It moves p.offset.
func (p *puller) pull(suspend time.Duration, each func(record []byte)) error {
	var e wire.Encoder
	flags := pullSubscription
	if suspend > 0 {
		flags |= pullSuspend
	}
	e.Begin(p.frame[:0], wire.Head{Code: codePull, Language: wire.Java, Version: version, Opaque: firstOpaque, Serialization: p.serialization})
	e.String("consumerGroup", "bench_consumer")
	e.String("topic", p.topic)
	e.Int32("queueId", int32(p.queue))
	e.Int64("queueOffset", p.offset)
	e.Int32("maxMsgNums", 32)
	e.Int32("sysFlag", int32(flags))
	e.Int64("commitOffset", 0)
	e.Int64("suspendTimeoutMillis", suspend.Milliseconds())
	kind, expression := "TAG", "*"
	if p.sql != "" {
		kind, expression = "SQL92", p.sql
	}
	e.String("subscription", expression)
	e.Int64("subVersion", 0)
	e.String("expressionType", kind)
	var err error
	if p.frame, err = e.Finish(0); err != nil {
		return err
	}
	if _, err := p.conn.Write(p.frame); err != nil {
		return err
	}
	if p.in, err = readFrame(p.conn, p.in); err != nil {
		return err
	}
	if err := wire.Decode(p.in, &p.cmd); err != nil {
		return err
	}
	switch p.cmd.Code {
	case codeFound, codeNotFound, codeRetry, codeOffsetMoved:
	default:
		return fmt.Errorf("pull of %s queue %d: code %d: %s", p.topic, p.queue, p.cmd.Code, p.cmd.Remark)
	}
	next, _ := p.cmd.Lookup("nextBeginOffset")
	if p.offset, err = strconv.ParseInt(string(next), 10, 64); err != nil {
		return fmt.Errorf("pull of %s queue %d: nextBeginOffset %q", p.topic, p.queue, next)
	}
	if p.cmd.Code != codeFound {
		return nil
	}
	return messages(p.cmd.Body, each)
}

// tail is how far behind its end a queue is read, again and again, so that what is measured is
// memory and not the disk.
const tail = 20_000

// Pull measures reading the warm tail of queues that already hold messages.
func Pull(ctx context.Context, o Options) (*Report, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	pullers := make([]*puller, o.Connections)
	for i := range pullers {
		p, err := newPuller(&o, i%o.Queues)
		if err != nil {
			return nil, err
		}
		defer p.conn.Close()
		pullers[i] = p
	}
	ctx, cancel := context.WithTimeout(ctx, o.Warmup+o.Duration)
	defer cancel()
	var p phase
	var wg sync.WaitGroup
	errs := make(chan error, len(pullers)+1)
	for _, reader := range pullers {
		wg.Go(func() {
			if err := reader.again(ctx, &p, o.Oldest); err != nil {
				errs <- err
				cancel()
			}
		})
	}
	if err := p.clock(ctx, &o); err != nil {
		errs <- err
	}
	cancel()
	wg.Wait()
	close(errs)
	if err := <-errs; err != nil {
		return nil, err
	}
	o.Batch, o.Window = 1, 1
	r := o.report("pull")
	sum := newTally()
	for _, reader := range pullers {
		sum.requests += reader.result.requests
		sum.latency.Merge(reader.result.latency)
	}
	r.finish(sum, 1, p.ended.Sub(p.began))
	r.processes(o.PID, &p)
	return r, nil
}

// again reads the tail of the queue, or all of it, until ctx ends.
func (p *puller) again(ctx context.Context, ph *phase, all bool) error {
	stop := context.AfterFunc(ctx, func() { _ = p.conn.SetDeadline(time.Now()) })
	defer stop()
	end, err := maxOffset(p.conn, p.topic, p.queue)
	if err != nil {
		return ended(ctx, err)
	}
	if end == 0 {
		return fmt.Errorf("%s queue %d is empty: run bench send first", p.topic, p.queue)
	}
	begin := max(0, end-tail)
	if all {
		begin = 0
	}
	p.offset = begin
	for ctx.Err() == nil {
		n, asked, from := int64(0), time.Now(), p.offset
		if err := p.pull(0, func([]byte) { n++ }); err != nil {
			return ended(ctx, err)
		}
		if ph.measuring.Load() {
			p.result.requests += n
			_ = p.result.latency.RecordValue(max(1, time.Since(asked).Microseconds()))
		}
		if p.offset >= end || p.offset == from {
			p.offset = begin
		}
	}
	return nil
}
