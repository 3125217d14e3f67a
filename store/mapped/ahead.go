package mapped

import "time"

const (
	aheadTime = 100 * time.Millisecond // of appends at their present rate are prefaulted
	aheadMin  = 1 << 20                // so that an idle log takes next to no memory
	aheadMax  = 32 << 20               // dirty pages that nothing was written to are not free

	windowSmall = 16 << 20 // blocks are reserved in such steps, on the disk they cost nothing yet
	windowLarge = 64 << 20 // from half of aheadMax on

	largeFrom = 4 << 20 // ahead: then a flush each half second writes ten large pages and more
)

// Ahead decides how far in front of the append offset a log makes its segments ready, by how fast
// it grows. It belongs to the one goroutine that does so, and knows neither clock nor disk.
type Ahead struct {
	off  int64
	when time.Time
}

// Plan is what is to be ready, in log offsets.
type Plan struct {
	Reserve  int64 // reserve up to here
	Prefault int64 // prefault up to here
	Wake     int64 // ask again when appends pass this
	Large    bool  // prefault in large pages: the log grows fast enough for them
}

// Next returns the plan for a log whose next append goes to off at the time now.
func (a *Ahead) Next(off int64, now time.Time) Plan {
	dist := int64(aheadMin)
	if elapsed := now.Sub(a.when); !a.when.IsZero() {
		grown := float64(off-a.off) * float64(aheadTime) / float64(max(elapsed, 1))
		dist = int64(min(max(grown, aheadMin), aheadMax))
	}
	a.off, a.when = off, now
	window, unit, large := int64(windowSmall), int64(aheadMin), dist >= largeFrom
	if dist >= aheadMax/2 {
		window = windowLarge
	}
	if large {
		unit = prefaultStep
	}
	to := roundUp(off+dist, unit)
	return Plan{Reserve: roundUp(to, window), Prefault: to, Wake: to - dist/2, Large: large}
}

func roundUp(n, unit int64) int64 { return (n + unit - 1) / unit * unit }
