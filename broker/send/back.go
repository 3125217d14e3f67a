package send

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strconv"

	"github.com/gannetmq/gannet/compat/mqversion"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/record"
)

// Java: AbstractSendMessageProcessor.consumerSendMsgBack.
//
//	36 CONSUMER_SEND_MSG_BACK  a consumer could not consume the message at an offset of the log: a copy comes to the
//	                           group's %RETRY% topic after a delay, or, after too many deliveries or with a negative
//	                           delayLevel, to its %DLQ% topic at once
//	                           26 no such group, 16 the broker or the retry topic takes no messages, 1 no such message,
//	                           or it is not stored; SUCCESS and nothing is done for a group with retryQueueNums=0
//
// The copy knows where it began: RETRY_TOPIC and ORIGIN_MESSAGE_ID are those of the first failure. delayLevel=0 waits
// longer with each delivery, from level 3 on.
//
// Deviations: with synchronous flush the answer waits for the disk, because the consumer moves on past the message
// (Java does not wait). Messages that wait in a topic of the broker's own are not found, so that nobody gets hold of
// an undecided transaction by its offset.

// firstRetry is the delay level of a message's first retry.
const firstRetry = 3

// BackRoutes is the row of 36, which reads the log and may make topics.
func (h *Handler) BackRoutes(pool *remoting.Pool) []remoting.Route {
	group, topic := remoting.Field(remoting.KindGroup, "group"), remoting.Field(remoting.KindTopic, "originTopic")
	return []remoting.Route{{Code: protocol.ConsumerSendMsgBack, Run: pool, Access: remoting.Access{
		Action:    remoting.ActionSub,
		Resources: remoting.Both(group, topic),
	}, Handle: h.sendBack}}
}

// back is one message on its way back.
type back struct {
	h       *Handler
	request *remoting.Request
	head    protocol.SendBackRequest

	group   Group
	view    record.View
	message record.Message
	origin  []byte // the topic that the message was sent to at first
}

func (h *Handler) sendBack(r *remoting.Request) {
	b := &back{h: h, request: r}
	if err := b.serve(); err != nil {
		r.FailErr(err)
	}
}

// serve answers, now or when the disk has the copy; with an error nothing is answered yet.
func (b *back) serve() error {
	if err := wire.DecodeHeader(&b.request.Cmd, &b.head); err != nil {
		return err
	}
	if err := b.check(); err != nil {
		return err
	}
	if b.group.RetryQueues <= 0 {
		b.request.Reply(nil, nil)
		return nil
	}
	retry, err := b.topic(record.RetryPrefix, b.group.RetryQueues, b.head.UnitMode)
	if err != nil {
		return err
	}
	if err := b.load(); err != nil {
		return err
	}
	b.copy()
	if b.head.DelayLevel < 0 || b.view.ReconsumeTimes >= b.most() {
		dead, err := b.topic(record.DLQPrefix, 1, false)
		if err != nil {
			return err
		}
		b.message.Topic = dead
		b.delay(0)
		return b.store(0)
	}
	b.message.Topic, b.message.QueueID = retry, rand.Int32N(b.group.RetryQueues)
	b.delay(b.level())
	return b.store(AsksDelay)
}

// check looks at the group and at the broker, in Java's order.
func (b *back) check() error {
	h, name := b.h, []byte(b.head.Group)
	var ok bool
	if b.group, ok = h.groups.Find(name); !ok {
		if b.group, ok = h.groups.Create(name); !ok {
			return noGroup(name)
		}
	}
	if h.opts.Writable != nil && !h.opts.Writable() {
		return remoting.Errorf(protocol.NoPermission, "the broker[%s] sending message is forbidden", h.opts.StoreHost.Addr())
	}
	return nil
}

// topic makes sure that there is the group's retry or dead letter topic, and that it takes messages.
func (b *back) topic(prefix string, queues int32, unit bool) ([]byte, error) {
	name := []byte(prefix + b.head.Group)
	t, ok := b.h.topics.CreateBack(name, queues, unit)
	if !ok {
		return nil, remoting.Errorf(protocol.SystemError, "topic[%s] not exist", name)
	}
	if !t.Writable && prefix == record.RetryPrefix {
		return nil, remoting.Errorf(protocol.NoPermission, "the topic[%s] sending message is forbidden", name)
	}
	return name, nil
}

