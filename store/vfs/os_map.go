package vfs

import (
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// osMapping is a shared mapping of the machine. It outlives the File it came from. No method may
// run at the same time as, or after, Unmap; mapped.Segment counts references for that.
type osMapping struct {
	name string
	b    []byte
	mode MapMode
}

func (m *osMapping) Bytes() []byte { return m.b }

// Sync writes the whole pages that [off, off+n) touches.
func (m *osMapping) Sync(off, n int64) error {
	b, err := m.pages(off, n)
	if err != nil || len(b) == 0 {
		return err
	}
	err = uninterrupted(func() error { return unix.Msync(b, unix.MS_SYNC) })
	return noSpace(pathError("msync", m.name, err))
}

func (m *osMapping) Populate(off, n int64) error {
	b, err := m.pages(off, n)
	if err != nil || len(b) == 0 {
		return err
	}
	return pathError("populate", m.name, populate(b, m.mode))
}

func (m *osMapping) Random(off, n int64) error {
	b, err := m.pages(off, n)
	if err != nil || len(b) == 0 {
		return err
	}
	return pathError("madvise", m.name, unix.Madvise(b, unix.MADV_RANDOM))
}

func (m *osMapping) Resident(off, n int64) bool {
	b, err := m.pages(off, n)
	return err == nil && resident(b)
}

// Drop gives up only pages that lie wholly inside the range; nothing is lost, as the mapping is
// shared: the pages stay in the page cache until the kernel needs the room.
func (m *osMapping) Drop(off, n int64) error {
	if err := checkRange(m.name, off, n, int64(len(m.b))); err != nil {
		return err
	}
	page := int64(os.Getpagesize())
	lo, hi := (off+page-1)&^(page-1), (off+n)&^(page-1)
	if off+n == int64(len(m.b)) {
		hi = off + n
	}
	if lo >= hi {
		return nil
	}
	return pathError("madvise", m.name, drop(m.b[lo:hi]))
}

func (m *osMapping) Unmap() error {
	if m.b == nil {
		return pathError("munmap", m.name, fs.ErrClosed)
	}
	b := m.b
	m.b = nil
	return pathError("munmap", m.name, unix.Munmap(b))
}

// pages is [off, off+n) of the mapping widened to whole pages, as the kernel wants it.
func (m *osMapping) pages(off, n int64) ([]byte, error) {
	if err := checkRange(m.name, off, n, int64(len(m.b))); err != nil || n == 0 {
		return nil, err
	}
	page := int64(os.Getpagesize())
	return m.b[off&^(page-1) : off+n], nil // the end need not be aligned: the kernel rounds up
}
