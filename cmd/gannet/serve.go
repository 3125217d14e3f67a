package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"github.com/gannetmq/gannet/broker"
	"github.com/gannetmq/gannet/cmd/gannet/admin"
	"github.com/gannetmq/gannet/namesrv"
	"github.com/gannetmq/gannet/remoting/certs"
	"github.com/gannetmq/gannet/remoting/client"
	"github.com/gannetmq/gannet/store/vfs"
)

func serveCommand() *cobra.Command {
	l := &launch{}
	cmd := &cobra.Command{
		Use: "serve", Short: "run name server and broker in one process", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return run(cmd, l, []func(*process) error{(*process).readNameServer, (*process).readBroker},
				[]func(*process) error{(*process).startNameServer, (*process).startBroker})
		},
	}
	l.common(cmd)
	l.brokerFlags(cmd)
	cmd.Flags().StringVar(&l.nsConfig, "namesrv-config", "", "RocketMQ's namesrv.conf")
	return cmd
}

func brokerCommand() *cobra.Command {
	l := &launch{}
	cmd := &cobra.Command{
		Use: "broker", Short: "run a broker; takes RocketMQ's broker.conf with -c", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return run(cmd, l, []func(*process) error{(*process).readBroker}, []func(*process) error{(*process).startBroker})
		},
	}
	l.common(cmd)
	l.brokerFlags(cmd)
	return cmd
}

func namesrvCommand() *cobra.Command {
	l := &launch{}
	cmd := &cobra.Command{
		Use: "namesrv", Short: "run a name server; takes RocketMQ's namesrv.conf with -c", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return run(cmd, l, []func(*process) error{(*process).readNameServer}, []func(*process) error{(*process).startNameServer})
		},
	}
	l.common(cmd)
	return cmd
}

// process is what runs until a signal: the roles that were asked for and the admin listener.
type process struct {
	launch  *launch
	role    string
	started time.Time
	log     *slog.Logger
	metrics *prometheus.Registry
	memory  string

	admin  *admin.Server
	names  *namesrv.NameServer
	broker *broker.Broker
	certs  []*certs.Keeper
	client *client.Client
	screen screen

	namesConfig  *namesrv.Config
	brokerConfig *broker.Config
}

// stopPatience is how long an orderly stop may take before the rest is left to recovery.
const stopPatience = 30 * time.Second

// run starts the roles, says where they are, and stops them at a signal. All configurations are read
// before anything is listened on: an error in one is told first.
func run(cmd *cobra.Command, l *launch, read, start []func(*process) error) error {
	p := &process{launch: l, role: cmd.Name(), started: time.Now(), memory: boundMemory()}
	var err error
	if p.log, err = l.logger(os.Stderr); err != nil {
		return err
	}
	if l.data == "" { // an unset variable in somebody's script: not the directory that he is in
		return exitStatus{errors.New("--data is empty: want a directory"), exitUsage}
	}
	if info, err := os.Stat(l.data); err == nil && !info.IsDir() {
		return exitStatus{fmt.Errorf("--data %s is no directory", l.data), exitUsage}
	}
	p.metrics = newRegistry(p.started)
	for _, step := range append(read, (*process).startAdmin) {
		if err := step(p); err != nil {
			return err
		}
	}
	for _, role := range start {
		if err := role(p); err != nil {
			return errors.Join(err, p.stop())
		}
	}
	if p.admin != nil {
		p.admin.SetReady(p.ready)
	}
	p.screen.print(cmd.OutOrStdout(), p)
	err = errors.Join(p.wait(cmd.Context()), p.stop())
	p.log.Info("stopped", "uptime", time.Since(p.started).Round(time.Millisecond))
	return err
}

func (p *process) startAdmin() (err error) {
	if p.launch.admin != "" {
		p.admin, err = admin.Start(admin.Options{Addr: p.launch.admin, Metrics: p.metrics, Log: p.log})
	}
	return err
}

func (p *process) readNameServer() (err error) {
	if p.namesConfig, err = p.launch.namesrvConfig(p.role, p.log); err != nil {
		return err
	}
	if p.role == "serve" && p.namesConfig.Mode == "enforcing" {
		return exitStatus{errNamesEnforce, exitUsage}
	}
	return nil
}

func (p *process) readBroker() (err error) {
	p.brokerConfig, err = p.launch.brokerConfig(p.role, p.log)
	return err
}

