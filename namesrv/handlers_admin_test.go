package namesrv

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/compat/jprops"
	"github.com/gannetmq/gannet/namesrv/route"
)

func TestWritePermission(t *testing.T) {
	n := newNames(t, Options{})
	n.ask(t, 103, registerBody(1, "T", "U"), broker()...)
	for _, step := range []struct {
		code         int32
		broker       string
		field, count string
		perm         string
	}{
		{205, "broker-a", "wipeTopicCount", "2", `"perm":4`},
		{205, "nobody", "wipeTopicCount", "0", `"perm":4`},
		{327, "broker-a", "addTopicCount", "2", `"perm":6`},
		{327, "", "addTopicCount", "0", `"perm":6`},
	} {
		got := n.ask(t, step.code, nil, "brokerName", step.broker)
		if count, _ := got.Lookup(step.field); got.Code != 0 || string(count) != step.count {
			t.Errorf("%d of %s: %d %q, want %s=%s", step.code, step.broker, got.Code, got.Ext, step.field, step.count)
		}
		if got := n.ask(t, 105, nil, "topic", "T"); !bytes.Contains(got.Body, []byte(step.perm)) {
			t.Errorf("after %d of %s: %s, want %s", step.code, step.broker, got.Body, step.perm)
		}
	}
}

func TestTopicsOfTheNameServer(t *testing.T) {
	n := newNames(t, Options{Switches: Switches{AllTopicList: true}})
	n.ask(t, 103, registerBody(1, "T", "U"), broker()...)
	const queue = `{"brokerName":"broker-a","perm":6,"readQueueNums":2,"topicSysFlag":0,"writeQueueNums":2}`
	deep := strings.Repeat(`{"queueDatas":[`, 100_000)
	for _, step := range []struct {
		name string
		code int32
		body string
		ext  []any
		want int32
		left string // topics
	}{
		{"unknown broker", 217, `{"queueDatas":[{"brokerName":"nobody"}]}`, []any{"topic", "V"}, 0, `["T","U"]`},
		{"one of two is unknown", 217, `{"queueDatas":[` + queue + `,{"brokerName":"nobody"}]}`, []any{"topic", "V"}, 0, `["T","U"]`},
		{"no queues", 217, `{}`, []any{"topic", "V"}, 0, `["T","U"]`},
		{"no body", 217, ``, []any{"topic", "V"}, 0, `["T","U"]`},
		{"no topic", 217, `{"queueDatas":[` + queue + `]}`, nil, 1, `["T","U"]`},
		{"long topic", 217, `{"queueDatas":[` + queue + `]}`, []any{"topic", strings.Repeat("x", 256)}, 0, `["T","U"]`},
		{"no JSON", 217, `{"queueDatas":[`, []any{"topic", "V"}, 1, `["T","U"]`},
		{"deep", 217, deep, []any{"topic", "V"}, 1, `["T","U"]`},
		{"another shape", 217, `{"queueDatas":{"brokerName":"broker-a"}}`, []any{"topic", "V"}, 1, `["T","U"]`},
		{"register", 217, `{"queueDatas":[` + queue + `]}`, []any{"topic", "V"}, 0, `["T","U","V"]`},
		{"delete in another cluster", 216, ``, []any{"topic", "V", "clusterName", "nowhere"}, 0, `["T","U","V"]`},
		{"delete in the cluster", 216, ``, []any{"topic", "V", "clusterName", "DefaultCluster"}, 0, `["T","U"]`},
		{"delete nothing", 216, ``, []any{"topic", "V"}, 0, `["T","U"]`},
		{"delete without a name", 216, ``, nil, 1, `["T","U"]`},
		{"delete everywhere", 216, ``, []any{"topic", "T", "clusterName", ""}, 0, `["U"]`},
	} {
		if got := n.ask(t, step.code, []byte(step.body), step.ext...); got.Code != step.want {
			t.Errorf("%s: %d %q, want %d", step.name, got.Code, got.Remark, step.want)
		}
		if got := n.ask(t, 206, nil); string(got.Body) != `{"topicList":`+step.left+`}` {
			t.Errorf("%s: %s, want %s", step.name, got.Body, step.left)
		}
	}
}

func TestListsOfTopics(t *testing.T) {
	on, off := newNames(t, Options{Switches: Switches{TopicList: true}}), newNames(t, Options{})
	for _, n := range []*names{on, off} {
		n.ask(t, 103, registerBody(1, "T", "U"), broker()...)
	}
	for code, want := range map[int32]string{224: `["T","U"]`, 311: `[]`, 312: `[]`, 313: `[]`} {
		if got := on.ask(t, code, nil, "cluster", "DefaultCluster"); got.Code != 0 || string(got.Body) != `{"topicList":`+want+`}` {
			t.Errorf("%d: %d %s, want %s", code, got.Code, got.Body, want)
		}
		if got := off.ask(t, code, nil, "cluster", "DefaultCluster"); got.Code != 1 || string(got.Remark) != "disable" || len(got.Body) != 0 {
			t.Errorf("%d, disabled: %d %q, want 1 disable", code, got.Code, got.Remark)
		}
	}
	if got := off.ask(t, 304, nil); string(got.Body) != `{"brokerAddr":"127.0.0.1:19911","topicList":["DefaultCluster","broker-a"]}` {
		t.Errorf("304: %s", got.Body)
	}
	if got := newNames(t, Options{}).ask(t, 304, nil); string(got.Body) != `{"topicList":[]}` {
		t.Errorf("304 of nobody: %s", got.Body)
	}
	if got := on.ask(t, 224, nil); got.Code != 1 {
		t.Errorf("224 without a cluster: %d %q, want 1", got.Code, got.Remark)
	}
}

