package netio

import (
	"fmt"
	"net/netip"

	"github.com/gannetmq/gannet/remoting/netio/proxy"
)

// stripProxy takes the PROXY header that data begins with, adopts it, and says what comes behind it. data may be
// in.partial, which is left with what is behind then. When the header is refused the connection is ending.
func (c *Conn) stripProxy(data []byte) (rest []byte, g greeting) {
	h, n, err := proxy.Parse(data)
	if err == nil && !c.engine.config.Proxies.Believes(c.socket.Addr()) {
		err = fmt.Errorf("%v is not an address that is believed", c.socket.Addr())
	}
	if err != nil {
		c.refuse(fmt.Errorf("%w: %w", ErrProxy, err))
		return nil, greetsShort
	}
	if n == 0 {
		return data, greetsShort
	}
	if err := c.adopt(&h); err != nil {
		c.refuse(err)
		return nil, greetsShort
	}
	rest = data[n:]
	if b := c.in.partial; b != nil {
		b.B = b.B[:copy(b.B, rest)]
		rest = b.B
	}
	if len(rest) == 0 {
		c.dropPartial()
		c.alive.silent() // the proxy has spoken, the client not yet
		return nil, greetsShort
	}
	return rest, greetingOf(rest, true)
}

// adopt makes what a proxy tells count. Java: RemotingHelper.getProxyProtocolAddress, which needs both address and
// port.
func (c *Conn) adopt(h *proxy.Header) error {
	c.proxy = h
	c.engine.metrics.Proxied.Add(1)
	if !h.Source.IsValid() || h.Source.Port() == 0 || claimsLoopback(h.Source.Addr(), c.socket.Addr()) {
		return nil
	}
	c.remote = h.Source
	e := c.engine
	if e.config.Proxies.Names(c.socket.Addr()) && !e.registry.recount(c, &e.config, &e.metrics) {
		return fmt.Errorf("%w of %v", ErrTooMany, c.remote.Addr())
	}
	return nil
}

// claimsLoopback reports whether somebody far away says that the client is on this machine: what is allowed from here
// alone would be allowed to whoever writes so. It may be true of the proxy's machine, and says nothing then.
func claimsLoopback(source, socket netip.Addr) bool {
	return source.IsLoopback() && !socket.IsLoopback()
}
