package reset

import (
	"errors"
	"log/slog"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store"
)

// Topic is what must be known of a topic.
type Topic struct{ ReadQueues, WriteQueues int32 }

// Topics is the topic table.
type Topics interface {
	Find(name string) (Topic, bool)
}

// Groups is the table of consumer groups.
type Groups interface {
	Exists(name []byte) bool
}

// Offsets is the table of consumers' offsets.
type Offsets interface {
	Query(group, topic []byte, queue int32) (offset int64, ok bool)
	// Reset stores where a group goes on, and that it is to be told.
	Reset(group, topic []byte, queue int32, offset int64) error
	// Of are a group's offsets of a topic by queue, Clone gives them to another group.
	Of(group, topic string) map[int32]int64
	Clone(from, to, topic string) (queues int, err error)
	// Groups and Topics are those that have an offset of a topic, and those that a group has one of.
	Groups(topic string) []string
	Topics(group string) []string
}

// Queues are the store's. They may be asked of the disk.
type Queues interface {
	MinOffset(topic []byte, queue int32) int64
	MaxOffset(topic []byte, queue int32) int64
	OffsetByTime(topic []byte, queue int32, ms int64, b store.Boundary) (int64, error)
}

// Clients are the consumers that are connected.
type Clients interface {
	// Unwanted reports whether a group has members, which subscribe to something but not to the topic.
	Unwanted(group, topic string) bool
	// Tell sends a oneway request to every member of a group and returns how many it has. An error says that
	// one of them is too old for it.
	Tell(group string, m *remoting.Message) (members int, err error)
}

// Waiting are the pulls that wait for messages.
type Waiting interface {
	// Restart answers those of a group in a queue.
	Restart(group, topic []byte, queue int32)
}

// Handler serves the requests.
type Handler struct {
	Topics  Topics
	Groups  Groups
	Offsets Offsets
	Queues  Queues
	Clients Clients
	Waiting Waiting

	Broker     string      // brokerName
	ServerSide func() bool // useServerSideResetOffset
	Log        *slog.Logger
}

// Routes returns the rows of 222, 308 and 314. They may ask the disk, so they run on pool.
func (h *Handler) Routes(pool *remoting.Pool) []remoting.Route {
	topic := remoting.Field(remoting.KindTopic, "topic")
	of := func(action remoting.Action, field string) remoting.Access {
		return remoting.Access{Action: action, Resources: remoting.Both(topic, remoting.Field(remoting.KindGroup, field))}
	}
	return []remoting.Route{
		{Code: protocol.InvokeBrokerToResetOffset, Run: pool, Access: of(remoting.ActionUpdate, "group"), Handle: remoting.Typed(h.reset)},
		{Code: protocol.QueryCorrectionOffset, Run: pool, Access: of(remoting.ActionGet, "compareGroup"), Handle: remoting.Typed(h.correction)},
		{Code: protocol.CloneGroupOffset, Run: pool, Access: of(remoting.ActionUpdate, "destGroup"), Handle: remoting.Typed(h.clone)},
	}
}

// reset is 222 INVOKE_BROKER_TO_RESET_OFFSET: here, or by the group's members.
func (h *Handler) reset(r *remoting.Request, q *protocol.ResetOffsetRequest) (remoting.Reply, error) {
	h.Log.Info("a reset of consumer offsets is asked for", "by", r.Peer.RemoteAddr(), "group", q.Group, "topic", q.Topic,
		"queue", q.QueueID, "offset", q.Offset.Or(unset), "time", q.Timestamp, "force", q.Force)
	if h.ServerSide() {
		return h.here(q)
	}
	return h.byMembers(r, q)
}

// refusal is the answer for an offset that the table does not take.
func refusal(err error) error {
	if e := (*remoting.Error)(nil); errors.As(err, &e) {
		return e
	}
	return remoting.Errorf(protocol.SystemError, "%v", err)
}

// unset is an offset that says nothing; the time counts.
const unset = -1

// byTime is the first offset of a queue from a time on, its end for a negative one.
func (h *Handler) byTime(topic string, queue int32, ms int64) (int64, error) {
	if ms < 0 {
		return h.Queues.MaxOffset([]byte(topic), queue), nil
	}
	off, err := h.Queues.OffsetByTime([]byte(topic), queue, ms, store.Lower)
	return max(0, off), err
}

func (h *Handler) queue(topic string, id int32) protocol.MessageQueue {
	return protocol.MessageQueue{BrokerName: h.Broker, QueueID: id, Topic: topic}
}
