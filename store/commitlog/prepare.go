package commitlog

import (
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

const (
	// pieceBytes is prefaulted before waiting appends are told: they need not wait for all of it.
	pieceBytes = 4 << 20
	// spareAt is how near the end of a segment may come before the next one is made. Java makes it
	// when the present one is begun, and so keeps a file more on disk.
	spareAt = 128 << 20
	// retryRoom is how often a full disk is asked again.
	retryRoom = time.Second
	// dropStep is how much leaves the window before its memory is given back.
	dropStep = 16 << 20
)

// preparer is the state of the helper goroutine, runPrepare.
type preparer struct {
	kick    chan struct{}
	ahead   mapped.Ahead
	dropped int64 // log offset up to which memory was given back
}

func (p *preparer) wake() {
	select {
	case p.kick <- struct{}{}:
	default:
	}
}

func (l *Log) kickPrepare() { l.preparer.wake() }

// runPrepare makes room ahead of the appends until Stop. It owns the spare segment and the list.
func (l *Log) runPrepare() {
	defer l.failOnPanic()
	retry := time.NewTimer(0) // the first round is due at once
	defer retry.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-l.preparer.kick:
		case <-retry.C:
		}
		err := l.prepareRoom()
		switch {
		case err == nil:
		case vfs.Scarce(err): // which passes, unlike a broken disk
			l.noRoomNow(err)
			retry.Reset(retryRoom)
			continue
		default:
			l.Fail(err)
			return
		}
		l.unmapOld()
	}
}

// noRoomNow lets appends that find no room fail with err instead of waiting, until prepareRoom succeeds.
func (l *Log) noRoomNow(err error) {
	l.mu.Lock()
	first := l.noRoom == nil
	l.noRoom = fmt.Errorf("commitlog: no room can be prepared: %w", err)
	l.releaseWaiting()
	l.mu.Unlock()
	if first {
		l.opt.Log.Error("no room for the log", "error", err, "retry", retryRoom)
	}
}

// prepareRoom reserves, prefaults and creates until the plan for the present end is met.
func (l *Log) prepareRoom() error {
	for {
		plan := l.planRoom()
		err := l.carryOut(&plan.tail)
		if err == nil && plan.makeSpare {
			err = l.makeSpare()
			plan.missing = true // prefault it in the next round
		}
		if err == nil && plan.spare.m != nil {
			err = l.carryOut(&plan.spare)
		}
		if err != nil {
			return err
		}
		if done := l.roomReady(plan); done {
			return nil
		}
	}
}

// roomPlan is what has to be done for the log's present state.
type roomPlan struct {
	tail, spare extent
	makeSpare   bool
	missing     bool  // there is more to do than this plan holds
	wake        int64 // log offset at which to plan again
}

// extent is a part of a segment to make ready, in positions.
type extent struct {
	m                       *mapped.Segment
	from, prefault, reserve int64
	large                   bool
}

// carryOut makes x ready. Its segment may have been left behind meanwhile, and deleted: then there is
// nothing to do, and the next plan knows.
func (l *Log) carryOut(x *extent) error {
	if x.m == nil || x.m.Prefaulted() >= x.prefault || !x.m.Acquire() {
		return nil
	}
	defer x.m.Release()
	if err := l.reserve(x); err != nil {
		return err
	}
	return x.m.Prefault(x.from, x.prefault, x.large)
}

// reserve takes the window of x from the disk. One that cannot be had whole may still have the piece
// that is needed now.
func (l *Log) reserve(x *extent) error {
	from := max(x.from, x.m.Reserved())
	if from >= x.reserve {
		return nil
	}
	if l.opt.Room != nil {
		switch room := l.opt.Room(path.Dir(x.m.Name())); {
		case from < x.prefault && room < x.prefault-from:
			return fmt.Errorf("%w: what is left is for the queues", vfs.ErrNoSpace)
		case room < x.reserve-from:
			return nil
		}
	}
	if err := x.m.Reserve(x.from, x.reserve); err != nil && !errors.Is(err, vfs.ErrNoSpace) {
		return err
	}
	return nil
}

