package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/vfs"
)

// ports looks at those of the broker, and of this machine's name server and admin listener.
func (g *gatherer) ports(ctx context.Context) {
	f := g.facts
	running := f.Broker.Err == nil
	host, port, err := net.SplitHostPort(f.Broker.Addr)
	n, atoiErr := strconv.Atoi(port)
	if err != nil || atoiErr != nil {
		f.Ports = append(f.Ports, Port{Name: "broker", Addr: f.Broker.Addr, Err: errors.Join(err, atoiErr)})
		return
	}
	bind := host
	if c := f.Settings.Config; c != nil && !f.Asked {
		bind = c.BindAddress
	}
	f.Ports = append(f.Ports, g.port(ctx, Port{Name: "broker", Addr: f.Broker.Addr}, bind, running))
	vip := f.Settings.Config == nil || f.Settings.Config.VIPEnable
	if running {
		vip = f.Broker.Settings["vipPortEnable"] != "false" // Java has no such key, and always listens
	}
	if vip {
		addr := net.JoinHostPort(host, strconv.Itoa(n-2))
		answers := running && g.ask.broker(ctx, addr).Err == nil
		f.Ports = append(f.Ports, g.port(ctx, Port{Name: "VIP", Addr: addr, Optional: true}, bind, answers))
	}
	if f.Local && !running {
		g.localPorts(ctx)
	}
}

// localPorts are those that `gannet serve` wants besides the broker's.
func (g *gatherer) localPorts(ctx context.Context) {
	for _, n := range g.facts.NameServers {
		if isLocal(n.Addr) {
			host, _, _ := net.SplitHostPort(n.Addr)
			g.facts.Ports = append(g.facts.Ports, g.port(ctx, Port{Name: "name server", Addr: n.Addr, Optional: true}, host, n.Err == nil))
		}
	}
	if host, _, err := net.SplitHostPort(g.Admin); err == nil {
		client := http.Client{Timeout: g.Timeout}
		resp, err := client.Get("http://" + g.Admin + "/healthz")
		if err == nil {
			_ = resp.Body.Close()
		}
		g.facts.Ports = append(g.facts.Ports, g.port(ctx, Port{Name: "admin", Addr: g.Admin, Optional: true}, host, err == nil && resp.StatusCode == http.StatusOK))
	}
}

// port finds out whether somebody listens, and if nobody does whether we could.
func (g *gatherer) port(ctx context.Context, p Port, bind string, ours bool) Port {
	if p.Ours = ours; ours {
		p.Open = true
		return p
	}
	if p.Open = reach(ctx, p.Addr, g.Timeout) == nil; p.Open || !g.facts.Local {
		return p
	}
	_, port, err := net.SplitHostPort(p.Addr)
	if err != nil {
		p.Err = err
		return p
	}
	l, err := net.Listen("tcp", net.JoinHostPort(bind, port))
	if err != nil {
		p.Err = err
		return p
	}
	p.Err = l.Close()
	return p
}

// host looks at this machine, where the broker is or would be.
func (g *gatherer) host() {
	root := filepath.Join(g.Data, "store")
	if c := g.facts.Settings.Config; c != nil && c.StoreRoot != "" {
		root = c.StoreRoot
	}
	if told := g.facts.Broker.Settings["storePathRootDir"]; g.facts.Broker.Err == nil && told != "" {
		if _, err := os.Stat(told); err == nil {
			root = told
		}
	}
	logs := g.logDirs(root)
	g.disk(root, logs)
	g.limits(root, logs)
	limit, _ := g.machine.MemoryLimit()
	g.facts.Memory = Memory{Limit: limit, GoLimit: os.Getenv("GOMEMLIMIT")}
	if c := g.facts.Settings.Config; c != nil {
		g.facts.Memory.InFlight = c.MaxInFlightBytes
	}
}

