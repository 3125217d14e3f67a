package vfs

import (
	"errors"
	"time"
)

// ReadCold is f.ReadAt for what is probably not in memory. A goroutine that waits for the disk inside a system call keeps its
// processor from the others, event loops included, until the runtime's monitor comes by, up to 10 ms later; so this asks for what is
// there, which has the kernel fetch the rest, and waits outside of the call. f must not be closed meanwhile.
func ReadCold(f File, b []byte, off int64) (int, error) {
	if r, ok := f.(coldReader); ok {
		return r.readCold(b, off)
	}
	return f.ReadAt(b, off)
}

type coldReader interface {
	readCold(b []byte, off int64) (int, error)
}

const (
	coldTries = 16 // looks at whether the bytes are there, 25 ms in all; then the read may as well keep its processor

	coldFirstWait, coldLastWait = 100 * time.Microsecond, 2 * time.Millisecond
)

// errNotCached says that a read would wait for the disk.
var errNotCached = errors.New("not in memory")

func (f *osFile) readCold(b []byte, off int64) (done int, err error) {
	wait := coldFirstWait
	for try := 0; try < coldTries; {
		n, err := f.readCached(b[done:], off+int64(done))
		done += n
		switch {
		case done == len(b):
			return done, nil
		case err == nil && n > 0: // the rest is elsewhere
			continue
		case !errors.Is(err, errNotCached): // ReadAt knows better, also of the end: Linux 5.9 and 5.10 return 0 before it
			try = coldTries
			continue
		}
		time.Sleep(wait)
		wait = min(2*wait, coldLastWait)
		try++
	}
	n, err := f.f.ReadAt(b[done:], off+int64(done))
	return done + n, err
}
