package commitlog

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store/vfs"
)

// flushed waits until all that was appended is durable.
func flushed(t testing.TB, l *Log) {
	t.Helper()
	done := make(chan error, 1)
	l.Flushed().Await(l.End(), waiter(done))
	l.Flush()
	if err := <-done; err != nil {
		t.Fatalf("flush: %v", err)
	}
}

type waiter chan<- error

func (w waiter) Settled(err error) { w <- err }

// deleteAll deletes what may be and returns how many files that were.
func deleteAll(t testing.TB, l *Log, limit int64) (n int) {
	t.Helper()
	for {
		o, ok, err := l.Oldest(limit)
		if err != nil {
			t.Fatalf("oldest: %v", err)
		}
		if !ok {
			return n
		}
		if err := l.Delete(o); err != nil {
			t.Fatalf("delete: %v", err)
		}
		n++
	}
}

// from returns the messages that begin at off or later.
func from(list []message, off int64) []message {
	for len(list) > 0 && list[0].phy < off {
		list = list[1:]
	}
	return list
}

func logFiles(t testing.TB, fsys vfs.FS) []string {
	t.Helper()
	entries, err := fsys.List("commitlog")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name)
	}
	return names
}

// Only what is flushed and lies before the limit goes, and never the file that is appended to. What
// is left is read, appended to and opened as before.
func TestDelete(t *testing.T) {
	for name, fsys := range map[string]vfs.FS{"mem": vfs.NewMem(), "os": vfs.NewOS(t.TempDir())} {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 1))
			l, _ := mustOpen(t, fsys, testOptions(), RecoverFrom{})
			var counter int64
			want := fill(t, l, rng, 100, &counter)
			if _, ok, err := l.Oldest(l.End()); ok || err != nil {
				t.Errorf("oldest, nothing flushed: got %v, %v, want none", ok, err)
			}
			flushed(t, l)
			before := l.Bytes()
			o, ok, err := l.Oldest(l.End())
			if !ok || err != nil || o.Start != 0 || o.End != testSegment || time.Since(o.Written) > time.Hour {
				t.Errorf("oldest: got %+v, %v, %v", o, ok, err)
			}
			n := deleteAll(t, l, 3*testSegment-1)
			less := before - l.Bytes() // a file less if the preparer has made the next one meanwhile
			if n != 2 || l.Start() != 2*testSegment || less != 2*testSegment && less != testSegment {
				t.Errorf("up to the middle of the third file: %d deleted, the log begins at %d, has %d bytes less", n, l.Start(), less)
			}
			want = from(want, l.Start())
			compare(t, records(t, l, want[0].phy), want)
			if err := l.ReadAt(make([]byte, 10), testSegment); !errors.Is(err, ErrOffset) {
				t.Errorf("read of a deleted file: got %v, want %v", err, ErrOffset)
			}
			if got := l.SegmentEnd(testSegment / 2); got != testSegment {
				t.Errorf("the deleted first file ended at %d, want %d", got, testSegment)
			}
			deleteAll(t, l, never)
			if tail := l.tailStart(); l.Start() != tail {
				t.Errorf("the log begins at %d, want the file at %d that appends go to", l.Start(), tail)
			}
			want = append(from(want, l.Start()), fill(t, l, rng, 30, &counter)...)
			start := l.Start()
			mustClose(t, l)
			l, _ = mustOpen(t, fsys, testOptions(), RecoverFrom{Offset: start, Clean: true, Trusted: Trust})
			compare(t, records(t, l, want[0].phy), want)
			mustClose(t, l)
		})
	}
}

// The file that is appended to stays even when nothing more fits into it and the next one is ready.
func TestDeleteLeavesTheLast(t *testing.T) {
	l, _ := mustOpen(t, vfs.NewMem(), testOptions(), RecoverFrom{})
	var counter int64
	empty := len(encoded(t, 0, []byte{1}).Bytes) - 1
	if _, err := appendWait(t, l, encoded(t, 0, make([]byte, testSegment-8-empty)), &counter); err != nil {
		t.Fatal(err)
	}
	flushed(t, l)
	if n := deleteAll(t, l, never); n != 0 {
		t.Errorf("%d files deleted, want none", n)
	}
	mustClose(t, l)
}

// Who holds a part of a file keeps it when the file is deleted, and lets it go afterwards.
func TestDeleteUnderAReader(t *testing.T) {
	fsys := vfs.NewOS(t.TempDir())
	l, _ := mustOpen(t, fsys, testOptions(), RecoverFrom{})
	var counter int64
	want := fill(t, l, rand.New(rand.NewPCG(1, 1)), 50, &counter)
	flushed(t, l)
	h, ok := l.Hold(want[0].phy)
	if !ok {
		t.Fatal("the first message is not in memory")
	}
	deleteAll(t, l, testSegment)
	if names := logFiles(t, fsys); names[0] == "00000000000000000000" {
		t.Errorf("files %v, want the first one gone", names)
	}
	if _, again := l.Hold(want[0].phy); again {
		t.Error("a deleted file is held anew")
	}
	err := h.Guard(func() error {
		if b := h.Bytes(0, testSegment); !bytes.Contains(b, want[0].body) {
			t.Error("the bytes that are held changed")
		}
		return nil
	})
	if err != nil {
		t.Errorf("reading what is held: %v", err)
	}
	h.Release()
	mustClose(t, l)
}

