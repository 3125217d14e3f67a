package image

import (
	"errors"
	"io"
	"path"
	"slices"

	"github.com/gannetmq/gannet/store/vfs"
)

// ErrReadOnly: something was to be changed.
var ErrReadOnly = errors.New("image: nothing may be changed")

// ReadOnly is fsys as who only looks sees it: nothing in it can be changed, and a file in one of
// logDirs that is shorter than logSize goes on with zeros, as after the start that lengthens it.
func ReadOnly(fsys vfs.FS, logDirs []string, logSize int64) vfs.FS {
	return reader{fsys, logDirs, logSize}
}

type reader struct {
	vfs.FS
	logDirs []string
	logSize int64
}

func (r reader) Create(string, int64) (vfs.File, error) { return nil, ErrReadOnly }
func (r reader) Open(string) (vfs.File, error)          { return nil, ErrReadOnly }
func (r reader) Rename(string, string) error            { return ErrReadOnly }
func (r reader) Remove(string) error                    { return ErrReadOnly }
func (r reader) MkdirAll(string) error                  { return ErrReadOnly }
func (r reader) SyncDir(string) error                   { return ErrReadOnly }
func (r reader) SyncTree(string) error                  { return ErrReadOnly }
func (r reader) Lock(string) (io.Closer, error)         { return nil, ErrReadOnly }

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
