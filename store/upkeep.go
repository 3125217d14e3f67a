package store

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"github.com/gannetmq/gannet/store/vfs"
)

// writeLeast is how many bytes of a queue must wait for an ordinary write (flushConsumeQueueLeastPages).
const writeLeast = 2 * 4096

// Memory that queues let go of is given back to the system once it is so many bytes, and no more often than
// so: every time costs a collection.
const (
	muchLetGo   = 8 << 20
	giveBackGap = time.Minute
)

func (s *Store) wakeUpkeep() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// runUpkeep writes what is behind, keeps the checkpoint and watches the disk until Close. What was
// dispatched since the queues were last synced is dispatched again after a crash; Java syncs them
// every 60 s (flushConsumeQueueThoroughInterval).
func (s *Store) runUpkeep() {
	defer s.stopAtPanic()
	disk := time.NewTicker(s.opt.upkeepEvery)
	defer disk.Stop()
	queues := time.NewTicker(s.opt.QueueFlushInterval)
	defer queues.Stop()
	synced := time.Now()
	for {
		select {
		case <-s.stop:
			return
		case <-s.kick:
			s.writeQueues(0)
		case <-disk.C:
			s.checkDisk()
			s.watch()
			if s.dispatcher.Behind() > 0 {
				s.dispatcher.Wake() // somebody put and did not drive
			}
			if s.indexer != nil && s.indexer.Behind() > 0 {
				s.indexer.Wake()
			}
			s.saveCheckpoint()
		case now := <-queues.C:
			if now.Sub(synced) < s.opt.queueSync {
				s.writeQueues(writeLeast)
				continue
			}
			s.syncQueues(s.closing)
			s.syncIndex()
			synced = time.Now()
		}
	}
}

// watch turns the failure of a part into a read-only store.
func (s *Store) watch() {
	for _, err := range []error{s.log.Err(), s.dispatcher.Err()} {
		if err != nil {
			s.refuse(err)
		}
	}
}

func (s *Store) writeQueues(least int) {
	if s.health.starved {
		least = 0 // to find out whether anything can be written
	}
	s.queueError(s.queues.Write(s.closing, least))
	if s.gaveBack.due(time.Now()) && s.queues.LetGo(muchLetGo) {
		s.gaveBack.at = time.Now()
		debug.FreeOSMemory()
	}
}

// gaveBack is when memory was last given back; zero if never.
type gaveBack struct{ at time.Time }

func (g *gaveBack) due(now time.Time) bool { return g.at.IsZero() || now.Sub(g.at) >= giveBackGap }

func (s *Store) syncQueues(ctx context.Context) {
	covered, err := s.queues.Flush(ctx)
	if s.queueError(err); err == nil {
		s.known.QueueTime = max(s.known.QueueTime, covered.StoreTime)
		s.cleaner.safe.Store(max(s.cleaner.safe.Load(), covered.PhyOffset))
	}
}

func (s *Store) queueError(err error) {
	switch {
	case err == nil:
		s.fed()
	case errors.Is(err, context.Canceled):
	case vfs.Scarce(err):
		s.starve(err) // it is tried again with the next write
	default:
		s.refuse(err) // the log would outgrow what memory can hold of the queues
	}
}

// saveCheckpoint tells the disk what is durable. A disk that cannot take it costs a longer recovery.
func (s *Store) saveCheckpoint() {
	s.known.LogTime = max(s.known.LogTime, s.log.FlushedTime())
	if s.keys != nil {
		s.known.IndexTime = max(s.known.IndexTime, s.keys.Durable())
	}
	if err := s.point.Store(s.known); err != nil && !vfs.Scarce(err) {
		s.refuse(err)
	}
}
