package timer

import (
	"bytes"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/store/vfs"
)

const start = int64(1_800_000_000_000)

func small() Options {
	return Options{Precision: 1000, LogFileSize: 10*unitSize + 20, Reach: 5_000, Slots: 1 << 14, Now: start}
}

func nothing() error { return nil }

// add enters message number n, due at.
func add(t testing.TB, b *Book, at int64, n int) {
	t.Helper()
	if err := b.Add(at, Unit{Written: start, PhyOffset: int64(n) * 100, Size: 100, TopicHash: 7}); err != nil {
		t.Fatal(err)
	}
}

// entries are the positions of a moment's entries.
func entries(t testing.TB, b *Book, at int64) (all []int64) {
	t.Helper()
	c, err := b.Chain(at)
	if err != nil {
		t.Fatal(err)
	}
	for n := range c.Windows() {
		if all, err = b.Window(all, &c, n); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// numbers are the messages due at a moment.
func numbers(t testing.TB, b *Book, at int64) (all []int) {
	t.Helper()
	for _, pos := range entries(t, b, at) {
		u, err := b.Unit(pos)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, int(u.PhyOffset/100))
	}
	return all
}

func TestOrderWithinAMoment(t *testing.T) {
	b, _ := open(t, vfs.NewMem(), small())
	for n := range 50 {
		add(t, b, start+int64(n%3)*1000, n)
		if n%20 == 19 { // some from the disk, some from memory
			if err := b.Flush(nil, nothing); err != nil {
				t.Fatal(err)
			}
		}
	}
	for k := range 3 {
		var want []int
		for n := k; n < 50; n += 3 {
			want = append(want, n)
		}
		if got := numbers(t, b, start+int64(k)*1000); !slices.Equal(got, want) {
			t.Errorf("moment %d: got %v, want %v", k, got, want)
		}
	}
}

// A moment may have any number of entries: they are read window by window, while others are entered.
func TestWindows(t *testing.T) {
	const many = 2*windowSize + 5
	o := small()
	o.LogFileSize = 10_000
	b, _ := open(t, vfs.NewMem(), o)
	for n := range many {
		add(t, b, start+int64(n%2)*1000, n/2)
		add(t, b, start, n)
	}
	c, err := b.Chain(start)
	if err != nil {
		t.Fatal(err)
	}
	if c.Windows() != 4 || c.Deletes() {
		t.Errorf("%d windows, deletes %v, want 4 without", c.Windows(), c.Deletes())
	}
	var sizes, all []int
	for n := range c.Windows() {
		positions, err := b.Window(nil, &c, n)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(positions))
		for _, pos := range positions {
			all = append(all, int(pos))
		}
		add(t, b, start, many)
	}
	if want := []int{8, windowSize, windowSize, windowSize}; !slices.Equal(sizes, want) || !slices.IsSorted(all) {
		t.Errorf("windows of %v, sorted %v, want %v", sizes, slices.IsSorted(all), want)
	}
}

func TestNext(t *testing.T) {
	b, _ := open(t, vfs.NewMem(), small())
	for _, at := range []int64{5000, 64_000, 9_000_000} {
		add(t, b, start+at, 1)
	}
	for _, c := range []struct{ from, want int64 }{{0, 5000}, {5000, 5000}, {6000, 64_000}, {65_000, 9_000_000}} {
		if got, ok, err := b.Next(start + c.from); err != nil || !ok || got != start+c.want {
			t.Errorf("from %d: got %d, %v, %v, want %d", c.from, got-start, ok, err, c.want)
		}
	}
	if got, ok, err := b.Next(start + 9_001_000); err != nil || ok {
		t.Errorf("behind all: got %d, %v, %v", got, ok, err)
	}
	b.Done(start + 5000)
	if got, ok, err := b.Next(start); err != nil || !ok || got != start+64_000 {
		t.Errorf("after the first was dealt with: got %d, %v, %v", got-start, ok, err)
	}
	// What is entered then stands alone.
	add(t, b, start+5000, 9)
	if got := numbers(t, b, start+5000); !slices.Equal(got, []int{9}) {
		t.Errorf("entered again: got %v, want [9]", got)
	}
}

// A moment a turn of the wheel later does not take the place of one that is not dealt with.
func TestSlotTaken(t *testing.T) {
	mem := vfs.NewMem()
	b, _ := open(t, mem, small())
	later := start + int64(small().Slots)*1000
	add(t, b, start, 1)
	add(t, b, start, 2)
	var taken *TakenError
	if err := b.Add(later, Unit{Written: later, PhyOffset: 300, Size: 100}); !errors.As(err, &taken) || taken.Moment != start {
		t.Errorf("a turn later: got %v, want a TakenError of %d", err, start)
	}
	if err := b.Flush(&Checkpoint{ReadTime: start, QueueOffset: 2}, nothing); err != nil {
		t.Fatal(err)
	}
	again, _ := open(t, mem.CloneKilled(), small())
	for _, b := range []*Book{b, again} {
		if got := numbers(t, b, start); !slices.Equal(got, []int{1, 2}) {
			t.Errorf("the older moment has %v, want [1 2]", got)
		}
	}
	b.Done(start)
	if err := b.Add(later, Unit{Written: later, PhyOffset: 300, Size: 100}); err != nil {
		t.Errorf("when the older one is dealt with: %v", err)
	}
	if got := numbers(t, b, later); !slices.Equal(got, []int{3}) || b.Pending() != 1 {
		t.Errorf("the later moment has %v, %d pending, want [3] and 1", got, b.Pending())
	}
}

