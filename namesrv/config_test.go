package namesrv

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/remoting/netio"
)

// TestEveryKeyOfJavaIsKnown: each exactly once, in Config or in Known, with its type and default.
func TestEveryKeyOfJavaIsKnown(t *testing.T) {
	var facts map[string]json.RawMessage
	golden.Facts(t, "config", &facts)
	ours := make(map[string]jconf.Entry)
	for _, e := range append(jconf.Table(Config{}), Known()...) {
		if _, twice := ours[e.Key]; twice {
			t.Errorf("%s is there twice", e.Key)
		}
		if e.Help == "" {
			t.Errorf("%s says nothing", e.Key)
		}
		ours[e.Key] = e
	}
	seen := make(map[string]bool)
	// The first class with a key tells its type and default.
	for _, class := range []string{
		"common.namesrv.NamesrvConfig", "remoting.netty.NettyServerConfig", "remoting.netty.NettyClientConfig", "common.ControllerConfig",
	} {
		var keys map[string]struct {
			Type    string
			Default *string
		}
		if err := json.Unmarshal(facts[class], &keys); err != nil {
			t.Fatalf("%s: %v", class, err)
		}
		for key, want := range keys {
			if seen[key] {
				continue
			}
			seen[key] = true
			byDefault := ""
			if want.Default != nil {
				byDefault = *want.Default
			}
			if key == "listenPort" {
				byDefault = "9876" // NamesrvStartup sets it before it reads the file
			}
			checkFact(t, key, want.Type, byDefault, ours)
		}
	}
	if len(seen) < 80 {
		t.Errorf("%d keys of Java compared, want at least 80", len(seen))
	}
	for _, e := range Known() {
		if !seen[e.Key] {
			t.Errorf("%s is in Known, but is no key of Java", e.Key)
		}
	}
}

func checkFact(t *testing.T, key, javaType, byDefault string, ours map[string]jconf.Entry) {
	t.Helper()
	e, known := ours[key]
	switch {
	case !known:
		t.Errorf("%s is not known", key)
	case e.Type != javaType:
		t.Errorf("%s: got type %s, want %s", key, e.Type, javaType)
	case byDefault == "env-dependent" || strings.HasPrefix(byDefault, "object:"):
	case e.Default != byDefault:
		t.Errorf("%s: got default %q, want %q", key, e.Default, byDefault)
	case len(e.Enum) > 0 && !slices.Contains(e.Enum, byDefault):
		t.Errorf("%s: the default %q is not among %v", key, byDefault, e.Enum)
	}
}

// bind binds one key=value and fails on problems.
func bind(t *testing.T, pair string) *Config {
	t.Helper()
	var settings []jconf.Setting
	if key, value, ok := strings.Cut(pair, "="); ok {
		settings = append(settings, jconf.Setting{Key: key, Value: value, Source: "n.conf"})
	}
	c, problems := Bind(settings)
	for _, p := range problems {
		t.Fatal(p)
	}
	return c
}

