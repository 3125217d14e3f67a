package verify

import (
	"errors"
	"io"
	"io/fs"

	"github.com/gannetmq/gannet/store/vfs"
)

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
