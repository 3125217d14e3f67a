package store

import (
	"errors"
	"path"
	"strings"
	"sync"
	"testing"

	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/vfs"
)

// The crash suite is worth something only if it finds what it is for. Each test here plants one
// bug, below the store, in the disk that it believes to be synced, and demands that the suite fails.
// One bug can only be planted in the log itself: see commitlog's planted_test.go.

// plantedSeed begins all of them, so that they are found in every run.
const plantedSeed = 1

func mustFind(t *testing.T, o Options, plant func(vfs.FS) vfs.FS) {
	t.Helper()
	v := variant{options: o, disk: plant}
	err := v.crashes(plantedSeed, 2000, new(crashTally))
	if !errors.Is(err, errWrongDisk) {
		t.Fatalf("the crash suite did not find the planted bug: %v", err)
	}
	t.Logf("found: %v", err)
}

// lyingFS passes everything on except what the bug leaves out, in the files of the log.
type lyingFS struct {
	vfs.FS
	mapSync func(m vfs.Mapping, off, n int64) error
	syncDir func(dir string) error
}

func (f *lyingFS) SyncDir(dir string) error {
	if f.syncDir != nil && dir == layout.LogDir {
		return f.syncDir(dir)
	}
	return f.FS.SyncDir(dir)
}

func (f *lyingFS) Create(name string, size int64) (vfs.File, error) {
	file, err := f.FS.Create(name, size)
	return f.file(name, file), err
}

func (f *lyingFS) Open(name string) (vfs.File, error) {
	file, err := f.FS.Open(name)
	return f.file(name, file), err
}

func (f *lyingFS) file(name string, file vfs.File) vfs.File {
	if file == nil || !strings.HasPrefix(name, layout.LogDir+"/") || path.Dir(name) != layout.LogDir {
		return file
	}
	return &lyingFile{file, f}
}

type lyingFile struct {
	vfs.File
	fs *lyingFS
}

func (f *lyingFile) Map(size int64, mode vfs.MapMode) (vfs.Mapping, error) {
	m, err := f.File.Map(size, mode)
	if err != nil || f.fs.mapSync == nil {
		return m, err
	}
	return &lyingMapping{m, f.fs}, nil
}

type lyingMapping struct {
	vfs.Mapping
	fs *lyingFS
}

func (m *lyingMapping) Sync(off, n int64) error { return m.fs.mapSync(m.Mapping, off, n) }

// The acknowledgement goes out first, the sync follows with the next flush.
func TestPlantedAckBeforeSync(t *testing.T) {
	mustFind(t, crashOptions(SyncFlush), func(base vfs.FS) vfs.FS {
		var mu sync.Mutex
		var late func() error
		return &lyingFS{FS: base, mapSync: func(m vfs.Mapping, off, n int64) error {
			mu.Lock()
			defer mu.Unlock()
			now := late
			late = func() error { return m.Sync(off, n) }
			if now != nil {
				_ = now() // the mapping may be gone by now, and what it held with it
			}
			return nil
		}}
	})
}

// The name of a new file of the log is not made durable.
func TestPlantedMissingDirectorySync(t *testing.T) {
	mustFind(t, crashOptions(SyncFlush), func(base vfs.FS) vfs.FS {
		return &lyingFS{FS: base, syncDir: func(string) error { return nil }}
	})
}

// When the log rolls, the old file is left unsynced from where it was synced last.
func TestPlantedOldFileNotSynced(t *testing.T) {
	o := crashOptions(SyncFlush)
	mustFind(t, o, func(base vfs.FS) vfs.FS {
		return &lyingFS{FS: base, mapSync: func(m vfs.Mapping, off, n int64) error {
			if off+n == o.LogFileSize {
				return nil
			}
			return m.Sync(off, n)
		}}
	})
}

// Recovery believes every record whose lengths agree.
func TestPlantedCRCNotChecked(t *testing.T) {
	o := crashOptions(AsyncFlush)
	o.SkipCRCOnRecovery = true
	mustFind(t, o, func(base vfs.FS) vfs.FS { return base })
}

// unsyncedFS forgets to sync the files of a directory.
type unsyncedFS struct {
	vfs.FS
	dir string
}

func (f unsyncedFS) Create(name string, size int64) (vfs.File, error) {
	return f.file(name)(f.FS.Create(name, size))
}

func (f unsyncedFS) Open(name string) (vfs.File, error) { return f.file(name)(f.FS.Open(name)) }

func (f unsyncedFS) file(name string) func(vfs.File, error) (vfs.File, error) {
	return func(file vfs.File, err error) (vfs.File, error) {
		if err != nil || !strings.HasPrefix(name, f.dir+"/") {
			return file, err
		}
		return unsyncedFile{file}, nil
	}
}

type unsyncedFile struct{ vfs.File }

func (unsyncedFile) Sync() error { return nil }

// The offsets of consumers are renamed into place before they are durable.
func TestPlantedOffsetsNotSynced(t *testing.T) {
	mustFind(t, crashOptions(AsyncFlush), func(base vfs.FS) vfs.FS { return unsyncedFS{base, path.Dir(offsetsFile)} })
}

// Files of the log are deleted while the queues' entries for their messages are not durable.
func TestPlantedDeletedBeforeQueuesAreSynced(t *testing.T) {
	mustFind(t, deleting(AsyncFlush), func(base vfs.FS) vfs.FS { return unsyncedFS{fullDisk(base), layout.QueueDir} })
}
