package broker

import (
	"errors"

	"github.com/gannetmq/gannet/broker/clients"
	"github.com/gannetmq/gannet/broker/group"
	"github.com/gannetmq/gannet/broker/reset"
	"github.com/gannetmq/gannet/broker/topic"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
)

// resetTopics is the topic table as broker/reset sees it.
type resetTopics struct{ table *topic.Table }

func (t resetTopics) Find(name string) (reset.Topic, bool) {
	c := t.table.Lookup([]byte(name))
	if c == nil {
		return reset.Topic{}, false
	}
	return reset.Topic{ReadQueues: c.ReadQueues, WriteQueues: c.WriteQueues}, true
}

// resets moves groups in their queues.
func (b *Broker) resets() *reset.Handler {
	return &reset.Handler{
		Topics: resetTopics{b.topics}, Groups: b.groups, Offsets: b.offsets, Queues: b.store, Clients: b.clients, Waiting: b.pull,
		Broker: b.cfg.BrokerName, ServerSide: func() bool { return b.now.Load().ServerSideReset }, Log: b.log,
	}
}

// direct is what a client needs to be handed a message by an administrator.
type direct struct {
	store  *store.Store
	topics *topic.Table
	groups *group.Table
}

func (b *Broker) direct() clients.Direct { return direct{b.store, b.topics, b.groups} }

// Message implements clients.Direct.
func (d direct) Message(id string) ([]byte, error) {
	_, phyOff, err := record.ParseOffsetID(id)
	if err != nil {
		return nil, remoting.Errorf(protocol.SystemError, "%v", err)
	}
	b, err := d.store.AppendLook(nil, phyOff)
	if errors.Is(err, store.ErrNotFound) {
		return nil, remoting.Errorf(protocol.SystemError, "can not find message by the offset, %d", phyOff)
	}
	return b, err
}

// SysFlags implements clients.Direct.
func (d direct) SysFlags(topic, group string) (ofTopic, ofGroup wire.Opt[int32]) {
	if c := d.topics.Lookup([]byte(topic)); c != nil {
		ofTopic = wire.Some(c.SysFlag)
	}
	if c := d.groups.Lookup([]byte(group)); c != nil {
		ofGroup = wire.Some(c.SysFlag)
	}
	return ofTopic, ofGroup
}
