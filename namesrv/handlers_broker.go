package namesrv

import (
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/namesrv/route"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// register is 103, sent by a broker when it starts, when its topics change, and every 10 to 60 s.
// Java: DefaultRequestProcessor.registerBroker.
//
// The answer has no body: Java's is the order topics of its key-value table, and none while there are
// none. Brokers of 4.x take an empty table to heart and forget which of their topics are ordered.
func (n *NameServer) register(r *remoting.Request, h *protocol.RegisterBrokerRequest) (remoting.Reply, error) {
	if h.BodyCRC32 != 0 && h.BodyCRC32 != jvalue.CRC32(r.Cmd.Body) {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "crc32 not match")
	}
	body, err := protocol.DecodeRegisterBody(r.Cmd.Body, r.Cmd.Version)
	if err != nil {
		return remoting.Reply{}, notRegistered(err)
	}
	master, err := n.table.Register(registration(h, &body.Topics, r.Peer.ID()))
	if err != nil {
		return remoting.Reply{}, notRegistered(err)
	}
	return remoting.Reply{Header: &protocol.RegisterBrokerResponse{HAServerAddr: master.HA, MasterAddr: master.Addr}}, nil
}

func registration(h *protocol.RegisterBrokerRequest, table *protocol.TopicTable, conn uint64) *route.Registration {
	r := &route.Registration{
		Cluster: h.ClusterName, Name: h.BrokerName, Addr: h.BrokerAddr, HA: h.HAServerAddr, ID: h.BrokerID,
		Zone: h.ZoneName, ActingMaster: h.EnableActingMaster, Version: table.DataVersion, Conn: conn,
		Timeout: time.Duration(min(h.HeartbeatTimeoutMillis.Or(0), maxTimeout.Milliseconds())) * time.Millisecond,
		Topics:  make([]protocol.TopicConfig, 0, len(table.TopicConfigTable)),
	}
	for _, c := range table.TopicConfigTable {
		r.Topics = append(r.Topics, c)
	}
	return r
}

// maxTimeout is how long a broker may be silent at most, whatever it announces.
const maxTimeout = 24 * time.Hour

// notRegistered is the answer to what every stranger can cause: it is not worth a line in our log, the
// broker writes one into its own.
func notRegistered(err error) error {
	return remoting.Errorf(protocol.SystemError, "register broker failed. Cause: %v", err)
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
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "data version: %v", err)
	}
	changed, stored := n.table.Alive(h.ClusterName, h.BrokerAddr, version)
	answer := remoting.Reply{Header: &protocol.DataVersionResponse{Changed: changed}}
	if stored != nil {
		answer.Body = fastjson.Append(nil, stored)
	}
	return answer, nil
}
