package commitlog

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/gannetmq/gannet/store/record"
)

// chunk is how much of the log is read at once where it is not in memory, unless one record is larger.
const chunk = 1 << 20

// Walker goes through the log record by record. It belongs to one goroutine at a time.
type Walker struct {
	log   *Log
	off   int64
	level record.Level
	visit func(*record.View) error
	view  record.View
	buf   []byte // for what is not in memory; kept while the walk goes on there
}

// NewWalker returns a walker that will visit the record at off first. The view is valid until visit
// returns; an error of visit ends the walk in front of its record.
func (l *Log) NewWalker(off int64, level record.Level, visit func(*record.View) error) *Walker {
	return &Walker{log: l, off: off, level: level, visit: visit}
}

// Offset is where the walk goes on: a record or a segment begins there.
func (w *Walker) Offset() int64 { return w.off }

// Resume has the walk go on at off, where a record or a segment begins.
func (w *Walker) Resume(off int64) { w.off, w.buf = off, nil }

// Walk visits the records that begin in [Offset, limit) until about budget bytes are done. limit
// must be the end of a record or of the log. With noWait it returns ErrWouldBlock in front of what
// is not in memory. Errors: *ErrCorrupt, in front of what is no record (see Skip); those of visit
// and of the disk.
func (w *Walker) Walk(limit, budget int64, noWait bool) error {
	stop := min(limit, w.off+budget)
	for w.off < stop {
		h, hot := w.log.Hold(w.off)
		switch {
		case hot:
			if err := w.walkHot(h, min(limit, h.hi), stop); err != nil {
				return err
			}
			w.buf = nil
		case noWait:
			return ErrWouldBlock
		default:
			err := w.walkCold(limit, stop)
			if start := w.log.Start(); errors.Is(err, ErrOffset) && w.off < start {
				w.off = start // deleted before this came to it
			} else if err != nil {
				return err
			}
		}
	}
	return nil
}

// walkHot visits the records of h up to end.
func (w *Walker) walkHot(h Held, end, stop int64) error {
	defer h.Release()
	return h.Guard(func() error {
		_, err := w.parse(h.Bytes(w.off, end-w.off), end, stop)
		return err
	})
}

// walkCold reads a chunk and visits the records in it.
func (w *Walker) walkCold(limit, stop int64) error {
	s := w.log.find(w.off)
	if s == nil {
		return w.log.corrupt(w.off, ErrOffset)
	}
	end := min(limit, s.end())
	for need := int64(chunk); ; {
		n := min(need, end-w.off)
		if int64(cap(w.buf)) < n {
			w.buf = make([]byte, n)
		}
		if err := s.readAt(w.buf[:n], w.off); err != nil {
			return err
		}
		at := w.off
		size, err := w.parse(w.buf[:n], end, stop)
		if err != nil || w.off > at {
			return err
		}
		need = size // the first record is larger than the chunk
	}
}

// parse visits the records in b, which is the log from w.off on, up to stop; no record may go on
// behind end. It returns the size of the record that b holds only in part, if there is one, and
// has then moved to its beginning.
func (w *Walker) parse(b []byte, end, stop int64) (size int64, err error) {
	for len(b) > 0 && w.off < stop {
		kind, err := record.Parse(b, &w.view, w.level)
		if errors.Is(err, record.ErrShort) && w.off+int64(len(b)) < end &&
			int64(w.view.Size) > int64(len(b)) && int64(w.view.Size) <= end-w.off {
			return int64(w.view.Size), nil
		}
		if err != nil && len(b) < record.MinSize && w.off+int64(len(b)) < end {
			return record.MinSize, nil
		}
		if err := w.step(kind, err); err != nil {
			return 0, err
		}
		if kind == record.Blank {
			return 0, nil
		}
		b = b[w.view.Size:]
	}
	return 0, nil
}

// step judges what was parsed at w.off, visits it if it is a record, and moves on.
func (w *Walker) step(kind record.Kind, err error) error {
	l := w.log
	switch {
	case errors.Is(err, record.ErrShort):
		return l.corrupt(w.off, errCutShort)
	case err != nil:
		return l.corrupt(w.off, err)
	case kind == record.None:
		return l.corrupt(w.off, errUnwritten)
	case kind == record.Blank:
		next := l.SegmentEnd(w.off)
		if w.off+int64(w.view.Size) != next {
			return l.corrupt(w.off, errBlank)
		}
		w.off = next
		return nil
	case w.view.PhyOffset != w.off:
		return l.corrupt(w.off, errMisplaced)
	}
	if err := w.visit(&w.view); err != nil {
		return err
	}
	w.off += int64(w.view.Size)
	return nil
}

