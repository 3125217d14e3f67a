package vfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"sync"
	"time"
)

// Mem is a disk in memory that knows what of it would survive a power cut: Clone and CloneKilled
// return the disk as the next start might find it.
//
// It is stricter than any real file system where POSIX is silent: nothing is durable that was not
// asked for (see FS). Its mappings are heap memory shared with the file, hence:
//   - touching a mapping beyond a cut file, or writing through a read-only one, does not fault;
//   - while a file is mapped it cannot grow past the room it has, its largest length so far
//     (errors.ErrUnsupported).
//
// Cloning reads every byte, and under the race detector each costs four more of memory: let tests
// have small files.
//
// Locks: Mem.mu is taken before the lock of a file; neither is held while OnOp runs.
type Mem struct {
	// OnOp, if set, is called before each operation that changes the disk or makes something
	// durable, in the goroutine that asked and before anything of it happened: a Clone taken there
	// is a power cut between two operations. Set it while nobody else uses the disk. A clone has none.
	OnOp func(op Op, name string)

	mu      sync.Mutex // guards the names: root, pending and locks
	root    *memNode
	pending []nameChange
	locks   map[*memNode]struct{}
	space   *memSpace
}

var _ FS = (*Mem)(nil)

// NewMem returns an empty disk of unlimited room.
func NewMem() *Mem {
	return &Mem{root: newMemDir(), locks: make(map[*memNode]struct{}), space: new(memSpace)}
}

// SetCapacity limits the disk to so many bytes in blocks of 4 KiB, 0 meaning no limit. What is
// there already stays. Then Allocate, writes into holes and Populate fail with ErrNoSpace, and so
// does the Sync of a hole that was written through a mapping, where a real disk would fault.
func (m *Mem) SetCapacity(bytes int64) { m.space.capacity.Store(bytes) }

// before announces an operation.
func (m *Mem) before(op Op, name string) {
	if m.OnOp != nil {
		m.OnOp(op, name)
	}
}

// Create implements FS.
func (m *Mem) Create(name string, size int64) (File, error) {
	m.before(OpCreate, name)
	if err := checkFile(name); err != nil {
		return nil, err
	}
	if err := checkRange(name, 0, size, maxMemFile); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	node, err := m.create(name)
	if err != nil {
		return nil, err
	}
	node.file.bytes = make([]byte, size)
	return node.file.open(m, name, true), nil
}

// create adds an empty file. The caller holds mu.
func (m *Mem) create(name string) (*memNode, error) {
	at, err := m.place(name)
	if err != nil {
		return nil, pathError("create", name, err)
	}
	if at.node() != nil {
		return nil, pathError("create", name, fs.ErrExist)
	}
	node := &memNode{file: newMemFile(m.space)}
	node.file.retain() // by its name
	at.dir.names[at.name] = node
	m.pending = append(m.pending, nameChange{node: node, to: at})
	return node, nil
}

// Open implements FS.
func (m *Mem) Open(name string) (File, error) { return m.open(name, true) }

// OpenRead implements FS.
func (m *Mem) OpenRead(name string) (File, error) { return m.open(name, false) }

func (m *Mem) open(name string, write bool) (File, error) {
	if err := checkFile(name); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	node, err := m.find(name)
	if err != nil {
		return nil, pathError("open", name, err)
	}
	if node.file == nil {
		return nil, pathError("open", name, errIsDirectory)
	}
	if _, held := m.locks[node]; held {
		return nil, fmt.Errorf("%w: %s: by this process", ErrLocked, name)
	}
	return node.file.open(m, name, write), nil
}

// Rename implements FS.
func (m *Mem) Rename(from, to string) error {
	m.before(OpRename, from)
	if err := errors.Join(checkFile(from), checkFile(to)); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return pathError("rename", from, m.rename(from, to))
}

func (m *Mem) rename(from, to string) error {
	src, err := m.place(from)
	if err != nil {
		return err
	}
	dst, err := m.place(to)
	if err != nil {
		return err
	}
	node, old := src.node(), dst.node()
	switch {
	case node == nil:
		return fs.ErrNotExist
	case node == old:
		return nil
	case node.within(dst.dir):
		return errIntoItself
	case old != nil && (old.names != nil || node.names != nil):
		return fs.ErrExist // stricter than POSIX: a directory replaces nothing and is not replaced
	}
	delete(src.dir.names, src.name)
	dst.dir.names[dst.name] = node
	m.pending = append(m.pending, nameChange{node: node, from: src, to: dst})
	if old != nil {
		old.file.release()
	}
	return nil
}

