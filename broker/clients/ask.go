package clients

import "github.com/gannetmq/gannet/remoting"

// AnyProducer returns the connection of a member of a producer group, one that reads what it is sent if there is one; nil if the
// group has no member. Which one is left to chance, so that all get their share. Java: ProducerManager.getAvailableChannel.
func (t *Table) AnyProducer(group string) remoting.Peer {
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.producers[group]
	if g == nil {
		return nil
	}
	var slow remoting.Peer
	for c := range g.members {
		if !c.peer.Congested() {
			return c.peer
		}
		slow = c.peer
	}
	return slow
}
