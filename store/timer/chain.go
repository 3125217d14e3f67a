package timer

import (
	"errors"
	"fmt"
)

// windowSize is how many entries of a slot are looked at together: a slot may have any number.
const windowSize = 1 << 14

// Chain is the entries of one moment as they were when Chain was called, cut into windows. It is for the
// goroutine that calls Add.
type Chain struct {
	moment  int64
	last    int64   // position of the newest entry, none without any
	tops    []int64 // position of each window's newest entry, the newest window first
	deletes bool
}

// Deletes reports whether entries take others back.
func (c *Chain) Deletes() bool { return c.deletes }

// Windows is how many windows there are.
func (c *Chain) Windows() int { return len(c.tops) }

// Chain returns the entries of a moment. They are chained from the newest to the oldest, so that all are read for it.
func (b *Book) Chain(moment int64) (c Chain, err error) {
	c = Chain{moment: moment, last: none}
	b.mu.Lock()
	s, ok, err := b.wheel.slot(moment / b.opt.Precision)
	b.mu.Unlock()
	if err != nil || !ok {
		return c, err
	}
	c.last = s.last
	n := 0
	err = b.Each(&c, func(pos int64, u *Unit) error {
		if n%windowSize == 0 {
			c.tops = append(c.tops, pos)
		}
		n++
		c.deletes = c.deletes || u.Magic&Delete != 0
		return nil
	})
	return c, err
}

// Each hands the entries to use, the newest first, until it returns an error. A chain that does not hold
// together ends there, and the log says so.
func (b *Book) Each(c *Chain, use func(pos int64, u *Unit) error) error {
	return b.walk(c.last, c.moment, use)
}

// Window appends the positions of the window's entries to dst, in the order in which they were entered. Window 0 is
// the oldest.
func (b *Book) Window(dst []int64, c *Chain, window int) ([]int64, error) {
	n := len(c.tops) - 1 - window
	end := int64(none)
	if n+1 < len(c.tops) {
		end = c.tops[n+1]
	}
	begin := len(dst)
	err := b.walk(c.tops[n], c.moment, func(pos int64, _ *Unit) error {
		if pos <= end {
			return errEnd
		}
		dst = append(dst, pos)
		return nil
	})
	if err != nil && !errors.Is(err, errEnd) {
		return dst[:begin], err
	}
	for i, j := begin, len(dst)-1; i < j; i, j = i+1, j-1 {
		dst[i], dst[j] = dst[j], dst[i]
	}
	return dst, nil
}

// errEnd ends a walk.
var errEnd = errors.New("timer: end of the window")

// walk follows a moment's chain from the entry at pos. One that does not hold together ends there, and the log says so.
func (b *Book) walk(pos, moment int64, use func(pos int64, u *Unit) error) error {
	broken, err := b.follow(pos, moment, use)
	if broken != nil {
		b.opt.Log.Error("entries of the timer log are lost", "moment", moment, "error", broken)
	}
	return err
}

// follow is walk, and says where the chain is broken.
func (b *Book) follow(pos, moment int64, use func(pos int64, u *Unit) error) (broken, err error) {
	for pos != none {
		u, err := b.Unit(pos)
		switch {
		case errors.Is(err, errNoUnit):
			return err, nil
		case err != nil:
			return nil, err
		case u.Time()/b.opt.Precision != moment/b.opt.Precision || u.Prev >= pos:
			return fmt.Errorf("%w of this moment at %d", errNoUnit, pos), nil
		}
		if err := use(pos, &u); err != nil {
			return nil, err
		}
		pos = u.Prev
	}
	return nil, nil
}
