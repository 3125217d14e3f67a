package index

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"

	"github.com/gannetmq/gannet/store/vfs"
)

// filled has messages of one key at 0, 100, 200 …; each file has room for 39.
func filled(t *testing.T, fsys vfs.FS, messages int64) *Index {
	t.Helper()
	x := mustOpen(t, fsys, testOptions())
	for i := range messages {
		dispatch(t, x, message(t, 100*i, 1_000_000+1000*i, 0, fmt.Sprint("u", i), ""))
	}
	return x
}

func names(t *testing.T, fsys vfs.FS) []string {
	t.Helper()
	list, err := fsys.List("index")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name)
	}
	return names
}

// Files go when the log has none of their messages; the newest stays, whether or not there is room in it.
func TestExpire(t *testing.T) {
	for messages, want := range map[int64]int{4 * 39: 3, 4*39 + 1: 4} {
		mem := vfs.NewMem()
		x := filled(t, mem, messages)
		before := names(t, mem)
		if got := find(t, x, "u0", 10, 0, allTime); !slices.Equal(got, []int64{0}) {
			t.Errorf("found %v, want 0", got)
		}
		for _, c := range []struct {
			minPhy int64
			files  int
		}{{3800, 0}, {3801, 1}, {3801, 0}, {1 << 40, want - 1}, {1 << 40, 0}} {
			if n, err := x.Expire(c.minPhy); n != c.files || err != nil {
				t.Errorf("%d messages, log from %d: %d files, %v, want %d", messages, c.minPhy, n, err, c.files)
			}
		}
		left := names(t, mem)
		if !slices.Equal(left, before[want:]) || x.Bytes() != int64(len(left))*x.size() {
			t.Errorf("%d messages: %v is left, %d bytes, want %v", messages, left, x.Bytes(), before[want:])
		}
		if got := find(t, x, "u0", 10, 0, allTime); len(got) > 0 {
			t.Errorf("found %v in a file that is gone", got)
		}
		last := messages - 1
		if got := find(t, x, fmt.Sprint("u", last), 10, 0, allTime); !slices.Equal(got, []int64{100 * last}) {
			t.Errorf("the last message: found %v", got)
		}
		dispatch(t, x, message(t, 100*messages, 9_000_000, 0, "more", ""))
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		x = mustOpen(t, mem, testOptions())
		if x.Next() != 100*messages {
			t.Errorf("opened again it ends at %d, want %d", x.Next(), 100*messages)
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := x.Expire(0); !errors.Is(err, ErrClosed) {
			t.Errorf("after close: got %v, want %v", err, ErrClosed)
		}
	}
}

// A file that cannot be removed is still searched, and removed later.
func TestExpireFails(t *testing.T) {
	disk := vfs.NewFaulty(vfs.NewMem())
	x := filled(t, disk, 4*39)
	disk.Inject(vfs.Rule{Op: vfs.OpRemove, Skip: 1, Err: syscall.EIO})
	if n, err := x.Expire(1 << 40); n != 1 || !errors.Is(err, syscall.EIO) {
		t.Errorf("%d files, %v, want 1, %v", n, err, syscall.EIO)
	}
	if got := find(t, x, "u39", 10, 0, allTime); !slices.Equal(got, []int64{3900}) {
		t.Errorf("found %v, want 3900", got)
	}
	disk.Heal()
	if n, err := x.Expire(1 << 40); n != 2 || err != nil {
		t.Errorf("healed: %d files, %v, want 2", n, err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
}

// Whatever files a power cut leaves of those that go, the rest is found.
func TestExpireAndPowerCuts(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	mem := vfs.NewMem()
	x := filled(t, mem, 5*39)
	if err := x.Flush(); err != nil {
		t.Fatal(err)
	}
	var disks []*vfs.Mem
	mem.OnOp = func(vfs.Op, string) {
		for range 8 {
			disks = append(disks, mem.Clone(rng, vfs.Coin()))
		}
	}
	if n, err := x.Expire(12000); n != 3 || err != nil {
		t.Fatalf("%d files, %v, want 3", n, err)
	}
	mem.OnOp = nil
	if len(disks) < 4*8 {
		t.Errorf("%d power cuts, want one in front of each of 4 operations, 8 times", len(disks))
	}
	o := testOptions()
	o.Clean, o.Durable = false, allTime
	for _, disk := range disks {
		again := mustOpen(t, disk, o)
		for i := range int64(5 * 39) {
			got := find(t, again, fmt.Sprint("u", i), 10, 0, allTime)
			if i >= 120 && !slices.Equal(got, []int64{100 * i}) {
				t.Fatalf("message %d: found %v, files %v", i, got, names(t, disk))
			}
		}
		if again.Next() != 100*(5*39-1) {
			t.Errorf("the index ends at %d", again.Next())
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
}
