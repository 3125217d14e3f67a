package vfs_test

import (
	"errors"
	"io/fs"
	"path"
	"syscall"
	"testing"

	"github.com/gannetmq/gannet/store/vfs"
)

// everyOp does each operation on a tree of its own and returns the error of the one asked for.
func everyOp(fsys vfs.FS) map[vfs.Op]func() error {
	check := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	f := must(fsys.Create("d/f", 8192))
	m := must(f.Map(8192, vfs.ReadWrite))
	check(must(fsys.Create("d/old", 1)).Close())
	check(must(fsys.Create("d/gone", 1)).Close())
	closing := func(f vfs.File, err error) error {
		if err == nil {
			check(f.Close())
		}
		return err
	}
	return map[vfs.Op]func() error{
		vfs.OpCreate:   func() error { return closing(fsys.Create("d/new", 1)) },
		vfs.OpOpen:     func() error { return errors.Join(closing(fsys.Open("d/f")), closing(fsys.OpenRead("d/f"))) },
		vfs.OpRename:   func() error { return fsys.Rename("d/old", "d/other") },
		vfs.OpRemove:   func() error { return fsys.Remove("d/gone") },
		vfs.OpMkdir:    func() error { return fsys.MkdirAll("d/sub") },
		vfs.OpList:     func() error { _, err := fsys.List("d"); _, err2 := fsys.Stat("d/f"); return errors.Join(err, err2) },
		vfs.OpSyncDir:  func() error { return fsys.SyncDir("d") },
		vfs.OpLock:     func() error { _, err := fsys.Lock("d/lock"); return err },
		vfs.OpUsage:    func() error { _, err := fsys.Usage("d"); return err },
		vfs.OpRead:     func() error { _, err := f.ReadAt(make([]byte, 1), 0); return err },
		vfs.OpWrite:    func() error { _, err := f.WriteAt(make([]byte, 1), 0); return err },
		vfs.OpTruncate: func() error { return f.Truncate(8192) },
		vfs.OpAllocate: func() error { return f.Allocate(0, 8192) },
		vfs.OpSync:     func() error { return f.Sync() },
		vfs.OpMap:      func() error { _, err := f.Map(1, vfs.ReadOnly); return err },
		vfs.OpMapSync:  func() error { return m.Sync(0, 1) },
		vfs.OpPopulate: func() error { return m.Populate(0, 1) },
		vfs.OpSyncTree: func() error { return fsys.SyncTree("d") },
		vfs.OpDrop:     func() error { return m.Drop(0, 1) },
	}
}

func TestFaultyFailsEachOperation(t *testing.T) {
	for bit := vfs.OpCreate; bit.String() != ""; bit <<= 1 {
		t.Run(bit.String(), func(t *testing.T) {
			mem := vfs.NewMem()
			check(t, mem.MkdirAll("d"))
			faulty := vfs.NewFaulty(mem)
			do := everyOp(faulty)[bit]
			if do == nil {
				t.Fatal("not covered")
			}
			before := faulty.Count(bit, "")
			faulty.Inject(vfs.Rule{Op: bit, Err: syscall.EIO})
			err := do()
			wantErr(t, err, syscall.EIO)
			var pe *fs.PathError
			if !errors.As(err, &pe) || pe.Op != bit.String() || path.Dir(pe.Path) != "d" && pe.Path != "d" {
				t.Errorf("got %v, want a PathError of %v in d", err, bit)
			}
			faulty.Heal()
			check(t, do())
			if got := faulty.Count(bit, "") - before; got < 2 {
				t.Errorf("Count: got %d, want the failed and the good one", got)
			}
			if got := faulty.Count(bit, "elsewhere"); got != 0 {
				t.Errorf("Count on another name: got %d, want 0", got)
			}
		})
	}
}

func TestFaultyRuleSelects(t *testing.T) {
	mem := vfs.NewMem()
	check(t, mem.MkdirAll("log"))
	check(t, mem.MkdirAll("queue"))
	faulty := vfs.NewFaulty(mem)
	log := must(faulty.Create("log/0", 4096))
	queue := must(faulty.Create("queue/0", 4096))
	m := must(log.Map(4096, vfs.ReadWrite))
	faulty.Inject(vfs.Rule{Op: vfs.OpSync | vfs.OpMapSync, Name: "log/*", Skip: 2, Times: 2, Err: syscall.EIO})

	check(t, log.Sync())
	check(t, queue.Sync())
	check(t, m.Sync(0, 1))
	wantErr(t, log.Sync(), syscall.EIO)
	check(t, queue.Sync())
	wantErr(t, m.Sync(0, 1), syscall.EIO)
	check(t, log.Sync())
	for _, c := range []struct {
		op      vfs.Op
		pattern string
		want    int
	}{
		{vfs.OpSync, "", 5},
		{vfs.OpSync, "log/0", 3},
		{vfs.OpSync | vfs.OpMapSync, "log/?", 5},
		{vfs.OpSync, "0", 5},
		{vfs.OpSync, "1", 0},
	} {
		if got := faulty.Count(c.op, c.pattern); got != c.want {
			t.Errorf("Count(%v, %q): got %d, want %d", c.op, c.pattern, got, c.want)
		}
	}
}

func TestFaultyFailedSyncMakesNothingDurable(t *testing.T) {
	mem := vfs.NewMem()
	faulty := vfs.NewFaulty(mem)
	f := must(faulty.Create("f", 512))
	check(t, f.Sync())
	check(t, faulty.SyncDir("."))
	must(f.WriteAt([]byte("lost"), 0))
	faulty.Inject(vfs.Rule{Op: vfs.OpSync, Err: syscall.EIO})
	wantErr(t, f.Sync(), syscall.EIO)
	crashed := mem.Clone(newRand(1), vfs.Policy{})
	if got, want := render(crashed), "f(512)=."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFaultyShortWrite(t *testing.T) {
	faulty := vfs.NewFaulty(vfs.NewMem())
	f := must(faulty.Create("f", 8))
	faulty.Inject(vfs.Rule{Op: vfs.OpWrite, Times: 1, Err: vfs.ErrNoSpace, Part: 3})
	n, err := f.WriteAt([]byte("abcdef"), 1)
	wantErr(t, err, vfs.ErrNoSpace)
	if n != 3 {
		t.Errorf("got %d bytes written, want 3", n)
	}
	if got, want := string(content(t, f, 0, 8)), "\x00abc\x00\x00\x00\x00"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFaultyHookRunsBefore(t *testing.T) {
	mem := vfs.NewMem()
	faulty := vfs.NewFaulty(mem)
	f := must(faulty.Create("f", 1))
	var seen []byte
	faulty.Inject(vfs.Rule{Op: vfs.OpWrite, Before: func() {
		seen = append(seen, content(t, f, 0, 1)[0])
	}})
	must(f.WriteAt([]byte{'a'}, 0))
	must(f.WriteAt([]byte{'b'}, 0))
	if got, want := string(seen), "\x00a"; got != want {
		t.Errorf("the hook saw %q, want %q", got, want)
	}
	defer func() {
		if recover() == nil {
			t.Error("Inject of a malformed pattern: no panic")
		}
	}()
	faulty.Inject(vfs.Rule{Name: "["})
}
