package store_test

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// tryPutTo is tryPut to one of several queues, without the acknowledgement.
func tryPutTo(t testing.TB, s *store.Store, id int32, body string) error {
	t.Helper()
	var e record.Encoded
	m := &record.Message{Topic: []byte("T"), QueueID: id, Body: []byte(body), BornHost: bornHost, StoreHost: storeHost}
	if err := e.Set(m, record.EncodeOptions{}); err != nil {
		t.Fatal(err)
	}
	q, err := s.Queue(m.Topic, id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(&e, q, false); err != nil {
		return err
	}
	s.Drive()
	return nil
}

// ends sums up the ends of the first n queues of T.
func ends(s *store.Store, n int32) (sum int64) {
	for id := range n {
		sum += s.MaxOffset([]byte("T"), id)
	}
	return sum
}

// The log takes the disk as fast as it can, faster than queues are written, and leaves what they need: without
// their entries nothing could be deleted ever again.
func TestLogLeavesRoomForQueues(t *testing.T) {
	mem := vfs.NewMem()
	o := store.Eager(store.Paced(small(), 50*time.Millisecond))
	o.NoIndex, o.DiskFullPercent, o.DiskAgainPercent = true, 100, 80
	o.FlushInterval, o.FlushLeastPages = time.Millisecond, -1
	o.CleanInterval, o.LogDeletePause, o.QueueDeletePause = time.Millisecond, -1, -1
	o.QueueFileSize = 8000
	s := open(t, mem, o)
	const room, queues, n = 15*segment + 3*4096, 10, 1500
	mem.SetCapacity(room)
	for i := range n {
		eventually(t, "a message is taken", func() bool { return tryPutTo(t, s, int32(i%queues), strings.Repeat("x", 1000)) == nil })
	}
	if got := ends(s, queues); got != n {
		t.Errorf("%d messages, want %d", got, n)
	}
	closeStore(t, s)
}

// A store that cannot write anything any more closes all the same, at once, and what it had acknowledged is
// there at the next start: also while the disk is still full, and when there is room.
func TestCloseOnFullDisk(t *testing.T) {
	for _, flush := range []store.FlushMode{store.AsyncFlush, store.SyncFlush} {
		for _, segments := range []int64{1, 2} {
			mem := vfs.NewMem()
			o := small()
			o.Flush = flush
			s := open(t, mem, o)
			n := int64(0)
			for s.Stats().LogEnd < segments*segment-5000 {
				done, err := tryPut(t, s, strings.Repeat("x", 1000))
				if err != nil {
					t.Fatal(err)
				}
				if err := <-done; err != nil {
					t.Fatal(err)
				}
				n++
			}
			mem.SetCapacity(1)
			for range 2 {
				begun := time.Now()
				if err := s.Close(); !errors.Is(err, vfs.ErrNoSpace) {
					t.Errorf("close: got %v, want %v", err, vfs.ErrNoSpace)
				}
				if took := time.Since(begun); took > 10*time.Second {
					t.Errorf("close took %v", took)
				}
				s = open(t, mem, o)
				if got := s.MaxOffset([]byte("T"), 0); got != n {
					t.Errorf("on the full disk: %d messages, want %d", got, n)
				}
			}
			mem.SetCapacity(0)
			closeStore(t, s)
			s = open(t, mem, o)
			if got := s.MaxOffset([]byte("T"), 0); got != n {
				t.Errorf("with room: %d messages, want %d", got, n)
			}
			closeStore(t, s)
		}
	}
}

// What queues lack and may get again stops messages for as long as it lasts, with the reason, as a full disk does.
func TestQueueScarcityPasses(t *testing.T) {
	for _, c := range []struct {
		op  vfs.Op
		err error
	}{
		{vfs.OpCreate, syscall.EMFILE}, {vfs.OpSyncDir, syscall.ENFILE}, {vfs.OpWrite, syscall.ENOMEM}, {vfs.OpMkdir, vfs.ErrNoSpace},
	} {
		disk := vfs.NewFaulty(vfs.NewMem())
		o := store.Hurried(small())
		o.NoIndex = true
		s := open(t, disk, o)
		for _, name := range []string{"consumequeue", "consumequeue/*", "consumequeue/*/*", "consumequeue/*/*/*"} {
			disk.Inject(vfs.Rule{Op: c.op, Name: name, Err: c.err})
		}
		n := int64(0)
		put := func() error {
			err := tryPutTo(t, s, 0, "m")
			if err == nil {
				n++
			}
			return err
		}
		what := fmt.Sprintf("%v: %v: ", c.op, c.err)
		eventually(t, what+"messages are refused", func() bool { return errors.Is(put(), c.err) })
		if err := s.ReadOnly(); !errors.Is(err, store.ErrReadOnly) || !errors.Is(err, c.err) {
			t.Errorf("%sread-only because of %v", what, err)
		}
		disk.Heal()
		eventually(t, what+"messages are taken again", func() bool { return put() == nil && s.ReadOnly() == nil })
		closeStore(t, s)
		s = open(t, disk, o)
		if got := s.MaxOffset([]byte("T"), 0); got != n {
			t.Errorf("%s%d messages, want %d", what, got, n)
		}
		closeStore(t, s)
	}
}

// The index goes on where it was when there is room for its next file; meanwhile it holds nothing up, neither
// messages nor the deletion of old files.
func TestIndexOutlastsFullDisk(t *testing.T) {
	k := keeping(t, func(o *store.Options) {
		o.IndexEntries = 20
	})
	for _, op := range []vfs.Op{vfs.OpCreate, vfs.OpWrite} {
		k.disk.Inject(vfs.Rule{Op: op, Name: "index/*", Err: vfs.ErrNoSpace})
	}
	const n = 500
	for i := range n {
		putKeyed(k.t, k.s, "T", 0, fmt.Sprint("k", i), 1000)
	}
	k.use(88)
	eventually(t, "old files are deleted", func() bool {
		store.CleanNow(k.s)
		st := k.s.Stats()
		return st.LogEnd-st.LogStart < 3*segment
	})
	k.disk.Heal()
	live := int(k.s.MinOffset([]byte("T"), 0))
	if live == 0 || live >= n {
		t.Fatalf("messages from %d on are left", live)
	}
	for i := live + 1; i < n; i++ {
		got, err := k.s.FindByKey([]byte("T"), []byte(fmt.Sprint("k", i)), 64, 0, 1<<60)
		if err != nil || len(got) != 1 {
			t.Fatalf("message %d: found at %v, %v", i, got, err)
		}
	}
	closeStore(t, k.s)
}

// stumbling is a sink that panics when it is told to.
type stumbling struct{ now func() bool }

func (s stumbling) Dispatch(*record.View) error {
	if s.now() {
		panic("planted")
	}
	return nil
}

// A panic inside the store, wherever, makes it read-only with that reason: it neither takes the process with
// it nor leaves a lock behind, Close ends, and the next start recovers everything.
func TestPanicMakesReadOnly(t *testing.T) {
	for _, where := range []string{"append", "dispatch", "queues", "deletion"} {
		t.Run(where, func(t *testing.T) {
			mem := vfs.NewMem()
			disk := vfs.NewFaulty(mem)
			o := store.Eager(store.Hurried(small()))
			o.CleanInterval = time.Millisecond
			broken := make(chan struct{})
			is := func(place string) bool {
				select {
				case <-broken:
					return place == where
				default:
					return false
				}
			}
			o.Sinks = append(o.Sinks, stumbling{func() bool { return is("dispatch") }})
			o.Now = func() int64 {
				if is("append") {
					panic("planted")
				}
				return time.Now().UnixMilli()
			}
			o.Retention.Keep, o.Retention.Hours = time.Hour, 1<<24-1
			s := open(t, disk, o)
			n := int64(0)
			put := func() error {
				err := tryPutTo(t, s, 0, strings.Repeat("x", 1000))
				if err == nil {
					n++
				}
				return err
			}
			for range 200 {
				if err := put(); err != nil {
					t.Fatal(err)
				}
			}
			plant := func() { panic("planted") }
			switch where {
			case "queues":
				disk.Inject(vfs.Rule{Op: vfs.OpWrite | vfs.OpCreate, Name: "consumequeue/T/0/*", Before: plant})
			case "deletion":
				disk.Inject(vfs.Rule{Op: vfs.OpUsage, Before: plant})
			}
			close(broken)
			eventually(t, "messages are refused", func() bool { return put() != nil })
			eventually(t, "the store says why", func() bool {
				err := s.ReadOnly()
				return errors.Is(err, store.ErrReadOnly) && strings.Contains(err.Error(), "planted")
			})
			disk.Heal()
			if err := s.Close(); err == nil {
				t.Error("close: got no error")
			}
			o.Now, o.Sinks = nil, nil
			s = open(t, mem, o)
			if got := s.MaxOffset([]byte("T"), 0); got != n {
				t.Errorf("after a restart: %d messages, want %d", got, n)
			}
			closeStore(t, s)
		})
	}
}
