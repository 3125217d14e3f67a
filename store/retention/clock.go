package retention

import "time"

const (
	leap = 10 * time.Minute // that the wall clock gains between two looks is no drift
	calm = time.Hour        // without a leap, until ages are believed again
)

// Clock finds out when the wall clock was set ahead: every file is then older than it was a moment
// ago, and a wrong date must not cost messages. The zero Clock believes what it sees first.
type Clock struct {
	wall    time.Time
	up      time.Duration
	begun   bool
	doubted bool
	until   time.Duration // of up, while doubted
	gained  time.Duration // by the leaps that are doubted
}

// Trust reports whether ages by the clock may be believed. up is the time since some moment by a
// clock that nobody sets. After a leap ahead ages are not believed for an hour, or until the clock is
// set back by as much.
func (c *Clock) Trust(wall time.Time, up time.Duration) bool {
	wall = wall.Round(0) // without the reading that nobody sets, which Sub would prefer
	gain := time.Duration(0)
	if c.begun {
		gain = wall.Sub(c.wall) - (up - c.up)
	}
	c.wall, c.up, c.begun = wall, up, true
	switch {
	case gain > leap:
		c.gained += gain
		c.doubted, c.until = true, up+calm
	case gain < -leap && c.doubted:
		c.gained += gain
	}
	if c.doubted && (up >= c.until || c.gained <= leap) {
		c.doubted, c.gained = false, 0
	}
	return !c.doubted
}
