package consumequeue

import (
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/gannetmq/gannet/store/vfs"
)

// flusher is what the owner of a set keeps between writes. Guarded by Set.flushMu.
type flusher struct {
	err     error // the first failure; nothing is written after it
	round   uint32
	spare   []*Queue // memory for the next list of dirty queues
	cooling []cooled // in the order of rounds
	due     due
	letGo   int64 // bytes of rings, since Set.LetGo last said so
	closed  bool
}

// cooled is a queue whose ring may be let go if nothing is written to it for coolRounds.
type cooled struct {
	q     *Queue
	round uint32
}

const coolRounds = 16

// Covered is how far of the log was dispatched when a flush began: the entries of everything up to
// there are durable. Zero if nothing was dispatched since Open.
type Covered struct {
	PhyOffset int64 // end of the last record
	StoreTime int64 // of that record, Unix milliseconds
}

// Write moves the entries that wait in memory into the files, of each queue for which at least so
// many bytes wait. What it wrote survives the end of the process, not that of the machine.
//
// A failure to write is final: it is returned by every later Write and Flush. Entries then remain
// readable, in memory. An end of ctx and what passes (vfs.Scarce) are not; what was not written yet waits
// for the next call.
func (s *Set) Write(ctx context.Context, least int) error {
	s.flushMu.Lock()
	defer s.flushMu.Unlock()
	return s.write(ctx, least)
}

// LetGo reports whether queues that nothing is written to any more let go of at least so many bytes of memory since it last
// said so, or of a part of that (lastPart) if there are no others left. The memory is the collector's then, which may not come
// by for minutes when little happens.
func (s *Set) LetGo(least int64) bool {
	s.flushMu.Lock()
	defer s.flushMu.Unlock()
	f := &s.flusher
	if f.letGo < least && (len(f.cooling) > 0 || f.letGo < max(1, least/lastPart)) {
		return false
	}
	f.letGo = 0
	return true
}

const lastPart = 16

// Flush writes everything and makes it durable; one at a time does. Much is synced at once, and meanwhile the other methods
// wait for nothing; what they write is left to the next Flush. Errors as Write's.
func (s *Set) Flush(ctx context.Context) (Covered, error) {
	s.syncMu.Lock()
	defer s.syncMu.Unlock()
	s.flushMu.Lock()
	defer s.flushMu.Unlock()
	c := Covered{PhyOffset: s.seenPhy.Load(), StoreTime: s.seenTime.Load()}
	if err := s.write(ctx, 0); err != nil {
		return Covered{}, err
	}
	if err := s.sync(ctx); err != nil {
		return Covered{}, err
	}
	return c, nil
}

// Close flushes and closes the files, after a Flush under way. Queues can be read from memory afterwards, not from disk.
func (s *Set) Close() error {
	s.syncMu.Lock()
	defer s.syncMu.Unlock()
	s.flushMu.Lock()
	defer s.flushMu.Unlock()
	if s.flusher.closed {
		return ErrClosed
	}
	err := s.write(context.Background(), 0)
	if err == nil {
		err = s.sync(context.Background())
	}
	s.flusher.closed = true
	return errors.Join(err, s.handles.close())
}

func (s *Set) write(ctx context.Context, least int) error {
	f := &s.flusher
	if f.closed {
		return ErrClosed
	}
	if f.err != nil {
		return f.err
	}
	f.round++
	s.letGo()
	list := s.takeDirty()
	for i, q := range list {
		err := ctx.Err()
		if err == nil {
			if err = s.writeQueue(q, least); err == nil {
				continue
			}
			if !vfs.Scarce(err) {
				f.err = err
			}
		}
		s.addDirty(list[i:]...)
		return err
	}
	clear(list)
	f.spare = list[:0]
	return nil
}

// letGo frees the rings of queues that nothing was written to for a while.
func (s *Set) letGo() {
	f := &s.flusher
	for len(f.cooling) > 0 && f.cooling[0].round+coolRounds <= f.round {
		q := f.cooling[0].q
		f.cooling = f.cooling[1:]
		q.mu.Lock()
		again := !q.gone && (q.dirty || q.idle+coolRounds > f.round)
		if !again && !q.gone {
			q.cooling = false
			f.letGo += int64(len(q.ring.slots))
			q.ring.restart(q.ring.hi)
		}
		q.mu.Unlock()
		if again {
			f.cooling = append(f.cooling, cooled{q, f.round})
		}
	}
}

func (s *Set) takeDirty() []*Queue {
	s.dirtyMu.Lock()
	defer s.dirtyMu.Unlock()
	list := s.dirty
	s.dirty = s.flusher.spare
	s.flusher.spare = nil
	return list
}

// batch is what is to be written of a queue, as it was when the write began. The units stay in the
// ring's memory unchanged until the write ends, because only written ones are overwritten.
type batch struct {
	ring  ring
	from  int64 // fillers are due in [from, ring.lo), if that is anything
	epoch uint32
	stale bool
}

