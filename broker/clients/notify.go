package clients

import (
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// Start runs the goroutines of the table: the notifier, which tells members of changes, and the
// scanner, which ends memberships without heartbeats. Close ends them. Requests for members are relayed from now on.
func (t *Table) Start(push Pusher) {
	for _, l := range t.allRelays() {
		l.start(push)
	}
	t.wg.Go(func() { t.runNotifier(push) })
	t.wg.Go(t.runScanner)
}

// Close ends the goroutines and waits for them. Nobody is told or asked any more.
func (t *Table) Close() {
	close(t.stop)
	for _, l := range t.allRelays() {
		l.stop()
	}
	t.wg.Wait()
}

// runNotifier tells of a change at once, and of those that follow within NotifyGap together: when
// a group of n starts or loses a network, n changes do not make n² requests.
func (t *Table) runNotifier(push Pusher) {
	gap := time.NewTimer(0)
	defer gap.Stop()
	for {
		select {
		case <-gap.C:
		case <-t.stop:
			return
		}
		select {
		case <-t.wake:
		case <-t.stop:
			return
		}
		t.notify(push)
		gap.Reset(t.opts.NotifyGap)
	}
}

// notify sends request 40 to every member of the groups that changed.
func (t *Table) notify(push Pusher) {
	for name, peers := range t.takeChanged() {
		m := remoting.Message{
			Code:   protocol.NotifyConsumerIDsChanged,
			Header: &protocol.ConsumerGroupRequest{ConsumerGroup: name},
		}
		for _, p := range peers {
			if err := push.Push(p, &m); err != nil {
				// The client divides the queues anew every 20 s anyway.
				t.opts.Log.Debug("client not told of a change of its group", "group", name,
					"peer", p.RemoteAddr(), "error", err)
				continue
			}
			t.Metrics.Notified.Add(1)
		}
	}
}

// takeChanged empties the set of changed groups and returns their members by group.
func (t *Table) takeChanged() map[string][]remoting.Peer {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make(map[string][]remoting.Peer, len(t.changed))
	for g := range t.changed {
		peers := make([]remoting.Peer, 0, len(g.members))
		for c := range g.members {
			peers = append(peers, c.peer)
		}
		all[g.name] = peers
	}
	clear(t.changed)
	return all
}
