package verify

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"

	"github.com/gannetmq/gannet/store/vfs"
)

var errReadOnly = errors.New("verify: nothing may be changed")

// reader is a directory as verification sees it: nothing in it can be changed, and a file of the log
// that is too short goes on with zeros, as after the start that lengthens it.
type reader struct {
	vfs.FS
	logDirs []string
	logSize int64
}

func (r reader) Create(string, int64) (vfs.File, error) { return nil, errReadOnly }
func (r reader) Open(string) (vfs.File, error)          { return nil, errReadOnly }
func (r reader) Rename(string, string) error            { return errReadOnly }
func (r reader) Remove(string) error                    { return errReadOnly }
func (r reader) MkdirAll(string) error                  { return errReadOnly }
func (r reader) SyncDir(string) error                   { return errReadOnly }
func (r reader) Lock(string) (io.Closer, error)         { return nil, errReadOnly }

func (r reader) OpenRead(name string) (vfs.File, error) {
	f, err := r.FS.OpenRead(name)
	if err != nil || !slices.Contains(r.logDirs, path.Dir(name)) {
		return f, err
	}
	return padded{f, r.logSize}, nil
}

// padded reads zeros behind its end, up to size.
type padded struct {
	vfs.File
	size int64
}

func (p padded) ReadAt(b []byte, off int64) (int, error) {
	n, err := p.File.ReadAt(b, off)
	if errors.Is(err, io.EOF) && off+int64(len(b)) <= p.size {
		clear(b[n:])
		return len(b), nil
	}
	return n, err
}

// maxSmall bounds what is read of a file at once.
const maxSmall = 1 << 30

// readAll reads a small file; found is false if there is none.
func readAll(fsys vfs.FS, name string) (b []byte, found bool, err error) {
	f, err := fsys.OpenRead(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b, err = io.ReadAll(io.NewSectionReader(f, 0, maxSmall))
	return b, true, err
}
