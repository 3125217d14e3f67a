package main

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// advertised is the address that clients are told, and why this one.
type advertised struct {
	addr    netip.Addr
	reason  string
	warning string // what will not work with it, "" if nothing is wrong
}

// containerPrefixes begin the names of interfaces that lead to containers on this machine and
// nowhere else.
var containerPrefixes = []string{"docker", "br-", "veth", "cni", "flannel", "cali", "virbr", "lxc", "podman", "vmnet", "tun", "tap", "ifb"}

// candidate is one address of this machine.
type candidate struct {
	addr      netip.Addr
	name      string // of the interface
	container bool
}

// chooseAddress picks what to advertise when brokerIP1 is not set: an address of a real network
// before one of a container bridge, IPv4 before IPv6, in the order of the interfaces; loopback last.
// Java's choice (RemotingUtil.getLocalAddress) takes docker0 as gladly as eth0.
func chooseAddress(candidates []candidate) advertised {
	rank := func(c candidate) int {
		n := 0
		if c.container {
			n += 2
		}
		if c.addr.Is6() {
			n++
		}
		return n
	}
	best := -1
	for i, c := range candidates {
		if best < 0 || rank(c) < rank(candidates[best]) {
			best = i
		}
	}
	if best < 0 {
		return advertised{
			addr: netip.AddrFrom4([4]byte{127, 0, 0, 1}), reason: "no network but loopback",
			warning: "clients on other machines cannot reach it. Set --advertise HOST or brokerIP1",
		}
	}
	c := candidates[best]
	a := advertised{addr: c.addr, reason: "first address of interface " + c.name}
	if c.container || isDockerRange(c.addr) {
		a.warning = "it is a container address; clients outside cannot reach it. Set --advertise HOST or brokerIP1"
	}
	return a
}

// isDockerRange reports whether the address is of Docker's default bridge network.
func isDockerRange(a netip.Addr) bool {
	return netip.MustParsePrefix("172.17.0.0/16").Contains(a)
}

// localCandidates lists the usable addresses of this machine's interfaces that are up.
func localCandidates() ([]candidate, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list network interfaces: %w", err)
	}
	var all []candidate
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue // the interface has gone away meanwhile
		}
		for _, a := range addrs {
			prefix, err := netip.ParsePrefix(a.String())
			if err != nil || !prefix.Addr().IsGlobalUnicast() {
				continue
			}
			all = append(all, candidate{addr: prefix.Addr().Unmap(), name: i.Name, container: isContainer(i.Name)})
		}
	}
	return all, nil
}

func isContainer(name string) bool {
	for _, prefix := range containerPrefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// advertise resolves what the user set, or chooses.
func advertise(set string) (advertised, error) {
	if set != "" {
		if addr, err := netip.ParseAddr(set); err == nil {
			return advertised{addr: addr.Unmap(), reason: "configured"}, nil
		}
		ips, err := net.LookupIP(set)
		if err != nil || len(ips) == 0 {
			return advertised{}, fmt.Errorf("advertised host %q: %w; set brokerIP1 or --advertise to an address or to a name that resolves", set, err)
		}
		addr, _ := netip.AddrFromSlice(ips[0])
		return advertised{addr: addr.Unmap(), reason: "configured as " + set}, nil
	}
	candidates, err := localCandidates()
	if err != nil {
		return advertised{}, err
	}
	return chooseAddress(candidates), nil
}
