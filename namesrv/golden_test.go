package namesrv

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// deviations are the recorded requests that we answer otherwise than Java 5.3.3, and why.
var deviations = map[string]struct {
	code int32
	why  string
}{
	"103_REGISTER_BROKER/json-broker-5.3.3-01.req.bin": {0, "Java tells the order topics of its key-value table, which we have not"},
	"103_REGISTER_BROKER/json-broker-5.3.3-02.req.bin": {0, "the body is compressed and the header says it is not: Java dies of it"},

	"206_GET_ALL_TOPIC_LIST_FROM_NAMESERVER/json-mqadmin-5.3.3-01.req.bin":     {0, "our list is sorted"},
	"206_GET_ALL_TOPIC_LIST_FROM_NAMESERVER/rocketmq-mqadmin-5.3.3-01.req.bin": {0, "our list is sorted"},
}

// TestRecordedRequests gives each recorded request the table that Java's answer tells of.
func TestRecordedRequests(t *testing.T) {
	served := map[int]int{103: 6, 104: 3, 105: 18, 106: 6, 206: 3, 322: 4}
	seen := make(map[int]int)
	for _, f := range golden.Frames(t) {
		if served[f.Code] == 0 || !strings.HasSuffix(f.Direction, "->namesrv") {
			continue
		}
		seen[f.Code]++
		n := newNames(t, Options{AllTopicList: true})
		likeNames(t, n, &f)
		if f.Response == nil {
			p := newPeer()
			if err := n.router.Frame(p, f.Request); err != nil {
				t.Fatalf("%s: %v", f.ReqFile, err)
			}
			waitFor(t, "oneway ends", func() bool { return n.router.Stats.InFlight.Load() == 0 && n.pool.Queued() == 0 })
			if len(p.answers) != 0 {
				t.Errorf("%s: a oneway request was answered", f.ReqFile)
			}
			continue
		}
		got, want := newPeer().ask(t, n.router, f.Request), decode(t, f.Response)
		d, deviates := deviations[f.ReqFile]
		switch same := sameAnswer(got, want); {
		case deviates && (got.Code != d.code || same):
			t.Errorf("%s (%s): %d %q %q %s, want %d and another answer than Java", f.ReqFile, d.why, got.Code, got.Remark, got.Ext, got.Body, d.code)
		case !deviates && !same:
			t.Errorf("%s: %d %q %q %s\nJava %d %q %q %s", f.ReqFile, got.Code, got.Remark, got.Ext, got.Body, want.Code, want.Remark, want.Ext, want.Body)
		}
	}
	for code, want := range served {
		if seen[code] < want {
			t.Errorf("%d recorded requests of code %d, want %d or more", seen[code], code, want)
		}
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
		want = decode(t, f.Response)
	}
	switch {
	case f.Code == 103: // one topic alone comes after the whole table
		register(registerBody(1, "Other", "Another"), broker()...)
		register(registerBody(1, "Other", "Another"), broker("brokerAddr", "127.0.0.1:19931", "brokerId", 1)...)
	case f.Code == 105 && want.Code == 0:
		var data protocol.TopicRouteData
		if err := fastjson.Unmarshal(want.Body, &data); err != nil {
			t.Fatal(err)
		}
		topic, _ := decode(t, f.Request).Lookup("topic")
		q, b := data.QueueDatas[0], data.BrokerDatas[0]
		body := &protocol.RegisterBody{Topics: protocol.TopicTable{TopicConfigTable: map[string]protocol.TopicConfig{
			string(topic): {TopicName: string(topic), ReadQueueNums: q.ReadQueueNums, WriteQueueNums: q.WriteQueueNums, Perm: q.Perm},
			"Other":       {TopicName: "Other"},
		}}}
		register(fastjson.Append(nil, body), broker("enableActingMaster", b.EnableActingMaster)...)
	case f.Code == 106 && len(want.Body) > 100 && bytes.Contains(want.Body, []byte("{1:")):
		register(registerBody(1, "T", "U"), broker("brokerAddr", "127.0.0.1:19931", "brokerId", 1, "enableActingMaster", "true")...)
	case f.Code == 106 && len(want.Body) > 100:
		register(registerBody(1, "T", "U"), broker()...)
	case f.Code == 206:
		var list protocol.TopicList
		if err := fastjson.Unmarshal(want.Body, &list); err != nil {
			t.Fatal(err)
		}
		register(registerBody(1, list.TopicList...), broker()...)
	}
}

// sameAnswer: code, the beginning of the remark, the extFields with their values, the bytes of the
// body. Where Java's remark is an exception with its stack frame, ours tells the cause in words of
// its own.
func sameAnswer(got, want *wire.Command) bool {
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
	return bytes.Equal(got.Body, want.Body)
}