// logDirs are the directories of the log: those that the running broker tells of, or those that are configured.
func (g *gatherer) logDirs(root string) (dirs []string) {
	list := ""
	if c := g.facts.Settings.Config; c != nil {
		list = c.CommitLogPath
	}
	if told := g.facts.Broker.Settings["storePathCommitLog"]; g.facts.Broker.Err == nil && told != "" {
		if _, err := os.Stat(strings.Split(told, ",")[0]); err == nil {
			list = told
		}
	}
	for dir := range strings.SplitSeq(list, ",") {
		if dir = strings.TrimSpace(dir); dir != "" {
			dirs = append(dirs, dir)
		}
	}
	if dirs == nil {
		dirs = []string{filepath.Join(root, layout.LogDir)}
	}
	return dirs
}

// disk times the disk below the store and looks at those below its log, or below where they will be.
func (g *gatherer) disk(root string, logs []string) {
	d := &g.facts.Disk
	if d.Path, d.Err = existing(root); d.Err != nil {
		return
	}
	var most vfs.Usage
	for _, dir := range logs {
		at, err := existing(dir)
		if err != nil {
			d.Err = err
			return
		}
		u, err := vfs.NewOS(at).Usage(".")
		if err != nil {
			d.Err = err
			return
		}
		if d.Log == "" || u.Percent() < most.Percent() {
			d.Log, most = at, u
		}
	}
	d.Total, d.Free = most.Total, most.Free
	d.Syncs, d.SyncErr = timeSyncs(d.Path)
}

// existing is the directory, or the nearest one above it that is there.
func existing(path string) (string, error) {
	dir, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	for {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir, nil
		} else if parent := filepath.Dir(dir); parent == dir || err != nil && !errors.Is(err, os.ErrNotExist) {
			return dir, fmt.Errorf("%s: %w", path, err)
		}
		dir = filepath.Dir(dir)
	}
}

// syncs is how often the disk is timed.
const syncs = 9

// timeSyncs writes and syncs pages of a file of its own.
func timeSyncs(dir string) (times []time.Duration, err error) {
	f, err := os.CreateTemp(dir, ".gannet-doctor-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	page := bytes.Repeat([]byte{1}, 4096)
	for range syncs {
		if _, err := f.Write(page); err != nil {
			return nil, err
		}
		began := time.Now()
		if err := f.Sync(); err != nil {
			return nil, err
		}
		times = append(times, time.Since(began))
	}
	return times, nil
}

// limits are the running broker's, as far as the store names its process, or else those of this one.
func (g *gatherer) limits(root string, logs []string) {
	l := &g.facts.Limits
	for _, dir := range logs {
		if list, err := os.ReadDir(dir); err == nil {
			l.Segments += int64(len(list))
		}
	}
	if text, err := os.ReadFile("/proc/sys/vm/max_map_count"); err == nil {
		l.Maps, _ = number(strings.TrimSpace(string(text)))
	}
	if pid, err := os.ReadFile(filepath.Join(root, layout.AbortFile)); err == nil && g.facts.Broker.Err == nil {
		pid := strings.TrimSpace(string(pid))
		if n, ok := number(pid); ok && n > 0 {
			if text, err := os.ReadFile("/proc/" + pid + "/limits"); err == nil {
				l.Whose, l.Files = "process "+pid, filesOf(string(text))
			}
		}
	}
	if l.Files != 0 {
		return
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err == nil {
		l.Whose, l.Files = "a process started here", uint64(limit.Cur)
	}
}

// filesOf reads the soft limit of "Max open files" in /proc/PID/limits.
func filesOf(limits string) uint64 {
	for line := range strings.Lines(limits) {
		rest, ok := strings.CutPrefix(line, "Max open files")
		fields := strings.Fields(rest)
		if !ok || len(fields) == 0 {
			continue
		}
		if fields[0] == "unlimited" {
			return 1 << 30
		}
		n, err := strconv.ParseUint(fields[0], 10, 64)
		if err != nil {
			return 0
		}
		return n
	}
	return 0
}
