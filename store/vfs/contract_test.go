package vfs_test

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"syscall"
	"testing"

	"github.com/gannetmq/gannet/store/vfs"
)

// forEachFS runs f on an empty tree of each kind.
func forEachFS(t *testing.T, f func(t *testing.T, fsys vfs.FS)) {
	t.Helper()
	t.Run("OS", func(t *testing.T) { f(t, vfs.NewOS(t.TempDir())) })
	t.Run("Mem", func(t *testing.T) { f(t, vfs.NewMem()) })
	t.Run("Faulty", func(t *testing.T) { f(t, vfs.NewFaulty(vfs.NewMem())) })
}

// must is for steps that are not what the test is about: the panic names the line.
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

func content(t *testing.T, f vfs.File, off, n int64) []byte {
	t.Helper()
	b := make([]byte, n)
	if _, err := f.ReadAt(b, off); err != nil {
		t.Fatalf("ReadAt(%d bytes at %d): %v", n, off, err)
	}
	return b
}

func names(list []vfs.Entry) []string {
	var out []string
	for _, e := range list {
		out = append(out, e.Name)
	}
	return out
}

func TestNamesAreConfined(t *testing.T) {
	forEachFS(t, func(t *testing.T, fsys vfs.FS) {
		for _, name := range []string{"", ".", "..", "../x", "a/../x", "/x", "a//b", "a/", "./a", "a\x00b"} {
			_, err := fsys.Create(name, 1)
			wantErr(t, err, vfs.ErrName)
			_, err = fsys.Open(name)
			wantErr(t, err, vfs.ErrName)
			_, err = fsys.OpenRead(name)
			wantErr(t, err, vfs.ErrName)
			_, err = fsys.Lock(name)
			wantErr(t, err, vfs.ErrName)
			wantErr(t, fsys.Remove(name), vfs.ErrName)
			wantErr(t, fsys.Rename(name, "b"), vfs.ErrName)
			wantErr(t, fsys.Rename("b", name), vfs.ErrName)
			if name == "." {
				continue
			}
			wantErr(t, fsys.MkdirAll(name), vfs.ErrName)
			wantErr(t, fsys.SyncDir(name), vfs.ErrName)
			_, err = fsys.List(name)
			wantErr(t, err, vfs.ErrName)
			_, err = fsys.Stat(name)
			wantErr(t, err, vfs.ErrName)
			_, err = fsys.Usage(name)
			wantErr(t, err, vfs.ErrName)
		}
	})
}

func TestCreateOpen(t *testing.T) {
	forEachFS(t, func(t *testing.T, fsys vfs.FS) {
		f := must(fsys.Create("a", 10000))
		if got := must(f.Size()); got != 10000 {
			t.Errorf("Size: got %d, want 10000", got)
		}
		if got := content(t, f, 0, 10000); !bytes.Equal(got, make([]byte, 10000)) {
			t.Error("a new file does not read as zeros")
		}
		_, err := fsys.Create("a", 1)
		wantErr(t, err, fs.ErrExist)
		_, err = fsys.Create("b", -1)
		wantErr(t, err, vfs.ErrRange)
		_, err = fsys.Open("b")
		wantErr(t, err, fs.ErrNotExist)
		_, err = fsys.OpenRead("no/b")
		wantErr(t, err, fs.ErrNotExist)
		_, err = fsys.Create("no/b", 0)
		wantErr(t, err, fs.ErrNotExist)

		if n, err := f.WriteAt([]byte("hello"), 4094); n != 5 || err != nil {
			t.Errorf("WriteAt: got %d, %v, want 5, nil", n, err)
		}
		r := must(fsys.OpenRead("a"))
		if got := string(content(t, r, 4094, 5)); got != "hello" {
			t.Errorf("through a second descriptor: got %q, want hello", got)
		}
		if _, err := r.WriteAt([]byte("x"), 0); err == nil {
			t.Error("WriteAt on a read-only file: got nil, want an error")
		}
		if n, err := r.ReadAt(make([]byte, 10), 9995); n != 5 || err == nil {
			t.Errorf("ReadAt over the end: got %d, %v, want 5, io.EOF", n, err)
		}
		check(t, r.Close())
		check(t, f.Close())
	})
}

