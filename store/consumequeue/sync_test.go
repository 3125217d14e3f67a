package consumequeue

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store/vfs"
)

// While everything is synced at once, queues are written, over the ends of their files too, and removed. What is said to be
// durable is what came before, and each file is durable before its queue has another.
func TestWriteDuringSync(t *testing.T) {
	mem := vfs.NewMem()
	disk := vfs.NewFaulty(mem)
	s := open(t, disk, Options{FileSize: 200})
	s.many = 0
	l := new(log)
	dispatch := func(n int) {
		for range n {
			if err := s.Dispatch(l.add("T", 0)); err != nil {
				t.Fatal(err)
			}
		}
	}
	dispatch(10) // a file
	want := l.end()
	if err := queue(t, s, "gone", 0).Append(0, 0, 100, 0); err != nil {
		t.Fatal(err)
	}
	began, released := make(chan struct{}), make(chan struct{})
	release := sync.OnceFunc(func() { close(released) })
	defer release()
	disk.Inject(vfs.Rule{Op: vfs.OpSyncTree, Times: 1, Before: func() { close(began); <-released }})
	var covered Covered
	flushed := inBackground(func() (err error) {
		covered, err = s.Flush(ctx)
		return err
	})
	select {
	case <-began:
	case err := <-flushed:
		t.Fatalf("flush without a sync of everything: %v", err)
	}
	dispatch(25)
	returns(t, "write", inBackground(func() error { return s.Write(ctx, 0) }))
	returns(t, "removal", inBackground(func() error { return s.DeleteTopic("gone") }))
	if n := s.Pending(); n != 0 {
		t.Errorf("%d bytes wait to be written", n)
	}
	left := open(t, mem.Clone(rand.New(rand.NewPCG(1, 1)), vfs.Policy{}), Options{FileSize: 200})
	if n := queue(t, left, "T", 0).Max(); n < 30 {
		t.Errorf("after a power cut during the sync: %d entries, want those of all files but the last, 30", n)
	}
	release()
	returns(t, "flush", flushed)
	if covered.PhyOffset != want {
		t.Errorf("covers %d of the log, want %d", covered.PhyOffset, want)
	}
	if c := flush(t, s); c.PhyOffset != l.end() {
		t.Errorf("the next one covers %d, want %d", c.PhyOffset, l.end())
	}
	checkFull(t, "written during the sync", s, l)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// At most one sync of everything is under way, and Close comes behind them.
func TestSyncsOneAtATime(t *testing.T) {
	var active, syncs atomic.Int32
	s := open(t, vfs.NewMem(), Options{FileSize: 200})
	s.many = -1 // also of nothing
	s.fs = duringSync{s.fs, func() {
		syncs.Add(1)
		if active.Add(1) > 1 {
			t.Error("two syncs at a time")
		}
	}, func() { active.Add(-1) }}
	l := new(log)
	if err := s.Dispatch(l.add("T", 0)); err != nil {
		t.Fatal(err)
	}
	var flushes []<-chan error
	for range 8 {
		flushes = append(flushes, inBackground(func() error {
			for range 20 {
				if _, err := s.Flush(ctx); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	for _, f := range flushes {
		returns(t, "flush", f)
	}
	if err := s.Close(); err != nil || syncs.Load() < 8*20 {
		t.Errorf("%d syncs, want at least %d; close: %v", syncs.Load(), 8*20, err)
	}
}

// A disk that panics during a sync of everything leaves no lock behind.
func TestPanicDuringSync(t *testing.T) {
	disk := vfs.NewFaulty(vfs.NewMem())
	s := open(t, disk, Options{FileSize: 200})
	s.many = -1
	disk.Inject(vfs.Rule{Op: vfs.OpSyncTree, Times: 1, Before: func() { panic("planted") }})
	func() {
		defer func() {
			if r := recover(); r != "planted" {
				t.Errorf("recovered %v", r)
			}
		}()
		_, err := s.Flush(ctx)
		t.Errorf("flush: %v, want a panic", err)
	}()
	returns(t, "close", inBackground(s.Close))
}

func inBackground(do func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	return done
}

func returns(t *testing.T, what string, done <-chan error) {
	t.Helper()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("timed out: %s", what)
	}
}
