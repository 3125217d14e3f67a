package namesrv

import (
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/namesrv/kv"
	"github.com/gannetmq/gannet/namesrv/route"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// register is 103, sent by a broker when it starts, when its topics change, and every 10 to 60 s.
// Java: DefaultRequestProcessor.registerBroker.
//
// The answer's body is the order topics of the key-value table, and none while there are none: brokers
// of 4.x take an empty table to heart and forget which of their topics are ordered.
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
	answer := remoting.Reply{Header: &protocol.RegisterBrokerResponse{HAServerAddr: master.HA, MasterAddr: master.Addr}}
	if n.switches.Load().TellOrders {
		answer.Body = n.kv.Printed(kv.Orders)
	}
	return answer, nil
}

func registration(h *protocol.RegisterBrokerRequest, table *protocol.TopicTable, conn uint64) *route.Registration {
	r := &route.Registration{
		Cluster: h.ClusterName, Name: h.BrokerName, Addr: h.BrokerAddr, HA: h.HAServerAddr, ID: h.BrokerID,
		Zone: h.ZoneName, ActingMaster: h.EnableActingMaster, Version: table.DataVersion, Conn: conn,
		Timeout:  time.Duration(min(h.HeartbeatTimeoutMillis.Or(0), maxTimeout.Milliseconds())) * time.Millisecond,
		Mappings: table.TopicQueueMappingInfoMap,
		Topics:   make([]protocol.TopicConfig, 0, len(table.TopicConfigTable)),
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
	n.table.Unregister(h.ClusterName, h.BrokerName, h.BrokerAddr)
	return remoting.Reply{}, nil
}

// queryVersion is 322: a broker asks whether it has to register, or, oneway, says that it lives. What
// Java prints is answered here and now; other texts are parsed on the pool.
func (n *NameServer) queryVersion(r *remoting.Request) {
	cluster, ok := r.Cmd.Lookup("clusterName")
	addr, ok2 := r.Cmd.Lookup("brokerAddr")
	version, ok3 := protocol.ReadDataVersion(r.Cmd.Body)
	if !ok || !ok2 || !ok3 {
		r.ResubmitTo(n.pool, n.parseVersion)
		return
	}
	r.Reply(n.alive(cluster, addr, version))
}

// parseVersion is 322 with a body in another form than Java's, or with fields that are missing.
func (n *NameServer) parseVersion(r *remoting.Request) {
	remoting.Typed(func(r *remoting.Request, h *protocol.BrokerRequest) (remoting.Reply, error) {
		var version protocol.DataVersion
		if err := fastjson.Unmarshal(r.Cmd.Body, &version); err != nil {
			return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "data version: %v", err)
		}
		header, body := n.alive([]byte(h.ClusterName), []byte(h.BrokerAddr), version)
		return remoting.Reply{Header: header, Body: body}, nil
	})(r)
}

func (n *NameServer) alive(cluster, addr []byte, version protocol.DataVersion) (wire.Header, []byte) {
	changed, stored := n.table.Alive(cluster, addr, version)
	if changed {
		return versionChanged, stored
	}
	return versionSame, stored
}

// The headers of all answers to 322; nobody writes to them.
var (
	versionChanged wire.Header = &protocol.DataVersionResponse{Changed: true}
	versionSame    wire.Header = &protocol.DataVersionResponse{}
)

// heartbeat is 904, a sign of life alone: Java answers strangers too.
func (n *NameServer) heartbeat(r *remoting.Request) {
	cluster, _ := r.Cmd.Lookup("clusterName")
	addr, _ := r.Cmd.Lookup("brokerAddr")
	n.table.Seen(cluster, addr)
	r.Reply(nil, nil)
}

// members is 901. The remark is Java's, which forgets to clear it.
func (n *NameServer) members(_ *remoting.Request, h *protocol.MemberGroupRequest) (remoting.Reply, error) {
	group := &protocol.MemberGroupBody{Group: n.table.Members(h.ClusterName, h.BrokerName)}
	return remoting.Reply{Remark: remoting.RemarkUnset, Body: fastjson.Append(nil, group)}, nil
}
