package commitlog

import (
	"encoding/binary"
	"fmt"

	"github.com/gannetmq/gannet/store/record"
)

// Append puts the records of e at the end of the log. Records that take queue offsets get them from
// *counter, which is guarded by the log's mutex (Exclusive) and moved on by the number of messages; counter
// may be nil for records that take none. light are the counters of e.Light, nil for those without a name. Records of one e are never divided between segments.
//
// Nothing is allocated and no I/O is done. Errors: ErrWouldBlock (see WaitReady), ErrTooLarge,
// ErrQueueGone, ErrClosed, record.ErrPropertiesTooLarge, the reason of a failed log, the reason why no room can be prepared.
func (l *Log) Append(e *record.Encoded, counter *int64, light ...*int64) (Placed, error) {
	p, kick, err := l.appendOnce(e, counter, light)
	if kick {
		l.kickPrepare()
	}
	return p, err
}

// appendOnce is Append but for waking the helper, which kick asks for. A panic leaves the log failed, and
// nothing of the record visible.
func (l *Log) appendOnce(e *record.Encoded, counter *int64, light []*int64) (p Placed, kick bool, err error) {
	l.mu.Lock()
	defer func() {
		if r := recover(); r != nil {
			p, err = Placed{}, l.failLocked(l.panicked(r))
		}
		l.mu.Unlock()
	}()
	p, err = l.appendLocked(e, counter, light)
	// A full disk is asked again by the clock, not by everybody who is refused.
	if l.end >= l.kickAt || err != nil && l.want > 0 && l.noRoom == nil {
		l.kickAt, kick = never, true
	}
	return p, kick, err
}

func (l *Log) appendLocked(e *record.Encoded, counter *int64, light []*int64) (Placed, error) {
	if err := l.refuse; err != nil {
		return Placed{}, err
	}
	queued := e.Queued()
	if queued && *counter < 0 {
		return Placed{}, ErrQueueGone
	}
	if e.Open() {
		if err := closeRecord(e, counter, light); err != nil {
			return Placed{}, err
		}
	}
	n := int64(len(e.Bytes))
	if err := l.makeRoom(n + record.BlankSize); err != nil {
		return Placed{}, err
	}
	now := max(l.opt.Now(), l.lastTime) // a clock that goes back must not reorder the log
	p := Placed{PhyOffset: l.end, Size: len(e.Bytes), StoreTime: now, Count: e.Messages, End: l.end + n}
	if queued {
		p.QueueOffset = *counter
	}
	phy := l.end
	for i := range e.Count {
		queueOff := int64(0)
		if queued {
			queueOff = p.QueueOffset + int64(i)
		}
		e.Patch(i, queueOff, phy, now)
		phy += int64(len(e.Record(i)))
	}
	e.SealCRC()
	if err := l.tail.CopyIn(l.end-l.tail.Start(), e.Bytes); err != nil {
		return Placed{}, l.failLocked(err)
	}
	if queued {
		*counter += int64(e.Messages)
	}
	for i, c := range light {
		if c != nil { // a name that comes twice has one place
			*c = e.Light()[i].Offset + 1
		}
	}
	l.lastTime = now
	l.end = p.End
	l.appended.Store(p.End)
	return p, nil
}

// closeRecord gives an open record its places.
func closeRecord(e *record.Encoded, counter *int64, light []*int64) error {
	for i, c := range light {
		if c == nil {
			continue
		}
		if *c < 0 {
			return ErrQueueGone
		}
		e.Light()[i].Offset = *c
	}
	base := int64(0)
	if counter != nil {
		base = *counter
	}
	return e.Close(base)
}

// makeRoom returns when n bytes at l.end are prepared, rolling to the next segment if the rest of
// the tail is too short. It never waits.
func (l *Log) makeRoom(n int64) error {
	pos := l.end - l.tail.Start()
	if pos+n <= l.tail.Prefaulted() {
		return nil
	}
	if n > l.opt.SegmentSize {
		return fmt.Errorf("%w: %d bytes, segments have %d", ErrTooLarge, n, l.opt.SegmentSize)
	}
	if pos+n <= l.tail.Size() || !l.makeable(n) {
		return l.starve(n)
	}
	return l.roll()
}

// starve notes what the helper must prepare before the append can be tried again.
func (l *Log) starve(n int64) error {
	l.want = max(l.want, n)
	if reason := l.noRoom; reason != nil {
		l.starved.Store(&reason)
		return reason
	}
	return ErrWouldBlock
}

// roll closes the tail with a blank, which stands for the rest of it, and goes on in the spare.
func (l *Log) roll() error {
	pos := l.end - l.tail.Start()
	if rest := l.tail.Size() - pos; rest > 0 {
		var blank [record.BlankSize]byte
		binary.BigEndian.PutUint32(blank[:], uint32(rest))
		binary.BigEndian.PutUint32(blank[4:], record.MagicBlank)
		if err := l.tail.CopyIn(pos, blank[:]); err != nil {
			return l.failLocked(err)
		}
	}
	l.tail, l.spare = l.spare, nil
	l.end = l.tail.Start()
	l.kickAt = 0 // the helper has another spare to make
	return nil
}
