package mapped_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/vfs"
)

const mib = 1 << 20

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got error %v, want %v", err, want)
	}
}

// closed closes s and fails the test if somebody still uses it.
func closed(t *testing.T, s *mapped.Segment) {
	t.Helper()
	if err := s.Close(context.Background()); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// logDir returns a disk with a durable directory log.
func logDir(t *testing.T) *vfs.Mem {
	t.Helper()
	m := vfs.NewMem()
	check(t, m.MkdirAll("log"))
	check(t, m.SyncDir("."))
	return m
}

func onBoth(t *testing.T, f func(t *testing.T, fsys vfs.FS)) {
	t.Helper()
	t.Run("OS", func(t *testing.T) {
		fsys := vfs.NewOS(t.TempDir())
		check(t, fsys.MkdirAll("log"))
		f(t, fsys)
	})
	t.Run("Mem", func(t *testing.T) { f(t, logDir(t)) })
}

func TestSegmentLife(t *testing.T) {
	onBoth(t, func(t *testing.T, fsys vfs.FS) {
		s := must(mapped.Create(fsys, "log", 3*mib, mib))
		if got, want := s.Name(), "log/00000000000003145728"; got != want {
			t.Errorf("Name: got %s, want %s", got, want)
		}
		if s.Start() != 3*mib || s.End() != 4*mib || s.Size() != mib {
			t.Errorf("got [%d, %d) of %d bytes, want [3 MiB, 4 MiB) of 1 MiB", s.Start(), s.End(), s.Size())
		}
		if got := must(fsys.Stat(s.Name())).Size; got != mib {
			t.Errorf("length of the file: got %d, want %d", got, mib)
		}
		_, err := mapped.Create(fsys, "log", 3*mib, mib)
		wantErr(t, err, fs.ErrExist)

		check(t, s.Prefault(0, mib, false))
		if !s.Resident(0, mib) {
			t.Error("Resident after Prefault: got false, want true")
		}
		check(t, s.CopyIn(0, []byte("head")))
		check(t, s.CopyIn(mib-4, []byte("tail")))
		check(t, s.Sync(0, 4))
		check(t, s.Sync(mib-4, mib))
		closed(t, s)

		for _, mode := range []vfs.MapMode{vfs.ReadOnly, vfs.ReadWrite} {
			s := must(mapped.Open(fsys, "log", 3*mib, mib, mode))
			if got := string(must(s.Bytes(0, 4))) + string(must(s.Bytes(mib-4, 4))); got != "headtail" {
				t.Errorf("Bytes: got %q, want headtail", got)
			}
			b := make([]byte, 4)
			if _, err := s.ReadAt(b, mib-4); err != nil || string(b) != "tail" {
				t.Errorf("ReadAt: got %q, %v, want tail", b, err)
			}
			if _, err := s.ReadAt(b, mib-3); err != io.EOF {
				t.Errorf("ReadAt over the end: got %v, want %v", err, io.EOF)
			}
			check(t, s.Drop(0, mib))
			closed(t, s)
		}

		s = must(mapped.Open(fsys, "log", 3*mib, mib, vfs.ReadWrite))
		check(t, s.Remove())
		closed(t, s)
		_, err = mapped.Open(fsys, "log", 3*mib, mib, vfs.ReadWrite)
		wantErr(t, err, fs.ErrNotExist)
	})
}

func TestSegmentBounds(t *testing.T) {
	onBoth(t, func(t *testing.T, fsys vfs.FS) {
		for _, c := range []struct{ start, size int64 }{{-1, 1}, {0, 0}, {0, -1}, {math.MaxInt64, 1}, {1, math.MaxInt64}} {
			_, err := mapped.Create(fsys, "log", c.start, c.size)
			wantErr(t, err, vfs.ErrRange)
			_, err = mapped.Open(fsys, "log", c.start, c.size, vfs.ReadOnly)
			wantErr(t, err, vfs.ErrRange)
		}
		s := must(mapped.Create(fsys, "log", 0, 8192))
		check(t, s.Reserve(0, math.MaxInt64))
		for _, c := range []struct{ pos, n int64 }{{-1, 1}, {0, -1}, {8192, 1}, {8193, 0}, {1, math.MaxInt64}, {math.MaxInt64, math.MaxInt64}} {
			_, err := s.Bytes(c.pos, c.n)
			wantErr(t, err, vfs.ErrRange)
			if s.Resident(c.pos, c.n) {
				t.Errorf("Resident(%d, %d): got true, want false", c.pos, c.n)
			}
		}
		wantErr(t, s.Sync(-1, 1), vfs.ErrRange)
		wantErr(t, s.Sync(2, 1), vfs.ErrRange)
		wantErr(t, s.Sync(0, 8193), vfs.ErrRange)
		for _, pos := range []int64{-1, 8190, 8192, math.MaxInt64} {
			wantErr(t, s.CopyIn(pos, []byte("abc")), mapped.ErrNotReserved)
		}
		if b := must(s.Bytes(5, 3)); cap(b) != 3 {
			t.Errorf("a view of 3 bytes can grow to %d", cap(b))
		}
		closed(t, s)
	})
}

func TestOpenWantsTheExactSize(t *testing.T) {
	onBoth(t, func(t *testing.T, fsys vfs.FS) {
		for name, size := range map[string]int64{mapped.Name(0): 0, mapped.Name(100): 99, mapped.Name(200): 101} {
			check(t, must(fsys.Create("log/"+name, size)).Close())
		}
		for _, start := range []int64{0, 100, 200} {
			_, err := mapped.Open(fsys, "log", start, 100, vfs.ReadWrite)
			wantErr(t, err, mapped.ErrSize)
			if !strings.Contains(err.Error(), mapped.Name(start)) {
				t.Errorf("got %q, want it to name the file", err)
			}
		}
	})
}

func TestCopyInWantsReservedBytes(t *testing.T) {
	fsys := logDir(t)
	fsys.SetCapacity(2 * mib)
	s := must(mapped.Create(fsys, "log", 0, 8*mib))
	wantErr(t, s.CopyIn(0, []byte("x")), mapped.ErrNotReserved)
	check(t, s.Reserve(0, mib))
	check(t, s.CopyIn(mib-1, []byte("x")))
	wantErr(t, s.CopyIn(mib-1, []byte("xx")), mapped.ErrNotReserved)
	wantErr(t, s.Reserve(0, 3*mib), vfs.ErrNoSpace)
	wantErr(t, s.Prefault(0, 3*mib, false), vfs.ErrNoSpace)
	if got := s.Reserved(); got != mib {
		t.Errorf("Reserved after the disk was full: got %d, want %d", got, mib)
	}
	fsys.SetCapacity(0)
	check(t, s.Prefault(mib/2, 3*mib, false))
	if r, p := s.Reserved(), s.Prefaulted(); r != 3*mib || p != 3*mib {
		t.Errorf("got reserved to %d and prefaulted to %d, want both %d", r, p, 3*mib)
	}
	check(t, s.CopyIn(3*mib-1, []byte("x")))
	closed(t, s)
}

// Large pages are written with zeros, whole and only where nobody can have appended.
func TestPrefaultInLargePages(t *testing.T) {
	onBoth(t, func(t *testing.T, base vfs.FS) {
		fsys := vfs.NewFaulty(base)
		s := must(mapped.Create(fsys, "log", 0, 8*mib))
		check(t, s.Prefault(0, mib, true)) // half a page
		old := bytes.Repeat([]byte{7}, mib)
		check(t, s.CopyIn(0, old))
		check(t, s.Prefault(mib, 5*mib, true)) // the other half, a whole one, and half of one
		if got := fsys.Count(vfs.OpWrite, ""); got != 1 {
			t.Errorf("%d large pages written, want 1", got)
		}
		check(t, s.CopyIn(mib, old))
		check(t, s.Prefault(mib, 8*mib, true)) // again from where it began: the rest of the third, the fourth
		if got := fsys.Count(vfs.OpWrite, ""); got != 2 {
			t.Errorf("%d large pages written, want 2", got)
		}
		if got := must(s.Bytes(0, 8*mib)); !bytes.Equal(got[:mib], old) || !bytes.Equal(got[mib:2*mib], old) || bytes.ContainsAny(got[2*mib:], "\x07") {
			t.Error("what was appended is not there, or elsewhere")
		}
		if !s.Resident(0, 8*mib) || s.Prefaulted() != 8*mib {
			t.Errorf("prefaulted to %d, want all of it in memory", s.Prefaulted())
		}
		check(t, s.Sync(0, 8*mib))
		closed(t, s)
	})
}

// A disk that refuses the zeros refuses the step.
func TestPrefaultInLargePagesFails(t *testing.T) {
	fsys := vfs.NewFaulty(logDir(t))
	s := must(mapped.Create(fsys, "log", 0, 4*mib))
	fsys.Inject(vfs.Rule{Op: vfs.OpWrite, Err: syscall.EIO})
	wantErr(t, s.Prefault(0, 4*mib, true), syscall.EIO)
	if got := s.Prefaulted(); got != 0 {
		t.Errorf("prefaulted to %d, want 0", got)
	}
	closed(t, s)
}

// A reopened tail reserves from where appends go on, not the gigabyte before it.
func TestReserveStartsAtTheAppendPosition(t *testing.T) {
	mem := logDir(t)
	closed(t, must(mapped.Create(mem, "log", 0, 16*mib)))
	fsys := vfs.NewFaulty(mem)
	s := must(mapped.Open(fsys, "log", 0, 16*mib, vfs.ReadWrite))
	before := must(mem.Usage("log")).Free
	check(t, s.Prefault(10*mib, 11*mib, false))
	check(t, s.Prefault(10*mib, 11*mib, false))
	check(t, s.Reserve(10*mib, 12*mib))
	if got := before - must(mem.Usage("log")).Free; got != 2*mib {
		t.Errorf("took %d bytes of disk, want %d", got, 2*mib)
	}
	if got := fsys.Count(vfs.OpAllocate, ""); got != 2 {
		t.Errorf("allocated %d times, want 2", got)
	}
	if got := fsys.Count(vfs.OpPopulate, ""); got != 1 {
		t.Errorf("populated %d times, want 1", got)
	}
	closed(t, s)
}

// TestCreateIsDurable cuts the power after Create and at each step inside: afterwards the file is
// there whole, before it is absent, empty or whole, but never of another length.
func TestCreateIsDurable(t *testing.T) {
	fsys := logDir(t)
	cuts := 0
	fsys.OnOp = func(op vfs.Op, name string) {
		for seed := range uint64(20) {
			clone := fsys.Clone(rand.New(rand.NewPCG(seed, 0)), vfs.Coin())
			for _, e := range must(clone.List("log")) {
				if e.Size != 0 && e.Size != mib {
					t.Errorf("cut before %v %s: the file has %d bytes", op, name, e.Size)
				}
			}
			cuts++
		}
	}
	s := must(mapped.Create(fsys, "log", 0, mib))
	fsys.OnOp = nil
	if cuts < 3*20 {
		t.Errorf("got %d cuts, want one set each before create, sync and syncdir", cuts)
	}
	clone := fsys.Clone(rand.New(rand.NewPCG(0, 0)), vfs.Policy{})
	closed(t, must(mapped.Open(clone, "log", 0, mib, vfs.ReadWrite)))
	closed(t, s)
}

func TestSyncIsDurableAndRemoveToo(t *testing.T) {
	fsys := logDir(t)
	s := must(mapped.Create(fsys, "log", 0, mib))
	check(t, s.Prefault(0, mib, false))
	check(t, s.CopyIn(5000, bytes.Repeat([]byte("a"), 10000)))
	check(t, s.Sync(5000, 12000))
	clone := must(mapped.Open(fsys.Clone(rand.New(rand.NewPCG(0, 0)), vfs.Policy{}), "log", 0, mib, vfs.ReadOnly))
	want := append(bytes.Repeat([]byte("a"), 7000), make([]byte, 3000)...)
	if got := must(clone.Bytes(5000, 10000)); !bytes.Equal(got, want) {
		t.Errorf("after the cut %d of the 7000 synced bytes are there, and %d others", bytes.Count(got[:7000], []byte("a")), bytes.Count(got[7000:], []byte("a")))
	}
	closed(t, clone)
	check(t, s.Remove())
	if s.Acquire() {
		t.Error("Acquire after Remove: got true, want false")
	}
	if list := must(fsys.Clone(rand.New(rand.NewPCG(0, 0)), vfs.Policy{}).List("log")); len(list) != 0 {
		t.Errorf("after Remove and a cut: got %v, want nothing", list)
	}
	closed(t, s)
}

// TestCreateUndoesItself fails each step of Create in turn.
func TestCreateUndoesItself(t *testing.T) {
	for _, op := range []vfs.Op{vfs.OpCreate, vfs.OpMap, vfs.OpSync, vfs.OpSyncDir} {
		mem := logDir(t)
		fsys := vfs.NewFaulty(mem)
		fsys.Inject(vfs.Rule{Op: op, Times: 1, Err: syscall.EIO})
		_, err := mapped.Create(fsys, "log", 0, mib)
		wantErr(t, err, syscall.EIO)
		if list := must(mem.List("log")); len(list) != 0 {
			t.Errorf("after a failed %v: got %v, want nothing left", op, list)
		}
		closed(t, must(mapped.Create(fsys, "log", 0, mib)))
	}
}

func TestPrepareReportsFailures(t *testing.T) {
	fsys := vfs.NewFaulty(logDir(t))
	s := must(mapped.Create(fsys, "log", 0, 8*mib))
	fsys.Inject(vfs.Rule{Op: vfs.OpAllocate, Err: vfs.ErrNoSpace})
	wantErr(t, s.Reserve(0, mib), vfs.ErrNoSpace)
	wantErr(t, s.CopyIn(0, []byte("x")), mapped.ErrNotReserved)
	fsys.Heal()
	fsys.Inject(vfs.Rule{Op: vfs.OpPopulate, Skip: 1, Err: syscall.EFAULT})
	wantErr(t, s.Prefault(0, 8*mib, false), syscall.EFAULT)
	if r, p := s.Reserved(), s.Prefaulted(); r != 8*mib || p != 2*mib {
		t.Errorf("got reserved to %d, prefaulted to %d, want %d and %d", r, p, 8*mib, 2*mib)
	}
	fsys.Inject(vfs.Rule{Op: vfs.OpMapSync, Err: syscall.EIO})
	wantErr(t, s.Sync(0, 1), syscall.EIO)
	closed(t, s)
}

func TestHotCallsAllocateNothing(t *testing.T) {
	fsys := vfs.NewOS(t.TempDir())
	s := must(mapped.Create(fsys, ".", 0, mib))
	check(t, s.Prefault(0, mib, false))
	rec := make([]byte, 1024)
	sum := 0
	for what, call := range map[string]func(){
		"CopyIn": func() { check(t, s.CopyIn(4096, rec)) },
		"Bytes":  func() { sum += len(must(s.Bytes(4096, 1024))) },
		"Guard":  func() { check(t, s.Guard(func() error { sum++; return nil })) },
		"Acquire": func() {
			if s.Acquire() {
				s.Release()
			}
		},
		"Resident": func() { s.Resident(4096, 8192) },
		"ReadAt":   func() { must(s.ReadAt(rec, 4096)) },
	} {
		if n := testing.AllocsPerRun(100, call); n != 0 {
			t.Errorf("%s allocates %v times, want 0", what, n)
		}
	}
	closed(t, s)
}

func TestNames(t *testing.T) {
	for start, name := range map[int64]string{
		0:             "00000000000000000000",
		1073741824:    "00000000001073741824",
		math.MaxInt64: "09223372036854775807",
	} {
		if got := mapped.Name(start); got != name {
			t.Errorf("Name(%d): got %s, want %s", start, got, name)
		}
		if got, err := mapped.ParseName(name); got != start || err != nil {
			t.Errorf("ParseName(%s): got %d, %v, want %d", name, got, err, start)
		}
	}
	for _, name := range []string{"", "0", "+0000000000000000000", "-0000000000000000001", "0000000000000000000x",
		"000000000000000000000", "09223372036854775808", "99999999999999999999", "00000000000000000000.tmp"} {
		_, err := mapped.ParseName(name)
		wantErr(t, err, mapped.ErrName)
	}
}

func FuzzParseName(f *testing.F) {
	f.Add("00000000001073741824")
	f.Add("09223372036854775808")
	f.Fuzz(func(t *testing.T, name string) {
		start, err := mapped.ParseName(name)
		if err == nil && mapped.Name(start) != name {
			t.Errorf("ParseName(%q): got %d, whose name is %q", name, start, mapped.Name(start))
		}
		if err != nil && !errors.Is(err, mapped.ErrName) {
			t.Errorf("ParseName(%q): got error %v, want %v", name, err, mapped.ErrName)
		}
	})
}
