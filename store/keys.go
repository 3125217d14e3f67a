package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gannetmq/gannet/store/dispatch"
	"github.com/gannetmq/gannet/store/index"
	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/vfs"
)

// ErrNoIndex: messages are not indexed by key.
var ErrNoIndex = errors.New("store: no index")

const (
	// indexLag is how many bytes of the log the index may be behind before its goroutine is woken; it
	// catches up by the clock and before each query anyway.
	indexLag = 1 << 20
	// queryPatience is how long a query waits for the index to catch up.
	queryPatience = 3 * time.Second
)

// openIndex opens the index and lets it follow the dispatcher. The index can be made from the log:
// one that cannot be opened is done without until the next start.
func (s *Store) openIndex(aborted bool) {
	if s.opt.NoIndex {
		return
	}
	keys, err := index.Open(s.fsys, index.Options{
		Dir: layout.IndexDir, Slots: s.opt.IndexSlots, Entries: s.opt.IndexEntries,
		Clean: !aborted, Durable: s.known.IndexTime, LogEnd: s.log.End(), Now: s.opt.Now, Log: s.opt.Log,
	})
	if err == nil {
		var from int64
		if from, err = s.indexFrom(keys.Next()); err == nil {
			s.keys = keys
			s.indexer = dispatch.New(s.log, from, dispatch.Options{
				Sinks: []dispatch.Sink{keys}, Log: s.opt.Log, Limit: s.dispatcher.Offset,
				Shortcut: func(off int64) (int64, error) { return keys.Take(&s.feed, off) },
			})
			s.feed.Begin(s.dispatcher.Offset())
			s.indexer.Start()
			s.indexer.Wake()
			return
		}
	}
	s.indexError = err
	s.opt.Log.Error("messages are not indexed by key", "error", err)
}

// indexFrom is where the index goes on that ends with the message at last: there, or at a place in
// front of it where a record begins for certain.
func (s *Store) indexFrom(last int64) (int64, error) {
	start := s.log.Start()
	if last < start {
		return start, nil
	}
	_, sound, err := s.log.SoundAt(last)
	if err != nil || sound {
		return last, err
	}
	return last - (last-start)%s.opt.LogFileSize, nil
}

// dispatched is told how far everything is dispatched, and wakes the index when it is far behind.
func (s *Store) dispatched(off int64) {
	s.feed.Publish(off)
	if s.indexer != nil && off-s.indexer.Offset() > indexLag {
		s.indexer.Wake()
	}
}

// catchUp waits until the index knows everything that is visible now.
func (s *Store) catchUp(ctx context.Context) error {
	to := s.dispatcher.Offset()
	if s.indexer.Offset() >= to {
		return nil
	}
	return s.indexer.Wait(ctx, to)
}

// FindByKey returns the physical offsets, ascending and at most limit, of messages of topic that were
// sent with key, as KEYS item or unique key, and stored within [begin, end], Unix milliseconds, exact
// to the second. Others whose key has the same hash may be among them. It may ask the disk.
// Error: ErrNoIndex.
func (s *Store) FindByKey(topic, key []byte, limit int, begin, end int64) ([]int64, error) {
	switch {
	case s.closed.Load():
		return nil, ErrClosed
	case s.keys == nil && s.indexError != nil:
		return nil, fmt.Errorf("%w: %w", ErrNoIndex, s.indexError)
	case s.keys == nil:
		return nil, ErrNoIndex
	}
	ctx, cancel := context.WithTimeout(context.Background(), queryPatience)
	defer cancel()
	if err := s.catchUp(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) && !vfs.Scarce(err) {
		return nil, fmt.Errorf("%w: %w", ErrNoIndex, err)
	}
	return s.keys.Find(topic, key, limit, begin, end)
}

// LastKey is the message that was indexed last: when it was stored (Unix ms) and where it lies, 0 if there is none.
func (s *Store) LastKey() (storeTime, phyOff int64) {
	if s.keys == nil {
		return 0, 0
	}
	return s.keys.Last()
}

// syncIndex makes the index durable.
func (s *Store) syncIndex() {
	if s.keys == nil {
		return
	}
	if err := s.keys.Flush(); err != nil {
		s.opt.Log.Error("the index cannot be written", "error", err)
	}
}

// closeIndex waits until the index is complete and closes it.
func (s *Store) closeIndex() error {
	if s.keys == nil {
		return s.indexError
	}
	ctx, cancel := context.WithTimeout(context.Background(), drainPatience)
	defer cancel()
	err := s.catchUp(ctx)
	if err != nil {
		err = fmt.Errorf("store: close: the index is %d bytes of the log behind: %w", s.indexer.Behind(), err)
	}
	s.indexer.Stop()
	s.syncIndex()
	return errors.Join(err, s.keys.Close())
}
