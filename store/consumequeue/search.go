package consumequeue

import "errors"

// search returns the first entry of [lo, hi) that has the property, hi if none has. It must be one
// that, once an entry has it, all later ones have.
func (q *Queue) search(lo, hi int64, has func(Entry) (bool, error)) (int64, error) {
	for lo < hi {
		mid := lo + (hi-lo)/2
		e, err := q.entry(mid)
		if err != nil {
			return 0, err
		}
		yes, err := has(e)
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
	lo, hi := q.Min(), q.Max()
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
	at, err := q.search(lo+1, hi, there)
	if err != nil {
		return err
	}
	q.raiseMin(at)
	return nil
}

// raiseMin moves Min up to at.
func (q *Queue) raiseMin(at int64) {
	for {
		now := q.min.Load()
		if at <= now || q.min.CompareAndSwap(now, at) {
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
		at, err = q.offsetByTime(ts, b, storeTime)
		return err
	})
	return at, err
}

// whileKept calls f again as long as it meets with entries that were deleted after it began.
func (q *Queue) whileKept(f func() error) error {
	for {
		first := q.Min()
		if err := f(); !errors.Is(err, ErrGone) || q.Min() == first {
			return err
		}
	}
}

func (q *Queue) offsetByTime(ts int64, b Boundary, storeTime func(phy int64) (ms int64, ok bool)) (int64, error) {
	first, lo, hi := q.Min(), q.Min(), q.Max()
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