// A heartbeat keeps a broker alive; strangers are answered too and leave nothing behind.
func TestHeartbeat(t *testing.T) {
	clock := time.Unix(1_700_000_000, 0)
	n := newNames(t, Options{Table: route.Options{Now: func() time.Time { return clock }}})
	for _, ext := range [][]any{broker(), nil, {"clusterName", strings.Repeat("x", 1000), "brokerAddr", "a:1"}} {
		if got := n.ask(t, 904, nil, ext...); got.Code != 0 || len(got.Body) != 0 || n.table.Brokers() != 0 {
			t.Errorf("%.80q: %d %q, %d brokers, want 0 and none", ext, got.Code, got.Remark, n.table.Brokers())
		}
	}
	n.ask(t, 103, registerBody(1, "T", "U"), broker("heartbeatTimeoutMillis", 10_000)...)
	for range 5 {
		clock = clock.Add(9 * time.Second)
		n.ask(t, 904, nil, broker()...)
		if gone := n.table.Expire(); len(gone) != 0 {
			t.Fatalf("%v is gone", gone)
		}
	}
	clock = clock.Add(11 * time.Second)
	if gone := n.table.Expire(); len(gone) != 1 {
		t.Errorf("got %v, want the broker", gone)
	}
}

// A version in another form than Java's is read too, off the event loop.
func TestVersionInOtherForms(t *testing.T) {
	n := newNames(t, Options{})
	n.ask(t, 103, registerBody(7, "T", "U"), broker()...)
	for body, want := range map[string]string{
		`{"counter":7,"stateVersion":0,"timestamp":0}`: "false",
		`{"counter":7,"timestamp":0}`:                  "false",
		`{ "timestamp" : 0, 'counter' : "7" }`:         "false",
		`{"counter":7,"stateVersion":1,"timestamp":0}`: "true",
		`{}`: "true",
		`{"counter":7,"x":"` + strings.Repeat("y", 1<<20) + `"}`: "false",
	} {
		got := n.ask(t, 322, []byte(body), broker()...)
		if changed, _ := got.Lookup("changed"); got.Code != 0 || string(changed) != want {
			t.Errorf("%.60s: %d %q %q, want changed=%s", body, got.Code, got.Remark, got.Ext, want)
		}
	}
	for _, ext := range [][]any{nil, {"clusterName", "DefaultCluster"}} {
		if got := n.ask(t, 322, []byte(`{"counter":7,"timestamp":0}`), ext...); got.Code != 1 {
			t.Errorf("%q: %d %q, want 1", ext, got.Code, got.Remark)
		}
	}
}

func TestMembers(t *testing.T) {
	n := newNames(t, Options{})
	n.ask(t, 103, registerBody(1, "T", "U"), broker()...)
	n.ask(t, 103, registerBody(1, "T", "U"), broker("brokerId", 2, "brokerAddr", "127.0.0.1:19931")...)
	const want = `{"brokerMemberGroup":{"brokerAddrs":{0:"127.0.0.1:19911",2:"127.0.0.1:19931"},"brokerName":"broker-a","cluster":"DefaultCluster"}}`
	if got := n.ask(t, 901, nil, "clusterName", "DefaultCluster", "brokerName", "broker-a"); got.Code != 0 || string(got.Body) != want {
		t.Errorf("%d %s, want %s", got.Code, got.Body, want)
	}
}

// Codes of broker containers and of controllers are not a name server's.
func TestCodesOfOthers(t *testing.T) {
	n := newNames(t, Options{})
	for _, code := range []int32{902, 903, 905, 1001, 1005, 1012, 25, 26} {
		got := n.ask(t, code, nil)
		if want := fmt.Sprintf(" request type %d not supported", code); got.Code != 3 || string(got.Remark) != want {
			t.Errorf("%d: %d %q, want 3 %q", code, got.Code, got.Remark, want)
		}
	}
}

