package clients

import (
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// relaying serves a table that can ask its clients, among them one of a group.
func relaying(t *testing.T, o Options, client, group string) (*Table, *remoting.Router, *peer.Peer) {
	t.Helper()
	table, router := serve(t, o)
	p := peer.New()
	join(t, router, p, consumerOf(client, group, "T=1"))
	table.Start(router) // who notifies members may come before the answer to the one who joins
	t.Cleanup(table.Close)
	if c := p.Next(t); c.Code != protocol.NotifyConsumerIDsChanged {
		t.Fatalf("the client is sent %d", c.Code)
	}
	return table, router, p
}

// The administrator's fields reach the client, and the client's answer the administrator, as they were recorded.
func TestGoldenRelay(t *testing.T) {
	for _, f := range peer.Recorded(t, 307, 3) {
		request, want := peer.Decode(t, f.Request), peer.Decode(t, f.Response)
		group, _ := request.Lookup("consumerGroup")
		client, _ := request.Lookup("clientId")
		if want.Code != protocol.Success {
			_, router := serve(t, Options{})
			peer.LikeJava(t, &f, peer.New().Ask(t, router, f.Request))
			continue
		}
		_, router, p := relaying(t, Options{}, string(client), string(group))
		admin := peer.New()
		if err := router.Frame(admin, f.Request); err != nil {
			t.Fatal(err)
		}
		got := p.Next(t)
		if got.Code != 307 || len(got.Ext) != len(request.Ext) || got.IsOneway() {
			t.Errorf("%s: the client is asked %d with %d fields, want 307 with %d", f.ReqFile, got.Code, len(got.Ext), len(request.Ext))
		}
		for _, pair := range request.Ext {
			if v, _ := got.Lookup(string(pair.Key)); string(v) != string(pair.Value) {
				t.Errorf("%s: field %s is %q, want %q", f.ReqFile, pair.Key, v, pair.Value)
			}
		}
		p.Answer(t, router, got, want.Code, string(want.Remark), string(want.Body))
		answer := admin.Next(t)
		peer.LikeJava(t, &f, answer)
		if string(answer.Body) != string(want.Body) || answer.Opaque != request.Opaque {
			t.Errorf("%s: opaque %d, body\n%s, want %d\n%s", f.ReqFile, answer.Opaque, answer.Body, request.Opaque, want.Body)
		}
	}
}

// What brokers send to clients is what Java's sends: the recorded pushes have the fields of the administrator.
func TestGoldenPushesOfARelay(t *testing.T) {
	n := 0
	for _, f := range golden.Frames(t) {
		if f.Code == 307 && f.Direction == "broker->client" {
			n++
			var q protocol.RunningInfoRequest
			if err := wire.DecodeHeader(peer.Decode(t, f.Request), &q); err != nil || q.ClientID == "" || q.ConsumerGroup == "" {
				t.Errorf("%s: %+v, %v", f.ReqFile, q, err)
			}
		}
	}
	if n < 3 {
		t.Errorf("%d pushes are recorded, want 3 or more", n)
	}
}

func infoOf(client string) *protocol.RunningInfoRequest {
	return &protocol.RunningInfoRequest{ConsumerGroup: "G", ClientID: client}
}

func TestRelayFails(t *testing.T) {
	t.Run("no answer", func(t *testing.T) {
		_, router, p := relaying(t, Options{RelayTimeout: time.Millisecond}, "c", "G")
		got := peer.New().Ask(t, router, frame(t, 307, infoOf("c"), ""))
		if got.Code != protocol.ConsumeMsgTimeout || string(got.Remark) != "consumer <G> <c> Timeout: no answer within 1ms" {
			t.Errorf("got %d %s", got.Code, got.Remark)
		}
		p.Answer(t, router, p.Next(t), 0, "", "late") // does no harm
	})
	t.Run("client gone", func(t *testing.T) {
		_, router, p := relaying(t, Options{}, "c", "G")
		admin := peer.New()
		if err := router.Frame(admin, frame(t, 307, infoOf("c"), "")); err != nil {
			t.Fatal(err)
		}
		p.Next(t)
		router.Closed(p)
		if got := admin.Next(t); got.Code != protocol.SystemError || !strings.HasPrefix(string(got.Remark), "invoke consumer <G> <c> Exception: ") {
			t.Errorf("got %d %s", got.Code, got.Remark)
		}
	})
	t.Run("client too old", func(t *testing.T) {
		_, router := serve(t, Options{})
		p := peer.New()
		beat := frame(t, protocol.HeartBeat, nil, `{"clientID":"c","consumerDataSet":[{"groupName":"G"}]}`)
		old := remoting.Message{Code: protocol.HeartBeat, Body: peer.Decode(t, beat).Body}
		f, err := old.Append(nil, new(wire.Encoder), wire.Head{Version: 61})
		if err != nil {
			t.Fatal(err)
		}
		p.Ask(t, router, f)
		const want = "The Consumer <c> Version <V3_1_7> too low to finish, please upgrade it to V3_1_8_SNAPSHOT"
		if got := peer.New().Ask(t, router, frame(t, 307, infoOf("c"), "")); got.Code != protocol.SystemError || string(got.Remark) != want {
			t.Errorf("got %d %s, want 1 %s", got.Code, got.Remark, want)
		}
	})
	t.Run("before the start", func(t *testing.T) {
		_, router := serve(t, Options{})
		join(t, router, peer.New(), consumerOf("c", "G"))
		if got := peer.New().Ask(t, router, frame(t, 307, infoOf("c"), "")); got.Code != protocol.SystemBusy {
			t.Errorf("got %d %s, want %d", got.Code, got.Remark, protocol.SystemBusy)
		}
	})
	t.Run("no client id", func(t *testing.T) {
		_, router := serve(t, Options{})
		if got := peer.New().Ask(t, router, frame(t, 307, &protocol.ConsumerGroupRequest{ConsumerGroup: "G"}, "")); got.Code != protocol.SystemError {
			t.Errorf("got %d %s, want 1", got.Code, got.Remark)
		}
	})
}

// Requests that wait for clients are bounded, end with Close, and each is answered.
func TestRelaysAreBounded(t *testing.T) {
	table, router := serve(t, Options{RelayTimeout: time.Hour})
	p := peer.New()
	p.Answers = make(chan []byte, 2*maxRelays)
	join(t, router, p, consumerOf("c", "G"))
	table.Start(router)
	admin := peer.New()
	admin.Answers = make(chan []byte, 2*maxRelays)
	for range maxRelays + 1 {
		if err := router.Frame(admin, frame(t, 307, infoOf("c"), "")); err != nil {
			t.Fatal(err)
		}
	}
	if got := admin.Next(t); got.Code != protocol.SystemBusy {
		t.Errorf("one too many is answered %d %s, want %d", got.Code, got.Remark, protocol.SystemBusy)
	}
	table.Close()
	for range maxRelays {
		if got := admin.Next(t); got.Code != protocol.SystemError {
			t.Fatalf("got %d %s, want 1", got.Code, got.Remark)
		}
	}
}

// Of two connections with one client id the one that was heard of last is asked.
func TestRelayToTheLatest(t *testing.T) {
	now := time.UnixMilli(1_000_000)
	table, router := serve(t, Options{Now: func() time.Time { return now }})
	first, second := peer.New(), peer.New()
	for _, p := range []*peer.Peer{first, second, first} {
		join(t, router, p, consumerOf("c", "G", "T=1"))
		now = now.Add(time.Second)
		if m, ok := table.member("G", "c"); !ok || m.Peer.ID() != p.ID() {
			t.Errorf("%v, %t, want the member that was heard of last", m, ok)
		}
	}
	if m, ok := table.member("G", "d"); ok {
		t.Errorf("found %v", m)
	}
}
