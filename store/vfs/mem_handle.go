package vfs

import (
	"fmt"
	"io/fs"
	"sync/atomic"
)

// memHandle is an open File of a Mem.
type memHandle struct {
	mem    *Mem
	file   *memFile
	name   string // as it was opened
	write  bool
	closed atomic.Bool
}

func (f *memFile) open(m *Mem, name string, write bool) *memHandle {
	f.retain()
	return &memHandle{mem: m, file: f, name: name, write: write}
}

// use refuses what may not be done through this handle.
func (h *memHandle) use(op string, write bool) error {
	if h.closed.Load() {
		return pathError(op, h.name, fs.ErrClosed)
	}
	if write && !h.write {
		return pathError(op, h.name, fs.ErrPermission)
	}
	return nil
}

func (h *memHandle) ReadAt(p []byte, off int64) (int, error) {
	if err := h.use("read", false); err != nil {
		return 0, err
	}
	return h.file.readAt(p, off) // io.EOF is not wrapped: io.ReaderAt
}

func (h *memHandle) WriteAt(p []byte, off int64) (int, error) {
	h.mem.before(OpWrite, h.name)
	if err := h.use("write", true); err != nil {
		return 0, err
	}
	if err := h.file.writeAt(p, off); err != nil {
		return 0, pathError("write", h.name, err)
	}
	return len(p), nil
}

func (h *memHandle) Size() (int64, error) {
	if err := h.use("stat", false); err != nil {
		return 0, err
	}
	size, _ := h.file.stat()
	return size, nil
}

func (h *memHandle) Truncate(size int64) error {
	h.mem.before(OpTruncate, h.name)
	if err := h.use("truncate", true); err != nil {
		return err
	}
	return pathError("truncate", h.name, h.file.truncate(size))
}

func (h *memHandle) Allocate(off, n int64) error {
	h.mem.before(OpAllocate, h.name)
	if err := h.use("allocate", true); err != nil {
		return err
	}
	h.file.mu.Lock()
	defer h.file.mu.Unlock()
	if err := checkRange(h.name, off, n, int64(len(h.file.bytes))); err != nil {
		return err
	}
	return pathError("allocate", h.name, h.file.allocate(off, n))
}

// Sync reads the whole file: who writes through a mapping meanwhile must use Mapping.Sync instead.
func (h *memHandle) Sync() error {
	h.mem.before(OpSync, h.name)
	if err := h.use("sync", false); err != nil {
		return err
	}
	return pathError("sync", h.name, h.file.sync())
}

func (h *memHandle) Map(size int64, mode MapMode) (Mapping, error) {
	if err := h.use("map", mode == ReadWrite); err != nil {
		return nil, err
	}
	f := h.file
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := checkRange(h.name, 0, size, int64(len(f.bytes))); err != nil {
		return nil, err
	}
	if size == 0 {
		return nil, fmt.Errorf("%w: %s: empty mapping", ErrRange, h.name)
	}
	f.maps++
	f.refs++
	f.mapped = true
	return &memMapping{mem: h.mem, file: f, name: h.name, mode: mode, b: f.bytes[:size:size]}, nil
}

func (h *memHandle) Close() error {
	if h.closed.Swap(true) {
		return pathError("close", h.name, fs.ErrClosed)
	}
	h.file.release()
	return nil
}

// memMapping is a mapping of a Mem: a slice of the file's own bytes.
type memMapping struct {
	mem  *Mem
	file *memFile
	name string
	mode MapMode
	b    []byte
}

func (m *memMapping) Bytes() []byte { return m.b }

func (m *memMapping) Sync(off, n int64) error {
	m.mem.before(OpMapSync, m.name)
	if err := m.check(off, n); err != nil {
		return err
	}
	m.file.mu.Lock()
	defer m.file.mu.Unlock()
	m.file.mtime = nowMillis()
	n = min(n, int64(len(m.file.bytes))-off) // the file may have been cut
	return pathError("sync", m.name, m.file.persist(off, n))
}

func (m *memMapping) Populate(off, n int64) error {
	if err := m.check(off, n); err != nil {
		return err
	}
	m.file.mu.Lock()
	defer m.file.mu.Unlock()
	if m.mode == ReadWrite {
		if err := m.file.allocate(off, n); err != nil {
			return pathError("populate", m.name, err)
		}
	}
	m.file.warm(off, n)
	return nil
}

// Random changes nothing: memory is not read ahead.
func (m *memMapping) Random(off, n int64) error { return m.check(off, n) }

// Resident is false for what was dropped and neither populated nor read or written through a File
// since, so that tests can have cold data.
func (m *memMapping) Resident(off, n int64) bool {
	if m.check(off, n) != nil {
		return false
	}
	m.file.mu.RLock()
	defer m.file.mu.RUnlock()
	for page := range pagesOf(off, n) {
		if _, cold := m.file.cold[page]; cold {
			return false
		}
	}
	return true
}

func (m *memMapping) Drop(off, n int64) error {
	if err := m.check(off, n); err != nil {
		return err
	}
	m.file.mu.Lock()
	defer m.file.mu.Unlock()
	for page := range pagesOf(off, n) {
		m.file.cold[page] = struct{}{}
	}
	return nil
}

func (m *memMapping) Unmap() error {
	if m.b == nil {
		return pathError("unmap", m.name, fs.ErrClosed)
	}
	m.b = nil
	m.file.mu.Lock()
	m.file.maps--
	m.file.mu.Unlock()
	m.file.release()
	return nil
}

func (m *memMapping) check(off, n int64) error { return checkRange(m.name, off, n, int64(len(m.b))) }
