package txn

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// Puts stores messages of the broker's own. The slices of m are borrowed until it returns.
type Puts interface {
	// Own stores a message as it is, whatever its properties ask for.
	Own(m *record.Message) (commitlog.Placed, error)
	// Commit stores a message whose transaction is committed, and serves what else it asks for: delay, time.
	Commit(m *record.Message) (commitlog.Placed, error)
}

// Offsets are the offsets of consumer groups.
type Offsets interface {
	Query(group, topic []byte, queue int32) (off int64, ok bool)
	Commit(group, topic []byte, queue int32, off int64) error
}

// Producers are the producers that are connected.
type Producers interface {
	// AnyProducer returns a member of a producer group, one that reads what it is sent if there is one; nil
	// if the group has no member.
	AnyProducer(group string) remoting.Peer
}

// Pusher sends requests of ours to clients.
type Pusher interface {
	Push(p remoting.Peer, m *remoting.Message) error
}

// Tally counts what became of the transactions of each topic.
type Tally interface {
	// Committed is told how long ago the half was born.
	Committed(topic []byte, age time.Duration)
	RolledBack(topic []byte)
}

// Rules may change while the broker runs; the names in brackets are Java's.
type Rules struct {
	Reject       bool          // rejectTransactionMessage
	Timeout      time.Duration // transactionTimeOut: how long a half is left alone
	MaxChecks    int           // transactionCheckMax
	Interval     time.Duration // transactionCheckInterval
	Reserved     time.Duration // fileReservedTime: a half that is older is given up
	NoteSize     int           // transactionOpMsgMaxSize, bytes
	NoteInterval time.Duration // transactionOpBatchInterval
	SaveInterval time.Duration // transactionMetricFlushInterval
}

// Options of Transactions.
type Options struct {
	StoreHost   netip.AddrPort // part of message ids
	Broker      string         // brokerName, told to producers that are asked
	Rules       func() Rules
	EnsureTopic func(name []byte) error // makes a topic of one queue that is not there
	Tally       Tally                   // may be nil
	Now         func() time.Time
	Log         *slog.Logger
}

// Metrics count since New.
type Metrics struct {
	Halves     atomic.Int64
	Commits    atomic.Int64
	Rollbacks  atomic.Int64
	Unknown    atomic.Int64 // ends that said neither
	Refused    atomic.Int64 // ends that named no half of their group, or came too late
	Notes      atomic.Int64 // op records
	Asked      atomic.Int64
	Unasked    atomic.Int64 // put behind the others without anybody to ask
	Waited     atomic.Int64 // put behind the others because they asked for time
	Discarded  atomic.Int64
	Skipped    atomic.Int64 // could be neither read nor put again
	Resumed    atomic.Int64
	CheckFails atomic.Int64 // rounds that an error ended
}

// Transactions are the transactional messages of one broker.
type Transactions struct {
	Metrics Metrics

	opts      Options
	store     *store.Store
	puts      Puts
	offsets   Offsets
	producers Producers
	push      Pusher // nil before Start

	notes  notes
	behind behind
	counts counts
	works  sync.Pool // of *work

	idle   atomic.Bool // no round is planned or wanted: the next half wants one
	wake   chan struct{}
	cancel context.CancelFunc
	ended  chan struct{} // closed when the goroutine is over
}