func TestTruncateAndGrow(t *testing.T) {
	forEachFS(t, func(t *testing.T, fsys vfs.FS) {
		f := must(fsys.Create("a", 0))
		must(f.WriteAt(bytes.Repeat([]byte{7}, 9000), 0))
		check(t, f.Truncate(5000))
		check(t, f.Truncate(9000))
		want := append(bytes.Repeat([]byte{7}, 5000), make([]byte, 4000)...)
		if !bytes.Equal(content(t, f, 0, 9000), want) {
			t.Error("after cutting and growing the tail is not zeros")
		}
		must(f.WriteAt([]byte{1}, 20000))
		if got := must(f.Size()); got != 20001 {
			t.Errorf("Size after a write beyond the end: got %d, want 20001", got)
		}
		if !bytes.Equal(content(t, f, 9000, 11000), make([]byte, 11000)) {
			t.Error("the gap is not zeros")
		}
		if err := f.Truncate(-1); err == nil {
			t.Error("Truncate(-1): got nil, want an error")
		}
		if _, err := f.WriteAt([]byte{1}, -1); err == nil {
			t.Error("WriteAt(-1): got nil, want an error")
		}
		check(t, f.Close())
	})
}

func TestDirectories(t *testing.T) {
	forEachFS(t, func(t *testing.T, fsys vfs.FS) {
		if list := must(fsys.List("q/absent")); len(list) != 0 {
			t.Errorf("List of an absent directory: got %v, want nothing", list)
		}
		check(t, fsys.MkdirAll("."))
		check(t, fsys.MkdirAll("q/t1/0"))
		check(t, fsys.MkdirAll("q/t1/0"))
		for _, name := range []string{"q/t1/b", "q/t1/a"} {
			check(t, must(fsys.Create(name, 5)).Close())
		}
		list := must(fsys.List("q/t1"))
		if got, want := names(list), []string{"0", "a", "b"}; !slices.Equal(got, want) {
			t.Fatalf("List: got %v, want %v", got, want)
		}
		if !list[0].Dir || list[0].Size != 0 || list[1].Dir || list[1].Size != 5 || list[1].MTime == 0 {
			t.Errorf("List: got %+v", list)
		}
		if e := must(fsys.Stat("q/t1/a")); e != list[1] {
			t.Errorf("Stat: got %+v, want %+v", e, list[1])
		}
		_, err := fsys.Stat("q/t2")
		wantErr(t, err, fs.ErrNotExist)

		check(t, fsys.Rename("q/t1/a", "q/t1/b"))
		_, err = fsys.Stat("q/t1/a")
		wantErr(t, err, fs.ErrNotExist)
		check(t, fsys.Rename("q/t1", "q/t2"))
		if got, want := names(must(fsys.List("q/t2"))), []string{"0", "b"}; !slices.Equal(got, want) {
			t.Errorf("List after Rename: got %v, want %v", got, want)
		}
		wantErr(t, fsys.Rename("q/absent", "q/x"), fs.ErrNotExist)
		if err := fsys.Remove("q/t2"); err == nil {
			t.Error("Remove of a full directory: got nil, want an error")
		}
		check(t, fsys.Remove("q/t2/b"))
		check(t, fsys.Remove("q/t2/0"))
		check(t, fsys.Remove("q/t2"))
		wantErr(t, fsys.Remove("q/t2"), fs.ErrNotExist)
		check(t, fsys.SyncDir("q"))
		check(t, fsys.SyncDir("."))
		wantErr(t, fsys.SyncDir("q/t2"), fs.ErrNotExist)
		if err := fsys.SyncTree("q"); !errors.Is(err, errors.ErrUnsupported) {
			check(t, err)
		}
		wantErr(t, fsys.SyncTree("q/t2"), fs.ErrNotExist)
	})
}

