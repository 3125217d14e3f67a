package pull

import (
	"fmt"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store"
)

// maxMessages is the most that a pull can ask for. As many entries of the queue are looked at for it if its
// filter wants none of them: in Java, which has no bound, the whole queue.
const maxMessages = 16 << 10

// prepare decodes and checks, in Java's order, and makes the query.
// Java: PullMessageProcessor.processRequest.
func (p *pull) prepare() error {
	if err := p.head.DecodeExt(&p.request.Cmd); err != nil {
		return err
	}
	if err := p.check(); err != nil {
		return err
	}
	head := &p.head
	if head.SysFlag&protocol.PullSubscription != 0 {
		if err := p.readSubscription(); err != nil {
			return err
		}
	}
	if err := p.reject(); err != nil {
		return err
	}
	p.query.Topic, p.query.QueueID, p.query.Offset = head.Topic, head.QueueID, head.QueueOffset
	p.query.Max, p.query.Bytes = int(min(max(1, head.MaxMsgNums), maxMessages)), int(max(0, head.MaxMsgBytes.Or(0)))
	p.query.Filter = p.storeFilter()
	return nil
}

// recheck is what prepare does, for a pull that has waited: tables change meanwhile.
func (p *pull) recheck() error {
	if err := p.check(); err != nil {
		return err
	}
	if err := p.reject(); err != nil {
		return err
	}
	p.query.Filter = p.storeFilter()
	return nil
}

// storeFilter is nil if all messages are wanted.
func (p *pull) storeFilter() store.Filter {
	if p.filter.all() {
		return nil
	}
	return &p.filter
}

// check looks whether the consumer may have the messages, and finds what it subscribes to unless the
// request says so itself.
func (p *pull) check() error {
	h := p.h
	if h.opts.Readable != nil && !h.opts.Readable() {
		return p.deny(protocol.ForbiddenBroker, "the broker[%s] pulling message is forbidden", h.opts.Broker)
	}
	if on := h.opts.LitePull; p.request.Cmd.Code == protocol.LitePullMessage && on != nil && !on() {
		return p.deny(protocol.ForbiddenBroker, "the broker[%s] for lite pull consumer is forbidden", h.opts.Broker)
	}
	if err := p.checkTables(); err != nil {
		return err
	}
	if p.head.SysFlag&protocol.PullSubscription != 0 {
		return nil
	}
	return p.findSubscription()
}

func (p *pull) checkTables() error {
	head := &p.head
	var ok bool
	if p.group, ok = p.h.meta.Group(head.ConsumerGroup); !ok {
		if p.at == onLoop {
			return errLaborious // creating it writes to disk
		}
		p.group, ok = p.h.meta.CreateGroup(head.ConsumerGroup)
	}
	if !ok {
		return remoting.Errorf(protocol.SubscriptionGroupNotExist, "subscription group [%s] does not exist, %s", head.ConsumerGroup, protocol.FAQ)
	}
	if !p.group.Consume {
		return p.deny(protocol.ForbiddenGroup, "subscription group no permission, %s", head.ConsumerGroup)
	}
	if p.topic, ok = p.h.meta.Topic(head.Topic); !ok {
		return remoting.Errorf(protocol.TopicNotExist, "topic[%s] not exist, apply first please! %s", head.Topic, protocol.FAQ)
	}
	if !p.topic.Readable {
		return p.deny(protocol.ForbiddenTopic, "the topic[%s] pulling message is forbidden", head.Topic)
	}
	if head.QueueID < 0 || head.QueueID >= p.topic.ReadQueues {
		return remoting.Errorf(protocol.InvalidParameter, "queueId[%d] is illegal, topic:[%s] topicConfig.readQueueNums:[%d] consumer:[/%s]",
			head.QueueID, head.Topic, p.topic.ReadQueues, p.request.Peer.RemoteAddr())
	}
	return nil
}

// maxInline is the longest expression that is compiled on a loop, in bytes.
const maxInline = 4 << 10

