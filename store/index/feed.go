package index

import (
	"sync"

	"github.com/gannetmq/gannet/store/record"
)

// maxFed is how many keys a Feed holds: a second's worth of them under load.
const maxFed = 32 << 10

// Feed hands the keys of messages from who dispatches them, while their records are in his cache, to who
// writes the index, so that he does not read the log a second time. It is bounded: what it has no room
// for is read from the log.
//
// It is a dispatch.Sink of the dispatcher that the index is behind. Begin, Dispatch and Publish belong to who
// drives that one.
type Feed struct {
	begun  bool
	staged []fed
	lost   bool // staged is not all since the last Publish
	buf    []byte

	mu       sync.Mutex
	last     int64 // where Publish was last
	from, to int64 // ready is the keys of all messages in this part of the log
	ready    []fed
	spare    []fed
	full     bool // what is published is left to the log until ready is taken
}

// fed is one key of a message. The keys of a message follow each other.
type fed struct {
	phy, storeTime int64
	hash           int32
}

// Begin takes the keys of what is dispatched from the log offset on. Before, nothing is taken.
func (f *Feed) Begin(off int64) {
	f.begun = true
	f.last, f.from, f.to = off, off, off
}

// Dispatch implements dispatch.Sink. The error is always nil.
func (f *Feed) Dispatch(v *record.View) error {
	if f.begun && !f.lost {
		f.staged, f.buf = appendKeys(f.staged, f.buf, v)
		f.lost = len(f.staged) > maxFed
	}
	return nil
}

// appendKeys appends what is to be indexed of a message: its unique key, then each of KEYS.
// Java: IndexService.buildIndex.
func appendKeys(dst []fed, buf []byte, v *record.View) ([]fed, []byte) {
	if v.Transaction() == record.SysTranRollback {
		return dst, buf
	}
	var hash int32
	if key := v.UniqKey(); len(key) > 0 {
		hash, buf = keyHash(buf, v.Topic, key)
		dst = append(dst, fed{v.PhyOffset, v.StoreTime, hash})
	}
	for key := range v.Keys() {
		hash, buf = keyHash(buf, v.Topic, key)
		dst = append(dst, fed{v.PhyOffset, v.StoreTime, hash})
	}
	return dst, buf
}

// Publish gives what was dispatched up to the log offset to the index.
func (f *Feed) Publish(off int64) {
	if !f.begun {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.full = f.full || f.lost || len(f.ready)+len(f.staged) > maxFed
	if !f.full {
		if f.to != f.last { // something was left to the log, and what was ready before it is taken
			f.from = f.last
		}
		f.ready, f.to = append(f.ready, f.staged...), off
	}
	f.last = off
	f.staged, f.lost = f.staged[:0], false
}

// take returns the keys of what lies between pos and to in the log. If it does not go on at pos, to is pos.
func (f *Feed) take(pos int64) (keys []fed, to int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if pos < f.from {
		return nil, pos
	}
	keys, to = f.ready, max(pos, f.to)
	f.ready, f.spare = f.spare[:0], nil
	f.from, f.full = f.to, false
	return keys, to
}

// giveBack returns the memory of keys that were taken.
func (f *Feed) giveBack(keys []fed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.spare = keys
}

// Take adds what f has from the log offset pos on. It returns up to where the log is indexed then: pos, if
// f does not go on there. What it took and could not add must be dispatched from the log.
func (x *Index) Take(f *Feed, pos int64) (int64, error) {
	keys, to := f.take(pos)
	if len(keys) == 0 {
		return to, nil
	}
	defer f.giveBack(keys)
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.usable(); err != nil {
		return pos, err
	}
	for len(keys) > 0 {
		n := 1
		for n < len(keys) && keys[n].phy == keys[0].phy {
			n++
		}
		if err := x.add(keys[:n]); err != nil {
			return pos, err
		}
		keys = keys[n:]
	}
	return to, nil
}
