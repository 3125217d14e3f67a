package reset

import (
	"math"
	"slices"
	"strings"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// Java: AdminBrokerProcessor.cloneGroupOffset, queryCorrectionOffset, ConsumerOffsetManager.queryMinOffsetInAllGroup.
//
//	314 CLONE_GROUP_OFFSET       gives destGroup the offsets of srcGroup in a topic, or in all topics that it has offsets of.
//	                             offline=false leaves out a topic that srcGroup's members do not subscribe to
//	308 QUERY_CORRECTION_OFFSET  the lowest offset of all groups in each queue, and Long.MAX_VALUE where compareGroup is
//	                             behind it
//
// Deviations: in Java 314 without a topic does nothing, and 308 deletes for good the offsets of the groups that it is
// told to leave out.

func (h *Handler) clone(_ *remoting.Request, q *protocol.CloneOffsetRequest) (remoting.Reply, error) {
	topics := []string{q.Topic}
	if strings.TrimSpace(q.Topic) == "" {
		topics = h.Offsets.Topics(q.SrcGroup)
	}
	for _, topic := range topics {
		_, known := h.Topics.Find(topic)
		if !known || !q.Offline && h.Clients.Unwanted(q.SrcGroup, topic) {
			h.Log.Warn("offsets not cloned: no such topic, or the group does not subscribe to it", "topic", topic, "group", q.SrcGroup)
			continue
		}
		queues, err := h.Offsets.Clone(q.SrcGroup, q.DestGroup, topic)
		if err != nil {
			return remoting.Reply{}, refusal(err)
		}
		h.Log.Info("consumer offsets cloned", "topic", topic, "from", q.SrcGroup, "to", q.DestGroup, "queues", queues)
	}
	return remoting.Reply{}, nil
}

func (h *Handler) correction(_ *remoting.Request, q *protocol.CorrectionOffsetRequest) (remoting.Reply, error) {
	lowest := make(map[int32]int64)
	unwanted := strings.Split(q.FilterGroups, ",")
	for _, group := range h.Offsets.Groups(q.Topic) {
		if slices.Contains(unwanted, group) {
			continue
		}
		for queue, off := range h.Offsets.Of(group, q.Topic) {
			known, ok := lowest[queue]
			if off >= h.Queues.MinOffset([]byte(q.Topic), queue) && (!ok || off < known) {
				lowest[queue] = off
			}
		}
	}
	for queue, off := range h.Offsets.Of(q.CompareGroup, q.Topic) {
		if low, ok := lowest[queue]; ok && low > off {
			lowest[queue] = math.MaxInt64
		}
	}
	return remoting.Reply{Body: fastjson.Append(nil, &protocol.CorrectionOffsets{CorrectionOffsets: lowest})}, nil
}
