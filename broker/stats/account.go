package stats

import (
	"iter"

	"github.com/gannetmq/gannet/store/record"
)

// Account is what a topic was sent, or what a group got of it, since it is counted.
type Account struct {
	Topic, Group    string // Group is "" for what the topic was sent
	System          bool   // the topic is the broker's own
	Messages, Bytes int64

	// Of a topic.
	Sent               [record.Sorts]Sent // by producers, and what came back after a delay level
	Commits, Rollbacks int64              // transactions
	Ages               Histogram          // seconds between the birth of a half and its commit
	Timed, Delivered   int64              // by timers
	Waits              Histogram          // seconds that timed messages wait from their birth

	Dead int64 // of a group: messages that it failed to consume too often
}

// Accounts iterates over those of all topics and of all pairs of topic and group, in no order. What it gives is overwritten.
func (t *Table) Accounts() iter.Seq[*Account] {
	return func(yield func(*Account) bool) {
		for _, e := range t.entries() {
			if a := e.account(); !yield(&a) {
				return
			}
		}
	}
}

func (e *entry) account() Account {
	now := e.totals()
	a := Account{Topic: e.topic, Group: e.group, System: e.kind == system, Messages: now.nums, Bytes: now.size, Dead: e.dead.Load()}
	if sent := e.sent.Load(); sent != nil {
		for i := range sent {
			if z := sent[i].Load(); z != nil {
				a.Sent[i] = z.load()
			}
		}
	}
	if x := e.ended.Load(); x != nil {
		a.Commits, a.Rollbacks, a.Ages = x.commits.Load(), x.rollbacks.Load(), x.ages.load()
	}
	if x := e.timed.Load(); x != nil {
		a.Timed, a.Delivered, a.Waits = x.taken.Load(), x.given.Load(), x.waits.load()
	}
	return a
}
