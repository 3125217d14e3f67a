package vfs_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gannetmq/gannet/store/vfs"
)

func TestMemFullDisk(t *testing.T) {
	const page = 4096
	m := vfs.NewMem()
	m.SetCapacity(10 * page)
	free := func() int64 { return must(m.Usage(".")).Free / page }
	f := must(m.Create("f", 20*page))
	if got := free(); got != 10 {
		t.Errorf("free pages after creating a sparse file: got %d, want 10", got)
	}
	check(t, f.Allocate(page-1, 2))
	check(t, f.Allocate(0, 2*page))
	if got := free(); got != 8 {
		t.Errorf("free pages after allocating two, twice: got %d, want 8", got)
	}
	wantErr(t, f.Allocate(0, 20*page), vfs.ErrNoSpace)
	if got := free(); got != 8 {
		t.Errorf("a failed Allocate kept something: got %d free pages, want 8", got)
	}

	p := must(f.Map(20*page, vfs.ReadWrite))
	check(t, p.Populate(2*page, 8*page))
	wantErr(t, p.Populate(10*page, 1), vfs.ErrNoSpace)
	_, err := f.WriteAt([]byte("x"), 10*page)
	wantErr(t, err, vfs.ErrNoSpace)
	must(f.WriteAt([]byte("x"), 10*page-1)) // has its block
	p.Bytes()[11*page] = 'x'
	check(t, p.Sync(0, 10*page))
	wantErr(t, p.Sync(11*page, 1), vfs.ErrNoSpace)
	wantErr(t, f.Sync(), vfs.ErrNoSpace)

	check(t, f.Truncate(5*page))
	if got := free(); got != 5 {
		t.Errorf("free pages after cutting: got %d, want 5", got)
	}
	if got := must(m.CloneKilled().Usage(".")).Free / page; got != 5 {
		t.Errorf("free pages of a killed disk: got %d, want 5", got)
	}
	check(t, m.Remove("f"))
	check(t, f.Close())
	if got := free(); got != 5 {
		t.Errorf("free pages of a removed file still mapped: got %d, want 5", got)
	}
	check(t, p.Unmap())
	if got := free(); got != 10 {
		t.Errorf("free pages at the end: got %d, want 10", got)
	}
}

func TestMemReplacedFileFreesItsRoom(t *testing.T) {
	m := vfs.NewMem()
	m.SetCapacity(3 * 4096)
	for range 10 {
		f := must(m.Create("tmp", 0))
		must(f.WriteAt([]byte("x"), 0))
		check(t, f.Close())
		check(t, m.Rename("tmp", "f"))
	}
}

func TestMemMappedFileGrowsInItsRoomOnly(t *testing.T) {
	m := vfs.NewMem()
	f := must(m.Create("f", 8192))
	p := must(f.Map(8192, vfs.ReadWrite))
	check(t, f.Truncate(4096))
	p.Bytes()[5000] = 'x' // would fault on a real disk
	check(t, f.Truncate(8192))
	if got := content(t, f, 5000, 1)[0]; got != 0 {
		t.Errorf("what was written beyond the length came back: %q", got)
	}
	wantErr(t, f.Truncate(1<<20), errors.ErrUnsupported)
	_, err := f.WriteAt([]byte("x"), 1<<20)
	wantErr(t, err, errors.ErrUnsupported)
	must(f.WriteAt([]byte("x"), 0))
	if got := p.Bytes()[0]; got != 'x' {
		t.Errorf("the mapping shows %q, want x", got)
	}
	check(t, p.Unmap())
	check(t, f.Truncate(1<<20))
}

