package main

import (
	"net/netip"
	"strings"
	"testing"
)

func TestChooseAddress(t *testing.T) {
	c := func(addr, name string) candidate {
		return candidate{addr: netip.MustParseAddr(addr), name: name, container: isContainer(name)}
	}
	cases := []struct {
		name       string
		candidates []candidate
		want       string
		warns      string
	}{
		{"real before bridge", []candidate{c("172.17.0.1", "docker0"), c("10.1.2.3", "eth0")}, "10.1.2.3", ""},
		{"IPv4 before IPv6", []candidate{c("fd00::1", "eth0"), c("10.1.2.3", "eth1")}, "10.1.2.3", ""},
		{"order of interfaces", []candidate{c("192.168.0.2", "wlan0"), c("10.1.2.3", "eth1")}, "192.168.0.2", ""},
		{"IPv6 alone", []candidate{c("fd00::1", "eth0")}, "fd00::1", ""},
		{"bridge alone", []candidate{c("172.18.0.1", "br-12ab")}, "172.18.0.1", "container"},
		{"inside a container", []candidate{c("172.17.0.2", "eth0")}, "172.17.0.2", "container"},
		{"nothing", nil, "127.0.0.1", "other machines"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			got := chooseAddress(tc.candidates)
			if got.addr.String() != tc.want {
				t.Errorf("got %s (%s), want %s", got.addr, got.reason, tc.want)
			}
			if (got.warning == "") != (tc.warns == "") || !strings.Contains(got.warning, tc.warns) {
				t.Errorf("got warning %q, want one with %q", got.warning, tc.warns)
			}
		})
	}
}

func TestAdvertiseConfigured(t *testing.T) {
	a, err := advertise("203.0.113.9")
	if err != nil || a.addr.String() != "203.0.113.9" {
		t.Errorf("got %v %v, want the address that was set", a, err)
	}
	if _, err := advertise("no.such.host.invalid"); err == nil || !strings.Contains(err.Error(), "brokerIP1") {
		t.Errorf("got %v, want an error that names the key", err)
	}
}
