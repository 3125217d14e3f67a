package send

import (
	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/record"
)

// maxInner is more than a file of the log takes, in bytes.
const maxInner = 1 << 31

// Store appends a message that the broker itself makes: one that comes back after its delay, that a
// consumer returned, that was committed. asks are what its properties ask for that is not served yet;
// hooks see it as they see a client's. It may block, and waits for no disk: Placed.End is where the
// watermark must be. The slices of m are borrowed until it returns.
// Errors are those of store.Put, of record.Encoded.Set, and of hooks.
//
// Java: EscapeBridge.putMessage on a master.
func (h *Handler) Store(m *record.Message, asks Asks) (commitlog.Placed, error) {
	p := h.puts.Get().(*put)
	defer p.release()
	return p.inner(m, asks)
}

// inner is Store; p.message then tells where hooks have sent the message. What was taken once is not refused for
// its body, even if maxMessageSize is less now: it would be lost.
func (p *put) inner(m *record.Message, asks Asks) (commitlog.Placed, error) {
	h := p.h
	p.props = record.AppendWithout(p.props[:0], m.Properties, record.PropCRC32) // it is of the record that the message was in
	p.message = *m
	p.message.Properties = p.props
	if err := p.hooks(asks); err != nil {
		return commitlog.Placed{}, err
	}
	if err := p.recount(); err != nil {
		return commitlog.Placed{}, err
	}
	o := h.opts.Encode
	o.MaxMessageSize, o.AllowEmptyBody = maxInner, true
	if err := p.encoded.Set(&p.message, o); err != nil {
		return commitlog.Placed{}, err
	}
	q, err := h.store.Queue(p.message.Topic, p.message.QueueID)
	if err != nil {
		return commitlog.Placed{}, err
	}
	placed, err := h.store.Put(&p.encoded, q, false)
	if err == nil {
		h.store.Drive()
	}
	return placed, err
}

// recount counts the messages of an inner batch that comes back to its topic; a whole batch goes to no other.
func (p *put) recount() error {
	m := &p.message
	if m.SysFlag&record.SysInnerBatch == 0 {
		return nil
	}
	if topic, _ := p.h.topics.Find(m.Topic); !topic.InnerBatch {
		return errInnerBatch
	}
	n, err := record.Elements(m.Body)
	m.Inner = int32(n)
	return err
}
