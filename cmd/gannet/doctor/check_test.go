package doctor

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/broker"
	"github.com/gannetmq/gannet/remoting/protocol"
)

var errRefused = errors.New("connection refused")

// well is a broker on this machine that runs and that nothing is wrong with.
func well() *Facts {
	c, _ := broker.Bind(nil)
	self := Broker{
		Addr: "10.0.0.5:10911", Version: "V5_3_3",
		Settings: map[string]string{
			"brokerClusterName": "DefaultCluster", "brokerName": "broker-a", "brokerId": "0", "brokerIP1": "10.0.0.5", "listenPort": "10911",
			"brokerPermission": "6", "autoCreateTopicEnable": "false", "namesrvAddr": "10.0.0.1:9876",
		},
		Figures: map[string]string{"commitLogDiskRatio": "0.31", "bootTimestamp": "1"},
		Clock:   Clock{Known: true, Ahead: time.Second},
	}
	brokers := map[string]protocol.BrokerData{"broker-a": {BrokerName: "broker-a", Cluster: "DefaultCluster", BrokerAddrs: map[int64]string{0: self.Addr}}}
	return &Facts{
		Settings: Settings{Files: "broker.conf", Config: c},
		Address:  Address{Addr: netip.MustParseAddr("10.0.0.5"), Reason: "configured"},
		Broker:   self, Local: true, Topic: "Orders",
		Ports: []Port{{Name: "broker", Addr: self.Addr, Open: true, Ours: true}, {Name: "VIP", Addr: "10.0.0.5:10909", Open: true, Ours: true, Optional: true}},
		NameServers: []NameServer{{
			Addr: "10.0.0.1:9876", Cluster: protocol.ClusterInfo{BrokerAddrTable: brokers},
			Route: &protocol.TopicRouteData{
				QueueDatas:  []protocol.QueueData{{BrokerName: "broker-a", Perm: 6, ReadQueueNums: 8, WriteQueueNums: 8}},
				BrokerDatas: []protocol.BrokerData{brokers["broker-a"]},
			},
		}},
		Told:    []Told{{By: "10.0.0.1:9876", Broker: "broker-a", Addr: self.Addr}},
		Brokers: []Broker{self},
		Disk:    Disk{Path: "/data", Log: "/data", Total: 1000 << 30, Free: 690 << 30, Syncs: []time.Duration{300 * time.Microsecond, 4 * time.Millisecond, 200 * time.Microsecond}},
		Limits:  Limits{Whose: "process 17", Files: 655350, Maps: 655360, Segments: 40},
		Memory:  Memory{Limit: 4 << 30, InFlight: 256 << 20},
	}
}

// of returns the results of one check.
func of(results []Result, check string) []Result {
	var list []Result
	for _, r := range results {
		if r.Check == check {
			list = append(list, r)
		}
	}
	return list
}

func TestNothingWrong(t *testing.T) {
	results := Examine(well())
	for _, c := range checks {
		if len(of(results, c.name)) == 0 {
			t.Errorf("%s says nothing", c.name)
		}
	}
	for _, r := range results {
		if r.State != OK || r.Cure != "" || r.Cause == "" {
			t.Errorf("got %+v, want ok", r)
		}
	}
}

