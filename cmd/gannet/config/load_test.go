package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/compat/jprops"
	"github.com/gannetmq/gannet/conformance/golden"
)

// write makes a configuration file and returns its path.
func write(t *testing.T, name string, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// value finds the setting of a key.
func value(t *testing.T, settings []jconf.Setting, key string) jconf.Setting {
	t.Helper()
	var found []jconf.Setting
	for _, s := range settings {
		if s.Key == key {
			found = append(found, s)
		}
	}
	if len(found) > 1 {
		t.Fatalf("%s is there %d times", key, len(found))
	}
	if len(found) == 0 {
		return jconf.Setting{}
	}
	return found[0]
}

func mustLoad(t *testing.T, s Sources) []jconf.Setting {
	t.Helper()
	settings, err := Load(s)
	if err != nil {
		t.Fatal(err)
	}
	return settings
}

// TestLayers adds one source after the other: each counts more than those before.
func TestLayers(t *testing.T) {
	path := write(t, "broker.conf", "", "regionId = file")
	def := jconf.Setting{Key: "regionId", Value: "default", Source: "default of serve"}
	flag := jconf.Setting{Key: "regionId", Value: "flag", Source: "--region"}
	var s Sources
	for _, step := range []struct {
		name string
		add  func()
		want jconf.Setting
	}{
		{"nothing", func() {}, jconf.Setting{}},
		{"default", func() { s.Defaults = []jconf.Setting{def} }, def},
		{"file", func() { s.File = path }, jconf.Setting{Key: "regionId", Value: "file", Source: path, Line: 2}},
		{
			"environment", func() { t.Setenv("GANNET_REGIONID", "environment") },
			jconf.Setting{Key: "regionId", Value: "environment", Source: "variable GANNET_REGIONID"},
		},
		{"--set", func() { s.Set = []string{"regionId=first", "regionId=a=b"} }, jconf.Setting{Key: "regionId", Value: "a=b", Source: "--set"}},
		{"flag", func() { s.Flags = []jconf.Setting{flag} }, flag},
	} {
		step.add()
		if got := value(t, mustLoad(t, s), "regionId"); got != step.want {
			t.Errorf("%s: got %+v, want %+v", step.name, got, step.want)
		}
	}
}

// TestValuesAreStrings: viper must not guess what they mean.
func TestValuesAreStrings(t *testing.T) {
	want := map[string]string{
		"defaultTopicQueueNums": "010", "maxMessageSize": "0x10", "traceOn": "yes", "brokerName": "", "listenPort": "168 ",
		"startAcceptSendRequestTimeStamp": "9223372036854775807", "dLegerSelfId": "n0", "brokerClusterName": "a.b.c",
	}
	var lines []string
	for key, v := range want {
		lines = append(lines, key+"="+v)
	}
	settings := mustLoad(t, Sources{File: write(t, "broker.conf", lines...)})
	for key, v := range want {
		if got := value(t, settings, key); got.Value != v {
			t.Errorf("%s: got %q, want %q", key, got.Value, v)
		}
	}
}

// TestCaseIsKept: viper lowers the case of keys, and must neither join nor lose the ones that are
// wrong in their case only.
func TestCaseIsKept(t *testing.T) {
	path := write(t, "broker.conf", "brokerIP1=10.0.0.1", "brokerIp1=10.0.0.2", "no.such.key=1")
	settings := mustLoad(t, Sources{File: path})
	for key, want := range map[string]string{"brokerIP1": "10.0.0.1", "brokerIp1": "10.0.0.2", "no.such.key": "1"} {
		if got := value(t, settings, key); got.Value != want {
			t.Errorf("%s: got %q, want %q", key, got.Value, want)
		}
	}
	if len(settings) != 3 {
		t.Errorf("got %v, want three settings", settings)
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("GANNET_BROKERIP1", "")
	t.Setenv("GANNET_NAMESRV_LISTENPORT", "19876")
	t.Setenv("GANNET_LISTENPORT", "20911")
	// What Kubernetes adds for Services named gannet and gannet-namesrv.
	for _, name := range []string{
		"GANNET_SERVICE_HOST", "GANNET_SERVICE_PORT", "GANNET_SERVICE_PORT_BROKER", "GANNET_PORT", "GANNET_PORT_10911_TCP",
		"GANNET_PORT_10911_TCP_ADDR", "GANNET_NAMESRV_SERVICE_HOST", "GANNET_NAMESRV_PORT_9876_TCP_PROTO",
	} {
		t.Setenv(name, "tcp://10.0.0.1:10911")
	}
	path := write(t, "broker.conf", "brokerIP1=10.0.0.1")
	var got []string
	for _, s := range mustLoad(t, Sources{File: path}) {
		got = append(got, s.Key+"="+s.Value)
	}
	if want := []string{"brokerIP1=", "listenPort=20911"}; !slices.Equal(got, want) {
		t.Errorf("broker: got %q, want %q", got, want)
	}
	names := mustLoad(t, Sources{Role: NameServer})
	if len(names) != 1 || names[0].Value != "19876" || names[0].Source != "variable GANNET_NAMESRV_LISTENPORT" {
		t.Errorf("name server: got %+v, want listenPort=19876 only", names)
	}
}

// TestNamesrvAddrOfJava: Java reads NAMESRV_ADDR where the file does not say, and for a broker only.
func TestNamesrvAddrOfJava(t *testing.T) {
	t.Setenv("NAMESRV_ADDR", "n1:9876")
	s := Sources{Defaults: []jconf.Setting{{Key: "namesrvAddr", Value: "n0:9876"}}}
	if got := value(t, mustLoad(t, s), "namesrvAddr").Value; got != "n0:9876" {
		t.Errorf("below the command's default: got %q, want n0:9876", got)
	}
	got := value(t, mustLoad(t, Sources{}), "namesrvAddr")
	if got.Value != "n1:9876" || got.Source != "variable NAMESRV_ADDR" {
		t.Errorf("alone: got %+v, want n1:9876 of the variable", got)
	}
	path := write(t, "broker.conf", "namesrvAddr=n2:9876")
	if got := value(t, mustLoad(t, Sources{File: path}), "namesrvAddr").Value; got != "n2:9876" {
		t.Errorf("with a file: got %q, want n2:9876", got)
	}
	if settings := mustLoad(t, Sources{Role: NameServer}); len(settings) != 0 {
		t.Errorf("name server: got %v, want nothing", settings)
	}
}

func TestSetOfBothRoles(t *testing.T) {
	set := []string{"listenPort=1", "namesrv.listenPort=2"}
	for _, c := range []struct {
		s    Sources
		want []string
	}{
		{Sources{Role: Broker, Set: set}, []string{"listenPort=1"}},
		{Sources{Role: NameServer, Set: set}, []string{"listenPort=2"}},
		{Sources{Role: Broker, Set: set, Alone: true}, []string{"listenPort=1", "namesrv.listenPort=2"}},
		{Sources{Role: NameServer, Set: set[:1], Alone: true}, []string{"listenPort=1"}},
		{Sources{Role: NameServer, Set: set, Alone: true}, []string{"listenPort=2"}},
	} {
		var got []string
		for _, s := range mustLoad(t, c.s) {
			got = append(got, s.Key+"="+s.Value)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v alone=%t: got %q, want %q", c.s.Role, c.s.Alone, got, c.want)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	if _, err := Load(Sources{File: filepath.Join(t.TempDir(), "absent")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent file: got %v, want ErrNotExist", err)
	}
	var escape *jprops.EscapeError
	path := write(t, "broker.conf", "a=1", `b=\u12x4`)
	if _, err := Load(Sources{File: path}); !errors.As(err, &escape) || escape.Line != 2 || !strings.Contains(err.Error(), path) {
		t.Errorf("bad escape: got %v, want it with path and line", err)
	}
	_, err := Load(Sources{Set: []string{"a", "=b", "listenPort=1"}})
	if !errors.Is(err, errSet) || !strings.Contains(err.Error(), `--set "a"`) || !strings.Contains(err.Error(), `--set "=b"`) {
		t.Errorf("bad --set: got %v, want both named", err)
	}
}

// TestImagesOfJava: the files that Java brokers of the golden images ran with hold no unknown key
// and no bad value.
func TestImagesOfJava(t *testing.T) {
	for image, refused := range map[string][]string{
		"basic-clean": nil, "basic-killed": nil, "api-put": nil, "prop-crc": nil,
	} {
		path := filepath.Join(golden.Store(t, image), "broker.conf")
		c, f, err := LoadBroker(Sources{File: path, Defaults: ServeDefaults()})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range f.Problems {
			if p.Kind != jconf.RefusedValue {
				t.Errorf("%s: %v", image, p)
			}
			got = append(got, p.Setting.Key)
		}
		if !slices.Equal(got, refused) {
			t.Errorf("%s: got %q refused, want %q", image, got, refused)
		}
		if err := f.Err(true); err != nil {
			t.Errorf("%s: %v, want it to start with --lenient", image, err)
		}
		if o := c.StoreOptions(); o.LogFileSize != 1<<20 || o.QueueFileSize != 10000 || o.IndexSlots != 200 || o.IndexEntries != 800 {
			t.Errorf("%s: got %+v, want the sizes of the image", image, o)
		}
	}
}
