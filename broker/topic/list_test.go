package topic_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/broker/topic"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/jsonfile"
	"github.com/gannetmq/gannet/store/vfs"
)

// frame makes a request.
func frame(t testing.TB, code int32, h wire.Header, body string) []byte {
	t.Helper()
	m := remoting.Message{Code: code, Header: h, Body: []byte(body)}
	b, err := m.Append(nil, new(wire.Encoder), wire.Head{Opaque: 7})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// serveFile serves the table of a broker whose topics.json is file.
func serveFile(t *testing.T, file []byte) (*topic.Table, *remoting.Router) {
	t.Helper()
	fs := vfs.NewMem()
	if err := fs.MkdirAll(path.Dir(topic.File)); err != nil {
		t.Fatal(err)
	}
	if err := jsonfile.Store(fs, topic.File, file); err != nil {
		t.Fatal(err)
	}
	return serveOn(t, fs, options())
}

// Of the table that Java answered with, ours answers with the same.
func TestGoldenAll(t *testing.T) {
	paged := 0
	frames := peer.Recorded(t, 21, 7)
	for i := range frames {
		f := &frames[i]
		java := peer.Decode(t, f.Response).Body
		table, router := serveFile(t, java)
		got := peer.Ask(t, router, f.Request)
		if len(f.ReqExtFields) > 0 && slices.Contains(f.ReqExtFields, "topicSeq") {
			paged++ // Java 5.3.3 ignores the fields of newer clients
			if _, ok := got.Lookup("totalTopicNum"); !ok || got.Code != protocol.Success {
				t.Errorf("%s: code %d without totalTopicNum", f.ReqFile, got.Code)
			}
			continue
		}
		peer.LikeJava(t, f, got)
		peer.SameJSON(t, f.ReqFile, withoutMapping(t, got.Body), withoutMapping(t, java))
		if n := table.Len(); n < 12 {
			t.Errorf("%s: %d topics, want Java's", f.ReqFile, n)
		}
	}
	if paged != 3 {
		t.Errorf("%d requests with paging, want 3", paged)
	}
}

// withoutMapping empties the version of the static topics and sorts out what a table always has: the
// brokers of the recordings had other names.
func withoutMapping(t *testing.T, body []byte) []byte {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	if _, ok := m["mappingDataVersion"].(map[string]any)["counter"]; !ok {
		t.Errorf("no mappingDataVersion in %.200s", body)
	}
	delete(m, "mappingDataVersion")
	delete(m, "topicQueueMappingDetailMap") // of static topics, which are not served
	maps.DeleteFunc(m["topicConfigTable"].(map[string]any), func(name string, _ any) bool {
		return systemTable(t).IsSystem(name)
	})
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func systemTable(t *testing.T) *topic.Table { return open(t, vfs.NewMem(), options()) }

func TestGoldenOne(t *testing.T) {
	frames := peer.Recorded(t, 351, 4)
	for i := range frames {
		f := &frames[i]
		table, router := serve(t, options())
		if f.ResponseCode == "0" {
			if err := table.Update(topic.Config{Name: "TopicA", ReadQueues: 2, WriteQueues: 2, Perm: rw, FilterType: protocol.SingleTag}, ""); err != nil {
				t.Fatal(err)
			}
		}
		got := peer.Ask(t, router, f.Request)
		peer.LikeJava(t, f, got)
		if java := peer.Decode(t, f.Response); len(java.Body) > 0 {
			peer.SameJSON(t, f.ReqFile, got.Body, java.Body)
		}
	}
}

func TestGoldenUpdateList(t *testing.T) {
	frames := peer.Recorded(t, 18, 4)
	for i := range frames {
		f := &frames[i]
		table, router := serve(t, options())
		peer.LikeJava(t, f, peer.Ask(t, router, f.Request))
		if made := table.Exists([]byte("TopicAdmL1")) && table.Exists([]byte("TopicAdmL2")); made != (f.ResponseCode == "0") {
			t.Errorf("%s: Java answered %s, both topics exist: %t", f.ReqFile, f.ResponseCode, made)
		}
	}
}

func TestGoldenSystemList(t *testing.T) {
	frames := peer.Recorded(t, 305, 2)
	for i := range frames {
		f := &frames[i]
		o := options()
		_, router := serve(t, o)
		got := peer.Ask(t, router, f.Request)
		peer.LikeJava(t, f, got)
		peer.SameJSON(t, f.ReqFile, sortedList(t, got.Body), sortedList(t, peer.Decode(t, f.Response).Body))
	}
}

func sortedList(t *testing.T, body []byte) []byte {
	t.Helper()
	var list protocol.TopicList
	if err := json.Unmarshal(body, &list); err != nil {
		t.Fatal(err)
	}
	slices.Sort(list.TopicList)
	b, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A list is done or not done: what is refused in it leaves the others as they were.
func TestUpdateListIsAllOrNothing(t *testing.T) {
	const good = `{"topicName":"A","perm":6,"readQueueNums":1,"writeQueueNums":1,"attributes":{"+message.type":"FIFO"}}`
	tests := []struct {
		body   string
		code   int32
		remark string
	}{
		{`{"topicConfigList":[` + good + `,{"topicName":"bad name"}]}`, 29, "The specified topic contains illegal"},
		{`{"topicConfigList":[` + good + `,{"topicName":"TBW102"}]}`, 29, "The topic[TBW102] is conflict with system topic."},
		{`{"topicConfigList":[` + good + `,{"topicName":"B","perm":9}]}`, 29, "perm 9 is invalid"},
		{`{"topicConfigList":[` + good + `,{"topicName":"B","readQueueNums":-1}]}`, 29, "-1 read and 16 write queues"},
		{`{"topicConfigList":[` + good + `,{"topicName":"B","topicFilterType":"X"}]}`, 1, "topicFilterType = [X] value invalid"},
		{`{"topicConfigList":[` + good + `,{"topicName":"B","attributes":{"+message.type":"MIXED"}}]}`, 29, "MIXED message type"},
		{`{"topicConfigList":[` + good + `,{"topicName":"B","attributes":{"message.type":"FIFO"}}]}`, 1, "only add attribute"},
		{`{"topicConfigList":[` + good + `,{"topicName":"B","attributes":{"+color":"red"}}]}`, 1, "unsupported key: color"},
		{`{"topicConfigList":[` + good, 1, "the body is no list of topics"},
		{``, 1, "the body is no list of topics"},
		{`[]`, 1, "the body is no list of topics"},
	}
	table, router := serve(t, options())
	for _, tt := range tests {
		got := peer.Ask(t, router, frame(t, 18, nil, tt.body))
		if got.Code != tt.code || !strings.HasPrefix(string(got.Remark), tt.remark) {
			t.Errorf("%.200s:\ngot  %d %.200q\nwant %d %q", tt.body, got.Code, got.Remark, tt.code, tt.remark)
		}
	}
	if _, v := table.All(); v.Counter != 0 || table.Exists([]byte("A")) {
		t.Errorf("refused lists left version %d, A exists: %t", v.Counter, table.Exists([]byte("A")))
	}
	if got := peer.Ask(t, router, frame(t, 18, nil, `{"topicConfigList":[`+good+`,`+strings.Replace(good, "A", "B", 1)+`]}`)); got.Code != 0 {
		t.Errorf("a good list: %d %q", got.Code, got.Remark)
	}
	for _, name := range []string{"A", "B"} {
		if c := table.Lookup([]byte(name)); c == nil || c.Attributes["message.type"] != "FIFO" {
			t.Errorf("%s is %v, want a FIFO topic", name, c)
		}
	}
	if _, v := table.All(); v.Counter != 1 {
		t.Errorf("version %d after one list, want 1", v.Counter)
	}
}

// Pages together are the table, and a change in between begins again.
func TestPages(t *testing.T) {
	table, router := serve(t, options())
	for i := range 7 {
		if _, err := table.CreateIfAbsent(fmt.Appendf(nil, "T%d", i), 1, rw, 0); err != nil {
			t.Fatal(err)
		}
	}
	topics, v := table.All()
	version, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	page := func(seq, size int32, version string) []string {
		got := peer.Ask(t, router, frame(t, 21, &protocol.AllTopicConfigRequest{
			Seq: wire.Some(seq), Max: wire.Some(size), DataVersion: version,
		}, ""))
		if total, _ := got.Lookup("totalTopicNum"); string(total) != fmt.Sprint(len(topics)) {
			t.Errorf("page from %d: totalTopicNum %q, want %d", seq, total, len(topics))
		}
		var body protocol.TopicTable
		if err := json.Unmarshal(bytes.ReplaceAll(got.Body, []byte("{}"), []byte("null")), &body); err != nil {
			t.Fatalf("%v in %s", err, got.Body)
		}
		return slices.Sorted(maps.Keys(body.TopicConfigTable))
	}
	var all []string
	for seq := int32(0); int(seq) < len(topics); seq += 3 {
		all = append(all, page(seq, 3, string(version))...)
	}
	for i, c := range topics {
		if i >= len(all) || all[i] != c.Name {
			t.Fatalf("pages have %q, want all of the table", all)
		}
	}
	first := topics[0].Name
	for _, tt := range []struct {
		seq, size int32
		version   string
		want      int
	}{
		{5, 3, `{"counter":99}`, 3}, {5, 3, `nonsense`, 3}, {-5, 3, "", 3}, {0, -1, "", len(topics)}, {1 << 30, 3, "", 0}, {0, 1 << 30, "", len(topics)},
	} {
		got := page(tt.seq, tt.size, tt.version)
		if len(got) != tt.want || tt.want > 0 && got[0] != first {
			t.Errorf("page %d+%d of version %q: %q, want %d from %s", tt.seq, tt.size, tt.version, got, tt.want, first)
		}
	}
}

func TestPolicy(t *testing.T) {
	o := options()
	o.AutoCreate = false
	var told []string
	o.Changed = func(names ...string) { told = append(told, names...) }
	table := open(t, vfs.NewMem(), o)
	create := func() error {
		_, err := table.CreateAfter([]byte("TBW102"), []byte("A"), 4, 0)
		return err
	}
	if err := create(); err == nil || table.Exists([]byte("TBW102")) {
		t.Fatalf("created without autoCreateTopicEnable: %v", err)
	}
	if err := table.SetPolicy(topic.Policy{AutoCreate: true}); err != nil {
		t.Fatal(err)
	}
	if err := create(); err != nil {
		t.Errorf("after switching it on: %v", err)
	}
	if table.Guarded("TBW102") {
		t.Error("TBW102 is guarded, though the policy says no")
	}
	if got := fmt.Sprint(told); got != "[TBW102 A]" {
		t.Errorf("told of %s, want TBW102 and A", got)
	}
	if err := table.SetPolicy(topic.Policy{GuardSystem: true}); err != nil {
		t.Fatal(err)
	}
	if !table.Guarded("TBW102") || table.Guarded("A") {
		t.Errorf("guarded: TBW102 %t, A %t, want the first only", table.Guarded("TBW102"), table.Guarded("A"))
	}
	_, before := table.All()
	if err := table.Touch(); err != nil {
		t.Fatal(err)
	}
	if _, after := table.All(); after.Counter != before.Counter+1 {
		t.Errorf("Touch: version %d after %d", after.Counter, before.Counter)
	}
}

// Whatever comes in a list is taken or refused as a whole, and what was taken is answered again.
func FuzzUpdateList(f *testing.F) {
	f.Add([]byte(`{"topicConfigList":[{"topicName":"A","attributes":{"+message.type":"FIFO"}},{"topicName":"A"}]}`))
	f.Add([]byte(`{"topicConfigList":[null,{"topicName":"A","perm":"6"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		table, router := serve(t, options())
		_, before := table.All()
		got := peer.Ask(t, router, frame(t, 18, nil, string(body)))
		if _, after := table.All(); got.Code != protocol.Success && after != before {
			t.Fatalf("refused with %d %q, but version %d", got.Code, got.Remark, after.Counter)
		}
		if all := peer.Ask(t, router, frame(t, 21, nil, "")); all.Code != protocol.Success {
			t.Fatalf("21 after %q: %d %q", body, all.Code, all.Remark)
		}
	})
}
