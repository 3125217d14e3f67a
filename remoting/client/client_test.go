package client

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/server"
	"github.com/gannetmq/gannet/remoting/wire"
)

// When all clients and servers have ended, no buffer is left.
func TestMain(m *testing.M) {
	code := m.Run()
	if n := netio.LiveBuffers(); n != 0 {
		fmt.Fprintf(os.Stderr, "%d buffers are alive after all tests, want 0\n", n)
		code = 1
	}
	os.Exit(code)
}

func serve(t testing.TB, addr string, o server.Options) *server.Server {
	t.Helper()
	o.Listen = []netio.Listen{{Name: "main", Addr: addr}}
	o.Log = slog.New(slog.NewTextHandler(logTo{t}, nil))
	s, err := server.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t testing.TB, s *server.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

func open(t testing.TB, o Options) *Client {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, c) })
	return c
}

func shut(t testing.TB, c *Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := c.Close(ctx); err != nil {
		t.Errorf("Close: %v", err)
	}
}

type logTo struct{ t testing.TB }

func (w logTo) Write(p []byte) (int, error) {
	w.t.Logf("%s", bytes.TrimSpace(p))
	return len(p), nil
}

func on(code int32, handle func(*remoting.Request)) remoting.Route {
	return remoting.Route{Code: code, Run: remoting.Inline, Access: remoting.Open, Handle: handle}
}

func echo(r *remoting.Request) { r.Reply(nil, r.Cmd.Body) }

// brief is a context that ends soon enough for a test to fail by it.
func brief(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestCallsShareAConnection(t *testing.T) {
	for _, s := range []wire.Serialization{wire.JSON, wire.Binary} {
		srv := serve(t, "127.0.0.1:0", server.Options{Routes: []remoting.Route{on(1, echo)}})
		c := open(t, Options{Serialization: s})
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				for k := range 20 {
					want := strings.Repeat(fmt.Sprint(i, ".", k, " "), 1+i*k)
					a, err := c.Call(brief(t, 5*time.Second), srv.Addr("main").String(), &remoting.Message{Code: 1, Body: []byte(want)})
					if err != nil || string(a.Body) != want || a.Serialization != s {
						t.Errorf("call %d.%d: %v, %v", i, k, a, err)
						return
					}
				}
			})
		}
		wg.Wait()
		if got := srv.Metrics().Accepted.Load(); got != 1 {
			t.Errorf("%d connections, want 1", got)
		}
	}
}

func TestOnewayArrives(t *testing.T) {
	got := make(chan string, 1)
	srv := serve(t, "127.0.0.1:0", server.Options{Routes: []remoting.Route{on(1, func(r *remoting.Request) {
		if r.Cmd.IsOneway() {
			got <- string(r.Cmd.Body)
		}
	})}})
	c := open(t, Options{})
	if err := c.Oneway(brief(t, 5*time.Second), srv.Addr("main").String(), &remoting.Message{Code: 1, Body: []byte("tell")}); err != nil {
		t.Fatal(err)
	}
	if body := <-got; body != "tell" {
		t.Errorf("got %q", body)
	}
}

// A call that is given up leaves the connection to the others; its late answer is dropped.
func TestDeadlines(t *testing.T) {
	held := make(chan *remoting.Request, 1)
	srv := serve(t, "127.0.0.1:0", server.Options{Routes: []remoting.Route{on(1, echo), on(2, func(r *remoting.Request) {
		r.Detach()
		held <- r
	})}})
	c := open(t, Options{})
	addr := srv.Addr("main").String()
	_, err := c.Call(brief(t, 20*time.Millisecond), addr, &remoting.Message{Code: 2})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no answer: %v, want the deadline", err)
	}
	(<-held).Reply(nil, []byte("late"))
	a, err := c.Call(brief(t, 5*time.Second), addr, &remoting.Message{Code: 1, Body: []byte("next")})
	if err != nil || string(a.Body) != "next" {
		t.Errorf("next call: %v, %v", a, err)
	}
	conn, err := c.Conn(brief(t, time.Second), addr)
	if err != nil || conn.Waiting() != 0 {
		t.Errorf("%d calls wait, %v; want none", conn.Waiting(), err)
	}
}

