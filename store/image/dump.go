package image

import (
	"errors"
	"fmt"

	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/consumequeue"
	"github.com/gannetmq/gannet/store/record"
)

// Selection says which messages are wanted.
type Selection struct {
	Topic string // "" for all, in the order of the log
	Queue int32  // of the topic; -1 for all, one after the other
	// From is the first one: a log offset without a topic, or else a queue offset.
	From int64
	Max  int // messages; 0 for all
}

// Found is a message, or a place where none can be read.
type Found struct {
	View   *record.View // valid until the next; nil if there is none
	Place  int64        // log offset
	Queue  *Queue       // that it was found by, nil in the order of the log
	Offset int64        // in that queue, of its first message
	// Messages is how many the record has in the queue: more than one in batch queues.
	Messages int32
	Err      error // why there is no message, or what is wrong with it
}

// Errors of Dump, besides those of the disk and of visit.
var (
	ErrNoRecord = errors.New("image: no message begins there")
	ErrNoQueue  = errors.New("image: no such queue")
)

// enough ends a walk.
var errEnough = errors.New("image: enough")

// Dump visits messages. Without a queue of the topic the whole log is gone through for it: the queues
// may be what is lost. Errors: commitlog.ErrLayout, ErrNoRecord, ErrNoQueue.
func (im *Image) Dump(s Selection, visit func(Found) error) error {
	if im.layout != nil {
		return im.layout
	}
	left := s.Max
	counted := func(f Found) error {
		if err := visit(f); err != nil {
			return err
		}
		if left--; left == 0 {
			return errEnough
		}
		return nil
	}
	err := im.dump(s, counted)
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

func (im *Image) dump(s Selection, visit func(Found) error) error {
	if s.Topic == "" {
		return im.dumpLog(max(s.From, im.start()), func(f Found) error { return visit(f) })
	}
	known := false
	for _, q := range im.queues {
		if q.Topic != s.Topic {
			continue
		}
		known = true
		if s.Queue >= 0 && q.ID != s.Queue {
			continue
		}
		if err := im.dumpQueue(q, s.From, visit); err != nil || s.Queue >= 0 {
			return err
		}
	}
	switch {
	case !known:
		return im.dumpLog(im.start(), func(f Found) error {
			if v := f.View; v != nil && (string(v.Topic) != s.Topic || s.Queue >= 0 && v.QueueID != s.Queue || v.QueueOffset < s.From) {
				return nil
			}
			return visit(f)
		})
	case s.Queue >= 0:
		return fmt.Errorf("%w: topic %q queue %d", ErrNoQueue, s.Topic, s.Queue)
	}
	return nil
}

// dumpLog goes on behind what cannot be read, as far as anything follows.
func (im *Image) dumpLog(from int64, visit func(Found) error) error {
	if im.log.Empty() {
		return nil
	}
	if _, ok, err := im.log.HeadAt(from); err != nil {
		return err
	} else if !ok && from != im.start() {
		return fmt.Errorf("%w: log offset %d", ErrNoRecord, from)
	}
	const budget = 16 << 20
	w := im.log.NewWalker(from, record.CheckCRC, func(v *record.View) error { return visit(Found{View: v, Place: v.PhyOffset}) })
	for limit := im.log.Limit(); w.Offset() < limit; {
		err := w.Walk(limit, budget, false)
		var corrupt *commitlog.ErrCorrupt
		if !errors.As(err, &corrupt) {
			if err != nil {
				return err
			}
			continue
		}
		at := w.Offset()
		skipped, err := w.Skip(limit)
		if err != nil || at+skipped >= limit {
			return err // behind the last message
		}
		if err := visit(Found{Place: at, Err: fmt.Errorf("%w: %d bytes without a readable message", corrupt.Err, skipped)}); err != nil {
			return err
		}
	}
	return nil
}

func (im *Image) dumpQueue(q *Queue, from int64, visit func(Found) error) (err error) {
	u := units{fsys: im.fsys, queue: q}
	defer func() { err = errors.Join(err, u.close()) }()
	var view record.View
	var buf []byte
	first, err := u.from(from)
	if err != nil {
		return err
	}
	for i := first; i < q.end; i++ {
		b, err := u.entry(i)
		if err != nil {
			return err
		}
		if b.Filler() {
			continue
		}
		f := Found{Queue: q, Offset: b.Base, Messages: b.Count, Place: b.PhyOffset}
		if buf, f.Err = im.read(buf, b.Entry, &view); f.Err == nil {
			f.View, f.Err = &view, belongs(&view, q, b)
		}
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

// read reads the message of an entry into buf, which it grows when the log agrees that there is one of that
// size.
func (im *Image) read(buf []byte, e consumequeue.Entry, view *record.View) ([]byte, error) {
	h, ok, err := im.log.HeadAt(e.PhyOffset)
	if err != nil {
		return buf, err
	}
	if !ok || h.Size != e.Size || e.PhyOffset < im.start() || int64(e.Size) > im.log.SegmentEnd(e.PhyOffset)-e.PhyOffset {
		return buf, fmt.Errorf("%w: log offset %d, %d bytes", ErrNoRecord, e.PhyOffset, e.Size)
	}
	if cap(buf) < int(e.Size) {
		buf = make([]byte, e.Size)
	}
	buf = buf[:e.Size]
	if err := im.log.ReadAt(buf, e.PhyOffset); err != nil {
		return buf, err
	}
	kind, err := record.Parse(buf, view, record.CheckCRC)
	if err == nil && (kind != record.Record || view.PhyOffset != e.PhyOffset) {
		err = fmt.Errorf("%w: log offset %d", ErrNoRecord, e.PhyOffset)
	}
	return buf, err
}

// belongs says what is wrong if the record is not that of the entry.
func belongs(v *record.View, q *Queue, b consumequeue.Batch) error {
	off := b.Base
	if string(v.Topic) == q.Topic && v.QueueID == q.ID {
		base, count := v.QueueOffset, int32(1)
		if q.Batched {
			base, count = v.Batch()
		}
		if base == off && count == b.Count {
			return nil
		}
	}
	for light := range v.LightQueues() {
		if string(light.Name) == q.Topic && light.ID == q.ID && light.Offset == off {
			return nil
		}
	}
	return fmt.Errorf("the queue's message %d is message %d of topic %q queue %d", off, v.QueueOffset, v.Topic, v.QueueID)
}

// Skip tells where the log can be read again behind log offset off, at which no message can be read: where
// the next message or file begins. last says that nothing follows.
func (im *Image) Skip(off int64) (next int64, last bool, err error) {
	if im.layout != nil {
		return 0, false, im.layout
	}
	limit := im.log.Limit()
	w := im.log.NewWalker(off, record.CheckCRC, func(*record.View) error { return nil })
	skipped, err := w.Skip(limit)
	return off + skipped, off+skipped >= limit, err
}

// EndsFile reports whether the message at log offset off, the head of which is sound though the rest is
// not, is the last one in its file: nothing or a blank follows it there.
func (im *Image) EndsFile(off int64) (bool, error) {
	h, ok, err := im.log.HeadAt(off)
	if err != nil || !ok {
		return false, err
	}
	end, fileEnd := off+int64(h.Size), im.log.SegmentEnd(off)
	if end >= fileEnd-record.BlankSize {
		return end == fileEnd, nil
	}
	var b [record.BlankSize]byte
	if err := im.log.ReadAt(b[:], end); err != nil {
		return false, err
	}
	var v record.View
	kind, err := record.Parse(b[:], &v, record.CheckCRC)
	return err == nil && kind == record.Blank && int64(v.Size) == fileEnd-end, nil
}
