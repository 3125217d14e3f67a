package vfs

import (
	"errors"
	"sync/atomic"
	"time"
)

// ReadCold is f.ReadAt for what is probably not in memory. A goroutine that waits for the disk inside a system call keeps its
// processor from the others, event loops included, until the runtime's monitor comes by, up to 10 ms later; so this asks for what is
// there, has the kernel fetch the rest, and waits outside of the call. f must not be closed meanwhile.
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
	coldBlock = 64 << 10 // bytes that the kernel is asked to fetch for a read that goes on from no other
	coldAhead = 1 << 20  // and ahead of one that does, whenever less than half of it is left
	coldTries = 16       // looks at whether they are there, 25 ms in all; then the read may as well keep its processor

	coldFirstWait, coldLastWait = 100 * time.Microsecond, 2 * time.Millisecond
)

// errNotCached says that a read would wait for the disk.
var errNotCached = errors.New("not in memory")

// coldStreams are how far the kernel was asked to fetch for each of some readers that may go on from where they were.
type coldStreams struct {
	ends [4]atomic.Int64
	next atomic.Uint32
}

// of returns the stream that goes on with off, nil if none does.
func (c *coldStreams) of(off int64) *atomic.Int64 {
	for i := range c.ends {
		if to := c.ends[i].Load(); to-2*coldAhead <= off && off <= to+coldBlock {
			return &c.ends[i]
		}
	}
	return nil
}

// begin notes a new stream that was fetched up to end.
func (c *coldStreams) begin(end int64) {
	c.ends[c.next.Add(1)%uint32(len(c.ends))].Store(end)
}

func (f *osFile) readCold(b []byte, off int64) (done int, err error) {
	stream := f.cold.of(off)
	if stream != nil {
		to := stream.Load()
		if off+int64(len(b)) > to-coldAhead/2 && stream.CompareAndSwap(to, to+coldAhead) { // who loses has it fetched by the other
			f.fetch(to, coldAhead)
		}
	}
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
		if try == 0 && stream == nil || try == coldTries/4 { // it may have been fetched once, and be gone
			at := off + int64(done)
			n := (int64(len(b)-done) + coldBlock - 1) / coldBlock * coldBlock
			f.fetch(at, n)
			if stream == nil && try == 0 {
				f.cold.begin(at + n)
			}
		}
		time.Sleep(wait)
		wait = min(2*wait, coldLastWait)
		try++
	}
	n, err := f.f.ReadAt(b[done:], off+int64(done))
	return done + n, err
}
