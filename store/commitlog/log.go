package commitlog

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/vfs"
)

// never is a log offset that is not reached.
const never = math.MaxInt64

// Log is an open log. It is made by Open and usable after Recover; until then it only reads.
type Log struct {
	fsys     vfs.FS
	opt      Options
	leftover string // a file without length that Open found, to be removed by Recover

	// mu is the append lock. It guards the fields up to the blank line and every counter that is
	// passed to Append. Held for the time of a copy; no I/O, no waiting.
	mu       sync.Mutex
	tail     *mapped.Segment // appends go here
	spare    *mapped.Segment // the next one; nil while it is not prepared
	end      int64           // where the next record goes; ahead of appended only inside mu
	lastTime int64           // store time of the last record
	kickAt   int64           // when end gets here the helper has work
	want     int64           // bytes that a refused append needs; 0 when nobody was refused
	noRoom   error           // why the helper cannot prepare room now
	refuse   error           // why nothing is appended any more: closed or failed
	prepared chan struct{}   // closed when want is satisfied or cannot be; nil when nobody waits

	starved  atomic.Pointer[error] // noRoom, once an append was refused for it
	appended atomic.Int64          // end of what readers may see
	hotFloor atomic.Int64          // what lies before it was not written or read by this process
	flushed  Watermark
	flushTo  atomic.Int64 // store time of the newest flushed record
	failed   atomic.Pointer[error]

	list     atomic.Pointer[[]*segment] // ascending, without gaps; replaced, never changed
	listMu   sync.Mutex                 // one replacer at a time
	cold     coldFiles
	deleter  deleter
	preparer preparer
	flusher  flusher
	stop     chan struct{} // closed by Stop
	wg       sync.WaitGroup
}

// Start is the offset of the first byte that is kept.
func (l *Log) Start() int64 { return l.segments()[0].start }

// End is the offset behind the last record. Never inside one.
func (l *Log) End() int64 { return l.appended.Load() }

// Flushed is the watermark of what is durable.
func (l *Log) Flushed() *Watermark { return &l.flushed }

// FlushedTime is the store time of the newest record that is durable, 0 if that is not known.
func (l *Log) FlushedTime() int64 { return l.flushTo.Load() }

// SegmentSize is the size of each file, in bytes.
func (l *Log) SegmentSize() int64 { return l.opt.SegmentSize }

// Err returns the reason why the log failed, nil if it did not.
func (l *Log) Err() error {
	if p := l.failed.Load(); p != nil {
		return *p
	}
	return nil
}

// NoRoom returns why messages are refused at present though the log has not failed: room for them cannot be
// prepared. Nil while none was refused for that; it ends by itself.
func (l *Log) NoRoom() error {
	if p := l.starved.Load(); p != nil {
		return *p
	}
	return nil
}

// Exclusive runs f while nothing is appended: to set counters, or to look at the disk as it is
// between two appends. f must not call the log.
func (l *Log) Exclusive(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

// Fail makes the log fail with err, unless it has failed. The first reason stays.
func (l *Log) Fail(err error) {
	l.mu.Lock()
	l.failLocked(err)
	l.mu.Unlock()
	l.flushed.Fail(l.Err())
}

// failLocked is fail for who holds mu; the flusher, which it wakes, tells those who wait for the watermark.
func (l *Log) failLocked(err error) error {
	if p := l.failed.Load(); p != nil {
		return *p
	}
	reason := fmt.Errorf("%w: %w", ErrFailed, err)
	l.failed.Store(&reason)
	l.refuse = reason
	l.releaseWaiting()
	l.flusher.wake()
	return reason
}

// failOnPanic, deferred by a goroutine of the log, makes its panic the failure of the log: what a half-done
// step has left is not to be built on, and who waits for the goroutine must not wait for ever.
func (l *Log) failOnPanic() {
	if r := recover(); r != nil {
		l.Fail(l.panicked(r))
	}
}

// panicked tells of a panic, with its stack, and returns it as an error.
func (l *Log) panicked(r any) error {
	l.opt.Log.Error("panic in the log", "panic", r, "stack", string(debug.Stack()))
	return fmt.Errorf("%w: %v", ErrPanic, r)
}

// releaseWaiting lets WaitReady return. The caller holds mu.
func (l *Log) releaseWaiting() {
	if l.prepared != nil {
		close(l.prepared)
		l.prepared = nil
	}
}

// WaitReady waits until the room that a refused Append asked for is prepared; others may have
// taken it by the time the caller tries again. Errors: the reason why there will be none, that of ctx.
func (l *Log) WaitReady(ctx context.Context) error {
	l.mu.Lock()
	if err := errors.Join(l.refuse, l.noRoom); err != nil || l.want == 0 {
		l.mu.Unlock()
		return err
	}
	if l.prepared == nil {
		l.prepared = make(chan struct{})
	}
	ready := l.prepared
	l.mu.Unlock()
	l.preparer.wake()
	select {
	case <-ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// start begins the work of the two goroutines, which Stop ends.
func (l *Log) start() {
	l.stop = make(chan struct{})
	l.flusher.last = time.Now()
	l.wg.Go(l.runPrepare)
	l.wg.Go(l.runFlush)
}

// Stop ends appending, flushes everything and returns when both goroutines are done. Reading goes on.
func (l *Log) Stop() error {
	l.mu.Lock()
	if l.refuse == nil {
		l.refuse = ErrClosed
	}
	l.releaseWaiting()
	l.mu.Unlock()
	if l.stop != nil {
		close(l.stop)
		l.wg.Wait()
		l.stop = nil
		l.flushRound(0)
	}
	l.flushed.Fail(ErrClosed) // nobody will be above the watermark; who asks later must not wait
	return errors.Join(l.Err(), l.dropSpare())
}

// dropSpare takes a segment away that was prepared and never used, as Java does.
func (l *Log) dropSpare() error {
	l.mu.Lock()
	spare := l.spare
	l.spare = nil
	l.mu.Unlock()
	if spare == nil {
		return nil
	}
	l.shrinkList(spare.Start())
	return spare.Remove()
}

// Close, after Stop, unmaps and closes the segments, waiting for references until ctx ends.
func (l *Log) Close(ctx context.Context) error {
	var errs []error
	for _, s := range l.segments() {
		errs = append(errs, s.close(ctx))
	}
	return errors.Join(errs...)
}
