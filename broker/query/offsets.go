package query

import (
	"strings"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store"
)

// Subscriptions knows what groups want of topics.
type Subscriptions interface {
	// Wanted is nil for a group that is not online, or does not subscribe to the topic.
	Wanted(group, topic string) *protocol.SubscriptionData
}

// Handler serves the questions.
type Handler struct {
	store *store.Store
	subs  Subscriptions
}

// New makes a handler.
func New(s *store.Store, subs Subscriptions) *Handler { return &Handler{store: s, subs: subs} }

// Routes are 12, 29, 30, 31, 32, 33 and 321. Looking for a time, a key or a message may read the disk, so
// those run on pool.
func (h *Handler) Routes(pool *remoting.Pool) []remoting.Route {
	access := remoting.Access{Action: remoting.ActionGet, Resources: remoting.Field(remoting.KindTopic, "topic")}
	return []remoting.Route{
		{Code: protocol.QueryMessage, Run: pool, Access: access, Handle: remoting.Typed(h.byKey)},
		{Code: protocol.ViewMessageByID, Run: pool, Access: access, Handle: remoting.Typed(h.byOffset)},
		{Code: protocol.GetMaxOffset, Run: remoting.Inline, Access: access, Handle: remoting.Typed(h.max)},
		{Code: protocol.GetMinOffset, Run: remoting.Inline, Access: access, Handle: remoting.Typed(h.min)},
		{Code: protocol.SearchOffsetByTimestamp, Run: pool, Access: access, Handle: remoting.Typed(h.search)},
		{Code: protocol.QueryConsumeQueue, Run: pool, Access: queueAccess, Handle: remoting.Typed(h.entries)},
		{Code: protocol.GetEarliestMsgStoreTime, Run: pool, Access: access, Handle: remoting.Typed(h.earliest)},
	}
}

// max answers with the end of what consumers may read. The end of what is appended but not yet
// readable is not told: an offset from there would be lost by a crash.
func (h *Handler) max(_ *remoting.Request, q *protocol.MaxOffsetRequest) (remoting.Reply, error) {
	return found(h.store.MaxOffset([]byte(q.Topic), q.QueueID))
}

func (h *Handler) min(_ *remoting.Request, q *protocol.QueueRequest) (remoting.Reply, error) {
	return found(h.store.MinOffset([]byte(q.Topic), q.QueueID))
}

func (h *Handler) search(_ *remoting.Request, q *protocol.SearchOffsetRequest) (remoting.Reply, error) {
	boundary := store.Lower
	if strings.EqualFold(q.BoundaryType, "UPPER") {
		boundary = store.Upper
	}
	offset, err := h.store.OffsetByTime([]byte(q.Topic), q.QueueID, q.Timestamp, boundary)
	if err != nil {
		return remoting.Reply{}, err
	}
	return found(offset)
}

func (h *Handler) earliest(_ *remoting.Request, q *protocol.QueueRequest) (remoting.Reply, error) {
	ms, err := h.store.EarliestTime([]byte(q.Topic), q.QueueID)
	if err != nil {
		return remoting.Reply{}, err
	}
	return remoting.Reply{Header: &protocol.EarliestStoreTimeResponse{Timestamp: ms}}, nil
}

func found(offset int64) (remoting.Reply, error) {
	return remoting.Reply{Header: &protocol.OffsetResponse{Offset: offset}}, nil
}
