package consumequeue

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/gannetmq/gannet/store/vfs"
)

// due is what was written since it was synced, and in which turn. A turn ends when a sync of everything begins: what was
// last written in it, or before, is durable when that sync has returned. Until then it stays due, and is synced by itself
// if something may not be made before it is durable. Guarded by Set.flushMu.
type due struct {
	turn  uint64
	files map[*Queue]uint64 // the last file of each
	exts  map[*Queue]uint64 // the same of extensions
	dirs  map[string]uint64 // whose names are not durable
}

func newDue() due {
	return due{files: make(map[*Queue]uint64), exts: make(map[*Queue]uint64), dirs: make(map[string]uint64)}
}

func (d *due) file(q *Queue)   { d.files[q] = d.turn }
func (d *due) ext(q *Queue)    { d.exts[q] = d.turn }
func (d *due) name(dir string) { d.dirs[dir] = d.turn }

func (d *due) len() int { return len(d.files) + len(d.exts) + len(d.dirs) }

// endTurn returns the turn that ends.
func (d *due) endTurn() uint64 {
	d.turn++
	return d.turn - 1
}

// settle forgets what was last written in a turn or before.
func (d *due) settle(turn uint64) {
	maps.DeleteFunc(d.files, func(_ *Queue, at uint64) bool { return at <= turn })
	maps.DeleteFunc(d.exts, func(_ *Queue, at uint64) bool { return at <= turn })
	maps.DeleteFunc(d.dirs, func(_ string, at uint64) bool { return at <= turn })
}

// trees are the directories below which everything lies that is due.
func (d *due) trees() []string {
	trees := map[string]struct{}{".": {}} // what is below is elsewhere if it is a symbolic link
	for dir := range d.dirs {
		trees[topDir(dir)] = struct{}{}
	}
	for q := range d.files {
		trees[topDir(q.dir())] = struct{}{}
	}
	for q := range d.exts {
		trees[topDir(q.extDir())] = struct{}{}
	}
	return slices.Sorted(maps.Keys(trees))
}

func topDir(dir string) string {
	top, _, _ := strings.Cut(dir, "/")
	return top
}

// manyUnsynced is how many files and directories are synced one by one. A disk takes a while for each, whether it
// holds twenty bytes or a million.
const manyUnsynced = 256

// sync makes everything that was written durable. syncMu and flushMu are held.
func (s *Set) sync(ctx context.Context) error {
	f := &s.flusher
	if f.due.len() > s.many {
		if err := s.syncTrees(); !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
	}
	for q := range f.due.exts {
		if err := s.syncExt(q); err != nil {
			return f.failed(fmt.Errorf("consumequeue: sync extension of topic %q queue %d: %w", q.topic, q.id, err))
		}
	}
	for q := range f.due.files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.syncFile(q); err != nil {
			return f.failed(fmt.Errorf("consumequeue: sync topic %q queue %d: %w", q.topic, q.id, err))
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(f.due.dirs)) {
		if err := s.syncDir(dir); err != nil {
			return f.failed(fmt.Errorf("consumequeue: sync %s: %w", dir, err))
		}
	}
	return nil
}

// syncTrees makes everything durable at once. The system then writes the dirty pages of everybody on the file system,
// which may take seconds on a slow disk, and flushMu is not held meanwhile. If something else failed by then, nothing is
// said to be durable.
func (s *Set) syncTrees() error {
	f := &s.flusher
	trees, turn := f.due.trees(), f.due.endTurn()
	err := s.unlocked(func() error {
		for _, dir := range trees {
			if err := unsafeRoom(s.fs.SyncTree(dir)); err != nil {
				return fmt.Errorf("consumequeue: sync %s: %w", dir, err)
			}
		}
		return nil
	})
	switch {
	case f.err != nil:
		return f.err
	case errors.Is(err, errors.ErrUnsupported):
		return err
	case err != nil:
		return f.failed(err)
	}
	f.due.settle(turn)
	return nil
}

// unlocked lets go of flushMu while it calls do, which may panic.
func (s *Set) unlocked(do func() error) error {
	s.flushMu.Unlock()
	defer s.flushMu.Lock()
	return do()
}

// failed keeps an error that does not pass.
func (f *flusher) failed(err error) error {
	if !vfs.Scarce(err) {
		f.err = err
	}
	return err
}

// errSync: a sync failed. Nothing is known of what it was to make durable, and trying again proves nothing.
var errSync = errors.New("consumequeue: sync failed")

// unsafeSync makes the error of a sync final where it would count as one that passes.
func unsafeSync(err error) error {
	if vfs.Scarce(err) {
		return fmt.Errorf("%w: %v", errSync, err)
	}
	return err
}

// unsafeRoom is unsafeSync for the sync of a directory: scarcity of other things than room is met before anything is synced.
func unsafeRoom(err error) error {
	if errors.Is(err, vfs.ErrNoSpace) {
		return unsafeSync(err)
	}
	return err
}

// syncLast makes the last file of q durable, content and name, before there is a next one: after a
// crash a later file must not be there without it.
func (s *Set) syncLast(q *Queue) error {
	if err := s.syncFile(q); err != nil {
		return err
	}
	for _, dir := range []string{q.dir(), q.topicDir(), q.kind.dir, path.Dir(q.kind.dir)} {
		if err := s.syncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

// syncFile syncs the last file of q, unless it is; the others are.
func (s *Set) syncFile(q *Queue) error {
	if _, ok := s.flusher.due.files[q]; !ok {
		return nil
	}
	if q.files != (span{}) { // or they were cut away
		if err := s.syncHandle(fileID{q: q, start: q.files.to - q.kind.fileSize}); err != nil {
			return err
		}
	}
	delete(s.flusher.due.files, q)
	return nil
}

// syncExt syncs the last file of q's extension in the same way.
func (s *Set) syncExt(q *Queue) error {
	if _, ok := s.flusher.due.exts[q]; !ok {
		return nil
	}
	if e := q.ext; e.files.from != e.files.to {
		if err := s.syncHandle(fileID{q: q, start: e.files.to - e.fileSize, ext: true}); err != nil {
			return err
		}
	}
	delete(s.flusher.due.exts, q)
	return nil
}

func (s *Set) syncHandle(id fileID) error {
	h, err := s.handles.acquire(id)
	if err != nil {
		return err
	}
	defer s.handles.release(h)
	return unsafeSync(h.f.Sync())
}

// syncDir makes the names in a directory durable, unless they are.
func (s *Set) syncDir(dir string) error {
	if _, ok := s.flusher.due.dirs[dir]; !ok {
		return nil
	}
	if err := unsafeRoom(s.fs.SyncDir(dir)); err != nil {
		return err
	}
	delete(s.flusher.due.dirs, dir)
	return nil
}
