//go:build !linux

package vfs

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Portable stand-ins, for development away from Linux: right, not fast. See os_linux.go for what
// each is meant to do.

func allocate(int, int64, int64) error { return errors.ErrUnsupported }

func fdatasync(fd int) error { return unix.Fsync(fd) }

func syncfs(int) error { return errors.ErrUnsupported }

func populate(b []byte, mode MapMode) error { return touch(b, mode) }

// resident knows nothing, so reads go through the file.
func resident([]byte) bool { return false }

func drop(b []byte) error { return unix.Madvise(b, unix.MADV_DONTNEED) }

func diskUsage(path string) (Usage, error) {
	var s unix.Statfs_t
	if err := uninterrupted(func() error { return unix.Statfs(path, &s) }); err != nil {
		return Usage{}, pathError("statfs", path, err)
	}
	unit := int64(s.Bsize)
	free := int64(s.Bavail) * unit
	return Usage{Total: int64(s.Blocks-s.Bfree)*unit + free, Free: free}, nil
}
