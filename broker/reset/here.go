package reset

import (
	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// Java: AdminBrokerProcessor.resetOffsetInner.
//
//	222  all queues of a topic, or the one of queueId; to offset if queueId is given, else to timestamp.
//	     17, 26, and 1 for an offset that the queue does not have. The answer lists what was set; isForce says nothing
//
// Deviations: Java resets queues that the topic does not have, and to one offset behind the end.

func (h *Handler) here(q *protocol.ResetOffsetRequest) (remoting.Reply, error) {
	t, ok := h.Topics.Find(q.Topic)
	switch {
	case !ok:
		return remoting.Reply{}, remoting.Errorf(protocol.TopicNotExist, "Topic %.300s does not exist", q.Topic)
	case !h.Groups.Exists([]byte(q.Group)):
		return remoting.Reply{}, remoting.Errorf(protocol.SubscriptionGroupNotExist, "Group %.300s does not exist", q.Group)
	case q.QueueID >= max(t.ReadQueues, t.WriteQueues):
		return remoting.Reply{}, remoting.Errorf(protocol.InvalidParameter, "queueId[%d] is illegal, topic:[%.300s] topicConfig.readQueueNums:[%d]",
			q.QueueID, q.Topic, t.ReadQueues)
	}
	targets, err := h.targets(q, t)
	if err != nil {
		return remoting.Reply{}, err
	}
	if len(targets) == 0 {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "No queues to reset.")
	}
	body := protocol.ResetOffsets{OffsetTable: make(map[protocol.MessageQueue]int64, len(targets))}
	for queue, off := range targets {
		if err := h.Offsets.Reset([]byte(q.Group), []byte(q.Topic), queue, off); err != nil {
			return remoting.Reply{}, refusal(err)
		}
		h.Waiting.Restart([]byte(q.Group), []byte(q.Topic), queue)
		body.OffsetTable[h.queue(q.Topic, queue)] = off
	}
	h.Log.Info("consumer offsets reset", "group", q.Group, "topic", q.Topic, "offsets", targets)
	return remoting.Reply{Body: fastjson.Append(nil, &body)}, nil
}

// targets are the offsets to set by queue. Nothing is changed yet: one bad queue leaves all as they are.
func (h *Handler) targets(q *protocol.ResetOffsetRequest, t Topic) (map[int32]int64, error) {
	targets := make(map[int32]int64)
	if off := q.Offset.Or(unset); q.QueueID >= 0 && off != unset {
		low, high := h.Queues.MinOffset([]byte(q.Topic), q.QueueID), h.Queues.MaxOffset([]byte(q.Topic), q.QueueID)
		if off < low || off > high {
			return nil, remoting.Errorf(protocol.SystemError, "Target offset %d not in consume queue range [%d-%d]", off, low, high)
		}
		targets[q.QueueID] = off
		return targets, nil
	}
	first, end := q.QueueID, q.QueueID+1
	if q.QueueID < 0 {
		first, end = 0, t.ReadQueues
	}
	for queue := first; queue < end; queue++ {
		off, err := h.byTime(q.Topic, queue, q.Timestamp)
		if err != nil {
			return nil, err
		}
		targets[queue] = off
	}
	return targets, nil
}
