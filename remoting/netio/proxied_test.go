package netio

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/gannetmq/gannet/remoting/netio/proxy"
)

const (
	headerLine = "PROXY TCP4 192.0.2.7 198.51.100.1 51234 10911\r\n"
	headerIPv4 = "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x08\xc6\x33\x64\x01\xc8\x22\x2a\x9f"
	headerOwn  = "\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x03abc"
)

// The client's address is what the header says, and what follows it is served, however the bytes are split.
func TestProxyHeaders(t *testing.T) {
	opened := make(chan *Conn, 1)
	cfg, client := withTLS(t, Config{Handler: &testHandler{
		opened: func(c *Conn) { opened <- c }, frame: echo,
	}}, TLSPermissive)
	e := start(t, cfg)
	for _, h := range []struct{ header, from string }{
		{headerLine, "192.0.2.7:51234"}, {headerIPv4, "192.0.2.8:51234"}, {headerOwn, ""}, {"PROXY UNKNOWN\r\n", ""}, {"", ""},
	} {
		for _, secure := range []bool{false, true} {
			for _, step := range []int{1, 7, len(h.header) + 1, 1 << 20} {
				raw := dial(t, e)
				c := net.Conn(dribble{raw, step})
				frame := frameOf([]byte("behind the header"))
				if secure {
					send(t, c, []byte(h.header))
					c = tls.Client(c, client)
					send(t, c, frame)
				} else {
					send(t, c, append([]byte(h.header), frame...))
				}
				expect(t, c, frame)
				got, want := <-opened, h.from
				if want == "" {
					want = raw.LocalAddr().String()
				}
				if got.RemoteAddr().String() != want || got.SocketAddr().String() != raw.LocalAddr().String() {
					t.Errorf("%.20q, TLS %v, steps of %d: peer %v, socket %v; want %s, %v", h.header, secure, step,
						got.RemoteAddr(), got.SocketAddr(), want, raw.LocalAddr())
				}
				if (got.Proxy() != nil) != (h.header != "") {
					t.Errorf("%.20q: header %v", h.header, got.Proxy())
				}
				c.Close()
			}
		}
	}
	if got, want := e.Metrics().Proxied.Load(), int64(4*2*4); got != want {
		t.Errorf("%d connections with a header are counted, want %d", got, want)
	}
}

func TestProxyHeadersThatAreRefused(t *testing.T) {
	e := start(t, Config{Handler: &testHandler{opened: func(c *Conn) {
		t.Errorf("%v reached the Handler", c.RemoteAddr())
	}}})
	other := []string{
		"PROXY TCP4 192.0.2.7 198.51.100.1 0 1\r\n", "PROXY " + string(bytes.Repeat([]byte("x"), 200)),
		"\r\n\r\n\x00\r\nQUIT\n\x31\x11\x00\x00",
	}
	for _, b := range other {
		c := dial(t, e)
		send(t, c, []byte(b))
		if got := expectEnd(t, c); len(got) != 0 {
			t.Errorf("%.30q: answered %q, want nothing", b, got)
		}
	}
	eventually(t, "all are counted", func() bool { return e.Metrics().Closed[ByProxy].Load() == int64(len(other)) })
	twice := dial(t, e)
	send(t, twice, []byte("PROXY UNKNOWN\r\nGET / HTTP/1.1\r\n\r\n"))
	if got := expectEnd(t, twice); !bytes.HasPrefix(got, []byte("HTTP/1.1 400 ")) {
		t.Errorf("HTTP behind a header: %q, want a 400", got)
	}
}

// A second header is no greeting: it is cut as a frame.
func TestProxyHeaderTwice(t *testing.T) {
	ends := newEnds()
	e := start(t, Config{Handler: &testHandler{frame: echo, closed: ends.closed}})
	c := dial(t, e)
	send(t, c, []byte(headerIPv4+headerLine))
	expectEnd(t, c)
	if err := ends.next(t); !errors.Is(err, ErrBadFrame) {
		t.Errorf("closed with %v, want ErrBadFrame", err)
	}
}

