// Package vfs is the only door to the disk: every file of the data directory is reached through
// an FS. There are three: OS (the machine), Mem (a disk in memory that can be cloned as a crash
// would leave it) and Faulty (a wrapper that fails on demand).
//
// Names are slash-separated and relative to the root that the FS was opened on; a name that
// would leave the root is refused (ErrName).
package vfs

import (
	"io"
	"math"
)

// FS is one directory tree.
//
// Durability follows POSIX at its strictest: the content of a file is durable after File.Sync, or,
// written or mapped, after Mapping.Sync of its range; its length after File.Sync only; its existence
// under a name after SyncDir of the directory that holds the name.
//
// Other errors are the system's: errors.Is with fs.ErrNotExist, fs.ErrExist, syscall.EIO and so on.
type FS interface {
	// Create makes a file that must not exist yet, of the given size, reading as zeros (sparse).
	Create(name string, size int64) (File, error)
	// Open opens an existing file for reading and writing; errors.Is(err, fs.ErrNotExist) if there is none.
	Open(name string) (File, error)
	// OpenRead opens an existing file for reading only.
	OpenRead(name string) (File, error)
	// Rename moves a file or a directory, atomically also in a power cut; a file that had the new
	// name is gone.
	Rename(from, to string) error
	// Remove takes the name of a file or of an empty directory away; open files live on.
	Remove(name string) error
	// MkdirAll makes dir and what is missing above it; each is durable after SyncDir of its parent.
	MkdirAll(dir string) error
	// List returns the entries of dir sorted by name; an absent directory is empty.
	List(dir string) ([]Entry, error)
	Stat(name string) (Entry, error)
	// SyncDir makes the names inside dir durable.
	SyncDir(dir string) error
	// SyncTree makes everything in and below dir durable: contents, lengths and names; maybe more, up to the whole file
	// system. It is for many small files, where it is one wait for the disk and not one for each.
	// errors.ErrUnsupported where the system cannot do that, or would not tell of a failure.
	SyncTree(dir string) error
	// Lock takes Java's lock: an exclusive fcntl write lock on byte 0 of the file, created if
	// absent, and an entry in a registry of this process (fcntl locks do not exclude the process
	// that holds them). ErrLocked if somebody else has it. The file stays open until Close.
	Lock(name string) (io.Closer, error)
	// Usage tells the room on the file system that holds dir, which must exist.
	Usage(dir string) (Usage, error)
}

// Entry is one name in a directory.
type Entry struct {
	Name  string // without its directory
	Size  int64  // bytes
	Dir   bool
	MTime int64 // Unix milliseconds
}

// Usage is the room on a file system, in bytes. Total leaves out what only root may fill, so that
// (Total-Free)/Total is the ratio that Java compares with diskMaxUsedSpaceRatio.
type Usage struct{ Total, Free int64 }

// Percent is the part in use, rounded up, and -1 if the file system does not tell.
// Java: UtilAll.getDiskPartitionSpaceUsedPercent.
func (u Usage) Percent() int {
	if u.Total <= 0 {
		return -1
	}
	return int(math.Ceil(100 * float64(u.Total-u.Free) / float64(u.Total)))
}

// File is one open file. Methods may be called from several goroutines.
type File interface {
	io.ReaderAt
	io.WriterAt
	Size() (int64, error)
	// Truncate sets the length; growing reads as zeros and allocates nothing.
	Truncate(size int64) error
	// Allocate reserves disk blocks for [off, off+n), which must lie within the length (ErrRange),
	// so that later writes there, also through a mapping, cannot fail for lack of room. Errors with
	// ErrNoSpace when there is none. Content stays; call it ahead of the writers of the range.
	Allocate(off, n int64) error
	// Sync makes content and length durable (fdatasync). After it failed nothing is known of what
	// was written since the last success, and trying again proves nothing.
	Sync() error
	// Map maps [0, size) of the file, shared; size must be positive and not exceed the length
	// (ErrRange). The mapping outlives the File.
	Map(size int64, mode MapMode) (Mapping, error)
	Close() error
}

// MapMode is what a mapping may be used for.
type MapMode bool

const (
	ReadOnly  MapMode = false
	ReadWrite MapMode = true
)

// Mapping is a file seen as memory. Touching Bytes of a file that was cut short, or of a full
// disk where nothing was allocated, faults: go through mapped.Segment, which turns that into an error.
//
// Ranges outside the mapping are ErrRange. Nothing may be called, nor Bytes be used, after Unmap.
type Mapping interface {
	Bytes() []byte
	// Sync makes [off, off+n) durable (msync); its failure means what that of File.Sync means.
	Sync(off, n int64) error
	// Populate brings the pages of [off, off+n) in, writable and dirty if the mapping is, so that
	// the first touch does not fault.
	Populate(off, n int64) error
	// Random tells the kernel not to read ahead of what is touched in [off, off+n).
	Random(off, n int64) error
	// Resident reports whether reading [off, off+n) needs no disk.
	Resident(off, n int64) bool
	// Drop tells the kernel that [off, off+n) will not be needed soon.
	Drop(off, n int64) error
	Unmap() error
}
