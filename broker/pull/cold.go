package pull

import (
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// Cold watches what groups read of old messages. It is asked and told by pulls that have left the loop only: what is in
// memory is not old. Names are views.
type Cold interface {
	// Read is told how many bytes of cold messages were read from the disk for a group.
	Read(group []byte, bytes int)
	// Spent reports whether a group has read enough for now, and if so for how long.
	Spent(group []byte) (wait time.Duration, spent bool)
	// Cause tells why a group that is spent is so, and what helps.
	Cause(group []byte) string
	// Polls reports whether the group's members, of whom a heartbeat told, pull by themselves.
	Polls(group []byte) bool
}

// remarkCold is Java's. With it and SYSTEM_BUSY push consumers wait 3 s.
const remarkCold = "This consumer group is reading cold data. It has been flow control"

// putOff keeps a pull of cold messages from the disk if its group has read enough of such for now. Push consumers are refused.
// Those who pull by themselves, whom an error would reach, wait until the group may read again; then they are told to ask
// again, for the answer comes from where nobody reads the disk. done reports that the pull is no more the caller's.
// Java: PullMessageProcessor.processRequest, ColdDataPullRequestHoldService, which gives those one message after 3 to 8 s.
func (p *pull) putOff() (done bool, err error) {
	cold := p.h.opts.Cold
	if cold == nil {
		return false, nil
	}
	wait, spent := cold.Spent(p.head.ConsumerGroup)
	if !spent || tool(string(p.head.ConsumerGroup)) || !p.h.store.IsCold(p.query.Topic, p.query.QueueID, p.query.Offset) {
		return false, nil
	}
	if !cold.Polls(p.head.ConsumerGroup) {
		return false, remoting.Errorf(protocol.SystemBusy, "%s: %s", remarkCold, cold.Cause(p.head.ConsumerGroup))
	}
	p.park(wait, p.h.hold.rest)
	return true, nil
}

// account tells what a pull has read from the disk.
func (p *pull) account() {
	if n := p.read.Cold; n > 0 && p.h.opts.Cold != nil && !tool(string(p.head.ConsumerGroup)) {
		p.h.opts.Cold.Read(p.head.ConsumerGroup, n)
	}
}
