package vfs_test

import (
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gannetmq/gannet/store/vfs"
)

// TestOSLockIsJavas asks the kernel through an open-file-description lock, which meets fcntl locks
// of this very process as another process would.
func TestOSLockIsJavas(t *testing.T) {
	root := t.TempDir()
	l, err := vfs.NewOS(root).Lock("lock")
	check(t, err)
	stranger, err := os.OpenFile(filepath.Join(root, "lock"), os.O_RDWR, 0)
	check(t, err)
	got := unix.Flock_t{Type: unix.F_WRLCK}
	check(t, unix.FcntlFlock(stranger.Fd(), unix.F_OFD_GETLK, &got))
	want := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart, Start: 0, Len: 1, Pid: int32(os.Getpid())}
	if got != want {
		t.Errorf("lock in the kernel: got %+v, want %+v", got, want)
	}
	check(t, l.Close())

	theirs := unix.Flock_t{Type: unix.F_WRLCK, Len: 1}
	check(t, unix.FcntlFlock(stranger.Fd(), unix.F_OFD_SETLK, &theirs))
	_, err = vfs.NewOS(root).Lock("lock")
	wantErr(t, err, vfs.ErrLocked)
	check(t, stranger.Close())
	l, err = vfs.NewOS(root).Lock("lock")
	check(t, err)
	check(t, l.Close())
}

func TestOSAllocateReservesBlocks(t *testing.T) {
	root := t.TempDir()
	f := must(vfs.NewOS(root).Create("f", 64<<20))
	blocks := func() int64 {
		var st syscall.Stat_t
		check(t, syscall.Stat(filepath.Join(root, "f"), &st))
		return st.Blocks * 512
	}
	if got := blocks(); got > 1<<20 {
		t.Errorf("a new file takes %d bytes, want it sparse", got)
	}
	check(t, f.Allocate(16<<20, 16<<20))
	if got := blocks(); got < 16<<20 || got > 17<<20 {
		t.Errorf("after Allocate of 16 MiB: got %d bytes on disk", got)
	}
	check(t, f.Close())
}

func TestOSResidentKnowsHoles(t *testing.T) {
	const mib = 1 << 20
	f := must(vfs.NewOS(t.TempDir()).Create("f", 32*mib))
	m := must(f.Map(32*mib, vfs.ReadWrite))
	if m.Resident(8*mib, 1) {
		t.Error("an untouched page: got resident, want not")
	}
	check(t, m.Populate(8*mib, 8*mib))
	if !m.Resident(8*mib, 8*mib) {
		t.Error("populated pages: got not resident, want resident")
	}
	check(t, f.Truncate(12*mib)) // takes pages away for sure; others come by reading ahead
	check(t, f.Truncate(32*mib))
	for _, r := range []struct {
		off, n int64
		want   bool
	}{{8 * mib, 4 * mib, true}, {12*mib - 1, 1, true}, {12*mib - 1, 2, false}, {8 * mib, 8 * mib, false}, {16 * mib, 0, true}} {
		if got := m.Resident(r.off, r.n); got != r.want {
			t.Errorf("Resident(%d, %d): got %v, want %v", r.off, r.n, got, r.want)
		}
	}
	if n := testing.AllocsPerRun(100, func() { m.Resident(8*mib, 4*mib) }); n != 0 {
		t.Errorf("Resident allocates %v times, want 0", n)
	}
	check(t, m.Unmap())
	check(t, f.Close())
}

func TestOSPopulateOfCutFileFails(t *testing.T) {
	f := must(vfs.NewOS(t.TempDir()).Create("f", 1<<20))
	m := must(f.Map(1<<20, vfs.ReadWrite))
	check(t, f.Truncate(4096))
	wantErr(t, m.Populate(0, 1<<20), syscall.EFAULT)
	check(t, m.Populate(0, 4096))
	check(t, m.Unmap())
	check(t, f.Close())
}

func TestOSDropFreesMemory(t *testing.T) {
	const size = 32 << 20
	f := must(vfs.NewOS(t.TempDir()).Create("f", size))
	m := must(f.Map(size, vfs.ReadWrite))
	check(t, m.Populate(0, size))
	before := sharedResident(t)
	check(t, m.Drop(0, size))
	if freed := before - sharedResident(t); freed < size*3/4 {
		t.Errorf("Drop freed %d of %d bytes", freed, size)
	}
	check(t, m.Unmap())
	check(t, f.Close())
}

// sharedResident is the memory of files that is mapped in, in bytes.
func sharedResident(t *testing.T) int64 {
	t.Helper()
	b, err := os.ReadFile("/proc/self/statm")
	check(t, err)
	return must(strconv.ParseInt(strings.Fields(string(b))[2], 10, 64)) * int64(os.Getpagesize())
}

func TestOSCreateLeavesAllOrNothing(t *testing.T) {
	fsys := vfs.NewOS(t.TempDir())
	f, err := fsys.Create("f", math.MaxInt64) // more than ext4 can, not more than xfs
	entries := must(fsys.List("."))
	if err != nil && len(entries) != 0 {
		t.Errorf("after error %v: got %v, want nothing", err, entries)
	}
	if err == nil {
		if entries[0].Size != math.MaxInt64 {
			t.Errorf("got %d bytes, want %d", entries[0].Size, int64(math.MaxInt64))
		}
		check(t, f.Close())
	}
}

func TestOSFullDisk(t *testing.T) {
	f, err := vfs.NewOS("/dev").Open("full")
	check(t, err)
	_, err = f.WriteAt([]byte("x"), 0)
	wantErr(t, err, vfs.ErrNoSpace)
	wantErr(t, err, syscall.ENOSPC)
	if !errors.Is(err, vfs.ErrNoSpace) || !strings.Contains(err.Error(), "/dev/full") {
		t.Errorf("got %q, want it to name the file", err)
	}
	check(t, f.Close())
}
