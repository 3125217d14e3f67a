package commitlog

import (
	"errors"
	"fmt"

	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/record"
)

// Held is a reference to mapped bytes of the log that are in memory. The zero value holds nothing.
// Touch the bytes under Guard.
type Held struct {
	l      *Log
	m      *mapped.Segment
	lo, hi int64 // log offsets
}

// Hold returns a reference to the bytes around off that are in memory; ok is false when off lies
// further back than the window, or outside the log. It does no I/O.
func (l *Log) Hold(off int64) (h Held, ok bool) {
	from := l.hotFrom()
	if off < from || off >= l.appended.Load() {
		return h, false
	}
	s := l.find(off)
	if s == nil {
		return h, false
	}
	m := s.live.Load()
	if m == nil || !m.Acquire() {
		return h, false
	}
	return Held{l: l, m: m, lo: max(s.start, from), hi: s.end()}, true
}

// hotFrom is the offset from which on the log is read from memory.
func (l *Log) hotFrom() int64 {
	return max(l.hotFloor.Load(), l.appended.Load()-l.opt.Window)
}

// Has reports whether h covers [off, off+n).
func (h Held) Has(off, n int64) bool { return off >= h.lo && n >= 0 && n <= h.hi-off }

// Bytes returns [off, off+n), which h must have.
func (h Held) Bytes(off, n int64) []byte {
	b, err := h.m.Bytes(off-h.m.Start(), n)
	if err != nil || off < h.lo {
		panic(fmt.Sprintf("BUG: commitlog: %d bytes at %d of held [%d, %d)", n, off, h.lo, h.hi))
	}
	return b
}

// Guard runs f, which touches bytes of h, and turns a memory fault there into an error. The log
// then fails: its newest file was cut, or the disk lost it.
func (h Held) Guard(f func() error) error {
	err := h.m.Guard(f)
	if err != nil {
		h.faulted(err)
	}
	return err
}

func (h Held) faulted(err error) {
	if fault := (*mapped.FaultError)(nil); errors.As(err, &fault) {
		h.l.Fail(err)
	}
}

// Release gives the reference back; the bytes must not be touched afterwards.
func (h Held) Release() {
	if h.m != nil {
		h.m.Release()
	}
}

// ReadAt fills b with the log's bytes from off on, all of which must lie in one segment and before
// End. It may wait for the disk. Errors: ErrOffset and those of the disk.
func (l *Log) ReadAt(b []byte, off int64) error {
	s := l.find(off)
	if s == nil || off+int64(len(b)) > min(l.appended.Load(), s.end()) {
		return fmt.Errorf("%w: %d bytes at %d of [%d, %d)", ErrOffset, len(b), off, l.Start(), l.appended.Load())
	}
	return s.readAt(b, off)
}

// SegmentEnd is the offset at which the segment that holds off ends.
func (l *Log) SegmentEnd(off int64) int64 {
	size := l.opt.SegmentSize
	pos := (off - l.Start()) % size
	if pos < 0 { // it was deleted meanwhile
		pos += size
	}
	return off + size - pos
}

// check parses b, which is the whole record at off.
func (l *Log) check(v *record.View, b []byte, off int64, level record.Level) error {
	kind, err := record.Parse(b, v, level)
	switch {
	case err != nil:
		return l.corrupt(off, err)
	case kind != record.Record || int(v.Size) != len(b):
		return l.corrupt(off, errNotRecord)
	case v.PhyOffset != off:
		return l.corrupt(off, errMisplaced)
	}
	return nil
}

func (l *Log) corrupt(off int64, err error) error {
	name := l.opt.Dir
	if s := l.find(off); s != nil {
		name = s.name
	}
	return &ErrCorrupt{File: name, Offset: off, Err: err}
}
