package namesrv

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gannetmq/gannet/namesrv/kv"
	"github.com/gannetmq/gannet/namesrv/route"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/client"
	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/server"
	"github.com/gannetmq/gannet/remoting/throttle"
	"github.com/gannetmq/gannet/store/vfs"
)

// Options of a NameServer; the names in brackets are Java's.
type Options struct {
	Listen   []netio.Listen // listenPort
	Table    route.Options  // without Rules and Changes
	Switches                // at the start
	KV       File           // kvConfigPath; none: key-value configuration is in memory alone
	Conf     File           // configuration that 318 changes too; none: changes end with the process
	Config   *Config        // what 319 prints and 318 changes; nil means the defaults
	Server   server.Options
	Log      *slog.Logger // nil discards
}

// Switches may change while the name server runs; the names in brackets are Java's.
type Switches struct {
	route.Rules
	AllTopicList bool          // enableAllTopicList
	TopicList    bool          // enableTopicList
	TellOrders   bool          // returnOrderTopicConfigToBroker
	Wait         time.Duration // waitSecondsForService; 0 without needWaitForService
	ScanEvery    time.Duration // scanNotActiveBrokerInterval; 0 means 5 s
}

// File is a file in its file system. The zero File is none.
type File struct {
	FS         vfs.FS
	Name, Path string // in FS, and as the operator knows it
}

// FileAt is the file of a path; without a path none. Nothing is opened.
func FileAt(path string) File {
	if path == "" {
		return File{}
	}
	full, err := filepath.Abs(path)
	if err != nil {
		full = path
	}
	dir, name := filepath.Split(full)
	return File{FS: vfs.NewOS(dir), Name: name, Path: path}
}

// NameServer serves until Stop.
type NameServer struct {
	opts     Options
	lines    lines
	started  time.Time
	switches atomic.Pointer[Switches]
	table    *route.Table
	kv       *kv.Table
	ordering sync.Mutex // see publishOrders
	settings settings
	pool     *remoting.Pool
	writes   *remoting.Pool // what waits for the disk: it must not hold up registrations
	server   *server.Server
	client   *client.Client // dials the brokers that have to know of a change

	rescan  chan time.Duration   // a new Switches.ScanEvery
	changes chan route.MinChange // to notify
	life    context.Context
	end     context.CancelFunc
	done    sync.WaitGroup
}

// lines are what strangers can cause in the log as often as they like.
type lines struct {
	gone, topics, values, untold, dropped throttle.Line

	permissions *throttle.Lines // by broker: an operator closes many at once
	settings    *throttle.Lines // by what a request says
}

// changesTold is how many changes of each kind are logged in each throttle.Quiet, and where there are throttle.Lines of each thing.
const changesTold = 10

func (l *lines) start() {
	for _, line := range []*throttle.Line{&l.gone, &l.topics, &l.values} {
		line.Most = changesTold
	}
	l.permissions, l.settings = throttle.NewLines(), throttle.NewLines()
	l.permissions.Most, l.settings.Most = changesTold, changesTold
}

// told logs a change that was found due.
func (n *NameServer) told(left int64, msg string, args ...any) {
	if left > 0 {
		args = append(args, throttle.LeftOut, left)
	}
	n.opts.Log.Info(msg, args...)
}

// poolWorkers and poolQueue: registrations are few, and parsing one takes a millisecond. Changes that are
// written to the disk are made one after the other anyway.
const (
	poolWorkers = 4
	poolQueue   = 10_000
	writesQueue = 1_000
)

// maxChanges is how many changes of smallest ids wait to be told.
const maxChanges = 1024

// Start listens and serves. Errors: an address that cannot be listened on, a key-value file that cannot
// be read.
func Start(o Options) (*NameServer, error) {
	n, err := assemble(o)
	if err != nil {
		return nil, err
	}
	if n.client, err = client.New(client.Options{DialTimeout: tellPatience, Log: n.opts.Log}); err != nil {
		return nil, errors.Join(err, n.stopPools(context.Background()))
	}
	so := o.Server
	so.Listen, so.Routes, so.Closed, so.Log = o.Listen, n.routes(), n.closed, n.opts.Log
	so.Speaks = "RocketMQ remoting (name server)"
	if n.server, err = server.Start(so); err != nil {
		return nil, errors.Join(err, n.stopPools(context.Background()), n.client.Close(context.Background()))
	}
	n.done.Go(n.scan)
	n.done.Go(n.notify)
	return n, nil
}

// assemble makes the parts, without sockets.
func assemble(o Options) (*NameServer, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Config == nil {
		o.Config, _ = Bind(nil)
	}
	values, loaded, err := kv.Open(o.KV.FS, o.KV.Name, time.Now().UnixMilli())
	loaded.Report(o.Log, o.KV.Path)
	if err != nil {
		return nil, fmt.Errorf("kvConfigPath: %w", err)
	}
	changes := make(chan route.MinChange, maxChanges)
	o.Table.Rules, o.Table.Changes = o.Rules, changes
	n := &NameServer{
		opts: o, started: time.Now(), table: route.New(o.Table), kv: values, settings: settings{config: o.Config},
		pool:   remoting.NewPool("namesrv", poolWorkers, poolQueue),
		writes: remoting.NewPool("namesrv-writes", 1, writesQueue),
		rescan: make(chan time.Duration, 1), changes: changes,
	}
	n.lines.start()
	n.life, n.end = context.WithCancel(context.Background())
	n.switches.Store(&o.Switches)
	n.publishOrders()
	return n, nil
}

// Table is what brokers have registered.
func (n *NameServer) Table() *route.Table { return n.table }

// ValuesRefused is how many changes of the key-value configuration were refused because it is as large as it may be.
func (n *NameServer) ValuesRefused() int64 { return n.kv.Full() }

// Addr is where the name server listens.
func (n *NameServer) Addr() string { return n.server.Addr(n.opts.Listen[0].Name).String() }

// Server is the sockets, for metrics and addresses.
func (n *NameServer) Server() *server.Server { return n.server }

// Stop closes all connections and waits for everything that Start started, at most until ctx ends.
func (n *NameServer) Stop(ctx context.Context) error {
	n.end()
	n.done.Wait()
	return errors.Join(n.stopPools(ctx), n.server.Stop(ctx), n.client.Close(ctx))
}

func (n *NameServer) stopPools(ctx context.Context) error {
	n.end()
	return errors.Join(n.pool.Stop(ctx), n.writes.Stop(ctx))
}

// closed takes out the brokers of a connection that has ended. Java: BrokerHousekeepingService.
func (n *NameServer) closed(p remoting.Peer) {
	n.gone("its connection ended", n.table.Closed(p.ID()))
}

// gone tells of brokers that were taken out, of many at once in one line: a stranger can cause it.
func (n *NameServer) gone(why string, addrs []string) {
	const shown = 10
	if len(addrs) > 0 {
		n.lines.gone.Log(n.opts.Log, slog.LevelWarn, "broker gone: "+why, "brokers", len(addrs), "among them", addrs[:min(len(addrs), shown)])
	}
}

func (n *NameServer) scan() {
	tick := time.NewTicker(orElse(n.opts.ScanEvery))
	defer tick.Stop()
	for {
		select {
		case <-n.life.Done():
			return
		case every := <-n.rescan:
			tick.Reset(orElse(every))
		case <-tick.C:
			n.gone("it has not registered in time", n.table.Expire())
		}
	}
}

func orElse(scanEvery time.Duration) time.Duration {
	if scanEvery <= 0 {
		return 5 * time.Second
	}
	return scanEvery
}
