package index

import (
	"io"
	"path"
	"slices"
)

// Find returns the log offsets, ascending, of at most limit messages of topic with key that were
// stored within [begin, end], Unix milliseconds, newest files first; times are exact to the second.
// Messages whose key has the same hash are among them. Java: IndexService.queryOffset.
func (x *Index) Find(topic, key []byte, limit int, begin, end int64) ([]int64, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		return nil, ErrClosed
	}
	q := query{limit: limit, begin: begin, end: end}
	q.hash, x.buf = keyHash(x.buf, topic, key)
	if w := x.cur; w != nil && w.head.next > 1 && q.overlaps(w.head) {
		newest, err := w.newest(q.hash % x.slots)
		if err == nil {
			err = q.follow(newest, w.head, w.entry)
		}
		if err != nil {
			return nil, err
		}
	}
	done := x.cur != nil && x.cur.head.beginTime < begin
	for i := len(x.old) - 1; i >= 0 && !done && len(q.found) < limit; i-- {
		if f := &x.old[i]; q.overlaps(f.head) {
			if err := x.search(&q, f); err != nil {
				return nil, err
			}
		}
		done = x.old[i].head.beginTime < begin
	}
	slices.Sort(q.found)
	return q.found, nil
}

// Last is the message whose keys the newest file has last: when it was stored (Unix ms) and its log offset, 0 if there is none.
// Java: IndexFile.getEndTimestamp, getEndPhyOffset.
func (x *Index) Last() (storeTime, phyOff int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.cur != nil:
		return x.cur.head.endTime, x.cur.head.endPhy
	case len(x.old) > 0:
		last := x.old[len(x.old)-1].head
		return last.endTime, last.endPhy
	}
	return 0, 0
}

// search looks into a finished file.
func (x *Index) search(q *query, file *finished) error {
	if file.f == nil {
		f, err := x.fsys.OpenRead(path.Join(x.opt.Dir, file.name))
		if err != nil {
			return err
		}
		file.f = f
	}
	newest, err := readSlot(file.f, x.layout, q.hash%x.slots)
	if err != nil {
		return err
	}
	return q.follow(newest, file.head, func(n int32) (entry, error) { return readEntry(file.f, x.layout, n) })
}

func readSlot(f io.ReaderAt, l layout, slot int32) (int32, error) {
	var b [slotSize]byte
	if err := readFull(f, b[:], l.slotPos(slot)); err != nil {
		return 0, err
	}
	return int32(b[0])<<24 | int32(b[1])<<16 | int32(b[2])<<8 | int32(b[3]), nil
}

type query struct {
	hash       int32
	limit      int
	begin, end int64
	found      []int64
}

// overlaps reports whether messages of the file may have been stored in time. Java: IndexFile.isTimeMatched.
func (q *query) overlaps(h header) bool { return q.begin <= h.endTime && h.beginTime <= q.end }

// follow gathers from the entries of a slot, the newest first. A chain that goes forward is damage
// and ends there.
func (q *query) follow(n int32, h header, read func(int32) (entry, error)) error {
	for n > 0 && n < h.next && len(q.found) < q.limit {
		e, err := read(n)
		if err != nil {
			return err
		}
		ms := h.beginTime + int64(e.seconds)*1000
		if e.hash == q.hash && q.begin <= ms && ms <= q.end {
			q.found = append(q.found, e.phy)
		}
		if e.older >= n || ms < q.begin {
			return nil
		}
		n = e.older
	}
	return nil
}
