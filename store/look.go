package store

import (
	"context"
	"errors"
	"time"

	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/record"
)

// dispatchPatience is how long a Look waits for a record to come into its queue: who knows its offset may be faster.
const dispatchPatience = time.Second

// Look reads the message that begins at phyOff into r. The offset comes from outside, and what lies in the log at it may
// be a body that looks like a record, so only that is a message which its queue knows to be there. Not found are, besides
// what was never put or is deleted, records without a place in a queue, and messages of topics that were deleted since.
// Java believes the bytes. Errors: ErrNotFound and those of Get.
func (s *Store) Look(phyOff int64, r *Read, noWait bool) error {
	err := s.Reread(phyOff, r, noWait)
	if err == nil {
		err = s.confirm(&r.Messages[0], r, noWait)
	}
	if err != nil {
		r.Release()
	}
	return err
}

// AppendLook appends to dst the record that Look finds, for who wants it all and may wait for the disk.
func (s *Store) AppendLook(dst []byte, phyOff int64) ([]byte, error) {
	r := s.scratch()
	defer s.spare.Put(r)
	defer r.Release()
	err := s.Look(phyOff, r, false)
	return r.AppendTo(dst), err
}

// AppendReread is AppendLook for an offset as Reread wants it.
func (s *Store) AppendReread(dst []byte, phyOff int64) ([]byte, error) {
	r := s.scratch()
	defer s.spare.Put(r)
	defer r.Release()
	err := s.Reread(phyOff, r, false)
	return r.AppendTo(dst), err
}

func (s *Store) scratch() *Read {
	if r, ok := s.spare.Get().(*Read); ok {
		return r
	}
	return new(Read)
}

// Reread is Look for an offset that a queue or the index has told, or something made from them. It reads a record
// without a place in a queue too.
func (s *Store) Reread(phyOff int64, r *Read, noWait bool) error {
	r.Release()
	r.store = s
	if s.closed.Load() {
		return ErrClosed
	}
	size, err := s.sizeAt(phyOff, r, noWait)
	if err != nil {
		return err
	}
	p, err := r.load(phyOff, size, noWait)
	if err != nil {
		return notFound(err)
	}
	m, v := Message{PhyOffset: phyOff, Size: size}, &r.view
	err = r.look(p, func(b []byte) error {
		kind, err := record.Parse(b, v, record.Headers)
		if err != nil || kind != record.Record || v.PhyOffset != phyOff {
			return ErrNotFound
		}
		m.QueueOffset, m.TagsCode = v.QueueOffset, v.TagsCode()
		r.topic = append(r.topic[:0], v.Topic...) // the view's may be gone later
		return nil
	})
	if err != nil {
		r.Release()
		return err
	}
	r.add(p, m, 1)
	return nil
}

// confirm has the queue say that m, which was reread into r, is the record that it is.
func (s *Store) confirm(m *Message, r *Read, noWait bool) error {
	if !r.view.Queued() {
		return ErrNotFound
	}
	if err := s.awaitDispatch(m.PhyOffset, noWait); err != nil {
		return err
	}
	if noWait && !s.inMemory(r.topic, r.view.QueueID, m.QueueOffset) {
		return ErrWouldBlock
	}
	e, ok, err := s.entry(r.topic, r.view.QueueID, m.QueueOffset)
	if err == nil && (!ok || e.PhyOffset != m.PhyOffset) {
		err = ErrNotFound
	}
	return err
}

// awaitDispatch waits until a record at phyOff is in its queue.
func (s *Store) awaitDispatch(phyOff int64, noWait bool) error {
	if s.dispatcher.Offset() > phyOff {
		return nil
	}
	if noWait {
		return ErrWouldBlock
	}
	ctx, cancel := context.WithTimeout(context.Background(), dispatchPatience)
	defer cancel()
	err := s.dispatcher.Wait(ctx, phyOff+1)
	if errors.Is(err, context.DeadlineExceeded) {
		return ErrNotFound
	}
	return err
}

// inMemory reports whether what a queue has for one of its offsets can be told without asking the disk.
func (s *Store) inMemory(topic []byte, id int32, queueOff int64) (ok bool) {
	q := s.queues.Lookup(topic, id)
	switch {
	case q == nil:
		return true
	case q.Batched():
		_, ok = q.Batches(queueOff, nil)
	default:
		_, ok = q.Entries(queueOff, nil)
	}
	return ok
}

// maxLook is the largest record that a Look returns: the largest that a frame could carry. Whoever can put
// can write heads of records into bodies, of any size, and name their offsets.
const maxLook = 16 << 20

// sizeAt reads the size of the record at phyOff, which somebody outside names: it may be no record's.
func (s *Store) sizeAt(phyOff int64, r *Read, noWait bool) (int, error) {
	if phyOff < s.log.Start() || phyOff > s.log.End()-record.MinSize {
		return 0, ErrNotFound
	}
	p, err := r.load(phyOff, record.MinSize, noWait)
	if err != nil {
		return 0, notFound(err)
	}
	defer r.drop(p)
	var h record.Head
	err = r.look(p, func(b []byte) error {
		var ok bool
		if h, ok = record.ParseHead(b); !ok || h.PhyOffset != phyOff {
			return ErrNotFound
		}
		return nil
	})
	if err == nil && (h.Size > maxLook || phyOff+int64(h.Size) > min(s.log.End(), s.log.SegmentEnd(phyOff))) {
		err = ErrNotFound
	}
	return int(h.Size), err
}

// notFound turns the log's word for an offset without a record into the store's.
func notFound(err error) error {
	if errors.Is(err, commitlog.ErrOffset) {
		return ErrNotFound
	}
	return err
}
