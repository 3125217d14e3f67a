package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/broker"
	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/server"
)

// peer serves answers to codes on a port of this machine.
func peer(t *testing.T, answers map[int32]func(r *remoting.Request)) string {
	t.Helper()
	var routes []remoting.Route
	for code, handle := range answers {
		routes = append(routes, remoting.Route{Code: code, Run: remoting.Inline, Access: remoting.Open, Handle: handle})
	}
	s, err := server.Start(server.Options{Listen: []netio.Listen{{Name: "main", Addr: "127.0.0.1:0"}}, Routes: routes})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Stop(ctx); err != nil {
			t.Errorf("Stop: %v", err)
		}
	})
	return s.Addr("main").String()
}

func body(v any) func(*remoting.Request) {
	b := fastjson.Append(nil, v)
	return func(r *remoting.Request) { r.Reply(nil, b) }
}

// pair is a broker, started an hour ago by its clock, which is ahead, and a name server that knows it.
func pair(t *testing.T, ahead time.Duration) (brokerAddr, namesrv string) {
	t.Helper()
	boot := time.Now().Add(ahead - time.Hour - 4*time.Second)
	settings := ""
	brokerAddr = peer(t, map[int32]func(*remoting.Request){
		protocol.GetBrokerRuntimeInfo: body(&protocol.KVTable{Table: map[string]string{
			"bootTimestamp": fmt.Sprint(boot.UnixMilli()), "runtime": "[ 0 days, 1 hours, 0 minutes, 4 seconds ]", "brokerVersionDesc": "V5_3_3",
		}}),
		protocol.GetBrokerConfig: func(r *remoting.Request) { r.Reply(nil, []byte(settings)) },
	})
	_, port, err := net.SplitHostPort(brokerAddr)
	if err != nil {
		t.Fatal(err)
	}
	settings = "brokerName=broker-a\nbrokerClusterName=DefaultCluster\nbrokerIP1=127.0.0.1\nlistenPort=" + port + "\nvipPortEnable=false\nbrokerPermission=6\n"
	namesrv = peer(t, map[int32]func(*remoting.Request){
		protocol.GetBrokerClusterInfo: body(&protocol.ClusterInfo{BrokerAddrTable: map[string]protocol.BrokerData{
			"broker-a": {BrokerName: "broker-a", Cluster: "DefaultCluster", BrokerAddrs: map[int64]string{0: brokerAddr}},
		}}),
		protocol.GetRouteInfoByTopic:           func(r *remoting.Request) { r.Fail(protocol.TopicNotExist, "No topic route info in name server") },
		protocol.GetAllTopicListFromNameServer: body(&protocol.TopicList{TopicList: []string{"Billing", "Orders"}}),
	})
	return brokerAddr, namesrv
}

func machine() Machine {
	return Machine{
		Advertise: func(string) (Address, error) {
			return Address{Addr: netip.MustParseAddr("10.0.0.5"), Reason: "a test"}, nil
		},
		MemoryLimit: func() (int64, bool) { return 1 << 30, true },
	}
}

