package clients

import (
	"errors"
	"log/slog"
	"strings"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

// Java: ClientManageProcessor, ConsumerManageProcessor.
//
//	34 HEART_BEAT                  registers all groups of a client on its connection
//	35 UNREGISTER_CLIENT           ends one membership or two
//	38 GET_CONSUMER_LIST_BY_GROUP  the client ids of a group, without which no consumer divides queues
//	46 CHECK_CLIENT_CONFIG         can this broker filter by that expression?
//
// A heartbeat that the table refuses is 29, one that cannot be read 1, as in Java, which has no
// limits. A consumer group that may not be used is left out and the rest registered.
//
// Deviations: the ids of 38 are distinct and sorted. A short heartbeat of a group without known
// subscriptions is asked for them. 35 and a closed connection tell the group's members only if
// somebody left. An expression that cannot be compiled is answered with Java's text, and the place in it.

// Routes returns the rows of codes 34, 35, 38 and 46, and those of administrators. A heartbeat that says nothing new is answered
// inline, everything else on pool.
func (t *Table) Routes(pool *remoting.Pool) []remoting.Route {
	h := &handlers{table: t, pool: pool}
	for i := range h.answers {
		h.answers[i] = protocol.HeartbeatResponse{SupportV2: true, SubChange: i == 1}
	}
	sub := func(resources remoting.Extractor) remoting.Access {
		return remoting.Access{Action: remoting.ActionSub, Resources: resources}
	}
	groupField := sub(remoting.Field(remoting.KindGroup, "consumerGroup"))
	return append(h.inspection(), []remoting.Route{
		{Code: protocol.HeartBeat, Run: remoting.Inline, Access: sub(heartbeatResources), Handle: h.heartbeat},
		{Code: protocol.UnregisterClient, Run: pool, Access: groupField, Handle: remoting.Typed(h.unregister)},
		{Code: protocol.GetConsumerListByGroup, Run: pool, Access: groupField, Handle: remoting.Typed(h.list)},
		{Code: protocol.CheckClientConfig, Run: pool, Access: remoting.Open, Handle: remoting.Plain(h.check)},
	}...)
}

type handlers struct {
	table   *Table
	pool    *remoting.Pool
	answers [2]protocol.HeartbeatResponse // by whether subscriptions have changed; never written again
}

// heartbeatResources names the groups and topics of a heartbeat. A body that cannot be read names
// none: it will be refused.
func heartbeatResources(r *remoting.Request, dst []remoting.Resource) []remoting.Resource {
	var d protocol.HeartbeatData
	if err := fastjson.Unmarshal(r.Cmd.Body, &d); err != nil {
		return dst
	}
	for i := range d.ConsumerDataSet {
		c := &d.ConsumerDataSet[i]
		dst = append(dst, remoting.Resource{Kind: remoting.KindGroup, Name: c.GroupName})
		for j := range c.SubscriptionDataSet {
			if topic := c.SubscriptionDataSet[j].Topic; !strings.HasPrefix(topic, record.RetryPrefix) {
				dst = append(dst, remoting.Resource{Kind: remoting.KindTopic, Name: topic})
			}
		}
	}
	return dst
}

func (h *handlers) heartbeat(r *remoting.Request) {
	t := h.table
	t.Metrics.Heartbeats.Add(1)
	if subChanged, ok := t.repeat(r.Peer, r.Cmd.Body); ok {
		t.Metrics.Repeated.Add(1)
		h.answer(r, subChanged)
		return
	}
	// The entry is made here, where the connection's Closed cannot have run: a registration that is
	// overtaken by it finds the entry closed.
	t.open(r.Peer)
	r.ResubmitTo(h.pool, h.register)
}

func (h *handlers) answer(r *remoting.Request, subChanged bool) {
	if subChanged {
		r.Reply(&h.answers[1], nil)
		return
	}
	r.Reply(&h.answers[0], nil)
}

func (h *handlers) register(r *remoting.Request) {
	t := h.table
	c := t.conn(r.Peer)
	if c == nil {
		r.Fail(protocol.SystemError, "the connection is closed")
		return
	}
	d, err := t.parse(r.Cmd.Body)
	if err != nil {
		h.refuse(r, err)
		return
	}
	beat := t.read(d, &r.Cmd)
	if err := t.mayRegister(c, beat); err != nil {
		h.refuse(r, err)
		return
	}
	t.admit(beat)
	subChanged, joined, err := t.register(c, beat, t.sum(r.Cmd.Body), len(r.Cmd.Body))
	if err != nil {
		h.refuse(r, err)
		return
	}
	if joined > 0 {
		t.lines.joined.Log(t.opts.Log, slog.LevelInfo, "client joined", "client", d.ClientID, "peer", r.Peer.RemoteAddr(), "groups", joined)
	}
	h.answer(r, subChanged)
}

func (h *handlers) refuse(r *remoting.Request, err error) {
	h.table.Metrics.Refused.Add(1)
	if errors.Is(err, ErrFull) || errors.Is(err, errTooMany) {
		h.table.Metrics.Full.Add(1)
	}
	r.FailErr(err)
}

func (h *handlers) unregister(r *remoting.Request, u *protocol.UnregisterClientRequest) (remoting.Reply, error) {
	if c := h.table.conn(r.Peer); c != nil {
		if u.ProducerGroup != "" {
			h.table.unregister(c, u.ProducerGroup, false)
		}
		if u.ConsumerGroup != "" {
			h.table.unregister(c, u.ConsumerGroup, true)
		}
	}
	return remoting.Reply{}, nil
}

func (h *handlers) list(_ *remoting.Request, q *protocol.ConsumerGroupRequest) (remoting.Reply, error) {
	ids := h.table.ClientIDs([]byte(q.ConsumerGroup))
	if len(ids) == 0 {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "no consumer for this group, %.300s", q.ConsumerGroup)
	}
	return remoting.Reply{Body: fastjson.Append(nil, &protocol.ConsumerList{ConsumerIDList: ids})}, nil
}

func (h *handlers) check(r *remoting.Request) (remoting.Reply, error) {
	var q protocol.ClientConfigCheck
	if len(r.Cmd.Body) > h.table.opts.MaxBody {
		return remoting.Reply{}, tooMany(len(r.Cmd.Body), "bytes in a request", h.table.opts.MaxBody)
	}
	if len(r.Cmd.Body) > 0 {
		if err := fastjson.Unmarshal(r.Cmd.Body, &q); err != nil {
			return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "bad body: %v", err)
		}
	}
	s := q.SubscriptionData
	if s == nil || languageOf(s.ExpressionType) == Tags {
		return remoting.Reply{}, nil
	}
	if on := h.table.opts.PropertyFilter; on == nil || !on() || h.table.opts.Filters == nil {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError,
			"The broker does not support consumer to filter message by %.100s", s.ExpressionType)
	}
	if err := h.table.opts.Filters.Check(s.ExpressionType, s.SubString); err != nil {
		return remoting.Reply{}, &remoting.Error{Code: protocol.SubscriptionParseFailed, Remark: err.Error()}
	}
	return remoting.Reply{}, nil
}