func TestProxyHeadersFromStrangers(t *testing.T) {
	for _, c := range []struct {
		trust  string
		served bool
	}{{"none", false}, {"192.0.2.0/24;::1", false}, {"192.0.2.1;127.0.0.0/8", true}} {
		trust, err := proxy.ParseTrust(c.trust)
		if err != nil {
			t.Fatal(err)
		}
		e := start(t, Config{Handler: &testHandler{frame: echo}, Proxies: trust})
		others{t, dial(t, e)}.served()
		conn := dial(t, e)
		send(t, conn, []byte(headerLine))
		if c.served {
			others{t, conn}.served()
		} else {
			expectEnd(t, conn)
		}
		if got := e.Metrics().Closed[ByProxy].Load() == 0; got != c.served {
			t.Errorf("%s: served %v, want %v", c.trust, got, c.served)
		}
	}
}

// Only what comes from this machine may say that it does.
func TestProxyClaimsLoopback(t *testing.T) {
	for _, c := range []struct {
		source, socket string
		want           string
	}{
		{"127.0.0.1:5", "10.0.0.1:6", "10.0.0.1:6"},
		{"[::1]:5", "10.0.0.1:6", "10.0.0.1:6"},
		{"127.0.0.1:5", "127.0.0.1:6", "127.0.0.1:5"},
		{"192.0.2.7:5", "127.0.0.1:6", "192.0.2.7:5"},
		{"192.0.2.7:0", "10.0.0.1:6", "10.0.0.1:6"},
	} {
		conn := newTestConn(t, Config{Handler: &testHandler{}})
		conn.socket = netip.MustParseAddrPort(c.socket)
		conn.remote = conn.socket
		if err := conn.adopt(&proxy.Header{Version: 2, Source: netip.MustParseAddrPort(c.source)}); err != nil {
			t.Fatal(err)
		}
		if got := conn.RemoteAddr().String(); got != c.want {
			t.Errorf("%s, dialled from %s: peer is %s, want %s", c.source, c.socket, got, c.want)
		}
		conn.finish(io.EOF)
	}
}

// Behind a proxy that is known each client has its own limit; behind one that is not the address that dialled has it,
// whatever is told.
func TestConnectionLimitBehindProxies(t *testing.T) {
	trust, err := proxy.ParseTrust("10.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	conn := func(socket string) *Conn {
		c := newTestConn(t, Config{Handler: &testHandler{}, Proxies: trust, MaxConnsPerIP: 2})
		c.socket = netip.MustParseAddrPort(socket)
		return c
	}
	first := conn("10.0.0.1:1")
	e := first.engine
	admit := func(socket, client string) (*Conn, error) {
		c := conn(socket)
		c.engine = e
		if !e.registry.add(c, &e.config, &e.metrics) {
			return c, ErrTooMany
		}
		return c, c.adopt(&proxy.Header{Version: 1, Source: netip.MustParseAddrPort(client)})
	}
	var last *Conn
	for i := range 6 {
		c, err := admit("10.0.0.1:7", "192.0.2.7:9")
		if got := err == nil; got != (i < 2) {
			t.Errorf("connection %d of the client: %v, want two to be admitted", i, err)
		}
		if err != nil && !errors.Is(err, ErrTooMany) {
			t.Errorf("connection %d: %v, want ErrTooMany", i, err)
		}
		if err == nil {
			last = c
		}
	}
	if _, err := admit("10.0.0.1:7", "192.0.2.8:9"); err != nil {
		t.Errorf("another client of the proxy: %v", err)
	}
	e.registry.remove(last, &e.metrics)
	if _, err := admit("10.0.0.1:7", "192.0.2.7:9"); err != nil {
		t.Errorf("after one has left: %v", err)
	}
	for i := range 3 {
		if _, err := admit("172.16.0.1:7", "192.0.2.9:9"); (err == nil) != (i < 2) {
			t.Errorf("connection %d of an unknown proxy: %v, want two to be admitted", i, err)
		}
	}
}

// A client behind a proxy need not speak as soon as the proxy does.
func TestProxyHeaderStartsNoDeadline(t *testing.T) {
	e := start(t, Config{FirstFrameTime: 100 * time.Millisecond, Handler: &testHandler{frame: echo}})
	c := dial(t, e)
	send(t, c, []byte(headerIPv4))
	eventually(t, "the header is read", func() bool { return e.Metrics().Proxied.Load() == 1 })
	began := e.now()
	eventually(t, "three times the deadline", func() bool { return e.now()-began > 300 })
	others{t, c}.served()
	half := dial(t, e)
	send(t, half, []byte(headerIPv4[:20]))
	expectEnd(t, half)
	if got := e.Metrics().Closed[ByFirstFrame].Load(); got != 1 {
		t.Errorf("%d were closed for their first frame, want the one with half a header", got)
	}
}
