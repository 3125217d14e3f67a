package txn

import (
	"bytes"
	"fmt"
	"iter"
	"strconv"
	"sync"
	"time"

	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/store/record"
)

// A note is a message of RMQ_SYS_TRANS_OP_HALF_TOPIC. Its body names the halves that are decided, by their
// queue offsets, in the order in which they were; commit and rollback look the same:
//
//	12,15,16,
//
// Java 4.x writes one offset without a comma. Properties are WAIT=true and TAGS=d, and no
// others: a note has no key.
// Java: TransactionalMessageServiceImpl.getOpMessage, TransactionalMessageBridge.makeOpMessageInner.
const (
	offsetEnd = ','
	noteTag   = "d" // Java: REMOVE_TAG
)

var noteProperties = record.AppendProperty(record.AppendProperty(nil, record.PropWait, "true"), record.PropTags, noteTag)

// appendOffset appends an offset to the body of a note.
func appendOffset(dst []byte, off int64) []byte {
	return append(strconv.AppendInt(dst, off, 10), offsetEnd)
}

// offsets iterates over the offsets that the body of a note names. What is no number is
// left out: it names no half.
func offsets(body []byte) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for len(body) > 0 {
			item := body
			if end := bytes.IndexByte(body, offsetEnd); end >= 0 {
				item, body = body[:end], body[end+1:]
			} else {
				body = nil
			}
			if off, err := jvalue.ParseLong(item); err == nil && off >= 0 && !yield(off) {
				return
			}
		}
	}
}

// isNote reports whether a record of the topic of notes is one.
func isNote(v *record.View) bool {
	tag, _ := v.Property(record.PropTags)
	return string(tag) == noteTag
}

// maxNotes bounds the body that waits to be written, in bytes, while the store takes nothing.
const maxNotes = 256 << 10

// notes are the decisions that are not in the log yet.
type notes struct {
	mu     sync.Mutex // guards what follows
	body   []byte
	first  time.Time          // when the first of body came
	recent [2]marks           // decided since the turn before the last, in the log or not
	ending map[int64]struct{} // that are being decided

	writing sync.Mutex // held while a note is put; taken before mu
}

// add takes a decision, unless so much waits that there must be a write first. It reports what to do now: wake whoever
// writes notes in time, or write at once.
func (n *notes) add(off int64, now time.Time, full int) (taken, wake, write bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.recent[0].add(off)
	if len(n.body) >= maxNotes {
		return false, false, true
	}
	if wake = len(n.body) == 0; wake {
		n.first = now
	}
	n.body = appendOffset(n.body, off)
	return true, wake, len(n.body) >= full
}

// claim is for who is about to decide on a half; false if another is or has. It is given back with release, behind add
// if that is how it ends: who rolled back must not commit at the same time.
func (n *notes) claim(off int64) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, ending := n.ending[off]; ending || n.recent[0].has(off) || n.recent[1].has(off) {
		return false
	}
	if n.ending == nil {
		n.ending = make(map[int64]struct{})
	}
	n.ending[off] = struct{}{}
	return true
}

func (n *notes) release(off int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.ending, off)
}

// isRecent reports whether a half was decided lately, whether or not its note can be read yet.
func (n *notes) isRecent(off int64) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.recent[0].has(off) || n.recent[1].has(off)
}

// turn forgets what was decided before the last turn.
func (n *notes) turn() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.recent[1], n.recent[0] = n.recent[0], marks{}
}

// due is when the note is to be written; false if there is none.
func (n *notes) due(interval time.Duration) (time.Time, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.first.Add(interval), len(n.body) > 0
}

// take cuts the body of one note: offsets while it has less than full bytes, as Java does.
func (n *notes) take(full int) []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	cut := len(n.body)
	if full = max(full, 1); cut > full {
		cut = full + bytes.IndexByte(n.body[full-1:], offsetEnd)
	}
	body := bytes.Clone(n.body[:cut])
	n.body = append(n.body[:0], n.body[cut:]...)
	return body
}

// giveBack puts what could not be written in front of the rest. It is due again after a while.
func (n *notes) giveBack(body []byte, now time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.body = append(body, n.body...)
	n.first = now.Add(retry)
}

// decided notes that a half was committed or rolled back. The note is in the log when it returns, or will
// be within Rules.NoteInterval. If it is lost in a crash the producer is asked again.
func (t *Transactions) decided(off int64) {
	size := min(t.opts.Rules().NoteSize, maxNotes)
	taken, wake, write := t.notes.add(off, t.opts.Now(), size)
	if write {
		err := t.writeNotes(size, size)
		if err == nil && !taken {
			_, wake, write = t.notes.add(off, t.opts.Now(), size)
		}
		if err != nil {
			t.opts.Log.Error("what was decided cannot be noted; producers may be asked again", "error", err)
		}
	}
	if wake && !write {
		t.signal()
	}
}

// writeNotes puts notes of at most size bytes, and an offset, while at least least bytes wait.
func (t *Transactions) writeNotes(size, least int) error {
	t.notes.writing.Lock()
	defer t.notes.writing.Unlock()
	for t.notes.waiting() >= max(least, 1) {
		body := t.notes.take(size)
		m := t.note(body)
		if _, err := t.puts.Own(&m); err != nil {
			t.notes.giveBack(body, t.opts.Now())
			return fmt.Errorf("txn: note of %d bytes: %w", len(body), err)
		}
		t.Metrics.Notes.Add(1)
	}
	return nil
}

// note is the message with a body.
func (t *Transactions) note(body []byte) record.Message {
	return record.Message{
		Topic: opTopic, QueueID: halfQueue, BornTime: t.opts.Now().UnixMilli(),
		BornHost: t.opts.StoreHost, StoreHost: t.opts.StoreHost, Body: body, Properties: noteProperties,
	}
}

// waiting is how many bytes of notes are not written.
func (n *notes) waiting() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.body)
}

// flushNotes writes all that waits.
func (t *Transactions) flushNotes() error { return t.writeNotes(t.opts.Rules().NoteSize, 1) }

// eachNote calls f with the notes from offset off on, in order, until f returns false or there are no more.
// offset is a note's own; named yields the halves that it names. A note that is damaged is left out.
func (t *Transactions) eachNote(off int64, f func(offset int64, named iter.Seq[int64]) bool) error {
	r := reader{store: t.store, topic: opTopic}
	defer r.read.Release()
	for {
		found, err := r.next(off)
		if err != nil || !found {
			return err
		}
		for i := range r.read.Messages {
			off = r.read.Messages[i].QueueOffset
			v, err := r.record(i)
			named := func(func(int64) bool) {}
			if err == nil && isNote(v) {
				named = offsets(v.Body)
			}
			if !f(off, named) {
				return nil
			}
		}
		off++
	}
}
