package dispatch

import (
	"errors"
	"slices"
	"syscall"
	"testing"

	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

func (g *gatherer) fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.err = err
}

// What passes does not end dispatching: it is told to who waits, and the record comes again when somebody asks.
func TestScarcityHoldsUp(t *testing.T) {
	for _, scarce := range []error{vfs.ErrNoSpace, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM} {
		l := openLog(t, vfs.NewMem(), 1<<20)
		a := appender{log: l}
		var want []int64
		for range 3 {
			want = append(want, a.append(t, "T", 10).PhyOffset)
		}
		var g gatherer
		d := newDispatcher(l, Options{Sinks: []Sink{&g}})
		d.Start()
		g.fail(scarce)
		for range 2 {
			if err := d.Wait(t.Context(), l.End()); !errors.Is(err, scarce) || !errors.Is(d.Held(), scarce) || d.Err() != nil {
				t.Errorf("Wait: got %v, held up by %v, ended by %v; want %v", err, d.Held(), d.Err(), scarce)
			}
		}
		g.fail(nil)
		if err := d.Wait(t.Context(), l.End()); err != nil || !slices.Equal(g.seen(), want) {
			t.Errorf("then: %v, records at %v, want %v", err, g.seen(), want)
		}
		d.Stop()
		if d.Held() != nil {
			t.Errorf("still held up by %v", d.Held())
		}
	}
}

// Drain is for a start, which must not wait for what may never pass.
func TestDrainEndsWhenHeldUp(t *testing.T) {
	l := openLog(t, vfs.NewMem(), 1<<20)
	a := appender{log: l}
	a.append(t, "T", 10)
	g := gatherer{err: syscall.EMFILE}
	if err := newDispatcher(l, Options{Sinks: []Sink{&g}}).Drain(nil); !errors.Is(err, syscall.EMFILE) {
		t.Errorf("got %v, want %v", err, syscall.EMFILE)
	}
}

type panicking struct{}

func (panicking) Dispatch(*record.View) error { panic("planted") }
func (panicking) Arrived([]Arrival)           { panic("planted") }

// After a panic dispatching has ended, for who drives and for who waits, and nothing of the log is held.
func TestPanicEndsDispatching(t *testing.T) {
	for what, o := range map[string]Options{"sink": {Sinks: []Sink{panicking{}}}, "arrivals": {Arrivals: panicking{}}} {
		l := openLog(t, vfs.NewMem(), 1<<20) // its Close reports what is held
		a := appender{log: l}
		a.append(t, "T", 10)
		d := newDispatcher(l, o)
		d.Start()
		d.TryDrive()
		a.append(t, "T", 10)
		d.TryDrive()
		if err := d.Wait(t.Context(), l.End()); !errors.Is(err, ErrPanic) {
			t.Errorf("%s: got %v, want %v", what, err, ErrPanic)
		}
		d.Stop()
	}
}