// Remove implements FS.
func (m *Mem) Remove(name string) error {
	m.before(OpRemove, name)
	if err := checkFile(name); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	at, err := m.place(name)
	if err != nil {
		return pathError("remove", name, err)
	}
	node := at.node()
	if node == nil {
		return pathError("remove", name, fs.ErrNotExist)
	}
	if len(node.names) > 0 {
		return pathError("remove", name, errNotEmpty)
	}
	delete(at.dir.names, at.name)
	m.pending = append(m.pending, nameChange{node: node, from: at})
	if node.file != nil {
		node.file.release()
	}
	return nil
}

// MkdirAll implements FS.
func (m *Mem) MkdirAll(dir string) error {
	m.before(OpMkdir, dir)
	if err := checkDir(dir); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	at := m.root
	for name := range elements(dir) {
		next := at.names[name]
		if next == nil {
			next = newMemDir()
			at.names[name] = next
			m.pending = append(m.pending, nameChange{node: next, to: place{at, name}})
		}
		if next.names == nil {
			return pathError("mkdir", dir, errNotDirectory)
		}
		at = next
	}
	return nil
}

// List implements FS.
func (m *Mem) List(dir string) ([]Entry, error) {
	if err := checkDir(dir); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	node, err := m.find(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && node.names == nil {
		err = errNotDirectory
	}
	if err != nil {
		return nil, pathError("list", dir, err)
	}
	list := make([]Entry, 0, len(node.names))
	for _, name := range slices.Sorted(maps.Keys(node.names)) {
		list = append(list, node.names[name].entry(name))
	}
	return list, nil
}

// Stat implements FS.
func (m *Mem) Stat(name string) (Entry, error) {
	if err := checkDir(name); err != nil {
		return Entry{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	node, err := m.find(name)
	if err != nil {
		return Entry{}, pathError("stat", name, err)
	}
	return node.entry(path.Base(name)), nil
}

// SyncDir implements FS.
func (m *Mem) SyncDir(dir string) error {
	m.before(OpSyncDir, dir)
	return m.inDir("sync", dir, func(node *memNode) error { m.settle(node); return nil })
}

// SyncTree implements FS.
func (m *Mem) SyncTree(dir string) error {
	m.before(OpSyncTree, dir)
	return m.inDir("synctree", dir, m.settleTree)
}

// inDir calls f with a directory, under mu.
func (m *Mem) inDir(op, dir string, f func(*memNode) error) error {
	if err := checkDir(dir); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	node, err := m.find(dir)
	if err == nil && node.names == nil {
		err = errNotDirectory
	}
	if err == nil {
		err = f(node)
	}
	return pathError(op, dir, err)
}

func (m *Mem) settleTree(dir *memNode) error {
	m.settle(dir)
	var errs []error
	for _, n := range dir.names {
		if n.file != nil {
			errs = append(errs, n.file.sync())
		} else {
			errs = append(errs, m.settleTree(n))
		}
	}
	return errors.Join(errs...)
}

// Lock implements FS.
func (m *Mem) Lock(name string) (io.Closer, error) {
	m.before(OpLock, name)
	if err := checkFile(name); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	node, err := m.find(name)
	if errors.Is(err, fs.ErrNotExist) {
		node, err = m.create(name)
	}
	if err != nil {
		return nil, pathError("lock", name, err)
	}
	if node.file == nil {
		return nil, pathError("lock", name, errIsDirectory)
	}
	if _, held := m.locks[node]; held {
		return nil, fmt.Errorf("%w: %s: by this process", ErrLocked, name)
	}
	if err := node.file.writeAt([]byte("lock"), 0); err != nil {
		return nil, pathError("lock", name, err)
	}
	if err := node.file.sync(); err != nil {
		return nil, pathError("lock", name, err)
	}
	m.locks[node] = struct{}{}
	return &memLock{m, node}, nil
}

// memLock is a lock that is held.
type memLock struct {
	mem  *Mem
	node *memNode
}

func (l *memLock) Close() error {
	l.mem.mu.Lock()
	defer l.mem.mu.Unlock()
	if l.node == nil {
		return fs.ErrClosed
	}
	delete(l.mem.locks, l.node)
	l.node = nil
	return nil
}

// Usage implements FS. A disk without a limit says it has 1 TiB.
func (m *Mem) Usage(dir string) (Usage, error) {
	if _, err := m.Stat(dir); err != nil {
		return Usage{}, err
	}
	return m.space.usage(), nil
}

func nowMillis() int64 { return time.Now().UnixMilli() }
