package send

import (
	"bytes"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

// maxForbidden is what the names of topics that take no messages have at most, in bytes. A conversion
// of more than 32 would allocate.
const maxForbidden = 32

// checkTopic makes sure, in Java's order, that the topic may be sent to, creating it if that is
// allowed. Java: SendMessageProcessor.preSend, AbstractSendMessageProcessor.msgCheck.
func (p *put) checkTopic() error {
	h, name := p.h, p.head.Topic
	if from := h.opts.AcceptFrom; from > 0 && h.opts.Now().UnixMilli() < from {
		return remoting.Errorf(protocol.SystemError, "broker unable to service, until %s",
			time.UnixMilli(from).Format("2006-01-02 15:04:05,000"))
	}
	if w := h.opts.WritableOrder; w != nil && !w(name) {
		return remoting.Errorf(protocol.NoPermission, "the broker[%s] sending message is forbidden", h.opts.StoreHost.Addr())
	}
	topic, known := h.topics.Find(name)
	if !known { // the name of a topic that is known was looked at when it was made
		if why := h.topics.Invalid(name); why != "" {
			return remoting.Errorf(protocol.InvalidParameter, "%s", why)
		}
	}
	if len(name) <= maxForbidden && (record.SendForbidden(string(name)) || record.BrokerOwned(name)) {
		return remoting.Errorf(protocol.NoPermission, "Sending message to topic[%s] is forbidden.", name)
	}
	if !known {
		if topic, known = p.createTopic(); !known {
			if !p.mayBlock {
				return errCreates
			}
			return remoting.Errorf(protocol.TopicNotExist, "topic[%s] not exist, apply first please!%s", name, protocol.FAQ)
		}
	}
	p.topic = topic
	if p.head.QueueID >= topic.Queues {
		return remoting.Errorf(protocol.InvalidParameter, "request queueId[%d] is illegal, %s Producer: %s",
			p.head.QueueID, h.topics.Describe(name), p.request.Peer.RemoteAddr())
	}
	return nil
}

// createTopic makes an unknown topic after the example that the client names. It writes to disk,
// so a loop leaves it to the pool.
func (p *put) createTopic() (Topic, bool) {
	if !p.mayBlock {
		return Topic{}, false
	}
	return p.h.topics.Create(p.head.Topic, p.head.DefaultTopic, p.head.DefaultTopicQueueNums, p.head.UnitMode.Or(false))
}

// checkMessage looks at what the message asks for.
// Java: SendMessageProcessor.sendMessage, sendBatchMessage, HookUtils.checkInnerBatch.
func (p *put) checkMessage() error {
	name := p.head.Topic
	switch {
	case p.batch && len(name) > record.MaxTopicV1:
		return remoting.Errorf(protocol.MessageIllegal, "message topic length too long %d", len(name))
	case p.batch && bytes.HasPrefix(name, retryPrefix):
		return remoting.Errorf(protocol.MessageIllegal, "batch request does not support retry group %s", name)
	case p.topic.Compaction && !p.facts.keys:
		return remoting.Errorf(protocol.MessageIllegal, "Required message key is missing. Cause: the topic has cleanup.policy=COMPACTION")
	case p.facts.asks&AsksTransaction != 0 && (p.batch || p.innerBatch()):
		return errTranBatch
	case p.facts.asks&AsksTransaction == 0 && !record.Queued(p.head.SysFlag):
		return errUnseen
	case (p.facts.inner || p.head.SysFlag&record.SysInnerBatch != 0) && !p.innerBatch():
		return errInnerBatch
	}
	return nil
}

// unservedError refuses what would be stored wrongly: better a clear no than a message that is
// delivered too early or though its transaction was rolled back.
func unservedError(what string) error {
	return remoting.Errorf(protocol.MessageIllegal, "message illegal: %s a feature that this broker does not serve yet; send it to a broker that does, or without it", what)
}
