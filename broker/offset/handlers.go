package offset

import (
	"bytes"
	"errors"
	"fmt"
	"sync"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/record"
)

// Java: ConsumerManageProcessor; AdminBrokerProcessor.getAllConsumerOffset.
//
//	43 GET_ALL_CONSUMER_OFFSET the whole table, for slaves
//	14 QUERY_CONSUMER_OFFSET   what is stored; for a group that has nothing stored see absent
//	15 UPDATE_CONSUMER_OFFSET  group and topic must exist (26, 17); any offset is taken, also a lower one,
//	                           but for a queue whose reset no member was told of: SUCCESS, and nothing is stored
//
// Deviations: a queue id that no topic can have is 29 (Java stores it), and so is one beyond the
// table's bounds. Nobody moves the broker's own group (16), see Own.

// Names is a table that knows whether a topic or a group exists.
type Names interface {
	Exists(name []byte) bool
}

// Store is what is asked of the message store for a group without an offset. Both may block.
type Store interface {
	// MinOffset is the first queue offset that exists, or less than 1 if the queue is empty or absent.
	MinOffset(topic []byte, queue int32) int64
	// InMemory reports whether there is a message at that queue offset and it is among those that
	// the page cache may be expected to hold. Java: checkInMemByConsumeOffset.
	InMemory(topic []byte, queue int32, off int64) bool
}

// Remarks of Java.
const (
	remarkNotZero = "Not found, do not set to zero, maybe this group boot first"
	remarkAbsent  = "Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first"
	remarkReset   = "Offset has been previously reset"
)

// handlers serves codes 14 and 15.
type handlers struct {
	table  *Table
	groups Names
	topics Names
	store  Store
	pool   *remoting.Pool // for what asks the store
	free   sync.Pool      // of *scratch
}

// scratch is what one request needs; pooled, because headers are handed on as interfaces and so
// would be allocated.
type scratch struct {
	query  protocol.QueryOffsetRequest
	update protocol.UpdateOffsetRequest
	answer protocol.OffsetResponse
}

// Routes returns the rows of codes 14, 15 and 43. The first two run inline but for the questions that
// the store must answer, which run on pool.
func (t *Table) Routes(groups, topics Names, store Store, pool *remoting.Pool) []remoting.Route {
	h := &handlers{table: t, groups: groups, topics: topics, store: store, pool: pool}
	h.free.New = func() any { return new(scratch) }
	access := remoting.Access{Action: remoting.ActionSub, Resources: resources}
	return []remoting.Route{
		{Code: protocol.QueryConsumerOffset, Run: remoting.Inline, Access: access, Handle: h.query},
		{Code: protocol.UpdateConsumerOffset, Run: remoting.Inline, Access: access, Handle: h.update},
		{
			Code: protocol.GetAllConsumerOffset, Run: pool,
			Access: remoting.Access{Action: remoting.ActionList, Resources: remoting.NoResource}, Handle: remoting.Plain(t.all),
		},
	}
}

// resources of both codes. A retry topic is its group's. Java: DefaultAuthorizationContextBuilder.
func resources(r *remoting.Request, dst []remoting.Resource) []remoting.Resource {
	if topic, ok := r.Cmd.Lookup("topic"); ok && !bytes.HasPrefix(topic, retryPrefix) {
		dst = append(dst, remoting.Resource{Kind: remoting.KindTopic, Name: string(topic)})
	}
	group, _ := r.Cmd.Lookup("consumerGroup")
	return append(dst, remoting.Resource{Kind: remoting.KindGroup, Name: string(group)})
}

var retryPrefix = []byte(record.RetryPrefix)

func (h *handlers) query(r *remoting.Request) {
	s := h.free.Get().(*scratch)
	defer h.free.Put(s)
	q := &s.query
	if err := q.DecodeExt(&r.Cmd); err != nil {
		r.FailErr(err)
		return
	}
	off, ok := h.table.Query(q.ConsumerGroup, q.Topic, q.QueueID)
	if !ok || off < 0 {
		r.ResubmitTo(h.pool, h.absent)
		return
	}
	s.answer.Offset = off
	r.Reply(&s.answer, nil)
}

// absent answers for a group that has no offset of the queue. One that meets a queue from which
// nothing was deleted and that is still small is told 0, wherever it wanted to begin: clients have
// come to depend on it. Otherwise it is told that nothing is stored, and begins where it wants.
func (h *handlers) absent(r *remoting.Request) {
	s := h.free.Get().(*scratch)
	defer h.free.Put(s)
	q := &s.query
	if err := q.DecodeExt(&r.Cmd); err != nil {
		r.FailErr(err)
		return
	}
	switch {
	case !q.SetZeroIfNotFound.Or(true):
		r.Fail(protocol.QueryNotFound, remarkNotZero)
	case q.QueueID < 0, h.store.MinOffset(q.Topic, q.QueueID) > 0, !h.store.InMemory(q.Topic, q.QueueID, 0):
		r.Fail(protocol.QueryNotFound, remarkAbsent)
	default:
		s.answer.Offset = 0
		r.Reply(&s.answer, nil)
	}
}

func (h *handlers) update(r *remoting.Request) {
	s := h.free.Get().(*scratch)
	defer h.free.Put(s)
	u := &s.update
	err := u.DecodeExt(&r.Cmd)
	if err != nil && !errors.Is(err, wire.ErrMissingField) {
		r.FailErr(err)
		return
	}
	switch {
	case !h.groups.Exists(u.ConsumerGroup):
		r.Fail(protocol.SubscriptionGroupNotExist, fmt.Sprintf("Group %.300s not exist!", u.ConsumerGroup))
	case !h.topics.Exists(u.Topic):
		r.Fail(protocol.TopicNotExist, fmt.Sprintf("Topic %.300s not exist!", u.Topic))
	case err != nil:
		h.incomplete(r, u)
	default:
		h.commit(r, u)
	}
}

// incomplete answers a commit that lacks its queue or its offset.
func (h *handlers) incomplete(r *remoting.Request, u *protocol.UpdateOffsetRequest) {
	what := "Offset"
	if _, ok := r.Cmd.Lookup("queueId"); !ok {
		what = "QueueId"
	}
	r.Fail(protocol.InvalidParameter, fmt.Sprintf("%s is null, topic is %s", what, u.Topic))
}

func (h *handlers) commit(r *remoting.Request, u *protocol.UpdateOffsetRequest) {
	switch err := h.table.Commit(u.ConsumerGroup, u.Topic, u.QueueID, u.CommitOffset); {
	case errors.Is(err, ErrOwn):
		r.FailErr(err)
	case errors.Is(err, ErrReset):
		r.ReplyCode(protocol.Success, remarkReset, nil, nil)
	case err != nil:
		r.Fail(protocol.InvalidParameter, err.Error())
	default:
		r.Reply(nil, nil)
	}
}
