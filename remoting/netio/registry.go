package netio

import (
	"net/netip"
	"sync"
	"sync/atomic"
)

// sweepAtLeast is how many connections one tick looks at. All are looked at every sweepTicks ticks.
const (
	sweepAtLeast = 4096
	sweepTicks   = 8
)

// admitted is how many connections all engines of this process have: they share its descriptors.
var admitted atomic.Int64

// registry knows all connections, from being accepted to being finished.
type registry struct {
	mu      sync.Mutex
	conns   []*Conn
	perIP   map[netip.Addr]int
	next    int           // where the next sweep begins
	open    int           // added and not yet done: Closed may still run
	drained chan struct{} // not nil once stopping; closed when open falls to 0
}

// add admits a connection, or counts why not.
func (r *registry) add(c *Conn, cfg *Config, m *Metrics) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.conns) >= cfg.MaxConns || r.drained != nil {
		m.RefusedTotal.Add(1)
		return false
	}
	if admitted.Add(1) > cfg.descriptors {
		admitted.Add(-1)
		m.RefusedTotal.Add(1)
		return false
	}
	if !cfg.Proxies.Names(c.socket.Addr()) && !r.countLocked(c, c.socket.Addr(), cfg.MaxConnsPerIP) {
		admitted.Add(-1)
		m.RefusedPerIP.Add(1)
		return false
	}
	c.slot = len(r.conns)
	r.conns = append(r.conns, c)
	r.open++
	m.Conns.Store(int64(len(r.conns)))
	return true
}

// recount has c count for the address that a proxy told, or counts why not.
func (r *registry) recount(c *Conn, cfg *Config, m *Metrics) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.uncountLocked(c)
	ok := r.countLocked(c, c.remote.Addr(), cfg.MaxConnsPerIP)
	if !ok {
		m.RefusedPerIP.Add(1)
	}
	return ok
}

// countLocked has c count for ip, unless that has most connections already.
func (r *registry) countLocked(c *Conn, ip netip.Addr, most int) bool {
	key, limited := limitKey(ip)
	if !limited {
		return true
	}
	if r.perIP[key] >= most {
		return false
	}
	if r.perIP == nil {
		r.perIP = make(map[netip.Addr]int)
	}
	r.perIP[key]++
	c.counted = key
	return true
}

func (r *registry) uncountLocked(c *Conn) {
	if !c.counted.IsValid() {
		return
	}
	if r.perIP[c.counted]--; r.perIP[c.counted] == 0 {
		delete(r.perIP, c.counted)
	}
	c.counted = netip.Addr{}
}

// remove makes room for another connection.
func (r *registry) remove(c *Conn, m *Metrics) {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := len(r.conns) - 1
	r.conns[c.slot] = r.conns[last]
	r.conns[c.slot].slot = c.slot
	r.conns[last] = nil
	r.conns = r.conns[:last]
	r.uncountLocked(c)
	m.Conns.Store(int64(last))
	admitted.Add(-1)
}

// done says that nothing more happens on a connection that was removed.
func (r *registry) done() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open--; r.open == 0 && r.drained != nil {
		close(r.drained)
	}
}

// stop refuses new connections and returns the present ones, and a channel that is closed when all of
// them are done.
func (r *registry) stop() (conns []*Conn, drained <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.drained == nil {
		r.drained = make(chan struct{})
		if r.open == 0 {
			close(r.drained)
		}
	}
	return append(conns, r.conns...), r.drained
}

// sweep visits the next part of the connections. visit must be quick and not call out.
func (r *registry) sweep(visit func(*Conn)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := min(len(r.conns), max(sweepAtLeast, (len(r.conns)+sweepTicks-1)/sweepTicks))
	for range n {
		if r.next >= len(r.conns) {
			r.next = 0
		}
		visit(r.conns[r.next])
		r.next++
	}
}

// limitKey is what the limit per address counts by. An IPv6 host has a whole /64 to itself.
func limitKey(ip netip.Addr) (key netip.Addr, limited bool) {
	ip = ip.Unmap()
	if !ip.IsValid() || ip.IsLoopback() {
		return ip, false
	}
	if ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.Addr(), true
		}
	}
	return ip.WithZone(""), true
}
