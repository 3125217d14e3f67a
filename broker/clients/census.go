package clients

import (
	"maps"
	"slices"
	"strings"

	"github.com/gannetmq/gannet/compat/mqversion"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Kind is what metrics tell connections apart by, in Java's words. Java: BrokerMetricsManager.initConnectionMetrics.
type Kind struct {
	Group    string // of consumers; producers are not told by group
	Language string // "java"
	Version  string // "v5_3_3"
	Mode     string // of consumers: "push", "pull" or "pop"
}

// Census counts the members of producer groups and of consumer groups. It takes the table's lock for a group at a time.
func (t *Table) Census() (producers, consumers map[Kind]int) {
	producers, consumers = make(map[Kind]int), make(map[Kind]int)
	for _, g := range t.producerGroups() {
		t.count(g, producers, Kind{})
	}
	for i := range t.shards {
		for _, g := range t.shards[i].list() {
			t.count(g, consumers, Kind{Group: g.name, Mode: mode(g.view.Load().kind)})
		}
	}
	return producers, consumers
}

func (t *Table) producerGroups() []*group {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Collect(maps.Values(t.producers))
}

func (s *shard) list() []*group {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Collect(maps.Values(s.groups))
}

// count adds the members of g to the kinds that are like k.
func (t *Table) count(g *group, to map[Kind]int, k Kind) {
	type client struct {
		language wire.Language
		version  int32
	}
	clients := make(map[client]int) // names are made outside the lock
	t.mu.Lock()
	for _, m := range g.members {
		clients[client{m.language, m.version}]++
	}
	t.mu.Unlock()
	for c, n := range clients {
		k.Language = strings.ToLower(languageName(c.language))
		k.Version = strings.ToLower(mqversion.Name(int(c.version)))
		to[k] += n
	}
}

// mode is how a group consumes. Java: ConsumeType.getTypeCN.
func mode(t protocol.ConsumeType) string {
	switch t {
	case protocol.ConsumeActively:
		return "pull"
	case protocol.ConsumePop:
		return "pop"
	}
	return "push"
}