// Each case spoils one thing: the check that is to notice it does, with a cause and a cure, and no
// other complains unless it says so.
func TestChecks(t *testing.T) {
	for _, tc := range []struct {
		name  string
		spoil func(f *Facts)
		check string
		state State
		cause string // part of it
		cure  string
	}{
		{"file missing", func(f *Facts) { f.Settings.Err = errors.New("open broker.conf: no such file") }, "config", Problem, "no such file", "-c"},
		{"misspelt key", func(f *Facts) {
			f.Settings.Problems = []string{`unknown key "brokerIp1" in broker.conf:12, did you mean "brokerIP1"?`}
		}, "config", Problem, "brokerIp1", "--lenient"},
		{"idle key", func(f *Facts) { f.Settings.Notes = []string{"useEpoll has no effect"} }, "config", Warning, "useEpoll", "configuration.md"},
		{"deletes too late", func(f *Facts) { f.Settings.Config.DiskMaxUsedRatio = 95 }, "config", Problem, "95 %", "diskMaxUsedSpaceRatio"},
		{"accepts too early", func(f *Facts) { f.Settings.Config.DiskWarningRatio = 80 }, "config", Warning, "again at 80 %", "diskSpaceCleanForciblyRatio"},
		{"log file too small", func(f *Facts) { f.Settings.Config.CommitLogFileSize = 1 << 20 }, "config", Problem, "does not fit", "mappedFileSizeCommitLog"},
		{"creates and refuses", func(f *Facts) { f.Settings.Config.Permission = 4 }, "config", Warning, "takes no messages", "brokerPermission"},
		{"idle before heartbeat", func(f *Facts) { f.Settings.Config.IdleSeconds = 30 }, "config", Problem, "every 30 s", "heartbeats"},
		{"clients expire before heartbeat", func(f *Facts) { f.Settings.Config.ChannelExpiredTimeout = 20000 }, "config", Problem, "channelExpiredTimeout is 20 s", "heartbeats"},
		{"listens on loopback", func(f *Facts) { f.Settings.Config.BindAddress, f.Settings.Config.BrokerIP1 = "127.0.0.1", "10.0.0.5" }, "config", Problem, "127.0.0.1 alone", "bindAddress"},
		{"registers loopback", func(f *Facts) {
			f.Settings.Config.NamesrvAddr, f.Settings.Config.BrokerIP1 = "10.0.0.1:9876", "127.0.0.1"
		}, "config", Problem, "finds itself", "brokerIP1"},
		{"port of the name server", func(f *Facts) { f.Settings.Config.NamesrvAddr, f.Settings.Config.ListenPort = "127.0.0.1:9876", 9878 }, "config", Problem, "VIP port, listenPort less 2 is 9876", "listenPort"},

		{"advertised not reachable", func(f *Facts) { f.Told[0].Err = errRefused }, "address", Problem, "refused", "brokerIP1"},
		{"advertised of docker", func(f *Facts) { f.Told[0].Addr, f.Told[0].Err = "172.17.0.2:10911", errRefused }, "address", Problem, "Docker", "--advertise"},
		{"advertised of docker, reached", func(f *Facts) { f.Told[0].Addr = "172.17.0.2:10911" }, "address", Warning, "clients elsewhere", "--advertise"},
		{"advertised loopback", func(f *Facts) { f.Told[0].Addr = "127.0.0.1:10911" }, "address", Warning, "loopback", "--advertise"},
		{"advertised nothing", func(f *Facts) { f.Told[0].Addr, f.Told[0].Err = "0.0.0.0:10911", errRefused }, "address", Problem, "no address that can be connected to", "--advertise"},
		{"would advertise a container", func(f *Facts) { f.Told, f.Address.Warning = nil, "it is a container address" }, "address", Warning, "container", ""},
		{"host does not resolve", func(f *Facts) { f.Told, f.AddressErr = nil, errors.New("no such host") }, "address", Problem, "no such host", "brokerIP1"},

		{"port taken", func(f *Facts) { f.Ports[0].Ours = false }, "ports", Problem, "taken", "ss -ltnp"},
		{"port not allowed", func(f *Facts) {
			f.Ports[0] = Port{Name: "broker", Addr: "10.0.0.5:911", Err: errors.New("permission denied")}
		}, "ports", Problem, "permission denied", "1024"},
		{"port closed", func(f *Facts) { f.Ports[0] = Port{Name: "broker", Addr: "10.0.0.5:10911"} }, "ports", Problem, "closed", "firewall"},
		{"VIP port closed", func(f *Facts) { f.Ports[1] = Port{Name: "VIP", Addr: "10.0.0.5:10909", Optional: true} }, "ports", Warning, "time out", "vipChannelEnabled"},

		{"name server away", func(f *Facts) { f.NameServers[0] = NameServer{Addr: "10.0.0.1:9876", Err: errRefused} }, "name server", Problem, "refused", "NAMESRV_ADDR"},
		{"not registered", func(f *Facts) { f.NameServers[0].Cluster = protocol.ClusterInfo{} }, "name server", Problem, "does not know broker broker-a", "--namesrv 10.0.0.1:9876"},
		{"registered elsewhere", func(f *Facts) {
			f.NameServers[0].Cluster.BrokerAddrTable["broker-a"] = protocol.BrokerData{BrokerAddrs: map[int64]string{0: "10.0.0.9:10911"}}
		}, "name server", Problem, "10.0.0.9:10911", "brokerName"},
		{"name servers disagree", func(f *Facts) {
			f.Broker.Err = errRefused
			f.NameServers = append(f.NameServers, NameServer{Addr: "10.0.0.2:9876", Route: f.NameServers[0].Route})
		}, "name server", Problem, "different things of broker broker-a", "every broker"},

		{"topic missing", func(f *Facts) { f.NameServers[0].Route, f.NameServers[0].Topics = nil, []string{"Order", "Billing"} }, "topic", Problem, "nearest name: Order", "updateTopic"},
		{"topic to come", func(f *Facts) { f.NameServers[0].Route, f.Broker.Settings["autoCreateTopicEnable"] = nil, "true" }, "topic", Warning, "first send", "send to it"},
		{"topic without a broker", func(f *Facts) {
			f.NameServers[0].Route, f.NameServers[0].Cluster, f.Broker.Err = nil, protocol.ClusterInfo{}, errRefused
		}, "topic", Problem, "no broker is registered", "start a broker"},
		{"topic not writable", func(f *Facts) { f.NameServers[0].Route.QueueDatas[0].Perm = 4 }, "topic", Problem, "no queue that takes messages", "permission 6"},
		{"topic not readable", func(f *Facts) { f.NameServers[0].Route.QueueDatas[0].Perm = 2 }, "topic", Warning, "can be read", "permission 6"},
		{"route refused", func(f *Facts) { f.NameServers[0].RouteErr = errors.New("code 1") }, "topic", Problem, "code 1", "log"},
		{"broker not writable", func(f *Facts) { f.Broker.Settings["brokerPermission"] = "4" }, "topic", Problem, "takes no messages", "brokerPermission=6"},

		{"disk full", func(f *Facts) { f.Disk.Free = 90 << 30 }, "disk", Problem, "91 % full: sends are refused", "fileReservedTime"},
		{"disk nearly full", func(f *Facts) { f.Disk.Free = 200 << 30 }, "disk", Warning, "80 % full", "fileReservedTime"},
		{"disk under its minimum", func(f *Facts) { f.Settings.Config.DiskMinFree = 700 << 30 }, "disk", Problem, "diskMinFreeBytes wants 700.0 GiB", "free room"},
		{"no directory", func(f *Facts) { f.Disk.Err = errors.New("not a directory") }, "disk", Problem, "not a directory", "make the directory"},
		{"disk elsewhere", func(f *Facts) { f.Local, f.Broker.Figures["commitLogDiskRatio"] = false, "0.93" }, "disk", Problem, "93 %", "free room"},

		{"slow disk", func(f *Facts) {
			f.Disk.Syncs = []time.Duration{30 * time.Millisecond, 20 * time.Millisecond, 90 * time.Millisecond}
		}, "sync", Warning, "takes 30ms, 90ms at worst", "SSD"},
		{"dead slow disk", func(f *Facts) { f.Disk.Syncs = []time.Duration{time.Second} }, "sync", Problem, "time out", "SSD"},
		{"disk with errors", func(f *Facts) { f.Disk.SyncErr = errors.New("input/output error") }, "sync", Problem, "input/output", "dmesg"},

		{"clock ahead", func(f *Facts) { f.Brokers[0].Clock.Ahead = 5 * time.Second }, "clock", Warning, "5s ahead of", "chrony"},
		{"clock far behind", func(f *Facts) { f.Brokers[0].Clock.Ahead = -time.Hour }, "clock", Problem, "1h0m0s behind", "chrony"},

		{"few descriptors", func(f *Facts) { f.Limits.Files = 1024 }, "limits", Problem, "process 17 may open 1024", "LimitNOFILE"},
		{"some descriptors", func(f *Facts) { f.Limits.Files = 20000 }, "limits", Warning, "20000", "LimitNOFILE"},
		{"few maps", func(f *Facts) { f.Limits.Maps, f.Limits.Segments = 65530, 40000 }, "limits", Problem, "40000 files", "max_map_count"},
		{"fewer maps than usual", func(f *Facts) { f.Limits.Maps = 10000 }, "limits", Warning, "10000", "max_map_count"},

		{"tiny container", func(f *Facts) { f.Memory.Limit, f.Memory.InFlight = 32<<20, 1<<20 }, "memory", Problem, "32.0 MiB", "256 MiB"},
		{"small container", func(f *Facts) { f.Memory.Limit, f.Memory.InFlight = 128<<20, 1<<20 }, "memory", Warning, "page cache", "256 MiB"},
		{"requests beyond the limit", func(f *Facts) { f.Memory.Limit = 400 << 20 }, "memory", Warning, "maxRequestBytesInFlight = 256.0 MiB", "104857600"},
		{"GOMEMLIMIT above the limit", func(f *Facts) { f.Memory.GoLimit = "8GiB" }, "memory", Problem, "GOMEMLIMIT=8GiB", "take GOMEMLIMIT out"},

		{"mixed cluster", func(f *Facts) {
			other := f.Broker
			other.Addr, other.Version = "10.0.0.6:10911", "V5_1_4"
			f.Brokers = append(f.Brokers, other)
		}, "versions", Warning, "DefaultCluster is mixed: V5_1_4, V5_3_3", "one version"},
		{"old broker", func(f *Facts) { f.Broker.Version, f.Brokers[0].Version = "V4_3_0", "V4_3_0" }, "versions", Warning, "V4_3_0", "4.9"},
		{"one name in two clusters", func(f *Facts) {
			f.Brokers = append(f.Brokers, Broker{Addr: "10.0.0.6:10911", Version: "V5_3_3", Settings: map[string]string{"brokerName": "broker-a", "brokerClusterName": "Other"}})
		}, "versions", Problem, "broker-a is the name of brokers in several clusters: DefaultCluster, Other", "own"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := well()
			tc.spoil(f)
			results := Examine(f)
			found := false
			for _, r := range results {
				hit := r.Check == tc.check && r.State == tc.state && strings.Contains(r.Cause, tc.cause) && strings.Contains(r.Cure, tc.cure)
				found = found || hit
				if !hit && r.State >= Warning && r.Check != tc.check {
					t.Errorf("%s complains too: %+v", r.Check, r)
				}
			}
			if !found {
				t.Errorf("got %+v\nwant %v with %q and cure %q", of(results, tc.check), tc.state, tc.cause, tc.cure)
			}
		})
	}
}

