package clients

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

func serve(t testing.TB, o Options) (*Table, *remoting.Router) {
	t.Helper()
	table, _ := newTable(t, o)
	return table, route(t, table)
}

func route(t testing.TB, table *Table) *remoting.Router {
	t.Helper()
	pool := remoting.NewPool("client", 2, 4096)
	t.Cleanup(func() {
		if err := pool.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	router, err := remoting.NewRouter(table.Routes(pool), remoting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return router
}

func frame(t testing.TB, code int32, h wire.Header, body string) []byte {
	t.Helper()
	m := remoting.Message{Code: code, Header: h, Body: []byte(body)}
	b, err := m.Append(nil, new(wire.Encoder), wire.Head{Opaque: 7, Language: wire.Java, Version: 479})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Every recorded heartbeat gets Java's answer, and what it says is in the table afterwards.
func TestGoldenHeartbeat(t *testing.T) {
	frames := peer.Recorded(t, 34, 11)
	for i := range frames {
		f := &frames[i]
		table, router := serve(t, Options{})
		p := peer.New()
		sameAsJava(t, f, p.Ask(t, router, f.Request))
		if f.ResponseCode != "0" {
			continue
		}
		request := peer.Decode(t, f.Request)
		var d protocol.HeartbeatData
		if err := fastjson.Unmarshal(request.Body, &d); err != nil {
			t.Fatal(err)
		}
		for _, c := range d.ConsumerDataSet {
			likeSaid(t, table, f, &c)
		}
		for _, g := range d.ProducerDataSet {
			members := table.Producers(g.GroupName)
			if len(members) != 1 || members[0].ClientID != d.ClientID || members[0].Version != request.Version {
				t.Errorf("%s: producers of %s: %+v", f.ReqFile, g.GroupName, members)
			}
		}
		sameAsJava(t, f, p.Ask(t, router, f.Request))
		if got := table.Metrics.Repeated.Load(); got != 1 {
			t.Errorf("%s: %d of 2 equal heartbeats were recognised, want 1", f.ReqFile, got)
		}
	}
}

func likeSaid(t *testing.T, table *Table, f *golden.Frame, c *protocol.ConsumerData) {
	t.Helper()
	for _, d := range c.SubscriptionDataSet {
		sub, model, ok := table.Subscription([]byte(c.GroupName), []byte(d.Topic))
		if !ok || sub == nil || sub.Version != d.SubVersion || sub.Expression != d.SubString ||
			(model == Broadcasting) != (c.MessageModel == protocol.Broadcasting) {
			t.Errorf("%s: %s of %s is %+v, model %d, said %+v", f.ReqFile, d.Topic, c.GroupName, sub, model, d)
		}
	}
	if _, _, ok := table.Subscription([]byte(c.GroupName), []byte("none")); !ok {
		t.Errorf("%s: group %s is unknown", f.ReqFile, c.GroupName)
	}
}

func TestGoldenUnregister(t *testing.T) {
	frames := peer.Recorded(t, 35, 3)
	for i := range frames {
		f := &frames[i]
		table, router := serve(t, Options{})
		p := peer.New()
		var u protocol.UnregisterClientRequest
		if err := wire.DecodeHeader(peer.Decode(t, f.Request), &u); err != nil {
			t.Fatal(err)
		}
		d := consumerOf(u.ClientID, "G", "T=1")
		if u.ConsumerGroup != "" {
			d = consumerOf(u.ClientID, u.ConsumerGroup, "T=1")
		}
		d.ProducerDataSet = []protocol.ProducerData{{GroupName: u.ProducerGroup + "-"}, {GroupName: "P"}}
		if u.ProducerGroup != "" {
			d.ProducerDataSet[0].GroupName = u.ProducerGroup
		}
		beatOnce(t, table, p, d)
		sameAsJava(t, f, p.Ask(t, router, f.Request))
		if table.Producers(u.ProducerGroup) != nil || table.ClientIDs([]byte(u.ConsumerGroup)) != nil {
			t.Errorf("%s: the client is still there", f.ReqFile)
		}
		if len(table.Producers("P")) != 1 {
			t.Errorf("%s: the client left a group that it did not name", f.ReqFile)
		}
	}
}

func TestGoldenList(t *testing.T) {
	frames := peer.Recorded(t, 38, 5)
	for i := range frames {
		f := &frames[i]
		table, router := serve(t, Options{})
		group, _ := peer.Decode(t, f.Request).Lookup("consumerGroup")
		var java protocol.ConsumerList
		if body := peer.Decode(t, f.Response).Body; len(body) > 0 {
			if err := fastjson.Unmarshal(body, &java); err != nil {
				t.Fatal(err)
			}
		}
		for _, id := range java.ConsumerIDList {
			beatOnce(t, table, peer.New(), consumerOf(id, string(group), "T=1"))
		}
		got := peer.New().Ask(t, router, f.Request)
		sameAsJava(t, f, got)
		slices.Sort(java.ConsumerIDList)
		var want []byte
		if len(java.ConsumerIDList) > 0 {
			want = fastjson.Append(nil, &java)
		}
		if string(got.Body) != string(want) {
			t.Errorf("%s: body %s, want %s", f.ReqFile, got.Body, want)
		}
	}
}

// One client on two connections, as after a reconnect, is one id.
func TestListIsDistinctAndSorted(t *testing.T) {
	table, router := serve(t, Options{})
	for _, id := range []string{"c", "a", "b", "a"} {
		beatOnce(t, table, peer.New(), consumerOf(id, "G", "T=1"))
	}
	got := peer.New().Ask(t, router, frame(t, 38, &protocol.ConsumerGroupRequest{ConsumerGroup: "G"}, ""))
	if string(got.Body) != `{"consumerIdList":["a","b","c"]}` {
		t.Errorf("body %s", got.Body)
	}
}

// Our request 40 is Java's: code, flag and fields.
func TestGoldenNotify(t *testing.T) {
	found := 0
	for _, f := range golden.Frames(t) {
		if f.Code != 40 || f.Direction != "broker->client" || f.ReqSerialisation != "json" {
			continue
		}
		found++
		java := peer.Decode(t, f.Request)
		group, _ := java.Lookup("consumerGroup")
		table, router := serve(t, Options{})
		p := peer.New()
		beatOnce(t, table, p, consumerOf("a", string(group), "T=1"))
		table.notify(router)
		got := peer.Decode(t, <-p.Answers)
		ours, _ := got.Lookup("consumerGroup")
		if got.Code != java.Code || got.Flag != java.Flag || string(ours) != string(group) || len(got.Ext) != len(java.Ext) {
			t.Errorf("%s: ours is code %d flag %d ext %q, Java code %d flag %d ext %q",
				f.ReqFile, got.Code, got.Flag, got.Ext, java.Code, java.Flag, java.Ext)
		}
	}
	if found < 3 {
		t.Errorf("%d recorded notifications, want 3 or more", found)
	}
}

// Code 46 as Java answers it with enablePropertyFilter=false, and with it where no expression is bad.
func TestGoldenCheck(t *testing.T) {
	frames := peer.Recorded(t, 46, 5)
	answered := 0
	for i := range frames {
		f := &frames[i]
		if f.ResponseCode == "23" { // Java compiled the expression and found it bad
			continue
		}
		answered++
		_, router := serve(t, Options{PropertyFilter: func() bool { return f.ResponseCode == "0" }, Filters: &fakeFilters{}})
		sameAsJava(t, f, peer.New().Ask(t, router, f.Request))
	}
	if answered < 3 {
		t.Errorf("%d recorded requests compared, want 3 or more", answered)
	}
}

func TestCheck(t *testing.T) {
	_, router := serve(t, Options{})
	tests := []struct {
		body string
		code int32
	}{
		{``, 0},
		{`{}`, 0},
		{`{"subscriptionData":{"subString":"A"}}`, 0},
		{`{"subscriptionData":{"expressionType":"TAG"}}`, 0},
		{`{"subscriptionData":{"expressionType":""}}`, 0},
		{`{"subscriptionData":{"expressionType":"SQL92"}}`, 1},
		{`{"subscriptionData":{"expressionType":"` + strings.Repeat("x", 10000) + `"}}`, 1},
		{`{`, 1},
		{strings.Repeat(" ", 10<<20), 29},
	}
	for _, tt := range tests {
		got := peer.New().Ask(t, router, frame(t, 46, nil, tt.body))
		if got.Code != tt.code || len(got.Remark) > 1000 {
			t.Errorf("%.60q: %d %.100q, want %d", tt.body, got.Code, got.Remark, tt.code)
		}
	}
}

func TestHostileHeartbeats(t *testing.T) {
	long := strings.Repeat("x", 256)
	many := func(n int, one string) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }
	tests := []struct {
		body string
		code int32
	}{
		{`{"clientID":"c"}`, 0},
		{`{"clientID":"c","consumerDataSet":null,"producerDataSet":null}`, 0},
		{`{"clientID":"c","consumerDataSet":[{"groupName":"G","subscriptionDataSet":null,"messageModel":"clustering","consumeType":7}]}`, 0},
		{`{"clientID":"c","consumerDataSet":[{"groupName":"../\u0000"}]}`, 0}, // refused by the group table, see TestGroupNotAdmitted
		{`{"clientID":"c","consumerDataSet":[{"groupName":"G","subscriptionDataSet":[{"topic":"T","subVersion":"9","codeSet":["x"]}]}]}`, 1},
		{``, 1},
		{`null`, 29},
		{`7`, 1},
		{`[]`, 1},
		{`{"clientID":`, 1},
		{strings.Repeat(`{"a":`, 100_000), 1},
		{`{"clientID":""}`, 29},
		{`{"clientID":"` + long + `"}`, 29},
		{`{"clientID":"c","producerDataSet":[{}]}`, 29},
		{`{"clientID":"c","consumerDataSet":[{}]}`, 29},
		{`{"clientID":"c","consumerDataSet":[{"groupName":"` + long + `"}]}`, 29},
		{`{"clientID":"c","consumerDataSet":[{"groupName":"G","subscriptionDataSet":[{}]}]}`, 29},
		{`{"clientID":"c","consumerDataSet":[{"groupName":"G","subscriptionDataSet":[{"topic":"` + long + `"}]}]}`, 29},
		{`{"clientID":"c","producerDataSet":[` + many(1025, `{"groupName":"P"}`) + `]}`, 29},
		{`{"clientID":"c","consumerDataSet":[{"groupName":"G","subscriptionDataSet":[` + many(4097, `{"topic":"T"}`) + `]}]}`, 29},
		{`{"clientID":"` + strings.Repeat("x", 10<<20) + `"}`, 29},
	}
	_, router := serve(t, Options{})
	for _, tt := range tests {
		got := peer.New().Ask(t, router, frame(t, 34, nil, tt.body))
		if got.Code != tt.code || len(got.Remark) > 1000 || (got.Code == 0) == (len(got.Remark) > 0) {
			t.Errorf("%.100q: %d %.100q, want %d", tt.body, got.Code, got.Remark, tt.code)
		}
	}
}

func TestHeartbeatResources(t *testing.T) {
	body := string(fastjson.Append(nil, consumerOf("a", "G", "T=1", "%RETRY%G=1")))
	r := &remoting.Request{}
	if err := wire.Decode(frame(t, 34, nil, body), &r.Cmd); err != nil {
		t.Fatal(err)
	}
	got := heartbeatResources(r, nil)
	want := []remoting.Resource{{Kind: remoting.KindGroup, Name: "G"}, {Kind: remoting.KindTopic, Name: "T"}}
	if !slices.Equal(got, want) {
		t.Errorf("resources %v, want %v", got, want)
	}
}

// Clients come, repeat themselves, change, leave and are cut off, all at once, while pulls look up.
// In the end the parts of the table agree (see newTable).
func TestConcurrentClients(t *testing.T) {
	table, router := serve(t, Options{})
	table.Start(new(pushes))
	defer table.Close()
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(w), 3))
			for range 40 {
				live(t, table, router, rng)
			}
		})
	}
	wg.Go(func() {
		for range 200 {
			table.Scan()
			table.Subscription([]byte("G1"), []byte("T1"))
			table.ClientIDs([]byte("G1"))
			table.Consumers("G2")
			table.Producers("P1")
		}
	})
	wg.Wait()
	if n := table.Metrics.Refused.Load(); n != 0 {
		t.Errorf("%d heartbeats were refused", n)
	}
}

