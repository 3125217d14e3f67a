package server

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// start serves on a free port until the test ends, and checks then that nothing is left.
func start(t testing.TB, o Options) *Server {
	t.Helper()
	o.Listen = []netio.Listen{{Name: "main", Addr: "127.0.0.1:0"}}
	o.Speaks = "RocketMQ remoting"
	o.Log = slog.New(slog.NewTextHandler(logTo{t}, nil))
	buffers := netio.LiveBuffers()
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop(t, s)
		if got := netio.LiveBuffers(); got != buffers {
			t.Errorf("%d buffers alive after Stop, %d before", got, buffers)
		}
	})
	return s
}

func stop(t testing.TB, s *Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

type logTo struct{ t testing.TB }

func (w logTo) Write(p []byte) (int, error) {
	w.t.Logf("%s", bytes.TrimSpace(p))
	return len(p), nil
}

func dial(t testing.TB, s *Server) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr("main").String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

// read reads one frame, decoded; the error is that of the connection.
func read(c io.Reader) (*wire.Command, error) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(c, head); err != nil {
		return nil, err
	}
	frame := append(head, make([]byte, binary.BigEndian.Uint32(head))...)
	if _, err := io.ReadFull(c, frame[4:]); err != nil {
		return nil, err
	}
	a := new(wire.Command)
	return a, wire.Decode(frame, a)
}

func mustRead(t testing.TB, c io.Reader) *wire.Command {
	t.Helper()
	a, err := read(c)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	return a
}

func request(t testing.TB, code, opaque int32, body string) []byte {
	t.Helper()
	frame, err := wire.AppendCommand(nil, &wire.Command{Code: code, Opaque: opaque, Body: []byte(body)})
	if err != nil {
		t.Fatal(err)
	}
	return frame
}

func on(code int32, run remoting.Runner, handle func(*remoting.Request)) remoting.Route {
	return remoting.Route{Code: code, Run: run, Access: remoting.Open, Handle: handle}
}

func echo(r *remoting.Request) { r.Reply(nil, r.Cmd.Body) }

// Without certificates nothing promises TLS, and nothing goes without what was promised.
func TestTLSWithoutCertificates(t *testing.T) {
	s := start(t, Options{TLS: netio.TLSPermissive, Routes: []remoting.Route{on(1, remoting.Inline, echo)}})
	c := dial(t, s)
	if _, err := c.Write(request(t, 1, 5, "plain")); err != nil {
		t.Fatal(err)
	}
	if a := mustRead(t, c); string(a.Body) != "plain" {
		t.Errorf("got %q, want the plain connection to be served", a.Body)
	}
	if s, err := Start(Options{TLS: netio.TLSEnforcing}); err == nil {
		stop(t, s)
		t.Error("TLS is to be enforced, and a server without certificates started")
	}
}

func TestStartRefusesBadRoutes(t *testing.T) {
	if _, err := Start(Options{Routes: []remoting.Route{on(1, remoting.Inline, echo), on(1, remoting.Inline, echo)}}); err == nil {
		t.Error("two routes of one code were accepted")
	}
	if _, err := Start(Options{Listen: []netio.Listen{{Name: "main", Addr: "256.0.0.1:1"}}}); err == nil {
		t.Error("a bad address was accepted")
	}
}

// All requests that Java clients sent, over one real connection, in odd pieces.
func TestGoldenFramesThroughASocket(t *testing.T) {
	s := start(t, Options{})
	c := dial(t, s)
	var stream []byte
	var opaques []int32
	for _, f := range golden.Frames(t) {
		stream = append(stream, f.Request...)
		if f.Flag&int(wire.FlagOneway) == 0 {
			opaques = append(opaques, int32(f.Opaque))
		}
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for at, n := 0, 1; at < len(stream); at, n = at+n, n*2%9973+1 {
			if _, err := c.Write(stream[at:min(at+n, len(stream))]); err != nil {
				t.Errorf("write at %d: %v", at, err)
				return
			}
		}
	})
	for i, want := range opaques {
		a := mustRead(t, c)
		if a.Opaque != want || a.Code != protocol.RequestCodeNotSupported {
			t.Fatalf("answer %d: opaque %d, code %d; want opaque %d, code 3", i, a.Opaque, a.Code, want)
		}
	}
	wg.Wait()
}

