package clients

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/compat/mqversion"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Java: Broker2Client.resetOffset, getConsumeStatus.
//
//	220 RESET_CONSUMER_CLIENT_OFFSET           to every member of a group, when an administrator resets its offsets
//	223 INVOKE_BROKER_TO_GET_CONSUMER_STATUS   asks the members of a group, or the one of clientAddr, with
//	221 GET_CONSUMER_STATUS_FROM_CLIENT        how far each is in the queues of a topic. A member that does not answer
//	                                           within Options.StatusTimeout is left out
//
// 1 if the group has no members or one of them is too old. Java asks one member after the other, and says 1 with an
// exception's text of a group that has no members.

// Tell sends a oneway request to every member of a consumer group and returns how many it has. An error says
// that one of them is too old for it; then nobody is told.
func (t *Table) Tell(group string, m *remoting.Message) (members int, err error) {
	all := t.Consumers(group)
	for i := range all {
		if err := all[i].knowsResets(); err != nil {
			return 0, err
		}
	}
	push := t.relays.pusher()
	if push == nil {
		return 0, remoting.Errorf(protocol.SystemError, "the broker is starting, or stops")
	}
	for i := range all {
		if err := push.Push(all[i].Peer, m); err != nil {
			t.opts.Log.Warn("client not told", "code", m.Code, "group", group, "client", all[i].ClientID, "error", err)
		}
	}
	return len(all), nil
}

// knowsResets is Java's check for 220 and 221.
func (m *Member) knowsResets() error {
	if m.Version >= mqversion.V3_0_7_SNAPSHOT {
		return nil
	}
	return remoting.Errorf(protocol.SystemError, "the client does not support this feature. version=%s", mqversion.Name(int(m.Version)))
}

func (h *handlers) status(r *remoting.Request) {
	q := new(protocol.ConsumerStatusRequest)
	members, err := h.asked(r, q)
	if err != nil {
		r.FailErr(err)
		return
	}
	t := h.table
	r.Detach()
	if !t.surveys.begin(0, func(push Pusher) { t.collect(push, r, q, members) }) {
		r.FailErr(errCrowded)
	}
}

// asked are the members whose status is wanted.
func (h *handlers) asked(r *remoting.Request, q *protocol.ConsumerStatusRequest) (members []Member, err error) {
	if err := wire.DecodeHeader(&r.Cmd, q); err != nil {
		return nil, err
	}
	all := h.table.Consumers(q.Group)
	if len(all) == 0 {
		return nil, remoting.Errorf(protocol.SystemError, "No Any Consumer online in the consumer group: [%.300s]", q.Group)
	}
	for _, m := range all {
		if err := m.knowsResets(); err != nil {
			return nil, err
		}
		if id := strings.TrimSpace(q.ClientAddr); id == "" || id == m.ClientID {
			members = append(members, m)
		}
	}
	return members, nil
}

// Bounds of questions to all members of a group: how many there are at a time, how many members each asks at a time, and the bytes of
// all answers that are kept.
const (
	maxSurveys     = 16
	maxAsked       = 256
	maxSurveyBytes = 64 << 20
)

// collect asks all members, maxAsked at a time, and answers with what came until Options.StatusTimeout was over.
func (t *Table) collect(push Pusher, r *remoting.Request, q *protocol.ConsumerStatusRequest, members []Member) {
	ctx, cancel := context.WithTimeout(t.surveys.ctx, t.opts.StatusTimeout)
	defer cancel()
	told := make([]map[protocol.MessageQueue]int64, len(members))
	var kept atomic.Int64
	defer func() { t.surveys.give(0, int(kept.Load())) }()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(len(members), maxAsked) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(members); i = int(next.Add(1)) - 1 {
				status, size, err := t.statusOf(ctx, push, members[i].Peer, q)
				if err != nil {
					t.lines.untold.Log(t.opts.Log, slog.LevelWarn, "a client did not tell its offsets",
						"group", q.Group, "client", members[i].ClientID, "error", err)
				}
				told[i] = status
				kept.Add(int64(size))
			}
		})
	}
	wg.Wait()
	body := protocol.ConsumerStatus{ConsumerTable: make(map[string]map[protocol.MessageQueue]int64)}
	for i := range members {
		if told[i] != nil {
			body.ConsumerTable[members[i].ClientID] = told[i]
		}
	}
	r.ReplyCode(protocol.Success, remoting.RemarkUnset, nil, fastjson.Append(nil, &body))
}

// statusOf asks one member. size is what surveys counts for what is returned.
func (t *Table) statusOf(ctx context.Context, push Pusher, p remoting.Peer, q *protocol.ConsumerStatusRequest) (
	status map[protocol.MessageQueue]int64, size int, err error,
) {
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	answer, err := push.Call(ctx, p, &remoting.Message{
		Code: protocol.GetConsumerStatusFromClient, Header: &protocol.ConsumerStatusRequest{Topic: q.Topic, Group: q.Group},
	})
	if err != nil {
		return nil, 0, err
	}
	if answer.Code != protocol.Success || len(answer.Body) == 0 {
		return nil, 0, fmt.Errorf("answer %d %.300s, %d bytes", answer.Code, answer.Remark, len(answer.Body))
	}
	if size = 4 * len(answer.Body); !t.surveys.take(size) { // decoded too
		return nil, 0, errCrowded
	}
	var body protocol.ConsumerStatus
	if err := fastjson.Unmarshal(answer.Body, &body); err != nil {
		return nil, size, err
	}
	if body.MessageQueueTable == nil {
		body.MessageQueueTable = map[protocol.MessageQueue]int64{}
	}
	return body.MessageQueueTable, size, nil
}
