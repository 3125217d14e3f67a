package offset

import (
	"slices"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
)

// all serves 43 with what File would hold.
func (t *Table) all(*remoting.Request) (remoting.Reply, error) {
	return remoting.Reply{Body: fastjson.Append(nil, content(t.snapshot()))}, nil
}

// Groups returns the groups that have an offset of a topic, sorted. It looks at the whole table.
func (t *Table) Groups(topic string) []string {
	var groups []string
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.RLock()
		for key := range s.keys {
			if of, group, ok := splitKey(key); ok && of == topic {
				groups = append(groups, group)
			}
		}
		s.mu.RUnlock()
	}
	slices.Sort(groups)
	return groups
}

// DropTopic forgets every group's offsets of a topic and returns of how many queues there were some.
// Java: cleanOffsetByTopic.
func (t *Table) DropTopic(topic string) int {
	return t.drop(func(of, _ string) bool { return of == topic })
}

// DropGroup forgets a group's offsets of all topics. Java: removeOffset.
func (t *Table) DropGroup(group string) int {
	return t.drop(func(_, of string) bool { return of == group })
}

// drop looks at the whole table, one shard after the other; it is for administrators.
func (t *Table) drop(unwanted func(topic, group string) bool) (dropped int) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		for key, q := range s.keys {
			if topic, group, ok := splitKey(key); ok && unwanted(topic, group) {
				delete(s.keys, key)
				dropped += len(q)
			}
		}
		s.mu.Unlock()
	}
	if dropped > 0 {
		t.stored.Add(-int64(dropped))
		t.bump()
		t.dirty.Store(true)
	}
	return dropped
}
