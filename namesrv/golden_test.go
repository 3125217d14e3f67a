package namesrv

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/namesrv/kv"
	"github.com/gannetmq/gannet/namesrv/route"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// deviations are the recorded requests that we answer otherwise than Java 5.3.3, and why.
var deviations = map[string]struct {
	code int32
	why  string
}{
	"103_REGISTER_BROKER/json-broker-5.3.3-02.req.bin": {0, "the body is compressed and the header says it is not: Java dies of it"},
}

// served is how many recorded requests there are, at least.
var served = map[int]int{
	10: 1, 100: 3, 101: 5, 102: 3, 103: 6, 104: 3, 105: 18, 106: 6, 205: 2, 206: 3, 216: 3, 217: 2, 219: 3, 224: 2,
	304: 2, 311: 2, 312: 2, 313: 2, 318: 3, 319: 2, 322: 4, 327: 2, 901: 2, 904: 2, 999: 1,
}

// TestRecordedRequests gives each recorded request the table that Java's answer tells of.
func TestRecordedRequests(t *testing.T) {
	seen := make(map[int]int)
	for _, f := range golden.Frames(t) {
		if !strings.HasSuffix(f.Direction, "->namesrv") {
			continue
		}
		seen[f.Code]++
		n := newNames(t, Options{Switches: Switches{AllTopicList: true, TopicList: true, TellOrders: true}})
		likeNames(t, n, &f)
		if f.Response == nil {
			p := peer.New()
			if err := n.router.Frame(p, f.Request); err != nil {
				t.Fatalf("%s: %v", f.ReqFile, err)
			}
			waitFor(t, "oneway ends", func() bool { return n.router.Stats.InFlight.Load() == 0 && n.pool.Queued() == 0 })
			if len(p.Answers) != 0 {
				t.Errorf("%s: a oneway request was answered", f.ReqFile)
			}
			continue
		}
		got, want := peer.New().Ask(t, n.router, f.Request), peer.Decode(t, f.Response)
		d, deviates := deviations[f.ReqFile]
		switch same := sameAnswer(t, f.Code, got, want); {
		case deviates && (got.Code != d.code || same):
			t.Errorf("%s (%s): %d %q %q %s, want %d and another answer than Java", f.ReqFile, d.why, got.Code, got.Remark, got.Ext, got.Body, d.code)
		case !deviates && !same:
			t.Errorf("%s: %d %q %q %s\nJava %d %q %q %s", f.ReqFile, got.Code, got.Remark, got.Ext, got.Body, want.Code, want.Remark, want.Ext, want.Body)
		}
	}
	for code := range seen {
		if seen[code] < max(served[code], 1) || served[code] == 0 {
			t.Errorf("%d recorded requests of code %d, want %d or more", seen[code], code, served[code])
		}
	}
	if len(seen) != len(served) {
		t.Errorf("%d codes recorded, want %d", len(seen), len(served))
	}
}

