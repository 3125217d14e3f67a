package timer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/dispatch"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/timer"
	"github.com/gannetmq/gannet/store/vfs"
)

// Options of a Timer; the names in brackets are Java's.
type Options struct {
	Off         bool           // timerWheelEnable=false: timed messages are refused
	Precision   time.Duration  // of a slot (timerPrecisionMs)
	MaxDelay    time.Duration  // that a message may ask for (timerMaxDelaySec)
	RollSlots   int64          // slots ahead beyond which a message rolls (timerRollWindowSlot)
	Slots       int            // of the wheel; 0 for Java's (timer.Options)
	LogFileSize int64          // mappedFileSizeTimerLog
	Congestion  int32          // messages of a slot above which new ones may be refused (timerCongestNumEachSlot)
	FlushEvery  time.Duration  // timerFlushIntervalMs
	StopEnqueue func() bool    // timerStopEnqueue: leave the queue alone; nil for no. Wake when it is over
	Broker      string         // name of the broker, part of recall handles
	StoreHost   netip.AddrPort // brokerIP1:listenPort, part of message ids

	Tally Tally            // may be nil
	Now   func() time.Time // nil for the clock
	Log   *slog.Logger
}

// Tally counts what is delivered, topic by topic, as what is sent, and what goes into the wheel and out of it.
type Tally interface {
	Put(topic []byte, queue int32, messages, bytes int, took time.Duration)
	// TimerTook is told how long a message will have waited since its birth.
	TimerTook(topic []byte, wait time.Duration)
	TimerGave(topic []byte)
}

// Putter stores what has come due, as the broker's own.
type Putter interface {
	// Put appends m and returns where it ends in the log. It may block, and waits for no disk. The slices
	// of m are borrowed until it returns.
	Put(m *record.Message) (end int64, size int, err error)
}

// Slots that a message may roll over at most, and those that timerRollWindowSlot may say.
// Java: TimerMessageStore, TIMER_WHEEL_TTL_DAY, TIMER_BLANK_SLOTS.
const maxRoll = 7*24*3600 - 60

// Metrics are what a Timer counts. Nothing depends on them.
type Metrics struct {
	Taken     atomic.Int64 // messages of the queue that were taken up
	Delivered atomic.Int64 // messages that came in their time
	Rolled    atomic.Int64 // that were put into the queue again on the way
	Recalled  atomic.Int64 // that did not come because they were taken back
	Dropped   atomic.Int64 // that cannot be stored or read, or that the log does not have any more
	Failed    atomic.Int64 // deliveries that were tried again
}

// Timer is the timed messages of a broker.
type Timer struct {
	Metrics Metrics

	opts  Options
	store *store.Store
	put   Putter
	book  *timer.Book

	counts topicCounts
	done   progress // what the clock has come to

	wake  chan struct{} // the queue grew
	dirty chan struct{} // there is something to flush
	full  chan struct{} // and it is much
	stop  chan struct{} // begin nothing new
	ended chan struct{} // closed by the clock when it has stopped
	still chan struct{} // closed by the flusher when it has
	abort context.Context
	kill  context.CancelFunc // of abort: leave even a slot half delivered

	clock clock // of runClock
}

// progress is told by the clock and read by the flusher and by who asks.
type progress struct {
	mu       sync.Mutex
	readTime int64 // Unix ms; what was due in slots before is delivered
	queueOff int64 // of the queue, taken up
	anew     bool  // the book is being made anew: its checkpoint must wait
	version  version
	behind   atomic.Int64 // messages of the queue not taken up, as seen last
}

// version counts the states that were written. Java: DataVersion.
type version struct{ timestamp, counter int64 }