func TestGather(t *testing.T) {
	brokerAddr, namesrv := pair(t, 10*time.Minute)
	data := t.TempDir()
	f, err := Gather(t.Context(), Options{Data: data, Broker: brokerAddr, Namesrv: namesrv, Topic: "orders", Timeout: 5 * time.Second}, machine())
	if err != nil {
		t.Fatal(err)
	}
	if f.Broker.Err != nil || f.Broker.Version != "V5_3_3" || f.Broker.Settings["brokerName"] != "broker-a" {
		t.Errorf("broker: %+v", f.Broker)
	}
	if off := f.Broker.Clock.Ahead - 10*time.Minute; !f.Broker.Clock.Known || off.Abs() > 4*time.Second {
		t.Errorf("clock: %+v, want 10 minutes ahead", f.Broker.Clock)
	}
	if len(f.Told) != 1 || f.Told[0].Err != nil || len(f.Brokers) != 1 || f.Brokers[0].Err != nil {
		t.Errorf("told %+v, brokers %+v; want the one broker", f.Told, f.Brokers)
	}
	if len(f.NameServers) != 1 || f.NameServers[0].Route != nil || len(f.NameServers[0].Topics) != 2 {
		t.Errorf("name servers: %+v, want one without a route and with two topics", f.NameServers)
	}
	if len(f.Ports) != 1 || !f.Ports[0].Ours {
		t.Errorf("ports: %+v, want the broker's", f.Ports)
	}
	if len(f.Disk.Syncs) != syncs || f.Disk.Err != nil || f.Disk.Total == 0 || f.Disk.Path != data || f.Disk.Log != data {
		t.Errorf("disk: %+v", f.Disk)
	}
	if left, err := os.ReadDir(data); err != nil || len(left) != 0 {
		t.Errorf("%v %v, want nothing left behind", left, err)
	}
	if f.Limits.Files == 0 || f.Memory.Limit != 1<<30 || f.Memory.InFlight == 0 {
		t.Errorf("limits %+v, memory %+v", f.Limits, f.Memory)
	}
}

// Something listens on the port of the broker that is no broker.
func TestGatherForeignPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f, err := Gather(t.Context(), Options{Data: t.TempDir(), Broker: l.Addr().String(), Namesrv: l.Addr().String(), Timeout: 50 * time.Millisecond}, machine())
	if err != nil {
		t.Fatal(err)
	}
	if f.Broker.Err == nil || f.NameServers[0].Err == nil || !f.Ports[0].Open || f.Ports[0].Ours {
		t.Errorf("broker %v, name server %v, port %+v; want a port that is taken", f.Broker.Err, f.NameServers[0].Err, f.Ports[0])
	}
}

