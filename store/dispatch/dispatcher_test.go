package dispatch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

func openLog(t testing.TB, fsys vfs.FS, window int64) *commitlog.Log {
	t.Helper()
	l, err := commitlog.Open(fsys, commitlog.Options{
		Dir: "commitlog", SetAside: "bad", SegmentSize: 64 << 10, FlushInterval: time.Hour, Thorough: time.Hour,
		Window: window, Now: func() int64 { return 1 }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Recover(commitlog.RecoverFrom{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(l.Stop(), l.Close(context.Background())); err != nil {
			t.Error(err)
		}
	})
	return l
}

// appender appends messages of one queue to a log.
type appender struct {
	log     *commitlog.Log
	counter int64
}

func (a *appender) append(t testing.TB, topic string, size int) commitlog.Placed {
	t.Helper()
	var e record.Encoded
	m := &record.Message{Topic: []byte(topic), Body: make([]byte, size), Properties: []byte("TAGS\x01Aa\x02"),
		BornHost: netip.MustParseAddrPort("10.0.0.2:1"), StoreHost: netip.MustParseAddrPort("10.0.0.1:1")}
	if err := e.Set(m, record.EncodeOptions{}); err != nil {
		t.Fatal(err)
	}
	for {
		p, err := a.log.Append(&e, &a.counter)
		if err == nil {
			return p
		}
		if !errors.Is(err, commitlog.ErrWouldBlock) {
			t.Fatalf("append: %v", err)
		}
		if err := a.log.WaitReady(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// gatherer is a sink that remembers where records lay.
type gatherer struct {
	mu  sync.Mutex
	phy []int64
	err error // of the next Dispatch
}

func (g *gatherer) Dispatch(v *record.View) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		return g.err
	}
	g.phy = append(g.phy, v.PhyOffset)
	return nil
}

func (g *gatherer) seen() []int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.phy)
}

type arrivalFunc func([]Arrival)

func (f arrivalFunc) Arrived(a []Arrival) { f(a) }

func newDispatcher(l *commitlog.Log, o Options) *Dispatcher {
	o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	if o.Limit == nil {
		o.Limit = l.End
	}
	return New(l, 0, o)
}

// Every record reaches every sink once, in order, also across segments and from the disk.
func TestOrderAcrossSegments(t *testing.T) {
	for name, window := range map[string]int64{"in memory": 1 << 20, "mostly on disk": 1000} {
		t.Run(name, func(t *testing.T) {
			l := openLog(t, vfs.NewMem(), window)
			a := appender{log: l}
			var want []int64
			for i := range 300 {
				want = append(want, a.append(t, "T", 1+i*17%4000).PhyOffset)
			}
			var first, second gatherer
			d := newDispatcher(l, Options{Sinks: []Sink{&first, &second}})
			if err := d.Drain(nil); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(first.seen(), want) || !slices.Equal(second.seen(), want) {
				t.Errorf("the sinks got %d and %d records, want %d in order", len(first.phy), len(second.phy), len(want))
			}
			if d.Behind() != 0 || d.Offset() != l.End() {
				t.Errorf("at %d, %d behind, want %d, 0", d.Offset(), d.Behind(), l.End())
			}
		})
	}
}

// What lies beyond the limit is not dispatched.
func TestLimit(t *testing.T) {
	l := openLog(t, vfs.NewMem(), 1<<20)
	a := appender{log: l}
	limit := a.append(t, "T", 100).End
	a.append(t, "T", 100)
	var g gatherer
	d := newDispatcher(l, Options{Sinks: []Sink{&g}, Limit: func() int64 { return limit }})
	d.TryDrive()
	if got := g.seen(); len(got) != 1 || d.Offset() != limit {
		t.Errorf("%d records up to %d, want 1 up to %d", len(got), d.Offset(), limit)
	}
}

// TryDrive leaves to the goroutine what is not in memory, and what is more than its share.
func TestTryDriveDoesNotBlock(t *testing.T) {
	l := openLog(t, vfs.NewMem(), 1000)
	a := appender{log: l}
	for range 200 {
		a.append(t, "T", 1000)
	}
	var g gatherer
	d := newDispatcher(l, Options{Sinks: []Sink{&g}})
	d.TryDrive()
	if got := len(g.seen()); got != 0 {
		t.Errorf("TryDrive dispatched %d records from the disk", got)
	}
	d.Start()
	if err := d.Wait(t.Context(), l.End()); err != nil {
		t.Fatal(err)
	}
	d.Stop()
	if got := len(g.seen()); got != 200 {
		t.Errorf("%d records, want 200", got)
	}
}

// Nobody's record is forgotten, whoever drives when: after the last TryDrive everything is
// dispatched, or will be without another call.
func TestNoLostWakeUps(t *testing.T) {
	l := openLog(t, vfs.NewMem(), 64<<20)
	var g gatherer
	var told atomic.Int64
	d := newDispatcher(l, Options{Sinks: []Sink{&g}, Arrivals: arrivalFunc(func(list []Arrival) {
		for _, a := range list {
			told.Add(int64(len(a.TagsCodes)))
		}
	})})
	d.Start()
	defer d.Stop()
	const rounds, callers = 200, 4
	total := int64(0)
	var mu sync.Mutex
	a := appender{log: l}
	for range rounds {
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				mu.Lock()
				a.append(t, "T", 10)
				mu.Unlock()
				d.TryDrive()
			})
		}
		wg.Wait()
		total += callers
		if err := d.Wait(t.Context(), l.End()); err != nil {
			t.Fatal(err)
		}
		if got := int64(len(g.seen())); got != total {
			t.Fatalf("%d records dispatched, want %d", got, total)
		}
	}
	if err := d.Wait(t.Context(), l.End()); err != nil || told.Load() != total {
		t.Errorf("%d arrivals told, want %d: %v", told.Load(), total, err)
	}
}

