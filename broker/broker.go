package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gannetmq/gannet/broker/clients"
	"github.com/gannetmq/gannet/broker/cold"
	"github.com/gannetmq/gannet/broker/delay"
	"github.com/gannetmq/gannet/broker/group"
	"github.com/gannetmq/gannet/broker/lock"
	"github.com/gannetmq/gannet/broker/offset"
	"github.com/gannetmq/gannet/broker/pull"
	"github.com/gannetmq/gannet/broker/query"
	"github.com/gannetmq/gannet/broker/register"
	"github.com/gannetmq/gannet/broker/send"
	"github.com/gannetmq/gannet/broker/stats"
	"github.com/gannetmq/gannet/broker/timer"
	"github.com/gannetmq/gannet/broker/topic"
	"github.com/gannetmq/gannet/broker/txn"
	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/server"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// Options of a Broker.
type Options struct {
	Config       *Config
	FS           vfs.FS     // the data directory (storePathRootDir)
	Advertised   netip.Addr // what clients are told (brokerIP1)
	AdvertisedHA netip.Addr // what slaves are told (brokerIP2); the zero value means Advertised
	Caller       register.Caller
	// TLSConfig is asked for each TLS connection. See server.Options.
	TLSConfig func() *tls.Config
	// SaveConfig writes changed keys to the configuration file that the broker was started with; nil if
	// there is none. It is called by one request at a time, from a pool.
	SaveConfig func([]jconf.Setting) error
	// AcceptUnserved starts on a directory that holds what is not served yet. It stays untouched.
	AcceptUnserved bool
	Progress       func(store.Progress) // told how recovery goes; may be nil
	Log            *slog.Logger
}

// Broker is a running broker. This file makes its parts, in the order in which they need each other,
// and takes them down in the other; routes.go lists what it serves.
type Broker struct {
	opts Options
	cfg  *Config                // as the broker was started
	now  atomic.Pointer[Config] // with what was changed since: only keys of changeable differ
	log  *slog.Logger
	born time.Time

	store   *store.Store
	topics  *topic.Table
	groups  *group.Table
	offsets *offset.Table
	clients *clients.Table
	locks   *lock.Table
	cold    *cold.Accounts
	stats   *stats.Table
	saves   *saves

	arrivals arrivals
	filters  filters
	delays   *delay.Deliverer
	timers   *timer.Timer
	txn      *txn.Transactions

	send  *send.Handler
	pull  *pull.Handler
	query *query.Handler
	pools pools

	server    *server.Server
	registrar *register.Registrar
}

// pools are where requests run that may block: on the disk, or on a table's file.
// Searches have one of their own, so that no heartbeat and no lock waits behind them.
type pools struct{ send, pull, disk, query, admin *remoting.Pool }

// Workers wait for disks, and for name servers, more than they compute; the queues bound what may wait
// for them.
const (
	sendWorkers  = 16 // a topic made by use is answered when the name servers know it
	pullWorkers  = 8
	diskWorkers  = 8
	queryWorkers = 4
	adminWorkers = 8
	poolQueue    = 10_000
)

func newPools() pools {
	return pools{
		send:  remoting.NewPool("send", sendWorkers, poolQueue),
		pull:  remoting.NewPool("pull", pullWorkers, poolQueue),
		disk:  remoting.NewPool("disk", diskWorkers, poolQueue),
		query: remoting.NewPool("query", queryWorkers, poolQueue),
		admin: remoting.NewPool("admin", adminWorkers, poolQueue),
	}
}

func (p *pools) stop(ctx context.Context) error {
	return errors.Join(p.send.Stop(ctx), p.pull.Stop(ctx), p.disk.Stop(ctx), p.query.Stop(ctx), p.admin.Stop(ctx))
}

// Start opens the data directory, recovers what a crash left, listens, and registers. When it
// returns the broker takes messages.
func Start(o Options) (*Broker, error) {
	b := &Broker{opts: o, cfg: o.Config, log: o.Log, born: time.Now(), pools: newPools()}
	b.now.Store(o.Config)
	if err := b.start(); err != nil {
		return nil, errors.Join(err, b.abandon())
	}
	return b, nil
}

