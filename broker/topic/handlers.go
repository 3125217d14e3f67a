package topic

import (
	"errors"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Java: AdminBrokerProcessor.updateAndCreateTopic, updateAndCreateTopicList, getAllTopicConfig,
// getTopicConfig, getSystemTopicListFromBroker.
//
//	17  UPDATE_AND_CREATE_TOPIC            the whole configuration of one topic; attributes as modifications
//	18  UPDATE_AND_CREATE_TOPIC_LIST       the same of several
//	21  GET_ALL_TOPIC_CONFIG               the table, to clients newer than 5.3.3 in pages
//	305 GET_SYSTEM_TOPIC_LIST_FROM_BROKER  names that cannot be changed
//	351 GET_TOPIC_CONFIG                   one topic
//
// Order of checks in 17: filter type (1), name (29), system topic (29), numbers (29), format of the
// attributes (1), MIXED (29), attributes (1). Success carries the remark that Java leaves there.
//
// Deviations: Java takes any permission and any number of queues, also negative ones; we refuse
// them with 29. Java compares attributes as modifications with attributes as stored, so a repeated
// request with attributes moves its version; ours does not. A change that could not be written is
// answered 1, though it holds until the next start; Java says 0. Java leaves out all of a list 18 if one
// of its topics is as it was, and a list that fails half-way is half done; ours is done or not.

// Routes returns the rows of the topic codes. Those that write a file or read the whole table run on pool.
func (t *Table) Routes(pool *remoting.Pool) []remoting.Route {
	named := remoting.Field(remoting.KindTopic, "topic")
	create := remoting.Access{Action: remoting.ActionCreate, Resources: named}
	list := remoting.Access{Action: remoting.ActionList, Resources: remoting.NoResource}
	return []remoting.Route{
		{Code: protocol.UpdateAndCreateTopic, Run: pool, Access: create, Handle: t.update},
		{
			Code: protocol.UpdateAndCreateTopicList, Run: pool,
			Access: remoting.Access{Action: remoting.ActionCreate, Resources: listed},
			Handle: remoting.Plain(t.updateList),
		},
		{Code: protocol.GetAllTopicConfig, Run: pool, Access: list, Handle: remoting.Typed(t.all)},
		{Code: protocol.GetSystemTopicListFromBroker, Run: remoting.Inline, Access: list, Handle: remoting.Plain(t.systemList)},
		{
			Code: protocol.GetTopicConfig, Run: remoting.Inline,
			Access: remoting.Access{Action: remoting.ActionGet, Resources: named}, Handle: remoting.Typed(t.one),
		},
	}
}

func (t *Table) update(r *remoting.Request) {
	var h protocol.CreateTopicRequest
	err := wire.DecodeHeader(&r.Cmd, &h)
	if errors.Is(err, wire.ErrBadField) {
		r.FailErr(err)
		return
	}
	c := configOf(&h)
	if refused := t.checkName(&c); refused != nil {
		r.FailErr(refused)
		return
	}
	if err == nil {
		err = t.checkNumbers(&c)
	}
	if err == nil {
		err = t.Update(c, h.Attributes)
	}
	if err != nil {
		r.FailErr(err)
		return
	}
	r.ReplyCode(protocol.Success, remoting.RemarkUnset, nil, nil)
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

func (t *Table) checkName(c *Config) error {
	if c.FilterType != protocol.SingleTag && c.FilterType != protocol.MultiTag {
		shown := c.FilterType
		if shown == "" {
			shown = "null"
		}
		return remoting.Errorf(protocol.SystemError, "topicFilterType = [%.64s] value invalid", shown)
	}
	if remark := Invalid([]byte(c.Name)); remark != "" {
		return remoting.Errorf(protocol.InvalidParameter, "%s", remark)
	}
	if t.Guarded(c.Name) {
		return remoting.Errorf(protocol.InvalidParameter, remarkSystem, c.Name)
	}
	return nil
}

// remarkSystem refuses to change the broker's own topics.
const remarkSystem = "The topic[%s] is conflict with system topic."

func (t *Table) checkNumbers(c *Config) error {
	ok := func(n int32) bool { return 0 <= n && n <= t.opts.MaxQueues }
	switch {
	case c.Perm < 0 || c.Perm >= protocol.PermPriority:
		return remoting.Errorf(protocol.InvalidParameter, "perm %d is invalid: a sum of 1 inherit, 2 write, 4 read", c.Perm)
	case !ok(c.ReadQueues), !ok(c.WriteQueues):
		return remoting.Errorf(protocol.InvalidParameter, "%d read and %d write queues: 0 to %d are allowed",
			c.ReadQueues, c.WriteQueues, t.opts.MaxQueues)
	}
	return nil
}