// A machine without anything on it is fine: serve can start.
func TestNothingRuns(t *testing.T) {
	f := well()
	f.Settings.Files, f.Topic, f.Told, f.Brokers = "", "", nil, nil
	f.Broker, f.Assumed = Broker{Addr: "127.0.0.1:10911", Err: errRefused}, true
	f.NameServers = []NameServer{{Addr: "127.0.0.1:9876", Err: errRefused}}
	f.Ports = []Port{{Name: "broker", Addr: "127.0.0.1:10911"}, {Name: "admin", Addr: "127.0.0.1:9878", Optional: true}}
	for _, r := range Examine(f) {
		if r.State > Skipped {
			t.Errorf("got %+v, want nothing wrong", r)
		}
	}
	f.Asked = true
	if got := of(Examine(f), "ports"); got[0].State != Problem {
		t.Errorf("a broker that was asked for is away: got %+v, want a problem", got)
	}
}

// Of another machine nothing is said that holds here.
func TestElsewhere(t *testing.T) {
	f := well()
	f.Local = false
	for _, check := range []string{"sync", "limits", "memory"} {
		for _, r := range of(Examine(f), check) {
			if r.State != Skipped {
				t.Errorf("got %+v, want it skipped", r)
			}
		}
	}
	delete(f.Broker.Figures, "commitLogDiskRatio")
	if got := of(Examine(f), "disk"); got[0].State != Skipped {
		t.Errorf("got %+v, want it skipped", got)
	}
}