func (b *Broker) start() error {
	b.stats = stats.New(b.statsOptions())
	b.cold = cold.New(b.coldOptions())
	// The store comes before the tables: its lock is what keeps other processes out of their files too.
	tables := &pullTables{}
	b.pull = pull.New(tables, b.pools.pull, b.pools.disk, b.pullOptions())
	so := b.cfg.StoreOptions()
	so.BatchTopic, so.Extension = b.batched, b.extension()
	so.CallerDrives = so.Flush == store.AsyncFlush
	so.Arrivals, so.Progress, so.Log = &b.arrivals, b.opts.Progress, b.log
	b.arrivals.join(b.pull)
	var err error
	if b.store, err = store.Open(b.opts.FS, so); err != nil {
		return err
	}
	b.pull.Bind(b.store)
	b.registrar = register.New(b.opts.Caller, b.registerOptions())
	if err := b.checkUnserved(); err != nil {
		return err
	}
	if err := b.openFilters(); err != nil {
		return err
	}
	if err := b.openTables(); err != nil {
		return err
	}
	*tables = pullTables{b.topics, b.groups, b.clients, b.offsets}
	if err := b.openDelays(); err != nil {
		return err
	}
	if err := b.openTransactions(); err != nil {
		return err
	}
	if err := b.openTimers(); err != nil {
		return err
	}
	later := []send.Hook{timers{b.timers}, delays{b.cfg.delayLevels()}}
	hooks := append([]send.Hook{halves{b.txn, later}}, later...)
	b.send = send.New(b.store, sendTopics{b.topics}, sendGroups{b.groups}, hooks, b.pools.send, b.sendOptions(so))
	b.query = query.New(b.store, b.clients)
	b.stats.Start()
	b.timers.Start(timerPuts{b.send}) // recalls are served by way of it
	if b.server, err = server.Start(b.serverOptions()); err != nil {
		return err
	}
	b.clients.Start(b.server.Router)
	b.filters.start()
	b.offsets.Start()
	b.saves.start()
	b.delays.Start()
	b.txn.Start(b.server.Router)
	b.registrar.Start()
	return nil
}

// checkUnserved refuses a directory with messages that would silently never be delivered, unless the
// user has said that this is known.
func (b *Broker) checkUnserved() error {
	what := b.store.Unserved()
	if len(what) == 0 {
		return nil
	}
	if !b.opts.AcceptUnserved {
		return fmt.Errorf("the directory holds what is not served yet: %s; start with --accept-unserved to leave it untouched",
			strings.Join(what, "; "))
	}
	for _, line := range what {
		b.log.Warn("not served yet and left untouched: " + line)
	}
	return nil
}

func (b *Broker) openTables() (err error) {
	b.saves = newSaves(func() error { return errors.Join(b.topics.Save(), b.groups.Save()) }, b.log)
	to := b.cfg.topicOptions()
	to.Changed, to.Unsaved, to.Log = b.registrar.Changed, b.saves.want, b.log
	if b.topics, err = topic.Open(b.opts.FS, to); err != nil {
		return err
	}
	g := b.cfg.groupOptions()
	g.Changed, g.Unsaved, g.Log = b.groupsChanged, b.saves.want, b.log
	if b.groups, err = group.Open(b.opts.FS, g); err != nil {
		return err
	}
	oo := b.cfg.offsetOptions()
	oo.Log = b.log
	if b.offsets, err = offset.Open(b.opts.FS, oo); err != nil {
		return err
	}
	co := b.cfg.clientOptions()
	co.Broker, co.Direct, co.Log = b.cfg.BrokerName, b.direct(), b.log
	co.Filters = clientFilters{&b.filters}
	co.RejectPull = func() bool { return b.now.Load().RejectPullConsumer }
	co.PropertyFilter = b.propertyFilter
	b.clients = clients.New(clientGroups{b.groups}, clientTopics{b.topics}, co)
	b.locks = lock.New(b.cfg.lockOptions())
	return nil
}

func (b *Broker) storeHost() netip.AddrPort {
	return netip.AddrPortFrom(b.opts.Advertised, uint16(b.cfg.ListenPort))
}

func (b *Broker) statsOptions() stats.Options {
	return stats.Options{
		Cluster: b.cfg.ClusterName, Totals: b.totals, Log: b.log,
		Exists: func(topic, group string) bool {
			return b.topics.Exists([]byte(topic)) && (group == "" || b.groups.Exists([]byte(group)))
		},
	}
}

