package route

import "github.com/gannetmq/gannet/remoting/protocol"

// Unregister takes a broker out. Java: RouteInfoManager.unRegisterBroker.
func (t *Table) Unregister(cluster, name, addr string, id int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(&registration{identity: identity{cluster, addr}, name: name, id: id})
}

// Closed takes out the brokers that registered over a connection that has ended.
func (t *Table) Closed(conn uint64) []string {
	return t.removeIf(func(r *registration) bool { return r.conn == conn })
}

// Expire takes out the brokers that have been silent for longer than they said they would be, and
// returns their addresses.
func (t *Table) Expire() []string {
	now := t.opts.Now()
	return t.removeIf(func(r *registration) bool { return now.Sub(r.seen) > r.timeout })
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
	delete(g.BrokerAddrs, r.id)
	if len(g.BrokerAddrs) > 0 {
		g.forgetAnswers()
		if r.id == 0 && g.EnableActingMaster {
			g.forbidWriting()
		}
		return
	}
	delete(t.brokers, r.name)
	for name := range g.topics {
		t.dropQueues(name, g)
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
// announced when it registered last; stored is nil if it is not known.
// Java: RouteInfoManager.isBrokerTopicConfigChanged, updateBrokerInfoUpdateTimestamp.
func (t *Table) Alive(cluster, addr string, version protocol.DataVersion) (changed bool, stored *protocol.DataVersion) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.live[identity{cluster, addr}]
	if r == nil {
		return true, nil
	}
	r.seen = t.opts.Now()
	v := r.version
	return v != version, &v
}

// forgetAnswers drops what was encoded for the group's topics.
func (g *group) forgetAnswers() {
	for _, entry := range g.topics {
		entry.answer.forget()
	}
}
