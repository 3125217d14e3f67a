package store

import (
	"errors"
	"fmt"
	"math"

	"github.com/gannetmq/gannet/store/vfs"
)

// health is why the store takes no messages, cause by cause. Of the upkeep goroutine, and of Open
// before it runs.
type health struct {
	diskFull bool
}

// ReadOnly returns why the store takes no messages, nil if it does. errors.Is: ErrClosed, or
// ErrReadOnly, with ErrDiskFull when room on the disk would cure it.
func (s *Store) ReadOnly() error {
	if p := s.refusal.Load(); p != nil {
		return *p
	}
	return nil
}

// refuse makes the store read-only because of err, unless it is already for good.
func (s *Store) refuse(err error) {
	reason := fmt.Errorf("%w: %w", ErrReadOnly, err)
	for {
		old := s.refusal.Load()
		if old != nil && !errors.Is(*old, ErrDiskFull) {
			return
		}
		if s.refusal.CompareAndSwap(old, &reason) {
			s.opt.Log.Error("the store takes no messages", "error", err)
			return
		}
	}
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
	again := r.percent <= s.opt.DiskAgainPercent && r.free >= s.opt.MinFree
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

// allow takes messages again if a full disk was all that was in the way.
func (s *Store) allow() {
	p := s.refusal.Load()
	if p != nil && errors.Is(*p, ErrDiskFull) && s.refusal.CompareAndSwap(p, nil) {
		s.opt.Log.Info("there is room on the disk again, messages are taken")
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
	queues, err := s.fsys.Usage(queueDir)
	if err != nil {
		return room{}, err
	}
	return room{max(usedPercent(log), usedPercent(queues)), log.Total, min(log.Free, queues.Free)}, nil
}

// usedPercent rounds up, as Java does (UtilAll.getDiskPartitionSpaceUsedPercent).
func usedPercent(u vfs.Usage) int {
	if u.Total <= 0 {
		return 0
	}
	return int(math.Ceil(100 * float64(u.Total-u.Free) / float64(u.Total)))
}

// damaged notes a record that is not what its queue entry means.
func (s *Store) damaged(phyOff int64, err error) {
	if n := s.counts.damaged.Add(1); n&(n-1) == 0 { // the first, the second, the fourth …
		s.opt.Log.Error("a message cannot be read", "phyOffset", phyOff, "error", err, "so far", n)
	}
}
