package send

import (
	"bytes"
	"net/netip"
	"strconv"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/record"
)

// Java: ReplyMessageProcessor.
//
//	324 SEND_REPLY_MESSAGE     a consumer answers a request: the message goes to the client that REPLY_TO_CLIENT names, by 326,
//	325 SEND_REPLY_MESSAGE_V2  and into its topic (storeReplyMessageEnable). 1 if the client did not get it; it is stored all
//	                           the same, and the answer then carries its ids
//
// The message is checked as one that is sent by 310 or 10 is, and must be acceptable before anybody sees it. It is brought
// to the client before it is stored: the client waits.
//
// Deviations: Java looks only at the topic, and stores no CLUSTER.

// Replies brings replies to those who wait for them.
type Replies interface {
	// Deliver calls done, on any goroutine, with "" when the client has taken the message, and else with Java's
	// remark.
	Deliver(client string, m *remoting.Message, done func(remark string))
}

// ReplyRoutes are the codes of replies.
func (h *Handler) ReplyRoutes(pool *remoting.Pool) []remoting.Route {
	pub := remoting.Access{Action: remoting.ActionPub, Resources: remoting.Field(remoting.KindTopic, "b", "topic")}
	return []remoting.Route{
		{Code: protocol.SendReplyMessage, Run: pool, Access: pub, Handle: h.reply},
		{Code: protocol.SendReplyMessageV2, Run: pool, Access: pub, Handle: h.reply},
	}
}

func (h *Handler) reply(r *remoting.Request) {
	p := h.puts.Get().(*put)
	p.begin(r, true)
	if err := p.prepare(); err != nil {
		p.fail(err)
		return
	}
	client := replyTo(p.message.Properties)
	if client == "" {
		p.own()
		p.replied("reply message properties[" + record.PropReplyToClient + "] is null")
		return
	}
	m := p.push(r.Peer.RemoteAddr(), bytes.Clone(r.Cmd.Body))
	p.own()
	r.Detach()
	h.opts.Replies.Deliver(client, m, p.replied)
}

// own copies what storing needs of the frame, which dies while the client is asked, and forgets the rest. The
// message is encoded already. The answer has no transaction id.
func (p *put) own() {
	p.message.Topic, p.message.Body = bytes.Clone(p.message.Topic), nil
	p.head = protocol.SendRequest{}
	p.facts.uniqKey = nil
}

func replyTo(properties []byte) string {
	value, _ := record.Property(properties, record.PropReplyToClient)
	return string(value)
}

// push is 326.
func (p *put) push(from netip.AddrPort, body []byte) *remoting.Message {
	now := p.h.opts.Now().UnixMilli()
	head := &p.head
	properties := record.AppendProperty(bytes.Clone(p.message.Properties), record.PropPushReplyTime, strconv.FormatInt(now, 10))
	return &remoting.Message{Code: protocol.PushReplyMessageToClient, Body: body, Header: &protocol.ReplyRequest{
		ProducerGroup: string(head.ProducerGroup), Topic: string(head.Topic), DefaultTopic: string(head.DefaultTopic),
		DefaultTopicQueueNums: head.DefaultTopicQueueNums, QueueID: head.QueueID, SysFlag: head.SysFlag,
		BornTimestamp: head.BornTimestamp, Flag: head.Flag, Properties: string(properties),
		ReconsumeTimes: wire.Some(head.ReconsumeTimes.Or(0)), UnitMode: head.UnitMode.Or(false),
		BornHost: from.String(), StoreHost: p.h.opts.StoreHost.String(), StoreTimestamp: now,
	}}
}

// replied stores the reply and answers who sent it, after the client was asked.
func (p *put) replied(remark string) {
	p.delivered, p.began = delivery{done: true, remark: remark}, time.Now()
	if store := p.h.opts.StoreReplies; store != nil && !store() {
		p.unstored()
		return
	}
	if err := p.store(); err != nil {
		p.h.opts.Log.Warn("reply not stored", "topic", string(p.message.Topic), "error", err)
		p.unstored()
	}
}

// unstored answers for a reply that is nowhere but with the client, if there.
func (p *put) unstored() {
	if p.delivered.remark != "" {
		p.request.ReplyCode(protocol.SystemError, p.delivered.remark, &p.h.traits.Load().region, nil)
		p.release()
		return
	}
	p.answer = protocol.SendResponse{MsgID: []byte("0"), QueueID: p.queueID, RegionExt: p.h.traits.Load().region}
	p.reply()
}

// delivery is how it went with the client that a message is for.
type delivery struct {
	done   bool
	remark string // why the client did not get it
}

// code is the answer's for a message that is stored.
func (d *delivery) code(stored int32) int32 {
	switch {
	case !d.done:
		return stored
	case d.remark != "":
		return protocol.SystemError
	}
	return protocol.Success
}