func TestMemDropMakesCold(t *testing.T) {
	m := vfs.NewMem()
	f := must(m.Create("f", 4*4096))
	p := must(f.Map(4*4096, vfs.ReadWrite))
	check(t, p.Drop(4096, 3*4096))
	for _, c := range []struct {
		off, n int64
		want   bool
	}{{0, 4096, true}, {4095, 2, false}, {8192, 0, true}, {8192, 1, false}} {
		if got := p.Resident(c.off, c.n); got != c.want {
			t.Errorf("Resident(%d, %d): got %v, want %v", c.off, c.n, got, c.want)
		}
	}
	must(f.ReadAt(make([]byte, 1), 4096))
	check(t, p.Populate(8192, 1))
	must(f.WriteAt([]byte("x"), 3*4096))
	if !p.Resident(0, 4*4096) {
		t.Error("after reading, populating and writing: got cold, want resident")
	}
}

func TestMemOnOpCutsBetweenOperations(t *testing.T) {
	m := vfs.NewMem()
	var got []string
	m.OnOp = func(op vfs.Op, name string) {
		got = append(got, fmt.Sprintf("%v %s: %s", op, name, render(m.Clone(newRand(0), vfs.Policy{}))))
	}
	f := must(m.Create("f", 0))
	fill(f, 'a', 0, 512)
	check(t, f.Sync())
	check(t, m.SyncDir("."))
	check(t, m.Rename("f", "g"))
	check(t, m.SyncDir("."))
	p := must(f.Map(512, vfs.ReadWrite))
	copy(p.Bytes(), slices.Repeat([]byte("b"), 512))
	check(t, p.Sync(0, 512))
	check(t, f.Truncate(0))
	check(t, m.Remove("g"))
	want := []string{
		"create f: ",
		"write f: ",
		"sync f: ",
		"syncdir .: ",
		"rename f: f(512)=a",
		"syncdir .: f(512)=a",
		"mapsync f: g(512)=a",
		"truncate f: g(512)=b",
		"remove g: g(512)=b",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n\t%q\nwant\n\t%q", got, want)
	}
}

// TestMemCloneWhileOthersWork is for the race detector: a log that appends through a mapping under
// a lock, a flusher that syncs what is published, a reader, a writer of another file, and clones
// taken under the append lock. Whatever the flusher called durable must be in the clone.
func TestMemCloneWhileOthersWork(t *testing.T) {
	const size, step = 1 << 18, 100
	m := vfs.NewMem()
	f := must(m.Create("log", size))
	check(t, f.Sync())
	check(t, m.SyncDir("."))
	p := must(f.Map(size, vfs.ReadWrite))
	var (
		mu                 sync.Mutex // the append lock
		appended, flushed  atomic.Int64
		others             sync.WaitGroup
		stop               = make(chan struct{})
		every              = func(do func()) func() { return func() { loopUntil(stop, do) } }
		pattern            = func(off int64) byte { return byte(off%251) + 1 }
		appendAt, readable = p.Bytes(), make([]byte, size)
	)
	others.Go(every(func() {
		from, to := flushed.Load(), appended.Load()
		ok(p.Sync(from, to-from))
		flushed.Store(to)
	}))
	others.Go(every(func() { must(f.ReadAt(readable[:appended.Load()], 0)) }))
	q := must(m.Create("queue", 0))
	others.Go(every(func() { must(q.WriteAt([]byte("entry"), rand.Int64N(9000))) }))

	for off := int64(0); off+step <= size; off += step {
		mu.Lock()
		for i := off; i < off+step; i++ {
			appendAt[i] = pattern(i)
		}
		mu.Unlock()
		appended.Store(off + step)
		if off%(size/20) >= step {
			continue
		}
		mu.Lock()
		safe := flushed.Load()
		clone := m.Clone(newRand(uint64(off)), vfs.Coin())
		mu.Unlock()
		b := content(t, must(clone.OpenRead("log")), 0, size)
		for i := range safe {
			if b[i] != pattern(i) {
				t.Fatalf("byte %d of %d durable ones: got %d, want %d", i, safe, b[i], pattern(i))
			}
		}
	}
	close(stop)
	others.Wait()
	if flushed.Load() == 0 {
		t.Error("the flusher never ran")
	}
}

func loopUntil(stop <-chan struct{}, do func()) {
	for {
		select {
		case <-stop:
			do() // at least once, and with everything there
			return
		default:
			do()
		}
	}
}
