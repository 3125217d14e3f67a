//go:build conformance

package hostile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/remoting/protocol"
)

const (
	// signature begins a PROXY header of version 2; proxied is one that says 192.0.2.7:51234.
	signature = "\r\n\r\n\x00\r\nQUIT\n"
	proxied   = signature + "\x21\x11\x00\x0c\xc0\x00\x02\x07\xc6\x33\x64\x01\xc8\x22\x2a\x9f"
)

func closedFor(reason string) string {
	return `gannet_connections_closed_total\{reason="` + reason + `"\}`
}

// The address in a PROXY header is the client's wherever the broker tells it; headers that are none end the connection,
// and what one announces is neither believed nor waited for.
func TestProxyHeaders(t *testing.T) {
	refused := []string{
		"PROXY TCP4 192.0.2.7 198.51.100.1 0 1\r\n", "PROXY TCP4 192.0.2.7\r\n", "PROXY TCP9 a b c d\r\n", "PROXY \r\n",
		"PROXY " + strings.Repeat("x", 300), signature + "\x31\x11\x00\x0c123456789012", signature + "\x21\x41\x00\x0c123456789012",
		signature + "\x21\x11\x00\x02ab", signature + "\x21\x11\x00\x10123456789012\x04\xff\xffx",
		proxied + proxied, // the second is a frame of 218 MB
	}
	attack(t, limits{}, func(v *victim) {
		creator := dial(t, v.Broker)
		for i, header := range []string{"PROXY TCP4 192.0.2.7 198.51.100.1 51234 10911\r\n", proxied} {
			topic := fmt.Sprint("Proxied", i)
			creator.want("create", protocol.UpdateAndCreateTopic, createTopic(topic), nil, 0)
			p := dial(t, v.Broker)
			for _, b := range []byte(header) { // a segment each, as far as one can tell
				p.send([]byte{b})
			}
			p.want("behind the header", protocol.SendMessageV2, sendTo(topic), []byte("body"), 0)
			m := stored(p, topic, "0")
			if got := m.BornHost().String(); got != "192.0.2.7:51234" {
				t.Errorf("%.20q: the message is from %s, want 192.0.2.7:51234", header, got)
			}
		}
		before := v.metric("gannet_connections")
		for range 50 {
			for _, addr := range []string{v.Broker, v.Namesrv} {
				for _, b := range refused {
					p := dial(t, addr)
					p.send([]byte(b))
					p.wantClosed(fmt.Sprintf("%.40q", b))
				}
			}
		}
		for range 500 {
			dial(t, v.Broker).send([]byte(signature + "\x21\x11\xff\xff1234"))
		}
		eventually(t, "headers of 64 KiB are waited for", func() bool { return v.metric("gannet_connections") == before+500 })
		if n := v.metric("gannet_unfinished_bytes"); n > 500*1024 {
			t.Errorf("500 headers that announce 64 KiB hold %v bytes", n)
		}
		if got, want := v.metric(closedFor("proxy")), float64(50*(len(refused)-1)); got != want {
			t.Errorf("%v connections closed for their header, want %v", got, want)
		}
	})
}

// With a list of proxies headers of others are refused, and so that a proxy cannot be played.
func TestProxyHeadersFromStrangers(t *testing.T) {
	attack(t, limits{set: map[string]string{"proxyProtocolFrom": "10.0.0.0/8;fd00::/8"}}, func(v *victim) {
		p := dial(t, v.Broker)
		p.send([]byte(proxied))
		p.wantClosed("header from an address that is not listed")
		if n := v.metric(closedFor("proxy")); n != 1 {
			t.Errorf("%v connections closed for their header, want 1", n)
		}
		dial(t, v.Broker).want("without a header", protocol.GetMaxOffset, queueOf(quietTopic, "0"), nil, 0)
	})
}
