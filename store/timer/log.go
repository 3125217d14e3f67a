package timer

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/vfs"
)

// unitLog is the timer log. What was appended since the last flush is in tail alone.
type unitLog struct {
	fsys  vfs.FS
	size  int64 // of a file
	files []logFile
	end   int64 // where the next entry goes
	tail  []byte
	from  int64 // position of tail[0]; the files have what lies before
	block block
}

type logFile struct {
	start int64
	f     vfs.File
}

// block is a part of the log that was read: an entry's neighbours are often wanted next.
type block struct {
	start int64
	b     []byte
}

// blockSize is a page of the disk: the entries of a slot lie where they came, between those of others.
const blockSize = 4096

// append adds an entry and returns its position.
func (l *unitLog) append(u *Unit) int64 {
	if rest := l.size - l.end%l.size; rest < unitSize+blankSize {
		l.tail = appendBlank(l.tail, rest)
		l.end += rest
	}
	pos := l.end
	l.tail = u.append(l.tail)
	l.end += unitSize
	return pos
}

// unit reads the entry at pos. Errors: errNoUnit, and those of the disk.
func (l *unitLog) unit(pos int64) (Unit, error) {
	if pos < 0 || pos > l.end-unitSize {
		return Unit{}, fmt.Errorf("%w at %d of %d", errNoUnit, pos, l.end)
	}
	b, err := l.bytes(pos)
	if err != nil {
		return Unit{}, err
	}
	u, ok := decodeUnit(b)
	if !ok {
		return u, fmt.Errorf("%w at %d", errNoUnit, pos)
	}
	return u, nil
}

var errNoUnit = errors.New("timer: no entry of the timer log")

func (l *unitLog) bytes(pos int64) ([]byte, error) {
	if pos >= l.from {
		return l.tail[pos-l.from:], nil
	}
	if c := &l.block; pos < c.start || pos > c.start+int64(len(c.b))-unitSize {
		if err := l.load(pos); err != nil {
			return nil, err
		}
	}
	return l.block.b[pos-l.block.start:], nil
}

// load reads the block that has the entry at pos in it, and as much before it as after it.
func (l *unitLog) load(pos int64) error {
	file := l.file(pos)
	if file == nil {
		return fmt.Errorf("%w at %d: the file is gone", errNoUnit, pos)
	}
	c := &l.block
	if c.b == nil {
		c.b = make([]byte, blockSize)
	}
	start := max(file.start, pos-blockSize/2)
	n := min(blockSize, l.from-start, file.start+l.size-start)
	if n < unitSize {
		return fmt.Errorf("%w at %d: it crosses the end of a file", errNoUnit, pos)
	}
	c.start, c.b = start, c.b[:n]
	if _, err := file.f.ReadAt(c.b, start-file.start); err != nil {
		c.b = c.b[:0]
		return fmt.Errorf("timer: reading the timer log at %d: %w", start, err)
	}
	return nil
}

func (l *unitLog) file(pos int64) *logFile {
	for i := len(l.files) - 1; i >= 0; i-- {
		if f := &l.files[i]; pos >= f.start {
			if pos >= f.start+l.size {
				return nil
			}
			return f
		}
	}
	return nil
}

// write writes b, which is the log from position from on, and makes it durable.
func (l *unitLog) write(b []byte, from int64) error {
	for len(b) > 0 {
		f, err := l.fileFor(from)
		if err != nil {
			return err
		}
		n := min(int64(len(b)), f.start+l.size-from)
		if _, err := f.f.WriteAt(b[:n], from-f.start); err != nil {
			return err
		}
		if err := f.f.Sync(); err != nil {
			return err
		}
		b, from = b[n:], from+n
	}
	return nil
}

// fileFor returns the file that position pos is in, made if it is the next one.
func (l *unitLog) fileFor(pos int64) (*logFile, error) {
	if f := l.file(pos); f != nil {
		return f, nil
	}
	if len(l.files) == 0 {
		if err := l.fsys.MkdirAll(LogDir); err != nil {
			return nil, err
		}
		if err := l.fsys.SyncDir("."); err != nil {
			return nil, err
		}
	}
	start := pos - pos%l.size
	f, err := createWhole(l.fsys, path.Join(LogDir, mapped.Name(start)), l.size)
	if err != nil {
		return nil, err
	}
	l.files = append(l.files, logFile{start, f})
	return &l.files[len(l.files)-1], nil
}

// createWhole makes a sparse file that is durable under its name. One that a crash left is replaced.
func createWhole(fsys vfs.FS, name string, size int64) (vfs.File, error) {
	f, err := fsys.Create(name, size)
	if errors.Is(err, fs.ErrExist) {
		if err = fsys.Remove(name); err == nil {
			f, err = fsys.Create(name, size)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := errors.Join(f.Sync(), fsys.SyncDir(path.Dir(name))); err != nil {
		return nil, errors.Join(err, f.Close(), fsys.Remove(name))
	}
	return f, nil
}

// expire deletes the oldest files whose last entry is of a message before minPhy, but never the last
// file, and returns how many those were. Java: MappedFileQueue.deleteExpiredFileByOffsetForTimerLog.
func (l *unitLog) expire(minPhy int64) (n int, err error) {
	for len(l.files) > 1 && l.files[1].start <= l.from {
		f := &l.files[0]
		last := f.start + (l.size-blankSize)/unitSize*unitSize - unitSize
		u, err := l.unit(last)
		if err != nil || u.PhyOffset >= minPhy {
			return n, err
		}
		name := path.Join(LogDir, mapped.Name(f.start))
		if err := errors.Join(f.f.Close(), l.fsys.Remove(name)); err != nil {
			return n, err
		}
		l.files = append(l.files[:0:0], l.files[1:]...)
		l.block.b = l.block.b[:0]
		n++
	}
	return n, nil
}

// each reads what the files have of the log, entry by entry.
func (l *unitLog) each(use func(u *Unit)) error {
	buf := make([]byte, min(l.size, 1<<20/unitSize*unitSize))
	for _, f := range l.files {
		for at := int64(0); at <= l.size-unitSize && f.start+at < l.from; {
			n := min(int64(len(buf)), l.size-at, l.from-f.start-at)
			if _, err := f.f.ReadAt(buf[:n], at); err != nil {
				return fmt.Errorf("timer: reading the timer log: %w", err)
			}
			part := buf[:n]
			for ; len(part) >= unitSize; part = part[unitSize:] {
				if u, ok := decodeUnit(part); ok && !isBlank(part) {
					use(&u)
				}
			}
			at += n - int64(len(part))
			if n < unitSize {
				break
			}
		}
	}
	return nil
}

func (l *unitLog) close() (err error) {
	for i := range l.files {
		err = errors.Join(err, l.files[i].f.Close())
	}
	l.files = nil
	return err
}
