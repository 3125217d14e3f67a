package broker

import (
	"github.com/gannetmq/gannet/broker/cold"
	"github.com/gannetmq/gannet/broker/pull"
)

func (b *Broker) coldOptions() cold.Options {
	return cold.Options{
		Rules: b.coldRules, PID: b.cfg.ColdPID, Exists: func(group string) bool { return b.groups.Exists([]byte(group)) }, Log: b.log,
	}
}

// coldRules say what groups may read of cold messages at present.
func (b *Broker) coldRules() cold.Rules {
	c := b.now.Load()
	return cold.Rules{Enabled: c.ColdControl, Adaptive: c.ColdStrategy, Group: c.ColdGroup, Global: c.ColdGlobal}
}

// coldGroups is what groups read of cold messages as broker/pull sees it.
type coldGroups struct {
	*cold.Accounts
	broker *Broker
}

// Polls implements pull.Cold.
func (g coldGroups) Polls(group []byte) bool { return g.broker.clients.Polls(group) }

var _ pull.Cold = coldGroups{}
