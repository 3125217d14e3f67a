package pull

import (
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/throttle"
)

// offsetReset is the remark for a group whose offset was reset. Java: GetMessageStatus.OFFSET_RESET.
const offsetReset = "OFFSET_RESET"

// reset tells a group whose offset of the queue was reset where it goes on, instead of messages, and reports
// whether it did. An offset that came along with the pull is of before and not kept.
// Java: PullMessageProcessor.processRequest, useServerSideResetOffset.
func (p *pull) reset() bool {
	next, ok := p.h.meta.TakeReset(p.head.ConsumerGroup, p.head.Topic, p.head.QueueID)
	if !ok {
		return false
	}
	p.bounds(next)
	p.fillAnswer()
	p.h.Metrics.Missed.Add(1)
	p.moved(offsetReset)
	return true
}

// moved sends the consumer to where it can go on. It will skip messages or see some again, so it is said.
func (p *pull) moved(why string) {
	h := p.h
	h.Metrics.Corrected.Add(1)
	if h.opts.Log != nil {
		if left, ok := h.corrected.Due(p.head.QueueID, p.head.ConsumerGroup, p.head.Topic); ok {
			h.opts.Log.Warn("a consumer is told another offset than it asked for", "group", string(p.head.ConsumerGroup),
				"topic", string(p.head.Topic), "queue", p.head.QueueID, "asked", p.query.Offset, "told", p.answer.NextBeginOffset,
				"why", why, throttle.LeftOut, left)
		}
	}
	p.request.ReplyCode(protocol.PullOffsetMoved, why, &p.answer, nil)
	p.release()
}

// Restart answers the pulls of a group that wait in a queue whose offset was reset.
func (h *Handler) Restart(group, topic []byte, queue int32) {
	h.answer(h.hold.waiting(group, topic, queue), false)
}

// waiting takes the pulls of a group that wait in a queue.
func (h *hold) waiting(group, topic []byte, queue int32) (found list) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.topics[string(topic)]
	if t == nil || t.queues[queue] == nil {
		return found
	}
	for p := t.queues[queue].first; p != nil; {
		next := p.next(byQueue)
		if string(p.head.ConsumerGroup) == string(group) {
			h.take(p, &found)
		}
		p = next
	}
	return found
}
