package store

import (
	"testing"
	"time"
)

// Memory is given back at once the first time, then once a minute at most.
func TestMemoryIsGivenBackSeldom(t *testing.T) {
	var g gaveBack
	now := time.Now()
	if !g.due(now) {
		t.Error("never given back: not due")
	}
	g.at = now
	for after, want := range map[time.Duration]bool{0: false, giveBackGap - 1: false, giveBackGap: true, time.Hour: true} {
		if got := g.due(now.Add(after)); got != want {
			t.Errorf("%v after: due %t, want %t", after, got, want)
		}
	}
}
