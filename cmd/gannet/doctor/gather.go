package doctor

import (
	"context"
	"net"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/gannetmq/gannet/cmd/gannet/config"
	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/compat/mqversion"
	"github.com/gannetmq/gannet/remoting/client"
)

// Options say whom to ask about.
type Options struct {
	Config  string   // broker.conf, "" for none
	Set     []string // key=value
	Data    string   // directory of serve
	Broker  string   // host:port; "" for the one that the settings would start here
	Namesrv string   // host:port;host:port; "" for those of the settings, else of this machine
	Admin   string   // host:port of the admin listener of this machine
	Topic   string
	Timeout time.Duration // of each question
}

// Machine is what package main knows of this machine.
type Machine struct {
	Advertise   func(configured string) (Address, error)
	MemoryLimit func() (bytes int64, limited bool)
}

// defaultNameServer is where a name server of this machine listens.
const defaultNameServer = "127.0.0.1:9876"

// maxBrokers bounds how many brokers are asked.
const maxBrokers = 64

// Gather finds the facts out. What cannot be found out is written down as such; the error is that of
// a client that cannot be made.
func Gather(ctx context.Context, o Options, m Machine) (*Facts, error) {
	c, err := client.New(client.Options{DialTimeout: o.Timeout, MinBackoff: time.Millisecond, Version: mqversion.Current})
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close(ctx) }() // nothing was sent that could be lost
	g := &gatherer{Options: o, machine: m, ask: questions{c, o.Timeout}, facts: &Facts{Topic: o.Topic, Asked: o.Broker != ""}}
	g.settings()
	g.target(ctx)
	g.nameServers(ctx)
	g.told(ctx)
	g.ports(ctx)
	if g.facts.Local {
		g.host()
	}
	return g.facts, nil
}

// gatherer writes the facts down.
type gatherer struct {
	Options
	machine Machine
	ask     questions
	facts   *Facts
}

// settings are those that `gannet serve` would have with the same flags.
func (g *gatherer) settings() {
	s := &g.facts.Settings
	s.Files = g.Config
	defaults := append(config.ServeDefaults(), jconf.Setting{Key: "storePathRootDir", Value: filepath.Join(g.Data, "store"), Source: "--data"})
	sources := config.Sources{Defaults: defaults, File: g.Config, Set: g.Set}
	if g.Namesrv != "" {
		sources.Flags = []jconf.Setting{{Key: "namesrvAddr", Value: g.Namesrv, Source: "--namesrv"}}
	}
	cfg, found, err := config.LoadBroker(sources)
	if err != nil {
		s.Err = err
		sources.File, sources.Set = "", nil
		if cfg, found, err = config.LoadBroker(sources); err != nil {
			return
		}
	}
	s.Config, s.Problems, s.Notes = cfg, found.Lines(), found.Notes
	g.facts.Address, g.facts.AddressErr = g.machine.Advertise(cfg.BrokerIP1)
}

// target finds the broker, and whether it is of this machine.
func (g *gatherer) target(ctx context.Context) {
	f := g.facts
	addr := g.Broker
	if addr == "" {
		port := 10911
		if f.Settings.Config != nil {
			port = f.Settings.Config.ListenPort
		}
		addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	}
	f.Local = isLocal(addr)
	f.Broker = g.ask.broker(ctx, addr)
}

// isLocal reports whether host:port is on this machine.
func isLocal(hostPort string) bool {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		return false
	}
	ips, err := net.LookupIP(host)
	if err != nil || len(ips) == 0 {
		return false
	}
	if ips[0].IsLoopback() {
		return true
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, a := range own {
		if n, ok := a.(*net.IPNet); ok && n.IP.Equal(ips[0]) {
			return true
		}
	}
	return false
}

// nameServers asks those of the flags, of the settings, of the broker, or of this machine.
func (g *gatherer) nameServers(ctx context.Context) {
	f := g.facts
	list := ""
	if f.Settings.Config != nil {
		list = f.Settings.Config.NamesrvAddr
	}
	if list == "" && f.Broker.Err == nil {
		list = f.Broker.Settings["namesrvAddr"]
	}
	if list == "" && f.Local {
		list, f.Assumed = defaultNameServer, true
	}
	addrs := servers(list)
	f.NameServers = make([]NameServer, len(addrs))
	var wg sync.WaitGroup
	for i, addr := range addrs {
		wg.Go(func() { f.NameServers[i] = g.ask.nameServer(ctx, addr, g.Topic) })
	}
	wg.Wait()
}

// told connects to the addresses that name servers tell of brokers, and asks who is there.
func (g *gatherer) told(ctx context.Context) {
	f := g.facts
	var addrs []string
	seen := make(map[string]int) // place in addrs
	for i := range f.NameServers {
		n := &f.NameServers[i]
		for _, name := range sortedKeys(n.Cluster.BrokerAddrTable) {
			for id, addr := range n.Cluster.BrokerAddrTable[name].BrokerAddrs {
				if _, known := seen[addr]; !known && len(addrs) < maxBrokers {
					seen[addr] = len(addrs)
					addrs = append(addrs, addr)
				}
				f.Told = append(f.Told, Told{By: n.Addr, Broker: name, ID: id, Addr: addr})
			}
		}
	}
	f.Brokers = make([]Broker, len(addrs))
	dialled := make([]error, len(addrs))
	var wg sync.WaitGroup
	for i, addr := range addrs {
		wg.Go(func() {
			if dialled[i] = reach(ctx, addr, g.Timeout); dialled[i] == nil {
				f.Brokers[i] = g.ask.broker(ctx, addr)
				return
			}
			f.Brokers[i] = Broker{Addr: addr, Err: dialled[i]}
		})
	}
	wg.Wait()
	kept := f.Told[:0]
	for _, t := range f.Told {
		if i, asked := seen[t.Addr]; asked {
			t.Err = dialled[i]
			kept = append(kept, t)
		}
	}
	f.Told = kept
}

// reach connects to an address and hangs up.
func reach(ctx context.Context, addr string, timeout time.Duration) error {
	d := net.Dialer{Timeout: timeout}
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return conn.Close()
}
