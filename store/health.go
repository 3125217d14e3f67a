package store

import (
	"errors"
	"fmt"
	"math"
	"runtime/debug"

	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/vfs"
)

// health is why the store takes no messages, cause by cause. Of the upkeep goroutine, and of Open
// before it runs.
type health struct {
	diskFull bool // more of the disk is used than may be
	starved  bool // the queues could not be written for lack of room, descriptors or memory
	unsynced bool // nor synced
}

// errScarce marks a refusal that ends when the system has again what files need.
var errScarce = errors.New("the system lacks what files need")

// Passes reports whether a refusal is one that may end while the store is open.
func Passes(refusal error) bool { return isAny(refusal, ErrDiskFull, errScarce) }

// starve refuses messages because the queues lack what passes: the log would outgrow them. lacking is one of health.
func (s *Store) starve(lacking *bool, err error) {
	if *lacking {
		return
	}
	*lacking = true
	reason := fmt.Errorf("%w: the queues cannot be written: %w", errScarce, err)
	if errors.Is(err, vfs.ErrNoSpace) {
		reason = fmt.Errorf("%w: %w", ErrDiskFull, reason)
		s.cleaner.wake()
	}
	s.refuse(reason)
}

// fed takes messages again after starve.
func (s *Store) fed(lacking *bool) {
	if *lacking {
		*lacking = false
		s.allow()
	}
}

// ReadOnly returns why the store takes no messages, nil if it does. errors.Is: ErrClosed, or
// ErrReadOnly, with ErrDiskFull when room on the disk would cure it.
func (s *Store) ReadOnly() error {
	if p := s.refusal.Load(); p != nil {
		return *p
	}
	if err := s.log.NoRoom(); err != nil {
		return s.putError(err)
	}
	return nil
}

// refuse makes the store read-only because of err, unless it is already for good.
func (s *Store) refuse(err error) {
	reason := fmt.Errorf("%w: %w", ErrReadOnly, err)
	for {
		old := s.refusal.Load()
		if old != nil && !Passes(*old) {
			return
		}
		if s.refusal.CompareAndSwap(old, &reason) {
			s.opt.Log.Error("the store takes no messages", "error", err)
			return
		}
	}
}

// freeAgain is how many bytes must be free for messages to be taken again after less than MinFree were: a tenth more,
// or as many as one deleted file of the log yields. Until then the oldest files are deleted.
func (o *Options) freeAgain() int64 {
	return o.MinFree + min(o.MinFree/10, o.LogFileSize, math.MaxInt64-o.MinFree)
}

// checkDisk refuses messages above DiskFullPercent and takes them again at DiskAgainPercent.
// Java: DefaultMessageStore.CleanCommitLogService.
func (s *Store) checkDisk() {
	r, err := s.room()
	if err != nil {
		s.opt.Log.Warn("cannot tell how full the disk is", "error", err)
		return
	}
	full := r.percent > s.opt.DiskFullPercent || r.free < s.opt.MinFree
	again := r.percent <= s.opt.DiskAgainPercent && r.free >= s.opt.freeAgain()
	switch {
	case full && !s.health.diskFull:
		s.health.diskFull = true
		s.refuse(fmt.Errorf("%w: %d %% of %d bytes used, %d bytes free", ErrDiskFull, r.percent, r.total, r.free))
		s.cleaner.wake()
	case again && s.health.diskFull:
		s.health.diskFull = false
		s.allow()
	}
}

// allow takes messages again if nothing else is in the way than what has passed.
func (s *Store) allow() {
	p := s.refusal.Load()
	if s.health == (health{}) && p != nil && Passes(*p) && s.refusal.CompareAndSwap(p, nil) {
		s.opt.Log.Info("messages are taken again", "after", *p)
	}
}

// queueRoom is what the log leaves of the disk for the queues, in bytes, besides twice what waits to be
// written: without queue entries no file of the log can be deleted, and the disk would stay full. Of a small
// disk it is a part, roomShare.
const (
	queueRoom = 64 << 20
	roomShare = 16
)

// logRoom is how many bytes of a disk the log may take.
func (s *Store) logRoom(dir string) int64 {
	u, err := s.fsys.Usage(dir)
	if err != nil || u.Total < s.opt.LogFileSize { // which is no disk's size: some network file systems know nothing
		return math.MaxInt64 // the disk itself says when it is full
	}
	return u.Free - min(u.Total/roomShare, queueRoom+2*s.queues.Pending())
}

// stopAtPanic, deferred by a goroutine of the store, makes its panic the reason why messages are refused for
// good. Close then leaves the queues to recovery.
func (s *Store) stopAtPanic() {
	if r := recover(); r != nil {
		s.opt.Log.Error("panic in the store", "panic", r, "stack", string(debug.Stack()))
		err := fmt.Errorf("%w: %v", ErrPanic, r)
		s.panicked.Store(&err)
		s.refuse(err)
	}
}

// room is how full a disk is.
type room struct {
	percent     int
	total, free int64 // bytes
}

// room tells it of the disk of log and queues, or of the fuller one if they lie on two, as far as a
// ratio is asked for.
func (s *Store) room() (room, error) {
	log, err := s.logUsage()
	if err != nil {
		return room{}, err
	}
	queues, err := s.fsys.Usage(layout.QueueDir)
	if err != nil {
		return room{}, err
	}
	return room{max(log.Percent(), queues.Percent(), 0), log.Total, min(log.Free, queues.Free)}, nil
}

// damaged notes a record that is not what its queue entry means.
func (s *Store) damaged(phyOff int64, err error) {
	if n := s.counts.damaged.Add(1); n&(n-1) == 0 { // the first, the second, the fourth …
		s.opt.Log.Error("a message cannot be read", "phyOffset", phyOff, "error", err, "so far", n)
	}
}
