package bench

import (
	"context"
	"errors"
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
	begin, end    int64  // what Pull reads
	sieve         *sieve // what it must get of it; nil if there is no telling
	next          int64  // of a consumer: the offset behind the last message
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
	if err := p.ask(suspend); err != nil {
		return err
	}
	if _, err := p.conn.Write(p.frame); err != nil {
		return err
	}
	var err error
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

// ask encodes the request of a pull into p.frame.
func (p *puller) ask(suspend time.Duration) (err error) {
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
	p.frame, err = e.Finish(0)
	return err
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
		if err := p.aim(ctx, &o); err != nil {
			return nil, err
		}
		pullers[i] = p
	}
	p, err := o.pullAll(ctx, pullers)
	if err != nil {
		return nil, err
	}
	o.Batch, o.Window = 1, 1
	r := o.report("pull")
	sum := newTally()
	for _, reader := range pullers {
		sum.add(&reader.result)
	}
	r.finish(sum, 1, p.ended.Sub(p.began))
	r.processes(o.PID, p)
	return r, nil
}

// pullAll runs the pullers through warm-up and measurement.
func (o *Options) pullAll(ctx context.Context, pullers []*puller) (*phase, error) {
	ctx, cancel := context.WithTimeout(ctx, o.Warmup+o.Duration)
	defer cancel()
	var p phase
	var wg sync.WaitGroup
	errs := make(chan error, len(pullers)+1)
	for _, reader := range pullers {
		wg.Go(func() {
			if err := reader.again(ctx, &p); err != nil {
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
	return &p, <-errs
}

// aim finds out what of the queue is to be read, and of that what must pass the filter.
func (p *puller) aim(ctx context.Context, o *Options) (err error) {
	defer atEnd(ctx, p.conn)()
	if p.end, err = maxOffset(p.conn, p.topic, p.queue); err != nil {
		return err
	}
	if p.end == 0 {
		return fmt.Errorf("%s queue %d is empty: run bench send first", p.topic, p.queue)
	}
	if !o.Oldest {
		p.begin = max(0, p.end-tail)
	}
	if o.KeyEnd != "" {
		p.sieve, err = newSieve(p, p.begin, p.end, o.KeyEnd)
		p.sql = keyEndSQL(o.KeyEnd)
	}
	return err
}

// again reads its part of the queue until ctx ends.
func (p *puller) again(ctx context.Context, ph *phase) error {
	defer atEnd(ctx, p.conn)()
	p.offset = p.begin
	for ctx.Err() == nil {
		asked, from := time.Now(), p.offset
		n, err := p.pullChecked()
		if err != nil {
			return ended(ctx, err)
		}
		if ph.measuring.Load() {
			p.result.requests += n
			p.result.record(time.Since(asked))
		}
		if p.offset < p.end && p.offset > from {
			continue
		}
		if p.sieve != nil && p.offset < p.end {
			return fmt.Errorf("%s queue %d stands still at %d, it ends at %d", p.topic, p.queue, p.offset, p.end)
		}
		p.offset = p.begin
		if p.sieve != nil {
			p.sieve.rewind()
		}
	}
	return nil
}

// pullChecked pulls once and answers how many messages came, which must be those that match the filter.
func (p *puller) pullChecked() (n int64, err error) {
	var wrong error
	err = p.pull(0, func(record []byte) {
		n++
		if wrong == nil && p.sieve != nil {
			wrong = p.sieve.take(record)
		}
	})
	if err == nil && wrong == nil && p.sieve != nil {
		wrong = p.sieve.passed(p.offset)
	}
	return n, errors.Join(err, wrong)
}