func TestFilesAreNotDirectories(t *testing.T) {
	forEachFS(t, func(t *testing.T, fsys vfs.FS) {
		check(t, fsys.MkdirAll("d/e"))
		check(t, must(fsys.Create("f", 1)).Close())
		_, err := fsys.Create("f/x", 1)
		wantErr(t, err, syscall.ENOTDIR)
		_, err = fsys.Open("f/x")
		wantErr(t, err, syscall.ENOTDIR)
		_, err = fsys.Open("d")
		wantErr(t, err, syscall.EISDIR)
		_, err = fsys.OpenRead("d")
		wantErr(t, err, syscall.EISDIR)
		_, err = fsys.Lock("d")
		wantErr(t, err, syscall.EISDIR)
		_, err = fsys.Lock("f/x")
		wantErr(t, err, syscall.ENOTDIR)
		_, err = fsys.List("f")
		wantErr(t, err, syscall.ENOTDIR)
		wantErr(t, fsys.MkdirAll("f"), syscall.ENOTDIR)
		wantErr(t, fsys.MkdirAll("f/x"), syscall.ENOTDIR)
		wantErr(t, fsys.SyncDir("f"), syscall.ENOTDIR)
		wantErr(t, fsys.SyncTree("f"), syscall.ENOTDIR)
		wantErr(t, fsys.Remove("f/x"), syscall.ENOTDIR)
		wantErr(t, fsys.Rename("f", "absent/f"), fs.ErrNotExist)
		wantErr(t, fsys.Rename("absent/f", "f"), fs.ErrNotExist)
		wantErr(t, fsys.Rename("d", "d/e/d"), syscall.EINVAL)
		if err := fsys.Rename("f", "d"); err == nil {
			t.Error("Rename of a file over a directory: got nil, want an error")
		}
		check(t, fsys.Rename("f", "f"))
		if got := must(fsys.Stat("f")).Size; got != 1 {
			t.Errorf("after renaming a file to itself its size is %d, want 1", got)
		}
	})
}

