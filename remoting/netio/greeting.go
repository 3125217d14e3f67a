package netio

import (
	"bytes"
	"fmt"

	"github.com/gannetmq/gannet/remoting/netio/proxy"
)

// greeting is what the first bytes of a connection say.
type greeting uint8

const (
	greetsShort  greeting = iota // too few bytes to tell
	greetsFrames                 // whatever the Cutter knows
	greetsTLS                    // a ClientHello
	greetsHTTP
	greetsProxy // a PROXY header; what follows it is a greeting again
)

// tlsHandshake is the record type that a TLS connection begins with.
const tlsHandshake = 0x16

// httpMethods are the first bytes of HTTP/1 requests and of the HTTP/2 preface.
var httpMethods = [][]byte{
	[]byte("GET "), []byte("POST "), []byte("PUT "), []byte("HEAD "), []byte("DELETE "),
	[]byte("OPTIONS "), []byte("PATCH "), []byte("CONNECT "), []byte("PRI * "),
}

// greetingOf looks at the first bytes of a connection. A PROXY header counts as one only if there was none.
func greetingOf(b []byte, proxied bool) greeting {
	if len(b) == 0 {
		return greetsShort
	}
	if b[0] == tlsHandshake {
		return greetsTLS
	}
	if !proxied {
		switch proxy.Detect(b) {
		case proxy.Yes:
			return greetsProxy
		case proxy.Maybe:
			return greetsShort
		}
	}
	for _, m := range httpMethods {
		if bytes.HasPrefix(b, m) {
			return greetsHTTP
		}
		if bytes.HasPrefix(m, b) {
			return greetsShort
		}
	}
	return greetsFrames
}

// greet decides what a new connection speaks. When it speaks frames, rest is what it sent so far, which lies in
// whole if earlier reads belong to it: that is to be released then. Else what came is kept in in.partial.
func (c *Conn) greet(data []byte) (rest []byte, whole *Buffer, g greeting) {
	if c.in.partial != nil {
		if err := c.keep(data); err != nil {
			c.end(phaseAborted, err)
			return nil, nil, greetsShort
		}
		data = c.in.partial.B
	}
	g = greetingOf(data, c.proxy != nil)
	if g == greetsProxy {
		if data, g = c.stripProxy(data); c.Ending() {
			return nil, nil, greetsShort
		}
	}
	switch g {
	case greetsFrames:
		whole, g = c.greetedFrames()
		return data, whole, g
	case greetsHTTP:
		c.refuseHTTP()
		return nil, nil, g
	case greetsTLS:
		if c.engine.config.TLS == TLSDisabled {
			c.refuse(ErrNoTLS)
			return nil, nil, greetsShort
		}
	}
	if c.in.partial == nil && len(data) > 0 {
		if err := c.keep(data); err != nil {
			c.end(phaseAborted, err)
			return nil, nil, greetsShort
		}
	}
	return nil, nil, g
}

func (c *Conn) greetedFrames() (whole *Buffer, g greeting) {
	if c.engine.config.TLS == TLSEnforcing {
		c.refuse(ErrNotTLS)
		return nil, greetsShort
	}
	whole = c.in.partial
	if whole != nil {
		c.in.partial, c.in.need = nil, 0
		c.in.held.Store(0)
		c.engine.metrics.Partial.Add(-int64(cap(whole.B)))
	}
	c.open()
	return whole, greetsFrames
}

// refuse ends a connection that an operator may have to hear of.
func (c *Conn) refuse(err error) {
	c.engine.warn.log("connection refused", "listener", c.listener, "remote", c.remote, "err", err)
	c.end(phaseAborted, err)
}

// refuseHTTP answers a browser or a health check that took this port for another.
func (c *Conn) refuseHTTP() {
	text := fmt.Sprintf("This port (%v) speaks %s, not HTTP.\n", c.local, c.engine.config.Speaks)
	answer := fmt.Appendf(nil, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"+
		"Content-Length: %d\r\nConnection: close\r\n\r\n%s", len(text), text)
	c.in.linger = true
	if err := c.Write(answer); err == nil {
		c.end(phaseClosing, ErrHTTP)
	}
}