// New reads how many halves there are. Start runs what checks them.
func New(fs vfs.FS, s *store.Store, puts Puts, offsets Offsets, producers Producers, o Options) (*Transactions, error) {
	t := &Transactions{
		opts: o, store: s, puts: puts, offsets: offsets, producers: producers, wake: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	t.works.New = func() any { return new(work) }
	t.behind.open(s.MaxOffset(halfTopic, halfQueue))
	return t, t.counts.open(fs, o.Now().UnixMilli(), o.Log)
}

// Start runs the goroutine that writes notes, asks for halves and saves the counts. Close ends it.
func (t *Transactions) Start(push Pusher) {
	t.push = push
	ctx, cancel := context.WithCancel(context.Background())
	t.cancel = cancel
	go func() {
		defer close(t.ended)
		t.run(ctx)
	}()
}

// Close ends the goroutine, waits for it, and writes what was decided and counted since. It comes after the
// last request and before the store is closed. If ctx ends before the goroutine does, what was decided last
// may not be noted, and producers are asked again.
func (t *Transactions) Close(ctx context.Context) error {
	if t.cancel != nil {
		t.cancel()
		select {
		case <-t.ended:
		case <-ctx.Done():
			return fmt.Errorf("txn: not stopped: %w", ctx.Err())
		}
	}
	if err := t.flushNotes(); err != nil {
		t.opts.Log.Error("what was decided last is not noted; producers will be asked again", "error", err)
	}
	return t.counts.save()
}

// plan has a round of checks planned unless one is.
func (t *Transactions) plan() {
	if t.idle.Load() && t.idle.CompareAndSwap(true, false) {
		t.signal()
	}
}

func (t *Transactions) signal() {
	select {
	case t.wake <- struct{}{}:
	default: // a wake-up is on its way already
	}
}

// run sleeps until something is due; when there is neither a half nor a note nor a new count, until one comes.
func (t *Transactions) run(ctx context.Context) {
	p := schedule{t: t}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-t.wake:
		}
		if next, any := p.step(ctx, t.opts.Now()); any {
			timer.Reset(next)
		}
	}
}

// schedule is when what is due next. A zero time is never.
type schedule struct {
	t     *Transactions
	check time.Time
	note  time.Time
	save  time.Time
}

// retry is when what failed is tried again, at the earliest.
const retry = time.Second

// step does what is due and returns how long nothing is; any is false if nothing is planned.
func (p *schedule) step(ctx context.Context, now time.Time) (next time.Duration, any bool) {
	t, rules := p.t, p.t.opts.Rules()
	p.writeNotes(now, &rules)
	p.checkHalves(ctx, now, &rules)
	p.saveCounts(now, &rules)
	for _, at := range [...]time.Time{p.check, p.note, p.save} {
		if at.IsZero() {
			continue
		}
		if wait := max(at.Sub(t.opts.Now()), 0); !any || wait < next {
			next, any = wait, true
		}
	}
	return next, any
}

func (p *schedule) writeNotes(now time.Time, rules *Rules) {
	due, any := p.t.notes.due(rules.NoteInterval)
	if any && !now.Before(due) {
		if err := p.t.flushNotes(); err != nil {
			p.t.opts.Log.Warn("what was decided is not noted yet; trying again", "error", err, "in", retry)
		}
		due, any = p.t.notes.due(rules.NoteInterval)
	}
	if p.note = due; !any {
		p.note = time.Time{}
	}
}

func (p *schedule) checkHalves(ctx context.Context, now time.Time, rules *Rules) {
	t := p.t
	switch {
	case p.check.IsZero() && t.idle.Load(), now.Before(p.check):
		return
	case p.check.IsZero():
		p.check = now.Add(rules.Interval)
		return
	}
	if err := t.check(ctx); err != nil && ctx.Err() == nil {
		t.Metrics.CheckFails.Add(1)
		t.opts.Log.Warn("half messages not all looked at; trying again", "error", err, "in", rules.Interval)
	}
	p.check = t.opts.Now().Add(rules.Interval)
	t.idle.Store(true) // before the look: a half that comes after it plans the next round
	if t.nothingLeft() {
		p.check = time.Time{}
		return
	}
	t.idle.Store(false)
}

func (p *schedule) saveCounts(now time.Time, rules *Rules) {
	switch {
	case !p.t.counts.dirty():
		p.save = time.Time{}
	case p.save.IsZero():
		p.save = now.Add(rules.SaveInterval)
	case !now.Before(p.save):
		p.save = time.Time{}
		if err := p.t.counts.save(); err != nil {
			p.t.opts.Log.Warn("counts of transactions are not saved; trying again", "error", err)
			p.save = now.Add(max(rules.SaveInterval, retry))
		}
	}
}

// nothingLeft reports whether there is no half that the next round would have to look at.
func (t *Transactions) nothingLeft() bool {
	st := t.store.Stats()
	return st.Dispatched >= st.LogEnd && t.Waiting() == 0
}

// Waiting is how many halves the next round has to look at; most of them are decided.
func (t *Transactions) Waiting() int64 {
	return t.store.MaxOffset(halfTopic, halfQueue) - t.progress(halfTopic)
}
