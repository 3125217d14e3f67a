package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// putPatience is how long a Put waits for room in the log. Java: putMessageTimeout.
const putPatience = 8 * time.Second

// maxUnwritten is how many bytes of queue entries may wait in memory for the disk: enough for three
// million messages.
const maxUnwritten = 64 << 20

// Put appends the records of e. q is the queue that they belong to; nil for records that take no
// queue offset. With noWait it does no I/O and returns ErrWouldBlock where it would have to. They
// are stored when it returns nil, and durable when Await says so.
// Errors: ErrClosed, ErrReadOnly, ErrDiskFull, ErrBusy, ErrManyLight, commitlog.ErrTooLarge, record.ErrPropertiesTooLarge
// of a record that was encoded open.
func (s *Store) Put(e *record.Encoded, q *Queue, noWait bool) (commitlog.Placed, error) {
	if p := s.refusal.Load(); p != nil {
		return commitlog.Placed{}, s.waits.fail(*p)
	}
	if s.queues.Pressure() {
		if s.wakeUpkeep(); s.queues.Pending() > maxUnwritten {
			return commitlog.Placed{}, s.waits.fail(ErrBusy)
		}
	}
	p, err := s.append(e, q, noWait)
	for errors.Is(err, commitlog.ErrQueueGone) { // its topic, or a light queue, was deleted meanwhile
		if q != nil {
			if q, err = s.Queue([]byte(q.Topic()), q.ID()); err != nil {
				break
			}
		}
		p, err = s.append(e, q, noWait)
	}
	if err != nil {
		return p, s.waits.fail(err)
	}
	s.counts.put(p)
	switch {
	case s.opt.Flush == SyncFlush:
		s.log.Flush()
	case !s.opt.CallerDrives:
		s.dispatcher.Wake()
	}
	return p, nil
}

// append is Put without what goes before and after. Besides Put's, its error is commitlog.ErrQueueGone.
func (s *Store) append(e *record.Encoded, q *Queue, noWait bool) (commitlog.Placed, error) {
	var light []*int64
	if len(e.Light()) > 0 {
		var err error
		if light, err = s.lightCounters(e.Light()); err != nil {
			return commitlog.Placed{}, err
		}
	}
	var counter *int64
	if q != nil {
		counter = q.Assigned()
	} else if e.Queued() {
		panic("BUG: store: put without the queue that the records belong to")
	}
	p, err := s.log.Append(e, counter, light...)
	if err != nil {
		return s.putSlow(e, counter, light, noWait, err)
	}
	return p, nil
}

// putSlow deals with an append that was refused.
func (s *Store) putSlow(e *record.Encoded, counter *int64, light []*int64, noWait bool, err error) (commitlog.Placed, error) {
	var p commitlog.Placed
	if noWait || !errors.Is(err, ErrWouldBlock) {
		return p, s.putError(err)
	}
	s.counts.waited.Add(1)
	defer s.waits.put(time.Now())
	ctx, cancel := context.WithTimeout(context.Background(), putPatience)
	defer cancel()
	for errors.Is(err, ErrWouldBlock) {
		if err := s.log.WaitReady(ctx); err != nil {
			return p, s.putError(err)
		}
		p, err = s.log.Append(e, counter, light...)
	}
	return p, s.putError(err)
}

// putError says in the store's words why the log took nothing.
func (s *Store) putError(err error) error {
	switch {
	case err == nil, errors.Is(err, ErrWouldBlock), errors.Is(err, commitlog.ErrTooLarge), errors.Is(err, commitlog.ErrQueueGone),
		errors.Is(err, record.ErrPropertiesTooLarge):
		return err
	case errors.Is(err, commitlog.ErrClosed):
		return ErrClosed
	case errors.Is(err, commitlog.ErrFailed):
		s.refuse(err)
		return s.ReadOnly()
	case errors.Is(err, vfs.ErrNoSpace):
		return fmt.Errorf("%w: %w: %w", ErrReadOnly, ErrDiskFull, err)
	case vfs.Scarce(err):
		return fmt.Errorf("%w: %w: %w", ErrReadOnly, errScarce, err)
	}
	return fmt.Errorf("%w: %w", ErrBusy, err)
}

// Await tells w when what ends at end (Placed.End) is as durable as the flush mode promises: at once,
// from this goroutine, unless SyncFlush.
func (s *Store) Await(end int64, w commitlog.Waiter) {
	if s.opt.Flush == AsyncFlush {
		w.Settled(nil)
		return
	}
	s.log.Flushed().Await(end, w)
}

// Synced waits until the disk has what ends at end, whatever the flush mode promises to producers. It is
// for who is about to forget where that came from. Errors: that of ctx, commitlog.ErrFailed, ErrClosed.
func (s *Store) Synced(ctx context.Context, end int64) error {
	done := make(signal, 1)
	s.log.Flushed().Await(end, done)
	s.log.Flush()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// signal is a commitlog.Waiter for one who waits; it has room for the one error.
type signal chan error

func (c signal) Settled(err error) { c <- err }
