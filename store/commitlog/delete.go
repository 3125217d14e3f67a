package commitlog

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/gannetmq/gannet/store/vfs"
)

// Oldest tells of the file that may be deleted next.
type Oldest struct {
	Start, End int64     // log offsets
	Written    time.Time // last, as the file system says; while a file is written to it is young
	seg        *segment
}

// deleter is what Oldest and Delete keep; they are called by one goroutine at a time.
type deleter struct {
	left *segment // out of the list, and its file still there
	err  error    // why nothing is deleted any more
}

// Oldest returns the first file of the log; ok is false if it must stay: it is not flushed, it ends
// behind limit, or it is the last one, which appends go to. Errors: that of a deletion before it which
// could not be carried out until now either; those of the disk.
func (l *Log) Oldest(limit int64) (o Oldest, ok bool, err error) {
	if err := l.finishDelete(); err != nil {
		return Oldest{}, false, err
	}
	s := l.segments()[0]
	if s.end() > min(limit, l.flushed.Load(), l.tailStart()) {
		return Oldest{}, false, nil
	}
	e, err := l.fsys.Stat(s.name)
	if err != nil {
		return Oldest{}, false, fmt.Errorf("commitlog: oldest file: %w", err)
	}
	return Oldest{Start: s.start, End: s.end(), Written: time.UnixMilli(e.MTime), seg: s}, true, nil
}

func (l *Log) tailStart() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tail.Start()
}

// Delete deletes what Oldest returned, durably. The log begins with the next file from now on, even if
// the name cannot be removed; Oldest tries that again. Whoever holds a part of the file (Held) keeps it,
// and a read that has begun is waited for.
func (l *Log) Delete(o Oldest) error {
	if !l.dropFirst(o.seg) {
		return fmt.Errorf("commitlog: delete %s: %w", o.seg.name, ErrOffset)
	}
	l.deleter.left = o.seg
	if err := o.seg.retire(); err != nil {
		l.opt.Log.Warn("a deleted file of the log was not closed in order", "file", o.seg.name, "error", err)
	}
	return l.finishDelete()
}

// finishDelete removes the name of the file that was dropped last, before another one may follow: a
// file whose follower is gone would be a hole, which no start accepts. For the same reason a directory
// that could not be synced once is believed no more.
func (l *Log) finishDelete() error {
	d := &l.deleter
	if d.err != nil || d.left == nil {
		return d.err
	}
	if err := l.fsys.Remove(d.left.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("commitlog: delete: %w", err)
	}
	if err := l.fsys.SyncDir(d.left.dir()); vfs.Scarce(err) && !errors.Is(err, vfs.ErrNoSpace) {
		return fmt.Errorf("commitlog: delete: %w", err) // met before anything was synced
	} else if err != nil {
		d.err = fmt.Errorf("commitlog: nothing is deleted any more: %w", err)
		return d.err
	}
	d.left = nil
	l.kickPrepare() // there may be room now
	return nil
}

// dropFirst takes s out of the list if it is the first and not the only one.
func (l *Log) dropFirst(s *segment) bool {
	l.listMu.Lock()
	defer l.listMu.Unlock()
	list := l.segments()
	if len(list) < 2 || list[0] != s {
		return false
	}
	list = list[1:]
	l.list.Store(&list)
	return true
}

// Bytes is what the files of the log take.
func (l *Log) Bytes() int64 { return int64(len(l.segments())) * l.opt.SegmentSize }