func TestEveryKeyReachesItsOption(t *testing.T) {
	reaches := map[string]struct {
		value string
		got   func(Options) any
		want  any
	}{
		"bindAddress":                       {"127.0.0.1", func(o Options) any { return o.Listen[0].Addr }, "127.0.0.1:9876"},
		"listenPort":                        {"19876", func(o Options) any { return o.Listen[0].Addr }, "0.0.0.0:19876"},
		"serverChannelMaxIdleTimeSeconds":   {"60", func(o Options) any { return o.Server.IdleTimeout }, time.Minute},
		"scanNotActiveBrokerInterval":       {"1000", func(o Options) any { return o.ScanEvery }, time.Second},
		"enableAllTopicList":                {"false", func(o Options) any { return o.AllTopicList }, false},
		"deleteTopicWithBrokerRegistration": {"true", func(o Options) any { return o.DropMissing }, true},
		"enableTopicList":                   {"false", func(o Options) any { return o.TopicList }, false},
		"supportActingMaster":               {"true", func(o Options) any { return o.ActingMaster }, true},
		"notifyMinBrokerIdChanged":          {"true", func(o Options) any { return o.TellMinChange }, true},
		"orderMessageEnable":                {"true", func(o Options) any { return o.OrderTopics }, true},
		"returnOrderTopicConfigToBroker":    {"false", func(o Options) any { return o.TellOrders }, false},
		"needWaitForService":                {"true", func(o Options) any { return o.Wait }, 45 * time.Second},
		"waitSecondsForService":             {"7", func(o Options) any { return o.Config.WaitSeconds }, 7},
		"kvConfigPath":                      {"kv.json", func(o Options) any { return o.KV.Name }, "kv.json"},
		"configBlackList":                   {"x", func(o Options) any { return o.Config.BlackList }, "x"},
		"maxConnections":                    {"10", func(o Options) any { return o.Server.MaxConns }, 10},
		"maxConnectionsPerIP":               {"11", func(o Options) any { return o.Server.MaxConnsPerIP }, 11},
		"firstRequestBytes":                 {"1024", func(o Options) any { return o.Server.FirstFrameBytes }, 1024},
		"firstRequestMillis":                {"500", func(o Options) any { return o.Server.FirstFrameTime }, 500 * time.Millisecond},
		"maxUnfinishedBytes":                {"33554432", func(o Options) any { return o.Server.MaxPartial }, int64(32 << 20)},
		"busyUnsentBytesPerConnection":      {"1048576", func(o Options) any { return o.Server.CongestedBytes }, int64(1 << 20)},
		"maxUnsentBytesPerConnection":       {"16777216", func(o Options) any { return o.Server.MaxUnsent }, int64(16 << 20)},
		"maxUnsentBytes":                    {"134217728", func(o Options) any { return o.Server.MaxBacklog }, int64(128 << 20)},
		"proxyProtocolFrom":                 {"none", func(o Options) any { return o.Server.Proxies.Believes(netip.MustParseAddr("10.0.0.1")) }, false},
		"tls.server.mode":                   {"enforcing", func(o Options) any { return o.Server.TLS }, netio.TLSEnforcing},
		"tls.config.file":                   {"/x", func(o Options) any { return o.Config.ConfigFile }, "/x"},
		"tls.test.mode.enable":              {"false", func(o Options) any { return o.Config.TestMode }, false},
		"tls.server.need.client.auth":       {"require", func(o Options) any { return o.Config.ClientAuth }, "require"},
		"tls.server.keyPath":                {"/k", func(o Options) any { return o.Config.KeyPath }, "/k"},
		"tls.server.keyPassword":            {"p", func(o Options) any { return o.Config.Password.Reveal() }, "p"},
		"tls.server.certPath":               {"/c", func(o Options) any { return o.Config.CertPath }, "/c"},
		"tls.server.authClient":             {"true", func(o Options) any { return o.Config.AuthClient }, true},
		"tls.server.trustCertPath":          {"/t", func(o Options) any { return o.Config.TrustPath }, "/t"},
		"maxFrameSize":                      {"1048576", func(o Options) any { return o.Server.Frames.MaxFrame }, 1 << 20},
		"maxExtFields":                      {"100", func(o Options) any { return o.Server.Frames.MaxFields }, 100},
		"maxHeaderDepth":                    {"5", func(o Options) any { return o.Server.Frames.MaxDepth }, 5},
		"maxHeaderSize":                     {"65536", func(o Options) any { return o.Server.Frames.MaxHeader }, 64 << 10},
		"maxBrokers":                        {"12", func(o Options) any { return o.Table.MaxBrokers }, 12},
		"maxTopics":                         {"13", func(o Options) any { return o.Table.MaxTopics }, 13},
	}
	for _, e := range jconf.Table(Config{}) {
		r, ok := reaches[e.Key]
		if !ok {
			t.Errorf("%s: no row tells where it ends", e.Key)
			continue
		}
		if got := r.got(bind(t, "").Options()); got == r.want {
			t.Errorf("%s: the default gives %v too: the row proves nothing", e.Key, got)
		}
		if got := r.got(bind(t, e.Key+"="+r.value).Options()); got != r.want {
			t.Errorf("%s=%s: got %v, want %v", e.Key, r.value, got, r.want)
		}
	}
}

func TestValidate(t *testing.T) {
	for _, c := range []struct{ pair, want string }{
		{"", ""},
		{"listenPort=0", `listenPort = "0": want from 1 to 65535`},
		{"listenPort=65536", "from 1 to 65535"},
		{"bindAddress=0.0.0.0:9876", "without a port"},
		{"bindAddress=::", ""},
		{"scanNotActiveBrokerInterval=0", "scanNotActiveBrokerInterval"},
		{"maxFrameSize=1", "maxFrameSize"},
		{"maxHeaderSize=16777216", "maxHeaderSize"},
		{"maxBrokers=0", "at least 1"},
		{"waitSecondsForService=-1", "at least 1"},
	} {
		err := bind(t, c.pair).Validate()
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v, want no problem", c.pair, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want a problem with %s", c.pair, err, c.want)
		}
	}
}

// TestUnservedIsRefused: what would silently not happen is refused by name.
func TestUnservedIsRefused(t *testing.T) {
	for _, key := range []string{"enableControllerInNamesrv", "clusterTest"} {
		_, problems := Bind([]jconf.Setting{{Key: key, Value: "true", Source: "n.conf", Line: 1}})
		if len(problems) != 1 || problems[0].Kind != jconf.RefusedValue || problems[0].Reason == "" {
			t.Errorf("%s=true: got %v, want it refused with a reason", key, problems)
		}
	}
}