// Clients that say their zone are told the brokers of it, in the form that they read.
func TestRouteOfAZone(t *testing.T) {
	n := newNames(t, Options{})
	n.ask(t, 103, registerBody(1, "T", "U"), broker("__ZONE_NAME", "z1")...)
	n.ask(t, 103, registerBody(1, "T", "U"), broker("__ZONE_NAME", "z2", "brokerName", "broker-b", "brokerAddr", "127.0.0.1:29911")...)
	for _, tt := range []struct {
		ext  []any
		a, b bool
	}{
		{[]any{"__ZONE_MODE", "true", "__ZONE_NAME", "Z1"}, true, false},
		{[]any{"__ZONE_MODE", "true", "__ZONE_NAME", "z2"}, false, true},
		{[]any{"__ZONE_MODE", "true", "__ZONE_NAME", "z3"}, false, false},
		{[]any{"__ZONE_MODE", "true", "__ZONE_NAME", " "}, true, true},
		{[]any{"__ZONE_MODE", "true"}, true, true},
		{[]any{"__ZONE_MODE", "false", "__ZONE_NAME", "z1"}, true, true},
		{[]any{"__ZONE_NAME", "z1"}, true, true},
	} {
		got := n.ask(t, 105, nil, append(tt.ext, "topic", "T")...)
		a, b := bytes.Contains(got.Body, []byte(`{"0":"127.0.0.1:19911"}`)), bytes.Contains(got.Body, []byte(`{"0":"127.0.0.1:29911"}`))
		if got.Code != 0 || a != tt.a || b != tt.b || bytes.Contains(got.Body, []byte(`"broker-a","perm"`)) != tt.a {
			t.Errorf("%q: %d %s, want broker-a %v, broker-b %v", tt.ext, got.Code, got.Body, tt.a, tt.b)
		}
	}
	if got := n.ask(t, 105, nil, "topic", "absent", "__ZONE_MODE", "true", "__ZONE_NAME", "z1"); got.Code != 17 {
		t.Errorf("absent topic: %d, want 17", got.Code)
	}
}

// With needWaitForService nobody is told a route before all brokers had time to come.
func TestWaitForBrokers(t *testing.T) {
	n := newNames(t, Options{Switches: Switches{Wait: time.Hour}})
	n.ask(t, 103, registerBody(1, "T", "U"), broker()...)
	if got := n.ask(t, 105, nil, "topic", "T"); got.Code != 1 || string(got.Remark) != "name server not ready" {
		t.Errorf("%d %q, want 1 name server not ready", got.Code, got.Remark)
	}
	n.started = n.started.Add(-time.Hour)
	if got := n.ask(t, 105, nil, "topic", "T"); got.Code != 0 {
		t.Errorf("after the wait: %d %q, want 0", got.Code, got.Remark)
	}
}

// Whoever asks for changes again and again, or comes and goes, fills the log with some lines of each kind.
func TestLogIsNotFlooded(t *testing.T) {
	var log bytes.Buffer
	n := newNames(t, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	const rounds, kinds = 100, 6 // nothing of other brokers and settings: they have lines of their own
	for i := range rounds {
		n.ask(t, 103, registerBody(1, "T"), broker()...)
		n.ask(t, 100, nil, "namespace", "N", "key", "k", "value", i)
		n.ask(t, 102, nil, "namespace", "N", "key", "k")
		n.ask(t, 205, nil, "brokerName", "broker-a")
		n.ask(t, 327, nil, "brokerName", "broker-a")
		n.ask(t, 216, nil, "topic", "T")
		n.ask(t, 318, []byte("enableTopicList=true"))
		n.gone("its connection ended", []string{"a"})
	}
	text := log.String()
	if lines := strings.Count(text, "\n"); lines < kinds || lines > kinds*changesTold {
		t.Errorf("%d rounds left %d lines, want at most %d of each kind:\n%.3000s", rounds, lines, changesTold, text)
	}
	for _, kind := range []string{"key-value", "write permission", "topic deleted", "configuration changed", "broker gone"} {
		if !strings.Contains(text, kind) {
			t.Errorf("no line tells of %q", kind)
		}
	}
}

// One request's keys are told in one line, and each of many brokers that are closed together is named.
func TestLogNamesAllThatWasChanged(t *testing.T) {
	var log bytes.Buffer
	n := newNames(t, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	var body []string
	for key := range changeable {
		value := "true"
		if key == "scanNotActiveBrokerInterval" || key == "waitSecondsForService" {
			value = "7000"
		}
		body = append(body, key+"="+value)
	}
	if got := n.ask(t, 318, []byte(strings.Join(body, "\n"))); got.Code != 0 {
		t.Fatalf("%d %s", got.Code, got.Remark)
	}
	for i := range 30 {
		n.ask(t, 205, nil, "brokerName", fmt.Sprint("b", i))
	}
	text := log.String()
	if got := strings.Count(text, "configuration changed"); got != 1 {
		t.Errorf("%d lines of one request, want 1", got)
	}
	for _, want := range body {
		if !strings.Contains(text, want) {
			t.Errorf("no line tells of %s", want)
		}
	}
	for i := range 30 {
		if want := fmt.Sprintf("broker=b%d ", i); !strings.Contains(text, want) {
			t.Errorf("no line tells of %s", want)
		}
	}
}

func TestManyKeysAreCut(t *testing.T) {
	entries := make([]jprops.Entry, 10_000)
	for i := range entries {
		entries[i] = jprops.Entry{Key: strings.Repeat("k", 1000), Value: strings.Repeat("v", 1000)}
	}
	if got := changed(entries); len(got) > 5000 || !strings.HasSuffix(got, " more") {
		t.Errorf("%d bytes that end with %q, want at most 5000 that tell how many more there are", len(got), got[len(got)-10:])
	}
}
