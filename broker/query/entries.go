package query

import (
	"fmt"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store"
)

// maxEntries bounds one answer of 321; an entry takes 90 bytes of it.
const maxEntries = 10_000

// Remarks of Java.
const (
	remarkNoIndex = "Index %d of %d@%s is not exist!"
	remarkNoQueue = "%d@%s is not exist!"
	remarkOffline = "%s@%s is not online!"
)

// queueAccess is that of 321, which names a topic and may name a group.
var queueAccess = remoting.Access{
	Action:    remoting.ActionGet,
	Resources: remoting.Both(remoting.Field(remoting.KindGroup, "consumerGroup"), remoting.Field(remoting.KindTopic, "topic")),
}

// entries is 321: entries of a consume queue from an index on, and what a group subscribes to. Beyond maxEntries an
// answer ends. Java: AdminBrokerProcessor.queryConsumeQueue.
func (h *Handler) entries(_ *remoting.Request, q *protocol.ConsumeQueueRequest) (remoting.Reply, error) {
	found := make([]store.Entry, min(max(q.Count, 0), maxEntries))
	n, known, err := h.store.Entries([]byte(q.Topic), q.QueueID, q.Index, found)
	if err != nil {
		return remoting.Reply{}, err
	}
	if !known {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, remarkNoQueue, q.QueueID, q.Topic)
	}
	low, high := h.store.MinOffset([]byte(q.Topic), q.QueueID), h.store.MaxOffset([]byte(q.Topic), q.QueueID)
	if q.Index < low || q.Index >= high {
		return remoting.Reply{Remark: fmt.Sprintf(remarkNoIndex, q.Index, q.QueueID, q.Topic)}, nil
	}
	body := protocol.ConsumeQueueEntries{MaxQueueIndex: high, MinQueueIndex: low, QueueData: make([]protocol.ConsumeQueueEntry, n)}
	for i, e := range found[:n] {
		body.QueueData[i] = protocol.ConsumeQueueEntry{PhysicOffset: e.PhyOffset, PhysicSize: e.Size, TagsCode: e.TagsCode}
	}
	if q.ConsumerGroup != "" {
		h.subscription(&body, q)
	}
	return remoting.Reply{Remark: remoting.RemarkUnset, Body: fastjson.Append(nil, &body)}, nil
}

// subscription tells of the group; the text null is what Java prints of a filter that is none.
func (h *Handler) subscription(body *protocol.ConsumeQueueEntries, q *protocol.ConsumeQueueRequest) {
	body.FilterData = "null"
	if body.SubscriptionData = h.subs.Wanted(q.ConsumerGroup, q.Topic); body.SubscriptionData == nil {
		body.FilterData = fmt.Sprintf(remarkOffline, q.ConsumerGroup, q.Topic)
	}
}
