package vfs

import (
	"errors"
	"runtime"

	"golang.org/x/sys/unix"
)

// readCached reads what is in memory, at least a byte; errNotCached if nothing of it is. The kernel then reads it, and ahead of who
// goes on from where he was (filemap_get_pages, Linux 5.10 and later).
func (f *osFile) readCached(b []byte, off int64) (n int, err error) {
	defer runtime.KeepAlive(f.f)
	err = uninterrupted(func() error {
		n, err = unix.Preadv2(int(f.f.Fd()), [][]byte{b}, off, unix.RWF_NOWAIT)
		return err
	})
	if errors.Is(err, unix.EAGAIN) {
		err = errNotCached
	}
	return max(n, 0), err
}
