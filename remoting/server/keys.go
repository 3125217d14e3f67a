package server

import (
	"fmt"
	"strconv"
	"time"

	"github.com/gannetmq/gannet/remoting/certs"
	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/netio/proxy"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Keys are the settings of a Server: what it lets strangers do, and what it speaks with them. Name server and broker
// have the same.
type Keys struct {
	MaxConnections      int    `mq:"maxConnections" default:"100000" state:"honoured" help:"connections of all clients"`
	MaxConnectionsPerIP int    `mq:"maxConnectionsPerIP" default:"10000" state:"honoured" help:"connections of one address; those of this machine do not count"`
	MaxFrameSize        int    `mq:"maxFrameSize" default:"16777216" state:"honoured" help:"bytes of a request (Java: -Dcom.rocketmq.remoting.frameMaxLength)"`
	MaxHeaderSize       int    `mq:"maxHeaderSize" default:"1048576" state:"honoured" help:"bytes of a request's header"`
	MaxExtFields        int    `mq:"maxExtFields" default:"256" state:"honoured" help:"ext fields of a request; no client sends more than 20"`
	MaxHeaderDepth      int    `mq:"maxHeaderDepth" default:"32" state:"honoured" help:"objects and arrays within each other in a request's JSON header"`
	FirstRequestBytes   int    `mq:"firstRequestBytes" default:"65536" state:"honoured" help:"a new connection is closed that sends less of its first request in firstRequestMillis"`
	FirstRequestMillis  int    `mq:"firstRequestMillis" default:"10000" state:"honoured" help:"ms, from its first byte on; a TLS handshake must be done in it too"`
	MaxPartial          int64  `mq:"maxUnfinishedBytes" default:"1073741824" state:"honoured" help:"bytes of requests of which the rest has not come, of all connections; one that goes above is closed"`
	BusyUnsent          int64  `mq:"busyUnsentBytesPerConnection" default:"8388608" state:"honoured" help:"bytes of unread answers above which the requests of a connection are answered SYSTEM_BUSY; an eighth of it while all leave half of maxUnsentBytes"`
	MaxUnsent           int64  `mq:"maxUnsentBytesPerConnection" default:"67108864" state:"honoured" help:"bytes of unread answers above which a connection is closed"`
	MaxUnsentAll        int64  `mq:"maxUnsentBytes" default:"536870912" state:"honoured" help:"the same of all connections, above which those are closed that leave most"`
	ProxyFrom           string `mq:"proxyProtocolFrom" default:"any" state:"honoured" help:"whose PROXY headers are believed: any (as Java), none, or addresses and prefixes separated by ;, which have the limit per address applied to the clients behind them"`
	certs.Keys
}

// Apply sets the options that the keys decide. It is for keys that Check has passed.
func (k *Keys) Apply(o *Options) {
	o.Frames = wire.Limits{
		MaxFrame: k.MaxFrameSize, MaxHeader: k.MaxHeaderSize, MaxFields: k.MaxExtFields, MaxDepth: k.MaxHeaderDepth,
	}
	o.MaxConns, o.MaxConnsPerIP = k.MaxConnections, k.MaxConnectionsPerIP
	o.CongestedBytes, o.MaxUnsent, o.MaxBacklog = k.BusyUnsent, k.MaxUnsent, k.MaxUnsentAll
	o.MaxPartial = k.MaxPartial
	o.FirstFrameBytes, o.FirstFrameTime = k.FirstRequestBytes, time.Duration(k.FirstRequestMillis)*time.Millisecond
	o.Proxies, _ = proxy.ParseTrust(k.ProxyFrom)
	o.TLS = k.TLSMode()
}

// TLSMode is tls.server.mode.
func (k *Keys) TLSMode() netio.TLSMode {
	switch k.Mode {
	case "enforcing":
		return netio.TLSEnforcing
	case "permissive":
		return netio.TLSPermissive
	}
	return netio.TLSDisabled
}

// Check tells what the types of the keys do not: want is called for each with what it accepts.
func (k *Keys) Check(want func(ok bool, key string, value any, accepts string)) {
	for _, r := range []struct {
		key              string
		value, low, high int64
	}{
		{"maxFrameSize", int64(k.MaxFrameSize), 1 << 20, 1<<31 - 1},
		{"maxHeaderSize", int64(k.MaxHeaderSize), 64 << 10, 1<<24 - 1},
		{"maxExtFields", int64(k.MaxExtFields), 32, 1 << 16},
		{"maxHeaderDepth", int64(k.MaxHeaderDepth), 1, 1000},
	} {
		want(r.low <= r.value && r.value <= r.high, r.key, r.value, fmt.Sprintf("from %d to %d", r.low, r.high))
	}
	for _, l := range []struct {
		key          string
		value, least int64
	}{
		{"maxConnections", int64(k.MaxConnections), 1},
		{"maxConnectionsPerIP", int64(k.MaxConnectionsPerIP), 1},
		{"firstRequestBytes", int64(k.FirstRequestBytes), 1},
		{"firstRequestMillis", int64(k.FirstRequestMillis), 100},
		{"maxUnfinishedBytes", k.MaxPartial, int64(k.MaxFrameSize)},
		{"busyUnsentBytesPerConnection", k.BusyUnsent, 64 << 10},
		{"maxUnsentBytesPerConnection", k.MaxUnsent, k.BusyUnsent},
		{"maxUnsentBytes", k.MaxUnsentAll, k.MaxUnsent},
	} {
		want(l.value >= l.least, l.key, l.value, "at least "+strconv.FormatInt(l.least, 10))
	}
	_, err := proxy.ParseTrust(k.ProxyFrom)
	want(err == nil, "proxyProtocolFrom", k.ProxyFrom, "any, none, or addresses and prefixes separated by ;")
}
