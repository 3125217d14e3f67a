package clients

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// What clients were recorded to tell of themselves comes back as Java tells it.
func TestGoldenStatus(t *testing.T) {
	told := make(map[string]*wire.Command) // answers to 221, by group
	for _, f := range golden.Frames(t) {
		if f.Code == 221 && f.Direction == "broker->client" {
			group, _ := peer.Decode(t, f.Request).Lookup("group")
			told[string(group)] = peer.Decode(t, f.Response)
		}
	}
	for _, f := range peer.Recorded(t, 223, 3) {
		want := peer.Decode(t, f.Response)
		group, _ := peer.Decode(t, f.Request).Lookup("group")
		if want.Code != protocol.Success {
			_, router := serve(t, Options{})
			peer.LikeJava(t, &f, peer.New().Ask(t, router, f.Request))
			continue
		}
		client, _, answers := strings.Cut(strings.TrimPrefix(string(want.Body), `{"consumerTable":{"`), `":{{`)
		_, router, p := relaying(t, Options{StatusTimeout: 20 * time.Millisecond}, client, string(group))
		admin := peer.New()
		if err := router.Frame(admin, f.Request); err != nil {
			t.Fatal(err)
		}
		question := p.Next(t)
		var q protocol.ConsumerStatusRequest
		if err := wire.DecodeHeader(question, &q); err != nil || question.Code != 221 || q.Group != string(group) || q.ClientAddr != "" {
			t.Errorf("%s: the client is asked %d %+v, %v", f.ReqFile, question.Code, q, err)
		}
		if answers { // else the client said nothing
			p.Answer(t, router, question, 0, "", string(told[string(group)].Body))
		}
		got := admin.Next(t)
		peer.LikeJava(t, &f, got)
		sameStatus(t, f.ReqFile, got.Body, want.Body)
	}
}

// sameStatus compares bodies whose maps Java writes in no order.
func sameStatus(t *testing.T, what string, got, want []byte) {
	t.Helper()
	g, w := read[protocol.ConsumerStatus](t, got), read[protocol.ConsumerStatus](t, want)
	if fmt.Sprint(g) != fmt.Sprint(w) {
		t.Errorf("%s: got %v, Java %v", what, g, w)
	}
}

func statusOfGroup(client string) *protocol.ConsumerStatusRequest {
	return &protocol.ConsumerStatusRequest{Topic: "T", Group: "G", ClientAddr: client}
}

// All members are asked at once, or the one that is named; who refuses or talks nonsense is left out.
func TestStatusOfMany(t *testing.T) {
	_, router, a := relaying(t, Options{}, "a", "G")
	b, c := peer.New(), peer.New()
	for id, p := range map[string]*peer.Peer{"b": b, "c": c} {
		join(t, router, p, consumerOf(id, "G", "T=1"))
	}
	ask := func(client string) *peer.Peer {
		t.Helper()
		admin := peer.New()
		if err := router.Frame(admin, frame(t, 223, statusOfGroup(client), "")); err != nil {
			t.Fatal(err)
		}
		return admin
	}
	question := func(p *peer.Peer) *wire.Command {
		t.Helper()
		for {
			if q := p.Next(t); q.Code == 221 {
				return q
			}
		}
	}
	admin := ask("")
	qa, qb, qc := question(a), question(b), question(c)
	a.Answer(t, router, qa, 0, "", `{"messageQueueTable":{{"brokerName":"b","queueId":1,"topic":"T"}:7}}`)
	b.Answer(t, router, qb, 1, "no", "")
	c.Answer(t, router, qc, 0, "", "{nonsense")
	const want = `{"consumerTable":{"a":{{"brokerName":"b","queueId":1,"topic":"T"}:7}},"messageQueueTable":{}}`
	if got := admin.Next(t); got.Code != 0 || string(got.Body) != want {
		t.Errorf("got %d %s\n%s, want\n%s", got.Code, got.Remark, got.Body, want)
	}
	admin = ask("b")
	b.Answer(t, router, question(b), 0, "", `{}`)
	if got := admin.Next(t); string(got.Body) != `{"consumerTable":{"b":{}},"messageQueueTable":{}}` {
		t.Errorf("of b: %s", got.Body)
	}
	if got := ask("nobody").Next(t); got.Code != 0 || string(got.Body) != `{"consumerTable":{},"messageQueueTable":{}}` {
		t.Errorf("of nobody: %d %s", got.Code, got.Body)
	}
}

// A push reaches every member, or none if one would not understand it.
func TestTell(t *testing.T) {
	table, router, a := relaying(t, Options{}, "a", "G")
	push := &remoting.Message{Code: 220, Body: []byte("x")}
	if n, err := table.Tell("G", push); n != 1 || err != nil {
		t.Fatalf("told %d, %v, want 1", n, err)
	}
	if got := a.Next(t); got.Code != 220 || !got.IsOneway() || string(got.Body) != "x" {
		t.Errorf("the client is sent %d %q", got.Code, got.Body)
	}
	if n, err := table.Tell("nobody", push); n != 0 || err != nil {
		t.Errorf("told %d of no group, %v", n, err)
	}
	old := remoting.Message{Code: protocol.HeartBeat, Body: []byte(`{"clientID":"old","consumerDataSet":[{"groupName":"G"}]}`)}
	f, err := old.Append(nil, new(wire.Encoder), wire.Head{Version: 27})
	if err != nil {
		t.Fatal(err)
	}
	peer.New().Ask(t, router, f)
	const want = "the client does not support this feature. version="
	if _, err := table.Tell("G", push); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	got := peer.New().Ask(t, router, frame(t, 223, statusOfGroup(""), ""))
	if got.Code != 1 || !strings.HasPrefix(string(got.Remark), want) {
		t.Errorf("223: got %d %s, want 1 %s", got.Code, got.Remark, want)
	}
}
