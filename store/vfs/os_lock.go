package vfs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// processLocks is the one global of the package, because what it mirrors is global: an fcntl lock
// belongs to the process, does not exclude it, and is gone as soon as the process closes any
// descriptor of the file. Hence nobody here closes one of a file that is listed.
var processLocks lockTable

// lockTable holds the lock files of this process by what they are, not by their names: two roots
// may lead to one file.
type lockTable struct {
	mu   sync.Mutex // held over open and fcntl too: locking is rare and must not interleave
	held map[fileID]*osLock
}

type fileID struct{ dev, ino uint64 }

func idOf(f *os.File) (fileID, error) {
	info, err := f.Stat()
	if err != nil {
		return fileID{}, err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fileID{}, fmt.Errorf("%w: %s: no inode number", errors.ErrUnsupported, f.Name())
	}
	return fileID{uint64(st.Dev), st.Ino}, nil
}

// adopt takes f, which is file id, over and returns ErrLocked if this process holds a lock on that file: were f closed before
// the lock is released, the lock would be gone.
func (t *lockTable) adopt(f *os.File, id fileID) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.adoptLocked(f, id)
}

func (t *lockTable) adoptLocked(f *os.File, id fileID) error {
	l := t.held[id]
	if l == nil {
		return nil
	}
	l.also = append(l.also, f)
	return fmt.Errorf("%w: %s: by this process", ErrLocked, f.Name())
}

// lock takes the file at path as open opens it: exclusively, and marked as Java does, or shared.
func (t *lockTable) lock(path string, open func(string) (*os.File, error), shared bool) (io.Closer, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	id, err := idOf(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := t.adoptLocked(f, id); err != nil {
		return nil, err
	}
	l, err := t.take(f, id, shared)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return l, nil
}

// take locks the open file f, which this process holds no lock on.
func (t *lockTable) take(f *os.File, id fileID, shared bool) (*osLock, error) {
	how := int16(unix.F_WRLCK)
	if shared {
		how = unix.F_RDLCK
	}
	if err := lockByteZero(f, how); err != nil {
		return nil, err
	}
	if !shared {
		if err := mark(f); err != nil {
			return nil, err
		}
	}
	if t.held == nil {
		t.held = make(map[fileID]*osLock)
	}
	l := &osLock{table: t, id: id, f: f}
	t.held[id] = l
	return l, nil
}

func createLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, filePerm)
	return f, noSpace(err)
}

// mark writes what Java writes into its lock file.
func mark(f *os.File) error {
	if _, err := f.WriteAt([]byte("lock"), 0); err != nil {
		return noSpace(err)
	}
	return noSpace(f.Sync())
}

// lockByteZero takes the lock that java.nio.channels.FileChannel.tryLock(0, 1, kind == F_RDLCK) takes.
func lockByteZero(f *os.File, kind int16) error {
	file := osFile{f: f}
	want := unix.Flock_t{Type: kind, Whence: io.SeekStart, Start: 0, Len: 1}
	err := file.control("lock", func(fd int) error { return unix.FcntlFlock(uintptr(fd), unix.F_SETLK, &want) })
	if !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EACCES) {
		return err
	}
	holder := want
	if file.control("lock", func(fd int) error {
		return unix.FcntlFlock(uintptr(fd), unix.F_GETLK, &holder)
	}) == nil && holder.Type != unix.F_UNLCK {
		return fmt.Errorf("%w: %s: by process %d", ErrLocked, f.Name(), holder.Pid)
	}
	return fmt.Errorf("%w: %s: %w", ErrLocked, f.Name(), err)
}

// osLock is a lock that is held. Closing the descriptor releases it.
type osLock struct {
	table *lockTable
	id    fileID
	f     *os.File
	also  []*os.File // other descriptors of the file
}

// Close releases the lock; the file stays, as Java's does. Closing again is an error and does not
// touch the entry, which may be another holder's by now.
func (l *osLock) Close() error {
	l.table.mu.Lock()
	defer l.table.mu.Unlock()
	err := l.f.Close()
	if errors.Is(err, os.ErrClosed) {
		return err
	}
	delete(l.table.held, l.id) // also after EIO: the descriptor, and the lock with it, is gone
	for _, f := range l.also {
		err = errors.Join(err, f.Close())
	}
	return err
}
