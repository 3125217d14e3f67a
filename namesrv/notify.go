package namesrv

import (
	"context"
	"log/slog"
	"time"

	"github.com/gannetmq/gannet/namesrv/route"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// tellPatience bounds the dial of one broker: the others wait for it.
const tellPatience = time.Second

// notify tells brokers that the smallest id of their group has changed, in the order of the changes. A
// broker that cannot be reached misses it and learns from its next question.
func (n *NameServer) notify() {
	var untold int64
	for {
		select {
		case <-n.life.Done():
			return
		case c := <-n.changes:
			n.tell(c)
			if now := n.table.Untold(); now != untold {
				if _, ok := n.lines.dropped.Due(); ok {
					n.opts.Log.Warn("brokers were not told of a new smallest id: too many changes", "dropped", now-untold)
					untold = now
				}
			}
		}
	}
}

func (n *NameServer) tell(c route.MinChange) {
	message := minChangeMessage(c)
	for _, addr := range c.Tell {
		ctx, cancel := context.WithTimeout(n.life, tellPatience)
		err := n.client.Oneway(ctx, addr, message)
		cancel()
		if err != nil && n.life.Err() == nil {
			n.lines.untold.Log(n.opts.Log, slog.LevelWarn, "broker was not told of a new smallest id", "broker", c.Name, "addr", addr, "error", err)
		}
	}
}

// minChangeMessage is 905, in Java's fields: the broker knows its own name.
func minChangeMessage(c route.MinChange) *remoting.Message {
	return &remoting.Message{Code: protocol.NotifyMinBrokerIDChange, Header: &protocol.MinBrokerIDRequest{
		MinBrokerID: wire.Some(c.ID), MinBrokerAddr: c.Addr, OfflineBrokerAddr: c.Offline, HABrokerAddr: c.HA,
	}}
}
