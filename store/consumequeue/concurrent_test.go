package consumequeue

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// expected is the entry at queue offset i of a queue in TestConcurrent.
func expected(id int32, i int64) Entry {
	return Entry{PhyOffset: i*1000 + int64(id)*100, Size: 100}
}

// TestConcurrent: one goroutine dispatches while another writes and flushes and others read; what is
// read is right, and what a flush covers is on the disk when it returns.
func TestConcurrent(t *testing.T) {
	const queues, rounds = 7, 3000
	m := vfs.NewMem()
	s := open(t, m, Options{FileSize: 400, MaxOpenFiles: 3})
	var dispatched atomic.Bool
	var work sync.WaitGroup
	work.Go(func() {
		defer dispatched.Store(true)
		for i := range int64(rounds) {
			for id := range int32(queues) {
				e := expected(id, i)
				v := record.View{
					Topic: []byte("T"), QueueID: id, QueueOffset: i, PhyOffset: e.PhyOffset, Size: e.Size, StoreTime: e.PhyOffset + 1,
				}
				if err := s.Dispatch(&v); err != nil {
					t.Error(err)
				}
			}
			if i%64 == 0 {
				runtime.Gosched()
			}
		}
	})
	work.Go(func() {
		for n := 0; !dispatched.Load(); n++ {
			if err := s.Write(ctx, 0); err != nil {
				t.Error(err)
			}
			if n%20 == 0 {
				checkCovered(t, m, s)
			}
		}
	})
	for r := range uint64(3) {
		work.Go(func() {
			rng := rand.New(rand.NewPCG(r, 9))
			for !dispatched.Load() {
				readSomewhere(t, s, rng, int32(rng.IntN(queues)))
			}
		})
	}
	work.Wait()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	s = open(t, m, Options{FileSize: 400, Clean: true})
	for q := range s.All() {
		if q.Max() != rounds {
			t.Errorf("queue %d ends at %d, want %d", q.id, q.Max(), rounds)
		}
	}
}

func checkCovered(t *testing.T, m *vfs.Mem, s *Set) {
	c, err := s.Flush(ctx)
	if err != nil {
		t.Error(err)
		return
	}
	disk, err := Open(m.Clone(rand.New(rand.NewPCG(1, 1)), vfs.Policy{}), "consumequeue", Options{FileSize: 400})
	if err != nil {
		t.Error(err)
		return
	}
	if c.PhyOffset > 0 && (disk.MaxPhy() < c.PhyOffset || c.StoreTime < c.PhyOffset-1000) {
		t.Errorf("disk reaches %d, covered %+v", disk.MaxPhy(), c)
	}
}

func readSomewhere(t *testing.T, s *Set, rng *rand.Rand, id int32) {
	q := s.Lookup([]byte("T"), id)
	if q == nil || q.Max() == 0 {
		return
	}
	from := rng.Int64N(q.Max())
	if rng.IntN(2) == 0 {
		from = max(0, q.Max()-10)
	}
	var buf [30]Entry
	n, ok := q.Entries(from, buf[:])
	if !ok {
		var err error
		if n, err = q.ReadEntries(from, buf[:]); err != nil {
			t.Error(err)
		}
	}
	if n == 0 {
		t.Errorf("queue %d: nothing at %d of %d", id, from, q.Max())
	}
	for i := range n {
		if want := expected(id, from+int64(i)); buf[i] != want {
			t.Errorf("queue %d: entry %d is %v, want %v", id, from+int64(i), buf[i], want)
		}
	}
}

