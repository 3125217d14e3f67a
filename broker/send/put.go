package send

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/record"
)

// put is one send under way. It is pooled with all that it needs, so that a send allocates nothing.
type put struct {
	h        *Handler
	request  *remoting.Request
	mayBlock bool
	began    time.Time // if it may block

	head    protocol.SendRequest
	topic   Topic
	message record.Message
	encoded record.Encoded
	props   []byte
	facts   facts
	batch   bool
	dead    []byte // the topic of dead letters that the message goes to; empty if it does not
	queueID int32  // what the client is told, wherever a hook sends the message

	placed commitlog.Placed
	answer protocol.SendResponse
	msgID  []byte
	handle []byte // what takes the message back, if a hook sent it elsewhere
	key    []byte // the unique key that we make for a message that has none

	delivered delivery // of a reply

	waits waits // while the disk is awaited: who comes first, the watermark or the time-out, answers
}

// keep bounds what an idle put holds on to, in bytes of records, of properties and of message ids each.
const keep = 256 << 10

func (p *put) begin(r *remoting.Request, mayBlock bool) {
	p.request, p.mayBlock = r, mayBlock
	if mayBlock {
		p.began = time.Now()
	}
}

func (p *put) release() {
	p.request, p.dead = nil, p.dead[:0]
	p.head, p.message, p.delivered = protocol.SendRequest{}, record.Message{}, delivery{}
	if cap(p.encoded.Bytes) > keep {
		p.encoded = record.Encoded{}
	}
	if cap(p.props) > keep {
		p.props = nil
	}
	if cap(p.msgID) > keep {
		p.msgID = nil
	}
	p.h.puts.Put(p)
}

// prepare decodes, checks and encodes: everything that does not need the log.
func (p *put) prepare() error {
	r := p.request
	if err := p.head.DecodeExt(&r.Cmd); err != nil {
		return err
	}
	p.batch = p.head.Batch.Or(false) || r.Cmd.Code == protocol.SendBatchMessage
	if err := p.checkTopic(); err != nil {
		return err
	}
	p.props, p.facts = rewrite(p.props[:0], p.head.Properties)
	if err := p.checkRetry(); err != nil {
		return err
	}
	if err := p.checkMessage(); err != nil {
		return err
	}
	p.complete()
	m := &p.message
	*m = record.Message{
		Topic: p.head.Topic, QueueID: p.queue(), Flag: p.head.Flag, SysFlag: p.head.SysFlag &^ record.SysTranMask,
		BornTime: p.head.BornTimestamp, BornHost: r.Peer.RemoteAddr(), StoreHost: p.h.opts.StoreHost,
		ReconsumeTimes: p.head.ReconsumeTimes.Or(0), Body: r.Cmd.Body, Properties: p.props,
	}
	p.queueID = m.QueueID
	if len(p.dead) > 0 {
		m.Topic, m.QueueID = p.dead, 0
	}
	if err := p.hooks(p.facts.asks); err != nil {
		return err
	}
	if p.facts.asks != 0 { // hooks may have moved it
		p.facts.uniqKey, _ = record.Property(p.props, record.PropUniqKey)
	}
	return p.encode()
}

// complete adds the properties that the broker writes. A batch without a unique key gets none.
func (p *put) complete() {
	h := p.h
	if p.facts.uniqKey == nil && !p.batch {
		p.key = h.opts.UniqKeys.Append(p.key[:0], h.opts.Now().UnixMilli())
		p.facts.uniqKey = p.key
		p.props = record.AppendProperty(p.props, record.PropUniqKey, p.key)
	}
	p.props = append(p.props, h.traits.Load().stamp...)
}

func (p *put) queue() int32 {
	if p.head.QueueID >= 0 {
		return p.head.QueueID
	}
	return rand.Int32N(max(1, p.topic.WriteQueues))
}

