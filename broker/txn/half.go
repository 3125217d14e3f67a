package txn

import (
	"bytes"
	"fmt"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

var (
	halfTopic = []byte(record.TopicTranHalf)
	opTopic   = []byte(record.TopicTranOpHalf)
	maxTopic  = []byte(record.TopicTranCheckMaxTime)
	group     = []byte(record.GroupTran)
)

// halfQueue is the queue of both topics that is used; Java makes no other.
const halfQueue = 0

// Half makes a message that is about to be stored the half of a transaction. m.Properties are edited in
// place and grow; nothing else is allocated. What a round of checks writes into a half it must not find in a new one: a sender
// who forwards a committed message with all its properties, or forges some, would have it given up unasked, or passed over.
// Java: TransactionalMessageBridge.parseHalfMessageInner, which leaves those.
func (t *Transactions) Half(m *record.Message) error {
	if t.opts.Rules().Reject {
		return remoting.Errorf(protocol.NoPermission, "the broker[%s] sending transaction message is forbidden", t.opts.StoreHost.Addr())
	}
	props := record.AppendWithout(m.Properties[:0], m.Properties,
		record.PropTransactionID, record.PropTranCheckTimes, record.PropTranPreparedQueueOffset)
	if key, ok := record.Property(props, record.PropUniqKey); ok {
		props = record.AppendProperty(props, record.PropTransactionID, key)
	}
	m.Properties = props
	m.Park(halfTopic, halfQueue)
	m.SysFlag &^= record.SysTranMask // a prepared record would have no place in a queue
	return nil
}

// Stored is told that a half is in the log.
func (t *Transactions) Stored(m *record.Message) {
	if !bytes.Equal(m.Topic, halfTopic) {
		return
	}
	t.Metrics.Halves.Add(1)
	if topic, ok := record.Property(m.Properties, record.PropRealTopic); ok {
		t.counts.add(topic, 1, t.opts.Now().UnixMilli())
	}
	t.plan()
}

// half is what a record of the half topic says, parsed in place.
type half struct {
	record.View
	topic []byte // the real one
	queue int32
}

// parse reads a half from the bytes of its record, which it borrows. A body that has rotted must not go
// out with a CRC made anew.
func (h *half) parse(b []byte) error {
	kind, err := record.Parse(b, &h.View, record.CheckCRC)
	if err != nil {
		return fmt.Errorf("%w: %w", errNoHalf, err)
	}
	if kind != record.Record {
		return fmt.Errorf("%w: no record", errNoHalf)
	}
	if h.topic, h.queue, err = h.Home(); err != nil {
		return fmt.Errorf("%w: %w", errNoHalf, err)
	}
	return nil
}

// message is the half as it is put, for others to change. It borrows the record.
func (h *half) message() record.Message {
	m := h.Message()
	if _, sealed := h.Property(record.PropCRC32); sealed { // of the half's own bytes
		m.Properties = record.AppendWithout(nil, h.Properties, record.PropCRC32)
	}
	return m
}