func TestServerRestarts(t *testing.T) {
	routes := []remoting.Route{on(1, echo), on(2, func(r *remoting.Request) { r.Park() })}
	srv := serve(t, "127.0.0.1:0", server.Options{Routes: routes})
	addr := srv.Addr("main").String()
	c := open(t, Options{MinBackoff: 50 * time.Millisecond, MaxBackoff: 100 * time.Millisecond})
	lost := make(chan error, 1)
	conn, err := c.Conn(brief(t, 5*time.Second), addr)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Go(&remoting.Message{Code: 2}, func(_ *wire.Command, _ []byte, err error) { lost <- err }); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Call(brief(t, 5*time.Second), &remoting.Message{Code: 1}); err != nil {
		t.Fatal(err)
	}
	stop(t, srv)
	if err := <-lost; !errors.Is(err, remoting.ErrPeerGone) {
		t.Errorf("call under way at the end: %v, want ErrPeerGone", err)
	}
	if _, err := c.Call(brief(t, 5*time.Second), addr, &remoting.Message{Code: 1}); err == nil {
		t.Error("a call to nobody succeeded")
	}
	// Within the back-off, calls fail at once and nobody is dialled.
	_, err = c.Call(brief(t, 5*time.Second), addr, &remoting.Message{Code: 1})
	if err == nil || !strings.Contains(err.Error(), "next attempt in") {
		t.Errorf("call within the back-off: %v", err)
	}
	serve(t, addr, server.Options{Routes: routes})
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(5 * time.Second); ; <-tick.C {
		a, err := c.Call(brief(t, time.Second), addr, &remoting.Message{Code: 1, Body: []byte("back")})
		if err == nil && string(a.Body) == "back" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("never came back: %v", err)
		}
	}
}

// One dial serves all that ask meanwhile, and a caller that gives up does not end it.
func TestDialIsShared(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, pool := testCert(t)
	c := open(t, Options{DialTimeout: 300 * time.Millisecond, TLS: &tls.Config{RootCAs: pool}}) // the handshake hangs
	addr := l.Addr().String()
	var wg sync.WaitGroup
	var timeouts atomic.Int64
	for i := range 10 {
		wg.Go(func() {
			_, err := c.Call(brief(t, time.Duration(1+i)*10*time.Millisecond), addr, &remoting.Message{Code: 1})
			if errors.Is(err, context.DeadlineExceeded) {
				timeouts.Add(1)
			}
		})
	}
	wg.Wait()
	if got := timeouts.Load(); got != 10 {
		t.Errorf("%d callers met their own deadline, want 10", got)
	}
	if _, err := c.Conn(brief(t, 5*time.Second), addr); err == nil {
		t.Error("the dial succeeded")
	}
	accepted := 0
	for {
		_ = l.(*net.TCPListener).SetDeadline(time.Now().Add(20 * time.Millisecond))
		conn, err := l.Accept()
		if err != nil {
			break
		}
		conn.Close()
		accepted++
	}
	if accepted != 1 {
		t.Errorf("%d dials, want 1", accepted)
	}
}

// Servers send requests on our connections: those are served by a Router, over the same socket.
func TestRequestsOfTheServer(t *testing.T) {
	peers := make(chan remoting.Peer, 1)
	srv := serve(t, "127.0.0.1:0", server.Options{Routes: []remoting.Route{on(1, func(r *remoting.Request) {
		peers <- r.Peer
		r.Reply(nil, nil)
	})}})
	router, err := remoting.NewRouter([]remoting.Route{on(307, func(r *remoting.Request) {
		r.Reply(nil, append([]byte("info of "), r.Cmd.Body...))
	})}, remoting.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := open(t, Options{Router: router})
	if _, err := c.Call(brief(t, 5*time.Second), srv.Addr("main").String(), &remoting.Message{Code: 1}); err != nil {
		t.Fatal(err)
	}
	a, err := srv.Router.Call(brief(t, 5*time.Second), <-peers, &remoting.Message{Code: 307, Body: []byte("me")})
	if err != nil || string(a.Body) != "info of me" {
		t.Errorf("answer of the client: %v, %v", a, err)
	}
}

func TestRequestsOfTheServerWithoutARouter(t *testing.T) {
	srv := serve(t, "127.0.0.1:0", server.Options{})
	srv2 := serve(t, "127.0.0.1:0", server.Options{Routes: []remoting.Route{on(1, func(r *remoting.Request) {
		if err := srv.Router.Push(r.Peer, &remoting.Message{Code: 40}); err != nil {
			t.Error(err)
		}
		echo(r)
	})}})
	c := open(t, Options{})
	for range 3 {
		if _, err := c.Call(brief(t, 5*time.Second), srv2.Addr("main").String(), &remoting.Message{Code: 1}); err != nil {
			t.Fatal(err)
		}
	}
}

// A server whose frames make no sense is left.
func TestServerThatTalksNonsense(t *testing.T) {
	for name, nonsense := range map[string]string{
		"no frame":   "HTTP/1.1 400 Bad Request\r\n\r\n",
		"bad header": "\x00\x00\x00\x08\x00\x00\x00\x04junk",
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				if conn, err := l.Accept(); err == nil {
					_, _ = conn.Read(make([]byte, 1000))
					_, _ = conn.Write([]byte(nonsense))
					t.Cleanup(func() { conn.Close() })
				}
			}()
			c := open(t, Options{})
			_, err = c.Call(brief(t, 5*time.Second), l.Addr().String(), &remoting.Message{Code: 1})
			if !errors.Is(err, remoting.ErrPeerGone) {
				t.Errorf("call: %v, want ErrPeerGone", err)
			}
		})
	}
}

