package route

import (
	"maps"
	"slices"

	"github.com/gannetmq/gannet/remoting/protocol"
)

// Rules may change while the table is in use; the names in brackets are Java's.
type Rules struct {
	// DropMissing deletes the topics that a broker's full registration no longer names
	// (deleteTopicWithBrokerRegistration).
	DropMissing bool
	// ActingMaster tells clients of groups that have lost their master and go on with a slave that this
	// is the master, for reading (supportActingMaster).
	ActingMaster bool
	// OrderTopics puts what SetOrders was told into the routes (orderMessageEnable).
	OrderTopics bool
	// TellMinChange fills Options.Changes (notifyMinBrokerIdChanged).
	TellMinChange bool
}

// SetRules changes the rules. Routes follow at once, topics with the next registrations.
func (t *Table) SetRules(r Rules) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r.ActingMaster != t.rules.ActingMaster || r.OrderTopics != t.rules.OrderTopics {
		for _, g := range t.brokers {
			g.forgetAnswers()
		}
	}
	t.rules = r
}

// SetOrders tells which queues of ordered topics are in use: "broker-a:8;broker-b:8" by topic. The map
// must not be changed afterwards.
func (t *Table) SetOrders(orders map[string]string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	forget := func(name string, order, other map[string]string) {
		if entry := t.topics[name]; entry != nil && order[name] != other[name] {
			entry.answer.forget()
		}
	}
	for name := range t.orders {
		forget(name, t.orders, orders)
	}
	for name := range orders {
		forget(name, orders, t.orders)
	}
	t.orders = orders
}

// memberTopics begins the topics by which slaves find each other: they are told who is who, acting
// master or not. Java: TopicValidator.SYNC_BROKER_MEMBER_GROUP_PREFIX.
const memberTopics = "rmq_sys_SYNC_BROKER_MEMBER_"

// withActingMaster is the group with its smallest id in the place of a master that is not there.
func (g *group) withActingMaster() protocol.BrokerData {
	smallest := g.minID()
	if smallest == 0 {
		return g.BrokerData
	}
	b := g.BrokerData
	b.BrokerAddrs = maps.Clone(g.BrokerAddrs)
	delete(b.BrokerAddrs, smallest)
	b.BrokerAddrs[0] = g.BrokerAddrs[smallest]
	return b
}

// MinChange says that the smallest id of a group is another broker's now: either a newcomer or, because
// Offline has left, one of those that stay.
type MinChange struct {
	Name    string
	ID      int64
	Addr    string   // of the broker with that id
	HA      string   // of a newcomer
	Offline string   // address of the one that has left
	Tell    []string // addresses of those that have to know
}

// tell puts a change into Options.Changes. It happens under the lock, so that changes come in the order
// in which they happened, and never waits. Java: RouteInfoManager.notifyMinBrokerIdChanged.
func (t *Table) tell(g *group, c MinChange) {
	if !t.rules.TellMinChange || t.opts.Changes == nil {
		return
	}
	c.Name, c.ID = g.BrokerName, g.minID()
	c.Addr = g.BrokerAddrs[c.ID]
	for id, addr := range g.BrokerAddrs {
		if id != c.ID || c.Offline != "" || len(g.BrokerAddrs) == 1 {
			c.Tell = append(c.Tell, addr)
		}
	}
	slices.Sort(c.Tell)
	select {
	case t.opts.Changes <- c:
	default:
		t.untold.Add(1)
	}
}

// Full is how many registrations were refused, and topics left out of others, for lack of room.
func (t *Table) Full() int64 { return t.full.Load() }

// Untold is how many changes did not fit into Options.Changes.
func (t *Table) Untold() int64 { return t.untold.Load() }
