package consumequeue

import (
	"context"
	"errors"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/gannetmq/gannet/store/vfs"
)

// fillQueue appends n entries of 100 bytes of log each and has them written.
func fillQueue(t *testing.T, s *Set, topic string, id int32, n int64) *Queue {
	t.Helper()
	q := queue(t, s, topic, id)
	for i := q.Max(); i < n; i++ {
		if err := q.Append(i, i*100, 100, 1); err != nil {
			t.Fatal(err)
		}
	}
	flush(t, s)
	letRingsGo(t, s)
	return q
}

// Wherever the power is cut while several files of a queue go, those that are left follow each other,
// and the end of the queue stays.
func TestExpireAndPowerCuts(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	m := vfs.NewMem()
	s := open(t, m, Options{FileSize: 200})
	fillQueue(t, s, "T", 0, 95)
	var disks []*vfs.Mem
	m.OnOp = func(vfs.Op, string) {
		for range 10 {
			disks = append(disks, m.Clone(rng, vfs.Coin()))
		}
	}
	if n, err := s.Expire(ctx, 6050, nil); n != 6 || err != nil {
		t.Errorf("%d files, %v, want 6", n, err)
	}
	m.OnOp = nil
	first := make(map[string]bool)
	for _, disk := range disks {
		list, err := disk.List("consumequeue/T/0")
		if err != nil {
			t.Fatal(err)
		}
		first[list[0].Name] = true
		for i, e := range list {
			if start, _ := parseFileName(e.Name); start != int64(10-len(list)+i)*200 {
				t.Fatalf("files %v: there is a hole", list)
			}
		}
		again := open(t, disk, Options{FileSize: 200})
		if err := again.CorrectMin(6050); err != nil {
			t.Fatal(err)
		}
		if q := queue(t, again, "T", 0); q.Min() != 61 || q.Max() != 95 {
			t.Errorf("opened again: [%d, %d), want [61, 95)", q.Min(), q.Max())
		}
	}
	if len(first) < 5 {
		t.Errorf("queues began with %v: the cuts missed most of it", first)
	}
}

// One queue that fails does not keep the others, and pauses come only where files went.
func TestExpireFailsForOne(t *testing.T) {
	disk := vfs.NewFaulty(vfs.NewMem())
	s := open(t, disk, Options{FileSize: 200})
	a, b, c := fillQueue(t, s, "A", 0, 45), fillQueue(t, s, "B", 0, 45), fillQueue(t, s, "C", 0, 5)
	disk.Inject(vfs.Rule{Op: vfs.OpRemove, Name: "consumequeue/A/0/*", Err: syscall.EIO})
	pauses := 0
	files, err := s.Expire(ctx, 2500, func() { pauses++ })
	if files != 2 || pauses != 1 || !errors.Is(err, syscall.EIO) {
		t.Errorf("%d files, %d pauses, %v, want 2, 1, %v", files, pauses, err, syscall.EIO)
	}
	if a.Max() != 45 || b.Min() != 25 || c.Min() != 5 {
		t.Errorf("max %d, min %d, min %d, want 45, 25, 5", a.Max(), b.Min(), c.Min())
	}
	disk.Heal()
	if files, err := s.Expire(ctx, 2500, nil); files != 2 || err != nil || a.Min() != 25 {
		t.Errorf("healed: %d files, %v, min %d, want 2, 25", files, err, a.Min())
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if files, err := s.Expire(ended, 1<<40, nil); files != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("ended: %d files, %v, want none and %v", files, err, context.Canceled)
	}
}

// A queue that has just begun anew keeps its first message: the files that are there are not its own.
func TestExpireOfReplacedFiles(t *testing.T) {
	s := open(t, vfs.NewMem(), Options{FileSize: 200})
	q := fillQueue(t, s, "T", 0, 45)
	if err := q.Append(0, 9000, 100, 1); err != nil {
		t.Fatal(err)
	}
	if files, err := s.Expire(ctx, 8000, nil); files != 0 || err != nil || q.Min() != 0 || q.Max() != 1 {
		t.Errorf("%d files, %v, [%d, %d), want none, [0, 1)", files, err, q.Min(), q.Max())
	}
}

// Queues of which the log has nothing any more go, others stay; a message that comes afterwards has
// the next offset.
func TestRemoveExpired(t *testing.T) {
	m := vfs.NewMem()
	s := open(t, m, Options{FileSize: 200})
	old, live, kept := fillQueue(t, s, "T", 0, 45), fillQueue(t, s, "T", 1, 46), fillQueue(t, s, "SYS", 0, 45)
	other := fillQueue(t, s, "Alone", 7, 3)
	waiting := fillQueue(t, s, "W", 0, 3)
	if err := waiting.Append(3, 300, 100, 1); err != nil {
		t.Fatal(err)
	}
	keep := func(topic string) bool { return topic == "SYS" }
	if n, err := s.RemoveExpired(4500, keep); n != 2 || err != nil {
		t.Errorf("%d queues, %v, want 2", n, err)
	}
	for name, want := range map[string]bool{
		"consumequeue/T/0": false, "consumequeue/T/1": true, "consumequeue/SYS/0": true, "consumequeue/Alone": false, "consumequeue/W/0": true,
	} {
		if exists(t, m, name) != want {
			t.Errorf("%s is there: %v, want %v", name, !want, want)
		}
	}
	if old.Min() != 45 || old.Max() != 45 || live.Max() != 46 || kept.Max() != 45 || other.Max() != 3 || waiting.Max() != 4 {
		t.Errorf("ends %d, %d, %d, %d, %d", old.Max(), live.Max(), kept.Max(), other.Max(), waiting.Max())
	}
	flush(t, s)
	if n, err := s.RemoveExpired(4500, keep); n != 1 || err != nil || exists(t, m, "consumequeue/W") {
		t.Errorf("again: %d queues, %v, want the one that had an entry to write", n, err)
	}
	if err := old.Append(45, 9000, 100, 1); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, m, Options{FileSize: 200})
	q := queue(t, again, "T", 0)
	if err := again.CorrectMin(4500); err != nil || q.Min() != 45 || q.Max() != 46 {
		t.Errorf("opened again: [%d, %d), %v, want [45, 46)", q.Min(), q.Max(), err)
	}
	if e, err := q.entry(45); err != nil || e.PhyOffset != 9000 {
		t.Errorf("entry 45: %+v, %v", e, err)
	}
	if again.Lookup([]byte("Alone"), 7) != nil {
		t.Error("the removed queue is there again")
	}
	if _, err := s.RemoveExpired(4500, keep); !errors.Is(err, ErrClosed) {
		t.Errorf("after close: got %v, want %v", err, ErrClosed)
	}
}
