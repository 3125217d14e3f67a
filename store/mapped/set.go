package mapped

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
)

// ErrOrder: a segment would overlap the last one of the set.
var ErrOrder = errors.New("mapped: out of order")

// Set is the segments of one log in the order of their offsets. Between two there may be a hole,
// of files that are lost. Readers see one immutable list and take no lock; the zero Set is empty.
type Set struct {
	mu   sync.Mutex // one change at a time
	list atomic.Pointer[[]*Segment]
}

// All returns the segments in order. The list never changes and must not be changed. The segments
// are not referenced: Acquire each before touching its bytes.
func (s *Set) All() []*Segment {
	if list := s.list.Load(); list != nil {
		return *list
	}
	return nil
}

// First returns the segment with the lowest offsets, nil if there is none.
func (s *Set) First() *Segment {
	if list := s.All(); len(list) > 0 {
		return list[0]
	}
	return nil
}

// Last returns the segment with the highest offsets, nil if there is none.
func (s *Set) Last() *Segment {
	if list := s.All(); len(list) > 0 {
		return list[len(list)-1]
	}
	return nil
}

// Acquire returns the segment that holds the log offset off, with a reference to release, or nil:
// off lies before, after or in a hole, or the segment was retired just now.
func (s *Set) Acquire(off int64) *Segment {
	seg := s.find(off)
	if seg == nil || !seg.Acquire() {
		return nil
	}
	return seg
}

func (s *Set) find(off int64) *Segment {
	list := s.All()
	// Nearly always one of the last is meant; sort.Search would look at them in the end.
	for i := len(list) - 1; i >= max(0, len(list)-2); i-- {
		if list[i].start <= off {
			return holding(list[i], off)
		}
	}
	i := sort.Search(len(list), func(i int) bool { return list[i].start > off })
	if i == 0 {
		return nil
	}
	return holding(list[i-1], off)
}

func holding(seg *Segment, off int64) *Segment {
	if off >= seg.End() {
		return nil
	}
	return seg
}

// Add puts seg at the end. Error: ErrOrder.
func (s *Set) Add(seg *Segment) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := s.Last(); last != nil && seg.start < last.End() {
		return fmt.Errorf("%w: %s after %s", ErrOrder, seg.name, last.name)
	}
	s.store(append(slices.Clone(s.All()), seg))
	return nil
}

// DropBefore takes the segments that lie wholly before off out of the set and returns them, in
// order; the caller removes or closes them.
func (s *Set) DropBefore(off int64) []*Segment {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.All()
	n := sort.Search(len(list), func(i int) bool { return list[i].End() > off })
	s.store(slices.Clone(list[n:]))
	return list[:n:n]
}

// DropFrom takes the segments that start at off or later out of the set and returns them, in
// order; the caller removes or closes them.
func (s *Set) DropFrom(off int64) []*Segment {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.All()
	n := sort.Search(len(list), func(i int) bool { return list[i].start >= off })
	s.store(slices.Clone(list[:n]))
	return list[n:]
}

// store publishes a list nobody else has. The caller holds mu.
func (s *Set) store(list []*Segment) { s.list.Store(&list) }

// Close empties the set and closes every segment, waiting for their users as long as ctx lasts.
func (s *Set) Close(ctx context.Context) error {
	var errs []error
	list := s.DropFrom(0)
	for _, seg := range list {
		seg.Retire()
	}
	for _, seg := range list {
		errs = append(errs, seg.Close(ctx))
	}
	return errors.Join(errs...)
}
