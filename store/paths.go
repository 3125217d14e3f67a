package store

import "github.com/gannetmq/gannet/store/vfs"

// A log in several directories may lie on as many disks.

// logUsage tells the room on the emptiest disk of the log: while there is one, the log can grow.
// Java: CleanCommitLogService.isSpaceToDelete.
func (s *Store) logUsage() (most vfs.Usage, err error) {
	for i, dir := range s.opt.LogDirs {
		u, err := s.fsys.Usage(dir)
		if err != nil {
			return vfs.Usage{}, err
		}
		if i == 0 || usedPercent(u) < usedPercent(most) {
			most = u
		}
	}
	return most, nil
}

// logDirFull reports whether a directory should get no new file of the log.
func (s *Store) logDirFull(dir string) bool {
	u, err := s.fsys.Usage(dir)
	return err == nil && usedPercent(u) > s.opt.DiskAgainPercent
}
