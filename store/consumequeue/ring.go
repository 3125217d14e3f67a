package consumequeue

// ring holds the newest units of a queue, encoded as they go into the file, so that a run of them
// is written without copying. Unit i lies in slot i modulo the number of slots. A ring without slots is
// empty; it grows and is let go as a whole.
type ring struct {
	unit  int64  // bytes of a unit
	slots []byte // a power of two of units, or none
	lo    int64  // number of the oldest unit
	hi    int64  // and of the next one
}

const minSlots = 16

func (r *ring) cap() int64 { return int64(len(r.slots)) / r.unit }

func (r *ring) slot(i int64) []byte {
	at := (i & (r.cap() - 1)) * r.unit
	return r.slots[at : at+r.unit : at+r.unit]
}

// push appends an entry and returns its slot, for what a batch has behind it. keep is the oldest unit
// that must stay; older ones make room before the ring grows.
func (r *ring) push(e Entry, keep int64) []byte {
	if r.hi-r.lo == r.cap() {
		if r.lo < keep {
			r.lo++
		} else {
			r.resize(max(minSlots, 2*r.cap()))
		}
	}
	slot := r.slot(r.hi)
	e.put(slot)
	r.hi++
	return slot
}

// resize moves the newest n entries, or all if there are fewer, into n slots. The old memory is left
// as it is: a write may be reading it.
func (r *ring) resize(n int64) {
	next := ring{unit: r.unit, slots: make([]byte, n*r.unit), lo: max(r.lo, r.hi-n), hi: r.hi}
	for i := next.lo; i < next.hi; i++ {
		copy(next.slot(i), r.slot(i))
	}
	*r = next
}

// restart empties the ring and lets it go on at i.
func (r *ring) restart(i int64) { *r = ring{unit: r.unit, lo: i, hi: i} }

// entries copies entries from i on to dst and returns how many; i must lie in [lo, hi].
func (r *ring) entries(i int64, dst []Entry) int {
	n := min(int64(len(dst)), r.hi-i)
	for k := range n {
		dst[k] = decodeEntry(r.slot(i + k))
	}
	return int(n)
}

// runs returns the bytes of the entries [from, to), in one piece or two.
func (r *ring) runs(from, to int64) (a, b []byte) {
	if from == to {
		return nil, nil
	}
	mask := r.cap() - 1
	first, last := (from&mask)*r.unit, ((to-1)&mask+1)*r.unit
	if first < last {
		return r.slots[first:last], nil
	}
	return r.slots[first:], r.slots[:last]
}
