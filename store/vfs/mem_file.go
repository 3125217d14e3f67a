package vfs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
)

const (
	memPage    = 4096    // what the page cache writes at once
	memSector  = 512     // what a disk writes at once
	maxMemFile = 1 << 34 // bytes; a longer file is a mistake of the test
)

var zeroPage [memPage]byte

// memFile is the content of a file, twice: as programs see it and as it is on disk.
type memFile struct {
	space *memSpace

	mu     sync.RWMutex // guards all below; users of a mapping touch bytes without it
	bytes  []byte       // len is the length; mappings share the array, so it moves only while maps is 0
	maps   int          // live mappings
	mapped bool         // there has been one: any page may have been written
	refs   int          // names, open handles, mappings; at 0 the blocks are given back
	mtime  int64        // Unix milliseconds

	disk     map[int64]*[memPage]byte // page number → content; an absent page is zeros
	diskSize int64
	blocks   map[int64]struct{} // pages that have room on the disk
	cold     map[int64]struct{} // pages that were dropped and not read since
}

func newMemFile(space *memSpace) *memFile {
	return &memFile{
		space:  space,
		mtime:  nowMillis(),
		disk:   make(map[int64]*[memPage]byte),
		blocks: make(map[int64]struct{}),
		cold:   make(map[int64]struct{}),
	}
}

func (f *memFile) retain() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refs++
}

func (f *memFile) release() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refs--; f.refs == 0 {
		f.space.free(int64(len(f.blocks)) * memPage)
		clear(f.blocks)
	}
}

func (f *memFile) stat() (size, mtime int64) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return int64(len(f.bytes)), f.mtime
}

func (f *memFile) readAt(p []byte, off int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if off < 0 {
		return 0, fmt.Errorf("%w: offset %d", ErrRange, off)
	}
	n := 0
	if off < int64(len(f.bytes)) {
		n = copy(p, f.bytes[off:])
	}
	f.warm(off, int64(n))
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memFile) writeAt(p []byte, off int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	end := off + int64(len(p))
	if err := checkRange("write", off, int64(len(p)), maxMemFile); err != nil {
		return err
	}
	if err := f.allocate(off, int64(len(p))); err != nil {
		return err
	}
	if end > int64(len(f.bytes)) {
		if err := f.resize(end); err != nil {
			return err
		}
	}
	copy(f.bytes[off:], p)
	f.warm(off, int64(len(p)))
	f.mtime = nowMillis()
	return nil
}

func (f *memFile) truncate(size int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := checkRange("truncate", 0, size, maxMemFile); err != nil {
		return err
	}
	f.mtime = nowMillis()
	return f.resize(size)
}

// resize sets the length; what is added reads as zeros, what is cut off gives its blocks back.
func (f *memFile) resize(size int64) error {
	old := int64(len(f.bytes))
	switch {
	case size <= old:
		clear(f.bytes[size:])
		f.bytes = f.bytes[:size]
		for page := range f.blocks {
			if page*memPage >= size {
				delete(f.blocks, page)
				f.space.free(memPage)
			}
		}
	case size <= int64(cap(f.bytes)):
		f.bytes = f.bytes[:size]
		clear(f.bytes[old:])
	case f.maps > 0:
		return fmt.Errorf("%w: growing a mapped file from %d to %d bytes", errors.ErrUnsupported, old, size)
	default:
		bigger := make([]byte, size, max(size, 2*int64(cap(f.bytes))))
		copy(bigger, f.bytes)
		f.bytes = bigger
	}
	return nil
}

// allocate gives the pages of [off, off+n) room on the disk, all or none.
func (f *memFile) allocate(off, n int64) error {
	var missing []int64
	for page := range pagesOf(off, n) {
		if _, ok := f.blocks[page]; !ok {
			missing = append(missing, page)
		}
	}
	if err := f.space.take(int64(len(missing)) * memPage); err != nil {
		return err
	}
	for _, page := range missing {
		f.blocks[page] = struct{}{}
	}
	return nil
}

func (f *memFile) sync() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	size := int64(len(f.bytes))
	if f.mapped {
		if err := f.persist(0, size); err != nil {
			return err
		}
	} else if err := f.persistKnown(size); err != nil {
		return err
	}
	f.persistSize()
	return nil
}

// persistKnown puts the pages on disk that have blocks, and those that are there from before the file
// was cut and grew again. All others are zeros: a large sparse file is quick to sync.
func (f *memFile) persistKnown(size int64) error {
	for page := range f.blocks {
		lo := page * memPage
		if err := f.persist(lo, min(memPage, size-lo)); err != nil {
			return err
		}
	}
	for page := range f.disk {
		if lo := page * memPage; lo < size {
			if err := f.persist(lo, min(memPage, size-lo)); err != nil {
				return err
			}
		}
	}
	return nil
}

// persist puts [off, off+n) on disk, exactly these bytes and no more of their pages: the strictest
// reading of the promise, and no race with who writes the next bytes through a mapping.
func (f *memFile) persist(off, n int64) error {
	for page := range pagesOf(off, n) {
		lo, hi := max(off, page*memPage), min(off+n, (page+1)*memPage)
		src := f.bytes[lo:hi]
		dst := f.disk[page]
		if dst == nil {
			if bytes.Equal(src, zeroPage[:len(src)]) {
				continue
			}
			if err := f.allocate(lo, hi-lo); err != nil {
				return err
			}
			dst = new([memPage]byte)
			f.disk[page] = dst
		}
		copy(dst[lo-page*memPage:], src)
	}
	return nil
}

// persistSize puts the length on disk, where nothing is left beyond it.
func (f *memFile) persistSize() {
	f.diskSize = int64(len(f.bytes))
	for page, b := range f.disk {
		if start := page * memPage; start >= f.diskSize {
			delete(f.disk, page)
		} else if start+memPage > f.diskSize {
			clear(b[f.diskSize-start:])
		}
	}
}

func (f *memFile) warm(off, n int64) {
	if len(f.cold) == 0 {
		return
	}
	for page := range pagesOf(off, n) {
		delete(f.cold, page)
	}
}

// pagesOf yields the numbers of the pages that [off, off+n) touches.
func pagesOf(off, n int64) func(yield func(int64) bool) {
	return func(yield func(int64) bool) {
		for page := off / memPage; n > 0 && page <= (off+n-1)/memPage; page++ {
			if !yield(page) {
				return
			}
		}
	}
}
