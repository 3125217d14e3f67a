package jsonfile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/gannetmq/gannet/store/vfs"
)

// Suffix is what the name of a backup has behind that of its file.
const Suffix = ".bak"

const (
	bak = Suffix
	tmp = ".tmp"
)

// Store replaces the content of the file by b and keeps the previous content in FILE.bak (Java:
// ConfigManager.persist). b is durable when it returns nil. After a crash inside, Load finds b or
// what was there before; the order that makes it so:
//
//  1. FILE.tmp is written and synced: from here on b is whole wherever it is found.
//  2. FILE is renamed to FILE.bak. A crash now leaves the backup.
//  3. FILE.tmp is renamed to FILE.
//  4. The directory is synced.
//
// If a crash keeps 3 without 2, FILE holds b and FILE.bak what it held before. Java writes FILE in
// place between 2 and 4. After an error the file may be missing and the backup current: Store can
// be called again. The caller sees to it that nobody else stores the same file meanwhile.
func Store(fsys vfs.FS, name string, b []byte) error {
	dir := path.Dir(name)
	if err := makeDir(fsys, dir); err != nil {
		return fmt.Errorf("jsonfile: %w", err)
	}
	if err := write(fsys, name+tmp, b); err != nil {
		return fmt.Errorf("jsonfile: %s: %w", name+tmp, err)
	}
	if err := keep(fsys, name); err != nil {
		return fmt.Errorf("jsonfile: %w", err)
	}
	if err := fsys.Rename(name+tmp, name); err != nil {
		return fmt.Errorf("jsonfile: %w", err)
	}
	if err := fsys.SyncDir(dir); err != nil {
		return fmt.Errorf("jsonfile: %w", err)
	}
	return nil
}

// makeDir makes the directory and what is missing above it, durably.
func makeDir(fsys vfs.FS, dir string) error {
	if _, err := fsys.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := path.Dir(dir)
	if parent != dir {
		if err := makeDir(fsys, parent); err != nil {
			return err
		}
	}
	if err := fsys.MkdirAll(dir); err != nil {
		return err
	}
	return fsys.SyncDir(parent)
}

// write makes the file anew; a crash may have left an older one.
func write(fsys vfs.FS, name string, b []byte) (err error) {
	if err := fsys.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := fsys.Create(name, int64(len(b)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.WriteAt(b, 0); err != nil {
		return err
	}
	return f.Sync()
}

// keep makes the present content the backup. An empty file has none that is worth losing a backup for.
func keep(fsys vfs.FS, name string) error {
	e, err := fsys.Stat(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && e.Size == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	return fsys.Rename(name, name+bak)
}
