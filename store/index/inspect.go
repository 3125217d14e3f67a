package index

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// What a tool needs that reads files of an index nobody has open.

// ErrFile: a file of the index is not what was written there.
var ErrFile = errors.New("index: damaged file")

// KeyHash is what an entry tells of the key of a message. Java: IndexFile.indexKeyHashMethod.
func KeyHash(topic, key []byte) int32 {
	hash, _ := keyHash(nil, topic, key)
	return hash
}

// FileName reports whether a file's name is that of a file of an index.
func FileName(name string) bool {
	for _, c := range []byte(name) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(name) == fileNameDigits
}

// FileSize is the size of each file, in bytes; entries include the unused first one.
func FileSize(slots, entries int) int64 { return layout{int32(slots), int32(entries)}.size() }

// Reader goes through the entries of a file in the order in which they were put, and checks that each
// slot leads to all of its entries. It reads in blocks and keeps the slots in memory.
type Reader struct {
	f io.ReaderAt
	layout
	head  header
	next  int32
	slots []int32 // newest entry so far
	block []byte
}

// Key is one entry.
type Key struct {
	Number    int32 // from 1
	Hash      int32
	PhyOffset int64 // of the message
}

// NewReader reads the header. Error: ErrFile, those of the disk.
func NewReader(f io.ReaderAt, slots, entries int) (*Reader, error) {
	r := &Reader{f: f, layout: layout{int32(slots), int32(entries)}, next: 1}
	var b [headerSize]byte
	if err := readFull(f, b[:], 0); err != nil {
		return nil, err
	}
	r.head = decodeHeader(b[:])
	h := &r.head
	if h.next > r.entries || h.slotsUsed < 0 || h.slotsUsed > r.layout.slots || h.beginPhy > h.endPhy {
		return nil, fmt.Errorf("%w: the header counts %d entries of %d and %d slots of %d, from log offset %d to %d",
			ErrFile, h.next, r.entries, h.slotsUsed, r.layout.slots, h.beginPhy, h.endPhy)
	}
	r.slots = make([]int32, slots)
	return r, nil
}

// EndTime is the store time of the last key, Unix milliseconds.
func (r *Reader) EndTime() int64 { return r.head.endTime }

// Len is how many entries the header counts.
func (r *Reader) Len() int64 { return int64(r.head.next) - 1 }

// Pos is where entry n lies in the file.
func (r *Reader) Pos(n int32) int64 { return r.entryPos(n) }

// Next returns the next entry; ok is false behind the last one. Error: ErrFile, those of the disk.
func (r *Reader) Next() (k Key, ok bool, err error) {
	if r.next >= r.head.next {
		return k, false, nil
	}
	if len(r.block) == 0 {
		count := min(entriesPerGet, r.head.next-r.next)
		r.block = make([]byte, count*entrySize)
		if err := readFull(r.f, r.block, r.entryPos(r.next)); err != nil {
			return k, false, err
		}
	}
	e := decodeEntry(r.block)
	r.block = r.block[entrySize:]
	if e.hash < 0 {
		return k, false, fmt.Errorf("%w: entry %d has the hash %d", ErrFile, r.next, e.hash)
	}
	slot := e.hash % r.layout.slots
	if e.older != r.slots[slot] {
		return k, false, fmt.Errorf("%w: entry %d of slot %d leads to entry %d, the one before it is %d",
			ErrFile, r.next, slot, e.older, r.slots[slot])
	}
	r.slots[slot] = r.next
	k = Key{Number: r.next, Hash: e.hash, PhyOffset: e.phy}
	r.next++
	return k, true, nil
}

// CheckSlots compares the slots with the entries, all of which were read. Error: ErrFile, those of
// the disk.
func (r *Reader) CheckSlots() error {
	const perGet = slotsPerPage
	var b [perGet * slotSize]byte
	for slot := int32(0); slot < r.layout.slots; {
		n := min(perGet, r.layout.slots-slot)
		if err := readFull(r.f, b[:n*slotSize], r.slotPos(slot)); err != nil {
			return err
		}
		for i := range n {
			got := int32(binary.BigEndian.Uint32(b[i*slotSize:]))
			if want := r.slots[slot]; got != want {
				return fmt.Errorf("%w: slot %d leads to entry %d, its newest is %d", ErrFile, slot, got, want)
			}
			slot++
		}
	}
	return nil
}
