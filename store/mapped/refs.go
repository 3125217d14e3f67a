package mapped

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// ErrInUse: somebody still holds references to a retired segment.
var ErrInUse = errors.New("mapped: in use")

// retired is the bit of references.state that says no new ones are given; the rest is their count.
const retired = 1 << 62

// references counts who uses a thing that can be freed only when nobody does.
type references struct {
	state atomic.Int64
	free  func() error // called once, after retire, when the count is 0
	once  sync.Once
	freed chan struct{}
	err   error // of free; read after freed is closed
}

func (r *references) init(free func() error) { r.free, r.freed = free, make(chan struct{}) }

func (r *references) acquire() bool {
	if r.state.Add(1) < retired {
		return true
	}
	r.release() // a reader may have gone meanwhile and left the freeing to us
	return false
}

func (r *references) release() {
	switch n := r.state.Add(-1); {
	case n == retired:
		r.once.Do(r.finish)
	case n < 0 || n == retired-1: // the count was 0, with or without the bit
		panic("BUG: mapped: released more often than acquired")
	}
}

func (r *references) retire() {
	for {
		n := r.state.Load()
		if n&retired != 0 {
			return
		}
		if r.state.CompareAndSwap(n, n|retired) {
			if n == 0 {
				r.once.Do(r.finish)
			}
			return
		}
	}
}

func (r *references) finish() {
	r.err = r.free()
	close(r.freed)
}

func (r *references) held() int64 { return r.state.Load() &^ retired }

// Acquire takes a reference, unless the segment is retired. It does not block.
func (s *Segment) Acquire() bool { return s.refs.acquire() }

// Release gives a reference back. The last one of a retired segment unmaps it, a call to the
// kernel of up to some milliseconds.
func (s *Segment) Release() { s.refs.release() }

// Retire ends the giving of references, and with the last of them the mapping and the file. It
// may be called again, to no effect.
func (s *Segment) Retire() { s.refs.retire() }

// Close retires the segment and waits until it is unmapped, or reports ErrInUse when ctx ends; the
// last user will then unmap it.
func (s *Segment) Close(ctx context.Context) error {
	s.Retire()
	select {
	case <-s.refs.freed:
		return s.refs.err
	default: // a context that has ended already does not matter when nobody uses the segment
	}
	select {
	case <-s.refs.freed:
		return s.refs.err
	case <-ctx.Done():
	}
	return fmt.Errorf("%w: %s: %d references: %w", ErrInUse, s.name, s.refs.held(), ctx.Err())
}

// Remove retires the segment and takes its name from the disk, durably. Who holds a reference can
// go on reading; the disk gets its room back when they are done.
func (s *Segment) Remove() error {
	s.Retire()
	if err := s.fsys.Remove(s.name); err != nil {
		return err
	}
	return s.fsys.SyncDir(s.dir)
}

func (s *Segment) unmap() error { return errors.Join(s.m.Unmap(), s.file.Close()) }
