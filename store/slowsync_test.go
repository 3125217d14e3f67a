package store_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/checkpoint"
	"github.com/gannetmq/gannet/store/vfs"
)

// slowSync is a store that syncs so many queues that it syncs everything at once, and a disk that takes its time for it.
type slowSync struct {
	*kept
	queues  int32
	release func() // lets the sync go on
	over    atomic.Bool
}

func startSlowSync(t *testing.T) *slowSync {
	k := keeping(t, func(o *store.Options) { o.NoIndex = true })
	s := &slowSync{kept: k, queues: 300}
	filled, began, released := make(chan struct{}), make(chan struct{}), make(chan struct{})
	s.release = sync.OnceFunc(func() { s.over.Store(true); close(released) })
	t.Cleanup(s.release)
	// The first queue file is not made before all queues have something to be written.
	k.disk.Inject(vfs.Rule{Op: vfs.OpCreate, Name: "consumequeue/*/*/*", Times: 1, Before: func() { <-filled }})
	k.disk.Inject(vfs.Rule{Op: vfs.OpSyncTree, Times: 1, Before: func() { close(began); <-released }})
	for id := range s.queues {
		k.passed.Add(int64(time.Second))
		putBody(t, k.s, "T", id, []byte("before"), "")
	}
	close(filled)
	select {
	case <-began:
	case <-time.After(20 * time.Second):
		t.Fatal("the queues were never synced at once")
	}
	return s
}

// meanwhile puts as many messages into a queue as are written before it is synced, and waits for that.
func (s *slowSync) meanwhile() (messages int64) {
	s.t.Helper()
	const queue, n = "consumequeue/T/0/*", 500
	before := s.disk.Count(vfs.OpWrite, queue)
	for range n {
		putBody(s.t, s.s, "T", 0, []byte("meanwhile"), "")
	}
	eventually(s.t, "a queue is written", func() bool { return s.disk.Count(vfs.OpWrite, queue) > before })
	return n
}

// While the disk takes its time for a sync of everything, queues are written and the disk is looked at. What is not
// durable yet is not said to be.
func TestSlowSyncDelaysNothing(t *testing.T) {
	s := startSlowSync(t)
	s.meanwhile()
	s.use(95)
	eventually(t, "a full disk is noticed", func() bool { return errors.Is(s.s.ReadOnly(), store.ErrDiskFull) })
	s.use(10)
	eventually(t, "a disk with room is noticed", func() bool { return s.s.ReadOnly() == nil })

	last, err := s.s.StoreTime([]byte("T"), s.queues-1, 0)
	if err != nil {
		t.Fatal(err)
	}
	var c checkpoint.Checkpoint
	eventually(t, "a checkpoint is saved", func() bool {
		var ok bool
		c, ok = checkpoint.Decode(readFile(t, s.mem, "checkpoint", checkpoint.Size))
		return ok && c.LogTime >= last
	})
	if c.QueueTime >= last {
		t.Errorf("the checkpoint says that queues are durable to %d; the sync of %d is under way", c.QueueTime, last)
	}
	if end := s.s.Stats().LogEnd; store.Dispensable(s.s) >= end {
		t.Errorf("the log may be deleted up to its end, %d", end)
	}
	s.release()
	s.settle()
	closeStore(t, s.s)
}

// Close waits for a sync under way, and makes durable what came since.
func TestCloseWaitsForSync(t *testing.T) {
	s := startSlowSync(t)
	n := s.meanwhile()
	closed := make(chan error, 1)
	go func() {
		err := s.s.Close()
		if !s.over.Load() {
			err = errors.Join(err, errors.New("did not wait for the sync"))
		}
		closed <- err
	}()
	eventually(t, "the store closes", func() bool { return errors.Is(s.s.ReadOnly(), store.ErrClosed) })
	s.release()
	select {
	case err := <-closed:
		if err != nil {
			t.Fatalf("close: %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("timed out: close")
	}
	after := open(t, s.mem.Clone(rand.New(rand.NewPCG(1, 1)), vfs.Policy{}), s.o)
	defer closeStore(t, after)
	if got, want := ends(after, s.queues), int64(s.queues)+n; got != want {
		t.Errorf("after a power cut: %d messages, want %d", got, want)
	}
}

// A sync that fails refuses messages for good, though queues can be written all the while.
func TestSlowSyncFails(t *testing.T) {
	errDisk := errors.New("disk")
	s := startSlowSync(t)
	s.disk.Inject(vfs.Rule{Op: vfs.OpSyncTree, Times: 1, Err: errDisk}) // the next directory's, of the same sync
	s.meanwhile()
	if err := s.s.ReadOnly(); err != nil {
		t.Errorf("refuses before anything failed: %v", err)
	}
	s.release()
	eventually(t, "messages are refused", func() bool { return errors.Is(s.s.ReadOnly(), errDisk) })
	if err := s.s.Close(); !errors.Is(err, errDisk) {
		t.Errorf("close: got %v, want %v", err, errDisk)
	}
}
