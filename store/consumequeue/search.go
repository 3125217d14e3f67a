package consumequeue

import (
	"errors"
	"sync/atomic"
)

// searchEntry returns the first entry of [lo, hi) that has the property, hi if none has. It must be one
// that, once an entry has it, all later ones have.
func (q *Queue) searchEntry(lo, hi int64, has func(Entry) (bool, error)) (int64, error) {
	return q.search(lo, hi, func(i int64) (bool, error) {
		e, err := q.entry(i)
		if err != nil {
			return false, err
		}
		return has(e)
	})
}

// search is searchEntry for a property of numbers.
func (q *Queue) search(lo, hi int64, has func(i int64) (bool, error)) (int64, error) {
	for lo < hi {
		mid := lo + (hi-lo)/2
		yes, err := has(mid)
		if err != nil {
			return 0, err
		}
		if yes {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo, nil
}

// CorrectMin moves Min to the first message that begins at or behind minPhy, where the log begins
// now (Java: correctMinOffset). It never moves back. A queue all of whose messages are gone keeps
// its position: Min is then Max.
func (q *Queue) CorrectMin(minPhy int64) error {
	lo, hi := q.first(), q.end()
	if lo == hi {
		return nil
	}
	// Fillers at the start of a queue lie at 0 whatever the log begins with.
	there := func(e Entry) (bool, error) { return e.PhyOffset >= minPhy && !e.blank(), nil }
	first, err := q.entry(lo)
	if err != nil {
		return err
	}
	if ok, _ := there(first); ok {
		return nil
	}
	at, err := q.searchEntry(lo+1, hi, there)
	if err != nil {
		return err
	}
	return q.raiseMin(at)
}

// raiseMin moves the first entry that can be read up to at.
func (q *Queue) raiseMin(at int64) error {
	base, err := q.offsetOf(at)
	if err != nil {
		return err
	}
	raise(&q.min, at)
	raise(&q.base, base)
	return nil
}

func raise(p *atomic.Int64, to int64) {
	for {
		now := p.Load()
		if to <= now || p.CompareAndSwap(now, to) {
			return
		}
	}
}

// CorrectMin does so for each queue. One that cannot be read keeps its Min; the errors are joined.
func (s *Set) CorrectMin(minPhy int64) error {
	var errs []error
	for q := range s.All() {
		errs = append(errs, q.CorrectMin(minPhy))
	}
	return errors.Join(errs...)
}

// Boundary says which message OffsetByTime means.
type Boundary uint8

const (
	// Lower is the first message stored at the time or later; the end of the queue if there is none.
	Lower Boundary = iota
	// Upper is the last message stored at the time or earlier; the first one if there is none.
	Upper
)

// OffsetByTime returns the queue offset of the message that was stored at ts, in Unix milliseconds,
// or next to it (Java: getOffsetInQueueByTime). storeTime gives the store time of the message at an
// offset of the log; ok is false if the message is gone, which makes the answer Min, as in Java.
func (q *Queue) OffsetByTime(ts int64, b Boundary, storeTime func(phy int64) (ms int64, ok bool)) (at int64, err error) {
	err = q.whileKept(func() error {
		if at, err = q.searchTime(ts, b, storeTime); err == nil {
			at, err = q.offsetOf(at)
		}
		return err
	})
	return at, err
}

// whileKept calls f again as long as it meets with entries that were deleted after it began.
func (q *Queue) whileKept(f func() error) error {
	for {
		first := q.first()
		if err := f(); !errors.Is(err, ErrGone) || q.first() == first {
			return err
		}
	}
}

// searchTime returns the number of that message's entry. In batch queues, as in Java, the last one stands
// for all times behind it.
func (q *Queue) searchTime(ts int64, b Boundary, storeTime func(phy int64) (ms int64, ok bool)) (int64, error) {
	first, lo, hi := q.first(), q.first(), q.end()
	if q.kind.batch && b == Lower {
		hi = max(lo, hi-1)
	}
	for lo < hi {
		mid := lo + (hi-lo)/2
		at, e, err := q.message(mid, hi)
		if err != nil {
			return 0, err
		}
		if at == hi {
			hi = mid
			continue
		}
		t, ok := storeTime(e.PhyOffset)
		if !ok {
			return first, nil
		}
		if t > ts || t == ts && b == Lower {
			hi = mid
		} else {
			lo = at + 1
		}
	}
	if b == Upper {
		return max(first, lo-1), nil
	}
	return lo, nil
}

// message returns the first message of [i, end) and where it is; end if there are only fillers.
func (q *Queue) message(i, end int64) (int64, Entry, error) {
	for ; i < end; i++ {
		e, err := q.entry(i)
		if err != nil {
			return 0, e, err
		}
		if !e.Filler() {
			return i, e, nil
		}
	}
	return end, Entry{}, nil
}
