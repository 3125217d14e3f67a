package vfs

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// LockShared keeps everybody from taking Lock until Close, for who only reads: the file must exist
// and is not changed. ErrLocked if somebody has it; fs.ErrNotExist if nobody ever had.
func (o *OS) LockShared(name string) (io.Closer, error) {
	if err := o.checkFile(name); err != nil {
		return nil, err
	}
	return processLocks.lockShared(o.path(name))
}

func (t *lockTable) lockShared(path string) (io.Closer, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.checkLocked(path); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	l, err := t.takeShared(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return l, nil
}

func (t *lockTable) takeShared(f *os.File) (*osLock, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	id, ok := idOf(info)
	if !ok {
		return nil, fmt.Errorf("%w: %s: no inode number", errors.ErrUnsupported, f.Name())
	}
	if err := lockByteZero(f, unix.F_RDLCK); err != nil {
		return nil, err
	}
	if t.held == nil {
		t.held = make(map[fileID]struct{})
	}
	t.held[id] = struct{}{}
	return &osLock{table: t, id: id, f: f}, nil
}
