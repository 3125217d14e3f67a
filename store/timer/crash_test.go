package timer

import (
	"flag"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store/vfs"
)

var crashSeed = flag.Uint64("crash.seed", 0, "of TestPowerCuts; 0 for another one each time")

// life is a book that is used, and what it must still know after a power cut: message n, entered in the
// order of n, is due at due[n].
type life struct {
	t        *testing.T
	rng      *rand.Rand
	mem      *vfs.Mem
	book     *Book
	due      []int64
	readTime int64 // what was due before is delivered
	anchor   int64 // a state whose flush has ended: it must not be lost
	anchored int
	synced   int // messages that the log has on disk
}

// TestPowerCuts: wherever the power goes, the book knows every message that it was told to be safe, once,
// and none that the log may not have.
func TestPowerCuts(t *testing.T) {
	seed := *crashSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", seed)
	for round := range 30 {
		rng := rand.New(rand.NewPCG(seed, uint64(round)))
		l := &life{t: t, rng: rng, mem: vfs.NewMem(), readTime: start}
		l.open()
		for range 3 {
			l.live(5 + rng.IntN(40))
			if t.Failed() {
				t.Fatalf("round %d", round)
			}
		}
		if err := l.book.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// live does steps, then cuts the power, maybe within a flush, and goes on with what is left.
func (l *life) live(steps int) {
	for range steps {
		switch l.rng.IntN(6) {
		case 0:
			l.flush(nil)
		case 1:
			l.deliver()
		default:
			for range l.rng.IntN(30) {
				n := len(l.due)
				at := l.readTime + l.rng.Int64N(200)*1000
				l.due = append(l.due, at)
				add(l.t, l.book, at, n)
			}
		}
	}
	after := l.cut()
	if err := l.book.Close(); err != nil {
		l.t.Fatal(err)
	}
	l.mem = after
	l.open()
}

// cut is the disk after a power cut, in half of the cases at some operation of a flush.
func (l *life) cut() (after *vfs.Mem) {
	policy := vfs.Policy{}
	if l.rng.IntN(3) > 0 {
		policy = vfs.Coin()
	}
	if l.rng.IntN(2) == 0 {
		return l.mem.Clone(l.rng, policy)
	}
	at := l.rng.IntN(12)
	l.flush(func() {
		if at--; at == 0 {
			after = l.mem.Clone(l.rng, policy)
		}
	})
	if after == nil {
		after = l.mem.Clone(l.rng, policy)
	}
	return after
}

// flush flushes; each operation of the disk is told to op.
func (l *life) flush(op func()) {
	if op != nil {
		l.mem.OnOp = func(vfs.Op, string) { op() }
		defer func() { l.mem.OnOp = nil }()
	}
	c := Checkpoint{ReadTime: l.readTime, QueueOffset: int64(len(l.due))}
	if err := l.book.Flush(&c, func() error { l.synced = len(l.due); return nil }); err != nil {
		l.t.Fatal(err)
	}
	if op == nil {
		l.anchor, l.anchored = l.readTime, len(l.due)
	}
}

// deliver deals with the first moment.
func (l *life) deliver() {
	moment, ok, err := l.book.Next(l.readTime)
	if err != nil || !ok {
		if err != nil {
			l.t.Fatal(err)
		}
		return
	}
	l.check(moment)
	l.book.Done(moment)
	l.readTime = moment + 1000
}

// check compares a moment's messages with what they should be.
func (l *life) check(moment int64) {
	var want []int
	for n, at := range l.due {
		if at == moment {
			want = append(want, n)
		}
	}
	if got := numbers(l.t, l.book, moment); !slices.Equal(got, want) {
		l.t.Errorf("due at %d: got %v, want %v", moment-start, got, want)
	}
}

// open opens what is there, as a start does, and compares it with what it must be.
func (l *life) open() {
	var r Recovered
	looked, saw, err := Look(l.mem, small())
	if err != nil {
		l.t.Fatal(err)
	}
	seen := looked.Pending()
	if err := looked.Close(); err != nil {
		l.t.Fatal(err)
	}
	if l.book, r, err = Open(l.mem, small()); err != nil {
		l.t.Fatal(err)
	}
	if saw != r || seen != l.book.Pending() {
		l.t.Errorf("Look saw %+v with %d moments, Open %+v with %d", saw, seen, r, l.book.Pending())
	}
	known := int(r.QueueOffset)
	if r.HasLast {
		known = max(known, int(r.Last.PhyOffset/100)+1)
	}
	if r.Anew != "" && l.anchored > 0 {
		l.t.Errorf("made anew after a flush: %s", r.Anew)
	}
	if known < l.anchored || known > l.synced || known > len(l.due) {
		l.t.Errorf("%d messages known, want %d at least and %d at most, of %d", known, l.anchored, l.synced, len(l.due))
		return
	}
	if r.Anew == "" && (r.ReadFrom < l.anchor || r.ReadFrom > max(l.readTime, l.anchor)) {
		l.t.Errorf("delivered up to %d, want from %d to %d", r.ReadFrom-start, l.anchor-start, l.readTime-start)
	}
	l.due = l.due[:known] // the others come again from the queue, as new ones
	l.synced, l.anchored, l.anchor = known, known, max(r.ReadFrom, start)
	if r.Anew != "" {
		l.anchored = 0
	}
	l.readTime = max(r.ReadFrom, start)
	seen = 0
	for moment := range moments(l.t, l.book, l.readTime) {
		l.check(moment)
		seen++
	}
	want := make(map[int64]bool)
	for _, at := range l.due {
		if at >= l.readTime {
			want[at] = true
		}
	}
	if seen != len(want) {
		l.t.Errorf("%d moments pending, want %d", seen, len(want))
	}
}
