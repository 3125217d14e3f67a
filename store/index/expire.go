package index

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
)

// Expire removes the oldest files as far as all their messages lie in front of minPhy, where the log
// begins now, but never the newest, and returns how many (Java: IndexService.deleteExpiredFile). In the
// files that are left there may be keys of messages that are gone.
func (x *Index) Expire(minPhy int64) (files int, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		return 0, ErrClosed
	}
	for x.expired(minPhy) && err == nil {
		if err = x.removeOldest(); err == nil {
			files++
		}
	}
	if files > 0 {
		err = errors.Join(err, x.fsys.SyncDir(x.opt.Dir))
	}
	if err != nil {
		return files, fmt.Errorf("index: expire: %w", err)
	}
	return files, nil
}

// removeOldest takes the oldest file away; it stays in the list if it cannot be removed.
func (x *Index) removeOldest() error {
	file := &x.old[0]
	if err := x.fsys.Remove(path.Join(x.opt.Dir, file.name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if file.f != nil {
		_ = file.f.Close() // it was only read: nothing is lost with it
	}
	x.old = slices.Delete(x.old, 0, 1)
	return nil
}

// expired reports whether the oldest file is to go.
func (x *Index) expired(minPhy int64) bool {
	n := len(x.old)
	return n > 0 && (n > 1 || x.cur != nil) && x.old[0].head.endPhy < minPhy
}

// Bytes is what the files take.
func (x *Index) Bytes() int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := int64(len(x.old))
	if x.cur != nil {
		n++
	}
	return n * x.size()
}
