package store

import (
	"errors"
	"time"

	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/consumequeue"
	"github.com/gannetmq/gannet/store/record"
)

// Get reads messages of a queue into r; whatever r held before is released. Status, Next, Min and
// Max are meaningful when err is nil. Errors: ErrClosed, ErrWouldBlock, those of the disk.
//
// What Java's getMessage decides, in its order: where the offset lies, what the filter says of the
// entry, whether the record is still there, what the filter says of the record, whether r is full.
// A record that is damaged is left out and told to the log; the messages around it are returned.
func (s *Store) Get(q *Query, r *Read) (Status, error) {
	r.Release()
	r.store = s
	if s.closed.Load() {
		return 0, ErrClosed
	}
	if !q.NoWait {
		defer s.waits.get(time.Now())
	}
	cq := s.queues.Lookup(q.Topic, q.QueueID)
	if cq == nil {
		r.Next = 0
		return NoMessageInQueue, nil
	}
	r.Min, r.Max = cq.Min(), cq.Max()
	switch {
	case r.Max == 0:
		r.Next = 0
		return NoMessageInQueue, nil
	case q.Offset < r.Min:
		r.Next = r.Min
		return OffsetTooSmall, nil
	case q.Offset == r.Max:
		r.Next = q.Offset
		return OffsetOverflowOne, nil
	case q.Offset > r.Max:
		r.Next = r.Max
		return OffsetOverflowBadly, nil
	}
	g := gathering{store: s, q: q, r: r, cq: cq, status: NoMatchedMessage, maxBytes: maxPull, logEnd: s.log.End()}
	g.costly, _ = q.Filter.(Costly)
	if q.Bytes > 0 {
		g.maxBytes = min(max(q.Bytes, minPull), maxPull)
	}
	r.Next = q.Offset
	err := g.run()
	if err != nil && len(r.Messages) == 0 {
		r.Release()
		return 0, err
	}
	r.Behind = g.logEnd-g.lastPhy > s.memoryReach
	return g.status, nil
}

// minPull is what a consumer may always ask for, in bytes, whatever it says.
const minPull = 100

// gathering is one Get at work.
type gathering struct {
	store    *Store
	q        *Query
	r        *Read
	cq       *consumequeue.Queue
	status   Status
	maxBytes int
	logEnd   int64
	lastPhy  int64 // of the entry looked at last

	// The filter's share of one Get.
	costly Costly        // the filter, if it tells how long it takes
	looked int           // entries since the clock was read, of which the filter says that they took a while
	work   time.Duration // what the filter says that it took since
	until  time.Time     // when the share is spent; zero until the clock was read
}

// A Get asks a costly filter for Options.FilterShare at least, if there is so much to ask about; then the caller goes on with
// what there is, from where it ended. With NoWait, where others wait for the caller, it is a tenth of that, and a Get that found
// nothing would block. The clock is read each clockEntries entries, and when the filter has worked for clockWork.
const (
	clockEntries = 8
	clockWork    = 200 * time.Microsecond
)

// spent reports whether the filter's share is, after one more entry.
func (g *gathering) spent() bool {
	if g.work == 0 {
		return false // it is quick
	}
	if g.looked++; g.looked < clockEntries && g.work < clockWork {
		return false
	}
	now := time.Now()
	if g.until.IsZero() {
		share := g.store.opt.FilterShare
		if g.q.NoWait {
			share /= 10
		}
		g.until = now.Add(share - g.work)
	}
	g.looked, g.work = 0, 0
	return now.After(g.until)
}

// pause is how a Get ends whose filter's share is spent.
func (g *gathering) pause() error {
	if g.q.NoWait && len(g.r.Messages) == 0 {
		return ErrWouldBlock
	}
	return nil
}

// run looks at entries until r is full or the queue, or the share of one Get, is at its end.
func (g *gathering) run() error {
	if g.cq.Batched() {
		return g.runBatches()
	}
	scan := int64(max(g.store.opt.FilterBytes, g.q.Max*queueEntry) / queueEntry)
	stop := min(g.r.Max, g.q.Offset+scan)
	for g.r.Next < stop {
		batch := g.r.entries[:min(entryBatch, stop-g.r.Next)]
		n, ok := g.cq.Entries(g.r.Next, batch)
		if !ok {
			if g.q.NoWait {
				return ErrWouldBlock
			}
			var err error
			if n, err = g.cq.ReadEntries(g.r.Next, batch); g.gone(err) {
				return nil
			}
			if err != nil {
				return err
			}
		}
		if n == 0 {
			return nil
		}
		batch = batch[:n]
		g.r.warm(batch[:min(n, warmAhead)], g.q.Filter)
		for i := range batch {
			if i+warmAhead < n {
				g.r.warm(batch[i+warmAhead:i+warmAhead+1], g.q.Filter)
			}
			full, err := g.entry(&batch[i], g.r.Next, 1)
			if full || err != nil {
				return err
			}
			g.r.Next++
			if g.spent() {
				return g.pause()
			}
		}
	}
	return nil
}

