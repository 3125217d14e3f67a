package consumequeue

import (
	"encoding/binary"
	"sync"

	"github.com/gannetmq/gannet/store/record"
)

// Extension says where simple queues put what does not fit into their entries, and that they do. It is read by those who may
// wait for the disk, to leave records unread that a filter cannot want; nothing depends on it, because the record tells
// the same.
type Extension struct {
	Dir      string // consumequeue_ext
	FileSize int64  // bytes; 0 means 48 MiB. Files that are there keep theirs
	// Bits appends the bit map of a message to dst, or nothing. It must not block.
	Bits func(dst []byte, v *record.View) []byte
}

// ext is the extension of one queue. Units wait in memory until the queue is written, as entries do.
type ext struct {
	fileSize int64

	mu      sync.Mutex // guards the fields below; not held over I/O
	from    int64      // byte offset of pending
	pending []byte

	// Guarded by Set.flushMu.
	files span
}

// push adds a unit and returns its address; ok is false if it has no place.
func (e *ext) push(u *Unit) (address int64, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	at, size := e.from+int64(len(e.pending)), int64(u.size())
	if room := e.fileSize - at%e.fileSize; size > room-extSpare {
		if size > e.fileSize-extSpare {
			return 0, false
		}
		e.endFile(room)
		at += room
	}
	if size > maxExt || at > maxExtOffset-size {
		return 0, false
	}
	e.pending = u.append(e.pending)
	return addressOf(at), true
}

// endFile marks the end of a file that has room left. mu is held.
func (e *ext) endFile(room int64) {
	at := len(e.pending)
	e.pending = append(e.pending, make([]byte, room)...)
	binary.BigEndian.PutUint16(e.pending[at:], 0xffff)
}

// waiting returns what is not written yet, which stays as it is.
func (e *ext) waiting() (from int64, b []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.from, e.pending[:len(e.pending):len(e.pending)]
}

// keepExt is how much memory an extension keeps for the next units, in bytes.
const keepExt = 64 << 10

// wrote says that n bytes are in the files.
func (e *ext) wrote(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.from += int64(n)
	if rest := e.pending[n:]; cap(e.pending) > keepExt || len(rest) > 0 {
		e.pending = append([]byte(nil), rest...) // readers may have the old memory
	} else {
		e.pending = e.pending[:0]
	}
}

// restart forgets what waits and goes on at a byte offset.
func (e *ext) restart(from int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.from, e.pending = from, nil
}

// memory returns the unit at a byte offset, copied to buf, if it waits to be written.
func (e *ext) memory(off int64, buf []byte) (u Unit, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if i := off - e.from; i >= 0 && i < int64(len(e.pending)) {
		n := copy(buf, e.pending[i:])
		u, _, ok = decodeUnit(buf[:n])
	}
	return u, ok
}

// extend stores what is to be said of v in the queue's extension and returns what its entry holds in place of code. A
// message that the queue has is not stored again.
func (s *Set) extend(q *Queue, v *record.View, code int64) int64 {
	if q.ext == nil || q.has(v.PhyOffset+int64(v.Size)) {
		return code
	}
	s.bits = s.o.Ext.Bits(s.bits[:0], v)
	u := Unit{TagsCode: code, StoreTime: v.StoreTime, Bits: s.bits}
	if address, ok := q.ext.push(&u); ok {
		return address
	}
	return code
}

// has reports whether the queue has what ends at a place in the log.
func (q *Queue) has(end int64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return end <= q.maxPhy
}

// extended reports whether a new queue gets an extension. Light queues and batch queues do not in Java.
func (s *Set) extended(k *kind, topic string) bool {
	return s.o.Ext != nil && !k.batch && !record.IsLight(topic)
}
