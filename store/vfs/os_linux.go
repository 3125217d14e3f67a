package vfs

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// allocate reserves blocks and leaves the file's length alone. errors.ErrUnsupported where the
// file system cannot (NFS before 4.2, some FUSE ones).
func allocate(fd int, off, n int64) error {
	return unix.Fallocate(fd, unix.FALLOC_FL_KEEP_SIZE, off, n)
}

func fdatasync(fd int) error { return unix.Fdatasync(fd) }

// syncfs writes all that is dirty of a file system. Before Linux 5.8 it does not say what could not be written.
func syncfs(fd int) error {
	if !syncfsTells() {
		return errors.ErrUnsupported
	}
	return unix.Syncfs(fd)
}

var syncfsTells = sync.OnceValue(func() bool {
	var name unix.Utsname
	if unix.Uname(&name) != nil {
		return false
	}
	var major, minor int
	_, err := fmt.Sscanf(unix.ByteSliceToString(name.Release[:]), "%d.%d", &major, &minor)
	return err == nil && (major > 5 || major == 5 && minor >= 8)
})

// populate prefaults b. Before Linux 5.14 there is no such advice (EINVAL) and pages are touched.
func populate(b []byte, mode MapMode) error {
	advice := unix.MADV_POPULATE_READ
	if mode == ReadWrite {
		advice = unix.MADV_POPULATE_WRITE
	}
	err := uninterrupted(func() error { return unix.Madvise(b, advice) })
	if errors.Is(err, unix.EINVAL) {
		return touch(b, mode)
	}
	return err
}

// resident asks mincore, 256 pages at a time so that the answer fits the stack.
func resident(b []byte) bool {
	var vec [256]byte
	page := os.Getpagesize()
	for len(b) > 0 {
		part := b[:min(len(b), len(vec)*page)]
		_, _, errno := unix.Syscall(unix.SYS_MINCORE,
			uintptr(unsafe.Pointer(&part[0])), uintptr(len(part)), uintptr(unsafe.Pointer(&vec[0])))
		if errno != 0 {
			return false
		}
		for _, v := range vec[:(len(part)+page-1)/page] {
			if v&1 == 0 {
				return false
			}
		}
		b = b[len(part):]
	}
	return true
}

// drop marks the pages as first to reclaim while they are still mapped, where the kernel knows how
// (5.4), and then unmaps them, which gives the memory back to the process's account.
func drop(b []byte) error {
	if err := unix.Madvise(b, unix.MADV_COLD); err != nil && !errors.Is(err, unix.EINVAL) {
		return err
	}
	return unix.Madvise(b, unix.MADV_DONTNEED)
}

// diskUsage counts as total what is used plus what this user may still use, without the blocks
// kept for root, so that (Total-Free)/Total is Java's ratio (UtilAll.getDiskPartitionSpaceUsedPercent).
func diskUsage(path string) (Usage, error) {
	var s unix.Statfs_t
	if err := uninterrupted(func() error { return unix.Statfs(path, &s) }); err != nil {
		return Usage{}, pathError("statfs", path, err)
	}
	unit := s.Frsize
	if unit == 0 {
		unit = s.Bsize
	}
	free := int64(s.Bavail) * unit
	return Usage{Total: int64(s.Blocks-s.Bfree)*unit + free, Free: free}, nil
}
