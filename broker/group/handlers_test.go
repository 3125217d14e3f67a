package group_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/broker/group"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/jsonfile"
	"github.com/gannetmq/gannet/store/vfs"
)

func serve(t testing.TB, fs vfs.FS, o group.Options) (*group.Table, *remoting.Router) {
	t.Helper()
	table := open(t, fs, o)
	pool := remoting.NewPool("admin", 1, 64)
	t.Cleanup(func() {
		if err := pool.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return table, peer.Router(t, table.Routes(pool))
}

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

func TestGoldenUpdate(t *testing.T) {
	for _, code := range []int{200, 225} {
		frames := peer.Recorded(t, code, 2)
		for i := range frames {
			f := &frames[i]
			table, router := serve(t, vfs.NewMem(), group.Options{})
			before := table.Len()
			peer.LikeJava(t, f, peer.Ask(t, router, f.Request))
			if made := table.Len() > before; made != (f.ResponseCode == "0") {
				t.Errorf("%s: Java answered %s, groups were made: %t", f.ReqFile, f.ResponseCode, made)
			}
		}
	}
}

// Of the table that Java answered with, ours answers with the same.
func TestGoldenAll(t *testing.T) {
	frames := peer.Recorded(t, 201, 6)
	paged := 0
	for i := range frames {
		f := &frames[i]
		java := peer.Decode(t, f.Response).Body
		fs := vfs.NewMem()
		if err := fs.MkdirAll(path.Dir(group.File)); err != nil {
			t.Fatal(err)
		}
		if err := jsonfile.Store(fs, group.File, java); err != nil {
			t.Fatal(err)
		}
		_, router := serve(t, fs, group.Options{})
		got := peer.Ask(t, router, f.Request)
		if slices.Contains(f.ReqExtFields, "groupSeq") {
			paged++ // Java 5.3.3 ignores the fields of newer clients
			var body struct {
				Groups map[string]any `json:"subscriptionGroupTable"`
			}
			if err := json.Unmarshal(got.Body, &body); err != nil || len(body.Groups) != 2 {
				t.Errorf("%s: %d groups, %v, want the 2 of the page", f.ReqFile, len(body.Groups), err)
			}
			continue
		}
		peer.LikeJava(t, f, got)
		peer.SameJSON(t, f.ReqFile, got.Body, java)
	}
	if paged != 2 {
		t.Errorf("%d requests with paging, want 2", paged)
	}
}

func TestGoldenOne(t *testing.T) {
	frames := peer.Recorded(t, 352, 3)
	for i := range frames {
		f := &frames[i]
		_, router := serve(t, vfs.NewMem(), group.Options{AutoCreate: f.ResponseCode == "0"})
		got := peer.Ask(t, router, f.Request)
		peer.LikeJava(t, f, got)
		if java := peer.Decode(t, f.Response); len(java.Body) > 0 {
			peer.SameJSON(t, f.ReqFile, got.Body, java.Body)
		}
	}
}

func TestGoldenForbidden(t *testing.T) {
	frames := peer.Recorded(t, 353, 3)
	for i := range frames {
		f := &frames[i]
		_, router := serve(t, vfs.NewMem(), group.Options{})
		got := peer.Ask(t, router, f.Request)
		peer.LikeJava(t, f, got)
		peer.SameJSON(t, f.ReqFile, got.Body, peer.Decode(t, f.Response).Body)
	}
}

func TestUpdateRefuses(t *testing.T) {
	const good = `{"groupName":"A"}`
	long := strings.Repeat("x", 121)
	tests := []struct {
		code   int32
		body   string
		want   int32
		remark string
	}{
		{200, `{"groupName":"bad group"}`, 29, "The specified group: bad group, contains illegal characters"},
		{200, `{}`, 29, "The specified group is blank."},
		{200, `{"groupName":"` + long + `"}`, 29, "The specified group: " + long + ", is longer than"},
		{200, `{"groupName":"A","retryQueueNums":-1}`, 29, "retryQueueNums -1 is invalid"},
		{200, `{"groupName":"A","retryMaxTimes":-2}`, 29, "retryMaxTimes -2 is invalid"},
		{200, `{"groupName":"A","attributes":{"+color":"red"}}`, 1, "unsupported key: color"},
		{200, `null`, 1, "the body is no group"},
		{200, `[`, 1, "the body is no group"},
		{225, `{"groupConfigList":[` + good + `,{"groupName":""}]}`, 29, "The specified group is blank."},
		{225, `{"groupConfigList":[` + good + `,null]}`, 1, "the body is no group"},
		{225, ``, 1, "the body is no group"},
	}
	table, router := serve(t, vfs.NewMem(), group.Options{})
	for _, tt := range tests {
		got := peer.Ask(t, router, frame(t, tt.code, nil, tt.body))
		if got.Code != tt.want || !strings.HasPrefix(string(got.Remark), tt.remark) {
			t.Errorf("%d %.100s: %d %.200q, want %d %q", tt.code, tt.body, got.Code, got.Remark, tt.want, tt.remark)
		}
	}
	if _, v := table.All(); v.Counter != 0 || table.Exists([]byte("A")) {
		t.Errorf("refused requests left version %d, A exists: %t", v.Counter, table.Exists([]byte("A")))
	}
}

// A change moves the version and is told; what is equal does neither.
func TestUpdate(t *testing.T) {
	told := 0
	fs := vfs.NewMem()
	table, router := serve(t, fs, group.Options{Changed: func() { told++ }})
	const body = `{"groupName":"A","consumeEnable":false,"retryMaxTimes":3,"whichBrokerWhenConsumeSlowly":0,` +
		`"groupRetryPolicy":{"type":"EXPONENTIAL","exponentialRetryPolicy":{"initial":1}},"subscriptionDataSet":[{"topic":"T"}]}`
	for range 2 {
		if got := peer.Ask(t, router, frame(t, 200, nil, body)); got.Code != protocol.Success {
			t.Fatalf("%d %q", got.Code, got.Remark)
		}
	}
	if _, v := table.All(); v.Counter != 1 || told != 1 {
		t.Errorf("after two equal requests: version %d, told %d times, want 1 and 1", v.Counter, told)
	}
	again := open(t, fs, group.Options{})
	c := again.Lookup([]byte("A"))
	if c == nil || c.ConsumeEnable || c.RetryMaxTimes != 3 || c.SlowBrokerID != 0 || !c.BroadcastEnable ||
		c.RetryPolicy.Exponential.Initial != 1 || c.RetryPolicy.Exponential.Max != 7_200_000 || len(c.Subscriptions) != 1 {
		t.Errorf("after a restart: %+v", c)
	}
	if got := peer.Ask(t, router, frame(t, 200, nil, `{"groupName":"A"}`)); got.Code != protocol.Success {
		t.Fatalf("%d %q", got.Code, got.Remark)
	}
	if c := table.Lookup([]byte("A")); !c.ConsumeEnable || c.RetryMaxTimes != 16 || told != 2 {
		t.Errorf("what a request leaves out is the default: %+v, told %d times", c, told)
	}
}

func TestForbid(t *testing.T) {
	fs := vfs.NewMem()
	table, router := serve(t, fs, group.Options{MaxGroups: 10})
	readable := func(group, topic, set string) bool {
		t.Helper()
		h := &protocol.GroupForbiddenRequest{Group: group, Topic: topic}
		if set != "" {
			h.Readable = wire.Some(set == "true")
		}
		got := peer.Ask(t, router, frame(t, 353, h, ""))
		var body struct {
			Group, Topic string
			Readable     bool
		}
		if err := json.Unmarshal(got.Body, &body); err != nil || body.Group != group || body.Topic != topic {
			t.Fatalf("%d %q: %s, %v", got.Code, got.Remark, got.Body, err)
		}
		return body.Readable
	}
	for i, tt := range []struct {
		topic, set string
		want       bool
	}{{"T", "", true}, {"T", "false", false}, {"U", "false", false}, {"T", "true", true}, {"U", "", false}, {"T", "", true}} {
		if got := readable("G", tt.topic, tt.set); got != tt.want {
			t.Errorf("step %d, %s set to %q: readable %t, want %t", i, tt.topic, tt.set, got, tt.want)
		}
	}
	if again := open(t, fs, group.Options{}); !again.Forbidden([]byte("G"), []byte("U"), 2) || again.Forbidden([]byte("G"), []byte("T"), 2) {
		t.Error("a restart changes what is forbidden")
	}
	for i := range 9 {
		readable("G", fmt.Sprintf("T%d", i), "false")
	}
	for _, h := range []*protocol.GroupForbiddenRequest{
		{Group: "G", Topic: "one more", Readable: wire.Some(false)},
		{Group: "G", Topic: "", Readable: wire.Some(false)},
		{Group: "bad group", Topic: "T", Readable: wire.Some(false)},
		{Group: "G", Topic: "T99", Readable: wire.Some(false)}, // the table is full
	} {
		if got := peer.Ask(t, router, frame(t, 353, h, "")); got.Code == protocol.Success {
			t.Errorf("%q of %q: forbidden, want a refusal", h.Topic, h.Group)
		}
	}
	if found, err := table.Delete("G"); found || err != nil {
		t.Errorf("Delete: found %t, %v", found, err)
	}
	if !readable("G", "U", "") {
		t.Error("what was forbidden to a deleted group is forbidden still")
	}
}

func TestPolicy(t *testing.T) {
	table := open(t, vfs.NewMem(), group.Options{})
	for _, tt := range []struct {
		policy group.Policy
		name   string
		want   bool
	}{
		{group.Policy{}, "A", false}, {group.Policy{AutoCreate: true}, "A", true}, {group.Policy{}, "B", false},
		{group.Policy{}, "CID_RMQ_SYS_X", false}, {group.Policy{CreateSystem: true}, "CID_RMQ_SYS_X", true},
	} {
		table.SetPolicy(tt.policy)
		if _, err := table.Find([]byte(tt.name)); (err == nil) != tt.want {
			t.Errorf("%+v: %s: %v", tt.policy, tt.name, err)
		}
	}
}

// Whatever comes in a body is decoded or refused, and what was taken is answered again.
func FuzzUpdate(f *testing.F) {
	f.Add([]byte(`{"groupName":"A","groupRetryPolicy":{"customizedRetryPolicy":{"next":[1,2]}}}`))
	f.Add([]byte(`{"groupConfigList":[{"groupName":"A"},{"groupName":"B","attributes":null}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, code := range []int32{200, 225} {
			table, router := serve(t, vfs.NewMem(), group.Options{})
			_, before := table.All()
			got := peer.Ask(t, router, frame(t, code, nil, string(body)))
			if _, after := table.All(); got.Code != protocol.Success && after != before {
				t.Fatalf("%d refused with %d %q, but version %d", code, got.Code, got.Remark, after.Counter)
			}
			if all := peer.Ask(t, router, frame(t, 201, nil, "")); all.Code != protocol.Success {
				t.Fatalf("201 after %q: %d %q", body, all.Code, all.Remark)
			}
		}
	})
}
