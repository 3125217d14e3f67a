package commitlog

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// The blank that ends a segment is eight bytes and stands for the rest; the record behind it begins
// the next segment. A record leaves room for a blank. Java: CommitLog.DefaultAppendMessageCallback.
func TestBlank(t *testing.T) {
	for _, rest := range []int{8, 9, 100} {
		mem := vfs.NewMem()
		l, _ := mustOpen(t, mem, testOptions(), RecoverFrom{})
		var counter int64
		empty := len(encoded(t, 0, []byte{1}).Bytes) - 1
		first := encoded(t, 0, make([]byte, testSegment-rest-empty))
		if p, err := appendWait(t, l, first, &counter); err != nil || p.End != int64(testSegment-rest) {
			t.Fatalf("a record that leaves %d bytes: %+v, %v", rest, p, err)
		}
		p, err := appendWait(t, l, encoded(t, 0, []byte("next")), &counter)
		if err != nil || p.PhyOffset != testSegment {
			t.Errorf("the next record: %+v, %v, want offset %d", p, err, testSegment)
		}
		mustClose(t, l)
		f, err := mem.OpenRead("commitlog/00000000000000000000")
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, rest)
		if _, err := f.ReadAt(b, int64(testSegment-rest)); err != nil {
			t.Fatal(err)
		}
		if size, magic := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:]); size != uint32(rest) || magic != 0xCBD43194 {
			t.Errorf("the blank says %d, %#x, want %d, 0xcbd43194", size, magic, rest)
		}
	}
}

// A record that would leave less than a blank goes to the next segment.
func TestNoRoomForABlank(t *testing.T) {
	l, _ := mustOpen(t, vfs.NewMem(), testOptions(), RecoverFrom{})
	defer mustClose(t, l)
	var counter int64
	empty := len(encoded(t, 0, []byte{1}).Bytes) - 1
	if _, err := appendWait(t, l, encoded(t, 0, make([]byte, 1000)), &counter); err != nil {
		t.Fatal(err)
	}
	left := testSegment - int(l.End())
	p, err := appendWait(t, l, encoded(t, 0, make([]byte, left-7-empty)), &counter)
	if err != nil || p.PhyOffset != testSegment {
		t.Errorf("got %+v, %v, want offset %d", p, err, testSegment)
	}
}

func TestTooLarge(t *testing.T) {
	l, _ := mustOpen(t, vfs.NewMem(), testOptions(), RecoverFrom{})
	defer mustClose(t, l)
	var counter int64
	if _, err := appendWait(t, l, encoded(t, 0, make([]byte, testSegment)), &counter); !errors.Is(err, ErrTooLarge) || counter != 0 {
		t.Errorf("got %v, counter %d, want %v, 0", err, counter, ErrTooLarge)
	}
}

// Records that take no queue offset have offset 0 and leave the counter alone.
func TestCounter(t *testing.T) {
	l, _ := mustOpen(t, vfs.NewMem(), testOptions(), RecoverFrom{})
	defer mustClose(t, l)
	counter := int64(7)
	var half record.Encoded
	if err := half.Set(&record.Message{Topic: []byte("T"), Body: []byte("b"), SysFlag: record.SysTranPrepared,
		BornHost: testHost, StoreHost: testHost}, record.EncodeOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		e                 *record.Encoded
		counter           *int64
		queueOff, counted int64
	}{
		{encoded(t, 0, []byte("a")), &counter, 7, 8},
		{&half, &counter, 0, 8},
		{&half, nil, 0, 8},
		{encoded(t, 0, []byte("b")), &counter, 8, 9},
	} {
		p, err := appendWait(t, l, c.e, c.counter)
		if err != nil || p.QueueOffset != c.queueOff || counter != c.counted {
			t.Errorf("got offset %d, counter %d, %v; want %d, %d", p.QueueOffset, counter, err, c.queueOff, c.counted)
		}
	}
}

