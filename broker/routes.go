package broker

import (
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/gannetmq/gannet/broker/admin"
	"github.com/gannetmq/gannet/broker/register"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/server"
)

// routes is every code that the broker serves. Each package below lists its own rows.
func (b *Broker) routes() []remoting.Route {
	var rows []remoting.Route
	for _, part := range [][]remoting.Route{
		b.send.Routes(remoting.Inline), b.send.ReplyRoutes(b.pools.send), b.send.BackRoutes(b.pools.send),
		b.pull.Routes(remoting.Inline),
		b.query.Routes(b.pools.query),
		b.delays.Routes(b.pools.admin),
		b.timers.Routes(b.pools.admin, b.recalls()),
		b.offsets.Routes(b.groups, b.topics, offsetStore{b.store}, b.pools.admin),
		b.clients.Routes(b.pools.admin),
		b.locks.Routes(b.pools.admin),
		b.cold.Routes(b.pools.admin),
		b.topics.Routes(b.pools.admin),
		b.groups.Routes(b.pools.admin),
		b.deleter().Routes(b.pools.admin),
		(&admin.Cleaner{Files: b.store, Spare: b.topics.IsSystem, Log: b.log}).Routes(b.pools.admin),
		admin.NewConfig(settings{b}, nil, b.log).Routes(b.pools.admin),
		admin.NewRuntime(b.figures, nil).Routes(b.pools.admin),
		b.stats.Routes(b.pools.admin),
		b.progress().Routes(b.pools.query),
		b.txn.Routes(b.pools.send, b.pools.admin),
		b.resets().Routes(b.pools.admin),
	} {
		rows = append(rows, part...)
	}
	return rows
}

// Names of the broker's listeners.
const (
	mainListener = "broker"
	vipListener  = "vip"
)

func (b *Broker) serverOptions() server.Options {
	listen := []netio.Listen{{Name: mainListener, Addr: b.bind(b.cfg.ListenPort)}}
	if b.cfg.VIPEnable {
		// Java serves a subset of the codes here, and so refuses pulls; we serve all.
		listen = append(listen, netio.Listen{Name: vipListener, Addr: b.bind(b.cfg.ListenPort - 2)})
	}
	o := server.Options{
		Listen: listen, Routes: b.routes(),
		Router: remoting.Options{
			MaxInFlight: b.cfg.MaxInFlight, MaxFrameBytes: b.cfg.MaxInFlightBytes, MaxHotHeader: b.cfg.MaxHotHeaderSize,
		},
		Loops:       eventLoops,
		IdleTimeout: time.Duration(b.cfg.IdleSeconds) * time.Second,
		Batch:       func(remoting.Peer) { b.store.Drive() }, Closed: b.closed,
		Speaks: "RocketMQ remoting (broker)", Log: b.log, TLSConfig: b.opts.TLSConfig,
	}
	b.cfg.Apply(&o)
	return o
}

// closed is told that a connection has ended.
func (b *Broker) closed(peer remoting.Peer) {
	b.pull.Closed(peer)
	b.clients.Closed(peer)
}

// eventLoops: one loop does more than half a million sends a second; more of them fight over the
// log's mutex. Measured in docs/benchmarks.md.
const eventLoops = 1

func (b *Broker) bind(port int) string {
	return net.JoinHostPort(b.cfg.BindAddress, strconv.Itoa(port))
}

func (b *Broker) registerOptions() register.Options {
	haPort := b.cfg.HAListenPort
	if haPort == 0 {
		haPort = b.cfg.ListenPort + 1
	}
	return register.Options{
		Cluster: b.cfg.ClusterName, Name: b.cfg.BrokerName, ID: b.cfg.BrokerID,
		Addr: b.storeHost().String(), HA: net.JoinHostPort(b.haAddr().String(), strconv.Itoa(haPort)),
		NameServers: register.Split(b.cfg.NamesrvAddr), Every: time.Duration(b.cfg.RegisterPeriod) * time.Millisecond,
		Timeout: time.Duration(b.cfg.RegisterTimeout) * time.Millisecond, Force: b.cfg.ForceRegister,
		Compressed: b.cfg.CompressedRegister, Single: b.cfg.SingleRegister, Topics: b.announced, Ordered: b.ordered, Log: b.log,
	}
}

// haAddr is what slaves are told.
func (b *Broker) haAddr() netip.Addr {
	if b.opts.AdvertisedHA.IsValid() {
		return b.opts.AdvertisedHA
	}
	return b.opts.Advertised
}

// ordered makes topics ordered that an administrator has said are, at a name server.
func (b *Broker) ordered(topics []string) {
	if err := b.topics.SetOrdered(topics); err != nil {
		b.log.Error("that topics are ordered is not saved", "error", err)
	}
}

// announced is what name servers are told: every topic, with no more permission than the broker has.
func (b *Broker) announced() protocol.TopicTable {
	return b.topics.Announced(int32(b.now.Load().Permission))
}
