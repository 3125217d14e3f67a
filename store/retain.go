package store

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gannetmq/gannet/store/retention"
)

// manualRounds is how many rounds of deletion one request is good for. Java: MAX_MANUAL_DELETE_FILE_TIMES.
const manualRounds = 20

// cleaner deletes the files that nobody needs any more. Its goroutine is runClean.
type cleaner struct {
	kick   chan struct{} // a round is wanted before its time
	manual atomic.Int32  // rounds that were asked for
	// safe is the log offset up to which the queues' entries are durable. What lies behind it must stay:
	// without the entries the log is all that knows how far a queue goes.
	safe atomic.Int64

	// mu makes rounds and Check exclude each other. It is held over I/O and pauses; it guards the fields
	// below, which belong to Close once the rounds are over.
	mu       sync.Mutex
	clock    retention.Clock
	followed int64  // where the log began when queues and index were cleaned last
	told     string // what keeps files from being deleted, as the log was told last
}

func (c *cleaner) wake() {
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

// DeleteExpired has expired files deleted now and in the next rounds, whatever the hour. It does not
// wait. Java: executeDeleteFilesManually.
func (s *Store) DeleteExpired() error {
	if s.closed.Load() {
		return ErrClosed
	}
	s.cleaner.manual.Store(manualRounds)
	s.cleaner.wake()
	return nil
}

// CleanExpiredQueues removes the queues that have no messages any more, of all topics that spare does
// not want to keep, and returns how many those were. After a restart they begin at 0 again.
// Java: cleanExpiredConsumerQueue.
func (s *Store) CleanExpiredQueues(spare func(topic string) bool) (queues int, err error) {
	if s.closed.Load() {
		return 0, ErrClosed
	}
	return s.queues.RemoveExpired(s.log.Start(), spare)
}

// runClean deletes what is due until Close: by the clock, and at once when the disk is full or
// somebody asks. Java: DefaultMessageStore.addScheduleTask.
func (s *Store) runClean() {
	defer s.stopAtPanic()
	next := time.NewTimer(s.opt.cleanFirst)
	defer next.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-s.cleaner.kick:
		case <-next.C:
		}
		s.clean()
		next.Reset(s.opt.CleanInterval)
	}
}

// clean is one round: files of the log, then what follows the log.
func (s *Store) clean() {
	c := &s.cleaner
	c.mu.Lock()
	defer c.mu.Unlock()
	err := errors.Join(s.cleanLog(c.takeManual()), s.cleanDerived(s.closing, s.opt.QueueDeletePause))
	if err == nil || errors.Is(err, context.Canceled) {
		c.told = ""
		return
	}
	if text := err.Error(); text != c.told { // once, not every ten seconds
		c.told = text
		s.opt.Log.Warn("old files are not deleted", "error", err)
	}
}

// takeManual uses up one of the rounds that were asked for.
func (c *cleaner) takeManual() bool {
	n := c.manual.Load()
	return n > 0 && c.manual.CompareAndSwap(n, n-1)
}

// errStuck: the disk fills, and no file of the log is old enough or may go.
var errStuck = errors.New("store: the disk is nearly full, and no file of the log can be deleted")

// cleanLog deletes files of the log, oldest first, up to the first that is not due.
func (s *Store) cleanLog(manual bool) error {
	for n := 0; n < s.retention().Batch && s.pause(n, s.opt.LogDeletePause); n++ {
		look, err := s.look(manual)
		if err != nil {
			s.opt.Log.Warn("cannot tell how full the disk is", "error", err)
		}
		demand, cause := s.retention().Demand(look)
		trusted := s.cleaner.clock.Trust(look.Now, s.opt.uptime())
		if demand == retention.None || demand == retention.Expired && !trusted {
			return nil
		}
		file, ok, err := s.log.Oldest(s.dispensable())
		if err != nil {
			return err
		}
		if !ok || !s.retention().Due(demand, file.Written, look.Now) {
			if n == 0 && cause == retention.BySpace {
				return errStuck
			}
			return nil
		}
		if err := s.log.Delete(file); err != nil {
			return err
		}
		s.counts.deleted.Add(1)
		s.opt.Log.Info("a file of the log is deleted", "from", file.Start, "to", file.End, "written", file.Written,
			"because", cause, "used", look.Used)
	}
	return nil
}

// look gathers what the rules want to know. After an error of the disk the look says so too.
func (s *Store) look(manual bool) (retention.Look, error) {
	l := retention.Look{Now: time.UnixMilli(s.opt.Now()), Used: retention.UnknownUsed, Manual: manual}
	room, err := s.room()
	if err == nil {
		l.Used, l.Low, l.Total = room.percent, room.free < s.opt.freeAgain(), room.total
	}
	l.Log = s.log.Bytes()
	if s.retention().Shares > 1 {
		l.Own = l.Log + s.queues.Bytes()
		if s.keys != nil {
			l.Own += s.keys.Bytes()
		}
	}
	return l, err
}

// dispensable is the log offset up to which everything that is made from the log has been made, and
// would survive a power cut if only the log can tell it. An index that is held up is not waited for.
func (s *Store) dispensable() int64 {
	off := s.cleaner.safe.Load()
	if s.indexer != nil && s.indexer.Err() == nil && s.indexer.Held() == nil { // which waits for room, say
		if at := s.indexer.Offset(); at < off {
			s.indexer.Wake()
			return at
		}
	}
	return off
}

// cleanDerived lets queues and index follow the log, once for each place where it begins. A Java broker
// that finds a first file of a queue without any message that is left takes the queue's minimum for 0,
// until its own cleaning a minute later.
func (s *Store) cleanDerived(ctx context.Context, pause time.Duration) error {
	start := s.log.Start()
	if start == s.cleaner.followed {
		return nil
	}
	queueFiles, err := s.queues.Expire(ctx, start, func() { s.pause(1, pause) })
	indexFiles := 0
	if s.keys != nil {
		var kerr error
		indexFiles, kerr = s.keys.Expire(start)
		err = errors.Join(err, kerr)
	}
	if queueFiles+indexFiles > 0 {
		s.opt.Log.Info("queues and index follow the log", "from", start, "queueFiles", queueFiles, "indexFiles", indexFiles)
	}
	if err == nil {
		s.cleaner.followed = start
	}
	return err
}

// pause waits in front of all but the first file, and reports whether to go on: not when the store closes.
func (s *Store) pause(n int, d time.Duration) bool {
	if n == 0 || d <= 0 {
		return s.closing.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-s.closing.Done():
		return false
	case <-timer.C:
		return true
	}
}