func (b *Broker) sendOptions(so store.Options) send.Options {
	return send.Options{
		StoreHost: b.storeHost(), Cluster: b.cfg.ClusterName, Region: b.cfg.Region, Trace: b.cfg.TraceOn,
		AcceptFrom: b.cfg.AcceptSendFrom,
		SyncFlush:  so.Flush == store.SyncFlush, FlushTimeout: time.Duration(b.cfg.SyncFlushTimeout) * time.Millisecond,
		Tally: b.tally(),
		Encode: record.EncodeOptions{
			AppendPropCRC: so.AppendPropCRC, MaxMessageSize: so.MaxMessageSize, AutoVersion: true, Light: so.Light,
		},
		UniqKeys: record.NewUniqKeys(b.opts.Advertised, os.Getpid(), rand.Uint32(), time.Local),
		Now:      time.Now, DiskUsed: b.diskUsed, WritableOrder: b.writable, Handle: b.timers.AppendHandle, Log: b.log,
		Writable: func() bool { return b.now.Load().writable() }, Ordered: b.locks.Held,
		Replies: b.clients, StoreReplies: func() bool { return b.now.Load().StoreReplies },
	}
}

// writable reports whether brokerPermission lets messages be sent to the topic: without the permission to
// write, all but the ordered ones. Java: SendMessageProcessor.preSend.
func (b *Broker) writable(topic []byte) bool {
	if b.now.Load().writable() {
		return true
	}
	c := b.topics.Lookup(topic)
	return c == nil || !c.Order
}

// groupsChanged has heartbeats read again, which know groups as they were.
func (b *Broker) groupsChanged() {
	if b.clients != nil {
		b.clients.Invalidate()
	}
}

func (b *Broker) pullOptions() pull.Options {
	return pull.Options{
		Broker: b.opts.Advertised, Readable: func() bool { return b.now.Load().readable() },
		LitePull:     func() bool { return b.now.Load().LitePull },
		LongPolling:  func() bool { return b.now.Load().LongPolling },
		Reject:       func() bool { return b.now.Load().RejectPullConsumer },
		ShortPolling: time.Duration(b.cfg.ShortPolling) * time.Millisecond,
		MaxHeld:      b.cfg.MaxHeldPulls, MaxHeldPeer: b.cfg.MaxHeldPullsPeer, MaxTags: b.cfg.MaxExpression,
		Tally: b.tally(), Cold: coldGroups{b.cold, b}, ColdShare: func() int { return b.now.Load().ColdShare }, Log: b.log,
		PropertyFilter: b.propertyFilter, Filters: pullFilters{&b.filters},
	}
}

// propertyFilter reports whether consumers may filter by more than tags at present.
func (b *Broker) propertyFilter() bool { return b.now.Load().PropertyFilter }

// Ready is nil when the broker takes messages and at least one name server knows it.
func (b *Broker) Ready() error {
	if err := b.store.ReadOnly(); err != nil {
		return err
	}
	return b.registrar.Err()
}

// Stop is the ordered shutdown: each line waits for what it names, at most until ctx ends. After it
// the directory opens without recovery.
func (b *Broker) Stop(ctx context.Context) error {
	b.registrar.Stop(ctx)    // clients are told to go elsewhere
	b.pull.Close()           // who waits for messages is answered
	err := b.pools.stop(ctx) // what was accepted is done
	own, cancel := rest(ctx)
	defer cancel()
	lerr := b.delays.Close(own) // nothing comes back any more,
	terr := b.timers.Close(own) // whenever it is due
	xerr := b.txn.Close(own)    // what was decided last is noted
	derr := b.send.Drain(ctx)   // what waits for the disk is answered
	serr := b.server.Stop(ctx)  // answers are written, connections end
	b.clients.Close()           // nobody is notified any more
	b.stats.Close()
	b.saves.close() // tables are written for good now
	err = errors.Join(err, lerr, terr, xerr, derr, serr, b.topics.Save(), b.groups.Save(), b.filters.close(), b.offsets.Close(), b.closeStore())
	b.send.Close()
	return err
}

// rest is ctx, or, if requests have used it up, the second in which what is not stuck itself comes to its end.
func rest(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx.Err() == nil {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(context.WithoutCancel(ctx), time.Second)
}

func (b *Broker) closeStore() error {
	if err := b.store.Close(); err != nil {
		return fmt.Errorf("the next start will recover: %w", err)
	}
	return nil
}

// abandon takes down what a failed Start has made.
func (b *Broker) abandon() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	b.pull.Close()
	err := errors.Join(b.pools.stop(ctx), b.filters.close())
	if b.delays != nil {
		err = errors.Join(err, b.delays.Close(ctx))
	}
	if b.timers != nil {
		err = errors.Join(err, b.timers.Close(ctx))
	}
	if b.txn != nil {
		err = errors.Join(err, b.txn.Close(ctx))
	}
	if b.offsets != nil { // which the transactions move until they end
		err = errors.Join(err, b.offsets.Close())
	}
	if b.store != nil {
		err = errors.Join(err, b.store.Close())
	}
	b.stats.Close()
	if b.send != nil {
		b.send.Close()
	}
	return err
}