// A name that cannot be removed is tried again before anything else is deleted: there must be no hole.
func TestDeleteFails(t *testing.T) {
	mem := vfs.NewMem()
	disk := vfs.NewFaulty(mem)
	l, _ := mustOpen(t, disk, testOptions(), RecoverFrom{})
	var counter int64
	fill(t, l, rand.New(rand.NewPCG(1, 1)), 100, &counter)
	flushed(t, l)
	disk.Inject(vfs.Rule{Op: vfs.OpRemove, Err: syscall.EACCES, Times: 2})
	o, _, err := l.Oldest(never)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Delete(o); !errors.Is(err, syscall.EACCES) || l.Start() != testSegment {
		t.Errorf("delete: got %v and a log from %d, want %v and %d", err, l.Start(), syscall.EACCES, testSegment)
	}
	if _, ok, err := l.Oldest(never); ok || !errors.Is(err, syscall.EACCES) {
		t.Errorf("oldest while the one before is there: got %v, %v, want %v", ok, err, syscall.EACCES)
	}
	if n := deleteAll(t, l, 2*testSegment); n != 1 || logFiles(t, mem)[0] != "00000000000000032768" {
		t.Errorf("healed: %d deleted, files %v", n, logFiles(t, mem))
	}
	disk.Inject(vfs.Rule{Op: vfs.OpSyncDir, Name: "commitlog", Err: syscall.EIO, Times: 1})
	if o, _, err = l.Oldest(never); err != nil {
		t.Fatal(err)
	}
	if err := l.Delete(o); !errors.Is(err, syscall.EIO) {
		t.Errorf("delete without a sync: got %v, want %v", err, syscall.EIO)
	}
	if _, ok, err := l.Oldest(never); ok || !errors.Is(err, syscall.EIO) {
		t.Errorf("after a failed sync: got %v, %v, want %v for good", ok, err, syscall.EIO)
	}
	mustClose(t, l)
}

// Wherever in a deletion the power is cut, the files that are left follow each other.
func TestDeleteAndPowerCuts(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	mem := vfs.NewMem()
	var cutting atomic.Bool
	var mu sync.Mutex // guards disks and, while there are cuts, rng: the log has goroutines of its own
	var disks []*vfs.Mem
	mem.OnOp = func(vfs.Op, string) {
		mu.Lock()
		defer mu.Unlock()
		for n := 0; n < 8 && cutting.Load(); n++ {
			disks = append(disks, mem.Clone(rng, vfs.Coin()))
		}
	}
	l, _ := mustOpen(t, mem, testOptions(), RecoverFrom{})
	var counter int64
	want := fill(t, l, rng, 100, &counter)
	flushed(t, l)
	cutting.Store(true)
	deleteAll(t, l, 5*testSegment)
	cutting.Store(false)
	mu.Lock()
	cut := disks
	mu.Unlock()
	begins := make(map[int64]bool)
	for _, disk := range cut {
		l, err := Open(disk, testOptions())
		if err != nil {
			t.Fatalf("open: %v", err)
		}
		if _, err := l.Recover(RecoverFrom{Offset: l.Start(), Trusted: Trust}); err != nil {
			t.Fatalf("recover: %v", err)
		}
		begins[l.Start()] = true
		left := from(want, l.Start())
		compare(t, records(t, l, left[0].phy), left)
		mustClose(t, l)
	}
	if len(begins) < 5 {
		t.Errorf("logs began at %v: the cuts missed most of the deletion", begins)
	}
	mustClose(t, l)
}

// A log of many files does not take a descriptor each, however they are read.
func TestColdFilesAreFew(t *testing.T) {
	const files = 3 * maxColdFiles
	o := testOptions()
	o.SegmentSize, o.Window = 4096, 4096
	l, _ := mustOpen(t, vfs.NewMem(), o, RecoverFrom{})
	var counter int64
	for l.End() < files*o.SegmentSize {
		if _, err := appendWait(t, l, encoded(t, 0, make([]byte, 3500)), &counter); err != nil {
			t.Fatal(err)
		}
	}
	mustClose(t, l)
	l, _ = mustOpen(t, l.fsys, o, RecoverFrom{Offset: (files - 1) * o.SegmentSize, Clean: true, Trusted: Trust})
	rng := rand.New(rand.NewPCG(1, 1))
	for range 10 * files {
		off := rng.Int64N(files-4) * o.SegmentSize
		if _, ok, err := l.HeadAt(off); !ok || err != nil {
			t.Fatalf("record at %d: %v, %v", off, ok, err)
		}
	}
	open := 0
	for _, s := range l.segments() {
		if s.file != nil {
			open++
		}
	}
	if open > maxColdFiles || open < maxColdFiles/2 {
		t.Errorf("%d files are open, want at most %d and not many fewer", open, maxColdFiles)
	}
	mustClose(t, l)
}