// runBatches is run for a batch queue: the first batch may begin in front of the offset, and a batch is one
// record that counts as all its messages.
func (g *gathering) runBatches() error {
	scan := int64(max(g.store.opt.FilterBytes, g.q.Max*batchEntry) / batchEntry)
	stop := min(g.r.Max, g.q.Offset+scan)
	var some [entryBatch / 4]consumequeue.Batch
	for g.r.Next < stop {
		n, ok := g.cq.Batches(g.r.Next, some[:])
		if !ok {
			if g.q.NoWait {
				return ErrWouldBlock
			}
			var err error
			if n, err = g.cq.ReadBatches(g.r.Next, some[:]); g.gone(err) {
				return nil
			}
			if err != nil {
				return err
			}
		}
		if n == 0 {
			return nil
		}
		for i := range some[:n] {
			b := &some[i]
			if b.Base >= stop {
				return nil
			}
			full, err := g.entry(&b.Entry, b.Base, int(b.Count))
			if full || err != nil {
				return err
			}
			g.r.Next = b.Base + int64(b.Count)
			if g.spent() {
				return g.pause()
			}
		}
	}
	return nil
}

// gone reports whether err says that entries were deleted after the Get began. What was found in front
// of them is the answer; if that is nothing, it is where the queue begins now.
func (g *gathering) gone(err error) bool {
	first := g.cq.Min()
	if !errors.Is(err, consumequeue.ErrGone) || g.r.Next >= first {
		return false
	}
	if len(g.r.Messages) == 0 {
		g.status, g.r.Min, g.r.Next = OffsetTooSmall, first, first
	}
	return true
}

// entry decides on an entry, which stands for n messages from queue offset at on, and reports whether there
// is no room for them.
func (g *gathering) entry(e *consumequeue.Entry, at int64, n int) (full bool, err error) {
	if e.Filler() {
		return false, nil
	}
	if g.full(e, n) {
		return true, nil
	}
	g.lastPhy = e.PhyOffset
	if f := g.q.Filter; f != nil && !e.Extended() && !f.Match(e.TagsCode) {
		return false, nil
	}
	if e.Extended() && !g.mayMatch(e) {
		return false, nil
	}
	p, err := g.r.load(e.PhyOffset, int(e.Size), g.q.NoWait)
	if errors.Is(err, commitlog.ErrOffset) {
		if len(g.r.Messages) == 0 {
			g.status = MessageWasRemoving
		}
		return false, nil
	}
	if err != nil {
		return false, err
	}
	wanted, err := g.judge(p, e)
	if err != nil {
		g.store.damaged(e.PhyOffset, err)
	}
	if !wanted {
		g.r.drop(p)
		return false, nil
	}
	g.status = Found
	g.r.add(p, Message{QueueOffset: at, PhyOffset: e.PhyOffset, TagsCode: e.TagsCode, Size: int(e.Size)}, n)
	return false, nil
}

// mayMatch asks the filter of what the queue's extension says. Where it cannot be had, or not without waiting, the record
// will tell.
func (g *gathering) mayMatch(e *consumequeue.Entry) bool {
	bits, ok := g.q.Filter.(BitFilter)
	if !ok || g.q.NoWait || g.store.opt.Extension == nil {
		return true
	}
	if g.r.unit == nil {
		g.r.unit = make([]byte, consumequeue.MaxUnit)
	}
	u, ok := g.cq.Unit(e.TagsCode, g.r.unit)
	return !ok || g.q.Filter.Match(u.TagsCode) && bits.MatchBits(u.StoreTime, u.Bits)
}

// full is Java's rule for the next n messages, in a record of e's size. The first one always has room.
func (g *gathering) full(e *consumequeue.Entry, n int) bool {
	count := g.r.Count
	if count == 0 {
		return false
	}
	if count+n > g.q.Max || g.r.size+int(e.Size) > g.maxBytes {
		return true
	}
	o := &g.store.opt
	if g.logEnd-e.PhyOffset <= g.store.memoryReach {
		return count >= o.HotMessages || g.r.size+int(e.Size) > o.HotBytes
	}
	return count >= o.ColdMessages || g.r.size+int(e.Size) > o.ColdBytes
}

// judge checks that the bytes are the record that the entry means, puts the code into an entry that
// has an address in its place, and asks the filter. An error is damage. What comes from the disk is checked with its CRC, because a client that meets a damaged
// record drops the rest of its answer (MessageDecoder.decodesBatch); what is in memory since it was
// appended is only looked at.
func (g *gathering) judge(p piece, e *consumequeue.Entry) (wanted bool, err error) {
	v, level := &g.r.view, record.Headers
	if p.held < 0 {
		level = record.CheckCRC
	}
	err = g.r.look(p, func(b []byte) error {
		if level == record.Headers && g.q.Filter == nil && !e.Extended() {
			h, ok := record.ParseHead(b)
			if wanted = ok && h.PhyOffset == e.PhyOffset && h.Size == e.Size; !wanted {
				return errNotThere
			}
			return nil
		}
		if kind, err := record.Parse(b, v, level); err != nil || kind != record.Record || v.PhyOffset != e.PhyOffset || v.Size != e.Size {
			return errors.Join(errNotThere, err)
		}
		wanted = true
		if e.Extended() {
			e.TagsCode = g.store.opt.tagsCode(v)
			wanted = g.q.Filter == nil || g.q.Filter.Match(e.TagsCode)
		}
		if wanted && g.q.Filter != nil {
			wanted = g.q.Filter.MatchRecord(v)
			if g.costly != nil {
				g.work += g.costly.Cost(v)
			}
		}
		return nil
	})
	return wanted && err == nil, err
}

var errNotThere = errors.New("the record that the queue points to is not there")
