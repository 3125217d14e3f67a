package namesrv

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/gannetmq/gannet/namesrv/route"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/server"
)

// Options of a NameServer; the names in brackets are Java's.
type Options struct {
	Listen       []netio.Listen // listenPort
	Table        route.Options
	AllTopicList bool          // enableAllTopicList
	ScanEvery    time.Duration // scanNotActiveBrokerInterval; 0 means 5 s
	Server       server.Options
	Log          *slog.Logger // nil discards
}

// NameServer serves until Stop.
type NameServer struct {
	opts   Options
	table  *route.Table
	pool   *remoting.Pool
	server *server.Server
	quit   chan struct{}
	done   sync.WaitGroup
}

// poolWorkers and poolQueue: registrations are few, and parsing one takes a millisecond.
const (
	poolWorkers = 4
	poolQueue   = 10_000
)

// Start listens and serves.
func Start(o Options) (*NameServer, error) {
	if o.ScanEvery == 0 {
		o.ScanEvery = 5 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	n := &NameServer{
		opts: o, table: route.New(o.Table), quit: make(chan struct{}),
		pool: remoting.NewPool("namesrv", poolWorkers, poolQueue),
	}
	so := o.Server
	so.Listen, so.Routes, so.Closed, so.Log = o.Listen, n.routes(), n.closed, o.Log
	so.Speaks = "RocketMQ remoting (name server)"
	var err error
	if n.server, err = server.Start(so); err != nil {
		return nil, errors.Join(err, n.pool.Stop(context.Background()))
	}
	n.done.Go(n.scan)
	return n, nil
}

// Table is what brokers have registered.
func (n *NameServer) Table() *route.Table { return n.table }

// Addr is where the name server listens.
func (n *NameServer) Addr() string { return n.server.Addr(n.opts.Listen[0].Name).String() }

// Server is the sockets, for metrics and addresses.
func (n *NameServer) Server() *server.Server { return n.server }

// Stop closes all connections and waits for everything that Start started, at most until ctx ends.
func (n *NameServer) Stop(ctx context.Context) error {
	close(n.quit)
	n.done.Wait()
	return errors.Join(n.pool.Stop(ctx), n.server.Stop(ctx))
}

// closed takes out the brokers of a connection that has ended. Java: BrokerHousekeepingService.
func (n *NameServer) closed(p remoting.Peer) {
	n.gone("its connection ended", n.table.Closed(p.ID()))
}

// gone tells of brokers that were taken out, of many at once in one line: a stranger can cause it.
func (n *NameServer) gone(why string, addrs []string) {
	const shown = 10
	if len(addrs) > 0 {
		n.opts.Log.Warn("broker gone: "+why, "brokers", len(addrs), "among them", addrs[:min(len(addrs), shown)])
	}
}

func (n *NameServer) scan() {
	tick := time.NewTicker(n.opts.ScanEvery)
	defer tick.Stop()
	for {
		select {
		case <-n.quit:
			return
		case <-tick.C:
			n.gone("it has not registered in time", n.table.Expire())
		}
	}
}
