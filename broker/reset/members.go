package reset

import (
	"cmp"
	"slices"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Java: Broker2Client.resetOffset.
//
//	220  to each member of the group, which sets its offsets and commits them. Without isForce a group only goes back.
//	     17, 1 for a group without an offset in each queue and for a member too old, 206 for one without members

func (h *Handler) byMembers(r *remoting.Request, q *protocol.ResetOffsetRequest) (remoting.Reply, error) {
	t, ok := h.Topics.Find(q.Topic)
	if !ok {
		return remoting.Reply{}, remoting.Errorf(protocol.TopicNotExist, "[reset-offset] reset offset failed, no topic in this broker. topic=%.300s", q.Topic)
	}
	offsets := make(map[protocol.MessageQueue]int64, t.WriteQueues)
	for queue := range t.WriteQueues {
		is, ok := h.Offsets.Query([]byte(q.Group), []byte(q.Topic), queue)
		if !ok {
			return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "THe consumer group <%.300s> not exist", q.Group)
		}
		off, err := h.byTime(q.Topic, queue, q.Timestamp)
		if err != nil {
			return remoting.Reply{}, err
		}
		if !q.Force {
			off = min(off, is)
		}
		offsets[h.queue(q.Topic, queue)] = off
	}
	members, err := h.Clients.Tell(q.Group, push(q, offsets, r.Cmd.Language))
	if err != nil {
		return remoting.Reply{}, err
	}
	if members == 0 {
		return remoting.Reply{}, remoting.Errorf(protocol.ConsumerNotOnline,
			"Consumer not online, so can not reset offset, Group: %.300s Topic: %.300s Timestamp: %d", q.Group, q.Topic, q.Timestamp)
	}
	return remoting.Reply{Remark: remoting.RemarkUnset, Body: fastjson.Append(nil, &protocol.ResetOffsets{OffsetTable: offsets})}, nil
}

// push is 220. Whoever asks for the reset in C++ has members in C++, or so Java takes it.
func push(q *protocol.ResetOffsetRequest, offsets map[protocol.MessageQueue]int64, asker wire.Language) *remoting.Message {
	m := &remoting.Message{Code: protocol.ResetConsumerClientOffset, Header: &protocol.ResetOffsetRequest{
		Group: q.Group, Topic: q.Topic, QueueID: -1, Timestamp: q.Timestamp,
	}}
	if asker != wire.CPP {
		m.Body = fastjson.Append(nil, &protocol.ResetOffsets{OffsetTable: offsets})
		return m
	}
	var list protocol.ResetOffsetList
	for mq, off := range offsets {
		list.OffsetTable = append(list.OffsetTable, protocol.QueueOffset{BrokerName: mq.BrokerName, Offset: off, QueueID: mq.QueueID, Topic: mq.Topic})
	}
	slices.SortFunc(list.OffsetTable, func(a, b protocol.QueueOffset) int { return cmp.Compare(a.QueueID, b.QueueID) })
	m.Body = fastjson.Append(nil, &list)
	return m
}
