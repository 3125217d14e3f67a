package namesrv

import (
	"errors"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/namesrv/route"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// register is 103, sent by a broker when it starts, when its topics change, and every 10 to 60 s.
// Java: DefaultRequestProcessor.registerBroker.
func (n *NameServer) register(r *remoting.Request, h *protocol.RegisterBrokerRequest) (remoting.Reply, error) {
	if h.BodyCRC32 != 0 && h.BodyCRC32 != jvalue.CRC32(r.Cmd.Body) {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "crc32 not match")
	}
	body, err := protocol.DecodeRegisterBody(r.Cmd.Body, r.Cmd.Version)
	if err != nil {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "register broker failed: %v", err)
	}
	wrapper := &body.Topics
	reg := &route.Registration{
		Cluster: h.ClusterName, Name: h.BrokerName, Addr: h.BrokerAddr, HA: h.HAServerAddr, ID: h.BrokerID,
		Zone: h.ZoneName, ActingMaster: h.EnableActingMaster.Or(false),
		Timeout: time.Duration(h.HeartbeatTimeoutMillis.Or(0)) * time.Millisecond,
		Version: wrapper.DataVersion, Conn: r.Peer.ID(),
	}
	for _, c := range wrapper.TopicConfigTable {
		reg.Topics = append(reg.Topics, c)
	}
	master, err := n.table.Register(reg)
	if err != nil {
		if errors.Is(err, route.ErrStale) || errors.Is(err, route.ErrPartial) {
			return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "register broker failed. Cause: %v", err)
		}
		return remoting.Reply{}, err
	}
	return remoting.Reply{
		Header: &protocol.RegisterBrokerResponse{HAServerAddr: master.HA, MasterAddr: master.Addr},
		Body:   fastjson.Append(nil, &protocol.KVTable{Table: map[string]string{}}),
	}, nil
}

// unregister is 104.
func (n *NameServer) unregister(_ *remoting.Request, h *protocol.BrokerRequest) (remoting.Reply, error) {
	n.table.Unregister(h.ClusterName, h.BrokerName, h.BrokerAddr, h.BrokerID)
	return remoting.Reply{}, nil
}

// queryVersion is 322: a broker asks whether it has to register, or, oneway, says that it lives.
func (n *NameServer) queryVersion(r *remoting.Request, h *protocol.BrokerRequest) (remoting.Reply, error) {
	var version protocol.DataVersion
	if err := fastjson.Unmarshal(r.Cmd.Body, &version); err != nil {
		return remoting.Reply{}, err
	}
	changed, stored := n.table.Alive(h.ClusterName, h.BrokerAddr, version)
	answer := remoting.Reply{Header: &protocol.DataVersionResponse{Changed: changed}}
	if stored != nil {
		answer.Body = fastjson.Append(nil, stored)
	}
	return answer, nil
}