// store appends, and answers now or when the disk has it.
func (p *put) store() error {
	h := p.h
	q, err := h.store.Queue(p.message.Topic, p.message.QueueID)
	if err != nil {
		return err
	}
	wait := h.opts.SyncFlush && p.facts.wait
	if wait && !h.awaits.enter() {
		return store.ErrClosed
	}
	placed, err := h.store.Put(&p.encoded, q, !p.mayBlock)
	if err != nil {
		if wait {
			h.awaits.leave()
		}
		return err
	}
	p.placed = placed
	if p.facts.asks != 0 {
		for _, f := range h.follow {
			f.AfterPut(&p.message, p.facts.asks)
		}
	}
	if p.mayBlock {
		h.store.Drive() // on a loop, the end of the batch does it
	}
	h.Metrics.Messages.Add(int64(placed.Count))
	h.Metrics.Bytes.Add(int64(placed.Size))
	p.tally()
	p.fillAnswer()
	if !wait {
		p.reply()
		return nil
	}
	now := time.Now()
	p.request.DetachAt(now)
	h.awaits.add(p, now)
	h.store.Await(placed.End, p)
	return nil
}

func (p *put) tally() {
	t := p.h.opts.Tally
	if t == nil {
		return
	}
	t.Sent(p.message.Topic, p.message.QueueID, p.facts.sort(), p.placed.Count, p.placed.Size, p.took())
	if len(p.dead) > 0 {
		t.Buried(p.dead[len(dlqPrefix):], p.head.Topic)
	}
}

// took is how long the send was on a pool; on a loop it takes no time that would count.
func (p *put) took() time.Duration {
	if !p.mayBlock {
		return 0
	}
	return time.Since(p.began)
}

// fillAnswer copies what the answer needs out of the frame, which dies if the request detaches.
func (p *put) fillAnswer() {
	p.msgID = p.msgID[:0]
	at := p.placed.PhyOffset
	for i := range p.encoded.Count {
		if i > 0 {
			p.msgID = append(p.msgID, ',')
		}
		p.msgID = record.AppendOffsetID(p.msgID, p.h.opts.StoreHost, at)
		at += int64(len(p.encoded.Record(i)))
	}
	p.answer = protocol.SendResponse{
		MsgID: p.msgID, QueueID: p.queueID, QueueOffset: p.placed.QueueOffset, TransactionID: p.facts.uniqKey,
		RecallHandle: p.recallHandle(), RegionExt: p.h.traits.Load().region,
	}
	if p.batch && p.message.Inner > 0 {
		p.answer.BatchUniqID = p.facts.uniqKey
	}
}

// recallHandle is for a message that went elsewhere than asked for, and is no reply. Java:
// SendMessageProcessor.attachRecallHandle.
func (p *put) recallHandle() []byte {
	if p.h.opts.Handle == nil || p.batch || p.facts.asks == 0 || p.delivered.done || bytes.Equal(p.message.Topic, p.head.Topic) {
		return nil
	}
	p.handle = p.h.opts.Handle(p.handle[:0], &p.message, p.facts.uniqKey)
	return p.handle
}

// Settled is told by the watermark that the record is on disk, or why it never will be.
func (p *put) Settled(err error) {
	a := &p.h.awaits
	if !a.take(p) {
		return // timed out and answered; p is left to the collector, as the watermark held it until now
	}
	defer a.leave()
	if err != nil {
		p.fail(err)
		return
	}
	p.reply()
}

// fail answers that the message is not stored. As in Java refusals carry the region, and what nobody
// foresaw carries nothing.
func (p *put) fail(err error) {
	if p.delivered.done {
		p.unstored()
		return
	}
	p.h.Metrics.Refused.Add(1)
	if errors.Is(err, record.ErrBodyTooLarge) {
		p.h.Metrics.Oversized.Add(1)
	}
	if e := p.h.opts.refusal(err); e != nil {
		p.request.ReplyCode(e.Code, e.Remark, &p.h.traits.Load().region, nil)
	} else {
		p.request.FailErr(err)
	}
	p.release()
}

// timedOut answers that the message is stored but not yet on disk.
func (p *put) timedOut() {
	p.h.Metrics.FlushTimeouts.Add(1)
	p.request.ReplyCode(p.delivered.code(protocol.FlushDiskTimeout), p.delivered.remark, &p.answer, nil)
}

func (p *put) reply() {
	p.request.ReplyCode(p.delivered.code(protocol.Success), p.delivered.remark, &p.answer, nil)
	p.release()
}
