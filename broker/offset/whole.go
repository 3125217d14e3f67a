package offset

import (
	"slices"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
)

// all serves 43 with what the file would hold.
func (t *Table) all(*remoting.Request) (remoting.Reply, error) {
	if t.opts.Light {
		return remoting.Reply{Body: fastjson.Append(nil, lightContent(t.snapshot()))}, nil
	}
	return remoting.Reply{Body: fastjson.Append(nil, content(t.snapshot()))}, nil
}

// Groups returns the groups that have an offset of a topic, sorted. It looks at the whole table.
func (t *Table) Groups(topic string) []string {
	return t.names(func(of, group string) (string, bool) { return group, of == topic })
}

// Topics returns the topics that a group has an offset of, sorted. It looks at the whole table.
func (t *Table) Topics(group string) []string {
	return t.names(func(topic, of string) (string, bool) { return topic, of == group })
}

// ByGroup returns the topics of all groups, in no order.
func (t *Table) ByGroup() map[string][]string {
	all := make(map[string][]string)
	t.names(func(topic, group string) (string, bool) {
		all[group] = append(all[group], topic)
		return "", false
	})
	return all
}

// names returns what pick takes of the keys, sorted.
func (t *Table) names(pick func(topic, group string) (name string, wanted bool)) (names []string) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.RLock()
		for key := range s.keys {
			topic, group, ok := splitKey(key)
			if !ok {
				continue
			}
			if name, wanted := pick(topic, group); wanted {
				names = append(names, name)
			}
		}
		s.mu.RUnlock()
	}
	slices.Sort(names)
	return names
}

// DropTopic forgets every group's offsets of a topic and returns of how many queues there were some.
// Java: cleanOffsetByTopic.
func (t *Table) DropTopic(topic string) int {
	return t.drop(func(of, _ string) bool { return of == topic })
}

// DropGroup forgets a group's offsets of all topics, but for the broker's own group. Java: removeOffset.
func (t *Table) DropGroup(group string) int {
	if isOwn(group) {
		return 0
	}
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
				t.resets.Add(-int64(len(s.resets[key])))
				delete(s.resets, key)
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
