package commitlog

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// A panic anywhere in the log makes it fail with that reason; no lock stays behind and nobody waits for
// a goroutine that is gone.
func TestPanicIsAFailure(t *testing.T) {
	for _, c := range []struct {
		where string
		op    vfs.Op // in which the disk panics; 0: the clock does, under the append lock
	}{{"append", 0}, {"preparer", vfs.OpCreate}, {"flusher", vfs.OpMapSync}} {
		t.Run(c.where, func(t *testing.T) {
			disk := vfs.NewFaulty(vfs.NewMem())
			o := testOptions()
			clock, broken := o.Now, false
			o.Now = func() int64 {
				if broken {
					panic("planted")
				}
				return clock()
			}
			l, _ := mustOpen(t, disk, o, RecoverFrom{})
			var counter int64
			e := encoded(t, 0, make([]byte, 1000))
			if _, err := appendWait(t, l, e, &counter); err != nil {
				t.Fatal(err)
			}
			flushed(t, l)
			end := l.End()
			told := make(chan error, 1)
			l.Flushed().Await(1<<40, waiter(told))
			if broken = c.op == 0; !broken {
				disk.Inject(vfs.Rule{Op: c.op, Before: func() { panic("planted") }})
			}
			var err error
			for err == nil {
				l.Flush()
				_, err = appendWait(t, l, e, &counter)
			}
			for what, err := range map[string]error{"append": err, "Err": l.Err(), "a waiter": <-told} {
				if !errors.Is(err, ErrFailed) || !errors.Is(err, ErrPanic) || !strings.Contains(err.Error(), "planted") {
					t.Errorf("%s: got %v, want %v because of %v", what, err, ErrFailed, ErrPanic)
				}
			}
			if c.op == 0 && (l.End() != end || counter != 1) {
				t.Errorf("the log ends at %d, the queue at %d; want %d, 1", l.End(), counter, end)
			}
			if err := l.Stop(); !errors.Is(err, ErrPanic) {
				t.Errorf("stop: got %v, want %v", err, ErrPanic)
			}
			if err := l.Close(t.Context()); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
}

// A file can be left behind and deleted while the helper still has room in it to prepare.
func TestPrepareWhatIsDeleted(t *testing.T) {
	mem := vfs.NewMem()
	l, _ := mustOpen(t, mem, testOptions(), RecoverFrom{})
	m, err := mapped.Create(mem, "commitlog", 100*testSegment, testSegment)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := l.carryOut(&extent{m: m, prefault: testSegment, reserve: testSegment}); err != nil || m.Prefaulted() != 0 {
		t.Errorf("got %v, prefaulted to %d", err, m.Prefaulted())
	}
	mustClose(t, l)
}

// What the log may not take of the disk it leaves alone, and says so; a smaller piece is better than none.
func TestRoomIsLeft(t *testing.T) {
	o := testOptions()
	room := int64(1 << 20)
	var l *Log
	set := func(n int64) { l.Exclusive(func() { room = n }) }
	o.Room = func(string) int64 {
		n := int64(0)
		l.Exclusive(func() { n = room })
		return n
	}
	var err error
	if l, err = Open(vfs.NewMem(), o); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Recover(RecoverFrom{}); err != nil {
		t.Fatal(err)
	}
	var counter int64
	put := func() error {
		_, err := appendWait(t, l, encoded(t, 0, make([]byte, 3000)), &counter)
		return err
	}
	if err := put(); err != nil {
		t.Fatal(err)
	}
	set(0)
	for err == nil {
		err = put()
	}
	if !errors.Is(err, vfs.ErrNoSpace) || l.Err() != nil {
		t.Errorf("got %v, the log failed with %v; want %v, nil", err, l.Err(), vfs.ErrNoSpace)
	}
	set(1 << 20) // a file deleted, say
	flushed(t, l)
	if n := deleteAll(t, l, l.End()); n == 0 {
		t.Fatal("nothing to delete")
	}
	deadline := time.After(20 * time.Second)
	for retry := time.NewTicker(time.Millisecond); err != nil; err = put() {
		select {
		case <-retry.C:
		case <-deadline:
			t.Fatalf("still refused: %v", err)
		}
	}
	mustClose(t, l)
}

// Who comes too late for what was deleted goes on where the log begins.
func TestWalkBehindDeletion(t *testing.T) {
	o := testOptions()
	o.Window = 0
	l, _ := mustOpen(t, vfs.NewMem(), o, RecoverFrom{})
	var counter int64
	want := fill(t, l, rand.New(rand.NewPCG(1, 1)), 100, &counter)
	flushed(t, l)
	var got []int64
	w := l.NewWalker(0, record.Headers, func(v *record.View) error {
		got = append(got, v.PhyOffset)
		return nil
	})
	late := l.NewWalker(0, record.Headers, nil)
	if err := w.Walk(l.End(), 1, false); err != nil || len(got) == 0 {
		t.Fatalf("before: %v, %d records", err, len(got))
	}
	got = nil
	if n := deleteAll(t, l, 3*testSegment); n == 0 {
		t.Fatal("nothing was deleted")
	}
	want = from(want, l.Start())
	if err := w.Walk(l.End(), 1<<30, false); err != nil || len(got) != len(want) || got[0] != want[0].phy {
		t.Errorf("walk: %v, %d records, want %d", err, len(got), len(want))
	}
	if n, err := late.Skip(l.End()); err != nil || n != l.Start() || late.Offset() != l.Start() {
		t.Errorf("skip: %v, %d bytes to %d, want to %d", err, n, late.Offset(), l.Start())
	}
	mustClose(t, l)
}
