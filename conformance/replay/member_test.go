package replay

import (
	"io"
	"net"
	"strings"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/record"
)

// member puts a consumer online that answers what the broker asks it as Java's answer to the request tells:
// the broker passes it on.
func (w *world) member(x *exchange) {
	w.t.Helper()
	w.join(field(x.req, "clientId"), &protocol.HeartbeatData{ConsumerDataSet: consumerOf(field(x.req, "consumerGroup"))}, x.Code, x.want)
}

func consumerOf(group string) []protocol.ConsumerData {
	return []protocol.ConsumerData{{
		GroupName: group, ConsumeType: protocol.ConsumePassively, MessageModel: protocol.Clustering,
		ConsumeFromWhere: protocol.FromLastOffset,
	}}
}

// status has one consumer of the group online, which tells its offsets as Java's answer says, or refuses to.
func (w *world) status(x *exchange) {
	w.t.Helper()
	group := field(x.req, "group")
	for key := range w.conns {
		if caller, target, _ := strings.Cut(key, " "); target == "broker" {
			w.tell(caller, target, &wire.Command{Code: protocol.UnregisterClient, Ext: []wire.Pair{
				{Key: []byte("clientID"), Value: []byte("any")}, {Key: []byte("consumerGroup"), Value: []byte(group)},
			}})
		}
	}
	id, _, found := strings.Cut(after(string(x.want.Body), `{"consumerTable":{"`), `":{{`)
	told := &wire.Command{Code: protocol.RequestCodeNotSupported}
	if found {
		table, _, _ := strings.Cut(after(string(x.want.Body), id+`":`), `},"messageQueueTable"`)
		told = &wire.Command{Body: []byte(`{"messageQueueTable":` + table + `}`)}
	} else {
		id = "mute"
	}
	w.join(id, &protocol.HeartbeatData{ConsumerDataSet: consumerOf(group)}, int(protocol.GetConsumerStatusFromClient), told)
}

// requester has the producer online that waits for a reply, and takes it.
func (w *world) requester(x *exchange) {
	w.t.Helper()
	id, _ := record.Property([]byte(orElse(field(x.req, "properties"), field(x.req, "i"))), record.PropReplyToClient)
	w.join(string(id), &protocol.HeartbeatData{ProducerDataSet: []protocol.ProducerData{{GroupName: "PID_requester"}}},
		int(protocol.PushReplyMessageToClient), &wire.Command{})
}

// join connects a client that says what it is and answers requests of one code.
func (w *world) join(id string, beat *protocol.HeartbeatData, code int, told *wire.Command) {
	w.t.Helper()
	c, err := net.DialTimeout("tcp", w.addrs["broker"], patience)
	if err != nil {
		w.t.Fatal(err)
	}
	if before := w.conns["member "+id]; before != nil {
		_ = before.Close()
	}
	w.conns["member "+id] = &conn{c}
	beat.ClientID = id
	w.tell("member", id, &wire.Command{Code: protocol.HeartBeat, Body: fastjson.Append(nil, beat)})
	w.members.Go(func() { answer(c, code, told) })
}

// answer gives what it is asked with the code the answer, until the connection ends.
func answer(c net.Conn, code int, told *wire.Command) {
	_ = c.SetDeadline(time.Time{})
	for {
		head := make([]byte, 4)
		if _, err := io.ReadFull(c, head); err != nil {
			return
		}
		n, err := wire.Cut(head)
		if err != nil {
			return
		}
		frame := append(head, make([]byte, n-4)...)
		if _, err := io.ReadFull(c, frame[4:]); err != nil {
			return
		}
		var asked wire.Command
		if wire.Decode(frame, &asked) != nil || int(asked.Code) != code {
			continue // it is told of others of its group too
		}
		frame, err = wire.AppendCommand(nil, &wire.Command{
			Code: told.Code, Flag: wire.FlagResponse, Opaque: asked.Opaque, Version: 479, Remark: told.Remark, HasRemark: told.HasRemark,
			Body: told.Body,
		})
		if err != nil {
			return
		}
		if _, err := c.Write(frame); err != nil {
			return
		}
	}
}
