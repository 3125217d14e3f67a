package vfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// osFile is a File of the machine. os.File already retries interrupted and short calls and
// refuses use after Close; what it lacks goes through control.
type osFile struct{ f *os.File }

func (f *osFile) ReadAt(p []byte, off int64) (int, error) { return f.f.ReadAt(p, off) }

func (f *osFile) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.f.WriteAt(p, off)
	return n, noSpace(err)
}

func (f *osFile) Size() (int64, error) {
	info, err := f.f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f *osFile) Truncate(size int64) error { return noSpace(f.f.Truncate(size)) }

func (f *osFile) Allocate(off, n int64) error {
	size, err := f.Size()
	if err != nil {
		return err
	}
	if err := checkRange(f.f.Name(), off, n, size); err != nil || n == 0 {
		return err
	}
	err = f.control("fallocate", func(fd int) error { return allocate(fd, off, n) })
	if errors.Is(err, errors.ErrUnsupported) {
		err = f.allocateByWriting(off, n)
	}
	return noSpace(err)
}

// allocateByWriting serves file systems without fallocate: it writes a zero where it reads one,
// once a block. Content survives, except what somebody writes to those very bytes meanwhile; who
// allocates ahead of the writers, as the contract says, does not meet that.
func (f *osFile) allocateByWriting(off, n int64) error {
	const block = 4096
	var b [1]byte
	for pos, end := off, off+n; pos < end; pos += block - pos%block {
		if _, err := f.f.ReadAt(b[:], pos); err != nil {
			return err
		}
		if b[0] != 0 {
			continue
		}
		if _, err := f.f.WriteAt(b[:], pos); err != nil {
			return err
		}
	}
	return nil
}

func (f *osFile) Sync() error { return noSpace(f.control("fdatasync", fdatasync)) }

func (f *osFile) Map(size int64, mode MapMode) (Mapping, error) {
	length, err := f.Size()
	if err != nil {
		return nil, err
	}
	if size == 0 {
		return nil, fmt.Errorf("%w: %s: empty mapping", ErrRange, f.f.Name())
	}
	if err := checkRange(f.f.Name(), 0, size, length); err != nil {
		return nil, err
	}
	prot := unix.PROT_READ
	if mode == ReadWrite {
		prot |= unix.PROT_WRITE
	}
	m := &osMapping{name: f.f.Name(), mode: mode}
	err = f.control("mmap", func(fd int) error {
		m.b, err = unix.Mmap(fd, 0, int(size), prot, unix.MAP_SHARED)
		return err
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (f *osFile) Close() error { return f.f.Close() }

// control runs f on the descriptor, which cannot be closed meanwhile, until it is not interrupted.
func (f *osFile) control(op string, call func(fd int) error) error {
	c, err := f.f.SyscallConn()
	if err != nil {
		return err
	}
	var callErr error
	err = c.Control(func(fd uintptr) {
		callErr = uninterrupted(func() error { return call(int(fd)) })
	})
	if err != nil {
		return pathError(op, f.f.Name(), fs.ErrClosed) // the one reason there is, not wrapped in err
	}
	return pathError(op, f.f.Name(), callErr)
}

// uninterrupted repeats call while a signal interrupts it.
func uninterrupted(call func() error) error {
	for {
		if err := call(); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// pathError adds what was done to which file; nil stays nil.
func pathError(op, path string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: path, Err: err}
}
