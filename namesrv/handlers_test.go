package namesrv

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/compat/jvalue"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/namesrv/route"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// names is a name server without sockets.
type names struct {
	*NameServer
	router *remoting.Router
}

func newNames(t testing.TB, o Options) *names {
	t.Helper()
	made, err := assemble(o)
	if err != nil {
		t.Fatal(err)
	}
	n := &names{NameServer: made}
	if n.router, err = remoting.NewRouter(n.routes(), remoting.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := n.stopPools(ctx); err != nil {
			t.Errorf("pools: %v", err)
		}
		if s := &n.router.Stats; s.InFlight.Load() != 0 || s.Panics.Load() != 0 || s.Twice.Load() != 0 {
			t.Errorf("%d requests in flight, %d panics, %d answered twice", s.InFlight.Load(), s.Panics.Load(), s.Twice.Load())
		}
	})
	return n
}

// ask sends a request with the given extFields, name and value by turns.
func (n *names) ask(t testing.TB, code int32, body []byte, ext ...any) *wire.Command {
	t.Helper()
	return peer.New().Ask(t, n.router, frame(t, code, 479, body, ext...))
}

func frame(t testing.TB, code, version int32, body []byte, ext ...any) []byte {
	t.Helper()
	c := &wire.Command{Code: code, Version: version, Body: body}
	for i := 0; i < len(ext); i += 2 {
		c.Ext = append(c.Ext, wire.Pair{Key: []byte(ext[i].(string)), Value: fmt.Append([]byte{}, ext[i+1])})
	}
	b, err := wire.AppendCommand(nil, c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// onewayFrame is frame for a request that is not answered.
func onewayFrame(t testing.TB, code int32, body []byte, ext ...any) []byte {
	t.Helper()
	c := peer.Decode(t, frame(t, code, 479, body, ext...))
	c.Flag = wire.FlagOneway
	b, err := wire.AppendCommand(nil, c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// registerBody is the body of a registration of topics.
func registerBody(version int64, names ...string) []byte {
	b := &protocol.RegisterBody{Topics: protocol.TopicTable{
		DataVersion: protocol.DataVersion{Counter: version}, TopicConfigTable: make(map[string]protocol.TopicConfig),
	}}
	for _, name := range names {
		b.Topics.TopicConfigTable[name] = protocol.TopicConfig{TopicName: name, ReadQueueNums: 2, WriteQueueNums: 2, Perm: 6}
	}
	return fastjson.Append(nil, b)
}

// broker is the header of a registration of broker-a, as in the recorded frames.
func broker(ext ...any) []any {
	return append([]any{
		"clusterName", "DefaultCluster", "brokerName", "broker-a", "brokerAddr", "127.0.0.1:19911",
		"haServerAddr", "127.0.0.1:19912", "brokerId", 0, "enableActingMaster", "false",
	}, ext...)
}

// A route can be read by every client: bare broker ids for those before 4.9.4, unless they say that
// they read standard JSON alone.
func TestRouteForms(t *testing.T) {
	n := newNames(t, Options{})
	n.ask(t, 103, registerBody(1, "T", "U"), broker()...)
	const quoted, bare = `{"0":"127.0.0.1:19911"}`, `{0:"127.0.0.1:19911"}`
	for _, tt := range []struct {
		version int32
		ext     []any
		want    string
	}{
		{400, nil, bare},
		{401, nil, quoted},
		{400, []any{"acceptStandardJsonOnly", "true"}, quoted},
		{400, []any{"acceptStandardJsonOnly", "false"}, bare},
		{0, nil, bare},
		{-1, nil, bare},
	} {
		got := peer.New().Ask(t, n.router, frame(t, 105, tt.version, nil, append(tt.ext, "topic", "T")...))
		if got.Code != 0 || !bytes.Contains(got.Body, []byte(tt.want)) {
			t.Errorf("version %d, %v: %d %s, want %s", tt.version, tt.ext, got.Code, got.Body, tt.want)
		}
	}
}

func TestNoRoute(t *testing.T) {
	n := newNames(t, Options{})
	const java = "No topic route info in name server for the topic: %s\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details."
	empty := n.ask(t, 105, nil, "topic", "T")
	if want := fmt.Sprintf(java, "T") + " Cause: no broker is registered here."; empty.Code != 17 || string(empty.Remark) != want {
		t.Errorf("empty table: %d %q, want 17 %q", empty.Code, empty.Remark, want)
	}
	n.ask(t, 103, registerBody(1, "T", "U"), broker()...)
	for _, topic := range []string{"V", "", "../..", strings.Repeat("x", 100_000)} {
		got := n.ask(t, 105, nil, "topic", topic)
		if got.Code != 17 || string(got.Remark) != fmt.Sprintf(java, topic) {
			t.Errorf("%.20q: %d %.200q, want 17", topic, got.Code, got.Remark)
		}
	}
}

// What a broker sends that is damaged is refused and changes nothing.
func TestDamagedRegistrations(t *testing.T) {
	good := registerBody(1, "T", "U")
	compressed := (&protocol.RegisterBody{Topics: protocol.TopicTable{TopicConfigTable: map[string]protocol.TopicConfig{
		"T": {TopicName: "T", TopicFilterType: protocol.SingleTag}, "U": {TopicName: "U", TopicFilterType: protocol.SingleTag},
	}}}).AppendCompressed(nil)
	var bomb bytes.Buffer
	z := zlib.NewWriter(&bomb)
	for range 40 {
		if _, err := z.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	const failed = "register broker failed. Cause: "
	tests := []struct {
		name   string
		body   []byte
		ext    []any
		remark string
	}{
		{"wrong crc", good, broker("bodyCrc32", jvalue.CRC32(good)+1), "crc32 not match"},
		{"crc of a changed body", append([]byte(" "), good...), broker("bodyCrc32", jvalue.CRC32(good)), "crc32 not match"},
		{"crc of nothing", nil, broker("bodyCrc32", 1), "crc32 not match"},
		{"cut short", good[:len(good)/2], broker(), failed + `member "topicConfigSerializeWrapper": `},
		{"no JSON", []byte("garbage"), broker(), failed + "fastjson: "},
		{"another shape", []byte(`{"topicConfigSerializeWrapper":[1]}`), broker(), failed + `member "topicConfigSerializeWrapper": `},
		{"deep", bytes.Repeat([]byte(`{"a":`), 100_000), broker(), failed + "fastjson: "},
		{"type of a class", []byte(`{"topicConfigSerializeWrapper":{"@type":"java.lang.Class"}`), broker(), failed + "fastjson: "},
		{"compressed and cut", compressed[:len(compressed)-6], broker(), failed + "protocol: malformed register body"},
		{"compressed and damaged", append(slices.Clone(compressed[:20]), bytes.Repeat([]byte{0xff}, 30)...), broker(), failed + "protocol: malformed register body"},
		{"compressed 40 MB", bomb.Bytes(), broker(), failed + "protocol: malformed register body: inflates to more than"},
		{"no name", good, broker("brokerName", ""), failed + "route: bad broker identity"},
		{"long name", good, broker("brokerName", strings.Repeat("x", 256)), failed + "route: bad broker identity"},
		{"long address", good, broker("brokerAddr", strings.Repeat("x", 256)), failed + "route: bad broker identity"},
		{"long replication address", good, broker("haServerAddr", strings.Repeat("x", 256)), failed + "route: bad broker identity"},
		{"long zone", good, broker("__ZONE_NAME", strings.Repeat("x", 256)), failed + "route: bad broker identity"},
		{"one topic first", registerBody(1, "T"), broker(), failed + "route: one topic before the whole table of broker-a"},
		{"no broker id", good, []any{"clusterName", "C", "brokerName", "b", "brokerAddr", "a", "haServerAddr", "h"}, "wire: required field is missing: brokerId"},
		{"broker id that is none", good, broker("brokerId", "zero"), "wire: "},
	}
	n := newNames(t, Options{Switches: Switches{AllTopicList: true}})
	for _, tt := range tests {
		got := n.ask(t, 103, tt.body, tt.ext...)
		if got.Code != 1 || !strings.HasPrefix(string(got.Remark), tt.remark) || len(got.Body) != 0 {
			t.Errorf("%s: %d %.200q, want 1 %q…", tt.name, got.Code, got.Remark, tt.remark)
		}
		if brokers, topics := n.table.Brokers(), n.table.Topics(); brokers != 0 || topics != 0 {
			t.Fatalf("%s: %d brokers, %d topics", tt.name, brokers, topics)
		}
	}
}

// What is odd but can be understood is taken.
func TestOddRegistrations(t *testing.T) {
	good := registerBody(1, "T", "U")
	compressed := (&protocol.RegisterBody{Topics: protocol.TopicTable{TopicConfigTable: map[string]protocol.TopicConfig{
		"T": {TopicName: "T", TopicFilterType: protocol.SingleTag}, "U": {TopicName: "U", TopicFilterType: protocol.SingleTag},
	}}}).AppendCompressed(nil)
	old := fastjson.Append(nil, &protocol.TopicTable{TopicConfigTable: map[string]protocol.TopicConfig{"T": {TopicName: "T"}, "U": {TopicName: "U"}}})
	tests := []struct {
		name    string
		version int32
		body    []byte
		ext     []any
		topics  int
	}{
		{"right crc", 479, good, broker("bodyCrc32", jvalue.CRC32(good)), 2},
		{"compressed", 479, compressed, broker("compressed", "true"), 2},
		{"compressed, which is denied", 479, compressed, broker("compressed", "false", "bodyCrc32", jvalue.CRC32(compressed)), 2},
		{"not compressed, which is claimed", 479, good, broker("compressed", "true"), 2},
		{"topics alone, before 3.0.11", 36, old, broker(), 2},
		{"nothing", 479, nil, broker(), 0},
		{"null", 479, []byte("null"), broker(), 0},
		{"huge patience", 479, good, broker("heartbeatTimeoutMillis", 18446744073710), 2}, // half a millisecond, if it overflows
		{"negative patience", 479, good, broker("heartbeatTimeoutMillis", -5), 2},
		{"topics with bad names", 479, registerBody(1, "", strings.Repeat("x", 256), "T"), broker(), 1},
	}
	for _, tt := range tests {
		clock := time.Unix(1_700_000_000, 0)
		n := newNames(t, Options{Table: route.Options{Now: func() time.Time { return clock }}})
		got := peer.New().Ask(t, n.router, frame(t, 103, tt.version, tt.body, tt.ext...))
		if got.Code != 0 || n.table.Brokers() != 1 || n.table.Topics() != tt.topics {
			t.Errorf("%s: %d %q, %d brokers, %d topics, want %d", tt.name, got.Code, got.Remark, n.table.Brokers(), n.table.Topics(), tt.topics)
		}
		clock = clock.Add(time.Second)
		if gone := n.table.Expire(); len(gone) != 0 {
			t.Errorf("%s: %v is gone after a second", tt.name, gone)
		}
	}
}

// A body of ten megabytes and a hundred thousand topics is taken or refused, by the limit of the
// table, and asked for in reasonable time.
func TestLargeRegistration(t *testing.T) {
	list := make([]string, 100_000)
	for i := range list {
		list[i] = fmt.Sprintf("Topic_%06d", i)
	}
	body := registerBody(1, list...)
	if len(body) < 10<<20 {
		t.Fatalf("%d bytes, want 10 MB", len(body))
	}
	n := newNames(t, Options{})
	if got := n.ask(t, 103, body, broker()...); got.Code != 0 || n.table.Topics() != len(list) {
		t.Fatalf("%d %q, %d topics", got.Code, got.Remark, n.table.Topics())
	}
	if got := n.ask(t, 105, nil, "topic", list[777]); got.Code != 0 {
		t.Errorf("route: %d %q", got.Code, got.Remark)
	}
	n.ask(t, 104, nil, broker()...)
	if n.table.Topics() != 0 || n.table.Brokers() != 0 {
		t.Errorf("after unregistration: %d topics, %d brokers", n.table.Topics(), n.table.Brokers())
	}
	small := newNames(t, Options{Table: route.Options{MaxTopics: 1000}})
	if got := small.ask(t, 103, body, broker()...); got.Code != 1 || !strings.HasPrefix(string(got.Remark), "register broker failed. Cause: route: table full") || small.table.Topics() != 0 {
		t.Errorf("too many for the table: %d %q, %d topics", got.Code, got.Remark, small.table.Topics())
	}
}

// From the first registration to the last sign of life.
func TestLifeOfABroker(t *testing.T) {
	clock := time.Unix(1_700_000_000, 0)
	n := newNames(t, Options{Switches: Switches{AllTopicList: true}, Table: route.Options{Now: func() time.Time { return clock }}})
	version := func(counter int) []byte { return fastjson.Append(nil, &protocol.DataVersion{Counter: int64(counter)}) }
	unknown := n.ask(t, 322, version(1), broker()...)
	if changed, _ := unknown.Lookup("changed"); unknown.Code != 0 || string(changed) != "true" || len(unknown.Body) != 0 {
		t.Errorf("version of nobody: %d %q %s, want changed and no body", unknown.Code, unknown.Ext, unknown.Body)
	}
	n.ask(t, 103, registerBody(1, "T", "U"), broker("heartbeatTimeoutMillis", 10_000)...)
	for counter, want := range map[int]string{1: "false", 2: "true"} {
		got := n.ask(t, 322, version(counter), broker()...)
		if changed, _ := got.Lookup("changed"); got.Code != 0 || string(changed) != want || string(got.Body) != `{"counter":1,"stateVersion":0,"timestamp":0}` {
			t.Errorf("version %d: %d %q %s, want changed=%s and version 1", counter, got.Code, got.Ext, got.Body, want)
		}
	}
	p := peer.New()
	for range 3 { // oneway questions keep it alive
		clock = clock.Add(9 * time.Second)
		if err := n.router.Frame(p, onewayFrame(t, 322, version(1), broker()...)); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "oneway ends", func() bool { return n.router.Stats.InFlight.Load() == 0 && n.pool.Queued() == 0 })
		if gone := n.table.Expire(); len(gone) != 0 {
			t.Fatalf("%v is gone", gone)
		}
	}
	if len(p.Answers) != 0 {
		t.Errorf("%d answers to oneway requests", len(p.Answers))
	}
	if got := n.ask(t, 322, []byte("{"), broker()...); got.Code != 1 {
		t.Errorf("damaged version: %d %q, want 1", got.Code, got.Remark)
	}
	if got := n.ask(t, 206, nil); got.Code != 0 || string(got.Body) != `{"topicList":["T","U"]}` {
		t.Errorf("topics: %d %s", got.Code, got.Body)
	}
	if got := n.ask(t, 104, nil, broker()...); got.Code != 0 {
		t.Errorf("unregister: %d %q", got.Code, got.Remark)
	}
	if got := n.ask(t, 104, nil, broker()...); got.Code != 0 {
		t.Errorf("unregister again: %d %q", got.Code, got.Remark)
	}
	if got := n.ask(t, 106, nil); string(got.Body) != `{"brokerAddrTable":{},"clusterAddrTable":{}}` {
		t.Errorf("cluster: %s", got.Body)
	}
}

func TestTopicListDisabled(t *testing.T) {
	n := newNames(t, Options{})
	if got := n.ask(t, 206, nil); got.Code != 1 || string(got.Remark) != "disable" {
		t.Errorf("%d %q, want 1 disable", got.Code, got.Remark)
	}
}

func waitFor(t testing.TB, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Second)
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s: not in 10 s", what)
		}
	}
}
