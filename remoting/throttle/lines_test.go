package throttle

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// Each thing is told of once, whatever is said of others; and all together are bounded.
func TestLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		group, topic, other := []byte("G"), []byte("T"), []byte("GT")
		l := apart([][]byte{group, topic}, [][]byte{other, nil})
		told := 0
		for range 5 {
			for queue := range int32(3) {
				if _, ok := l.Due(queue, group, topic); ok {
					told++
				}
			}
		}
		if _, ok := l.Due(0, other, nil); ok {
			told++
		}
		if told != 4 {
			t.Errorf("%d lines of four things, want one each", told)
		}
		for i := range 100_000 {
			if _, ok := l.Due(0, fmt.Append(nil, i)); ok {
				told++
			}
		}
		if told != MostLines {
			t.Errorf("%d lines of very many things, want %d", told, MostLines)
		}
		<-time.After(Quiet)
		if left, ok := l.Due(1, group, topic); !ok || left == 0 {
			t.Errorf("later: due %t, %d left out, want it with some", ok, left)
		}
		if n := testing.AllocsPerRun(100, func() { l.Due(7, group, topic) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
}

// apart makes Lines in which queues 0 to 2 and the other thing have a line each, which they nearly always have.
func apart(queue, other [][]byte) *Lines {
	for {
		l := NewLines()
		lines := map[*Line]bool{l.line(0, other): true}
		for n := range int32(3) {
			lines[l.line(n, queue)] = true
		}
		if len(lines) == 4 {
			return l
		}
	}
}

// A thing of which more than one line is wanted has them, and what was left out of it is told by the next that is written.
func TestLinesOfOneThing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLines()
		l.Most = 3
		name := []byte("T")
		ask := func(times, want int) {
			t.Helper()
			told := 0
			for range times {
				if _, ok := l.Due(0, name); ok {
					told++
				}
			}
			if told != want {
				t.Errorf("%d lines of %d, want %d", told, times, want)
			}
		}
		ask(5, 3)
		<-time.After(Quiet)
		for l.all.told.Load() < MostLines || l.all.left.Load() == 0 {
			l.all.Due() // others have taken all the room
		}
		ask(4, 0)
		<-time.After(Quiet)
		if left, ok := l.Due(0, name); !ok || left < 2+4 {
			t.Errorf("due %t with %d left out, want it with the 2 and 4 at least", ok, left)
		}
	})
}
