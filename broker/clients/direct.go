package clients

import (
	"bytes"
	"strconv"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Java: AdminBrokerProcessor.consumeMessageDirectly.
//
//	309 CONSUME_MESSAGE_DIRECTLY  goes to the client as 307 does, with the message that msgId names as its body and the
//	                              broker's name and the sysFlags of topic and group besides
//
// Deviation: of a message that is not there Java says 1 with an exception's text.

// Direct is what must be known to have a client consume a message at once.
type Direct interface {
	// Message is the record that an offset message id names. It may block on the disk.
	Message(id string) ([]byte, error)
	// SysFlags are those of a topic and a group; not set where there is none of the name.
	SysFlags(topic, group string) (ofTopic, ofGroup wire.Opt[int32])
}

func (h *handlers) directly(r *remoting.Request) {
	var q protocol.ConsumeDirectlyRequest
	if err := wire.DecodeHeader(&r.Cmd, &q); err != nil {
		r.FailErr(err)
		return
	}
	h.relay(r, q.ConsumerGroup, q.ClientID, func(m *remoting.Message) error { return h.complete(m, &q) })
}

// complete adds to a relayed 309 what the client needs.
func (h *handlers) complete(m *remoting.Message, q *protocol.ConsumeDirectlyRequest) (err error) {
	o := &h.table.opts
	if o.Direct == nil {
		return remoting.Errorf(protocol.SystemError, "this broker has no messages to consume")
	}
	if m.Body, err = o.Direct.Message(q.MsgID); err != nil {
		return err
	}
	m.Ext = set(m.Ext, "brokerName", o.Broker)
	ofTopic, ofGroup := o.Direct.SysFlags(q.Topic, q.ConsumerGroup)
	if ofTopic.Set {
		m.Ext = set(m.Ext, "topicSysFlag", strconv.Itoa(int(ofTopic.Value)))
	}
	if ofGroup.Set {
		m.Ext = set(m.Ext, "groupSysFlag", strconv.Itoa(int(ofGroup.Value)))
	}
	return nil
}

// set gives a field a value, in place of those that it has.
func set(pairs []wire.Pair, key, value string) []wire.Pair {
	kept := pairs[:0]
	for _, p := range pairs {
		if !bytes.Equal(p.Key, []byte(key)) {
			kept = append(kept, p)
		}
	}
	return append(kept, wire.Pair{Key: []byte(key), Value: []byte(value)})
}
