package store

import (
	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/consumequeue"
	"github.com/gannetmq/gannet/store/prefetch"
	"github.com/gannetmq/gannet/store/record"
)

// Read is what a Get or a Look returned. It holds references into the log until Release; the zero
// value is ready, and reusing one allocates nothing. Not for several goroutines at once.
type Read struct {
	Next int64 // queue offset to ask for next
	Min  int64 // of the queue
	Max  int64
	// Behind suggests a slave: the messages lie further back than this machine's memory reaches.
	Behind bool
	// Messages tells of each record, in order; Count is how many messages are in them, of which an inner batch has
	// more than one.
	Messages []Message
	Count    int
	// Disk is how many bytes of messages were read from the disk, those included that the filter did not want; Cold is how many of
	// them are of cold messages.
	Disk, Cold int

	store   *Store
	pieces  []piece
	held    []commitlog.Held
	buf     []byte // what was not in memory
	size    int
	entries [entryBatch]consumequeue.Entry
	view    record.View // for the filter, and of a Reread
	topic   []byte      // of a Reread
	unit    []byte      // of a queue's extension; nil until one is read
}

// entryBatch is how many queue entries are looked at between two looks at the queue.
const entryBatch = 64

// piece says where one record's bytes are.
type piece struct {
	held int   // index of the reference through which they are seen; -1: in buf
	at   int64 // log offset, or position in buf
	size int
}

// Len is the size of all records together, in bytes.
func (r *Read) Len() int { return r.size }

// AppendTo appends all records, one behind the other, as a pull answer carries them: Len bytes.
// Should the memory of the log fail meanwhile, zeros stand for what could not be read, and the
// store turns read-only.
func (r *Read) AppendTo(dst []byte) []byte { return r.appendPieces(dst, r.pieces) }

// AppendRecord appends message i of Messages.
func (r *Read) AppendRecord(dst []byte, i int) []byte { return r.appendPieces(dst, r.pieces[i:i+1]) }

// appendPieces copies those that one reference covers without anything between, so that the processor
// fetches the next while it waits for the one before.
func (r *Read) appendPieces(dst []byte, pieces []piece) []byte {
	for len(pieces) > 0 {
		held, n := pieces[0].held, 1
		for n < len(pieces) && pieces[n].held == held {
			n++
		}
		if held < 0 {
			for _, p := range pieces[:n] {
				dst = append(dst, r.buf[p.at:p.at+int64(p.size)]...)
			}
		} else {
			dst = appendHeld(dst, r.held[held], pieces[:n])
		}
		pieces = pieces[n:]
	}
	return dst
}

func appendHeld(dst []byte, h commitlog.Held, pieces []piece) []byte {
	before, total := len(dst), 0
	for _, p := range pieces {
		total += p.size
	}
	err := h.Guard(func() error {
		for _, p := range pieces {
			dst = append(dst, h.Bytes(p.at, int64(p.size))...)
		}
		return nil
	})
	if err != nil {
		dst = append(dst[:before], make([]byte, total)...)
	}
	return dst
}

// Release gives the references back and empties r. It may be called again.
func (r *Read) Release() {
	for i := range r.held {
		r.held[i].Release()
	}
	clear(r.held)
	r.held, r.pieces, r.Messages, r.buf = r.held[:0], r.pieces[:0], r.Messages[:0], r.buf[:0]
	if cap(r.buf) > keepBuf {
		r.buf = nil
	}
	r.Next, r.Min, r.Max, r.Behind, r.size, r.Count, r.Disk, r.Cold = 0, 0, 0, false, 0, 0, 0, 0
}

// keepBuf is how much memory a Read keeps for the next use, in bytes.
const keepBuf = 1 << 20

// hold returns a reference that covers the record, an old one if it does; ok is false if it is not in memory.
func (r *Read) hold(phyOff int64, size int) (int, bool) {
	if n := len(r.held); n > 0 && r.held[n-1].Has(phyOff, int64(size)) {
		return n - 1, true
	}
	h, ok := r.store.log.Hold(phyOff)
	if !ok {
		return 0, false
	}
	if !h.Has(phyOff, int64(size)) {
		h.Release()
		return 0, false
	}
	r.held = append(r.held, h)
	return len(r.held) - 1, true
}

// warm has the processor fetch what will be looked at of records one by one, all at the same time: it would wait
// for each of them else. That is the heads, and for a filter the properties of those whose entries it lets
// pass. It is worth that alone, and does nothing where it is not simple.
func (r *Read) warm(entries []consumequeue.Entry, f Filter) {
	i, ok := r.hold(entries[0].PhyOffset, int(entries[0].Size))
	if !ok {
		return
	}
	h := r.held[i]
	for k := range entries {
		e := &entries[k]
		if e.Size < record.MinSize || !h.Has(e.PhyOffset, int64(e.Size)) || f != nil && !e.Extended() && !f.Match(e.TagsCode) {
			continue
		}
		b := h.Bytes(e.PhyOffset, int64(e.Size))
		prefetch.Bytes(b[:record.MinSize])
		if f != nil {
			prefetch.Bytes(b[max(record.MinSize, len(b)-warmTail):])
		}
	}
}

// warmAhead is how many records ahead of the one that is looked at others are warmed: a memory access takes less than looking at
// so many, and the processor waits where it is asked for too many lines at once.
const warmAhead = 6

// warmTail is where a message's properties are, nearly always, in bytes before its end.
const warmTail = 256

// load finds the record in memory, or reads it unless noWait. The piece is not part of r yet.
func (r *Read) load(phyOff int64, size int, noWait bool) (piece, error) {
	if i, ok := r.hold(phyOff, size); ok {
		return piece{held: i, at: phyOff, size: size}, nil
	}
	if noWait {
		return piece{}, ErrWouldBlock
	}
	at := len(r.buf)
	r.buf = grow(r.buf, size)
	if err := r.store.log.ReadAt(r.buf[at:], phyOff); err != nil {
		r.buf = r.buf[:at]
		return piece{}, err
	}
	r.Disk += size
	if r.store.log.End()-phyOff > r.store.coldReach {
		r.Cold += size
	}
	return piece{held: -1, at: int64(at), size: size}, nil
}

func grow(b []byte, n int) []byte {
	if cap(b)-len(b) < n {
		b = append(make([]byte, 0, max(2*cap(b), len(b)+n)), b...)
	}
	return b[:len(b)+n]
}

// drop forgets a piece that load returned last and that is not wanted.
func (r *Read) drop(p piece) {
	if p.held < 0 {
		r.buf = r.buf[:p.at]
	}
}

// look runs f on the bytes of p.
func (r *Read) look(p piece, f func(b []byte) error) error {
	if p.held < 0 {
		return f(r.buf[p.at : p.at+int64(p.size)])
	}
	h := r.held[p.held]
	return h.Guard(func() error { return f(h.Bytes(p.at, int64(p.size))) })
}

// add takes a record with n messages.
func (r *Read) add(p piece, m Message, n int) {
	r.pieces = append(r.pieces, p)
	r.Messages = append(r.Messages, m)
	r.size += p.size
	r.Count += n
}