func (p *process) startNameServer() (err error) {
	cfg := p.namesConfig
	o := cfg.Options()
	if o.Server.TLSConfig, err = p.openCerts(&cfg.Keys.Keys, nameServerPrefix); err != nil {
		return err
	}
	o.Log, o.Conf = p.log, namesrv.FileAt(p.launch.namesrvFile(p.role))
	if p.names, err = namesrv.Start(o); err != nil {
		return portHint(err, p.setName("listenPort", "namesrv."))
	}
	p.screen.namesrv = hostPort(cfg.BindAddress, p.names.Addr())
	exportNameServer(p.metrics, p.names)
	return nil
}

func (p *process) startBroker() error {
	cfg := p.brokerConfig
	tlsConfig, err := p.openCerts(&cfg.Keys.Keys, brokerPrefix)
	if err != nil {
		return err
	}
	if p.names != nil {
		cfg.NamesrvAddr = strings.Trim(reachable(p.names.Addr())+";"+cfg.NamesrvAddr, ";")
	}
	where, err := advertise(cfg.BrokerIP1)
	if err != nil {
		return err
	}
	if where.warning != "" {
		p.log.Warn("advertised address "+where.addr.String()+": "+where.warning, "chosen", where.reason)
	}
	ha, err := advertise(orElse(cfg.BrokerIP2, where.addr.String()))
	if err != nil {
		return fmt.Errorf("brokerIP2: %w", err)
	}
	p.screen.advertised = where
	if err := os.MkdirAll(cfg.StoreRoot, 0o755); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	if p.client, err = client.New(client.Options{KeepSilent: !cfg.CloseSilent, Log: p.log}); err != nil {
		return err
	}
	p.broker, err = broker.Start(broker.Options{
		Config: cfg, FS: vfs.NewOS(cfg.StoreRoot, cfg.OutsideDirs()...), Advertised: where.addr, AdvertisedHA: ha.addr, Caller: p.client,
		TLSConfig: tlsConfig, SaveConfig: p.launch.saver(), AcceptUnserved: p.launch.acceptUnserved, Progress: p.screen.progress(p.log), Log: p.log,
	})
	if err != nil {
		return repairHint(portHint(err, p.setName("listenPort", "")), cfg.StoreRoot)
	}
	p.screen.broker = hostPort(cfg.BindAddress, p.broker.Addr())
	exportBroker(p.metrics, p.broker)
	return nil
}

// setName is how a key is given to --set: serve tells the two roles apart by a prefix.
func (p *process) setName(key, prefix string) string {
	if p.role == "serve" {
		return prefix + key
	}
	return key
}

// portHint adds the cure to an address that is in use.
func portHint(err error, key string) error {
	if !errors.Is(err, syscall.EADDRINUSE) {
		return err
	}
	return fmt.Errorf("%w; end the process that listens there, or choose another port with --set %s=PORT", err, key)
}

// reachable turns an address that is listened on into one that can be dialled from this machine.
func reachable(listening string) string {
	addr, err := netip.ParseAddrPort(listening)
	if err != nil || !addr.Addr().IsUnspecified() {
		return listening
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), addr.Port()).String()
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func (p *process) ready() error {
	if p.broker == nil {
		return nil
	}
	return p.broker.Ready()
}

// errStoreFailed ends the process if the user asked for that.
var errStoreFailed = errors.New("the log cannot be written")

// wait returns when the process is to stop.
func (p *process) wait(ctx context.Context) error {
	if p.broker == nil || !p.launch.exitOnStoreError {
		<-ctx.Done()
		return nil
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := p.broker.StoreFailure(); err != nil {
				return exitStatus{fmt.Errorf("%w: %w", errStoreFailed, err), exitStore}
			}
		}
	}
}

// stop takes everything down in the order of its dependencies; each line waits.
func (p *process) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
	defer cancel()
	var err error
	if p.admin != nil {
		p.admin.SetReady(func() error { return errors.New("stopping") })
	}
	if p.broker != nil {
		err = errors.Join(err, p.broker.Stop(ctx))
	}
	if p.client != nil {
		err = errors.Join(err, p.client.Close(ctx))
	}
	if p.names != nil {
		err = errors.Join(err, p.names.Stop(ctx))
	}
	for _, k := range p.certs {
		k.Close()
	}
	if p.admin != nil {
		err = errors.Join(err, p.admin.Close(ctx))
	}
	return err
}
