package consumequeue

import (
	"errors"
	"path"
	"sync"

	"github.com/gannetmq/gannet/store/vfs"
)

// handles keeps files open that were used lately, up to a limit, which only files that are being
// used at this moment may exceed.
type handles struct {
	fs    vfs.FS
	limit int

	mu    sync.Mutex // guards the fields below; not held over I/O
	open  map[fileID]*handle
	idle  handle // ring of those that nobody uses; next is the one used last
	spent bool   // closed
}

// fileID names a file: the one of q, or of its extension, that begins at a byte offset.
type fileID struct {
	q     *Queue
	start int64
	ext   bool
}

func (id fileID) name() string {
	if id.ext {
		return path.Join(id.q.extDir(), fileName(id.start))
	}
	return id.q.file(id.start)
}

// handle is an open file. It is in the idle ring if and only if refs is 0 and it is in open.
type handle struct {
	id         fileID
	f          vfs.File
	refs       int
	dead       bool // not in open any more; whoever releases it last closes it
	prev, next *handle
}

func newHandles(fs vfs.FS, limit int) *handles {
	h := &handles{fs: fs, limit: limit, open: make(map[fileID]*handle)}
	h.idle.prev, h.idle.next = &h.idle, &h.idle
	return h
}

// acquire returns the file, open for reading and writing, until release.
func (hs *handles) acquire(id fileID) (*handle, error) {
	if h, err := hs.find(id); h != nil || err != nil {
		return h, err
	}
	f, err := hs.fs.Open(id.name())
	if err != nil {
		return nil, err
	}
	return hs.add(id, f)
}

func (hs *handles) find(id fileID) (*handle, error) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if hs.spent {
		return nil, ErrClosed
	}
	h := hs.open[id]
	if h != nil {
		hs.useLocked(h)
	}
	return h, nil
}

// useLocked counts one more user.
func (hs *handles) useLocked(h *handle) {
	if h.refs == 0 {
		h.unlink()
	}
	h.refs++
}

func (h *handle) unlink() {
	h.prev.next, h.next.prev = h.next, h.prev
	h.prev, h.next = nil, nil
}

// add takes over an open file and acquires it. If another goroutine opened the file meanwhile,
// theirs is used.
func (hs *handles) add(id fileID, f vfs.File) (*handle, error) {
	hs.mu.Lock()
	h, surplus := hs.open[id], f
	switch {
	case hs.spent:
		hs.mu.Unlock()
		return nil, errors.Join(ErrClosed, f.Close())
	case h == nil:
		h = &handle{id: id, f: f, refs: 1}
		hs.open[id] = h
		surplus = hs.evictLocked()
	default:
		hs.useLocked(h)
	}
	hs.mu.Unlock()
	if surplus != nil {
		// Nothing is lost with a descriptor: what was written through it is synced through another.
		_ = surplus.Close()
	}
	return h, nil
}

// evictLocked takes one file too many out, for the caller to close.
func (hs *handles) evictLocked() vfs.File {
	oldest := hs.idle.prev
	if len(hs.open) <= hs.limit || oldest == &hs.idle {
		return nil
	}
	oldest.unlink()
	delete(hs.open, oldest.id)
	return oldest.f
}

// release ends a use.
func (hs *handles) release(h *handle) {
	hs.mu.Lock()
	h.refs--
	var surplus vfs.File
	switch {
	case h.refs > 0:
	case h.dead:
		surplus = h.f
	default:
		h.prev, h.next = &hs.idle, hs.idle.next
		h.prev.next, h.next.prev = h, h
		surplus = hs.evictLocked()
	}
	hs.mu.Unlock()
	if surplus != nil {
		_ = surplus.Close()
	}
}

// forget takes a file out, because it is about to be removed. Whoever still uses it may go on.
func (hs *handles) forget(id fileID) {
	hs.mu.Lock()
	h := hs.open[id]
	if h == nil {
		hs.mu.Unlock()
		return
	}
	used := hs.takeLocked(h)
	hs.mu.Unlock()
	if !used {
		_ = h.f.Close()
	}
}

// takeLocked takes a file out and reports whether somebody uses it, who will then close it.
func (hs *handles) takeLocked(h *handle) (used bool) {
	delete(hs.open, h.id)
	h.dead = true
	if h.refs == 0 {
		h.unlink()
	}
	return h.refs > 0
}

// close closes all files, those in use when their users release them.
func (hs *handles) close() error {
	hs.mu.Lock()
	hs.spent = true
	var unused []vfs.File
	for _, h := range hs.open {
		if !hs.takeLocked(h) {
			unused = append(unused, h.f)
		}
	}
	hs.mu.Unlock()
	var errs []error
	for _, f := range unused {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