// live is the life of one client.
func live(t *testing.T, table *Table, router *remoting.Router, rng *rand.Rand) {
	p := peer.New()
	group := fmt.Sprintf("G%d", rng.IntN(3))
	d := consumerOf(fmt.Sprint(p.ID()), group, fmt.Sprintf("T%d=%d", rng.IntN(2), rng.IntN(5)))
	d.ProducerDataSet = []protocol.ProducerData{{GroupName: fmt.Sprintf("P%d", rng.IntN(3))}}
	beat := frame(t, 34, nil, string(fastjson.Append(nil, d)))
	for range rng.IntN(10) {
		if got := p.Ask(t, router, beat); got.Code != 0 {
			t.Errorf("heartbeat: %d %s", got.Code, got.Remark)
		}
		if !slices.Contains(table.ClientIDs([]byte(group)), d.ClientID) {
			t.Errorf("%s is no member of %s after its heartbeat", d.ClientID, group)
		}
	}
	switch rng.IntN(3) {
	case 0:
		p.Ask(t, router, frame(t, 35, &protocol.UnregisterClientRequest{ClientID: d.ClientID, ConsumerGroup: group}, ""))
	case 1:
		if err := router.Frame(p, beat); err != nil { // and cut off while it is under way
			t.Error(err)
		}
	}
	table.Closed(p)
}

