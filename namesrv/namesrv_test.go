package namesrv

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/wire"
)

// serve starts a name server on a port of its own and returns a way to reach it.
func serve(t *testing.T, o Options) (*NameServer, func() net.Conn) {
	t.Helper()
	o.Listen = []netio.Listen{{Name: "main", Addr: "127.0.0.1:0"}}
	n, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := n.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return n, func() net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", n.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
}

// exchange sends a frame and reads the answer.
func exchange(t *testing.T, c net.Conn, request []byte) *wire.Command {
	t.Helper()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write(request); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 8)
	if _, err := io.ReadFull(c, answer); err != nil {
		t.Fatal(err)
	}
	whole, err := wire.Cut(answer)
	if err != nil {
		t.Fatal(err)
	}
	answer = append(answer, make([]byte, whole-8)...)
	if _, err := io.ReadFull(c, answer[8:]); err != nil {
		t.Fatal(err)
	}
	return peer.Decode(t, answer)
}

// A broker is there as long as its connection, whoever asks over another one.
func TestConnectionThatEndsTakesItsBrokerOut(t *testing.T) {
	n, dial := serve(t, Options{})
	registers, asks := dial(), dial()
	if got := exchange(t, registers, frame(t, 103, 479, registerBody(1, "T", "U"), broker()...)); got.Code != 0 {
		t.Fatalf("register: %d %q", got.Code, got.Remark)
	}
	query := frame(t, 105, 479, nil, "topic", "T")
	if got := exchange(t, asks, query); got.Code != 0 {
		t.Errorf("route: %d %q", got.Code, got.Remark)
	}
	if err := registers.Close(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "broker to go", func() bool { return n.Table().Brokers() == 0 })
	if got := exchange(t, asks, query); got.Code != 17 {
		t.Errorf("route without a broker: %d %q, want 17", got.Code, got.Remark)
	}
}

// A broker that keeps its connection and says nothing is taken out by the clock.
func TestSilentBrokerIsTakenOut(t *testing.T) {
	n, dial := serve(t, Options{Switches: Switches{ScanEvery: 10 * time.Millisecond}})
	c := dial()
	exchange(t, c, frame(t, 103, 479, registerBody(1, "T", "U"), broker("heartbeatTimeoutMillis", 50)...))
	waitFor(t, "broker to go", func() bool { return n.Table().Brokers() == 0 })
	if got := exchange(t, c, frame(t, 105, 479, nil, "topic", "T")); got.Code != 17 {
		t.Errorf("route: %d %q, want 17", got.Code, got.Remark)
	}
}

// Codes of a broker are not served, in Java's words.
func TestUnknownCode(t *testing.T) {
	_, dial := serve(t, Options{})
	got := exchange(t, dial(), frame(t, 10, 479, nil))
	if got.Code != 3 || string(got.Remark) != " request type 10 not supported" {
		t.Errorf("%d %q, want 3", got.Code, got.Remark)
	}
}