// Skip moves behind corrupt bytes to the next sound record or segment before limit, or to limit,
// and returns how many bytes it left out. It may wait for the disk.
func (w *Walker) Skip(limit int64) (skipped int64, err error) {
	next, err := w.log.nextSound(w.off, limit)
	if start := w.log.Start(); errors.Is(err, ErrOffset) && w.off < start {
		next, err = start, nil // deleted meanwhile
	}
	if err != nil {
		return 0, err
	}
	skipped = next - w.off
	w.off = next
	return skipped, nil
}

// nextSound returns where the first sound record behind the corrupt bytes at off begins; limit if
// there is none before it. What the bytes at off say of their own size is believed as far as a sound
// record follows, so that nothing inside a body is taken for a record.
func (l *Log) nextSound(off, limit int64) (int64, error) {
	from := off + 1
	if size, ok, err := l.claimedSize(off, limit); err != nil {
		return 0, err
	} else if ok {
		from = off + size
		if sound, err := l.soundAt(from, limit); err != nil || sound {
			return from, err
		}
	}
	for from < limit {
		end := min(l.SegmentEnd(from), limit)
		found, err := l.searchSound(from, end)
		if err != nil || found >= 0 {
			return found, err
		}
		from = end
		if sound, err := l.soundAt(from, limit); err != nil || sound {
			return from, err
		}
	}
	return limit, nil
}

// readWithin fills b from off on, all of which must lie in one segment, which may be gone: ErrOffset.
func (l *Log) readWithin(b []byte, off int64) error {
	s := l.find(off)
	if s == nil {
		return fmt.Errorf("%w: %d of [%d, %d)", ErrOffset, off, l.Start(), l.appended.Load())
	}
	return s.readAt(b, off)
}

// claimedSize reads the size of a record whose head is sound though the rest is not.
func (l *Log) claimedSize(off, limit int64) (size int64, ok bool, err error) {
	var b [record.MinSize]byte
	end := min(l.SegmentEnd(off), limit)
	if end-off < record.MinSize {
		return 0, false, nil
	}
	if err := l.readWithin(b[:], off); err != nil {
		return 0, false, err
	}
	h, ok := record.ParseHead(b[:])
	return int64(h.Size), ok && h.PhyOffset == off && int64(h.Size) <= end-off, nil
}

// soundAt reports whether a whole record, CRC included, begins at off.
func (l *Log) soundAt(off, limit int64) (bool, error) {
	if off >= limit {
		return false, nil
	}
	size, ok, err := l.claimedSize(off, limit)
	if err != nil || !ok {
		return false, err
	}
	b := make([]byte, size)
	if err := l.readWithin(b, off); err != nil {
		return false, err
	}
	var v record.View
	return l.check(&v, b, off, record.CheckCRC) == nil, nil
}

// recordMark is what the magic words of records have in common.
var recordMark = []byte{byte(record.MagicV1 >> 24), byte(record.MagicV1 >> 16 & 0xFF), byte(record.MagicV1 >> 8 & 0xFF)}

// markPos is where the mark stands in a record.
const markPos = 4

// searchSound looks for a sound record that begins in [from, end), which lies in one segment; -1 if
// there is none.
func (l *Log) searchSound(from, end int64) (int64, error) {
	buf := make([]byte, min(chunk, end-from))
	for off := from; end-off >= record.MinSize; {
		b := buf[:min(int64(len(buf)), end-off)]
		if err := l.readWithin(b, off); err != nil {
			return 0, err
		}
		for pos := 0; ; pos++ {
			i := bytes.Index(b[pos:], recordMark)
			if i < 0 {
				break
			}
			pos += i
			if pos < markPos {
				continue
			}
			at := off + int64(pos-markPos)
			if h, ok := record.ParseHead(b[pos-markPos:]); !ok || h.PhyOffset != at {
				continue // what a chunk holds too little of comes again in the next
			}
			if sound, err := l.soundAt(at, end); err != nil {
				return 0, err
			} else if sound {
				return at, nil
			}
		}
		if off+int64(len(b)) == end {
			break
		}
		off += int64(len(b)) - record.MinSize // a record may begin in one chunk and go on in the next
	}
	return -1, nil
}