// load reads the message.
func (b *back) load() error {
	buf, err := b.h.store.AppendLook(nil, b.head.Offset)
	if err == nil {
		var kind record.Kind
		if kind, err = record.Parse(buf, &b.view, record.CheckCRC); kind != record.Record || record.BrokerOwned(b.view.Topic) {
			err = errors.Join(store.ErrNotFound, err)
		}
	}
	if err == nil {
		return nil
	}
	return remoting.Errorf(protocol.SystemError, "look message by offset failed, %d. Cause: %v", b.head.Offset, err)
}

// copy makes the message that is stored, but for its topic, queue and delay.
func (b *back) copy() {
	v := &b.view
	props := bytes.Clone(v.Properties)
	if b.origin, _ = v.Property(record.PropRetryTopic); len(b.origin) == 0 {
		b.origin = v.Topic
		props = record.AppendProperty(props, record.PropRetryTopic, v.Topic)
	}
	if id, _ := v.Property(record.PropOriginMessageID); len(bytes.TrimSpace(id)) == 0 {
		props = record.AppendWithout(props[:0], props, record.PropOriginMessageID)
		props = record.AppendProperty(props, record.PropOriginMessageID, record.AppendOffsetID(nil, v.StoreHost(), v.PhyOffset))
	}
	props = record.AppendWithout(props[:0], props, record.PropWait)
	props = record.AppendProperty(props, record.PropWait, "false")
	b.message = v.Message()
	b.message.StoreHost, b.message.Properties = b.h.opts.StoreHost, props
	b.message.ReconsumeTimes++
}

// most is how often the message may be delivered. Old clients do not say.
func (b *back) most() int32 {
	if b.request.Cmd.Version < mqversion.V3_4_9 {
		return b.group.RetryMax
	}
	return b.head.MaxReconsumeTimes.Or(b.group.RetryMax)
}

// level is the delay level of this retry.
func (b *back) level() int32 {
	if b.head.DelayLevel > 0 {
		return b.head.DelayLevel
	}
	return firstRetry + min(max(b.view.ReconsumeTimes, 0), 1<<30) // a producer may have said anything
}

// delay sets the level, which the hook of delays reads.
func (b *back) delay(level int32) {
	m := &b.message
	m.Properties = record.AppendWithout(m.Properties[:0], m.Properties, record.PropDelayLevel)
	m.Properties = record.AppendProperty(m.Properties, record.PropDelayLevel, strconv.Itoa(int(level)))
}

// store puts the message and answers when it is as durable as a send would be.
func (b *back) store(asks Asks) error {
	h := b.h
	if !h.awaits.enter() {
		return notBack(store.ErrClosed)
	}
	p := h.puts.Get().(*put)
	placed, err := p.inner(&b.message, asks)
	if err == nil {
		b.count(p, &placed, asks == 0)
	}
	p.release()
	if err != nil {
		h.awaits.leave()
		return notBack(err)
	}
	b.request.Detach()
	h.store.Await(placed.End, b)
	return nil
}

// count tells the counters. As in Java the copy counts as sent to the topic of delays, but not to that of dead letters.
func (b *back) count(p *put, placed *commitlog.Placed, dead bool) {
	m := &b.h.Metrics
	m.Returned.Add(1)
	if dead {
		m.Buried.Add(1)
	}
	y := b.h.opts.Tally
	if y == nil {
		return
	}
	if dead {
		y.Buried([]byte(b.head.Group), b.origin)
	} else {
		y.Put(p.message.Topic, p.message.QueueID, 1, placed.Size, 0)
	}
	y.Returned([]byte(b.head.Group), b.origin)
}

// Settled implements commitlog.Waiter.
func (b *back) Settled(err error) {
	defer b.h.awaits.leave()
	if err != nil {
		b.request.FailErr(notBack(err))
		return
	}
	b.request.Reply(nil, nil)
}

// notBack says that the message is not stored, in the words of Java's PutMessageStatus: the consumer then sends it
// itself.
func notBack(err error) error {
	status := "UNKNOWN_ERROR"
	var e *remoting.Error
	switch {
	case errors.As(err, &e):
		status = e.Remark
	case errors.Is(err, record.ErrPropertiesTooLarge):
		status = "PROPERTIES_SIZE_EXCEEDED"
	case store.IsIllegal(err):
		status = "MESSAGE_ILLEGAL"
	case store.IsUnavailable(err):
		status = "SERVICE_NOT_AVAILABLE"
	case store.IsBusy(err):
		status = "OS_PAGE_CACHE_BUSY"
	}
	return remoting.Errorf(protocol.SystemError, "%s. Cause: %v", status, err)
}
