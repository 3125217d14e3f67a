package main

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/gannetmq/gannet/broker"
	"github.com/gannetmq/gannet/store"
)

// screen is what a person reads when the process has started.
type screen struct {
	namesrv    string // addresses, "" without the role
	broker     string
	advertised advertised
}

// durability says in words what an acknowledgement promises.
func durability(cfg *broker.Config) string {
	if cfg.SyncFlush() {
		return "SYNC_FLUSH: acknowledged messages survive a power failure, if the disk keeps what it says it wrote"
	}
	return fmt.Sprintf("ASYNC_FLUSH: acknowledged messages survive a crash of this process; a power failure can cost "+
		"the last %d ms of them, up to %d s of a trickle", cfg.FlushInterval, cfg.FlushThorough/1000)
}

func (s *screen) print(w io.Writer, p *process) {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-11s %s\n", name, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(&b, "gannet %s %s, ready after %d ms (pid %d)\n", version, p.role, time.Since(p.started).Milliseconds(), os.Getpid())
	if s.namesrv != "" {
		line("name server", "%s", s.namesrv)
	}
	if s.broker != "" {
		line("broker", "%s, name %s in cluster %s", s.broker, p.brokerConfig.BrokerName, p.brokerConfig.ClusterName)
		line("advertised", "%s (%s)", s.advertised.addr, s.advertised.reason)
		if s.advertised.warning != "" {
			line("", "warning: %s", s.advertised.warning)
		}
		line("data", "%s", p.brokerConfig.StoreRoot)
		line("durability", "%s", durability(p.brokerConfig))
	}
	if p.admin != nil {
		line("admin", "http://%s/readyz /healthz /metrics", p.admin.Addr())
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	line("memory", "%d MB taken from the system, %s", m.Sys>>20, p.memory)
	_, _ = io.WriteString(w, b.String())
}

// hostPort shows the host as it was configured: "0.0.0.0" rather than "[::]".
func hostPort(host, listening string) string {
	_, port, err := net.SplitHostPort(listening)
	if err != nil {
		return listening
	}
	return net.JoinHostPort(host, port)
}

// progress logs how recovery goes, once a second at most.
func (s *screen) progress(log *slog.Logger) func(store.Progress) {
	last := time.Now()
	return func(p store.Progress) {
		if time.Since(last) < time.Second || p.Total == 0 {
			return
		}
		last = time.Now()
		log.Info("recovering", "step", p.Step, "percent", 100*p.Done/p.Total, "bytes", p.Total)
	}
}
