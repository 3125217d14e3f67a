package clients

import (
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// A reply goes to the producer that its id names, and what that says of it comes back.
func TestDeliver(t *testing.T) {
	table, router := serve(t, Options{RelayTimeout: 20 * time.Millisecond})
	m := &remoting.Message{Code: protocol.PushReplyMessageToClient, Body: []byte("r")}
	done := make(chan string, 1)
	deliver := func(client string) { table.Deliver(client, m, func(remark string) { done <- remark }) }
	p := peer.New()
	join(t, router, p, producerOf("p@1", "P", "Q"))
	expect := func(what, want string) {
		t.Helper()
		select {
		case got := <-done:
			if got != want {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatal(what + ": nothing")
		}
	}
	deliver("p@1")
	expect("before the start", "push reply message to p@1fail.")
	table.Start(router)
	t.Cleanup(table.Close)
	deliver("p@2")
	expect("nobody", "push reply message fail, channel of <p@2> not found.")
	for what, answer := range map[string]struct {
		code   int32
		remark string
	}{"taken": {0, ""}, "refused": {1, "push reply message to p@1fail."}} {
		deliver("p@1")
		q := p.Next(t)
		if q.Code != protocol.PushReplyMessageToClient || string(q.Body) != "r" || q.IsOneway() {
			t.Errorf("the client is sent %d %q", q.Code, q.Body)
		}
		p.Answer(t, router, q, answer.code, "", "")
		expect(what, answer.remark)
	}
	deliver("p@1")
	expect("no answer", "push reply message to p@1fail.")
	table.Closed(p)
	deliver("p@1")
	expect("gone", "push reply message fail, channel of <p@1> not found.")
	check(t, table)
}

// Replies wait in bounded memory: what has no room is refused, and has room again when others were taken.
func TestRepliesInBoundedMemory(t *testing.T) {
	table, router := serve(t, Options{})
	p := peer.New()
	join(t, router, p, producerOf("p@1", "P"))
	table.Start(router)
	t.Cleanup(table.Close)
	const size = 3 << 20
	const fit = maxReplyBytes / (2 * size)
	m := &remoting.Message{
		Code: protocol.PushReplyMessageToClient, Body: make([]byte, size-1000), Header: &protocol.ReplyRequest{Properties: strings.Repeat("x", 1000)},
	}
	done := make(chan string, 2*fit)
	for range fit + 3 {
		table.Deliver("p@1", m, func(remark string) { done <- remark })
	}
	for range 3 {
		if remark := <-done; remark != "push reply message to p@1fail. Too many replies wait for their clients." {
			t.Errorf("a reply without room: %q", remark)
		}
	}
	if bytes, refused := table.Relayed(); bytes != fit*2*size || refused != 3 {
		t.Errorf("%d bytes wait, %d were refused, want %d and 3", bytes, refused, fit*2*size)
	}
	for range fit {
		p.Answer(t, router, p.Next(t), protocol.Success, "", "")
		if remark := <-done; remark != "" {
			t.Errorf("a reply with room: %q", remark)
		}
	}
	for end := time.Now().Add(10 * time.Second); ; <-time.After(time.Millisecond) {
		if bytes, _ := table.Relayed(); bytes == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("bytes wait after all were taken")
		}
	}
}

// A producer is found under the id of its last heartbeat, whatever connections it had.
func TestProducerByID(t *testing.T) {
	now := time.UnixMilli(1_000_000)
	table, router := serve(t, Options{Now: func() time.Time { return now }})
	first, second := peer.New(), peer.New()
	is := func(client string, want *peer.Peer) {
		t.Helper()
		got := table.producer(client)
		if want == nil && got != nil || want != nil && (got == nil || got.ID() != want.ID()) {
			t.Errorf("%s is %v, want %v", client, got, want)
		}
		check(t, table)
	}
	join(t, router, first, producerOf("a", "P"))
	is("a", first)
	now = now.Add(time.Second)
	join(t, router, second, producerOf("a", "P"))
	is("a", second)
	join(t, router, second, producerOf("b", "P"))
	is("a", first)
	is("b", second)
	peer.New().Ask(t, router, frame(t, protocol.UnregisterClient, &protocol.UnregisterClientRequest{ClientID: "x", ProducerGroup: "P"}, ""))
	first.Ask(t, router, frame(t, protocol.UnregisterClient, &protocol.UnregisterClientRequest{ClientID: "a", ProducerGroup: "P"}, ""))
	is("a", nil)
	join(t, router, first, consumerOf("a", "G"))
	is("a", nil)
}
