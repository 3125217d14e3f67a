// Package index finds messages by key: Java's IndexFile, a hash table on disk of fixed size, written
// in our own way.
//
// The newest file's slots are kept in memory while it is written, its entries are written in batches;
// a Flush makes both durable before the header that counts them, so that a file is never believed
// further than its header says. What was not flushed is indexed again from the log.
package index

import (
	"encoding/binary"
	"math"

	"github.com/gannetmq/gannet/compat/jvalue"
)

// A file (Java: IndexFile, IndexHeader), big endian, is named by the local time of its creation,
// yyyyMMddHHmmssSSS, or one more than the file before it.
//
//	 0          8        16             24           32             36           40
//	+----------+--------+--------------+------------+--------------+------------+
//	|beginTime8|endTime8|beginPhyOffset8|endPhyOffset8|slotsInUse 4|nextEntry 4 |   header
//	+----------+--------+--------------+------------+--------------+------------+
//	|newest entry 4| × slots                                                    |
//	+----------------------------------------------------------------------------+
//	|keyHash 4|phyOffset 8|seconds 4|older entry 4| × entries                    |
//	+----------------------------------------------------------------------------+
//
//	times       store times, Unix milliseconds; begin of the first key, end of the last
//	nextEntry   number of the next entry; they begin with 1, 0 means none
//	keyHash     hash of TOPIC#KEY; it belongs into slot keyHash modulo the number of slots
//	seconds     from beginTime to the message's store time
const (
	headerSize = 40
	slotSize   = 4
	entrySize  = 20
)

// header is the head of a file.
type header struct {
	beginTime, endTime int64
	beginPhy, endPhy   int64
	slotsUsed          int32
	next               int32
}

func (h header) append(dst []byte) []byte {
	be := binary.BigEndian
	dst = be.AppendUint64(dst, uint64(h.beginTime))
	dst = be.AppendUint64(dst, uint64(h.endTime))
	dst = be.AppendUint64(dst, uint64(h.beginPhy))
	dst = be.AppendUint64(dst, uint64(h.endPhy))
	dst = be.AppendUint32(dst, uint32(h.slotsUsed))
	return be.AppendUint32(dst, uint32(h.next))
}

// decodeHeader reads b, which has headerSize bytes. A file that was never written to counts from 1.
func decodeHeader(b []byte) header {
	be := binary.BigEndian
	return header{
		beginTime: int64(be.Uint64(b)), endTime: int64(be.Uint64(b[8:])),
		beginPhy: int64(be.Uint64(b[16:])), endPhy: int64(be.Uint64(b[24:])),
		slotsUsed: int32(be.Uint32(b[32:])), next: max(1, int32(be.Uint32(b[36:]))),
	}
}

// entry is one key of one message.
type entry struct {
	hash    int32
	phy     int64
	seconds int32
	older   int32 // entry of the same slot
}

func (e entry) append(dst []byte) []byte {
	be := binary.BigEndian
	dst = be.AppendUint32(dst, uint32(e.hash))
	dst = be.AppendUint64(dst, uint64(e.phy))
	dst = be.AppendUint32(dst, uint32(e.seconds))
	return be.AppendUint32(dst, uint32(e.older))
}

// decodeEntry reads b, which has entrySize bytes.
func decodeEntry(b []byte) entry {
	be := binary.BigEndian
	return entry{
		hash: int32(be.Uint32(b)), phy: int64(be.Uint64(b[4:])),
		seconds: int32(be.Uint32(b[12:])), older: int32(be.Uint32(b[16:])),
	}
}

// layout is what the configured numbers make of a file.
type layout struct {
	slots   int32
	entries int32 // the unused one 0 included
}

func (l layout) size() int64 {
	return headerSize + int64(l.slots)*slotSize + int64(l.entries)*entrySize
}

func (l layout) slotPos(slot int32) int64 { return headerSize + int64(slot)*slotSize }

func (l layout) entryPos(n int32) int64 {
	return headerSize + int64(l.slots)*slotSize + int64(n)*entrySize
}

// keyHash is Java's indexKeyHashMethod of TOPIC#KEY, which are put together in buf.
func keyHash(buf, topic, key []byte) (hash int32, scratch []byte) {
	buf = append(buf[:0], topic...)
	buf = append(buf, '#')
	buf = append(buf, key...)
	hash = jvalue.HashCode(buf)
	switch {
	case hash == math.MinInt32:
		hash = 0
	case hash < 0:
		hash = -hash
	}
	return hash, buf
}

// secondsSince is how an entry tells its store time. Java: IndexFile.putKey.
func secondsSince(begin, ms int64) int32 {
	if begin <= 0 {
		return 0
	}
	return int32(min(max(0, (ms-begin)/1000), math.MaxInt32))
}

// fileNameDigits is the length of a file's name.
const fileNameDigits = 17