// planRoom decides from a snapshot what to do next, a piece at a time.
func (l *Log) planRoom() roomPlan {
	l.mu.Lock()
	tail, spare, end, want := l.tail, l.spare, l.end, l.want
	l.mu.Unlock()

	p := l.preparer.ahead.Next(end, time.Now())
	p.Large = p.Large && !l.opt.Sync // which writes out after every few records
	plan := roomPlan{wake: p.Wake}
	upTo := max(p.Prefault, end+want)
	start := tail.Start()
	plan.tail = piece(tail, end-start, upTo-start, p.Reserve-start, p.Large)
	plan.missing = plan.tail.prefault < min(upTo-start, tail.Size())

	spareFrom := max(tail.End()-spareAt, tail.Start())
	switch {
	case spare == nil && (end >= spareFrom || upTo > tail.End()):
		plan.makeSpare = true
	case spare == nil:
		plan.wake = min(plan.wake, spareFrom)
	case upTo > tail.End():
		need := max(upTo-tail.End(), want)
		plan.spare = piece(spare, 0, need, need+p.Reserve-p.Prefault, p.Large)
		plan.missing = plan.missing || plan.spare.prefault < min(need, spare.Size())
	}
	return plan
}

// piece limits what is prefaulted at once.
func piece(m *mapped.Segment, pos, prefault, reserve int64, large bool) extent {
	from := max(pos, min(m.Prefaulted(), m.Size()))
	to := min(prefault, m.Size(), from+pieceBytes)
	return extent{m: m, from: pos, prefault: to, reserve: max(reserve, to), large: large}
}

// roomReady lets refused appends try again if what they want is there, and reports whether the
// plan is met and the log has not run away from it meanwhile.
func (l *Log) roomReady(plan roomPlan) (done bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.noRoom = nil
	l.starved.Store(nil)
	if l.want > 0 && l.makeable(l.want) {
		l.want = 0
		l.releaseWaiting()
	}
	done = !plan.missing && l.want == 0 && l.end < plan.wake
	if done {
		l.kickAt = plan.wake
	}
	return done
}

// makeable reports whether makeRoom(n) would succeed. The caller holds mu.
func (l *Log) makeable(n int64) bool {
	pos := l.end - l.tail.Start()
	if pos+n <= l.tail.Size() {
		return pos+n <= l.tail.Prefaulted()
	}
	return l.spare != nil && n <= l.spare.Prefaulted() && l.blankFits(pos)
}

// blankFits reports whether the rest of the tail can be closed at pos.
func (l *Log) blankFits(pos int64) bool {
	return pos == l.tail.Size() || pos+record.BlankSize <= l.tail.Prefaulted()
}

// makeSpare creates the segment behind the tail. It is in the list from now on, for the roll to
// need nothing but the append lock; nobody finds it there before something was appended.
func (l *Log) makeSpare() error {
	start := l.tailEnd()
	dir := l.place(start)
	m, err := mapped.Create(l.fsys, dir, start, l.opt.SegmentSize)
	if err != nil {
		return err
	}
	s := l.newSegment(dir, start)
	s.live.Store(m)
	l.growList(s)
	l.mu.Lock()
	l.spare = m
	l.mu.Unlock()
	return nil
}

func (l *Log) tailEnd() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tail.End()
}

// unmapOld lets go of mappings that lie wholly behind the window and are durable, and of the memory
// of what lies behind it otherwise: the window bounds what the process has in memory of the log.
func (l *Log) unmapOld() {
	limit := min(l.hotFrom(), l.flushed.Load())
	for _, s := range l.segments() {
		if s.end() > limit {
			l.dropBehind(s, limit)
			return
		}
		s.unmap()
	}
}

// dropBehind does it for the segment in which the window begins, in steps worth a call to the kernel.
func (l *Log) dropBehind(s *segment, limit int64) {
	from := max(s.start, l.preparer.dropped)
	m := s.live.Load()
	if limit-from < dropStep || m == nil || !m.Acquire() {
		return
	}
	defer m.Release()
	if err := m.Drop(from-s.start, limit-s.start); err != nil {
		l.opt.Log.Debug("memory of the log cannot be given back", "error", err)
	}
	l.preparer.dropped = limit
}
