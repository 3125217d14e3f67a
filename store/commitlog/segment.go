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

	cold *coldFiles
	used atomic.Int64 // when it was read last; see coldFiles

	mu   sync.RWMutex // held for reading during ReadAt, so that finish waits; guards the fields below
	file vfs.File     // opened by a read that needs it
	over error        // why it is not read any more
}

func (l *Log) newSegment(dir string, start int64) *segment {
	return &segment{fsys: l.fsys, name: path.Join(dir, mapped.Name(start)), start: start, size: l.opt.SegmentSize, cold: &l.cold}
}

func (s *segment) end() int64 { return s.start + s.size }

func (s *segment) dir() string { return path.Dir(s.name) }

// readAt fills b from log offset off on; what it asks for must lie inside the segment. It may wait for the disk.
func (s *segment) readAt(b []byte, off int64) error {
	if m := s.live.Load(); m != nil && m.Acquire() {
		defer m.Release()
		n, err := m.ReadAt(b, off-s.start)
		return full(n, b, err)
	}
	for {
		if done, err := s.readFile(b, off); done {
			return err
		}
		if err := s.open(); err != nil {
			return err
		}
		s.cold.opened(s)
	}
}

// readFile reads through the file; not done: it is not open.
func (s *segment) readFile(b []byte, off int64) (done bool, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.over != nil {
		return true, fmt.Errorf("%w: %s", s.over, s.name)
	}
	if s.file == nil {
		return false, nil
	}
	s.cold.touch(s)
	n, err := vfs.ReadCold(s.file, b, off-s.start)
	return true, full(n, b, err)
}

// full makes a read that brought n bytes all or nothing.
func full(n int, b []byte, err error) error {
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
	if s.over != nil || s.file != nil {
		return nil
	}
	f, err := s.fsys.OpenRead(s.name)
	if err != nil {
		return err
	}
	s.file = f
	return nil
}

// letGo closes the file once nobody reads it; the next read opens it again.
func (s *segment) letGo() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}

// finish makes every later read fail with the reason, and waits for those that have begun.
func (s *segment) finish(reason error) error {
	s.mu.Lock()
	s.over = reason
	s.mu.Unlock()
	s.cold.forget(s)
	return s.letGo()
}

// unmap lets the mapping go; its last reader frees it.
func (s *segment) unmap() {
	if m := s.live.Swap(nil); m != nil {
		m.Retire()
	}
}

// retire ends reading because the file is about to be deleted.
func (s *segment) retire() error {
	s.unmap()
	return s.finish(ErrOffset)
}

func (s *segment) close(ctx context.Context) error {
	var errs []error
	if m := s.live.Swap(nil); m != nil {
		errs = append(errs, m.Close(ctx))
	}
	return errors.Join(append(errs, s.finish(ErrClosed))...)
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