// readSubscription takes the subscription that the request carries.
func (p *pull) readSubscription() error {
	if kind := p.head.ExpressionType; !isTag(kind) {
		if !p.h.conditions() {
			return unservedFilter(kind)
		}
		if len(p.head.Subscription) > maxInline && p.at == onLoop {
			return errLaborious // compiling it would keep the loop
		}
		c, err := p.h.opts.Filters.Compile(kind, p.head.Subscription)
		if err != nil {
			return badExpression(err)
		}
		p.filter.judge(c)
		return nil
	}
	if n := len(p.head.Subscription); n > p.h.opts.MaxTags {
		p.h.Metrics.LongTags.Add(1)
		return badExpression(fmt.Errorf("%d bytes of tags, at most %d: maxExpressionBytes", n, p.h.opts.MaxTags))
	}
	if err := p.filter.parse(p.head.Subscription); err != nil {
		return badExpression(err)
	}
	return nil
}

// findSubscription takes the subscription from what the group's heartbeats said.
func (p *pull) findSubscription() error {
	head := &p.head
	sub, found := p.h.meta.Subscription(head.ConsumerGroup, head.Topic)
	switch {
	case found == NoGroup:
		return remoting.Errorf(protocol.SubscriptionNotExist, "the consumer's group info not exist%s", protocol.FAQ)
	case sub.Broadcasting && !p.group.Broadcast:
		return p.deny(protocol.ForbiddenBroadcasting, "the consumer group[%s] can not consume by broadcast way", head.ConsumerGroup)
	case p.h.meta.Forbidden(head.ConsumerGroup, head.Topic):
		return p.deny(protocol.ForbiddenSubscription, "the consumer group[%s] is forbidden for topic[%s]", head.ConsumerGroup, head.Topic)
	case found == NoTopic:
		return remoting.Errorf(protocol.SubscriptionNotExist, "the consumer's subscription not exist%s", protocol.FAQ)
	case sub.Version < head.SubVersion:
		return remoting.Errorf(protocol.SubscriptionNotLatest, "the consumer's subscription not latest")
	case sub.Expression != "" && sub.Expression != tagType:
		return p.findCondition(sub.Expression)
	}
	p.filter.set(sub.Codes)
	return nil
}

// findCondition takes what the group's heartbeats said of an expression that is no list of tags.
func (p *pull) findCondition(kind string) error {
	head, h := &p.head, p.h
	if h.opts.Filters == nil {
		return unservedFilter([]byte(kind))
	}
	c := h.opts.Filters.Registered(head.ConsumerGroup, head.Topic)
	switch {
	case c == nil:
		return remoting.Errorf(protocol.FilterDataNotExist, "The broker's consumer filter data is not exist!Your expression may be wrong!")
	case c.ClientVersion() < head.SubVersion:
		return remoting.Errorf(protocol.FilterDataNotLatest, "the consumer's consumer filter data not latest")
	case !h.conditions():
		return unservedFilter([]byte(kind))
	}
	p.filter.judge(c)
	return nil
}

// conditions reports whether anything but tags is served.
func (h *Handler) conditions() bool {
	on := h.opts.PropertyFilter
	return on != nil && on() && h.opts.Filters != nil
}

// badExpression refuses what cannot be read. Java meant to where it is a condition, and answers with all messages instead.
func badExpression(err error) error {
	return remoting.Errorf(protocol.SubscriptionParseFailed, "parse the consumer's subscription failed: %v", err)
}

// unservedFilter refuses an expression that is not a tag list. The text is that of a Java broker
// with enablePropertyFilter=false, which is the default.
func unservedFilter(kind []byte) error {
	return remoting.Errorf(protocol.SystemError, "The broker does not support consumer to filter message by %s", kind)
}

func (p *pull) deny(kind int32, format string, args ...any) error {
	p.denied.Type = kind
	return &remoting.Error{Code: protocol.NoPermission, Remark: fmt.Sprintf(format, args...)}
}
