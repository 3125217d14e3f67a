package store

import (
	"errors"
	"fmt"

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

// checkDisk refuses messages from DiskFullPercent on and takes them again at DiskAgainPercent.
// Java: DefaultMessageStore.CleanCommitLogService.
func (s *Store) checkDisk() {
	u, err := s.fsys.Usage(logDir)
	if err != nil {
		s.opt.Log.Warn("cannot tell how full the disk is", "error", err)
		return
	}
	used := usedPercent(u)
	full := used > s.opt.DiskFullPercent || u.Free < s.opt.MinFree
	again := used <= s.opt.DiskAgainPercent && u.Free >= s.opt.MinFree
	switch {
	case full && !s.health.diskFull:
		s.health.diskFull = true
		s.refuse(fmt.Errorf("%w: %d %% of %d bytes used, %d bytes free", ErrDiskFull, used, u.Total, u.Free))
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

// usedPercent rounds up, as Java does.
func usedPercent(u vfs.Usage) int {
	if u.Total <= 0 {
		return 0
	}
	used := u.Total - u.Free
	percent := used / (u.Total / 100.0)
	return int(percent)
}

// damaged notes a record that is not what its queue entry means.
func (s *Store) damaged(phyOff int64, err error) {
	if n := s.counts.damaged.Add(1); n&(n-1) == 0 { // the first, the second, the fourth …
		s.opt.Log.Error("a message cannot be read", "phyOffset", phyOff, "error", err, "so far", n)
	}
}
