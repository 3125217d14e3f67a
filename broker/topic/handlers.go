package topic

import (
	"errors"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Java: AdminBrokerProcessor.updateAndCreateTopic.
//
//	17 UPDATE_AND_CREATE_TOPIC  the whole configuration of one topic; attributes as modifications
//
// Order of checks: filter type (1), name (29), system topic (29), numbers (29), format of the
// attributes (1), MIXED (29), attributes (1). Success carries the remark that Java leaves there.
//
// Deviations: Java takes any permission and any number of queues, also negative ones; we refuse
// them with 29. Java compares attributes as modifications with attributes as stored, so a repeated
// request with attributes moves its version; ours does not. A change that could not be written is
// answered 1, though it holds until the next start; Java says 0.

// remarkUnset is in Java's answer because nothing takes it out again.
const remarkUnset = "not set any response code"

// Routes returns the row of code 17. It writes a file, so it runs on pool.
func (t *Table) Routes(pool *remoting.Pool) []remoting.Route {
	return []remoting.Route{{
		Code: protocol.UpdateAndCreateTopic,
		Run:  pool,
		Access: remoting.Access{
			Action:    remoting.ActionCreate,
			Resources: remoting.Field(remoting.KindTopic, "topic"),
		},
		Handle: t.update,
	}}
}

func (t *Table) update(r *remoting.Request) {
	var h protocol.CreateTopicRequest
	err := wire.DecodeHeader(&r.Cmd, &h)
	if errors.Is(err, wire.ErrBadField) {
		r.FailErr(err)
		return
	}
	if refused := t.checkName(&h); refused != nil {
		r.FailErr(refused)
		return
	}
	if err == nil {
		err = t.checkNumbers(&h)
	}
	if err == nil {
		err = t.Update(configOf(&h), h.Attributes)
	}
	if err != nil {
		r.FailErr(err)
		return
	}
	r.ReplyCode(protocol.Success, remarkUnset, nil, nil)
}

func configOf(h *protocol.CreateTopicRequest) Config {
	return Config{
		Name:        h.Topic,
		ReadQueues:  h.ReadQueueNums,
		WriteQueues: h.WriteQueueNums,
		Perm:        h.Perm,
		FilterType:  h.TopicFilterType,
		SysFlag:     h.TopicSysFlag.Or(0),
		Order:       h.Order,
	}
}

func (t *Table) checkName(h *protocol.CreateTopicRequest) error {
	if h.TopicFilterType != protocol.SingleTag && h.TopicFilterType != protocol.MultiTag {
		shown := h.TopicFilterType
		if shown == "" {
			shown = "null"
		}
		return remoting.Errorf(protocol.SystemError, "topicFilterType = [%.64s] value invalid", shown)
	}
	if remark := Invalid([]byte(h.Topic)); remark != "" {
		return remoting.Errorf(protocol.InvalidParameter, "%s", remark)
	}
	if t.opts.GuardSystem && t.IsSystem(h.Topic) {
		return remoting.Errorf(protocol.InvalidParameter, "The topic[%s] is conflict with system topic.", h.Topic)
	}
	return nil
}

func (t *Table) checkNumbers(h *protocol.CreateTopicRequest) error {
	ok := func(n int32) bool { return 0 <= n && n <= t.opts.MaxQueues }
	switch {
	case h.Perm < 0 || h.Perm >= protocol.PermPriority:
		return remoting.Errorf(protocol.InvalidParameter, "perm %d is invalid: a sum of 1 inherit, 2 write, 4 read", h.Perm)
	case !ok(h.ReadQueueNums), !ok(h.WriteQueueNums):
		return remoting.Errorf(protocol.InvalidParameter, "%d read and %d write queues: 0 to %d are allowed",
			h.ReadQueueNums, h.WriteQueueNums, t.opts.MaxQueues)
	}
	return nil
}