// A clock that was far ahead and is set back does not hold up what is due now; what goes is told of.
func TestSlotOfALaterMoment(t *testing.T) {
	var said bytes.Buffer
	o := small()
	o.Log, o.Count = slog.New(slog.NewTextHandler(&said, nil)), true
	b, _ := open(t, vfs.NewMem(), o)
	later := start + int64(o.Slots)*1000
	if err := b.Add(later, Unit{Written: later, PhyOffset: 100, Size: 100}); err != nil {
		t.Fatal(err)
	}
	add(t, b, start, 2)
	if got := numbers(t, b, start); !slices.Equal(got, []int{2}) || b.Num(start) != 1 || b.Num(later) != 0 {
		t.Errorf("it has %v, counts %d, and the later one %d, want [2], 1 and 0", got, b.Num(start), b.Num(later))
	}
	if !strings.Contains(said.String(), "entries of the timer log are lost") {
		t.Errorf("the log says %q", said.String())
	}
}

func TestCounts(t *testing.T) {
	o := small()
	o.Count = true
	mem := vfs.NewMem()
	b, _ := open(t, mem, o)
	add(t, b, start, 1)
	add(t, b, start, 2)
	if err := b.Add(start, Unit{Magic: Delete, Written: start, PhyOffset: 300, Size: 1}); err != nil {
		t.Fatal(err)
	}
	if got := b.Num(start); got != 3 {
		t.Errorf("two entries and one that takes back: %d, want 3", got)
	}
	if err := b.Flush(&Checkpoint{ReadTime: start, QueueOffset: 3}, nothing); err != nil {
		t.Fatal(err)
	}
	again, _ := open(t, mem.CloneKilled(), o)
	if got := again.Num(start); got != 3 {
		t.Errorf("after a start: %d, want 3", got)
	}
	b.Done(start)
	if got := b.Num(start); got != 0 {
		t.Errorf("when done: %d, want 0", got)
	}
}

func TestNothingIsMadeForNothing(t *testing.T) {
	mem := vfs.NewMem()
	b, r := open(t, mem, small())
	if r.Anew == "" || b.Pending() != 0 {
		t.Errorf("%+v, %d pending", r, b.Pending())
	}
	if err := b.Flush(nil, func() error { return errors.New("asked for messages") }); err != nil {
		t.Fatal(err)
	}
	if entries, err := mem.List("."); err != nil || len(entries) != 0 {
		t.Errorf("made: %v, %v", entries, err)
	}
}

// A flush that fails is made up for by the next one.
func TestFlushAgain(t *testing.T) {
	mem := vfs.NewMem()
	b, _ := open(t, mem, small())
	add(t, b, start, 1)
	broken := errors.New("no disk")
	c := Checkpoint{ReadTime: start - 1000, QueueOffset: 1}
	if err := b.Flush(&c, func() error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	if err := b.Flush(&c, nothing); err != nil {
		t.Fatal(err)
	}
	again, r := open(t, mem.Clone(rand.New(rand.NewPCG(1, 1)), vfs.Policy{}), small())
	if got := numbers(t, again, start); r.Anew != "" || !slices.Equal(got, []int{1}) {
		t.Errorf("after a power cut: %v, %+v", got, r)
	}
}

func TestExpire(t *testing.T) {
	mem := vfs.NewMem()
	b, _ := open(t, mem, small())
	for n := range 35 { // ten in a file
		add(t, b, start+int64(n)*1000, n)
	}
	if err := b.Flush(&Checkpoint{ReadTime: start, QueueOffset: 35}, nothing); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		minPhy int64
		want   int
	}{{900, 0}, {901, 1}, {1900, 0}, {1_000_000, 2}} {
		if got, err := b.Expire(c.minPhy); err != nil || got != c.want {
			t.Errorf("messages before %d gone: %d files deleted, %v, want %d", c.minPhy, got, err, c.want)
		}
	}
	if got := numbers(t, b, start+34_000); !slices.Equal(got, []int{34}) {
		t.Errorf("of what is left: %v, want [34]", got)
	}
	if err := b.Flush(&Checkpoint{ReadTime: start + 31_000, QueueOffset: 35}, nothing); err != nil {
		t.Fatal(err)
	}
	again, r := open(t, mem.CloneKilled(), small())
	if got := numbers(t, again, start+34_000); r.Anew != "" || !slices.Equal(got, []int{34}) {
		t.Errorf("after a start: %v, %+v", got, r)
	}
}

// With slots of another length nothing in the wheel is where it is looked for.
func TestAnotherPrecision(t *testing.T) {
	mem := vfs.NewMem()
	b, _ := open(t, mem, small())
	add(t, b, start+5000, 1)
	if err := b.Flush(&Checkpoint{ReadTime: start, QueueOffset: 1}, nothing); err != nil {
		t.Fatal(err)
	}
	for _, precision := range []int64{100, 200, 500} {
		o := small()
		o.Precision = precision
		if _, r := open(t, mem.CloneKilled(), o); r.Anew == "" || r.QueueOffset != 1 {
			t.Errorf("%d ms: %+v, want the book made anew", precision, r)
		}
	}
	if _, r := open(t, mem.CloneKilled(), small()); r.Anew != "" {
		t.Errorf("the same: made anew because %s", r.Anew)
	}
}

func TestOptionsThatCannotWork(t *testing.T) {
	for _, o := range []Options{{}, {Precision: 1000, LogFileSize: 60, Reach: 10}, {Precision: 1000, LogFileSize: 100, Reach: Slots}, {Precision: 1000, LogFileSize: 100, Reach: 10, Slots: 100}} {
		if _, _, err := Open(vfs.NewMem(), o); !errors.Is(err, ErrOptions) {
			t.Errorf("%+v: got %v, want %v", o, err, ErrOptions)
		}
	}
}