// Open opens the timer's files and does what a crash made necessary; s is open and not used yet. It
// starts nothing and, in a directory without timers, makes nothing.
func Open(fsys vfs.FS, s *store.Store, o Options) (*Timer, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.RollSlots < 2 || o.RollSlots > maxRoll {
		o.RollSlots = maxRoll
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	t := &Timer{
		opts: o, store: s,
		wake: make(chan struct{}, 1), dirty: make(chan struct{}, 1), full: make(chan struct{}, 1),
		stop: make(chan struct{}), ended: make(chan struct{}), still: make(chan struct{}),
	}
	t.abort, t.kill = context.WithCancel(context.Background())
	if o.Off {
		if end := s.MaxOffset(topicTimer, 0); end > 0 {
			o.Log.Warn("timerWheelEnable=false: timed messages that are stored wait for it", "queue", record.TopicTimer, "end", end)
		}
		return t, nil
	}
	if err := t.open(fsys); err != nil {
		return nil, fmt.Errorf("broker: timer: %w", err)
	}
	return t, nil
}

func (t *Timer) open(fsys vfs.FS) error {
	book, found, err := timer.Open(fsys, timer.Options{
		Precision: t.precision(), Slots: t.opts.Slots, LogFileSize: t.opts.LogFileSize, Reach: t.opts.RollSlots, Now: t.now(),
		Count: t.opts.Congestion < math.MaxInt32, Log: t.opts.Log,
	})
	if err != nil {
		return err
	}
	t.book = book
	t.clock.begin(t, &found)
	if err := t.counts.load(fsys, t.now(), t.opts.Log); err != nil {
		return errors.Join(err, book.Close())
	}
	if found.Anew == "" && found.Waiting != t.counts.sum() {
		if err := t.recount(found.ReadFrom); err != nil {
			return errors.Join(err, book.Close())
		}
	}
	if found.Anew != "" && t.store.MaxOffset(topicTimer, 0) > 0 {
		t.counts.clear()
		t.opts.Log.Warn("timers are taken up again from their queue", "because", found.Anew,
			"delivered before", time.UnixMilli(found.ReadTime), "known up to", found.QueueOffset)
	}
	return nil
}

// Start begins to deliver, by way of p.
func (t *Timer) Start(p Putter) {
	t.put = p
	if t.book == nil {
		close(t.ended)
		return
	}
	go t.runClock()
	go t.runFlush()
}

// Arrived wakes the clock when the queue grew. It implements dispatch.Arrivals and does not block.
func (t *Timer) Arrived(queues []dispatch.Arrival) {
	for i := range queues {
		if queues[i].Topic == record.TopicTimer {
			poke(t.wake)
			return
		}
	}
}

// Wake has the clock look at the queue again.
func (t *Timer) Wake() { poke(t.wake) }

// poke leaves a signal in a channel with room for one.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// stopPatience is how long Close lets the slot that is being delivered come to its end: what was
// delivered of it comes again after the next start otherwise.
const stopPatience = 5 * time.Second

// Close ends delivery, makes durable what was done, and closes the files. The store must still be open. If
// ctx ends before the goroutines do, the files stay as they are, and messages may come again.
func (t *Timer) Close(ctx context.Context) error {
	close(t.stop)
	if t.book == nil {
		t.kill()
		return nil
	}
	if err := t.halt(ctx); err != nil {
		return err
	}
	t.tell()
	ctx, cancel := context.WithTimeout(ctx, 2*stopPatience)
	defer cancel()
	err := t.flush(ctx)
	return errors.Join(err, t.counts.save(), t.book.Close())
}

// halt waits for the goroutines.
func (t *Timer) halt(ctx context.Context) error {
	defer t.kill()
	if t.put == nil {
		return nil
	}
	patience := time.AfterFunc(stopPatience, t.kill)
	defer patience.Stop()
	for _, over := range [...]chan struct{}{t.ended, t.still} {
		select {
		case <-over:
			t.kill() // what the flusher waits for
		case <-ctx.Done():
			return fmt.Errorf("timer: not stopped: %w", ctx.Err())
		}
	}
	return nil
}

func (t *Timer) now() int64       { return t.opts.Now().UnixMilli() }
func (t *Timer) precision() int64 { return t.opts.Precision.Milliseconds() }

var topicTimer = []byte(record.TopicTimer)
