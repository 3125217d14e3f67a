package commitlog

import (
	"errors"
	"path"
	"slices"
)

// A log can lie in several directories, of which each has some of its files (Java:
// MultiPathMappedFileQueue). Where a file is says nothing: all are looked at and put in order by name.

// dirs are the directories in which files of the log may be.
func (l *Log) dirs() []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat([]string{l.opt.Dir}, l.opt.More, l.opt.ReadOnly))))
}

// place is the directory for a new file, as Java chooses it: each writable one in its turn, those
// left out that are full unless all are.
func (l *Log) place(start int64) string {
	writable := slices.Compact(slices.Sorted(slices.Values(append([]string{l.opt.Dir}, l.opt.More...))))
	writable = slices.DeleteFunc(writable, func(dir string) bool { return slices.Contains(l.opt.ReadOnly, dir) })
	roomy := slices.DeleteFunc(slices.Clone(writable), func(dir string) bool { return l.opt.Full != nil && l.opt.Full(dir) })
	if len(roomy) > 0 {
		writable = roomy
	}
	if len(writable) == 0 {
		return l.opt.Dir
	}
	return writable[start/l.opt.SegmentSize%int64(len(writable))]
}

// makeDirs makes what is missing of the directories for new files, durably.
func (l *Log) makeDirs() error {
	for _, dir := range append([]string{l.opt.Dir}, l.opt.More...) {
		if err := errors.Join(l.fsys.MkdirAll(dir), l.fsys.SyncDir(path.Dir(dir))); err != nil {
			return err
		}
	}
	return nil
}

// syncDirs makes the names in all directories durable.
func (l *Log) syncDirs() error {
	for _, dir := range l.dirs() {
		if _, err := l.fsys.Stat(dir); err != nil {
			continue // a directory for reading that is not there
		}
		if err := l.fsys.SyncDir(dir); err != nil {
			return err
		}
	}
	return nil
}
