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

// syncLast makes the last file of q durable, content and name, before there is a next one: after a
// crash a later file must not be there without it.
func (s *Set) syncLast(q *Queue) error {
	if err := s.syncFile(q); err != nil {
		return err
	}
	for _, dir := range []string{q.dir(), q.topicDir(), q.kind.dir, path.Dir(q.kind.dir)} {
		if _, ok := s.flusher.dirs[dir]; ok {
			if err := s.syncDir(dir); err != nil {
				return err
			}
		}
	}
	return nil
}
// manyUnsynced is how many files and directories are synced one by one. A disk takes a while for each, whether it
// holds twenty bytes or a million.
const manyUnsynced = 256

// sync makes everything that was written durable.
func (s *Set) sync(ctx context.Context) error {
	f := &s.flusher
	if len(f.unsynced)+len(f.unsyncedExt)+len(f.dirs) > s.many {
		if err := s.syncTrees(); !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
	}
	for i, q := range f.unsyncedExt {
		if err := s.syncExt(q); err != nil {
			f.unsyncedExt = f.unsyncedExt[i:]
			return f.failed(fmt.Errorf("consumequeue: sync extension of topic %q queue %d: %w", q.topic, q.id, err))
		}
	}
	for i, q := range f.unsynced {
		if err := ctx.Err(); err != nil {
			f.unsynced = f.unsynced[i:]
			return err
		}
		if err := s.syncFile(q); err != nil {
			f.unsynced = f.unsynced[i:]
			return f.failed(fmt.Errorf("consumequeue: sync topic %q queue %d: %w", q.topic, q.id, err))
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(f.dirs)) {
		if err := s.syncDir(dir); err != nil {
			return f.failed(fmt.Errorf("consumequeue: sync %s: %w", dir, err))
		}
	}
	f.settled()
	return nil
}

// syncTrees makes everything durable at once. The system then writes the dirty pages of everybody on the file system,
// which may take seconds on a slow disk, and flushMu is held: no queue is written, truncated or removed meanwhile. Entries
// pile up in memory, and the store refuses messages when too many do (store.ErrBusy).
func (s *Set) syncTrees() error {
	f := &s.flusher
	trees := map[string]struct{}{".": {}} // what is below is elsewhere if it is a symbolic link
	for dir := range f.dirs {
		trees[topDir(dir)] = struct{}{}
	}
	for _, q := range f.unsynced {
		trees[topDir(q.dir())] = struct{}{}
	}
	for _, q := range f.unsyncedExt {
		trees[topDir(q.extDir())] = struct{}{}
	}
	for _, dir := range slices.Sorted(maps.Keys(trees)) {
		err := unsafeRoom(s.fs.SyncTree(dir))
		if errors.Is(err, errors.ErrUnsupported) {
			return err
		}
		if err != nil {
			return f.failed(fmt.Errorf("consumequeue: sync %s: %w", dir, err))
		}
	}
	for _, q := range f.unsynced {
		q.unsynced = false
	}
	for _, q := range f.unsyncedExt {
		q.ext.unsynced = false
	}
	f.settled()
	return nil
}

func topDir(dir string) string {
	top, _, _ := strings.Cut(dir, "/")
	return top
}

// settled forgets what was to be synced.
func (f *flusher) settled() {
	clear(f.unsynced)
	clear(f.unsyncedExt)
	clear(f.dirs)
	f.unsynced, f.unsyncedExt = f.unsynced[:0], f.unsyncedExt[:0]
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

// syncFile syncs the last file of q, unless it is; the others are.
func (s *Set) syncFile(q *Queue) error {
	if !q.unsynced {
		return nil
	}
	h, err := s.handles.acquire(fileID{q: q, start: q.files.to - q.kind.fileSize})
	if err != nil {
		return err
	}
	defer s.handles.release(h)
	if err := h.f.Sync(); err != nil {
		return unsafeSync(err)
	}
	q.unsynced = false
	return nil
}

func (s *Set) syncDir(dir string) error {
	if err := unsafeRoom(s.fs.SyncDir(dir)); err != nil {
		return err
	}
	delete(s.flusher.dirs, dir)
	return nil
}
