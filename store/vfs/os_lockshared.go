package vfs

import (
	"io"
	"os"
)

// LockShared keeps everybody from taking Lock until Close, for who only reads: the file must exist
// and is not changed. ErrLocked if somebody has it; fs.ErrNotExist if nobody ever had.
func (o *OS) LockShared(name string) (io.Closer, error) {
	if err := o.checkFile(name); err != nil {
		return nil, err
	}
	return processLocks.lock(o.path(name), os.Open, true)
}
