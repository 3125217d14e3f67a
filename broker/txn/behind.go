package txn

import "math"

// behind is how far halves may lie that were put behind the others. The note about one may name the place where it was first, over
// which the offset of the halves has stepped: it is needed until a round has come to all later places. A younger half in front of
// those may end many rounds before. The offsets are those of the queues; the goroutine of the rounds owns them.
type behind struct {
	end   int64 // of the places
	until int64 // what end was at the last turn
	notes int64 // where the notes ended at the last turn
	done  int64 // in front of it no note is needed for the sake of such a half
}

// open has every half of a directory be one that was put behind the others.
func (b *behind) open(end int64) { b.end, b.until = end, end }

// put is told of a place.
func (b *behind) put(off int64) { b.end = off + 1 }

// limit is the first note that must stay when the offset of the halves is at next.
func (b *behind) limit(next int64) int64 {
	if next < b.end {
		return b.done
	}
	return math.MaxInt64
}

// turn begins another generation of decisions when the rounds, which are at a half, have passed all places of those that were decided
// in the one before the last.
func (t *Transactions) turn(at int64) {
	b := &t.behind
	if at < b.until {
		return
	}
	t.notes.turn()
	b.done, b.until, b.notes = b.notes, b.end, t.store.MaxOffset(opTopic, halfQueue)
}