func TestClosedFileRefuses(t *testing.T) {
	forEachFS(t, func(t *testing.T, fsys vfs.FS) {
		f := must(fsys.Create("f", 4096))
		check(t, f.Close())
		for what, err := range map[string]error{
			"ReadAt":   second(f.ReadAt(make([]byte, 1), 0)),
			"WriteAt":  second(f.WriteAt(make([]byte, 1), 0)),
			"Size":     second(f.Size()),
			"Truncate": f.Truncate(1),
			"Allocate": f.Allocate(0, 1),
			"Sync":     f.Sync(),
			"Map":      second(f.Map(1, vfs.ReadOnly)),
			"Close":    f.Close(),
		} {
			if !errors.Is(err, fs.ErrClosed) {
				t.Errorf("%s: got %v, want %v", what, err, fs.ErrClosed)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestRemovedFileLivesOnWhileOpen(t *testing.T) {
	forEachFS(t, func(t *testing.T, fsys vfs.FS) {
		f := must(fsys.Create("a", 4096))
		check(t, fsys.Remove("a"))
		must(f.WriteAt([]byte("x"), 1))
		if got := content(t, f, 0, 2); string(got) != "\x00x" {
			t.Errorf("got %q, want \\x00x", got)
		}
		check(t, f.Close())
	})
}

func TestMapping(t *testing.T) {
	forEachFS(t, func(t *testing.T, fsys vfs.FS) {
		const size = 1 << 20
		f := must(fsys.Create("a", size))
		check(t, f.Allocate(0, size))
		m := must(f.Map(size, vfs.ReadWrite))
		view := must(f.Map(size/2, vfs.ReadOnly))
		check(t, m.Populate(4096, 3*4096))
		check(t, view.Populate(4096, 3*4096))
		if !m.Resident(5000, 9000) {
			t.Error("Resident after Populate: got false, want true")
		}
		copy(m.Bytes()[5000:], "mapped")
		if got := content(t, f, 5000, 6); string(got) != "mapped" {
			t.Errorf("ReadAt of mapped bytes: got %q", got)
		}
		must(f.WriteAt([]byte("pwrite"), 100))
		if got := string(view.Bytes()[100:106]); got != "pwrite" {
			t.Errorf("mapping after WriteAt: got %q", got)
		}
		check(t, m.Sync(5000, 6))
		check(t, m.Sync(size, 0))
		check(t, f.Sync())
		check(t, m.Drop(0, size))
		if got := string(m.Bytes()[5000:5006]); got != "mapped" {
			t.Errorf("after Drop: got %q", got)
		}
		check(t, f.Close())
		copy(m.Bytes(), "still")
		if got := string(view.Bytes()[:5]); got != "still" {
			t.Errorf("mapping after Close of the file: got %q", got)
		}
		check(t, view.Unmap())
		check(t, m.Unmap())
	})
}

func TestMappingRanges(t *testing.T) {
	forEachFS(t, func(t *testing.T, fsys vfs.FS) {
		f := must(fsys.Create("a", 8192))
		for _, size := range []int64{-1, 0, 8193} {
			_, err := f.Map(size, vfs.ReadWrite)
			wantErr(t, err, vfs.ErrRange)
		}
		m := must(f.Map(8192, vfs.ReadWrite))
		const maxInt64 = 1<<63 - 1
		for _, r := range [][2]int64{{-1, 1}, {0, -1}, {0, 8193}, {8193, 0}, {8192, 1}, {1, maxInt64}, {maxInt64, maxInt64}} {
			off, n := r[0], r[1]
			wantErr(t, f.Allocate(off, n), vfs.ErrRange)
			wantErr(t, m.Sync(off, n), vfs.ErrRange)
			wantErr(t, m.Populate(off, n), vfs.ErrRange)
			wantErr(t, m.Drop(off, n), vfs.ErrRange)
			if m.Resident(off, n) {
				t.Errorf("Resident(%d, %d): got true, want false", off, n)
			}
		}
		check(t, m.Unmap())
		wantErr(t, m.Unmap(), fs.ErrClosed)
		check(t, f.Close())

		r := must(fsys.OpenRead("a"))
		if _, err := r.Map(8192, vfs.ReadWrite); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("writable mapping of a read-only file: got %v, want %v", err, fs.ErrPermission)
		}
		check(t, must(r.Map(1, vfs.ReadOnly)).Unmap())
		check(t, r.Close())
	})
}

func TestLock(t *testing.T) {
	forEachFS(t, func(t *testing.T, fsys vfs.FS) {
		l, err := fsys.Lock("lock")
		check(t, err)
		_, err = fsys.Lock("lock")
		wantErr(t, err, vfs.ErrLocked)
		_, err = fsys.Open("lock")
		wantErr(t, err, vfs.ErrLocked)
		_, err = fsys.OpenRead("lock")
		wantErr(t, err, vfs.ErrLocked)
		check(t, l.Close())
		wantErr(t, l.Close(), fs.ErrClosed)

		l, err = fsys.Lock("lock")
		check(t, err)
		check(t, l.Close())
		f := must(fsys.OpenRead("lock"))
		if got := must(f.Size()); got != 4 {
			t.Errorf("size of the lock file: got %d, want 4", got)
		}
		if got := content(t, f, 0, 4); string(got) != "lock" {
			t.Errorf("content of the lock file: got %q, want lock", got)
		}
		check(t, f.Close())
	})
}

func TestUsage(t *testing.T) {
	forEachFS(t, func(t *testing.T, fsys vfs.FS) {
		u, err := fsys.Usage(".")
		check(t, err)
		if u.Free <= 0 || u.Total < u.Free {
			t.Errorf("got %+v, want 0 < Free <= Total", u)
		}
		_, err = fsys.Usage("absent")
		wantErr(t, err, fs.ErrNotExist)
	})
}
