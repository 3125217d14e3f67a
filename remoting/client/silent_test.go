package client

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/server"
)

// front listens before a server. Its first connection leads nowhere: what is written is read, and nobody answers.
type front struct {
	net.Listener
	accepted atomic.Int64
	first    chan struct{} // closed when the first connection has ended
}

func newFront(t testing.TB, behind string) *front {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &front{Listener: l, first: make(chan struct{})}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if f.accepted.Add(1) == 1 {
				work.Go(func() { defer close(f.first); defer conn.Close(); _, _ = io.Copy(io.Discard, conn) })
				continue
			}
			to, err := net.Dial("tcp", behind)
			if err != nil {
				t.Error(err)
				return
			}
			work.Go(func() { defer to.Close(); _, _ = io.Copy(to, conn) })
			work.Go(func() { defer conn.Close(); _, _ = io.Copy(conn, to) })
		}
	})
	t.Cleanup(func() { l.Close(); work.Wait() })
	return f
}

// A server that takes requests and never answers is dialled again after the first call that it let time out.
func TestSilentServerIsDialledAgain(t *testing.T) {
	srv := serve(t, "127.0.0.1:0", server.Options{Routes: []remoting.Route{on(1, echo)}})
	f := newFront(t, srv.Addr("main").String())
	c := open(t, Options{})
	addr := f.Addr().String()
	if _, err := c.Conn(brief(t, 5*time.Second), addr); err != nil { // the call's time is not to go into the dial
		t.Fatal(err)
	}
	if _, err := c.Call(brief(t, 5*minSilence), addr, &remoting.Message{Code: 1}); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("call that nobody answers: %v, want the deadline", err)
	}
	a, err := c.Call(brief(t, 5*time.Second), addr, &remoting.Message{Code: 1, Body: []byte("again")})
	if err != nil || string(a.Body) != "again" {
		t.Fatalf("next call: %v, %v", a, err)
	}
	<-f.first
	if got := f.accepted.Load(); got != 2 {
		t.Errorf("%d connections, want 2", got)
	}
}

// Other calls that wait on the silent connection end with it; they need not wait for deadlines of their own.
func TestSilentServerFailsAllCalls(t *testing.T) {
	f := newFront(t, "")
	c := open(t, Options{})
	patient := make(chan error, 1)
	conn, err := c.Conn(brief(t, 5*time.Second), f.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_, err := conn.Call(context.Background(), &remoting.Message{Code: 1})
		patient <- err
	}()
	if _, err := conn.Call(brief(t, 5*minSilence), &remoting.Message{Code: 1}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the call with a deadline: %v", err)
	}
	if !conn.Ended() {
		t.Error("the connection still takes calls")
	}
	if err := <-patient; !errors.Is(err, remoting.ErrPeerGone) && !errors.Is(err, netio.ErrClosed) {
		t.Errorf("the call without a deadline: %v, want ErrPeerGone", err)
	}
}

func TestSilenceThatIsKept(t *testing.T) {
	for name, tt := range map[string]struct {
		o     Options
		after time.Duration // of the deadline
		busy  bool          // another call is answered meanwhile
	}{
		"KeepSilent":     {Options{KeepSilent: true}, 2 * minSilence, false},
		"short deadline": {Options{}, minSilence / 5, false},
		"busy":           {Options{}, 2 * time.Second, true}, // enough for the other call on a busy machine
	} {
		t.Run(name, func(t *testing.T) {
			waits := make(chan struct{}, 1)
			srv := serve(t, "127.0.0.1:0", server.Options{Routes: []remoting.Route{
				on(1, echo), on(2, func(r *remoting.Request) { r.Park(); waits <- struct{}{} }),
			}})
			c := open(t, tt.o)
			conn, err := c.Conn(brief(t, 5*time.Second), srv.Addr("main").String())
			if err != nil {
				t.Fatal(err)
			}
			end := make(chan error, 1)
			ctx := brief(t, tt.after)
			go func() {
				_, err := conn.Call(ctx, &remoting.Message{Code: 2})
				end <- err
			}()
			<-waits
			if tt.busy {
				if _, err := conn.Call(brief(t, 5*time.Second), &remoting.Message{Code: 1}); err != nil {
					t.Fatal(err)
				}
			}
			if err := <-end; !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the call that is not answered: %v, want the deadline", err)
			}
			if conn.Ended() {
				t.Error("the connection was closed")
			}
			if _, err := conn.Call(brief(t, 5*time.Second), &remoting.Message{Code: 1}); err != nil {
				t.Errorf("the next call on it: %v", err)
			}
		})
	}
}

