package replay

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/broker"
	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
	"github.com/gannetmq/gannet/namesrv"
	"github.com/gannetmq/gannet/remoting/client"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// world is a name server and a broker, put together as gannet serve does, on a disk in memory.
type world struct {
	t      *testing.T
	names  *namesrv.NameServer
	broker *broker.Broker
	client *client.Client

	addrs   map[string]string // of the targets "namesrv", "broker", "vip"
	conns   map[string]*conn  // by caller and target
	control *recorder.Client  // for what must have happened before
	members sync.WaitGroup    // the consumers that answer

	absent   map[string]bool        // topics that are not made for a request
	messages map[place]*record.View // that Java returned; see found
	lies     map[string]int64       // where those that are stored lie in the log, by describe
}

// patience is how long an answer may take.
const patience = 10 * time.Second

// start has the tables on its disk, files of the directory config, before the broker opens it.
func (w *world) start(settings map[string]string, tables map[string][]byte) {
	w.t.Helper()
	port := w.port()
	w.startNames()
	w.startBroker(port, settings, tables)
	w.addrs = map[string]string{
		"namesrv": w.names.Addr(), "broker": w.broker.Addr(), "vip": net.JoinHostPort("127.0.0.1", strconv.Itoa(port-2)),
	}
	var err error
	if w.control, err = recorder.Dial(w.broker.Addr()); err != nil {
		w.t.Fatal(err)
	}
	w.until("the broker is registered", func() bool { return w.broker.Ready() == nil })
}

func (w *world) port() int {
	w.t.Helper()
	port, err := process.FreePorts()
	if err != nil {
		w.t.Fatal(err)
	}
	return port
}

func (w *world) startNames() {
	w.t.Helper()
	cfg, problems := namesrv.Bind([]jconf.Setting{
		{Key: "listenPort", Value: strconv.Itoa(w.port())}, {Key: "bindAddress", Value: "127.0.0.1"},
		{Key: "kvConfigPath", Value: filepath.Join(w.t.TempDir(), "kvConfig.json")},
	})
	if len(problems) > 0 {
		w.t.Fatalf("configuration of the name server: %v", problems)
	}
	o := cfg.Options()
	o.Log = slog.New(slog.DiscardHandler)
	var err error
	if w.names, err = namesrv.Start(o); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) startBroker(port int, settings map[string]string, tables map[string][]byte) {
	w.t.Helper()
	list := []jconf.Setting{
		{Key: "listenPort", Value: strconv.Itoa(port)}, {Key: "bindAddress", Value: "127.0.0.1"},
		{Key: "brokerName", Value: "broker-a"}, {Key: "namesrvAddr", Value: w.names.Addr()}, {Key: "storePathRootDir", Value: "/data/store"},
		{Key: "mappedFileSizeCommitLog", Value: "8388608"}, {Key: "maxHashSlotNum", Value: "10000"}, {Key: "maxIndexNum", Value: "40000"},
	}
	for key, value := range settings {
		list = append(list, jconf.Setting{Key: key, Value: value})
	}
	cfg, problems := broker.Bind(list)
	if len(problems) > 0 {
		w.t.Fatalf("configuration of the broker: %v", problems)
	}
	log := slog.New(slog.DiscardHandler)
	var err error
	if w.client, err = client.New(client.Options{Log: log}); err != nil {
		w.t.Fatal(err)
	}
	w.broker, err = broker.Start(broker.Options{
		Config: cfg, FS: disk(w.t, tables), Advertised: netip.MustParseAddr("127.0.0.1"), Caller: w.client, Log: log,
		SaveConfig: func([]jconf.Setting) error { return nil },
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// disk holds the tables.
func disk(t *testing.T, tables map[string][]byte) vfs.FS {
	t.Helper()
	mem := vfs.NewMem()
	if err := mem.MkdirAll("config"); err != nil {
		t.Fatal(err)
	}
	for name, text := range tables {
		f, err := mem.Create("config/"+name, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt(text, 0); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return mem
}

func (w *world) stop() {
	w.t.Helper()
	for _, c := range w.conns {
		_ = c.Close()
	}
	_ = w.control.Close()
	w.members.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, stop := range []func(context.Context) error{w.broker.Stop, w.client.Close, w.names.Stop} {
		if err := stop(ctx); err != nil {
			w.t.Error(err)
		}
	}
}

// until waits for something that happens by itself.
func (w *world) until(what string, happened func() bool) {
	w.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !happened(); <-tick.C {
		if time.Now().After(end) {
			w.t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// conn is a caller's connection to one target.
type conn struct{ net.Conn }

// of is the connection of a caller.
func (w *world) of(caller, target string) *conn {
	w.t.Helper()
	key := caller + " " + target
	if w.conns[key] == nil {
		c, err := net.DialTimeout("tcp", w.addrs[target], patience)
		if err != nil {
			w.t.Fatal(err)
		}
		w.conns[key] = &conn{c}
	}
	return w.conns[key]
}

// fence is a request behind others: when it is answered, they were. Its code is unknown to all.
const fence = 32_000

// exchange sends a frame and returns the answer to it, nil if there was none before the fence's. It asks
// the fence only if none is expected.
func (w *world) exchange(c *conn, frame []byte, opaque int32, answered bool) *wire.Command {
	w.t.Helper()
	_ = c.SetDeadline(time.Now().Add(patience))
	if !answered {
		behind, err := wire.AppendCommand(nil, &wire.Command{Code: fence, Opaque: -opaque - 1, Version: 479})
		if err != nil {
			w.t.Fatal(err)
		}
		frame = append(frame[:len(frame):len(frame)], behind...)
	}
	if _, err := c.Write(frame); err != nil {
		w.t.Fatal(err)
	}
	for {
		got := c.read(w.t)
		switch {
		case got.IsResponse() && got.Opaque == opaque:
			if !answered {
				for next := c.read(w.t); next.Opaque != -opaque-1; next = c.read(w.t) {
				}
			}
			return got
		case got.IsResponse() && got.Opaque == -opaque-1:
			return nil
		case got.IsResponse():
			w.t.Fatalf("answer to %d, want %d: %s", got.Opaque, opaque, brief(got))
		}
	}
}

func (c *conn) read(t *testing.T) *wire.Command {
	t.Helper()
	frame := make([]byte, 4)
	if _, err := io.ReadFull(c, frame); err != nil {
		t.Fatalf("no answer: %v", err)
	}
	n, err := wire.Cut(frame)
	if err != nil {
		t.Fatal(err)
	}
	frame = append(frame, make([]byte, n-4)...)
	if _, err := io.ReadFull(c, frame[4:]); err != nil {
		t.Fatal(err)
	}
	return decode(t, frame)
}

func decode(t *testing.T, frame []byte) *wire.Command {
	t.Helper()
	c := new(wire.Command)
	if err := wire.Decode(frame, c); err != nil {
		t.Fatalf("%v: %q", err, frame)
	}
	return c
}

func field(c *wire.Command, name string) string {
	value, _ := c.Lookup(name)
	return strings.TrimSpace(string(value))
}
