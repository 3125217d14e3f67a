package timer

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/bits"

	"github.com/gannetmq/gannet/store/vfs"
)

const (
	pageSize  = 4096
	pageSlots = pageSize / slotSize
	keepPages = 64 // of the wheel, in memory after a flush
)

// wheel is the timer wheel. Pages that were touched are in memory until a flush.
type wheel struct {
	fsys  vfs.FS
	slots int      // a multiple of pageSlots
	f     vfs.File // nil before the first flush
	pages map[int]*page
	// pending has a bit for each slot with entries that are not delivered. It decides: the file keeps what
	// slots held, as Java's does.
	pending []uint64
	count   int // bits set
}

type page struct {
	b     [pageSize]byte
	dirty bool
}

func (w *wheel) index(t int64) int { return int(t % int64(w.slots)) }

// size is that of the file.
func (w *wheel) size() int64 { return int64(w.slots) * slotSize }

// slot returns what is pending at t; ok is false if nothing is. Then s is what another moment has pending there, if
// one has.
func (w *wheel) slot(t int64) (s slot, ok bool, err error) {
	i := w.index(t)
	if !w.isPending(i) {
		return s, false, nil
	}
	s, err = w.stored(i)
	return s, err == nil && s.time == t, err
}

func (w *wheel) isPending(i int) bool {
	return w.pending != nil && w.pending[i/64]&(1<<(i%64)) != 0
}

// stored is what slot i holds, pending or not.
func (w *wheel) stored(i int) (slot, error) {
	p, err := w.page(i / pageSlots)
	if err != nil {
		return slot{}, err
	}
	return decodeSlot(p.b[i%pageSlots*slotSize:]), nil
}

func (w *wheel) page(n int) (*page, error) {
	if p := w.pages[n]; p != nil {
		return p, nil
	}
	p := new(page)
	if w.f != nil {
		if _, err := w.f.ReadAt(p.b[:], int64(n)*pageSize); err != nil {
			return nil, fmt.Errorf("timer: reading the wheel: %w", err)
		}
	}
	if w.pages == nil {
		w.pages = make(map[int]*page)
	}
	w.pages[n] = p
	return p, nil
}

// put stores s, which is pending from now on.
func (w *wheel) put(s slot) error {
	i := w.index(s.time)
	p, err := w.page(i / pageSlots)
	if err != nil {
		return err
	}
	at := i % pageSlots * slotSize
	s.append(p.b[at:at])
	p.dirty = true
	w.mark(i)
	return nil
}

func (w *wheel) mark(i int) {
	if w.pending == nil {
		w.pending = make([]uint64, w.slots/64)
	}
	if bit := uint64(1) << (i % 64); w.pending[i/64]&bit == 0 {
		w.pending[i/64] |= bit
		w.count++
	}
}

// done takes the bit of t away.
func (w *wheel) done(t int64) {
	if i := w.index(t); w.isPending(i) {
		w.pending[i/64] &^= 1 << (i % 64)
		w.count--
	}
}

// clear forgets t, also on the disk.
func (w *wheel) clear(t int64) error {
	p, err := w.page(w.index(t) / pageSlots)
	if err != nil {
		return err
	}
	clear(p.b[w.index(t)%pageSlots*slotSize:][:slotSize])
	p.dirty = true
	w.done(t)
	return nil
}

// next returns the first moment from t on that has entries pending, at most one turn of the wheel away.
func (w *wheel) next(t int64) (at int64, ok bool, err error) {
	if w.count == 0 {
		return 0, false, nil
	}
	start := w.index(t)
	for passed := 0; passed < w.slots; {
		i := (start + passed) % w.slots
		word := w.pending[i/64] >> (i % 64)
		if word == 0 {
			passed += 64 - i%64
			continue
		}
		passed += bits.TrailingZeros64(word)
		if passed >= w.slots {
			break
		}
		s, found, err := w.slot(t + int64(passed))
		if err != nil {
			return 0, false, err
		}
		if found {
			return s.time, true, nil
		}
		passed++ // a moment before t
	}
	return 0, false, nil
}

// dirty copies the pages that are not on the disk, and takes them for clean.
func (w *wheel) dirty() map[int][]byte {
	out := make(map[int][]byte)
	for n, p := range w.pages {
		if p.dirty {
			out[n] = append([]byte(nil), p.b[:]...)
			p.dirty = false
		}
	}
	return out
}

// again takes pages for dirty that could not be written.
func (w *wheel) again(pages map[int][]byte) {
	for n := range pages {
		w.pages[n].dirty = true
	}
}

// shrink forgets clean pages if they are many.
func (w *wheel) shrink() {
	if len(w.pages) <= keepPages {
		return
	}
	for n, p := range w.pages {
		if !p.dirty {
			delete(w.pages, n)
		}
	}
}

// write writes pages and makes them durable. It touches nothing but the file.
func (w *wheel) write(pages map[int][]byte) error {
	if len(pages) == 0 {
		return nil
	}
	for n, b := range pages {
		if _, err := w.f.WriteAt(b, int64(n)*pageSize); err != nil {
			return err
		}
	}
	return w.f.Sync()
}

// open has open open the file, if there is one of the right size; lost is true if there is none.
func (w *wheel) open(open func(name string) (vfs.File, error)) (lost bool, err error) {
	e, err := w.fsys.Stat(WheelFile)
	if errors.Is(err, fs.ErrNotExist) || err == nil && e.Size != w.size() {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	w.f, err = open(WheelFile)
	return false, err
}

// scan hands every slot of the file that was ever used to use.
func (w *wheel) scan(use func(i int, s slot)) error {
	buf := make([]byte, 1<<20)
	var zero [pageSize]byte
	for at := int64(0); at < w.size(); {
		n, err := w.f.ReadAt(buf[:min(int64(len(buf)), w.size()-at)], at)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("timer: reading the wheel: %w", err)
		}
		if n == 0 {
			return fmt.Errorf("timer: reading the wheel: %w", io.ErrUnexpectedEOF)
		}
		for b := buf[:n]; len(b) >= slotSize; {
			if len(b) >= pageSize && [pageSize]byte(b) == zero {
				b = b[pageSize:]
				continue
			}
			// Whole pages are looked at, so that the next one is again at its beginning.
			part := b[:min(pageSize, len(b))]
			first := int(at) + n - len(b)
			for o := 0; o+slotSize <= len(part); o += slotSize {
				if s := decodeSlot(part[o:]); s.time > 0 {
					use((first+o)/slotSize, s)
				}
			}
			b = b[len(part):]
		}
		at += int64(n)
	}
	return nil
}

func (w *wheel) close() error {
	if w.f == nil {
		return nil
	}
	return w.f.Close()
}
