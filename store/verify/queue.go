package verify

import (
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/gannetmq/gannet/store/consumequeue"
	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/vfs"
)

// blockUnits is how much of a queue is in memory while the log is read.
const blockUnits = 64

// maxPerQueue is how many findings of a queue are kept.
const maxPerQueue = 5

// queue is one consume queue: the entries [first, end), numbered by their place in the files, which have the messages
// [base, next).
type queue struct {
	form       *form
	dir        string
	list       []vfs.Entry
	from, to   int64 // bytes of the queue that its files cover
	first, end int64 // entries
	expired    int64 // entries at the front whose messages lie before the log's beginning
	base, next int64 // queue offsets of the first message that the log still has, and behind the last
	cut        bool  // a file is too short: the next start makes anew what may have been in it

	seen   int64 // queue offset behind the last message in the log, -1 before the first
	phy    int64 // and its log offset
	cursor int64 // of a batch queue: the first entry that no message was compared with
	block  []byte
	at     int64 // number of the block's first entry
	found  []queueFinding
	lost   int // findings that were not kept
	// Messages behind the queue's end, and where the first of them is.
	behind, behindPhy int64
}

// queueFinding is judged at the end: it depends on what the next start makes anew.
type queueFinding struct {
	phy  int64 // of the message it is about
	file string
	pos  int64
	text string
}

// finding notes what is wrong with entry i.
func (q *queue) finding(phy, i int64, format string, args ...any) {
	if len(q.found) >= maxPerQueue {
		q.lost++
		return
	}
	f := queueFinding{phy: phy, file: q.dir, pos: -1, text: fmt.Sprintf(format, args...)}
	if pos := i * q.form.unit; pos >= q.from && pos < q.to {
		start := pos - pos%q.form.fileSize
		f.file, f.pos = path.Join(q.dir, mapped.Name(start)), pos-start
	}
	q.found = append(q.found, f)
}

// forget drops what was found: the topic was deleted and made again, it was about another queue.
func (q *queue) forget() {
	q.seen, q.cursor, q.found, q.lost, q.behind = -1, 0, nil, 0, 0
}

// kept is the first entry whose message the log still has.
func (q *queue) kept() int64 { return q.first + q.expired }

// read finds the files, and where the entries begin and end.
func (q *queue) read(v *verification, s *queues) error {
	if why := q.span(v); why != "" {
		q.from, q.to = 0, 0
		s.rebuildFrom = 0
		q.finding(v.start(), 0, "the files cannot be read together and are set aside: %s", why)
		return nil
	}
	q.first = q.from / q.form.unit
	q.end = q.first
	if !q.form.batch {
		q.base, q.next = q.first, q.first
	}
	return q.scan(v, s)
}

// span finds the run of files that the queue consists of, and says why there is none.
func (q *queue) span(v *verification) (why string) {
	size := q.form.fileSize
	for i, e := range q.list {
		name := path.Join(q.dir, e.Name)
		start, ok := consumequeue.FileStart(e.Name)
		switch {
		case !ok || e.Dir:
			v.queuePart.add(Note, name, -1, "not a file of a queue")
			continue
		case e.Size == 0:
			v.queuePart.add(Recoverable, name, -1, "empty, and removed")
			q.cut = true
			continue
		case e.Size < size && i == len(q.list)-1:
			v.queuePart.add(Recoverable, name, -1, "%d bytes long, want %d", e.Size, size)
			q.cut = true
		case e.Size != size:
			return fmt.Sprintf("%s has %d bytes, want %d", e.Name, e.Size, size)
		}
		if start%size != 0 {
			return fmt.Sprintf("%s does not begin at a multiple of %d", e.Name, size)
		}
		if start != q.to {
			q.from = start // what lies before a hole is not used
		}
		q.to = start + size
	}
	return ""
}