// TestDeleteTopic: nothing is left of it, not even when it is used meanwhile.
func TestDeleteTopic(t *testing.T) {
	m := vfs.NewMem()
	s := open(t, m, Options{FileSize: 200})
	l := new(log)
	for range 50 {
		for _, topic := range []string{"gone", "kept"} {
			if err := s.Dispatch(l.add(topic, 0)); err != nil {
				t.Fatal(err)
			}
		}
	}
	flush(t, s)
	if err := s.Dispatch(l.add("gone", 1)); err != nil {
		t.Fatal(err)
	}
	old := s.Lookup([]byte("gone"), 0)
	if err := s.DeleteTopic("gone"); err != nil {
		t.Fatal(err)
	}
	if exists(t, m, "consumequeue/gone") || s.Lookup([]byte("gone"), 0) != nil || s.Pending() != 0 {
		t.Errorf("left: directory %v, queue %v, %d bytes pending", exists(t, m, "consumequeue/gone"), s.Lookup([]byte("gone"), 0), s.Pending())
	}
	if err := old.Append(50, 1<<40, 100, 0); !errors.Is(err, ErrDeleted) {
		t.Errorf("append to the old queue: %v, want ErrDeleted", err)
	}
	if _, err := old.ReadEntries(0, make([]Entry, 1)); !errors.Is(err, ErrGone) {
		t.Errorf("read from the old queue: %v, want ErrGone", err)
	}
	if err := queue(t, s, "gone", 0).Append(0, 1<<40, 100, 5); err != nil {
		t.Fatal(err)
	}
	flush(t, s)
	disk := open(t, m.Clone(rand.New(rand.NewPCG(1, 1)), vfs.Policy{}), Options{FileSize: 200})
	if err := sameEntries(readAll(t, queue(t, disk, "gone", 0)), []Entry{{1 << 40, 100, 5}}); err != nil {
		t.Error(err)
	}
	if err := sameEntries(readAll(t, queue(t, disk, "kept", 0)), l.entries("kept", 0)); err != nil {
		t.Error(err)
	}
	for _, topic := range []string{"never was", "..", "a/b"} {
		if err := s.DeleteTopic(topic); err != nil {
			t.Errorf("%q: %v", topic, err)
		}
	}
}

// TestDeleteTopicFails: files that could not be removed do not harm a new topic of the name.
func TestDeleteTopicFails(t *testing.T) {
	errDisk := errors.New("disk")
	f := vfs.NewFaulty(vfs.NewMem())
	s := open(t, f, Options{FileSize: 200})
	for i := range int64(25) {
		if err := queue(t, s, "T", 0).Append(i, i*100, 100, 1); err != nil {
			t.Fatal(err)
		}
	}
	flush(t, s)
	f.Inject(vfs.Rule{Op: vfs.OpRemove, Err: errDisk, Skip: 1, Times: 1})
	if err := s.DeleteTopic("T"); !errors.Is(err, errDisk) {
		t.Errorf("%v, want the disk's error", err)
	}
	for i := range int64(15) {
		if err := queue(t, s, "T", 0).Append(i, 9000+i*100, 100, 2); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, f, Options{FileSize: 200, Clean: true})
	if q := s.Lookup([]byte("T"), 0); q.Max() != 15 || q.maxPhy != 10500 {
		t.Errorf("ends at %d, log at %d", q.Max(), q.maxPhy)
	}
}

// TestDeleteTopicLeavesOthersAlone: what is not the set's stays, and harms no new topic of the name.
func TestDeleteTopicLeavesOthersAlone(t *testing.T) {
	m := vfs.NewMem()
	s := open(t, m, Options{FileSize: 200})
	for range 2 {
		if err := queue(t, s, "T", 0).Append(0, s.MaxPhy(), 100, 1); err != nil {
			t.Fatal(err)
		}
		flush(t, s)
		if !exists(t, m, queueDir+"old") {
			putFile(t, m, queueDir+"old/notes", 3, []byte("abc"))
		}
		if err := s.DeleteTopic("T"); err != nil {
			t.Fatal(err)
		}
		if exists(t, m, firstFile) || !exists(t, m, queueDir+"old/notes") {
			t.Errorf("queue file left %v, notes left %v", exists(t, m, firstFile), exists(t, m, queueDir+"old/notes"))
		}
	}
}

func TestExpire(t *testing.T) {
	m := vfs.NewMem()
	s := open(t, m, Options{FileSize: 200})
	q := queue(t, s, "T", 0)
	for i := range int64(45) {
		if err := q.Append(i, i*100, 100, 1); err != nil {
			t.Fatal(err)
		}
	}
	flush(t, s)
	letRingsGo(t, s)
	for _, c := range []struct {
		minPhy int64
		files  int
		min    int64
		first  int64
	}{{900, 0, 9, 0}, {1000, 1, 10, 200}, {3150, 2, 32, 600}, {99999, 1, 45, 800}} {
		files, err := s.Expire(ctx, c.minPhy, nil)
		if err != nil || files != c.files || q.Min() != c.min {
			t.Errorf("log from %d: %d files, min %d, %v, want %d, %d", c.minPhy, files, q.Min(), err, c.files, c.min)
		}
		if first := q.file(c.first); !exists(t, m, first) || c.first > 0 && exists(t, m, q.file(c.first-200)) {
			t.Errorf("log from %d: first file is not %s", c.minPhy, first)
		}
	}
	if _, err := q.ReadEntries(5, make([]Entry, 1)); !errors.Is(err, ErrGone) {
		t.Errorf("expired entry: %v, want ErrGone", err)
	}
	if err := q.Append(45, 1<<30, 100, 1); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	q = open(t, m, Options{FileSize: 200}).Lookup([]byte("T"), 0)
	if q.Min() != 40 || q.Max() != 46 {
		t.Errorf("opened again: [%d, %d), want [40, 46)", q.Min(), q.Max())
	}
}