func TestInFlightLimit(t *testing.T) {
	srv := serve(t, "127.0.0.1:0", server.Options{Routes: []remoting.Route{on(1, func(r *remoting.Request) { r.Park() })}})
	c := open(t, Options{MaxInFlight: 2})
	conn, err := c.Conn(brief(t, 5*time.Second), srv.Addr("main").String())
	if err != nil {
		t.Fatal(err)
	}
	ends := make(chan error, 2)
	var last int32
	for range 2 {
		if last, err = conn.Go(&remoting.Message{Code: 1}, func(_ *wire.Command, _ []byte, err error) { ends <- err }); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := conn.Go(&remoting.Message{Code: 1}, nil); !errors.Is(err, remoting.ErrTooManyCalls) {
		t.Errorf("third call: %v, want ErrTooManyCalls", err)
	}
	conn.Cancel(last, context.Canceled)
	if err := <-ends; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled call: %v", err)
	}
	conn.Close("test")
	if err := <-ends; !errors.Is(err, remoting.ErrPeerGone) {
		t.Errorf("call at the end: %v, want ErrPeerGone", err)
	}
}

func TestCloseEndsEverything(t *testing.T) {
	srv := serve(t, "127.0.0.1:0", server.Options{Routes: []remoting.Route{on(1, func(r *remoting.Request) { r.Park() })}})
	c := open(t, Options{})
	addr := srv.Addr("main").String()
	end := make(chan error, 1)
	started := make(chan struct{})
	go func() {
		conn, err := c.Conn(context.Background(), addr)
		if err != nil {
			end <- err
			close(started)
			return
		}
		_, err = conn.Go(&remoting.Message{Code: 1}, func(_ *wire.Command, _ []byte, err error) { end <- err })
		if err != nil {
			end <- err
		}
		close(started)
	}()
	<-started
	shut(t, c)
	if err := <-end; !errors.Is(err, remoting.ErrPeerGone) {
		t.Errorf("call at Close: %v, want ErrPeerGone", err)
	}
	if _, err := c.Call(context.Background(), addr, &remoting.Message{Code: 1}); !errors.Is(err, ErrClosed) {
		t.Errorf("call after Close: %v, want ErrClosed", err)
	}
}

func TestTLS(t *testing.T) {
	config, pool := testCert(t)
	srv := serve(t, "127.0.0.1:0", server.Options{TLS: netio.TLSPermissive, TLSConfig: func() *tls.Config { return config },
		Routes: []remoting.Route{on(1, echo)}})
	addr := srv.Addr("main").String()
	c := open(t, Options{TLS: &tls.Config{RootCAs: pool}}) // the name is that of the address
	a, err := c.Call(brief(t, 5*time.Second), addr, &remoting.Message{Code: 1, Body: bytes.Repeat([]byte("s"), 1<<20)})
	if err != nil || len(a.Body) != 1<<20 {
		t.Errorf("call: %v", err)
	}
	stranger := open(t, Options{TLS: &tls.Config{RootCAs: x509.NewCertPool()}})
	if _, err := stranger.Call(brief(t, 5*time.Second), addr, &remoting.Message{Code: 1}); err == nil {
		t.Error("an unknown certificate was trusted")
	}
}

func testCert(t testing.TB) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, pool
}

// A server that ends every connection at once is not dialled in a loop.
func TestServerThatHangsUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var accepted atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			accepted.Add(1)
			conn.Close()
		}
	}()
	c := open(t, Options{})
	for range 10 {
		if _, err := c.Call(brief(t, 5*time.Second), l.Addr().String(), &remoting.Message{Code: 1}); err == nil {
			t.Error("a call was answered")
		}
	}
	l.Close()
	<-done
	if got := accepted.Load(); got > 10 {
		t.Errorf("%d connections for 10 calls", got)
	}
}
