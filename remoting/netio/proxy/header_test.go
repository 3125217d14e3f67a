package proxy

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

const (
	signature = "0d0a0d0a000d0a515549540a"
	ipv4      = "c0000207c6336401c8222a9f" // 192.0.2.7:51234 to 198.51.100.1:10911
)

// Made by HAProxyMessageEncoder of netty 4.1.114, which RocketMQ 5.3.3 reads headers with.
var nettyHeaders = []struct{ name, hex, want string }{
	{"v1 TCP4", "50524f58592054435034203139322e302e322e37203139382e35312e3130302e312035313233342031303931310d0a",
		"1 192.0.2.7:51234 198.51.100.1:10911"},
	{"v1 TCP6", "50524f5859205443503620323030313a6462383a3a3720323030313a6462383a3a312035313233342031303931310d0a",
		"1 [2001:db8::7]:51234 [2001:db8::1]:10911"},
	{"v2 TCP4", signature + "2111000c" + ipv4, "2 192.0.2.7:51234 198.51.100.1:10911"},
	{"v2 TCP6", signature + "2121002420010db800000000000000000000000720010db8000000000000000000000001c8222a9f",
		"2 [2001:db8::7]:51234 [2001:db8::1]:10911"},
	{"v2 UDP4", signature + "2112000c" + ipv4, "2 192.0.2.7:51234 198.51.100.1:10911"},
	{"v2 LOCAL", signature + "20000000", "2 invalid AddrPort invalid AddrPort"},
	{"v2 unix", signature + "213100d8" + "2f7661722f72756e2f612e736f636b" + strings.Repeat("00", 108-15) +
		"2f7661722f72756e2f622e736f636b" + strings.Repeat("00", 108-15), "2 invalid AddrPort invalid AddrPort"},
	{"v2 TLVs", signature + "2111002a" + ipv4 + "02000e62726f6b65722e6578616d706c65ea00057670632d31e00002ff01",
		"2 192.0.2.7:51234 198.51.100.1:10911"},
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func summary(h Header) string { return fmt.Sprint(h.Version, h.Source, h.Destination) }

func TestHeadersOfNetty(t *testing.T) {
	for _, c := range nettyHeaders {
		b := unhex(t, c.hex)
		h, n, err := Parse(append(bytes.Clone(b), "what follows"...))
		if err != nil || n != len(b) || summary(h) != c.want {
			t.Errorf("%s: got %s, %d bytes, %v; want %s, %d bytes", c.name, summary(h), n, err, c.want, len(b))
		}
		for cut := range len(b) {
			if _, n, err := Parse(b[:cut]); n != 0 || err != nil {
				t.Errorf("%s cut at %d: got %d bytes, %v; want more to be asked for", c.name, cut, n, err)
			}
			if got := Detect(b[:cut]); got == No {
				t.Errorf("%s cut at %d: not detected", c.name, cut)
			}
		}
	}
}

// The verdicts are those of netty's HAProxyMessageDecoder, but for the two named.
func TestVerdicts(t *testing.T) {
	line := func(s string) string { return hex.EncodeToString([]byte(s)) }
	for _, c := range []struct {
		hex string
		ok  bool
	}{
		{line("PROXY UNKNOWN ffff::1 whatever\r\n"), true},
		{line("PROXY UNKNOWN " + strings.Repeat("x", 91) + "\r\n"), true},
		{line("PROXY UNKNOWN " + strings.Repeat("x", 92) + "\r\n"), false}, // netty has room for some more
		{line("PROXY TCP6 ::ffff:192.0.2.7 ::1 1 2\r\n"), true},
		{line("PROXY TCP4 192.0.2.7 198.51.100.1 0 10911\r\n"), false},
		{line("PROXY TCP4 192.0.2.7 198.51.100.1 1 65536\r\n"), false},
		{line("PROXY TCP4 192.0.2.7 198.51.100.1 1\r\n"), false},
		{line("PROXY TCP4 192.0.2.7 198.51.100.1 1 2 3\r\n"), false},
		{line("PROXY TCP4  192.0.2.7 198.51.100.1 1 2\r\n"), false},
		{line("PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n"), false},
		{line("PROXY TCP6 192.0.2.7 192.0.2.8 1 2\r\n"), false},
		{line("PROXY UDP4 192.0.2.7 198.51.100.1 1 2\r\n"), false},
		{line("PROXY TCP4 +1.0.2.7 198.51.100.1 +1 2\r\n"), false},
		{line("PROXY TCP6 fe80::1%eth0 fe80::2 1 2\r\n"), false}, // netty takes the name of an interface
		{line("PROXY \r\n"), false},
		{line("PROXY " + strings.Repeat("x", 110)), false},
		{signature + "1111000c" + ipv4, false}, // version 1
		{signature + "3111000c" + ipv4, false},
		{signature + "2211000c" + ipv4, false}, // command
		{signature + "2141000c" + ipv4, false}, // family
		{signature + "2113000c" + ipv4, false}, // transport
		{signature + "2110000c" + ipv4, false},
		{signature + "2101000c" + ipv4, false},
		{signature + "2111000b" + ipv4, false}, // too short for two addresses
		{signature + "2121000c" + ipv4, false},
		{signature + "2131000c" + ipv4, false},
		{signature + "2111000d" + ipv4 + "00", true}, // filling
		{signature + "2111000f" + ipv4 + "040001", true},
		{signature + "21110010" + ipv4 + "04000100", true},
		{signature + "21110010" + ipv4 + "04000200", false},
		{signature + "21110010" + ipv4 + "04ffff00", false},
		{signature + "20000005ffffffffff", true},
		{signature + "20110000", true},
		{signature + "21000000", true},
	} {
		b := unhex(t, c.hex)
		_, n, err := Parse(b)
		if ok := err == nil && n > 0; ok != c.ok || !ok && !errors.Is(err, ErrHeader) {
			t.Errorf("%q: %d bytes, %v; want accepted %v", b, n, err, c.ok)
		}
	}
}

func TestAttributes(t *testing.T) {
	attributes := func(s string) (all []string) {
		h, _, err := Parse(unhex(t, s))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range h.Attributes() {
			all = append(all, name+"="+value)
		}
		return all
	}
	want := "[proxy_protocol_addr=192.0.2.7 proxy_protocol_port=51234 proxy_protocol_server_addr=198.51.100.1 " +
		"proxy_protocol_server_port=10911 proxy_protocol_tlv_0x02=broker.example proxy_protocol_tlv_0xea=vpc-1]"
	if got := fmt.Sprint(attributes(nettyHeaders[7].hex)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := attributes(signature + "20000000"); got != nil {
		t.Errorf("LOCAL has attributes %v", got)
	}
	long := signature + "2111ffff" + ipv4 + "eafff0" + strings.Repeat("61", 0xfff0)
	if got := attributes(long); len(got) != 4 {
		t.Errorf("64 KiB of TLVs: attributes %.200v, want the addresses alone", got)
	}
}

func TestTrust(t *testing.T) {
	for _, c := range []struct {
		trust           string
		addr            string
		believes, names bool
	}{
		{"any", "192.0.2.7", true, false},
		{"none", "192.0.2.7", false, false},
		{"192.0.2.7", "192.0.2.7", true, true},
		{"192.0.2.7", "::ffff:192.0.2.7", true, true},
		{"192.0.2.7", "192.0.2.8", false, false},
		{" 10.0.0.0/8 ; 2001:db8::/32 ", "10.9.8.7", true, true},
		{"10.0.0.0/8;2001:db8::/32", "2001:db8:1::2", true, true},
		{"10.0.0.0/8;2001:db8::/32", "2001:db9::2", false, false},
		{"fe80::/10", "fe80::1%eth0", true, true},
	} {
		trust, err := ParseTrust(c.trust)
		if err != nil {
			t.Fatalf("%q: %v", c.trust, err)
		}
		addr := netip.MustParseAddr(c.addr)
		if b, n := trust.Believes(addr), trust.Names(addr); b != c.believes || n != c.names {
			t.Errorf("%q of %s: believes %v, names %v; want %v, %v", c.trust, c.addr, b, n, c.believes, c.names)
		}
	}
	for _, bad := range []string{"", "all", "10.0.0.0/33", "proxy.example", "10.0.0.1;"} {
		if _, err := ParseTrust(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range nettyHeaders {
		f.Add(unhex(f, c.hex))
	}
	f.Add([]byte("PROXY UNKNOWN\r\n"))
	f.Add(unhex(f, signature+"21110010"+ipv4+"04000200"))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, n, err := Parse(b)
		if n < 0 || n > len(b) || err != nil && n != 0 {
			t.Fatalf("%d of %d bytes, %v", n, len(b), err)
		}
		if n == 0 {
			return
		}
		again, m, err := Parse(b[:n])
		if err != nil || m != n || summary(again) != summary(h) {
			t.Fatalf("%s in %d bytes; the header alone: %s in %d, %v", summary(h), n, summary(again), m, err)
		}
		for name, value := range h.Attributes() {
			if !strings.HasPrefix(name, "proxy_protocol_") || len(value) > 64<<10 {
				t.Fatalf("attribute %q = %q", name, value)
			}
		}
	})
}