// A round tells each queue once, with its end and the tags of its records in order.
func TestArrivalsAreGrouped(t *testing.T) {
	l := openLog(t, vfs.NewMem(), 1<<20)
	one, two := appender{log: l}, appender{log: l}
	for range 3 {
		one.append(t, "One", 10)
		two.append(t, "Two", 10)
	}
	var got []string
	d := newDispatcher(l, Options{Arrivals: arrivalFunc(func(list []Arrival) {
		for _, a := range list {
			got = append(got, fmt.Sprintf("%s-%d %d %v", a.Topic, a.QueueID, a.Max, a.TagsCodes))
		}
	})})
	d.TryDrive()
	want := []string{"One-0 3 [2112 2112 2112]", "Two-0 3 [2112 2112 2112]"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Who is told of an arrival may put again and drive: the message is dispatched by the one who drives.
func TestDriveFromArrival(t *testing.T) {
	l := openLog(t, vfs.NewMem(), 1<<20)
	a := appender{log: l}
	var g gatherer
	var d *Dispatcher
	again := 3
	d = newDispatcher(l, Options{Sinks: []Sink{&g}, Arrivals: arrivalFunc(func([]Arrival) {
		if again--; again >= 0 {
			a.append(t, "T", 10)
			d.TryDrive()
		}
	})})
	a.append(t, "T", 10)
	d.TryDrive()
	if got := len(g.seen()); got != 4 {
		t.Errorf("%d records, want 4", got)
	}
}

// An error of a sink ends dispatching in front of its record, for good, and is told.
func TestSinkFails(t *testing.T) {
	l := openLog(t, vfs.NewMem(), 1<<20)
	a := appender{log: l}
	end := a.append(t, "T", 10).End
	broken := errors.New("broken")
	var g gatherer
	d := newDispatcher(l, Options{Sinks: []Sink{&g}})
	d.TryDrive()
	g.err = broken
	a.append(t, "T", 10)
	d.TryDrive()
	if !errors.Is(d.Err(), broken) || d.Offset() != end {
		t.Errorf("got %v at %d, want %v at %d", d.Err(), d.Offset(), broken, end)
	}
	if err := d.Wait(t.Context(), l.End()); !errors.Is(err, broken) {
		t.Errorf("Wait: got %v, want %v", err, broken)
	}
}

// Damage is skipped by who may block, and the records behind it arrive.
func TestDamageIsSkipped(t *testing.T) {
	mem := vfs.NewMem()
	l := openLog(t, mem, 1000)
	a := appender{log: l}
	var placed []commitlog.Placed
	for range 100 {
		placed = append(placed, a.append(t, "T", 1000))
	}
	f, err := mem.Open(fmt.Sprintf("commitlog/%020d", 0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(make([]byte, 8), placed[5].PhyOffset); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	var g gatherer
	var skipped int64
	d := newDispatcher(l, Options{Sinks: []Sink{&g}, Damaged: func(n int64) { skipped += n }})
	if err := d.Drain(nil); err != nil {
		t.Fatal(err)
	}
	if got := g.seen(); len(got) != 99 || got[5] != placed[6].PhyOffset || skipped != int64(placed[5].Size) {
		t.Errorf("%d records, %d bytes skipped; want 99, %d", len(got), skipped, placed[5].Size)
	}
}

func TestNoAllocations(t *testing.T) {
	l := openLog(t, vfs.NewMem(), 64<<20)
	a := appender{log: l}
	var told int
	d := newDispatcher(l, Options{Arrivals: arrivalFunc(func(list []Arrival) { told += len(list) })})
	for range 2000 {
		a.append(t, "T", 10)
	}
	off := d.Offset()
	limit := off
	d.opt.Limit = func() int64 { return limit }
	next := func() { limit = nextRecord(t, l, limit); d.TryDrive() }
	for range 500 {
		next()
	}
	if got := testing.AllocsPerRun(1000, next); got != 0 {
		t.Errorf("%v allocations a record, want 0", got)
	}
	if told < 1400 { // the rest were blanks
		t.Errorf("%d arrivals, want about 1500", told)
	}
}

// nextRecord returns the end of the record at off, or behind the blank there.
func nextRecord(t testing.TB, l *commitlog.Log, off int64) int64 {
	h, ok := l.Hold(off)
	if !ok {
		t.Fatalf("nothing at %d", off)
	}
	defer h.Release()
	if h.Has(off, record.MinSize) {
		if head, ok := record.ParseHead(h.Bytes(off, record.MinSize)); ok {
			return off + int64(head.Size)
		}
	}
	return l.SegmentEnd(off)
}
