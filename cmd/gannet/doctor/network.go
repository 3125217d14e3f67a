package doctor

import (
	"net"
	"net/netip"
	"slices"
)

const (
	cureAddress = "set --advertise HOST or brokerIP1 to an address that clients reach, and let its port through the firewall"
	cureServers = "start it (gannet namesrv), or correct namesrvAddr, --namesrv or NAMESRV_ADDR"
)

// checkAddress: clients connect to what name servers tell, not to what somebody has typed.
func checkAddress(f *Facts, r *findings) {
	seen := make(map[string]bool)
	for _, t := range f.Told {
		if seen[t.Addr] {
			continue
		}
		seen[t.Addr] = true
		kind := kindOf(t.Addr)
		switch {
		case t.Err != nil && kind == "":
			r.problem(cureAddress+"; if broker and name server were just stopped, wait two minutes", "%s, told of %s by name server %s, cannot be reached from here: %v", t.Addr, t.Broker, t.By, t.Err)
		case t.Err != nil:
			r.problem(cureAddress, "%s, told of %s by name server %s, is %s and cannot be reached from here: %v", t.Addr, t.Broker, t.By, kind, t.Err)
		case kind != "":
			r.warning(cureAddress, "%s, told of %s by name server %s, is %s: it is reached from here, but clients elsewhere will not", t.Addr, t.Broker, t.By, kind)
		default:
			r.ok("%s, told of %s by name server %s, can be reached", t.Addr, t.Broker, t.By)
		}
	}
	if len(seen) > 0 {
		return
	}
	switch {
	case f.AddressErr != nil:
		r.problem("set brokerIP1 to an address of this machine", "%v", f.AddressErr)
	case !f.Local:
		r.skipped("no name server tells an address of the broker")
	case f.Address.Warning != "":
		r.warning("", "a broker here would advertise %s (%s): %s", f.Address.Addr, f.Address.Reason, f.Address.Warning)
	case f.Address.Addr.IsLoopback():
		r.warning(cureAddress, "a broker here would advertise %s (%s): each client finds itself there", f.Address.Addr, f.Address.Reason)
	default:
		r.ok("a broker here would advertise %s (%s)", f.Address.Addr, f.Address.Reason)
	}
}

// kindOf says what is wrong with an address by its looks, "" if nothing is.
func kindOf(hostPort string) string {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		return "no host:port"
	}
	if isLoopback(host) {
		return "a loopback address"
	}
	addr, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return ""
	case addr.IsUnspecified():
		return "no address that can be connected to"
	case netip.MustParsePrefix("172.17.0.0/16").Contains(addr.Unmap()):
		return "an address of Docker's own network"
	case addr.IsLinkLocalUnicast():
		return "a link-local address"
	}
	return ""
}

// checkPorts: those of a broker that runs are open, those of one that does not are free.
func checkPorts(f *Facts, r *findings) {
	running := f.Broker.Err == nil
	for _, p := range f.Ports {
		switch {
		case p.Ours:
			r.ok("%s %s answers", p.Name, p.Addr)
		case p.Open:
			r.problem("end the process that listens there (ss -ltnp tells which), or choose another port", "%s %s is taken by something that does not answer as it should", p.Name, p.Addr)
		case p.Err != nil:
			r.problem("choose a port from 1024 on, and a bindAddress of this machine", "%s %s cannot be listened on: %v", p.Name, p.Addr, p.Err)
		case running && p.Optional:
			r.warning("open it, or have clients leave it alone (Java: vipChannelEnabled=false)", "%s %s is closed, though the broker runs: clients that send to it time out", p.Name, p.Addr)
		case running || f.Asked:
			r.problem("start it, correct --broker, or open the port in the firewall", "%s %s is closed", p.Name, p.Addr)
		default:
			r.ok("%s %s is free: nothing runs there", p.Name, p.Addr)
		}
	}
	if len(f.Ports) == 0 {
		r.skipped("no port to look at")
	}
}

// checkNameServers: each answers, knows the broker, and tells of it what the others tell.
func checkNameServers(f *Facts, r *findings) {
	var first *NameServer
	for i := range f.NameServers {
		n := &f.NameServers[i]
		if n.Err != nil && f.Assumed && f.Broker.Err != nil {
			r.skipped("none is named, and none runs at %s; gannet serve starts one", n.Addr)
			continue
		}
		if n.Err != nil {
			r.problem(cureServers, "%s does not answer: %v", n.Addr, n.Err)
			continue
		}
		checkKnown(f, n, r)
		if first == nil {
			first = n
			continue
		}
		if name := disagreement(first, n); name != "" {
			r.problem("give every broker all name servers, the same list everywhere", "%s and %s tell different things of broker %s: clients of one do not see what clients of the other do",
				first.Addr, n.Addr, name)
		}
	}
	if len(f.NameServers) == 0 {
		r.skipped("no name server is given: --namesrv, namesrvAddr or NAMESRV_ADDR")
	}
}

// checkKnown judges what one name server knows of the broker that is asked about.
func checkKnown(f *Facts, n *NameServer, r *findings) {
	name := f.Broker.Settings["brokerName"]
	if f.Broker.Err != nil || name == "" {
		r.ok("%s answers and knows %s", n.Addr, plural(len(n.Cluster.BrokerAddrTable), "broker"))
		return
	}
	own := net.JoinHostPort(f.Broker.Settings["brokerIP1"], f.Broker.Settings["listenPort"])
	data, known := n.Cluster.BrokerAddrTable[name]
	switch id := f.Broker.Settings["brokerId"]; {
	case !known:
		r.problem("start the broker with --namesrv "+n.Addr+"; its namesrvAddr is "+orNone(f.Broker.Settings["namesrvAddr"]),
			"%s does not know broker %s at %s: its topics have no route", n.Addr, name, f.Broker.Addr)
	case f.Broker.Settings["brokerIP1"] != "" && !tells(data.BrokerAddrs, own):
		r.problem("give each broker a brokerName of its own, or end the other one", "%s tells %v for broker %s (id %s), which calls itself %s: another broker registers under that name",
			n.Addr, values(data.BrokerAddrs), name, orNone(id), own)
	default:
		r.ok("%s knows broker %s", n.Addr, name)
	}
}

func tells(addrs map[int64]string, addr string) bool {
	return slices.Contains(values(addrs), addr)
}

// disagreement is a broker of which two name servers tell different addresses.
func disagreement(a, b *NameServer) string {
	for _, pair := range [][2]*NameServer{{a, b}, {b, a}} {
		for _, name := range sortedKeys(pair[0].Cluster.BrokerAddrTable) {
			x, y := values(pair[0].Cluster.BrokerAddrTable[name].BrokerAddrs), values(pair[1].Cluster.BrokerAddrTable[name].BrokerAddrs)
			if !slices.Equal(x, y) {
				return name
			}
		}
	}
	return ""
}
