package broker

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/conformance/golden"
)

// brokerClasses are the classes of Java that a broker.conf may have keys of. The first one with a
// key tells its type and default.
var brokerClasses = []string{
	"common.BrokerConfig", "store.config.MessageStoreConfig", "remoting.netty.NettyServerConfig", "common.BrokerIdentity",
	"remoting.netty.NettyClientConfig", "auth.config.AuthConfig", "common.ControllerConfig", "common.JraftConfig",
	"tieredstore.MessageStoreConfig", "client.ClientConfig",
}

// otherDefault are the keys whose default in the class is not the one that a started broker has.
var otherDefault = map[string]string{
	"listenPort":   "10911", // BrokerStartup sets it before it reads the file
	"haListenPort": "0",     // BrokerStartup sets 0 before it reads the file, and listenPort plus 1 if that is left
}

// TestEveryKeyOfJavaIsKnown: each exactly once, in Config or in Known, with its type and default.
func TestEveryKeyOfJavaIsKnown(t *testing.T) {
	var facts map[string]json.RawMessage
	golden.Facts(t, "config", &facts)
	ours := make(map[string]jconf.Entry)
	for _, e := range append(jconf.Table(Config{}), Known()...) {
		if _, twice := ours[e.Key]; twice {
			t.Errorf("%s is there twice", e.Key)
		}
		ours[e.Key] = e
	}
	seen := make(map[string]bool)
	for _, class := range brokerClasses {
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
			checkFact(t, key, want.Type, byDefault, ours)
		}
	}
	if len(seen) < 470 {
		t.Errorf("%d keys of Java compared, want at least 470", len(seen))
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
	if !known {
		t.Errorf("%s is not known", key)
		return
	}
	if isEnum := len(e.Enum) > 0; e.Type != javaType && (!isEnum || e.Type != "String") {
		t.Errorf("%s: got type %s, want %s", key, e.Type, javaType)
	}
	if other, ok := otherDefault[key]; ok {
		byDefault = other
	}
	if byDefault == "env-dependent" || strings.HasPrefix(byDefault, "object:") {
		return
	}
	if e.Default != byDefault {
		t.Errorf("%s: got default %q, want %q", key, e.Default, byDefault)
	}
	if len(e.Enum) > 0 && !slices.Contains(e.Enum, byDefault) {
		t.Errorf("%s: the default %q is not among %v", key, byDefault, e.Enum)
	}
}

// TestKeysOfOurOwn: only those of Own, and each says what it is for.
func TestKeysOfOurOwn(t *testing.T) {
	var facts map[string]json.RawMessage
	golden.Facts(t, "config", &facts)
	for _, e := range jconf.Table(Own{}) {
		for class, keys := range facts {
			if class != "_note" && strings.Contains(string(keys), `"`+e.Key+`"`) {
				t.Errorf("%s is a key of Java's %s", e.Key, class)
			}
		}
	}
}

func TestEntriesSayWhy(t *testing.T) {
	folded := make(map[string]string)
	for _, e := range append(jconf.Table(Config{}), Known()...) {
		if e.Help == "" {
			t.Errorf("%s says nothing", e.Key)
		}
		// Environment variables and viper do not tell case.
		fold := strings.ToLower(e.Key)
		if other, taken := folded[fold]; taken {
			t.Errorf("%s and %s differ in case only", e.Key, other)
		}
		folded[fold] = e.Key
	}
	for _, e := range Known() {
		if e.State != jconf.NoEffect && e.State != jconf.Refused {
			t.Errorf("%s is %s, but Config has no field for it", e.Key, e.State)
		}
	}
}

// TestRefusedDefaultsBind: a file with all of Java's defaults starts, except for those that no value
// stands for.
func TestRefusedDefaultsBind(t *testing.T) {
	var settings []jconf.Setting
	for _, e := range append(jconf.Table(Config{}), Known()...) {
		if e.State == jconf.Refused || e.State == jconf.Honoured {
			settings = append(settings, jconf.Setting{Key: e.Key, Value: " " + e.Default + "\t", Source: "b.conf"})
		}
	}
	if _, problems := Bind(settings); len(problems) != 0 {
		t.Errorf("problems %v", problems)
	}
}

// TestUnservedIsRefused: what would silently not happen is refused by name, with the reason.
func TestUnservedIsRefused(t *testing.T) {
	for _, c := range []struct{ key, value, reason string }{
		{"brokerId", "1", "replication"},
		{"brokerRole", "SLAVE", "replication"},
		{"brokerRole", "SYNC_MASTER", "replication"},
		{"slaveReadEnable", "true", "replication"},
		{"enableControllerMode", "true", "replication"},
		{"enableSlaveActingMaster", "true", "replication"},
		{"enableDLegerCommitLog", "true", "DLedger"},
		{"aclEnable", "true", "access control"},
		{"authenticationEnabled", "true", "access control"},
		{"authorizationEnabled", "true", "access control"},
		{"storeType", "defaultRocksDB", "RocksDB"},
		{"rocksdbCQDoubleWriteEnable", "true", "RocksDB"},
		{"configManagerVersion", "v2", "JSON"},
		{"defaultMessageRequestMode", "POP", "POP"},
		{"messageStorePlugIn", "org.example.Store", "plug-ins"},
		{"useTLS", "true", "in the clear"},
	} {
		_, problems := Bind([]jconf.Setting{{Key: c.key, Value: c.value, Source: "b.conf", Line: 1}})
		if len(problems) != 1 || problems[0].Kind != jconf.RefusedValue || !strings.Contains(problems[0].Reason, c.reason) {
			t.Errorf("%s=%s: got %v, want it refused because of %s", c.key, c.value, problems, c.reason)
		}
	}
}
