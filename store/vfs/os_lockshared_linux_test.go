package vfs_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gannetmq/gannet/store/vfs"
)

// A shared lock changes nothing, and nobody gets the other one while it is held, here or elsewhere.
func TestLockShared(t *testing.T) {
	root := t.TempDir()
	fsys := vfs.NewOS(root)
	if _, err := fsys.LockShared("lock"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a file: got %v, want %v", err, fs.ErrNotExist)
	}
	name := filepath.Join(root, "lock")
	if err := os.WriteFile(name, []byte("as it was"), 0o444); err != nil {
		t.Fatal(err)
	}
	shared, err := fsys.LockShared("lock")
	if err != nil {
		t.Fatal(err)
	}
	if kind := elsewhere(t, name); kind != unix.F_RDLCK {
		t.Errorf("another process finds a lock of kind %d, want %d", kind, unix.F_RDLCK)
	}
	_, err = fsys.Lock("lock")
	wantErr(t, err, vfs.ErrLocked)
	if err := shared.Close(); err != nil {
		t.Fatal(err)
	}
	if kind := elsewhere(t, name); kind != unix.F_UNLCK {
		t.Errorf("after Close another process finds a lock of kind %d, want none", kind)
	}
	if b, err := os.ReadFile(name); err != nil || string(b) != "as it was" {
		t.Errorf("the file holds %q, %v", b, err)
	}
}

func TestLockSharedOfAHolder(t *testing.T) {
	fsys := vfs.NewOS(t.TempDir())
	l, err := fsys.Lock("lock")
	if err != nil {
		t.Fatal(err)
	}
	_, err = fsys.LockShared("lock")
	wantErr(t, err, vfs.ErrLocked)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	shared, err := fsys.LockShared("lock")
	if err != nil {
		t.Fatal(err)
	}
	if err := shared.Close(); err != nil {
		t.Fatal(err)
	}
}

// elsewhere asks for the kind of lock that another process would meet if it wanted to write.
func elsewhere(t *testing.T, name string) int16 {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	want := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart, Len: 1}
	if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_GETLK, &want); err != nil {
		t.Fatal(err)
	}
	// Closing f would end the lock of this process: it is left to the end of the test.
	t.Cleanup(func() { _ = f.Close() })
	return want.Type
}
