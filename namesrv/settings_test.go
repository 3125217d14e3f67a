package namesrv

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/compat/jprops"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/store/vfs"
)

// configured is a name server with settings and, if text is not empty, a configuration file.
func configured(t *testing.T, fs vfs.FS, text string, pairs ...string) *names {
	t.Helper()
	var settings []jconf.Setting
	for _, pair := range pairs {
		key, value, _ := strings.Cut(pair, "=")
		settings = append(settings, jconf.Setting{Key: key, Value: value, Source: "ns.conf"})
	}
	c, problems := Bind(settings)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	o := c.Options()
	if fs != nil {
		o.Conf = File{FS: fs, Name: "ns.conf", Path: "/etc/ns.conf"}
		writeFile(t, fs, "ns.conf", text)
	}
	return newNames(t, o)
}

func writeFile(t *testing.T, fs vfs.FS, name, text string) {
	t.Helper()
	f, err := fs.Create(name, int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte(text), 0); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, fs vfs.FS, name string) string {
	t.Helper()
	b, found, err := vfs.ReadFile(fs, name, 1<<20)
	if err != nil || !found {
		t.Fatalf("%s: found %t, %v", name, found, err)
	}
	return string(b)
}

// line is the line of a key in the answer to 319.
func (n *names) line(t *testing.T, key string) string {
	t.Helper()
	got := n.ask(t, 319, nil)
	for line := range strings.Lines(string(got.Body)) {
		if strings.HasPrefix(line, key+"=") {
			return strings.TrimSuffix(line, "\n")
		}
	}
	return ""
}

// Each key that may be changed counts at once; no other honoured key may be.
func TestChangeableKeys(t *testing.T) {
	reaches := map[string]struct {
		value string
		got   func(Switches) any
		want  any
	}{
		"scanNotActiveBrokerInterval":       {"1000", func(s Switches) any { return s.ScanEvery }, time.Second},
		"enableAllTopicList":                {"false", func(s Switches) any { return s.AllTopicList }, false},
		"enableTopicList":                   {"false", func(s Switches) any { return s.TopicList }, false},
		"deleteTopicWithBrokerRegistration": {"true", func(s Switches) any { return s.DropMissing }, true},
		"supportActingMaster":               {"true", func(s Switches) any { return s.ActingMaster }, true},
		"notifyMinBrokerIdChanged":          {"true", func(s Switches) any { return s.TellMinChange }, true},
		"orderMessageEnable":                {"true", func(s Switches) any { return s.OrderTopics }, true},
		"returnOrderTopicConfigToBroker":    {"false", func(s Switches) any { return s.TellOrders }, false},
		"needWaitForService":                {"true", func(s Switches) any { return s.Wait }, 45 * time.Second},
		"waitSecondsForService":             {"7", func(s Switches) any { return s.Wait }, 7 * time.Second},
	}
	for _, e := range jconf.Table(Config{}) {
		pairs := []string(nil)
		if e.Key == "waitSecondsForService" {
			pairs = []string{"needWaitForService=true"}
		}
		n := configured(t, nil, "", pairs...)
		r, changeable := reaches[e.Key]
		if !changeable {
			got := n.ask(t, 318, []byte(e.Key+"=5\n"))
			if got.Code != 16 || !strings.HasPrefix(string(got.Remark), "Can not update config in black list.") {
				t.Errorf("%s: %d %q, want 16", e.Key, got.Code, got.Remark)
			}
			continue
		}
		if got := r.got(*n.switches.Load()); got == r.want {
			t.Errorf("%s: is %v before: the row proves nothing", e.Key, got)
		}
		if got := n.ask(t, 318, []byte(e.Key+"="+r.value+"\n")); got.Code != 0 {
			t.Errorf("%s: %d %q", e.Key, got.Code, got.Remark)
		}
		if got := r.got(*n.switches.Load()); got != r.want {
			t.Errorf("%s=%s: got %v, want %v", e.Key, r.value, got, r.want)
		}
		if got, want := n.line(t, e.Key), e.Key+"="+r.value; got != want {
			t.Errorf("319: got %q, want %q", got, want)
		}
	}
}

