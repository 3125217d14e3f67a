package commitlog

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"

	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// Open looks at the files of the log and changes nothing. The log can then be read up to Limit, and
// begins to work with Recover. A directory without segments is an empty log.
//
// ErrLayout tells of files that recovery must not touch: a segment missing between two others, or
// files of another size than SegmentSize. Names that are no segment's are ignored.
func Open(fsys vfs.FS, o Options) (*Log, error) {
	l := &Log{fsys: fsys, opt: o, kickAt: never}
	l.preparer.kick = make(chan struct{}, 1)
	l.flusher.kick = make(chan struct{}, 1)
	files, err := l.listFiles()
	if err != nil {
		return nil, err
	}
	list := make([]*segment, 0, len(files)+1)
	for _, f := range files {
		list = append(list, l.newSegment(path.Dir(f.name), f.start))
	}
	l.list.Store(&list)
	l.appended.Store(l.Limit())
	l.hotFloor.Store(never)
	return l, nil
}

// file is a segment's file as it was found.
type file struct {
	name        string
	start, size int64
}

func (l *Log) listFiles() ([]file, error) {
	var files []file
	for _, dir := range l.dirs() {
		entries, err := l.fsys.List(dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			start, err := mapped.ParseName(e.Name)
			switch {
			case e.Dir:
				l.opt.Log.Warn("a directory in that of the log is ignored", "dir", dir, "name", e.Name)
				continue
			case err != nil:
				l.opt.Log.Warn("not a file of the log, ignored; Java would refuse to start with it", "dir", dir, "name", e.Name)
				continue
			}
			files = append(files, file{name: path.Join(dir, e.Name), start: start, size: e.Size})
		}
	}
	slices.SortStableFunc(files, func(a, b file) int { return cmp.Compare(a.start, b.start) })
	if n := len(files); n > 0 && files[n-1].size == 0 {
		l.leftover = files[n-1].name // a crash between creating and lengthening it; Recover removes it
		files = files[:n-1]
	}
	return files, l.checkLayout(files)
}

func (l *Log) checkLayout(files []file) error {
	size := l.opt.SegmentSize
	for i, f := range files {
		switch {
		case f.size > size, f.size < size && l.consistent(files, f.size):
			return fmt.Errorf("%w: %s has %d bytes, configured are %d (mappedFileSizeCommitLog)", ErrLayout, f.name, f.size, size)
		case i > 0 && f.start == files[i-1].start:
			return fmt.Errorf("%w: both %s and %s are there", ErrLayout, files[i-1].name, f.name)
		case i > 0 && f.start != files[i-1].start+size:
			return fmt.Errorf("%w: between %s and %s: the segment that starts at %d is missing or misnamed; "+
				"restore it, or put a file of %d zero bytes in its place to do without its messages",
				ErrLayout, files[i-1].name, f.name, files[i-1].start+size, size)
		}
	}
	return nil
}

// consistent reports whether all files say that segments have another size than is configured.
func (l *Log) consistent(files []file, size int64) bool {
	for i, f := range files {
		if f.size != size || i > 0 && f.start != files[i-1].start+size {
			return false
		}
	}
	return len(files) > 1 || files[0].start%l.opt.SegmentSize != 0
}

// Limit is the end of the last segment, which no record can pass; 0 for an empty log.
func (l *Log) Limit() int64 {
	list := l.segments()
	if len(list) == 0 {
		return 0
	}
	return list[len(list)-1].end()
}

// Empty reports whether there are no segments.
func (l *Log) Empty() bool { return len(l.segments()) == 0 }

// LastStartBefore returns the start of the last segment whose first record was stored at the time
// ms or before; that of the first segment if there is none such. It may be asked before Recover.
func (l *Log) LastStartBefore(ms int64) (int64, error) {
	list := l.segments()
	for i := len(list) - 1; i > 0; i-- {
		h, ok, err := l.HeadAt(list[i].start)
		if err != nil {
			return 0, err
		}
		if ok && h.StoreTime > 0 && h.StoreTime <= ms {
			return list[i].start, nil
		}
	}
	if len(list) == 0 {
		return 0, nil
	}
	return list[0].start, nil
}

// HeadAt reads the head of the record at off. Not ok: no record of that offset begins there. It may
// wait for the disk.
func (l *Log) HeadAt(off int64) (h record.Head, ok bool, err error) {
	var b [record.MinSize]byte
	if err := l.ReadAt(b[:], off); errors.Is(err, ErrOffset) {
		return h, false, nil
	} else if err != nil {
		return h, false, err
	}
	h, ok = record.ParseHead(b[:])
	return h, ok && h.PhyOffset == off, nil
}

// SoundAt reports whether the record at off is whole, its CRC included, and returns its size.
func (l *Log) SoundAt(off int64) (size int64, ok bool, err error) {
	s := l.find(off)
	if s == nil {
		return 0, false, nil
	}
	if ok, err = l.soundAt(off, s.end()); err != nil || !ok {
		return 0, false, err
	}
	size, _, err = l.claimedSize(off, s.end())
	return size, true, err
}
