package route

import (
	"errors"
	"fmt"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Registration is what a broker says of itself.
type Registration struct {
	Cluster, Name, Addr, HA string
	ID                      int64
	Zone                    string
	ActingMaster            wire.Opt[bool] // absent from brokers of 4.x, whose slaves never stand in for their master
	Timeout                 time.Duration  // 0 for the table's default
	Version                 protocol.DataVersion
	Topics                  []protocol.TopicConfig
	Mappings                map[string]protocol.TopicMappingInfo // of static topics, by topic
	Conn                    uint64                               // of the connection it came by
}

// Master is what a slave is told about its master; empty for a master.
type Master struct{ Addr, HA string }

// Errors of Register.
var (
	// ErrStale: the broker id belongs to another address with a newer state version.
	ErrStale = errors.New("route: an older state")
	// ErrPartial: a single topic was registered before the whole table.
	ErrPartial = errors.New("route: one topic before the whole table")
	// ErrFull: the table holds as many brokers or topics as it may.
	ErrFull = errors.New("route: table full")
	// ErrIdentity: cluster, name or address is missing, or one of the texts is too long.
	ErrIdentity = errors.New("route: bad broker identity")
)

// maxName bounds each text that a broker says of itself, and the names of its topics, in bytes.
const maxName = 255

// maxGroup bounds the brokers of one name: a master and its slaves. What happens to one of them costs as many steps as there are.
const maxGroup = 100

func (r *Registration) validate() error {
	for _, s := range []string{r.Cluster, r.Name, r.Addr} {
		if s == "" || len(s) > maxName {
			return fmt.Errorf("%w: cluster %.40q, broker %.40q, address %.40q", ErrIdentity, r.Cluster, r.Name, r.Addr)
		}
	}
	if len(r.HA) > maxName || len(r.Zone) > maxName {
		return fmt.Errorf("%w: replication address %.40q, zone %.40q", ErrIdentity, r.HA, r.Zone)
	}
	return nil
}

// Register takes a broker in, or notes that it still lives. Java: RouteInfoManager.registerBroker.
func (t *Table) Register(r *Registration) (Master, error) {
	if err := r.validate(); err != nil {
		return Master{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	id := identity{r.Cluster, r.Addr}
	known := t.live[id]
	if err := t.admit(r, known); err != nil {
		if errors.Is(err, ErrFull) {
			t.full.Add(1)
		}
		return Master{}, err
	}
	if known != nil && known.name != r.Name {
		t.remove(known)
		known = nil
	}
	g, first := t.enter(r)
	if changed := known == nil || known.version != r.Version; r.writesTopics(g) {
		t.setTopics(r, g, first || changed)
		if first || changed {
			t.setMappings(r, g)
		}
	}
	t.live[id] = t.lives(r, known)
	return t.masterOf(r, g), nil
}

// lives makes the entry of a broker that has just registered; before is the one that it replaces.
func (t *Table) lives(r *Registration, before *registration) *registration {
	l := &registration{
		identity: identity{r.Cluster, r.Addr}, name: r.Name, id: r.ID, ha: r.HA, version: r.Version, timeout: r.Timeout, conn: r.Conn,
	}
	if l.timeout <= 0 {
		l.timeout = t.opts.Timeout
	}
	if before != nil && before.version == r.Version {
		l.printed = before.printed
	} else {
		l.printed = fastjson.Append(nil, &r.Version)
	}
	l.seen.Store(t.now())
	return l
}

// admit refuses what would damage the table.
func (t *Table) admit(r *Registration, known *registration) error {
	g := t.brokers[r.Name]
	switch {
	case g == nil && len(t.brokers) >= t.opts.MaxBrokers, known == nil && len(t.live) >= t.opts.MaxBrokers:
		return fmt.Errorf("%w: %d brokers", ErrFull, len(t.live))
	case known == nil && len(t.topics)+t.unknown(r) > t.opts.MaxTopics:
		return fmt.Errorf("%w: %d topics", ErrFull, len(t.topics))
	case g == nil:
		return r.whole()
	}
	other, taken := g.BrokerAddrs[r.ID]
	if joins := known == nil || known.name != r.Name; joins && !taken && len(g.BrokerAddrs) >= maxGroup {
		return fmt.Errorf("%w: %d brokers of one name", ErrFull, len(g.BrokerAddrs))
	}
	if !taken {
		return r.whole()
	}
	if other != r.Addr {
		if holder := t.live[identity{r.Cluster, other}]; holder != nil && holder.version.StateVersion > r.Version.StateVersion {
			if known != nil {
				t.remove(known)
			}
			return fmt.Errorf("%w: of %s than of %s", ErrStale, r.Addr, other)
		}
	}
	return nil
}

// unknown counts the topics of a registration that nobody else has.
func (t *Table) unknown(r *Registration) (n int) {
	for i := range r.Topics {
		if t.topics[r.Topics[i].TopicName] == nil {
			n++
		}
	}
	return n
}

// whole refuses one topic where the whole table is wanted: from the first that has this id.
func (r *Registration) whole() error {
	if len(r.Topics) == 1 {
		return fmt.Errorf("%w of %s", ErrPartial, r.Name)
	}
	return nil
}

// enter puts the address into its group, and reports whether nobody had that id. A broker that changed
// its id leaves its old place.
func (t *Table) enter(r *Registration) (g *group, first bool) {
	g = t.brokers[r.Name]
	if g == nil {
		g = &group{protocol.BrokerData{BrokerName: r.Name, BrokerAddrs: make(map[int64]string)}, make(map[string]*topic)}
		t.brokers[r.Name] = g
	}
	before := g.minID()
	acting := r.ActingMaster.Or(false)
	changed := g.Cluster != r.Cluster || g.ZoneName != r.Zone || g.EnableActingMaster != acting
	g.Cluster, g.ZoneName, g.EnableActingMaster = r.Cluster, r.Zone, acting
	for id, addr := range g.BrokerAddrs {
		if addr == r.Addr && id != r.ID {
			delete(g.BrokerAddrs, id)
			changed = true
		}
	}
	addr, taken := g.BrokerAddrs[r.ID]
	if addr != r.Addr {
		g.BrokerAddrs[r.ID] = r.Addr
		changed = true
	}
	if changed {
		g.forgetAnswers()
	}
	if r.ID < before {
		t.tell(g, MinChange{HA: r.HA})
	}
	return g, !taken
}

// minID is the smallest id of the group, 0 if it is empty.
func (g *group) minID() int64 {
	smallest, any := int64(0), false
	for id := range g.BrokerAddrs {
		if !any || id < smallest {
			smallest, any = id, true
		}
	}
	return smallest
}

// writesTopics reports whether this broker's topics count: the master's do, and without one those of
// the smallest id.
func (r *Registration) writesTopics(g *group) bool {
	if r.ID == 0 {
		return true
	}
	if !r.ActingMaster.Set {
		return false
	}
	return r.ID == g.minID()
}

// setTopics takes the topics of a registration in: all of them, or those that were lost on the way,
// each registered by itself, before the version became known with a later one.
func (t *Table) setTopics(r *Registration, g *group, all bool) {
	for i := range r.Topics {
		if c := &r.Topics[i]; all || g.topics[c.TopicName] == nil {
			t.setTopic(c, r, g)
		}
	}
	if !t.rules.DropMissing || len(r.Topics) == 1 || len(r.Mappings) > 0 {
		return
	}
	named := make(map[string]bool, len(r.Topics))
	for i := range r.Topics {
		named[r.Topics[i].TopicName] = true
	}
	for name := range g.topics {
		if !named[name] {
			t.dropQueues(name, g)
		}
	}
}

func (t *Table) setTopic(c *protocol.TopicConfig, r *Registration, g *group) {
	q := protocol.QueueData{
		BrokerName: r.Name, ReadQueueNums: c.ReadQueueNums, WriteQueueNums: c.WriteQueueNums,
		Perm: c.Perm, TopicSysFlag: c.TopicSysFlag,
	}
	if r.ID != 0 && g.EnableActingMaster {
		q.Perm &^= protocol.PermWrite // an acting master serves reads only
	}
	t.setQueues(c.TopicName, q, g)
}

// setQueues notes what queues a topic has in a group. Names that are no names are passed over, and so
// is what is new when the table is full: the others are kept right.
func (t *Table) setQueues(name string, q protocol.QueueData, g *group) {
	if name == "" || len(name) > maxName {
		return
	}
	isNew, entry := g.topics[name] == nil, t.topics[name]
	if isNew && t.places >= placesPerTopic*t.opts.MaxTopics || entry == nil && len(t.topics) >= t.opts.MaxTopics {
		t.full.Add(1)
		return
	}
	if entry == nil {
		entry = &topic{queues: make(map[string]protocol.QueueData)}
		t.topics[name] = entry
	}
	if isNew {
		g.topics[name] = entry
		t.places++
	}
	if entry.queues[g.BrokerName] != q {
		entry.queues[g.BrokerName] = q
		entry.answer.forget()
	}
}

// setMappings notes the broker's part of its static topics.
func (t *Table) setMappings(r *Registration, g *group) {
	for name, m := range r.Mappings {
		entry := g.topics[name]
		if entry == nil || m.BrokerName != r.Name {
			continue
		}
		if entry.mappings == nil {
			entry.mappings = make(map[string]protocol.TopicMappingInfo)
		}
		entry.mappings[r.Name] = m
		entry.answer.forget()
	}
}

// dropQueues takes a group's queues of a topic away, and the topic with the last of them.
func (t *Table) dropQueues(name string, g *group) {
	entry := g.topics[name]
	delete(g.topics, name)
	t.places--
	delete(entry.queues, g.BrokerName)
	delete(entry.mappings, g.BrokerName)
	entry.answer.forget()
	if len(entry.queues) == 0 {
		delete(t.topics, name)
	}
}

func (t *Table) masterOf(r *Registration, g *group) Master {
	addr, ok := g.BrokerAddrs[0]
	if r.ID == 0 || !ok {
		return Master{}
	}
	m := Master{Addr: addr}
	if live := t.live[identity{r.Cluster, addr}]; live != nil {
		m.HA = live.ha
	}
	return m
}
