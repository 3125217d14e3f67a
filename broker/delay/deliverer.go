package delay

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/dispatch"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// Options of a Deliverer; the names in brackets are Java's.
type Options struct {
	Levels      Levels        // messageDelayLevel
	FlushEvery  time.Duration // from a delivery to the write that tells of it (flushDelayOffsetInterval); 0 means 10 s
	VersionStep int64         // deliveries per version (delayOffsetUpdateVersionStep); 0 means 200

	// Put stores a message in its own topic and returns where its record ends in the log, and its size. It may
	// block; the slices of m are borrowed. An error that store.IsIllegal knows is final.
	Put func(m *record.Message) (end int64, size int, err error)
	// Delivered is told of each delivery; may be nil. topic is a view.
	Delivered func(topic []byte, queue int32, size int)

	Now func() time.Time // nil means time.Now
	Log *slog.Logger     // nil discards
}

func (o *Options) fill() {
	if o.FlushEvery <= 0 {
		o.FlushEvery = 10 * time.Second
	}
	if o.VersionStep <= 0 {
		o.VersionStep = 200
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

// Metrics are counted since Open.
type Metrics struct {
	Delivered atomic.Int64 // messages that came back to their topics
	Skipped   atomic.Int64 // messages that cannot
	Failed    atomic.Int64 // deliveries that are tried again
	Saves     atomic.Int64 // of File
	Rounds    atomic.Int64 // looks at the queues
}

// Deliverer brings messages back when their time is over.
type Deliverer struct {
	Metrics Metrics

	opts   Options
	fs     vfs.FS
	store  *store.Store
	levels []queue

	mu      sync.Mutex // guards what follows, and next and known of queues, of which the goroutine run is the only writer
	version protocol.DataVersion
	steps   int64           // deliveries since the version rose
	moves   int64           // how often next of any queue changed
	end     int64           // where the last delivery ends in the log
	unknown map[int32]int64 // what File says of levels that there are not

	saving sync.Mutex // one Save at a time; taken before mu
	saved  int64      // the moves that File knows; guarded by saving

	batch batch         // of the goroutine run
	wake  chan struct{} // a queue that was empty grew
	dirty chan struct{} // there is something to write
	stop  context.CancelFunc
	ended []chan struct{} // closed by the goroutines when they are over
}

// queue is one level's.
type queue struct {
	id    int32 // of the queue in the topic: level - 1
	delay time.Duration

	next  int64 // queue offset of the message to deliver next
	known bool  // the queue has, or had, messages

	asleep atomic.Bool // nothing is pending: who adds a message wakes the goroutine

	looked, again int64 // Unix milliseconds of the last look and the next; of the goroutine run
	failed        bool  // the last look was in vain; of the goroutine run
}

// Open reads how far the levels were delivered. The queues of s must be complete.
func Open(s *store.Store, fs vfs.FS, o Options) (*Deliverer, error) {
	o.fill()
	d := &Deliverer{
		opts: o, fs: fs, store: s, levels: make([]queue, len(o.Levels)),
		wake: make(chan struct{}, 1), dirty: make(chan struct{}, 1), stop: func() {},
	}
	for i := range d.levels {
		d.levels[i].id, d.levels[i].delay = int32(i), o.Levels[i]
	}
	if err := d.load(); err != nil {
		return nil, err
	}
	return d, nil
}

// Start runs the goroutine that delivers and the one that writes File. Close ends both.
func (d *Deliverer) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	d.stop = cancel
	for _, run := range []func(context.Context){d.run, d.runWriter} {
		ended := make(chan struct{})
		d.ended = append(d.ended, ended)
		go func() {
			defer close(ended)
			run(ctx)
		}()
	}
}

// Close ends the deliveries and writes File; the store must still be open. If ctx ends before the deliveries do, File stays
// as it is, and messages may come again.
func (d *Deliverer) Close(ctx context.Context) error {
	d.stop()
	for _, ended := range d.ended {
		select {
		case <-ended:
		case <-ctx.Done():
			return fmt.Errorf("delay: not stopped: %w", ctx.Err())
		}
	}
	return d.Save(ctx)
}

// Arrived implements dispatch.Arrivals: an empty queue that grew is looked at.
func (d *Deliverer) Arrived(a []dispatch.Arrival) {
	for i := range a {
		if a[i].Topic != record.TopicSchedule || int(a[i].QueueID) >= len(d.levels) || a[i].QueueID < 0 {
			continue
		}
		if !d.levels[a[i].QueueID].asleep.CompareAndSwap(true, false) {
			continue // it will be looked at anyway, when the message before this one is due
		}
		select {
		case d.wake <- struct{}{}:
		default: // woken already
		}
	}
}

// Progress is how far a level is: queue offsets of the next message to deliver and of the end.
type Progress struct {
	Level     int32
	Next, End int64
}

// Progress tells of each level that has, or had, messages.
func (d *Deliverer) Progress() []Progress {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []Progress
	for i := range d.levels {
		q := &d.levels[i]
		end := d.store.MaxOffset(topic, q.id)
		if q.known || end > 0 {
			all = append(all, Progress{Level: q.id + 1, Next: q.next, End: max(end, q.next)})
		}
	}
	return all
}

// moved notes that q was delivered up to next, with so many deliveries, the last of which ends at end in the log.
func (d *Deliverer) moved(q *queue, next, deliveries, end int64) {
	d.mu.Lock()
	q.next, q.known = next, true
	d.moves++
	d.end = max(d.end, end)
	if d.steps += deliveries; d.steps >= d.opts.VersionStep {
		d.steps %= d.opts.VersionStep
		d.version.Counter++
		d.version.Timestamp = d.opts.Now().UnixMilli()
	}
	d.mu.Unlock()
	d.soil()
}

// pause waits, and reports false if ctx ended before.
func pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