func TestHandlesAreBounded(t *testing.T) {
	c := &countingFS{FS: vfs.NewMem()}
	s := open(t, c, Options{FileSize: 200, MaxOpenFiles: 4})
	l := new(log)
	for i := range 600 {
		if err := s.Dispatch(l.add("T", int32(i%20))); err != nil {
			t.Fatal(err)
		}
	}
	flush(t, s)
	letRingsGo(t, s)
	checkFull(t, "from disk", s, l)
	if c.open != 4 || c.most > 6 {
		t.Errorf("%d files open, %d at most, want 4", c.open, c.most)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if c.open != 0 {
		t.Errorf("%d files open after close", c.open)
	}
	if _, err := s.Lookup([]byte("T"), 0).ReadEntries(0, make([]Entry, 1)); !errors.Is(err, ErrClosed) {
		t.Errorf("read after close: %v, want ErrClosed", err)
	}
	for what, err := range map[string]error{
		"write": s.Write(ctx, 0), "truncate": s.Truncate(0), "delete": s.DeleteTopic("T"),
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s after close: %v, want ErrClosed", what, err)
		}
	}
	if _, err := s.Expire(ctx, 0, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("expire after close: %v, want ErrClosed", err)
	}
}

// letRingsGo writes until queues that are idle are no longer in memory.
func letRingsGo(t *testing.T, s *Set) {
	t.Helper()
	for range coolRounds + 1 {
		if err := s.Write(ctx, 0); err != nil {
			t.Fatal(err)
		}
	}
}

// TestIdleMemory: what a queue costs that nobody uses any more.
func TestIdleMemory(t *testing.T) {
	const queues = 5000
	for _, used := range []bool{false, true} {
		s := open(t, vfs.NewMem(), Options{FileSize: 200})
		before := heap()
		for i := range queues {
			q := queue(t, s, fmt.Sprint("topic-", i/10), int32(i%10))
			if used {
				if err := q.Append(0, int64(i)*100, 100, 0); err != nil {
					t.Fatal(err)
				}
			}
		}
		if used { // only the rings and what points to them, not what vfs.Mem keeps as a disk
			filled := heap()
			for range coolRounds + 2 {
				s.coolForTest()
			}
			const least = queues * minSlots * unitSize
			if !s.LetGo(least) || s.LetGo(1) {
				t.Errorf("not told once that %d bytes were let go", least)
			}
			if freed := int64(filled) - int64(heap()); freed < queues*minSlots*unitSize*9/10 {
				t.Errorf("%d bytes freed, want about %d", freed, queues*minSlots*unitSize)
			}
		}
		per := (int64(heap()) - int64(before)) / queues
		t.Logf("used %v: %d bytes a queue", used, per)
		if per > 2048 {
			t.Errorf("used %v: %d bytes a queue, want at most 2048", used, per)
		}
		runtime.KeepAlive(s)
	}
}

// TestLetGo: much is told at once, the last of it when there is nothing more to come.
func TestLetGo(t *testing.T) {
	const ring = minSlots * unitSize
	s := open(t, vfs.NewMem(), Options{FileSize: 200})
	for i := range int32(3) {
		if err := queue(t, s, "T", i).Append(0, int64(i)*100, 100, 0); err != nil {
			t.Fatal(err)
		}
		if err := s.Write(ctx, 0); err != nil { // the next queue cools a round later
			t.Fatal(err)
		}
	}
	for range 3 * coolRounds {
		if s.flusher.letGo >= 2*ring {
			break
		}
		if err := s.Write(ctx, 0); err != nil {
			t.Fatal(err)
		}
	}
	if s.LetGo(3*ring) || !s.LetGo(2*ring) || s.LetGo(1) {
		t.Error("two rings were let go of, and one more will be: want no for three, and two told once")
	}
	letRingsGo(t, s)
	if s.LetGo(lastPart*ring+lastPart) || !s.LetGo(lastPart*ring) || s.LetGo(1) {
		t.Error("the last one was let go of: want it told once, as a part of sixteen")
	}
}

// coolForTest is a Write that finds everything written already.
func (s *Set) coolForTest() {
	s.flushMu.Lock()
	defer s.flushMu.Unlock()
	s.flusher.round++
	s.letGo()
	for _, q := range s.takeDirty() {
		b, ok, _ := q.beginWrite(0)
		if ok {
			s.endWrite(q, &b)
		}
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