// Without the helper an append that finds no room would block and changes nothing; with it, WaitReady
// returns when there is room.
func TestStarvedAppend(t *testing.T) {
	mem := vfs.NewMem()
	disk := vfs.NewFaulty(mem)
	held, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	disk.Inject(vfs.Rule{Op: vfs.OpPopulate, Before: func() {
		once.Do(func() { close(held) })
		<-release
	}})
	l, _ := mustOpen(t, disk, testOptions(), RecoverFrom{})
	<-held
	var counter int64
	e := encoded(t, 0, []byte("m"))
	for range 3 {
		if _, err := l.Append(e, &counter); !errors.Is(err, ErrWouldBlock) || counter != 0 || l.End() != 0 {
			t.Fatalf("got %v, counter %d, end %d, want %v, 0, 0", err, counter, l.End(), ErrWouldBlock)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := l.WaitReady(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("WaitReady without room: got %v, want %v", err, context.DeadlineExceeded)
	}
	waited := make(chan error)
	go func() { waited <- l.WaitReady(context.Background()) }()
	close(release)
	if err := <-waited; err != nil {
		t.Errorf("WaitReady: %v", err)
	}
	if p, err := appendWait(t, l, e, &counter); err != nil || p.PhyOffset != 0 {
		t.Errorf("then: %+v, %v", p, err)
	}
	mustClose(t, l)
}

// A full disk is told to appends that need room, and is asked again until there is some.
func TestNoSpaceIsNotFinal(t *testing.T) {
	disk := vfs.NewFaulty(vfs.NewMem())
	l, _ := mustOpen(t, disk, testOptions(), RecoverFrom{})
	disk.Inject(vfs.Rule{Op: vfs.OpCreate | vfs.OpAllocate | vfs.OpPopulate, Err: vfs.ErrNoSpace})
	var counter int64
	var err error
	for err == nil {
		_, err = appendWait(t, l, encoded(t, 0, make([]byte, 3000)), &counter)
	}
	if !errors.Is(err, vfs.ErrNoSpace) || l.Err() != nil {
		t.Fatalf("got %v, the log failed with %v; want %v, nil", err, l.Err(), vfs.ErrNoSpace)
	}
	disk.Heal()
	deadline := time.After(20 * time.Second)
	for retry := time.NewTicker(10 * time.Millisecond); err != nil; {
		select {
		case <-retry.C:
		case <-deadline:
			t.Fatalf("still refused: %v", err)
		}
		_, err = appendWait(t, l, encoded(t, 0, make([]byte, 3000)), &counter)
	}
	mustClose(t, l)
}

// A helper that meets a broken disk makes the log fail; who waits for room is told.
func TestPrepareFails(t *testing.T) {
	disk := vfs.NewFaulty(vfs.NewMem())
	l, _ := mustOpen(t, disk, testOptions(), RecoverFrom{})
	disk.Inject(vfs.Rule{Op: vfs.OpCreate | vfs.OpAllocate | vfs.OpPopulate, Err: syscall.EIO})
	var counter int64
	var err error
	for err == nil {
		_, err = appendWait(t, l, encoded(t, 0, make([]byte, 3000)), &counter)
	}
	if !errors.Is(err, ErrFailed) || !errors.Is(err, syscall.EIO) || !errors.Is(l.Err(), syscall.EIO) {
		t.Errorf("got %v, the log says %v; want %v because of %v", err, l.Err(), ErrFailed, syscall.EIO)
	}
	settled := make(chan error, 1)
	l.Flushed().Await(1<<40, waiterFunc(func(err error) { settled <- err }))
	if err := <-settled; !errors.Is(err, syscall.EIO) {
		t.Errorf("a waiter was told %v, want %v", err, syscall.EIO)
	}
	if err := l.Stop(); !errors.Is(err, syscall.EIO) {
		t.Errorf("stop: got %v, want %v", err, syscall.EIO)
	}
	if err := l.Close(t.Context()); err != nil {
		t.Errorf("close: %v", err)
	}
}

type waiterFunc func(error)

func (f waiterFunc) Settled(err error) { f(err) }

// Segments behind the window are not mapped, and are read all the same.
func TestOldSegmentsAreUnmapped(t *testing.T) {
	o := testOptions()
	o.Window = testSegment
	l, _ := mustOpen(t, vfs.NewMem(), o, RecoverFrom{})
	defer mustClose(t, l)
	var counter int64
	want := fill(t, l, rand.New(rand.NewPCG(1, 1)), 100, &counter)
	l.Flush()
	settled := make(chan error, 1)
	l.Flushed().Await(l.End(), waiterFunc(func(err error) { settled <- err }))
	if err := <-settled; err != nil {
		t.Fatal(err)
	}
	want = append(want, fill(t, l, rand.New(rand.NewPCG(2, 1)), 20, &counter)...) // wakes the helper
	deadline := time.After(20 * time.Second)
	for retry := time.NewTicker(time.Millisecond); l.segments()[0].live.Load() != nil; {
		l.kickPrepare()
		select {
		case <-retry.C:
		case <-deadline:
			t.Fatal("the first segment is still mapped")
		}
	}
	if _, ok := l.Hold(0); ok {
		t.Error("Hold gives what lies behind the window")
	}
	h, ok := l.Hold(l.End() - 1)
	if !ok || !h.Has(l.End()-1, 1) {
		t.Error("Hold refuses what was appended last")
	}
	h.Release()
	compare(t, records(t, l, 0), want)
}

// Reading outside the log is an error, not a panic.
func TestReadOutside(t *testing.T) {
	l, _ := mustOpen(t, vfs.NewMem(), testOptions(), RecoverFrom{})
	defer mustClose(t, l)
	var counter int64
	p, err := appendWait(t, l, encoded(t, 0, []byte("m")), &counter)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 10)
	for _, off := range []int64{-1, p.End - 9, p.End, testSegment, 1 << 50} {
		if err := l.ReadAt(b, off); !errors.Is(err, ErrOffset) {
			t.Errorf("10 bytes at %d: got %v, want %v", off, err, ErrOffset)
		}
		if _, ok, err := l.HeadAt(off); ok || err != nil {
			t.Errorf("HeadAt(%d): got %v, %v", off, ok, err)
		}
	}
	for _, off := range []int64{-1, p.End, testSegment, 1 << 50} {
		if h, ok := l.Hold(off); ok {
			t.Errorf("Hold(%d) gave something", off)
			h.Release()
		}
	}
}

// The watermark settles waiters in the order of their offsets, each once, from one Advance.
func TestWatermark(t *testing.T) {
	var w Watermark
	var got []int64
	for _, end := range []int64{50, 10, 30, 20, 40} {
		w.Await(end, waiterFunc(func(err error) {
			if err == nil {
				got = append(got, end)
			}
		}))
	}
	w.Advance(30)
	if len(got) != 3 || got[0] != 10 || got[1] != 20 || got[2] != 30 || w.Load() != 30 {
		t.Errorf("at %d: settled %v, want 10, 20, 30", w.Load(), got)
	}
	w.Advance(20)
	if w.Load() != 30 {
		t.Errorf("the watermark went back to %d", w.Load())
	}
	w.Await(30, waiterFunc(func(err error) { got = append(got, -1) }))
	if len(got) != 4 || got[3] != -1 {
		t.Errorf("a waiter below the watermark was not settled at once: %v", got)
	}
	broken := errors.New("broken")
	var failed []error
	w.Await(60, waiterFunc(func(err error) { failed = append(failed, err) }))
	w.Fail(broken)
	w.Fail(errors.New("later"))
	w.Await(70, waiterFunc(func(err error) { failed = append(failed, err) }))
	w.Advance(100)
	if len(got) != 4 || len(failed) != 2 || !errors.Is(failed[0], broken) || !errors.Is(failed[1], broken) {
		t.Errorf("after a failure: settled %v, failed %v", got, failed)
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	o := testOptions()
	o.SegmentSize, o.Window = 64<<20, 64<<20
	l, _ := mustOpen(t, vfs.NewOS(t.TempDir()), o, RecoverFrom{})
	defer mustClose(t, l)
	e := encoded(t, 0, make([]byte, 1024))
	var counter int64
	if _, err := appendWait(t, l, e, &counter); err != nil {
		t.Fatal(err)
	}
	got := testing.AllocsPerRun(5000, func() {
		if _, err := appendWait(t, l, e, &counter); err != nil {
			t.Fatal(err)
		}
	})
	if got != 0 {
		t.Errorf("%v allocations, want 0", got)
	}
}
