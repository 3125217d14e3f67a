package send

import (
	"bytes"

	"github.com/gannetmq/gannet/store/record"
)

// encode makes the records of the message: one, or one for each element of a batch. A batch for a topic with
// batch queues is an inner batch, one record that clients take apart, if it has a unique key, as those of 5.x
// clients have. If a hook sent it to where it waits, it is taken apart: there are no batch queues there. Java:
// SendMessageProcessor.sendBatchMessage.
func (p *put) encode() error {
	m, o := &p.message, p.h.opts.Encode
	inner := p.innerBatch()
	if inner && bytes.Equal(m.Topic, p.head.Topic) {
		n, err := record.Elements(m.Body)
		if err != nil {
			return err
		}
		m.Inner = int32(n)
		return p.encoded.Set(m, o)
	}
	if p.batch || inner {
		m.SysFlag &^= record.SysInnerBatch | record.SysNeedUnwrap
		return p.encoded.SetBatch(m, m.Body, o)
	}
	return p.encoded.Set(m, o)
}

// innerBatch reports whether the message is one: by what the broker makes of it, or says the sender.
func (p *put) innerBatch() bool {
	if p.batch {
		return p.topic.InnerBatch && p.facts.uniqKey != nil
	}
	return p.topic.InnerBatch && p.head.SysFlag&record.SysInnerBatch != 0
}