// Whatever a body says, the table stays in order and the answer is 0, or has a remark.
func FuzzHeartbeat(f *testing.F) {
	f.Add(fastjson.Append(nil, consumerOf("a", "G", "T=1", "U=2=TagA || TagB")))
	f.Add([]byte(`{"clientID":"c","consumerDataSet":[{"groupName":"G","subscriptionDataSet":[{"codeSet":["2598919"],"subString":"TagA","topic":"T"}]}],` +
		`"heartbeatFingerprint":-5,"producerDataSet":[{"groupName":"P"}],"withoutSub":true}`))
	f.Add([]byte(`{clientID:'c',consumerDataSet:[{groupName:"G",messageModel:"BROADCASTING"},{groupName:"G"},],}`))
	table, router := serve(f, Options{MaxGroups: 16, MaxSubscriptions: 16})
	f.Fuzz(func(t *testing.T, body []byte) {
		p := peer.New()
		request := frame(t, 34, nil, string(body))
		for range 2 {
			if got := p.Ask(t, router, request); (got.Code == 0) == (len(got.Remark) > 0) || len(got.Remark) > 1000 {
				t.Fatalf("%q: %d %q", body, got.Code, got.Remark)
			}
		}
		check(t, table)
		table.Closed(p)
		check(t, table)
		if len(table.conns) != 0 || table.members != 0 {
			t.Fatalf("%q leaves %d connections, %d memberships", body, len(table.conns), table.members)
		}
	})
}

