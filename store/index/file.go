package index

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/gannetmq/gannet/store/vfs"
)

const (
	slotsPerPage  = 1024     // of a writer's memory
	pendingLimit  = 64 << 10 // bytes of entries that are written at once
	entriesPerGet = 512      // when all entries of a file are read
)

// finished is a file that is not written any more.
type finished struct {
	name string
	head header
	f    vfs.File // opened by the first query that looks into it
}

// writer is the newest file. Its slots live in memory from their first use on; of its entries the
// newest do. Guarded by Index.mu.
type writer struct {
	f    vfs.File
	name string
	layout
	head    header
	slots   []*slotPage // by number of the page; nil if it was not used yet
	pending []byte      // entries that are not in the file, the last ones
	first   int32       // number of the first pending entry
	fresh   bool        // the file was made by this writer: slots that are not in memory are empty
	dirty   bool        // the header on disk says less
}

type slotPage struct {
	dirty bool
	slot  [slotsPerPage]int32
}

func (w *writer) full() bool { return w.head.next >= w.entries }

// put adds a key of the message at phy. The file must not be full.
func (w *writer) put(hash int32, phy, ms int64) error {
	p, i, err := w.slot(hash % w.layout.slots)
	if err != nil {
		return err
	}
	older := p.slot[i]
	if older <= 0 || older > w.head.next {
		older = 0
	}
	e := entry{hash: hash, phy: phy, seconds: secondsSince(w.head.beginTime, ms), older: older}
	w.pending = e.append(w.pending)
	p.slot[i], p.dirty = w.head.next, true
	if w.head.next <= 1 {
		w.head.beginPhy, w.head.beginTime = phy, ms
	}
	if older == 0 {
		w.head.slotsUsed++
	}
	w.head.next++
	w.head.endPhy, w.head.endTime = phy, ms
	w.dirty = true
	if len(w.pending) >= pendingLimit {
		// On a full disk entries wait for the next one's try: the store takes hardly more messages then.
		if err := w.writePending(); !vfs.Scarce(err) {
			return err
		}
	}
	return nil
}

// slot returns the page and the place in it of a slot.
func (w *writer) slot(n int32) (*slotPage, int, error) {
	page := n / slotsPerPage
	p := w.slots[page]
	if p == nil {
		p = new(slotPage)
		if !w.fresh {
			if err := w.readSlots(page, p); err != nil {
				return nil, 0, err
			}
		}
		w.slots[page] = p
	}
	return p, int(n % slotsPerPage), nil
}

func (w *writer) readSlots(page int32, p *slotPage) error {
	count := min(slotsPerPage, w.layout.slots-page*slotsPerPage)
	var raw [slotsPerPage * slotSize]byte
	if err := readFull(w.f, raw[:count*slotSize], w.slotPos(page*slotsPerPage)); err != nil {
		return err
	}
	for i := range count {
		p.slot[i] = int32(binary.BigEndian.Uint32(raw[i*slotSize:]))
	}
	return nil
}

func readFull(r io.ReaderAt, b []byte, pos int64) error {
	n, err := r.ReadAt(b, pos)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (w *writer) writePending() error {
	if len(w.pending) == 0 {
		return nil
	}
	if err := vfs.WriteGrowing(w.f, w.pending, w.entryPos(w.first), w.layout.size()); err != nil {
		return err
	}
	w.first += int32(len(w.pending) / entrySize)
	w.pending = w.pending[:0]
	return nil
}

// flush makes everything that was put durable, and last the header that counts it.
func (w *writer) flush() error {
	if !w.dirty {
		return nil
	}
	if err := w.writePending(); err != nil {
		return err
	}
	for page, p := range w.slots {
		if err := w.writeSlots(int32(page), p); err != nil {
			return err
		}
	}
	if err := w.sync(); err != nil {
		return err
	}
	if _, err := w.f.WriteAt(w.head.append(make([]byte, 0, headerSize)), 0); err != nil {
		return err
	}
	if err := w.sync(); err != nil {
		return err
	}
	w.dirty = false
	return nil
}

// sync hides scarcity from who would try again: after a sync that is none.
func (w *writer) sync() error {
	err := w.f.Sync()
	switch {
	case err == nil:
		return nil
	case vfs.Scarce(err):
		return fmt.Errorf("%w: %v", errSync, err)
	}
	return fmt.Errorf("%w: %w", errSync, err)
}

func (w *writer) writeSlots(page int32, p *slotPage) error {
	if p == nil || !p.dirty {
		return nil
	}
	count := min(slotsPerPage, w.layout.slots-page*slotsPerPage)
	raw := make([]byte, 0, slotsPerPage*slotSize)
	for _, n := range p.slot[:count] {
		raw = binary.BigEndian.AppendUint32(raw, uint32(n))
	}
	if _, err := w.f.WriteAt(raw, w.slotPos(page*slotsPerPage)); err != nil {
		return err
	}
	p.dirty = false
	return nil
}

// newest returns the number of the newest entry in a slot.
func (w *writer) newest(slot int32) (int32, error) {
	p, i, err := w.slot(slot)
	if err != nil {
		return 0, err
	}
	return p.slot[i], nil
}

// entry reads entry n.
func (w *writer) entry(n int32) (entry, error) {
	if n >= w.first {
		at := int(n-w.first) * entrySize
		return decodeEntry(w.pending[at : at+entrySize]), nil
	}
	return readEntry(w.f, w.layout, n)
}

func readEntry(f io.ReaderAt, l layout, n int32) (entry, error) {
	var b [entrySize]byte
	if err := readFull(f, b[:], l.entryPos(n)); err != nil {
		return entry{}, err
	}
	return decodeEntry(b[:]), nil
}

// rebuildSlots fills the slots from the entries that the header counts: after a crash they may point
// to others.
func (w *writer) rebuildSlots() error {
	for page := range w.slots {
		w.slots[page] = &slotPage{dirty: true}
	}
	w.head.slotsUsed = 0
	buf := make([]byte, entriesPerGet*entrySize)
	for n := int32(1); n < w.head.next; {
		count := min(entriesPerGet, w.head.next-n)
		b := buf[:count*entrySize]
		if err := readFull(w.f, b, w.entryPos(n)); err != nil {
			return err
		}
		for ; len(b) > 0; b = b[entrySize:] {
			e := decodeEntry(b)
			if e.hash < 0 {
				return errDamaged
			}
			p, i, err := w.slot(e.hash % w.layout.slots)
			if err != nil {
				return err
			}
			if e.older != p.slot[i] {
				return errDamaged
			}
			if e.older == 0 {
				w.head.slotsUsed++
			}
			p.slot[i] = n
			n++
		}
	}
	w.dirty = true
	return nil
}

var errDamaged = errors.New("index: entries do not follow each other")
