package commitlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"sync"
	"sync/atomic"

	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/vfs"
)

// segment is one file of the log, mapped while it is near the end and read through a File otherwise.
type segment struct {
	fsys        vfs.FS
	name        string // with its directory
	start, size int64

	live atomic.Pointer[mapped.Segment] // nil when not mapped

	mu     sync.RWMutex // held for reading during ReadAt, so that close waits; guards the fields below
	file   vfs.File     // opened by the first read that needs it
	closed bool
}

func (l *Log) newSegment(start int64) *segment {
	return &segment{fsys: l.fsys, name: path.Join(l.opt.Dir, mapped.Name(start)), start: start, size: l.opt.SegmentSize}
}

func (s *segment) end() int64 { return s.start + s.size }

// readAt fills b from log offset off on; what it asks for must lie inside the segment. It may wait for the disk.
func (s *segment) readAt(b []byte, off int64) error {
	if m := s.live.Load(); m != nil && m.Acquire() {
		defer m.Release()
		return readFull(m, b, off-s.start)
	}
	if err := s.open(); err != nil {
		return err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return fmt.Errorf("%w: %s", ErrClosed, s.name)
	}
	return readFull(s.file, b, off-s.start)
}

func readFull(r io.ReaderAt, b []byte, pos int64) error {
	n, err := r.ReadAt(b, pos)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (s *segment) open() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.file != nil {
		return nil
	}
	f, err := s.fsys.OpenRead(s.name)
	if err != nil {
		return err
	}
	s.file = f
	return nil
}

// unmap lets the mapping go; its last reader frees it.
func (s *segment) unmap() {
	if m := s.live.Swap(nil); m != nil {
		m.Retire()
	}
}

func (s *segment) close(ctx context.Context) error {
	var errs []error
	if m := s.live.Swap(nil); m != nil {
		errs = append(errs, m.Close(ctx))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != nil {
		errs = append(errs, s.file.Close())
		s.file = nil
	}
	s.closed = true
	return errors.Join(errs...)
}

func (l *Log) segments() []*segment { return *l.list.Load() }

// find returns the segment that holds off, nil if none does.
func (l *Log) find(off int64) *segment {
	list := l.segments()
	if len(list) == 0 || off < list[0].start {
		return nil
	}
	i := (off - list[0].start) / l.opt.SegmentSize
	if i >= int64(len(list)) {
		return nil
	}
	return list[i]
}

// growList adds a segment at the end.
func (l *Log) growList(s *segment) {
	l.listMu.Lock()
	defer l.listMu.Unlock()
	old := l.segments()
	list := append(old[:len(old):len(old)], s)
	l.list.Store(&list)
}

// shrinkList forgets the segments from start on and unmaps them.
func (l *Log) shrinkList(start int64) {
	l.listMu.Lock()
	defer l.listMu.Unlock()
	list := l.segments()
	for len(list) > 0 && list[len(list)-1].start >= start {
		list[len(list)-1].unmap()
		list = list[: len(list)-1 : len(list)-1]
	}
	l.list.Store(&list)
}