// Of a request that is refused in part nothing counts.
func TestUpdateIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		code       int32
		remark     string
	}{
		{"a path", "enableTopicList=false\nkvConfigPath=/x\n", 16, "Can not update config in black list."},
		{"another path", "configStorePath=/x", 16, "Can not update config in black list."},
		{"a path of the controller", "controllerStorePath=/x", 16, "Can not update config in black list. Cause: controllerStorePath is not a key of the name server."},
		{"home", "rocketmqHome=/x", 16, "Can not update config in black list."},
		{"the black list", "configBlackList=", 16, "Can not update config in black list."},
		{"on the black list", "enableTopicList=false\norderMessageEnable=true", 16, "Can not update config in black list."},
		{"of the start", "enableTopicList=false\nlistenPort=9877", 16, "Can not update config in black list. Cause: listenPort is read at the start only."},
		{"misspelt", "enableTopicList=false\nenableTopiclist=false", 1, "configuration is not changed: "},
		{"no number", "enableTopicList=false\nscanNotActiveBrokerInterval=soon", 1, "configuration is not changed: "},
		{"no boolean", "enableTopicList=no", 1, "configuration is not changed: "},
		{"out of range", "enableTopicList=false\nscanNotActiveBrokerInterval=0", 1, "configuration is not changed: "},
		{"refused at the start too", "enableTopicList=false\nclusterTest=true", 1, "configuration is not changed: "},
		{"an escape", "enableTopicList=\\u12", 1, "string2Properties error"},
		{"no key", "=x", 1, "configuration is not changed: "},
		{"large", strings.Repeat("x", 1<<20), 1, "configuration is not changed: "},
	} {
		fs := vfs.NewMem()
		n := configured(t, fs, "# mine\n", "configBlackList=orderMessageEnable;x")
		got := n.ask(t, 318, []byte(tt.body))
		if got.Code != tt.code || !strings.HasPrefix(string(got.Remark), tt.remark) || len(got.Remark) > 400 {
			t.Errorf("%s: %d %.300q, want %d %q", tt.name, got.Code, got.Remark, tt.code, tt.remark)
		}
		if !n.switches.Load().TopicList || n.line(t, "enableTopicList") != "enableTopicList=true" || readFile(t, fs, "ns.conf") != "# mine\n" {
			t.Errorf("%s: something has changed", tt.name)
		}
	}
}

// Keys that do nothing here are taken and shown, as a script for Java expects it.
func TestKeysWithoutEffect(t *testing.T) {
	n := configured(t, nil, "", "serverWorkerThreads=12")
	if got := n.ask(t, 318, []byte("defaultThreadPoolNums=32\n")); got.Code != 0 {
		t.Errorf("%d %q, want 0", got.Code, got.Remark)
	}
	for _, want := range []string{"serverWorkerThreads=12", "defaultThreadPoolNums=32", "clientRequestThreadPoolNums=8", "listenPort=9876"} {
		if key, _, _ := strings.Cut(want, "="); n.line(t, key) != want {
			t.Errorf("got %q, want %q", n.line(t, key), want)
		}
	}
	if got := n.ask(t, 318, nil); got.Code != 0 {
		t.Errorf("no body: %d %q, want 0", got.Code, got.Remark)
	}
}

// What may be a secret is not told, though nobody knows the key.
func TestSecretsAreNotTold(t *testing.T) {
	c, problems := Bind([]jconf.Setting{{Key: "innerSecretKey", Value: "hush", Source: "ns.conf"}})
	if len(problems) != 1 {
		t.Fatalf("got %v, want one unknown key", problems)
	}
	got := string(c.properties(""))
	if strings.Contains(got, "hush") || !strings.Contains(got, "innerSecretKey=***\n") {
		t.Errorf("got %s, want the key without its value", got)
	}
}

// allowAll is an Authorizer that has looked.
type allowAll struct{}

func (allowAll) Authorize(*remoting.Request, remoting.Action, []remoting.Resource) error { return nil }

// Without authentication only this machine changes the configuration.
func TestUpdateFromAnotherMachine(t *testing.T) {
	for addr, want := range map[string]int32{
		"127.0.0.1:5": 0, "[::1]:5": 0, "[::ffff:127.0.0.1]:5": 0,
		"10.0.0.1:5": 16, "[::ffff:10.0.0.1]:5": 16, "[fe80::1]:5": 16,
	} {
		for _, authenticated := range []bool{false, true} {
			n := configured(t, nil, "")
			if authenticated {
				n.opts.Server.Router.Authorizer = allowAll{}
			}
			p := peer.New()
			p.Addr = netip.MustParseAddrPort(addr)
			got := p.Ask(t, n.router, frame(t, 318, 479, []byte("enableTopicList=false")))
			if ok := want == 0 || authenticated; (got.Code == 0) != ok || !ok && got.Code != want || n.switches.Load().TopicList == ok {
				t.Errorf("%s, authenticated %v: %d %q, want it taken: %v", addr, authenticated, got.Code, got.Remark, ok)
			}
			if got := p.Ask(t, n.router, frame(t, 319, 479, nil)); got.Code != 0 {
				t.Errorf("%s: 319: %d %q, want 0", addr, got.Code, got.Remark)
			}
		}
	}
}

