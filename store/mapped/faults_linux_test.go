package mapped_test

import (
	"os"
	"testing"

	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/vfs"
)

// A file system without large pages is asked for them a few times, and again much later.
func TestSmallPagesAreNoticed(t *testing.T) {
	const shm = "/dev/shm" // tmpfs, which takes small pages unless it is mounted with huge=
	dir, err := os.MkdirTemp(shm, "gannet-mapped-")
	check(t, err)
	t.Cleanup(func() { check(t, os.RemoveAll(dir)) })
	fsys := vfs.NewFaulty(vfs.NewOS(dir))
	const size = 40 * mib
	s := must(mapped.Create(fsys, ".", 0, size))
	check(t, s.Prefault(0, size, true))
	if got := fsys.Count(vfs.OpWrite, ""); got != 4 {
		t.Errorf("%d of 20 steps written with zeros, want 4", got)
	}
	if !s.Resident(0, size) || s.Prefaulted() != size {
		t.Errorf("prefaulted to %d, want all in memory", s.Prefaulted())
	}
	closed(t, s)
}
