package vfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	filePerm = 0o644
	dirPerm  = 0o755
)

// OS is the FS of a directory of this machine.
//
// Names are confined by their text (checkFile), not by os.Root: operators put commitlog on another
// disk with a symbolic link, and only they can make one below the root.
type OS struct {
	root    string
	outside []string // absolute and clean
}

// NewOS returns the FS of the directory root. It touches nothing; MkdirAll(".") makes the root.
//
// outside are directories that are not below the root and belong to the FS too, by their absolute
// names (os_outside.go).
func NewOS(root string, outside ...string) *OS {
	o := &OS{root: filepath.Clean(root)}
	for _, dir := range outside {
		if filepath.IsAbs(dir) {
			o.outside = append(o.outside, filepath.Clean(dir))
		}
	}
	return o
}

var _ FS = (*OS)(nil)

func (o *OS) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(o.root, filepath.FromSlash(name))
}

// Create implements FS. A crash inside may leave the name with length 0, which Java deletes when
// it is the last file of a directory.
func (o *OS) Create(name string, size int64) (File, error) {
	if err := o.checkFile(name); err != nil {
		return nil, err
	}
	if err := checkRange(name, 0, size, size); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(o.path(name), os.O_RDWR|os.O_CREATE|os.O_EXCL, filePerm)
	if err != nil {
		return nil, noSpace(err)
	}
	if err := f.Truncate(size); err != nil {
		return nil, noSpace(errors.Join(err, f.Close(), os.Remove(f.Name())))
	}
	return &osFile{f: f}, nil
}

// Open implements FS.
func (o *OS) Open(name string) (File, error) { return o.open(name, os.O_RDWR) }

// OpenRead implements FS.
func (o *OS) OpenRead(name string) (File, error) { return o.open(name, os.O_RDONLY) }

// open does in few system calls what os.OpenFile and Stat do in twice as many: where ten thousand queues are written, each
// a little, opening their files is most of it.
func (o *OS) open(name string, flag int) (File, error) {
	if err := o.checkFile(name); err != nil {
		return nil, err
	}
	path := o.path(name)
	var fd int
	err := uninterrupted(func() (err error) {
		fd, err = unix.Open(path, flag|unix.O_CLOEXEC, 0)
		return err
	})
	if err != nil {
		return nil, pathError("open", path, err)
	}
	f := os.NewFile(uintptr(fd), path)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, errors.Join(pathError("stat", path, err), f.Close())
	}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR { // the system opens a directory for reading
		return nil, errors.Join(pathError("open", path, syscall.EISDIR), f.Close())
	}
	if err := processLocks.adopt(f, fileID{uint64(st.Dev), st.Ino}); err != nil {
		return nil, err
	}
	return &osFile{f: f}, nil
}

// Rename implements FS.
func (o *OS) Rename(from, to string) error {
	if err := errors.Join(o.checkFile(from), o.checkFile(to)); err != nil {
		return err
	}
	return noSpace(os.Rename(o.path(from), o.path(to)))
}

// Remove implements FS.
func (o *OS) Remove(name string) error {
	if err := o.checkFile(name); err != nil {
		return err
	}
	return os.Remove(o.path(name))
}

// MkdirAll implements FS. The root's own name is durable when MkdirAll(".") returns, because no
// SyncDir of this FS reaches the directory above it.
func (o *OS) MkdirAll(dir string) error {
	if err := o.checkDir(dir); err != nil {
		return err
	}
	if err := mkdirDurably(o.root); err != nil {
		return noSpace(err)
	}
	if filepath.IsAbs(dir) {
		return noSpace(mkdirDurably(dir))
	}
	return noSpace(os.MkdirAll(o.path(dir), dirPerm))
}

// mkdirDurably makes dir and what is missing above it, syncing each parent that it changes.
func mkdirDurably(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := mkdirDurably(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, dirPerm); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(parent)
}

// List implements FS. Symbolic links are followed; a name that vanishes meanwhile is left out.
func (o *OS) List(dir string) ([]Entry, error) {
	if err := o.checkDir(dir); err != nil {
		return nil, err
	}
	names, err := os.ReadDir(o.path(dir)) // sorted
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list := make([]Entry, 0, len(names))
	for _, d := range names {
		info, err := os.Stat(filepath.Join(o.path(dir), d.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, entryOf(info))
	}
	return list, nil
}

// Stat implements FS.
func (o *OS) Stat(name string) (Entry, error) {
	if err := o.checkDir(name); err != nil {
		return Entry{}, err
	}
	info, err := os.Stat(o.path(name))
	if err != nil {
		return Entry{}, err
	}
	return entryOf(info), nil
}

// entryOf gives a directory the size 0: what the file system says there means nothing.
func entryOf(info fs.FileInfo) Entry {
	e := Entry{Name: info.Name(), Dir: info.IsDir(), MTime: info.ModTime().UnixMilli()}
	if !e.Dir {
		e.Size = info.Size()
	}
	return e
}

// SyncDir implements FS.
func (o *OS) SyncDir(dir string) error {
	if err := o.checkDir(dir); err != nil && !o.holdsOutside(dir) {
		return err
	}
	return noSpace(syncDir(o.path(dir)))
}

func syncDir(path string) error {
	d, err := os.OpenFile(path, os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// SyncTree implements FS.
func (o *OS) SyncTree(dir string) error {
	if err := o.checkDir(dir); err != nil {
		return err
	}
	d, err := os.OpenFile(o.path(dir), os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	err = uninterrupted(func() error { return syncfs(int(d.Fd())) })
	return noSpace(errors.Join(pathError("syncfs", dir, err), d.Close()))
}

// Lock implements FS. The file then holds the four bytes "lock", as after Java's
// DefaultMessageStore.start.
func (o *OS) Lock(name string) (io.Closer, error) {
	if err := o.checkFile(name); err != nil {
		return nil, err
	}
	return processLocks.lock(o.path(name), createLock, false)
}

// Usage implements FS.
func (o *OS) Usage(dir string) (Usage, error) {
	if err := o.checkDir(dir); err != nil {
		return Usage{}, err
	}
	return diskUsage(o.path(dir))
}