func (s *Set) writeQueue(q *Queue, least int) error {
	b, ok, again := q.beginWrite(least)
	if ok {
		err := s.writeExt(q)
		if err == nil {
			err = s.writeBatch(q, &b)
		}
		if err != nil {
			return fmt.Errorf("consumequeue: write topic %q queue %d: %w", q.topic, q.id, err)
		}
		again = s.endWrite(q, &b)
	}
	if again {
		s.addDirty(q)
	}
	return nil
}

// beginWrite returns what is to be written; not ok if nothing is, again then if it is too little yet.
func (q *Queue) beginWrite(least int) (b batch, ok, again bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.gone {
		q.dirty = false
		return b, false, false
	}
	if q.pendingLocked()*q.kind.unit < int64(least) {
		return b, false, true
	}
	return batch{ring: q.ring, from: q.written, epoch: q.epoch, stale: q.stale}, true, false
}

// endWrite counts the batch as written and reports whether more waits already.
func (s *Set) endWrite(q *Queue, b *batch) (again bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.epoch == b.epoch && !q.gone {
		n := b.ring.hi - max(b.from, b.ring.lo)
		s.pending.Add(-q.kind.unit * n)
		q.written = b.ring.hi
		q.stale = false
		q.idle = s.flusher.round
		if half := q.ring.cap() / 2; half >= minSlots && n < half/4 && q.ring.hi-q.written <= half {
			q.ring.resize(half)
		}
	}
	q.dirty = !q.gone && (q.stale || q.pendingLocked() > 0)
	if !q.dirty && !q.cooling && !q.gone {
		q.cooling = true
		s.flusher.cooling = append(s.flusher.cooling, cooled{q, s.flusher.round})
	}
	return q.dirty
}

func (s *Set) writeBatch(q *Queue, b *batch) error {
	if b.stale {
		if err := s.removeFiles(q); err != nil {
			return err
		}
	}
	if b.from < b.ring.lo {
		if err := s.writeFillers(q, b.from, b.ring.lo); err != nil {
			return err
		}
	}
	from := max(b.from, b.ring.lo)
	first, second := b.ring.runs(from, b.ring.hi)
	if err := s.writeUnits(q, from, first); err != nil {
		return err
	}
	return s.writeUnits(q, from+int64(len(first))/q.kind.unit, second)
}

// writeFillers puts fillers at [from, to) of a simple queue.
func (s *Set) writeFillers(q *Queue, from, to int64) error {
	buf := s.buffers.Get().(*buffer)
	defer s.buffers.Put(buf)
	for i := range readUnits {
		Entry{Size: fillerSize}.put(buf[i*unitSize:])
	}
	for from < to {
		n := min(to-from, readUnits)
		if err := s.writeUnits(q, from, buf[:n*unitSize]); err != nil {
			return err
		}
		from += n
	}
	return nil
}

// writeUnits writes units from number at on, in as many files as they reach into.
func (s *Set) writeUnits(q *Queue, at int64, b []byte) error {
	for pos := at * q.kind.unit; len(b) > 0; {
		start := pos - pos%q.kind.fileSize
		n := min(int64(len(b)), start+q.kind.fileSize-pos)
		h, err := s.forWriting(q, start)
		if err != nil {
			return err
		}
		s.flusher.due.file(q)
		err = q.kind.writeRun(h.f, b[:n], pos-start)
		s.handles.release(h)
		if err != nil {
			return err
		}
		pos, b = pos+n, b[n:]
	}
	return nil
}

// fastRun is how long a run is of a queue that fills large pages soon.
const fastRun = 64 << 10

func (k *kind) writeRun(f vfs.File, b []byte, pos int64) (err error) {
	if len(b) >= fastRun {
		return vfs.WriteGrowing(f, b, pos, k.fileSize)
	}
	_, err = f.WriteAt(b, pos)
	return err
}

// forWriting acquires a file of q, which it creates if it is the next one.
func (s *Set) forWriting(q *Queue, start int64) (*handle, error) {
	id := fileID{q: q, start: start}
	if q.files.from <= start && start < q.files.to {
		return s.handles.acquire(id)
	}
	if q.files == (span{}) {
		if err := s.makeDir(q); err != nil {
			return nil, err
		}
		q.files = span{start, start}
	} else if err := s.syncLast(q); err != nil {
		return nil, err
	}
	f, err := s.fs.Create(q.file(start), q.kind.fileSize)
	if err != nil {
		return nil, err
	}
	s.flusher.due.name(q.dir())
	q.files.to = start + q.kind.fileSize
	return s.handles.add(id, f)
}

// makeDir makes the directory of a queue without files. Queue files that are there are not the set's:
// a removal that failed left them behind.
func (s *Set) makeDir(q *Queue) error {
	if err := s.fs.MkdirAll(q.dir()); err != nil {
		return err
	}
	if q.kind.batch {
		s.flusher.due.name(path.Dir(q.kind.dir)) // Open makes the other kind's only
	}
	s.flusher.due.name(q.kind.dir)
	s.flusher.due.name(q.topicDir())
	_, err := s.removeStray(q.dir())
	return err
}
