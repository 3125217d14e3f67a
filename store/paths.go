package store

import (
	"errors"
	"io/fs"

	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/vfs"
)

// A log in several directories may lie on as many disks.

// Disks tells how full the disks are that the store lies on. A disk that does not tell has Total 0.
type Disks struct {
	Log           []vfs.Usage // of Options.LogDirs, in their order
	Queues, Index vfs.Usage
}

// Roomiest is the emptiest disk of the log, the one that decides whether messages are taken; zero if none tells.
func (d Disks) Roomiest() (most vfs.Usage) {
	for _, u := range d.Log {
		if u.Total > 0 && (most.Total == 0 || u.Percent() < most.Percent()) {
			most = u
		}
	}
	return most
}

// Disks asks the disks.
func (s *Store) Disks() Disks {
	var d Disks
	for _, dir := range s.opt.LogDirs {
		d.Log = append(d.Log, s.usage(dir))
	}
	d.Queues, d.Index = s.usage(layout.QueueDir), s.usage(layout.IndexDir)
	return d
}

// usage is that of a directory, or, before it is made, of the root, in which it will be.
func (s *Store) usage(dir string) vfs.Usage {
	u, err := s.fsys.Usage(dir)
	if errors.Is(err, fs.ErrNotExist) {
		u, err = s.fsys.Usage(".")
	}
	if err != nil {
		return vfs.Usage{}
	}
	return u
}

// logUsage tells the room on the emptiest disk of the log: while there is one, the log can grow.
// Java: CleanCommitLogService.isSpaceToDelete.
func (s *Store) logUsage() (most vfs.Usage, err error) {
	for i, dir := range s.opt.LogDirs {
		u, err := s.fsys.Usage(dir)
		if err != nil {
			return vfs.Usage{}, err
		}
		if i == 0 || u.Percent() < most.Percent() {
			most = u
		}
	}
	return most, nil
}

// logDirFull reports whether a directory should get no new file of the log.
func (s *Store) logDirFull(dir string) bool {
	u, err := s.fsys.Usage(dir)
	return err == nil && u.Percent() > s.opt.DiskAgainPercent
}
