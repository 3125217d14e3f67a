package register

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// register tells a name server the whole topic table, unless it has it already and force is false.
func (r *Registrar) register(ctx context.Context, n *nameServer, force bool) error {
	table := r.opts.Topics()
	if !force {
		if known, err := r.known(ctx, n, &table.DataVersion); err != nil || known {
			return err
		}
	}
	body := &protocol.RegisterBody{FilterServerList: []string{}, Topics: table}
	var encoded []byte
	if r.opts.Compressed {
		encoded = body.AppendCompressed(nil)
	} else {
		encoded = fastjson.Append(nil, body)
	}
	answer, err := r.call(ctx, n, &remoting.Message{
		Code: protocol.RegisterBroker,
		Header: &protocol.RegisterBrokerRequest{
			BrokerName: r.opts.Name, BrokerAddr: r.opts.Addr, ClusterName: r.opts.Cluster, HAServerAddr: r.opts.HA,
			BrokerID: r.opts.ID, EnableActingMaster: wire.Some(false), Compressed: r.opts.Compressed,
			BodyCRC32: jvalue.CRC32(encoded),
		},
		Body: encoded,
	})
	if err == nil {
		r.ordered(n, answer.Body)
	}
	return err
}

// ordered reads the answer to 103, with the queues of ordered topics by name: what administrators keep there under ORDER_TOPIC_CONFIG. The
// broker makes such topics ordered, and never unordered again. Java: handleRegisterBrokerResult, updateOrderTopicConfig.
func (r *Registrar) ordered(n *nameServer, body []byte) {
	if len(body) == 0 || r.opts.Ordered == nil {
		return
	}
	var orders protocol.KVTable
	if err := fastjson.Unmarshal(body, &orders); err != nil {
		r.opts.Log.Warn("a name server's list of ordered topics cannot be read", "namesrv", n.addr, "err", err)
		return
	}
	if len(orders.Table) > 0 {
		r.opts.Ordered(slices.Collect(maps.Keys(orders.Table)))
	}
}

// known asks whether the name server has this version of the table; asking counts as a sign of life.
func (r *Registrar) known(ctx context.Context, n *nameServer, version *protocol.DataVersion) (bool, error) {
	answer, err := r.call(ctx, n, &remoting.Message{
		Code: protocol.QueryDataVersion, Header: r.identity(), Body: fastjson.Append(nil, version),
	})
	if err != nil {
		return false, err
	}
	var h protocol.DataVersionResponse
	if err := wire.DecodeHeader(answer, &h); err != nil {
		return false, err
	}
	return !h.Changed, nil
}

// leavePatience is how long a name server that does not answer may hold up a stop, which has more to do.
// Java: BrokerOuterAPI.unregisterBroker.
const leavePatience = 3 * time.Second

func (r *Registrar) leave(ctx context.Context, n *nameServer) error {
	ctx, cancel := context.WithTimeout(ctx, leavePatience)
	defer cancel()
	_, err := r.call(ctx, n, &remoting.Message{Code: protocol.UnregisterBroker, Header: r.identity()})
	return err
}

func (r *Registrar) identity() *protocol.BrokerRequest {
	return &protocol.BrokerRequest{
		BrokerName: r.opts.Name, BrokerAddr: r.opts.Addr, ClusterName: r.opts.Cluster, BrokerID: r.opts.ID,
	}
}

// call is one request and its answer; an answer that says no is an error.
func (r *Registrar) call(ctx context.Context, n *nameServer, m *remoting.Message) (*wire.Command, error) {
	ctx, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	answer, err := r.caller.Call(ctx, n.addr, m)
	if err != nil {
		return nil, err
	}
	if answer.Code != protocol.Success {
		return nil, remoting.Errorf(answer.Code, "%s", answer.Remark)
	}
	return answer, nil
}
