package vfs

import (
	"errors"
	"io"
	"io/fs"
)

// ReadFile reads a small file, at most limit bytes of it. One that does not exist is no error: found is
// false then, and b nil.
func ReadFile(fsys FS, name string, limit int64) (b []byte, found bool, err error) {
	f, err := fsys.OpenRead(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b, err = io.ReadAll(io.NewSectionReader(f, 0, limit))
	return b, true, err
}
