package stats

import (
	"sync/atomic"
	"time"
)

// ended is what became of the transactions of a topic.
type ended struct {
	commits, rollbacks atomic.Int64
	ages               histogram // at their commit
}

// timed is what became of the timed messages of a topic.
type timed struct {
	taken, given atomic.Int64
	waits        histogram
}

// Committed counts a transaction of topic that was committed, with the time since its half was born.
func (t *Table) Committed(topic []byte, age time.Duration) {
	if e := t.ended(topic); e != nil {
		e.commits.Add(1)
		e.ages.add(&CommitBounds, int64(age.Seconds()))
	}
}

// RolledBack counts a transaction of topic that was rolled back.
func (t *Table) RolledBack(topic []byte) {
	if e := t.ended(topic); e != nil {
		e.rollbacks.Add(1)
	}
}

func (t *Table) ended(topic []byte) *ended {
	e := t.enter(topic)
	if e == nil {
		return nil
	}
	if e.ended.Load() == nil {
		e.ended.CompareAndSwap(nil, new(ended))
	}
	return e.ended.Load()
}

// TimerTook counts a message for topic that its timer took up, with the time between its birth and its delivery.
func (t *Table) TimerTook(topic []byte, wait time.Duration) {
	if e := t.timed(topic); e != nil {
		e.taken.Add(1)
		e.waits.add(&WaitBounds, int64(wait.Seconds()))
	}
}

// TimerGave counts a message for topic that its timer delivered, or put off once more.
func (t *Table) TimerGave(topic []byte) {
	if e := t.timed(topic); e != nil {
		e.given.Add(1)
	}
}

func (t *Table) timed(topic []byte) *timed {
	e := t.enter(topic)
	if e == nil {
		return nil
	}
	if e.timed.Load() == nil {
		e.timed.CompareAndSwap(nil, new(timed))
	}
	return e.timed.Load()
}

// Buried counts a message of topic that a group failed to consume too often.
func (t *Table) Buried(group, topic []byte) {
	if e := t.enterPair(group, topic); e != nil {
		e.dead.Add(1)
	}
}
