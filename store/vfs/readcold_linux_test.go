package vfs

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// What is not in memory is not waited for, and is there a while after it was asked for.
func TestReadCachedDoesNotWait(t *testing.T) {
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, make([]byte, 1<<20), filePerm); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	f := &osFile{f: file}
	b := make([]byte, 4096)
	n, err := f.readCached(b, 0)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Logf("%s: %v; reads wait there", name, err)
	} else if n != len(b) || err != nil {
		t.Errorf("just written: got %d, %v", n, err)
	}
	if n, err := f.readCold(b, 1<<19); n != len(b) || err != nil {
		t.Errorf("cold: got %d, %v", n, err)
	}
	fd := int(file.Fd())
	if err := unix.Fsync(fd); err != nil {
		t.Fatal(err)
	}
	if err := unix.Fadvise(fd, 0, 0, unix.FADV_DONTNEED); err != nil {
		t.Fatal(err)
	}
	switch n, err := f.readCached(b, 1<<18); {
	case errors.Is(err, errNotCached), errors.Is(err, errors.ErrUnsupported):
	case n == len(b) && err == nil: // the file system keeps its pages, or was very quick
	default:
		t.Errorf("dropped from memory: got %d, %v, want all or %v", n, err, errNotCached)
	}
	if n, err := f.readCold(b, 1<<19); n != len(b) || err != nil {
		t.Errorf("dropped from memory, with patience: got %d, %v", n, err)
	}
}
