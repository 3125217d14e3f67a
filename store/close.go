package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// drainPatience is how long Close waits for the dispatcher: longer than a healthy one can need.
	drainPatience = 30 * time.Second
	// cleanPatience is how long Close deletes what the queues need no more.
	cleanPatience = 5 * time.Second
	// readPatience is how long Close waits for reads that were not released.
	readPatience = 5 * time.Second
)

// Close stops taking messages, waits until all is dispatched and flushed, and leaves a directory
// that opens without recovery. If that could not be done, the error says why, and the abort file
// stays, so that the next Open recovers. Reads should have been released.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return ErrClosed
	}
	closed := ErrClosed
	s.refusal.Store(&closed)
	s.endUpkeep()
	close(s.stop)
	s.wg.Wait()

	err := s.log.Stop() // flushes all that was appended
	err = errors.Join(err, s.drain())
	s.dispatcher.Stop()
	s.finishClean()
	err = errors.Join(err, s.closeIndex())
	if p := s.panicked.Load(); p != nil {
		err = errors.Join(err, *p)
	} else {
		s.settleSync(s.syncQueues(context.Background()))
	}
	err = errors.Join(err, s.queues.Close())
	s.saveCheckpoint()
	err = errors.Join(err, s.writeTally(), s.point.Close(), s.closeLog())
	if err == nil {
		err = removeAbort(s.fsys)
	}
	return errors.Join(err, s.lock.Close())
}

// drain waits for the dispatcher to reach the end of what may be visible: the log's, unless its last
// flush failed.
func (s *Store) drain() error {
	ctx, cancel := context.WithTimeout(context.Background(), drainPatience)
	defer cancel()
	if err := s.dispatcher.Wait(ctx, s.visible()); err != nil {
		return fmt.Errorf("store: close: %d bytes of the log are not dispatched: %w", s.dispatcher.Behind(), err)
	}
	return nil
}

// finishClean ends a round of deletion that Close interrupted, so that queues and index fit the log.
// What takes too long is left to the next start.
func (s *Store) finishClean() {
	ctx, cancel := context.WithTimeout(context.Background(), cleanPatience)
	defer cancel()
	err := errors.Join(s.cleanDerived(ctx, -1), s.queues.CorrectMin(s.log.Start()))
	if err != nil {
		s.opt.Log.Warn("queues or index have files of messages that are gone", "error", err)
	}
}

func (s *Store) closeLog() error {
	ctx, cancel := context.WithTimeout(context.Background(), readPatience)
	defer cancel()
	return s.log.Close(ctx)
}
