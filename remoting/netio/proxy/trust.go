package proxy

import (
	"fmt"
	"net/netip"
	"strings"
)

// Trust is whose headers are believed. The zero value believes everybody's, as RocketMQ does.
type Trust struct {
	limited bool
	from    []netip.Prefix
}

// ParseTrust reads "any", "none", or addresses and prefixes (10.0.0.7, 10.0.0.0/8, 2001:db8::/32) separated by ;.
func ParseTrust(s string) (Trust, error) {
	switch s = strings.TrimSpace(s); s {
	case "any":
		return Trust{}, nil
	case "none":
		return Trust{limited: true}, nil
	}
	t := Trust{limited: true}
	for word := range strings.SplitSeq(s, ";") {
		word = strings.TrimSpace(word)
		p, err := netip.ParsePrefix(word)
		if err != nil {
			var a netip.Addr
			if a, err = netip.ParseAddr(word); err == nil {
				p, err = a.Unmap().Prefix(a.Unmap().BitLen())
			}
		}
		if err != nil {
			return Trust{}, fmt.Errorf("%.50q is neither an address nor a prefix", word)
		}
		t.from = append(t.from, p)
	}
	return t, nil
}

// Believes reports whether a header that came from addr counts.
func (t Trust) Believes(addr netip.Addr) bool { return !t.limited || t.Names(addr) }

// Names reports whether addr is one of those that were listed: a proxy that is known as one.
func (t Trust) Names(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	for _, p := range t.from {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