func TestHostilePeersCostOnlyThemselves(t *testing.T) {
	s := start(t, Options{Routes: []remoting.Route{on(1, remoting.Inline, echo)}})
	good := dial(t, s)
	badHeader := request(t, 1, 1, "")
	copy(badHeader[8:], "not json at all")
	hugeHeader := request(t, 1, 1, "")
	hugeHeader[5] = 0xff
	for name, bytesSent := range map[string][]byte{
		"length of 4 GiB":        {0xff, 0xff, 0xff, 0xff},
		"length of 16 MiB + 1":   {0x01, 0, 0, 0xfd, 0, 0, 0, 0},
		"length below 4":         {0, 0, 0, 3, 0, 0, 0},
		"header beyond frame":    hugeHeader,
		"unknown serialisation":  {0, 0, 0, 8, 7, 0, 0, 4, 1, 2, 3, 4},
		"header does not decode": badHeader,
		"TLS with TLS off":       {0x16, 3, 1, 0, 200, 1},
		"Redis":                  []byte("*1\r\n$4\r\nPING\r\n"),
	} {
		c := dial(t, s)
		if _, err := c.Write(bytesSent); err != nil {
			t.Fatal(err)
		}
		if a, err := read(c); err == nil || isTimeout(err) {
			t.Errorf("%s: got %v, %v; want the connection closed", name, a, err)
		}
		if _, err := good.Write(request(t, 1, 9, "fine")); err != nil {
			t.Fatal(err)
		}
		if a := mustRead(t, good); string(a.Body) != "fine" {
			t.Errorf("%s: the good connection got %q", name, a.Body)
		}
	}
	c := dial(t, s)
	fmt.Fprintf(c, "GET / HTTP/1.1\r\n\r\n")
	if page, _ := io.ReadAll(c); !strings.Contains(string(page), "speaks RocketMQ remoting") {
		t.Errorf("a browser got %q", page)
	}
	if got := s.Router.Stats.Malformed.Load(); got != 1 {
		t.Errorf("%d malformed headers, want 1", got)
	}
}

func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

func TestBatchAndClosedAreCalled(t *testing.T) {
	batches := make(chan uint64, 10)
	closed := make(chan uint64, 1)
	s := start(t, Options{
		Routes: []remoting.Route{on(1, remoting.Inline, echo)},
		Batch:  func(p remoting.Peer) { batches <- p.ID() },
		Closed: func(p remoting.Peer) { closed <- p.ID() },
	})
	c := dial(t, s)
	if _, err := c.Write(append(request(t, 1, 1, "a"), request(t, 1, 2, "b")...)); err != nil {
		t.Fatal(err)
	}
	mustRead(t, c)
	mustRead(t, c)
	c.Close()
	if b, z := <-batches, <-closed; b != z {
		t.Errorf("batch of connection %d, end of connection %d", b, z)
	}
}

// A peer that sends and never reads is told to slow down, is cut off in the end, and delays nobody.
func TestPeerThatNeverReads(t *testing.T) {
	body := strings.Repeat("x", 1<<20)
	s := start(t, Options{CongestedBytes: 2 << 20, MaxUnsent: 8 << 20,
		Routes: []remoting.Route{on(1, remoting.Inline, func(r *remoting.Request) { r.Reply(nil, []byte(body)) }),
			on(2, remoting.Inline, echo)}})
	c, good := dial(t, s), dial(t, s)
	for range 200 {
		if _, err := c.Write(request(t, 1, 1, "")); err != nil {
			break
		}
	}
	if _, err := good.Write(request(t, 2, 1, "fine")); err != nil {
		t.Fatal(err)
	}
	if a := mustRead(t, good); string(a.Body) != "fine" {
		t.Errorf("the other connection got %q", a.Body)
	}
	busy := 0
	for range 200 {
		a, err := read(c)
		if err != nil {
			t.Fatalf("after %d busy answers: %v", busy, err)
		}
		if a.Code == protocol.SystemBusy {
			busy++
			if !strings.HasPrefix(string(a.Remark), "[OVERLOAD]system busy, start flow control for a while") {
				t.Fatalf("remark %q", a.Remark)
			}
		}
	}
	if busy == 0 {
		t.Error("no request was refused")
	}
}

// Stop with requests that are detached: the connection ends, the late answer goes nowhere.
func TestStopWithDetachedRequests(t *testing.T) {
	held := make(chan *remoting.Request, 1)
	s := start(t, Options{Routes: []remoting.Route{on(1, remoting.Inline, func(r *remoting.Request) {
		r.Detach()
		held <- r
	})}})
	c := dial(t, s)
	if _, err := c.Write(request(t, 1, 1, "")); err != nil {
		t.Fatal(err)
	}
	r := <-held
	stop(t, s)
	if _, err := read(c); err == nil || isTimeout(err) {
		t.Errorf("after Stop: %v, want the connection closed", err)
	}
	r.Reply(nil, bytes.Repeat([]byte("late"), 10_000))
	if got := s.Router.Stats.Unsent.Load(); got != 1 {
		t.Errorf("%d unsent, want 1", got)
	}
	if got := s.Router.Stats.InFlight.Load(); got != 0 {
		t.Errorf("%d in flight, want 0", got)
	}
}

// What a pool still answers at its stop is written before the connections are closed.
func TestPoolThenServerStop(t *testing.T) {
	gate, running := make(chan struct{}), make(chan struct{}, 10)
	pool := remoting.NewPool("test", 1, 10)
	s := start(t, Options{Routes: []remoting.Route{on(1, pool, func(r *remoting.Request) {
		running <- struct{}{}
		<-gate
		echo(r)
	})}})
	c := dial(t, s)
	for i := range int32(5) {
		if _, err := c.Write(request(t, 1, i, "kept")); err != nil {
			t.Fatal(err)
		}
	}
	<-running
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(5 * time.Second); pool.Queued() < 4; <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("%d requests queued, want 4", pool.Queued())
		}
	}
	close(gate)
	if err := pool.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	stop(t, s)
	for i := range 5 {
		if a, err := read(c); err != nil || string(a.Body) != "kept" {
			t.Fatalf("answer %d: %v, %v", i, a, err)
		}
	}
}
