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
		l := NewLines()
		group, topic := []byte("G"), []byte("T")
		told := 0
		for range 5 {
			for queue := range int32(3) {
				if _, ok := l.Due(queue, group, topic); ok {
					told++
				}
			}
		}
		if _, ok := l.Due(0, []byte("GT"), nil); ok {
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