// names is a DNS server that knows one IPv4 address, whatever the name.
type names struct {
	addr  netip.AddrPort
	knows atomic.Pointer[netip.Addr]
	asked atomic.Int64
}

func serveNames(t testing.TB, first string) *names {
	t.Helper()
	socket, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	n := &names{addr: socket.LocalAddr().(*net.UDPAddr).AddrPort()}
	n.tell(first)
	var done sync.WaitGroup
	done.Go(func() {
		b := make([]byte, 1500)
		for {
			size, from, err := socket.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			if size > 12 {
				n.asked.Add(1)
				_, _ = socket.WriteToUDPAddrPort(n.answer(b[:size]), from)
			}
		}
	})
	t.Cleanup(func() { socket.Close(); done.Wait() })
	return n
}

func (n *names) tell(addr string) { n.knows.Store(new(netip.MustParseAddr(addr))) }

// answer to a question, RFC 1035, §4.1:
//
//	id 2 | flags 2 | questions 2 | answers 2 | authorities 2 | additional 2
//	question: name labels, 0 | type 2 | class 2
//	answer:   pointer to the name 2 | type 2 | class 2 | TTL 4 | length 2 | address
func (n *names) answer(q []byte) []byte {
	end := 12
	for end < len(q) && q[end] != 0 {
		end += 1 + int(q[end])
	}
	end += 5
	if end > len(q) {
		return nil
	}
	kind := binary.BigEndian.Uint16(q[end-4:])
	a := append([]byte(nil), q[:end]...)
	copy(a[2:], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}) // an answer, no error
	if kind != 1 {
		return a // no address of that kind
	}
	a[7] = 1
	a = append(a, 0xC0, 12, 0, 1, 0, 1, 0, 0, 0x0E, 0x10, 0, 4) // an hour to live
	ip := n.knows.Load().As4()
	return append(a, ip[:]...)
}

func (n *names) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", n.addr.String())
	}}
}

// A name is resolved at every dial: a server that moved to another address is found there.
func TestNamesAreResolvedAgain(t *testing.T) {
	who := func(name string) []remoting.Route {
		return []remoting.Route{on(1, func(r *remoting.Request) { r.Reply(nil, []byte(name)) })}
	}
	old := serve(t, "127.0.0.1:0", server.Options{Routes: who("old")})
	_, port, err := net.SplitHostPort(old.Addr("main").String())
	if err != nil {
		t.Fatal(err)
	}
	serve(t, net.JoinHostPort("127.0.0.2", port), server.Options{Routes: who("new")})
	dns := serveNames(t, "127.0.0.1")
	c := open(t, Options{Resolver: dns.resolver(), MinBackoff: time.Millisecond, MaxBackoff: time.Millisecond})
	addr := net.JoinHostPort("names.gannet.test.", port)
	ask := func() (string, error) {
		a, err := c.Call(brief(t, 5*time.Second), addr, &remoting.Message{Code: 1})
		if err != nil {
			return "", err
		}
		return string(a.Body), nil
	}
	if got, err := ask(); got != "old" {
		t.Fatalf("got %q, %v, want old", got, err)
	}
	dns.tell("127.0.0.2")
	if got, err := ask(); got != "old" {
		t.Fatalf("got %q, %v, want the connection that there is", got, err)
	}
	stop(t, old)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(5 * time.Second); ; <-tick.C {
		got, err := ask()
		if got == "new" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("got %q, %v, want new; %d questions for the name", got, err, dns.asked.Load())
		}
	}
}
