package timer

import (
	"bytes"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// setBack is a broker that has delivered "before", and whose clock, now, was then set back.
func setBack(t *testing.T, by time.Duration) (b *broker, now func() time.Time) {
	t.Helper()
	back := time.Duration(0)
	o := options()
	o.Now = func() time.Time { return time.Now().Add(-back) }
	b = start(t, vfs.NewMem(), o)
	b.after("before", 2*time.Second)
	<-time.After(5 * time.Second)
	b.stop() // the clock must not be read meanwhile
	back = by
	return start(t, b.mem, o), o.Now
}

// What rolls on a machine whose clock was set back by more than a window rolls before the last delivery, and comes.
func TestRollAfterTheClockWasSetBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b, now := setBack(t, 20_000*time.Second)
		defer b.stop()
		b.send("after", record.PropTimerDeliverMS, itoa(now().Add(30_000*time.Second).UnixMilli()))
		<-time.After(29_998 * time.Second)
		if got := b.keys(); !slices.Equal(got, []string{"before"}) {
			t.Errorf("came: %v, want [before]", got)
		}
		<-time.After(5 * time.Second)
		if got := b.keys(); !slices.Equal(got, []string{"before", "after"}) {
			t.Errorf("in its time: %v, want [before after]", got)
		}
	})
}

// A store that takes nothing for most of a turn of the wheel: what is sent meanwhile for the slots of what waits still, a
// turn later, does not take their place.
func TestCatchingUpATurn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := options()
		b := start(t, vfs.NewMem(), o)
		defer b.stop()
		const ahead = 9000 * time.Second // nearer than a window
		turn := time.Duration(o.Slots) * o.Precision
		due := time.Now().Add(8 * time.Second)
		b.after("first", 4*time.Second)
		b.send("second", record.PropTimerDeliverMS, itoa(due.UnixMilli()))
		b.failing(func(*record.Message) error { return errors.New("busy") })
		<-time.After(turn - ahead)
		b.send("third", record.PropTimerDeliverMS, itoa(due.Add(turn).UnixMilli()))
		b.failing(nil)
		<-time.After(time.Minute)
		if got := b.keys(); !slices.Equal(got, []string{"first", "second"}) || b.Figures().Pending != 1 {
			t.Errorf("came: %v, %d wait, want [first second] and 1", got, b.Figures().Pending)
		}
		<-time.After(ahead)
		all := b.got("T", 3)
		if len(all) != 3 || all[2].key != "third" || all[2].at < due.Add(turn).UnixMilli() {
			t.Errorf("a turn later: %+v, want the third not before %d", all, due.Add(turn).UnixMilli())
		}
	})
}

// An error that lasts is told once, and again when it comes back.
func TestLastingErrorIsToldOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		mem := vfs.NewMem()
		b := start(t, mem, options())
		b.after("a", 10*time.Second)
		for range 300 { // the entries around them are read from the disk at different times
			b.after("late", time.Hour)
		}
		b.after("b", 60*time.Second)
		<-time.After(3 * time.Second) // entered and flushed
		b.stop()
		var said bytes.Buffer
		o := options()
		o.Log = slog.New(slog.NewTextHandler(&said, nil))
		faulty := vfs.NewFaulty(mem)
		b = open(t, faulty, o)
		defer b.stop()
		b.Start(b)
		for n, want := range [][]string{{"a"}, {"a", "b"}} {
			faulty.Inject(vfs.Rule{Op: vfs.OpRead, Name: faultyLog, Times: 40, Err: errors.New("bad sector")})
			<-time.After(time.Duration(40+50*n) * time.Second)
			if got := b.keys(); !slices.Equal(got, want) {
				t.Errorf("came: %v, want %v", got, want)
			}
			synctest.Wait()
			if got := strings.Count(said.String(), "bad sector"); got != n+1 {
				t.Errorf("told %d times, want %d:\n%s", got, n+1, said.String())
			}
		}
		if n := faulty.Count(vfs.OpRead, faultyLog); n < 80 {
			t.Errorf("%d reads of the log, want 80 that failed", n)
		}
	})
}
