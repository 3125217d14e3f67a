package replay

import (
	"io"
	"net"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// member puts a consumer online that answers what the broker asks it as Java's answer to the request tells:
// the broker passes it on.
func (w *world) member(x *exchange) {
	w.t.Helper()
	c, err := net.DialTimeout("tcp", w.addrs["broker"], patience)
	if err != nil {
		w.t.Fatal(err)
	}
	id := field(x.req, "clientId")
	if before := w.conns["member "+id]; before != nil {
		_ = before.Close()
	}
	w.conns["member "+id] = &conn{c}
	group := protocol.ConsumerData{
		GroupName: field(x.req, "consumerGroup"), ConsumeType: protocol.ConsumePassively, MessageModel: protocol.Clustering,
		ConsumeFromWhere: protocol.FromLastOffset,
	}
	w.tell("member", id, &wire.Command{Code: protocol.HeartBeat, Body: fastjson.Append(nil, &protocol.HeartbeatData{
		ClientID: id, ConsumerDataSet: []protocol.ConsumerData{group},
	})})
	w.members.Go(func() { answer(c, x) })
}

// answer gives what it is asked with the code of x the answer of x, until the connection ends.
func answer(c net.Conn, x *exchange) {
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
		if wire.Decode(frame, &asked) != nil || int(asked.Code) != x.Code {
			continue // it is told of others of its group too
		}
		frame, err = wire.AppendCommand(nil, &wire.Command{
			Code: x.want.Code, Flag: wire.FlagResponse, Opaque: asked.Opaque, Version: 479, Remark: x.want.Remark, HasRemark: x.want.HasRemark,
			Body: x.want.Body,
		})
		if err != nil {
			return
		}
		if _, err := c.Write(frame); err != nil {
			return
		}
	}
}
