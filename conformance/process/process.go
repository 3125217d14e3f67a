// Package process runs the gannet binary for tests and benchmarks: build once, start on free
// ports, wait until it serves, stop it or kill it.
package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Options of one process. The zero value runs `gannet serve` on a directory of its own.
type Options struct {
	Role   string            // "serve" (default), "broker", "namesrv"
	Dir    string            // data directory; must exist
	Set    map[string]string // --set key=value
	Args   []string          // further arguments
	Env    []string          // further environment
	Binary string            // default: Build()
	// Namesrv and Broker fix the ports when a process is started again in the place of another.
	Namesrv, Broker int
}

// Gannet is a running process.
type Gannet struct {
	Namesrv string // host:port, "" without the role
	Broker  string
	Admin   string
	Dir     string
	Pid     int

	options Options
	cmd     *exec.Cmd
	output  *lockedBuffer
	exited  chan struct{}
	exitErr error
}

var build struct {
	once sync.Once
	path string
	err  error
}

// Root is the repository's directory.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..")
}

// Build makes the binary with the Makefile's own command, once a test process.
func Build() (string, error) {
	build.once.Do(func() {
		cmd := exec.Command("make", "-s", "build")
		cmd.Dir = Root()
		if out, err := cmd.CombinedOutput(); err != nil {
			build.err = fmt.Errorf("make build: %w\n%s", err, out)
			return
		}
		build.path = filepath.Join(Root(), "bin", "gannet")
	})
	return build.path, build.err
}

// Ports are taken below the range from which the system gives ports to connections: one that is free
// now stays free, whatever connects meanwhile.
const (
	firstPort = 10_000
	lastPort  = 32_000
)

// given are the ports that FreePorts has found, which need not be in use yet.
var given struct {
	sync.Mutex
	ports map[int]bool
}

// FreePorts finds a port p such that p-2, p and p+1 are free too: a broker's main, VIP and replication ports. It gives none twice.
func FreePorts() (int, error) {
	given.Lock()
	defer given.Unlock()
	if given.ports == nil {
		given.ports = make(map[int]bool)
	}
	for range 1000 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		all := []int{port - 2, port, port + 1}
		if !slices.ContainsFunc(all, func(p int) bool { return given.ports[p] || !isFree(p) }) {
			for _, p := range all {
				given.ports[p] = true
			}
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free ports from %d to %d in 1000 tries", firstPort, lastPort)
}

func isFree(port int) bool {
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// Start runs the binary and waits until /readyz says yes. If another process was quicker to take a port that seemed free, it
// chooses others.
func Start(ctx context.Context, o Options) (*Gannet, error) {
	for try := 1; ; try++ {
		g, err := start(ctx, o)
		if err == nil || o.Namesrv+o.Broker != 0 || try == 3 || !strings.Contains(err.Error(), syscall.EADDRINUSE.Error()) {
			return g, err
		}
	}
}

func start(ctx context.Context, o Options) (*Gannet, error) {
	g, err := prepare(o)
	if err != nil {
		return nil, err
	}
	if err := g.launch(); err != nil {
		return nil, err
	}
	if err := g.waitReady(ctx); err != nil {
		g.Kill()
		return nil, fmt.Errorf("%w\n%s", err, g.Output())
	}
	return g, nil
}

func prepare(o Options) (*Gannet, error) {
	if o.Role == "" {
		o.Role = "serve"
	}
	if o.Binary == "" {
		path, err := Build()
		if err != nil {
			return nil, err
		}
		o.Binary = path
	}
	for _, port := range []*int{&o.Namesrv, &o.Broker} {
		if *port == 0 {
			p, err := FreePorts()
			if err != nil {
				return nil, err
			}
			*port = p
		}
	}
	admin, err := FreePorts()
	if err != nil {
		return nil, err
	}
	g := &Gannet{Dir: o.Dir, options: o, Admin: "127.0.0.1:" + strconv.Itoa(admin)}
	if o.Role != "broker" {
		g.Namesrv = "127.0.0.1:" + strconv.Itoa(o.Namesrv)
	}
	if o.Role != "namesrv" {
		g.Broker = "127.0.0.1:" + strconv.Itoa(o.Broker)
	}
	return g, nil
}

func (g *Gannet) launch() error {
	args := []string{g.options.Role, "--data", g.Dir, "--admin", g.Admin}
	switch g.options.Role {
	case "serve":
		args = append(args, "--set", "listenPort="+strconv.Itoa(g.options.Broker),
			"--set", "namesrv.listenPort="+strconv.Itoa(g.options.Namesrv), "--set", "brokerIP1=127.0.0.1")
	case "broker":
		args = append(args, "--set", "listenPort="+strconv.Itoa(g.options.Broker), "--set", "brokerIP1=127.0.0.1")
	case "namesrv":
		args = append(args, "--set", "listenPort="+strconv.Itoa(g.options.Namesrv))
	}
	for k, v := range g.options.Set {
		args = append(args, "--set", k+"="+v)
	}
	g.cmd = exec.Command(g.options.Binary, append(args, g.options.Args...)...)
	g.cmd.Env = append(os.Environ(), g.options.Env...)
	g.output = &lockedBuffer{}
	g.cmd.Stdout, g.cmd.Stderr = g.output, g.output
	if err := g.cmd.Start(); err != nil {
		return err
	}
	g.Pid = g.cmd.Process.Pid
	g.exited = make(chan struct{})
	go func() {
		g.exitErr = g.cmd.Wait()
		close(g.exited)
	}()
	return nil
}

func (g *Gannet) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, status, err := g.Get("/readyz"); err == nil && status == http.StatusOK {
			return nil
		}
		select {
		case <-tick.C:
		case <-g.exited:
			return fmt.Errorf("gannet %s ended before it was ready: %v", g.options.Role, g.exitErr)
		case <-ctx.Done():
			return fmt.Errorf("gannet %s not ready: %w", g.options.Role, ctx.Err())
		}
	}
}

// Get fetches a path of the admin listener.
func (g *Gannet) Get(path string) (body string, status int, err error) {
	client := http.Client{Timeout: 2 * time.Second}
	resp, err := client.Get("http://" + g.Admin + path)
	if err != nil {
		return "", 0, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return string(b), resp.StatusCode, err
}

// Kill ends the process as kill -9 does and waits for it to be gone.
func (g *Gannet) Kill() {
	_ = g.cmd.Process.Kill()
	<-g.exited
}

// Stop sends SIGTERM and waits; the error tells of a bad exit or of a stop that took over 30 s.
func (g *Gannet) Stop() error {
	if err := g.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-g.exited:
		return g.exitErr
	case <-time.After(30 * time.Second):
		g.Kill()
		return fmt.Errorf("gannet did not stop within 30 s\n%s", g.Output())
	}
}

// Restart starts the same role again on the same directory and ports.
func (g *Gannet) Restart(ctx context.Context) (*Gannet, error) { return Start(ctx, g.options) }

// Exited is closed when the process has ended.
func (g *Gannet) Exited() <-chan struct{} { return g.exited }

// Output is what the process has printed so far.
func (g *Gannet) Output() string { return g.output.String() }

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
