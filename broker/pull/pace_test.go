package pull

import (
	"testing"
	"time"
)

// What a worker rests follows from what it read, whether messages are stored, and what the reader has to gain.
func TestPause(t *testing.T) {
	const took = 3 * time.Millisecond
	for _, tt := range []struct {
		name   string
		share  int
		busy   int64 // workers of two processors
		read   int
		stored int64         // bytes since the look before
		since  time.Duration // of that look
		want   time.Duration
	}{
		{"nothing was read", 25, 2, 0, 10, 0, 0},
		{"a quarter", 25, 2, 1000, 10, 0, 9 * time.Millisecond},
		{"alone", 25, 1, 1000, 10, 0, 3 * time.Millisecond},
		{"many", 25, 8, 1000, 10, 0, 45 * time.Millisecond},
		{"alone, half", 50, 1, 1000, 10, 0, 0},
		{"alone, more", 75, 1, 1000, 10, 0, 0},
		{"a hundredth", 1, 2, 1000, 10, 0, 297 * time.Millisecond},
		{"a hundredth, many", 1, 8, 1000, 10, 0, maxRest},
		{"no limit", 100, 8, 1000, 10, 0, 0},
		{"nothing is stored", 25, 2, 1000, 0, storedLately, 0},
		{"something was, lately", 25, 2, 1000, 0, storedLately - 1, 9 * time.Millisecond},
		{"would not gain", 25, 2, 1000, 1000, 0, 0},
		{"gains", 25, 2, paceGain * 1000, 1000, 0, 9 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now, end := time.Now(), int64(1<<40)
			p := pace{share: func() int { return 100 }, processors: 2}
			p.busy.Store(tt.busy)
			p.pause(took, 1, end, now) // the first look
			p.pause(took, paceGain*10, end+10, now)
			p.share = func() int { return tt.share }
			if got := p.pause(took, tt.read, end+10+tt.stored, now.Add(tt.since)); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// What may be read without a pause is kept, up to its bound.
func TestPauseIsOwed(t *testing.T) {
	now := time.Now()
	p := pace{share: func() int { return 50 }, processors: 1}
	p.busy.Store(1)
	p.pause(1, 1, 0, now)
	p.pause(1, 1, 1<<40, now)
	read := 1
	for p.pause(1, 1<<20, 1<<40, now) == 0 {
		read += 1 << 20
	}
	if read < maxOwed-2<<20 || read > maxOwed {
		t.Errorf("%d bytes were read without a pause, want about %d", read, maxOwed)
	}
}

// The end of the handler ends a rest.
func TestRestEnds(t *testing.T) {
	quit := make(chan struct{})
	p := pace{quit: quit}
	close(quit)
	began := time.Now()
	p.rest(time.Hour)
	if took := time.Since(began); took > time.Minute {
		t.Errorf("rested %v", took)
	}
}
