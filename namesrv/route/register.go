package route

import (
	"errors"
	"fmt"
	"time"

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
	Conn                    uint64 // of the connection it came by
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
		return Master{}, err
	}
	if known != nil && known.name != r.Name {
		t.remove(known)
		known = nil
	}
	g := t.enter(r)
	if r.writesTopics(g) {
		t.setTopics(r, g, known == nil || known.version != r.Version)
	}
	timeout := r.Timeout
	if timeout <= 0 {
		timeout = t.opts.Timeout
	}
	t.live[id] = &registration{
		identity: id, name: r.Name, id: r.ID, ha: r.HA, version: r.Version, seen: t.opts.Now(), timeout: timeout, conn: r.Conn,
	}
	return t.masterOf(r, g), nil
}

// admit refuses what would damage the table.
func (t *Table) admit(r *Registration, known *registration) error {
	g := t.brokers[r.Name]
	switch {
	case g == nil && len(t.brokers) >= t.opts.MaxBrokers, known == nil && len(t.live) >= t.opts.MaxBrokers:
		return fmt.Errorf("%w: %d brokers", ErrFull, len(t.live))
	case len(t.topics)+len(r.Topics) > t.opts.MaxTopics && known == nil:
		return fmt.Errorf("%w: %d topics", ErrFull, len(t.topics))
	case known == nil && len(r.Topics) == 1:
		return fmt.Errorf("%w of %s", ErrPartial, r.Name)
	}
	if g == nil {
		return nil
	}
	if other, taken := g.BrokerAddrs[r.ID]; taken && other != r.Addr {
		if holder := t.live[identity{r.Cluster, other}]; holder != nil && holder.version.StateVersion > r.Version.StateVersion {
			delete(t.live, identity{r.Cluster, r.Addr})
			return fmt.Errorf("%w: of %s than of %s", ErrStale, r.Addr, other)
		}
	}
	return nil
}

// enter puts the address into its group. A broker that changed its id leaves its old place.
func (t *Table) enter(r *Registration) *group {
	g := t.brokers[r.Name]
	if g == nil {
		g = &group{protocol.BrokerData{BrokerName: r.Name, BrokerAddrs: make(map[int64]string)}, make(map[string]*topic)}
		t.brokers[r.Name] = g
	}
	acting := r.ActingMaster.Or(false)
	changed := g.Cluster != r.Cluster || g.ZoneName != r.Zone || g.EnableActingMaster != acting
	g.Cluster, g.ZoneName, g.EnableActingMaster = r.Cluster, r.Zone, acting
	for id, addr := range g.BrokerAddrs {
		if addr == r.Addr && id != r.ID {
			delete(g.BrokerAddrs, id)
			changed = true
		}
	}
	if g.BrokerAddrs[r.ID] != r.Addr {
		g.BrokerAddrs[r.ID] = r.Addr
		changed = true
	}
	if changed {
		g.forgetAnswers()
	}
	return g
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
	for id := range g.BrokerAddrs {
		if id < r.ID {
			return false
		}
	}
	return true
}

// setTopics takes the topics of a registration in: all of them, or those that were lost on the way,
// each registered by itself, before the version became known with a later one.
func (t *Table) setTopics(r *Registration, g *group, all bool) {
	for i := range r.Topics {
		if c := &r.Topics[i]; all || g.topics[c.TopicName] == nil {
			t.setTopic(c, r, g)
		}
	}
	if !all || !t.opts.DropMissing || len(r.Topics) == 1 {
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
	if c.TopicName == "" || len(c.TopicName) > maxName {
		return
	}
	entry := t.topics[c.TopicName]
	if entry == nil {
		if len(t.topics) >= t.opts.MaxTopics {
			return // a broker that is known has grown beyond the table; its other topics are kept right
		}
		entry = &topic{queues: make(map[string]protocol.QueueData)}
		t.topics[c.TopicName] = entry
	}
	q := protocol.QueueData{
		BrokerName: r.Name, ReadQueueNums: c.ReadQueueNums, WriteQueueNums: c.WriteQueueNums,
		Perm: c.Perm, TopicSysFlag: c.TopicSysFlag,
	}
	if r.ID != 0 && g.EnableActingMaster {
		q.Perm &^= protocol.PermWrite // an acting master serves reads only
	}
	g.topics[c.TopicName] = entry
	if entry.queues[r.Name] != q {
		entry.queues[r.Name] = q
		entry.answer.forget()
	}
}

// dropQueues takes a group's queues of a topic away, and the topic with the last of them.
func (t *Table) dropQueues(name string, g *group) {
	entry := g.topics[name]
	delete(g.topics, name)
	delete(entry.queues, g.BrokerName)
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
