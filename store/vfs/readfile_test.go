package vfs_test

import (
	"errors"
	"syscall"
	"testing"

	"github.com/gannetmq/gannet/store/vfs"
)

func TestReadFile(t *testing.T) {
	fsys := vfs.NewFaulty(vfs.NewMem())
	f, err := fsys.Create("a", 5)
	if err == nil {
		_, err = f.WriteAt([]byte("hello"), 0)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		limit int64
		want  string
		found bool
	}{{"a", 100, "hello", true}, {"a", 4, "hell", true}, {"none", 100, "", false}} {
		b, found, err := vfs.ReadFile(fsys, c.name, c.limit)
		if err != nil || string(b) != c.want || found != c.found {
			t.Errorf("%s up to %d: got %q, %t, %v; want %q, %t", c.name, c.limit, b, found, err, c.want, c.found)
		}
	}
	fsys.Inject(vfs.Rule{Op: vfs.OpRead, Err: syscall.EIO})
	if _, _, err := vfs.ReadFile(fsys, "a", 100); !errors.Is(err, syscall.EIO) {
		t.Errorf("broken disk: got %v, want %v", err, syscall.EIO)
	}
}
