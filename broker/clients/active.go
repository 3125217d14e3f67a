package clients

import (
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// Polls reports whether the members of a consumer group pull by themselves; not so if there are none.
func (t *Table) Polls(name []byte) bool {
	g := t.consumers(name)
	return g != nil && g.view.Load().kind == protocol.ConsumeActively
}

// Member reports whether a connection may pull for a consumer group where those who pull by themselves are not wanted: the members of the
// group leave that to their client's library, or the connection is one of them. Java: PullMessageProcessor, rejectPullConsumerEnable.
func (t *Table) Member(name []byte, p remoting.Peer) bool {
	g := t.consumers(name)
	if g == nil {
		return false
	}
	if v := g.view.Load(); v.kind != protocol.ConsumeActively {
		return true
	}
	c := t.conn(p)
	if c == nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return g.members[c] != nil
}