// Changes are in the file, which keeps its comments and the text before in FILE.bak; a file that cannot
// be written refuses the change.
func TestChangesAreKept(t *testing.T) {
	fs := vfs.NewFaulty(vfs.NewMem())
	const text = "# mine\nlistenPort = 9877\n enableTopicList : \\\n  true\nenableTopicList=true"
	n := configured(t, fs, text, "listenPort=9877", "enableTopicList=true")
	if got := n.ask(t, 318, []byte("enableTopicList=false\nscanNotActiveBrokerInterval=1000\n")); got.Code != 0 {
		t.Fatalf("%d %q", got.Code, got.Remark)
	}
	const want = "# mine\nlistenPort = 9877\nenableTopicList=false\nscanNotActiveBrokerInterval=1000\n"
	if got := readFile(t, fs, "ns.conf"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := readFile(t, fs, "ns.conf.bak"); got != text {
		t.Errorf("backup: got %q, want %q", got, text)
	}
	if got := n.line(t, "configStorePath"); got != "configStorePath=/etc/ns.conf" {
		t.Errorf("got %q, want the path of the file", got)
	}
	fs.Inject(vfs.Rule{Op: vfs.OpCreate, Err: vfs.ErrNoSpace})
	if got := n.ask(t, 318, []byte("enableTopicList=true")); got.Code != 1 || !strings.HasPrefix(string(got.Remark), "configuration is not changed: /etc/ns.conf: ") {
		t.Errorf("full disk: %d %q, want 1", got.Code, got.Remark)
	}
	if n.switches.Load().TopicList {
		t.Error("full disk: the change counts though it is not kept")
	}
}

func TestWithKeys(t *testing.T) {
	wanted := []jprops.Entry{{Key: "k", Value: " v\\"}}
	for text, want := range map[string]string{
		"":                      "k=\\ v\\\\\n",
		"a=1":                   "a=1\nk=\\ v\\\\\n",
		"k=1":                   "k=\\ v\\\\\n",
		"k\\\n\\\n=1\na=1\n":    "a=1\nk=\\ v\\\\\n",
		"k=1\r\na=1\rk : 2":     "a=1\nk=\\ v\\\\\n",
		"a=x\\\\\nk=1\nb=\\":    "a=x\\\\\nb=\nk=\\ v\\\\\n",
		"!k=1\n# k=2\\\nkk=3\n": "!k=1\n# k=2\\\nkk=3\nk=\\ v\\\\\n",
	} {
		got, err := withKeys([]byte(text), wanted)
		if err != nil || string(got) != want {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
}

// Whatever is in the file, the keys have their values afterwards, the others theirs.
func FuzzWithKeys(f *testing.F) {
	f.Add([]byte("# mine\nlistenPort = 9877\n k : \\\n  true\nk=true"), "k", "v")
	f.Add([]byte("a=x\\\\\r\nk=1\\"), "k", "\\")
	f.Add([]byte("k\\\n\\\n=1"), "k", "")
	f.Fuzz(func(t *testing.T, text []byte, key, value string) {
		was, err := jprops.Load(text)
		if err != nil || !utf8.ValidString(key) || !utf8.ValidString(value) {
			return
		}
		got, err := withKeys(text, []jprops.Entry{{Key: key, Value: value}})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		is, err := jprops.Load(got)
		if err != nil {
			t.Fatalf("%q became %q: %v", text, got, err)
		}
		values := make(map[string]string)
		for _, e := range is.Entries {
			if e.Key == "" && key != "" {
				continue
			}
			values[e.Key] = e.Value
		}
		want := map[string]string{key: value}
		for _, e := range was.Entries {
			if e.Key != key && e.Key != "" { // a backslash at the end of the text loads an entry without a key
				want[e.Key] = e.Value
			}
		}
		for k, v := range want {
			if values[k] != v {
				t.Errorf("%q became %q: %q is %q, want %q", text, got, k, values[k], v)
			}
		}
		if len(values) != len(want) {
			t.Errorf("%q became %q: %d keys, want %d", text, got, len(values), len(want))
		}
	})
}

// The keys that 318 changes are those of Switches; none is a path.
func TestNoPathIsChangeable(t *testing.T) {
	table := jconf.Table(Config{})
	for key := range changeable {
		i := slices.IndexFunc(table, func(e jconf.Entry) bool { return e.Key == key })
		if i < 0 || table[i].State != jconf.Honoured || table[i].Type == "String" {
			t.Errorf("%s may be changed, but is no number or boolean that is honoured", key)
		}
	}
}
