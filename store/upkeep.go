package store

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"github.com/gannetmq/gannet/store/consumequeue"
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

// runUpkeep writes what is behind, has it synced, keeps the checkpoint and watches the disk until Close. What
// was dispatched since the queues were last synced is dispatched again after a crash; Java syncs them
// every 60 s (flushConsumeQueueThoroughInterval).
func (s *Store) runUpkeep() {
	defer s.stopAtPanic()
	disk := time.NewTicker(s.opt.upkeepEvery)
	defer disk.Stop()
	queues := time.NewTicker(s.opt.QueueFlushInterval)
	defer queues.Stop()
	syncing, synced := false, time.Now()
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
			s.writeQueues(writeLeast)
			if !syncing && (now.Sub(synced) >= s.opt.queueSync || s.health.unsynced) {
				syncing = true
				s.wantSync <- struct{}{}
			}
		case r := <-s.synced:
			s.settleSync(r)
			syncing, synced = false, time.Now()
		}
	}
}

// runSync makes queues and index durable whenever the upkeep goroutine asks for it, until Close. A disk may take
// seconds for that, in which the queues are written all the same.
func (s *Store) runSync() {
	defer s.stopAtPanic()
	for {
		select {
		case <-s.stop:
			return
		case <-s.wantSync:
			r := s.syncQueues(s.closing)
			s.syncIndex()
			s.synced <- r
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
	s.queueError(&s.health.starved, s.queues.Write(s.closing, least))
	if s.gaveBack.due(time.Now()) && s.queues.LetGo(muchLetGo) {
		s.gaveBack.at = time.Now()
		debug.FreeOSMemory()
	}
}

// gaveBack is when memory was last given back; zero if never.
type gaveBack struct{ at time.Time }

func (g *gaveBack) due(now time.Time) bool { return g.at.IsZero() || now.Sub(g.at) >= giveBackGap }

// queueSync is what became of a sync of the queues.
type queueSync struct {
	covered consumequeue.Covered
	err     error
}

func (s *Store) syncQueues(ctx context.Context) queueSync {
	covered, err := s.queues.Flush(ctx)
	return queueSync{covered, err}
}

// settleSync takes note of what is durable since a sync that has ended. Of the upkeep goroutine, and of Close.
func (s *Store) settleSync(r queueSync) {
	if s.queueError(&s.health.unsynced, r.err); r.err == nil {
		s.known.QueueTime = max(s.known.QueueTime, r.covered.StoreTime)
		s.cleaner.safe.Store(max(s.cleaner.safe.Load(), r.covered.PhyOffset))
	}
}

// queueError takes note of how writing or syncing the queues ended; lacking is what health says of that.
func (s *Store) queueError(lacking *bool, err error) {
	switch {
	case err == nil:
		s.fed(lacking)
	case errors.Is(err, context.Canceled):
	case vfs.Scarce(err):
		s.starve(lacking, err) // it is tried again when the next write is due
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
