package mapped

import (
	"errors"
	"fmt"
	"math"
	"path"
	"sync"
	"sync/atomic"

	"github.com/gannetmq/gannet/store/vfs"
)

var (
	// ErrSize: a segment's file has another length than the log's segments have.
	ErrSize = errors.New("mapped: wrong file size")
	// ErrNotReserved: the bytes have no blocks on the disk yet; Reserve first.
	ErrNotReserved = errors.New("mapped: not reserved")
)

// Segment is one file of a log, mapped whole: the bytes [Start, End) of the log. It has one
// appender at a time; everything else may be called from several goroutines, by who holds a
// reference.
type Segment struct {
	fsys  vfs.FS
	dir   string
	name  string // dir/20 digits
	start int64
	file  vfs.File
	m     vfs.Mapping
	b     []byte // m.Bytes(), len is the size

	refs references

	prepare   sync.Mutex   // one preparer at a time; held over its I/O, no appender takes it
	small     int          // steps since the last large page, as far as Prefault counts; guarded by prepare
	reserved  atomic.Int64 // [?, reserved) has blocks; what lies before was written before this was opened
	populated atomic.Int64 // likewise, is mapped in
}

// Create makes the segment that starts at log offset start, of size bytes, in dir. The file has
// its full length from the beginning, since Java refuses any other, and file and name are durable
// when Create returns. It is sparse and not prefaulted. Error: fs.ErrExist among those of the disk.
func Create(fsys vfs.FS, dir string, start, size int64) (*Segment, error) {
	if err := checkBounds(start, size); err != nil {
		return nil, err
	}
	name := path.Join(dir, Name(start))
	f, err := fsys.Create(name, size)
	if err != nil {
		return nil, err
	}
	err = errors.Join(f.Sync(), fsys.SyncDir(dir))
	if err == nil {
		var s *Segment
		if s, err = newSegment(fsys, f, dir, start, size, vfs.ReadWrite); err == nil {
			return s, nil
		}
	}
	return nil, errors.Join(err, f.Close(), fsys.Remove(name))
}

// Open maps an existing segment. Errors: fs.ErrNotExist; ErrSize if the file is not size bytes long.
func Open(fsys vfs.FS, dir string, start, size int64, mode vfs.MapMode) (*Segment, error) {
	if err := checkBounds(start, size); err != nil {
		return nil, err
	}
	open := fsys.OpenRead
	if mode == vfs.ReadWrite {
		open = fsys.Open
	}
	f, err := open(path.Join(dir, Name(start)))
	if err != nil {
		return nil, err
	}
	s, err := newSegment(fsys, f, dir, start, size, mode)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return s, nil
}

// checkBounds refuses a segment that is empty or ends beyond the largest offset.
func checkBounds(start, size int64) error {
	if start < 0 || size <= 0 || size > math.MaxInt64-start {
		return fmt.Errorf("%w: segment of %d bytes at %d", vfs.ErrRange, size, start)
	}
	return nil
}

func newSegment(fsys vfs.FS, f vfs.File, dir string, start, size int64, mode vfs.MapMode) (*Segment, error) {
	name := path.Join(dir, Name(start))
	length, err := f.Size()
	if err != nil {
		return nil, err
	}
	if length != size {
		return nil, fmt.Errorf("%w: %s has %d bytes, want %d", ErrSize, name, length, size)
	}
	m, err := f.Map(size, mode)
	if err != nil {
		return nil, err
	}
	s := &Segment{fsys: fsys, dir: dir, name: name, start: start, file: f, m: m, b: m.Bytes()}
	s.refs.init(s.unmap)
	return s, nil
}

// Name is the name of the file, with its directory.
func (s *Segment) Name() string { return s.name }

// Start is the log offset of the first byte.
func (s *Segment) Start() int64 { return s.start }

// End is the log offset after the last byte, which is where the next segment starts.
func (s *Segment) End() int64 { return s.start + int64(len(s.b)) }

// Size is the length of the file in bytes.
func (s *Segment) Size() int64 { return int64(len(s.b)) }

// CopyIn writes b at pos. It does no I/O when the bytes are prefaulted, allocates nothing, and is
// called by the one appender. Errors: ErrNotReserved, also for what lies beyond the segment; FaultError.
func (s *Segment) CopyIn(pos int64, b []byte) (err error) {
	if pos < 0 || pos > s.reserved.Load()-int64(len(b)) {
		return s.notReserved(pos, len(b))
	}
	defer s.recoverFault(guard(), &err)
	copy(s.b[pos:], b)
	return nil
}

func (s *Segment) notReserved(pos int64, n int) error {
	return fmt.Errorf("%w: %s: %d bytes at %d, reserved to %d of %d", ErrNotReserved, s.name, n, pos, s.reserved.Load(), s.Size())
}

// Bytes is a view of n bytes at pos: touch it under Guard, and not after the reference is
// released. Error: vfs.ErrRange.
func (s *Segment) Bytes(pos, n int64) ([]byte, error) {
	if pos < 0 || n < 0 || pos > s.Size() || n > s.Size()-pos {
		return nil, fmt.Errorf("%w: %s: %d bytes at %d of %d", vfs.ErrRange, s.name, n, pos, s.Size())
	}
	return s.b[pos : pos+n : pos+n], nil
}

// ReadAt reads through the file, not the mapping: the way to bytes that are not Resident, from a
// goroutine that may wait for the disk. It is an io.ReaderAt over positions.
func (s *Segment) ReadAt(p []byte, pos int64) (int, error) {
	return vfs.ReadCold(s.file, p, pos)
}

// Resident reports whether reading n bytes at pos through Bytes needs no disk. It is a call to the
// kernel of about half a microsecond for a few pages; false outside the segment.
func (s *Segment) Resident(pos, n int64) bool { return s.m.Resident(pos, n) }

// Sync makes [from, to) durable. After an error nothing is known of what was written since the
// last success.
func (s *Segment) Sync(from, to int64) error { return s.m.Sync(from, to-from) }

// Drop lets the kernel have the memory of [from, to) back first.
func (s *Segment) Drop(from, to int64) error { return s.m.Drop(from, to-from) }