// Tags are as long as Options.MaxTags at most; a condition is for others to judge.
func TestTagsHaveALimit(t *testing.T) {
	table, router := serve(t, Options{MaxTags: 10})
	for _, test := range []struct {
		kind, expression string
		code             int32
	}{
		{"TAG", "TagA||TagB", protocol.Success}, {"", "TagA||TagB", protocol.Success}, {"SQL92", "a > 1 AND b > 1", protocol.Success},
		{"TAG", "TagA||TagBC", protocol.InvalidParameter},
	} {
		p := peer.New()
		d := consumerOf("a", "G", "T=1="+test.expression)
		d.ConsumerDataSet[0].SubscriptionDataSet[0].ExpressionType = test.kind
		if a := p.Ask(t, router, frame(t, protocol.HeartBeat, nil, string(fastjson.Append(nil, d)))); a.Code != test.code {
			t.Errorf("%v: %d %s", test, a.Code, a.Remark)
		}
		table.Closed(p)
	}
	if n := table.Metrics.Full.Load(); n != 1 {
		t.Errorf("%d counted as over a limit, want 1", n)
	}
}

// Clients that come and go, and name groups that may not be used, fill the log with some lines of each kind.
func TestLogIsNotFlooded(t *testing.T) {
	var log bytes.Buffer
	table, router := serve(t, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	d := consumerOf("a", "NoSuch", "T=1")
	d.ConsumerDataSet = append(d.ConsumerDataSet, consumerOf("a", "G", "T=1").ConsumerDataSet...)
	body := fastjson.Append(nil, d)
	for range 200 {
		p := peer.New()
		if a := p.Ask(t, router, frame(t, protocol.HeartBeat, nil, string(body))); a.Code != protocol.Success {
			t.Fatalf("heartbeat: %d %s", a.Code, a.Remark)
		}
		table.Closed(p)
	}
	for _, kind := range []struct {
		text string
		most int
	}{{"client joined", comings}, {"client left", comings}, {"not admitted", 1}} {
		if n := strings.Count(log.String(), kind.text); n == 0 || n > kind.most {
			t.Errorf("%d lines %q, want 1 to %d", n, kind.text, kind.most)
		}
	}
}