func TestGatherLimitsOfTheBroker(t *testing.T) {
	brokerAddr, namesrv := pair(t, 0)
	data := t.TempDir()
	if err := os.MkdirAll(filepath.Join(data, "store", "commitlog"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"abort": fmt.Sprint(os.Getpid()), "commitlog/00000000000000000000": ""} {
		if err := os.WriteFile(filepath.Join(data, "store", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := Gather(t.Context(), Options{Data: data, Broker: brokerAddr, Namesrv: namesrv, Timeout: 5 * time.Second}, machine())
	if err != nil {
		t.Fatal(err)
	}
	if f.Limits.Files == 0 || f.Limits.Segments != 1 {
		t.Errorf("got %+v, want the limits of a process and one segment", f.Limits)
	}
}

func TestFilesOf(t *testing.T) {
	const text = "Limit                     Soft Limit           Hard Limit           Units     \n" +
		"Max processes             15000                15000                processes \n" +
		"Max open files            1024                 524288               files     \n"
	if got := filesOf(text); got != 1024 {
		t.Errorf("got %d, want 1024", got)
	}
	if got := filesOf(strings.Replace(text, "1024 ", "unlimited ", 1)); got != 1<<30 {
		t.Errorf("unlimited: got %d", got)
	}
	if got := filesOf("Max open files"); got != 0 {
		t.Errorf("no number: got %d, want 0", got)
	}
}

func TestClockNotTold(t *testing.T) {
	now := time.Now()
	for _, figures := range []map[string]string{
		nil, {"bootTimestamp": "17"}, {"runtime": "[ 0 days, 0 hours, 0 minutes, 1 seconds ]"},
		{"bootTimestamp": "17", "runtime": "[ 99999999999999999999 days, 0 hours, 0 minutes, 1 seconds ]"},
	} {
		if c := clock(figures, now, now); c.Known {
			t.Errorf("%v: got %+v, want it unknown", figures, c)
		}
	}
}

// runDoctor runs the command and returns what it printed.
func runDoctor(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := Command(machine())
	cmd.SetOut(&out)
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

// Of the checks only those are judged here that do not depend on the machine.
func TestCommand(t *testing.T) {
	brokerAddr, namesrv := pair(t, 0)
	data := t.TempDir()
	out, err := runDoctor(t, "--broker", brokerAddr, "-n", namesrv, "--data", data)
	if !strings.Contains(out, "ok       name server  "+namesrv+" knows broker broker-a\n") || !strings.Contains(out, "skipped  topic ") {
		t.Errorf("%v, got\n%s", err, out)
	}
	out, err = runDoctor(t, "--broker", brokerAddr, "-n", namesrv, "--data", data, "--topic", "orders", "--json")
	var report jsonReport
	if jsonErr := json.Unmarshal([]byte(out), &report); jsonErr != nil {
		t.Fatal(jsonErr)
	}
	if !errors.Is(err, ErrProblems) || report.Problems == 0 {
		t.Errorf("%v, got\n%s\nwant a problem", err, out)
	}
	got := make(map[string]jsonResult)
	for _, c := range report.Checks {
		got[c.Check] = c
	}
	for _, check := range []string{"config", "ports", "name server", "clock", "versions"} {
		if got[check].State != "ok" {
			t.Errorf("got %+v, want %s to be ok", got[check], check)
		}
	}
	if c := got["topic"]; c.State != "problem" || !strings.Contains(c.Cause, "nearest name: Orders") || c.Cure == "" {
		t.Errorf("got %+v, want the topic that is missing", c)
	}
	if c := got["address"]; c.State != "warning" || !strings.Contains(c.Cause, "loopback") {
		t.Errorf("got %+v, want a warning of the loopback address", c)
	}
}

func TestCommandReadsSettings(t *testing.T) {
	brokerAddr, namesrv := pair(t, 0)
	file := filepath.Join(t.TempDir(), "broker.conf")
	if err := os.WriteFile(file, []byte("brokerIp1=10.0.0.5\ndiskMaxUsedSpaceRatio=95\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := runDoctor(t, "-c", file, "--broker", brokerAddr, "-n", namesrv, "--data", t.TempDir())
	if !errors.Is(err, ErrProblems) || !strings.Contains(out, `did you mean "brokerIP1"`) || !strings.Contains(out, "deleted from 95 % on") {
		t.Errorf("%v, got\n%s", err, out)
	}
	out, err = runDoctor(t, "-c", file+".absent", "--broker", brokerAddr, "-n", namesrv, "--data", t.TempDir())
	if !errors.Is(err, ErrProblems) || !strings.Contains(out, "no such file") || !strings.Contains(out, "knows broker broker-a") {
		t.Errorf("%v, got\n%s\nwant the rest looked at too", err, out)
	}
}

// The log's disks are looked at where the log is, and its files counted there; nothing is written beside them.
func TestGatherLogElsewhere(t *testing.T) {
	dir := t.TempDir()
	logs := []string{filepath.Join(dir, "one"), filepath.Join(dir, "two", "not there yet")}
	for name, files := range map[string]int{"one": 3, "two": 0, "store": 0} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		for i := range files {
			if err := os.WriteFile(filepath.Join(dir, name, strconv.Itoa(i)), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	g := gatherer{facts: new(Facts)}
	g.facts.Settings.Config, _ = broker.Bind([]jconf.Setting{{Key: "storePathCommitLog", Value: strings.Join(logs, " ,")}})
	g.facts.Broker.Err = errors.New("not there")
	root := filepath.Join(dir, "store")
	dirs := g.logDirs(root)
	if !slices.Equal(dirs, logs) {
		t.Fatalf("log in %q, want %q", dirs, logs)
	}
	g.disk(root, dirs)
	g.limits(root, dirs)
	if d := &g.facts.Disk; d.Err != nil || d.Path != root || d.Log != logs[0] && d.Log != filepath.Dir(logs[1]) || d.Total == 0 {
		t.Errorf("disk: %+v", d)
	}
	if g.facts.Limits.Segments != 3 {
		t.Errorf("%d files, want 3", g.facts.Limits.Segments)
	}
	g.facts.Settings.Config.CommitLogPath = ""
	if got, want := g.logDirs(root), []string{filepath.Join(root, "commitlog")}; !slices.Equal(got, want) {
		t.Errorf("log in %q, want %q", got, want)
	}
}