// scan reads all units and finds where the queue ends and which units cannot be right. Zero units at
// the end are room for messages to come. A start after a clean stop asks of each unit by itself whether it may be an entry,
// so that the last that may be one is the queue's last, whatever is wrong in front of it.
func (q *queue) scan(v *verification, s *queues) error {
	prev := int64(0)                                        // end of the message in front
	last := consumequeue.Entry{}                            // of that message
	bad, badAt := int64(0), int64(-1)                       // units that cannot be right, and the first of them
	possible, possibleAt := consumequeue.Batch{}, int64(-1) // the last unit that cannot be right where it is, but may be an entry
	unit, tail := q.form.unit, q.to-consumequeue.TailFiles*q.form.fileSize
	for i := q.from / unit; i < q.to/unit; i++ {
		b, err := q.entry(v, i)
		if err != nil {
			return err
		}
		if !b.Follows(prev) || q.form.batch && !b.Continues(q.next) {
			if bad++; badAt < 0 {
				badAt = i
			}
			if b.Valid() {
				possible, possibleAt = b, i
			}
			if b.Entry != (consumequeue.Entry{}) && v.aborted && i*unit >= tail {
				s.rebuildFrom = min(s.rebuildFrom, prev) // the next start cuts the queue here
			}
			continue
		}
		if bad > 0 {
			q.finding(prev, badAt, "%s cannot be right, and others follow", plural(bad, "unit"))
			if v.aborted && badAt*unit >= tail {
				s.rebuildFrom = min(s.rebuildFrom, prev)
				break
			}
			bad, badAt = 0, -1
		}
		q.accept(v, i, b)
		last, prev = b.Entry, b.End()
	}
	if !v.aborted && possibleAt >= q.end {
		q.accept(v, possibleAt, possible)
		last, prev = possible.Entry, possible.End()
	}
	if q.cut {
		s.rebuildFrom = min(s.rebuildFrom, prev)
	}
	s.know(last)
	return nil
}

// accept takes unit i for an entry.
func (q *queue) accept(v *verification, i int64, b consumequeue.Batch) {
	switch {
	case b.Filler() && b.PhyOffset == 0 && q.end == q.first: // in front of the first message
		q.first, q.base = i+1, b.Next()
	case !b.Filler() && b.PhyOffset < v.start():
		q.expired, q.base = i+1-q.first, b.Next()
	case q.end == q.kept():
		q.base = b.Base
	}
	q.end, q.next = i+1, b.Next()
}

// entry reads an entry that the files cover. One of a simple queue is a batch of one message.
func (q *queue) entry(v *verification, i int64) (consumequeue.Batch, error) {
	unit := q.form.unit
	if n := int64(len(q.block)) / unit; i < q.at || i >= q.at+n {
		if err := q.load(v, i); err != nil {
			return consumequeue.Batch{}, err
		}
	}
	b := q.block[(i-q.at)*unit:]
	if q.form.batch {
		return consumequeue.DecodeBatch(b), nil
	}
	return consumequeue.Batch{Entry: consumequeue.Decode(b), Base: i, Count: 1}, nil
}

// load reads the block that begins with a unit. A short file goes on with zeros.
func (q *queue) load(v *verification, i int64) (err error) {
	pos, size := i*q.form.unit, q.form.fileSize
	start := pos - pos%size
	f, err := v.fsys.OpenRead(path.Join(q.dir, mapped.Name(start)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if q.block == nil {
		q.block = make([]byte, 0, blockUnits*q.form.unit)
	}
	q.block, q.at = q.block[:min(blockUnits*q.form.unit, start+size-pos)], i
	n, err := f.ReadAt(q.block, pos-start)
	if errors.Is(err, io.EOF) {
		clear(q.block[n:])
		err = nil
	}
	return err
}

// find returns the entry that the message with queue offset base should have; not ok: it has none. Messages of
// a batch queue come in its order, so that the entries are gone through once.
func (q *queue) find(v *verification, base int64) (i int64, ok bool, err error) {
	if !q.form.batch {
		return base, base >= q.first, nil
	}
	for i = max(q.cursor, q.first); i < q.end; i++ {
		b, err := q.entry(v, i)
		if err != nil {
			return i, false, err
		}
		if sound := b.Continues(0); !sound || b.Base >= base {
			ok = !sound || b.Base == base
			break
		}
	}
	q.cursor = i
	return i, ok, nil
}

// before looks at the entry in front of that of the first message that the log has of the queue: its message
// must have left the log.
func (q *queue) before(v *verification, i int64) error {
	if i == q.first {
		return nil
	}
	e, err := q.entry(v, i-1)
	if err == nil && !e.Filler() && e.PhyOffset >= v.start() {
		q.finding(e.PhyOffset, i-1, "the log has no message at log offset %d", e.PhyOffset)
	}
	return err
}

// rest looks at the entries behind the last message that the log has of the queue.
func (q *queue) rest(v *verification) {
	if q.behind > 0 {
		q.finding(q.behindPhy, q.end, "no entries of %s from message %d on, which is at log offset %d", plural(q.behind, "message"), q.next, q.behindPhy)
	}
	from, i := max(q.seen, q.base), q.cursor
	if from >= q.next {
		return
	}
	if !q.form.batch {
		i = from
	}
	// What the next start throws away because the log ends before it is no loss if the log was torn.
	phy := int64(-1)
	if v.aborted {
		phy = v.end
	}
	q.finding(phy, i, "the log has no message %d, the queue ends at %d", from, q.next)
}