// likeNames registers what must have been there.
func likeNames(t *testing.T, n *names, f *golden.Frame) {
	t.Helper()
	register := func(body []byte, ext ...any) {
		t.Helper()
		if got := n.ask(t, 103, body, ext...); got.Code != 0 {
			t.Fatalf("%s: prepare: %d %q", f.ReqFile, got.Code, got.Remark)
		}
	}
	var want *wire.Command
	if f.Response != nil {
		want = peer.Decode(t, f.Response)
	}
	switch {
	case f.Code == 103: // one topic alone comes after the whole table
		register(registerBody(1, "Other", "Another"), broker()...)
		register(registerBody(1, "Other", "Another"), broker("brokerAddr", "127.0.0.1:19931", "brokerId", 1)...)
		putValues(t, n, kv.Orders, want.Body)
	case f.Code == 101 && want.Code == 0:
		value, _ := want.Lookup("value")
		n.ask(t, 100, nil, "namespace", kv.Orders, "key", "TopicOrder", "value", string(value))
	case f.Code == 219 && want.Code == 0:
		n.ask(t, 100, nil, "namespace", "NSX", "key", "k")
		putValues(t, n, "NSX", want.Body)
	case f.Code == 205, f.Code == 327:
		n.ask(t, 103, registerBody(1, numbered(want.Ext[0].Value)...), broker()...)
	case f.Code == 105 && want.Code == 0:
		var data protocol.TopicRouteData
		if err := fastjson.Unmarshal(want.Body, &data); err != nil {
			t.Fatal(err)
		}
		topic, _ := peer.Decode(t, f.Request).Lookup("topic")
		q, b := data.QueueDatas[0], data.BrokerDatas[0]
		body := &protocol.RegisterBody{Topics: protocol.TopicTable{TopicConfigTable: map[string]protocol.TopicConfig{
			string(topic): {TopicName: string(topic), ReadQueueNums: q.ReadQueueNums, WriteQueueNums: q.WriteQueueNums, Perm: q.Perm},
			"Other":       {TopicName: "Other"},
		}}}
		register(fastjson.Append(nil, body), broker("enableActingMaster", b.EnableActingMaster)...)
	case f.Code == 106 && len(want.Body) > 100 && bytes.Contains(want.Body, []byte("{1:")):
		register(registerBody(1, "T", "U"), broker("brokerAddr", "127.0.0.1:19931", "brokerId", 1, "enableActingMaster", "true")...)
	case f.Code == 106 && len(want.Body) > 100, f.Code == 304, f.Code == 224:
		register(registerBody(1, "T", "U"), broker()...)
	case f.Code == 206:
		register(registerBody(1, topicsOf(t, want.Body)...), broker()...)
	case f.Code == 311:
		body := &protocol.RegisterBody{Topics: protocol.TopicTable{TopicConfigTable: map[string]protocol.TopicConfig{"Other": {TopicName: "Other"}}}}
		for _, name := range topicsOf(t, want.Body) {
			body.Topics.TopicConfigTable[name] = protocol.TopicConfig{TopicName: name, TopicSysFlag: route.FlagUnit}
		}
		register(fastjson.Append(nil, body), broker()...)
	}
}

// putValues puts what the body of an answer to 219 lists.
func putValues(t *testing.T, n *names, namespace string, body []byte) {
	t.Helper()
	var table protocol.KVTable
	if len(body) == 0 {
		return
	}
	if err := fastjson.Unmarshal(body, &table); err != nil {
		t.Fatal(err)
	}
	for key, value := range table.Table {
		n.ask(t, 100, nil, "namespace", namespace, "key", key, "value", value)
	}
}

// numbered is as many names as the text says.
func numbered(count []byte) (names []string) {
	n, _ := strconv.Atoi(string(count))
	for i := range n {
		names = append(names, fmt.Sprint("T", i))
	}
	return names
}

func topicsOf(t *testing.T, body []byte) []string {
	t.Helper()
	var list protocol.TopicList
	if err := fastjson.Unmarshal(body, &list); err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(slices.Values(list.TopicList))
}

// sameAnswer: code, the beginning of the remark, the extFields with their values, the body. Where Java's
// remark is an exception with its stack frame, ours tells the cause in words of its own.
func sameAnswer(t *testing.T, code int, got, want *wire.Command) bool {
	t.Helper()
	if strings.HasPrefix(string(want.Remark), "java.") {
		return got.Code == want.Code && len(got.Remark) > 0
	}
	if got.Code != want.Code || !bytes.HasPrefix(got.Remark, want.Remark) || len(got.Ext) != len(want.Ext) {
		return false
	}
	for _, pair := range want.Ext {
		if v, ok := got.Lookup(string(pair.Key)); !ok || !bytes.Equal(v, pair.Value) {
			return false
		}
	}
	switch code {
	case 206, 224, 304, 311, 312, 313: // Java lists in the order of a hash table
		var a, b protocol.TopicList
		return fastjson.Unmarshal(got.Body, &a) == nil && fastjson.Unmarshal(want.Body, &b) == nil && a.BrokerAddr == b.BrokerAddr &&
			slices.Equal(topicsOf(t, got.Body), topicsOf(t, want.Body))
	case 319:
		return sameProperties(t, got.Body, want.Body)
	}
	return bytes.Equal(got.Body, want.Body)
}

// sameProperties: every key of Java's with its value, but for the port and the paths of the recording,
// in order of the keys. Ours has keys of its own besides.
func sameProperties(t *testing.T, got, want []byte) bool {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(string(got), "\n"), "\n")
	same := slices.IsSorted(lines)
	for line := range strings.Lines(string(want)) {
		line = strings.TrimSuffix(line, "\n")
		key, value, _ := strings.Cut(line, "=")
		ofTheMachine := key == "listenPort" || strings.HasPrefix(value, "/var/")
		if !slices.ContainsFunc(lines, func(l string) bool { return l == line || ofTheMachine && strings.HasPrefix(l, key+"=") }) {
			t.Logf("got no %s", line)
			same = false
		}
	}
	return same
}
