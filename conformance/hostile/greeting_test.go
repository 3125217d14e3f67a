//go:build conformance

package hostile

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// ports are where the process listens for remoting, and what it must call them.
func (v *victim) ports() map[string]string {
	host, port, err := net.SplitHostPort(v.Broker)
	n, err2 := strconv.Atoi(port)
	if err != nil || err2 != nil {
		v.t.Fatalf("address %q: %v %v", v.Broker, err, err2)
	}
	return map[string]string{
		v.Broker: "broker", net.JoinHostPort(host, strconv.Itoa(n-2)): "broker", v.Namesrv: "name server",
	}
}

// A browser or a health check is told which port it has met, also when its request comes in pieces.
func TestHTTP(t *testing.T) {
	long := "GET /" + strings.Repeat("x", 100_000) + " HTTP/1.1\r\n\r\n"
	post := "POST /messages HTTP/1.1\r\nHost: broker\r\nContent-Length: 2\r\n\r\n{}"
	requests := map[string][]string{
		"GET":    {"GET / HTTP/1.1\r\nHost: broker\r\n\r\n"},
		"POST":   {post},
		"split":  {"G", "ET", " /healthz HTTP/1.1\r\n", "\r\n"},
		"long":   {long[:60_000], long[60_000:]},
		"HTTP/2": {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
	}
	attack(t, limits{}, func(v *victim) {
		for addr, role := range v.ports() {
			_, port, _ := net.SplitHostPort(addr)
			for name, parts := range requests {
				p := dial(t, addr)
				for _, part := range parts {
					p.send([]byte(part))
				}
				_ = p.SetReadDeadline(time.Now().Add(patience))
				got, err := io.ReadAll(p.in)
				if isTimeout(err) {
					t.Errorf("%s to the %s: still open after the answer %q", name, role, got)
				}
				ok := bytes.HasPrefix(got, []byte("HTTP/1.1 400 ")) && len(got) < 512
				if !ok || !bytes.Contains(got, []byte(":"+port+")")) || !bytes.Contains(got, []byte("RocketMQ remoting ("+role+")")) {
					t.Errorf("%s to the %s: got %.300q, want a short 400 that names port %s and what it speaks", name, role, got, port)
				}
				_ = p.Close()
			}
		}
	})
}

// Without TLS a client that begins with it is closed at once, not kept waiting.
func TestTLSHelloWithoutTLS(t *testing.T) {
	attack(t, limits{set: map[string]string{"tls.server.mode": "disabled", "namesrv.tls.server.mode": "disabled"}}, func(v *victim) {
		for addr, role := range v.ports() {
			began := time.Now()
			dialer := &net.Dialer{Timeout: patience}
			conn, err := tls.DialWithDialer(dialer, "tcp", addr, &tls.Config{InsecureSkipVerify: true})
			if err == nil {
				_ = conn.Close()
				t.Errorf("%s: a TLS handshake succeeded, want none", role)
			}
			if took := time.Since(began); took > patience/2 {
				t.Errorf("%s: the refusal took %v", role, took)
			}
			p := dial(t, addr)
			for _, part := range []string{"\x16", "\x03", "\x01\x02\x00\x01\x00\x01\xfc\x03\x03", strings.Repeat("r", 500)} {
				p.send([]byte(part))
			}
			p.wantClosed("split hello to the " + role)
		}
	})
}

// Greetings of other protocols are lengths that no frame has.
func TestForeignGreetings(t *testing.T) {
	greetings := []string{
		"*1\r\n$4\r\nPING\r\n", "SSH-2.0-OpenSSH_9.6\r\n", "AMQP\x00\x00\x09\x01", "\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00",
		"EHLO mail\r\n", "\xff\xff\xff\xffTSource Engine Query\x00",
	}
	attack(t, limits{}, func(v *victim) {
		for addr, role := range v.ports() {
			for _, g := range greetings {
				p := dial(t, addr)
				p.send([]byte(g))
				p.wantClosed(fmt.Sprintf("%.20q to the %s", g, role))
			}
		}
	})
}
