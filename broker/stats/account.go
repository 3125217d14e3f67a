package stats

import "iter"

// Account is what a topic was sent, or what a group got of it, since it is counted.
type Account struct {
	Topic, Group    string // Group is "" for what the topic was sent
	System          bool   // the topic is the broker's own
	Messages, Bytes int64
}

// Accounts iterates over those of all topics and of all pairs of topic and group, in no order.
func (t *Table) Accounts() iter.Seq[Account] {
	return func(yield func(Account) bool) {
		for _, e := range t.entries() {
			now := e.totals()
			if !yield(Account{e.topic, e.group, e.kind == system, now.nums, now.size}) {
				return
			}
		}
	}
}
