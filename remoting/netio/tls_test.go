package netio

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"testing"
	"time"
)

// testCert is a self-signed certificate and the pool that trusts it.
func testCert(t testing.TB) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"broker"},
		NotAfter: time.Now().Add(time.Hour)}
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

// withTLS completes a Config.
func withTLS(t testing.TB, cfg Config, mode TLSMode) (Config, *tls.Config) {
	server, pool := testCert(t)
	cfg.TLS = mode
	cfg.TLSConfig = func() *tls.Config { return server }
	return cfg, &tls.Config{RootCAs: pool, ServerName: "broker"}
}

// dribble writes in pieces of so many bytes, each a segment of its own as far as one can tell.
type dribble struct {
	net.Conn
	step int
}

func (d dribble) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var k int
		k, err = d.Conn.Write(p[n:min(n+d.step, len(p))])
		n += k
	}
	return n, err
}

func TestTLSAndPlainOnOnePort(t *testing.T) {
	ends := newEnds()
	states := make(chan *tls.ConnectionState, 16)
	cfg, client := withTLS(t, Config{Handler: &testHandler{
		opened: func(c *Conn) { states <- c.TLS() }, frame: echo, closed: ends.closed,
	}}, TLSPermissive)
	e := start(t, cfg)
	for _, step := range []int{1 << 20, 1, 2, 50} {
		c := tls.Client(dribble{dial(t, e), step}, client)
		for _, size := range []int{10, 100_000, testMaxFrame} {
			if step < 50 && size > 10 {
				break
			}
			f := frameOf(bytes.Repeat([]byte("t"), size))
			sendLater(t, c, f, len(f))
			expect(t, c, f)
		}
		if s := <-states; s == nil || !s.HandshakeComplete {
			t.Errorf("steps of %d: state %v, want a complete handshake", step, s)
		}
		c.Close()
		if err := ends.next(t); !errors.Is(err, io.EOF) {
			t.Errorf("steps of %d: Closed got %v, want EOF", step, err)
		}
	}
	others{t, dial(t, e)}.served()
	if s := <-states; s != nil {
		t.Errorf("plain connection has TLS state %v", s)
	}
	if got := e.Metrics().TLS.Load(); got != 4 {
		t.Errorf("%d handshakes, want 4", got)
	}
}

func TestTLSEnforced(t *testing.T) {
	cfg, client := withTLS(t, Config{Handler: &testHandler{frame: echo}}, TLSEnforcing)
	e := start(t, cfg)
	plain := dial(t, e)
	send(t, plain, frameOf([]byte("x")))
	if got := expectEnd(t, plain); len(got) != 0 {
		t.Errorf("plain connection got %q, want nothing", got)
	}
	others{t, tls.Client(dial(t, e), client)}.served()
	if got := e.Metrics().Closed[ByTLS].Load(); got != 1 {
		t.Errorf("%d closed, want 1", got)
	}
}

func TestTLSHandshakesThatFail(t *testing.T) {
	cfg, client := withTLS(t, Config{FirstFrameTime: 300 * time.Millisecond, Handler: &testHandler{
		opened: func(*Conn) { t.Error("a failed handshake reached the Handler") },
	}}, TLSPermissive)
	e := start(t, cfg)

	stranger := client.Clone()
	stranger.RootCAs = x509.NewCertPool()
	if err := tls.Client(dial(t, e), stranger).Handshake(); err == nil {
		t.Error("a client that trusts nobody shook hands")
	}
	junk := dial(t, e)
	send(t, junk, append([]byte{0x16, 3, 1, 0, 40}, make([]byte, 40)...))
	expectEnd(t, junk)
	stalled := dial(t, e)
	send(t, stalled, []byte{0x16})
	expectEnd(t, stalled)
	eventually(t, "all are counted", func() bool {
		m := e.Metrics()
		return m.Closed[ByTLS].Load()+m.Closed[ByFirstFrame].Load() == 3
	})
}

// The limits and the order of answers are the same off the loops.
func TestTLSFlow(t *testing.T) {
	ends := newEnds()
	refused := make(chan error, 1)
	cfg, client := withTLS(t, Config{MaxUnsent: 16 << 20, Handler: &testHandler{
		frame: func(c *Conn, f []byte) {
			switch {
			case bytes.Contains(f, []byte("close")):
				_ = c.WriteBuffer(CopyBuffer(make([]byte, 3<<20)))
				c.Close("test")
			case bytes.Contains(f, []byte("flood")):
				for {
					if err := c.WriteBuffer(CopyBuffer(make([]byte, 1<<20))); err != nil {
						refused <- err
						return
					}
				}
			case bytes.Contains(f, []byte("boom")):
				panic("boom")
			default:
				for i := range 50 {
					_ = c.Write(numbered(i, 20_000))
				}
			}
		},
		closed: ends.closed,
	}}, TLSPermissive)
	e := start(t, cfg)

	c := tls.Client(dial(t, e), client)
	send(t, c, frameOf([]byte("many")))
	for i := range 50 {
		expect(t, c, numbered(i, 20_000))
	}
	send(t, c, frameOf([]byte("close")))
	if got := len(expectEnd(t, c)); got != 3<<20 {
		t.Errorf("%d bytes before the end, want %d", got, 3<<20)
	}
	if err := ends.next(t); !errors.Is(err, ErrClosedHere) {
		t.Errorf("Closed got %v, want ErrClosedHere", err)
	}

	c = tls.Client(dial(t, e), client)
	send(t, c, frameOf([]byte("flood")))
	if err := <-refused; !errors.Is(err, ErrSlowReader) {
		t.Errorf("write over the limit: %v, want ErrSlowReader", err)
	}
	if err := ends.next(t); !errors.Is(err, ErrSlowReader) {
		t.Errorf("Closed got %v, want ErrSlowReader", err)
	}

	c = tls.Client(dial(t, e), client)
	send(t, c, frameOf([]byte("boom")))
	expectEnd(t, c)
	if err := ends.next(t); !errors.Is(err, ErrPanic) {
		t.Errorf("Closed got %v, want ErrPanic", err)
	}
}

func TestTLSAnswersFromOtherGoroutines(t *testing.T) {
	got := make(chan *Conn, 1)
	cfg, client := withTLS(t, Config{Handler: &testHandler{opened: func(c *Conn) { got <- c }}}, TLSPermissive)
	e := start(t, cfg)
	c := tls.Client(dial(t, e), client)
	send(t, c, frameOf(nil))
	conn := <-got
	for i := range 100 {
		if err := conn.Write(numbered(i, 400)); err != nil {
			t.Fatal(err)
		}
		expect(t, c, numbered(i, 400))
	}
}

// dialEither dials with TLS or without.
func dialEither(t testing.TB, e *Engine, client *tls.Config, secure bool) net.Conn {
	t.Helper()
	c := dial(t, e)
	if secure {
		return tls.Client(c, client)
	}
	return c
}

// A client that has shaken hands need not speak at once, as one that has connected need not.
func TestTLSHandshakeStartsNoDeadline(t *testing.T) {
	cfg, client := withTLS(t, Config{FirstFrameTime: 200 * time.Millisecond, Handler: &testHandler{frame: echo}}, TLSPermissive)
	e := start(t, cfg)
	c := tls.Client(dial(t, e), client)
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the handshake is done here too", func() bool { return e.Metrics().TLS.Load() == 1 })
	began := e.now()
	eventually(t, "three times the deadline", func() bool { return e.now()-began > 600 })
	others{t, c}.served()
}
