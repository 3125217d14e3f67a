package vfs

import (
	"errors"
	"runtime"

	"golang.org/x/sys/unix"
)

// readCached reads what is in memory, at least a byte; errNotCached if nothing of it is.
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

// fetchStep is what every disk is asked for at once, in bytes: the kernel cuts longer requests to what one command may carry.
const fetchStep = 128 << 10

// fetch has the kernel read [off, off+n) of the file ahead.
func (f *osFile) fetch(off, n int64) {
	defer runtime.KeepAlive(f.f)
	for end := off + n; off < end; off += fetchStep {
		_ = unix.Fadvise(int(f.f.Fd()), off, min(fetchStep, end-off), unix.FADV_WILLNEED) // without it, the read waits longer
	}
}
