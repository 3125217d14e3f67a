package route

import (
	"time"

	"github.com/gannetmq/gannet/remoting/protocol"
)

// Unregister takes a broker out, under whatever id it is known. One that has registered under another
// name since is left alone: the request is an echo of its former life.
// Java: RouteInfoManager.unRegisterBroker.
func (t *Table) Unregister(cluster, name, addr string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	id := identity{cluster, addr}
	if r := t.live[id]; r != nil {
		if r.name == name {
			t.remove(r)
		}
		return
	}
	if g := t.brokers[name]; g != nil && g.Cluster == cluster {
		for n, a := range g.BrokerAddrs {
			if a == addr {
				t.remove(&registration{identity: id, name: name, id: n})
			}
		}
	}
}

// Closed takes out the brokers that registered over a connection that has ended.
func (t *Table) Closed(conn uint64) []string {
	return t.removeIf(func(r *registration) bool { return r.conn == conn })
}

// Expire takes out the brokers that have been silent for longer than they said they would be, and
// returns their addresses.
func (t *Table) Expire() []string {
	now := t.now()
	return t.removeIf(func(r *registration) bool { return time.Duration(now-r.seen.Load()) > r.timeout })
}

func (t *Table) removeIf(gone func(*registration) bool) (addrs []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.live {
		if gone(r) {
			t.remove(r)
			addrs = append(addrs, r.addr)
		}
	}
	return addrs
}

// remove takes a broker out, and its group and topics with the last of the group. It costs the topics
// of one group, however many the table has.
func (t *Table) remove(r *registration) {
	delete(t.live, r.identity)
	g := t.brokers[r.name]
	if g == nil || g.BrokerAddrs[r.id] != r.addr {
		return
	}
	if now := t.live[identity{g.Cluster, r.addr}]; now != nil && now.name == r.name && now.id == r.id {
		return // it has moved to another cluster
	}
	smallest := r.id == g.minID()
	delete(g.BrokerAddrs, r.id)
	if len(g.BrokerAddrs) == 0 {
		delete(t.brokers, r.name)
		for name := range g.topics {
			t.dropQueues(name, g)
		}
		return
	}
	g.forgetAnswers()
	if !g.EnableActingMaster {
		return
	}
	if g.minID() > 0 {
		g.forbidWriting()
	}
	if smallest {
		t.tell(g, MinChange{Offline: r.addr})
	}
}

// forbidWriting is for a group that has lost its master and goes on with a slave.
// Java: RouteInfoManager.cleanTopicByUnRegisterRequests.
func (g *group) forbidWriting() {
	for _, entry := range g.topics {
		q := entry.queues[g.BrokerName]
		q.Perm &^= protocol.PermWrite
		entry.queues[g.BrokerName] = q
	}
}

// Alive notes that a broker lives and reports whether its table differs from the version that it
// announced when it registered last, which is returned as JSON; stored is nil if it is not known. The
// bytes are shared and must not be changed.
// Java: RouteInfoManager.isBrokerTopicConfigChanged, updateBrokerInfoUpdateTimestamp.
func (t *Table) Alive(cluster, addr []byte, version protocol.DataVersion) (changed bool, stored []byte) {
	r := t.note(cluster, addr)
	if r == nil {
		return true, nil
	}
	return r.version != version, r.printed
}

// Seen notes that a broker lives, and reports whether it is known.
func (t *Table) Seen(cluster, addr []byte) bool { return t.note(cluster, addr) != nil }

// note takes the lock for reading only: signs of life are many and must not hold up queries.
func (t *Table) note(cluster, addr []byte) *registration {
	t.mu.RLock()
	defer t.mu.RUnlock()
	r := t.live[identity{string(cluster), string(addr)}]
	if r != nil {
		r.seen.Store(t.now())
	}
	return r
}

// now is what registration.seen is compared with. It follows the monotonic clock.
func (t *Table) now() int64 { return int64(t.opts.Now().Sub(t.start)) }

// forgetAnswers drops what was encoded for the group's topics.
func (g *group) forgetAnswers() {
	for _, entry := range g.topics {
		entry.answer.forget()
	}
}
