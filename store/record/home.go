package record

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/gannetmq/gannet/compat/jvalue"
)

// A message that waits in a topic of the broker's own says where it comes back to:
//
//	REAL_TOPIC  the topic that it was sent to
//	REAL_QID    the queue of it
//
// Java: HookUtils.transformDelayLevelMessage, transformTimerMessage, TransactionalMessageBridge.parseHalfMessageInner.

// ErrHome: a message does not say where it comes back to, or what it says is no such place.
var ErrHome = errors.New("record: no topic and queue to come back to")

// Park sends m to a queue where it waits and has it say where it was sent to, whatever its sender says of that.
// m.Properties are edited in place and grow; nothing else is allocated.
func (m *Message) Park(topic []byte, queue int32) {
	var digits [11]byte
	p := AppendWithout(m.Properties[:0], m.Properties, PropRealTopic, PropRealQueueID)
	p = AppendProperty(p, PropRealTopic, m.Topic)
	m.Properties = AppendProperty(p, PropRealQueueID, strconv.AppendInt(digits[:0], int64(m.QueueID), 10))
	m.Topic, m.QueueID = topic, queue
}

// Home is where a message that waited comes back to: never to where messages wait (BrokerOwned). Error: ErrHome.
// Java refuses the topic of halves only.
func (v *View) Home() (topic []byte, queue int32, err error) {
	topic, _ = v.Property(PropRealTopic)
	id, _ := v.Property(PropRealQueueID)
	queue, err = jvalue.ParseInt(id)
	if len(topic) == 0 || err != nil || queue < 0 || BrokerOwned(topic) {
		return nil, 0, fmt.Errorf("%w: topic %.255q, queue %.20q", ErrHome, topic, id)
	}
	return topic, queue, nil
}
