//go:build conformance

package hostile

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// nameServed starts a broker with name servers of its own.
func nameServed(t *testing.T, names string) *process.Gannet {
	t.Helper()
	return process.Run(t, process.Options{Role: "broker", Set: map[string]string{
		"namesrvAddr": names, "maxHashSlotNum": "10000", "registerBrokerTimeoutMills": "500",
	}})
}

// routes reports whether a name server tells where a topic of the broker is.
func routes(t *testing.T, names, topic, broker string) bool {
	t.Helper()
	p := dial(t, names)
	defer p.Close()
	a := p.ask(protocol.GetRouteInfoByTopic, ext{"topic": topic}, nil)
	return a.code == 0 && bytes.Contains(a.body, []byte(broker))
}

// Of two name servers one is killed and comes back: the broker is served by the other meanwhile, and within seconds
// known at both.
func TestNameServerComesBack(t *testing.T) {
	one, two := process.Run(t, process.Options{Role: "namesrv"}), process.Run(t, process.Options{Role: "namesrv"})
	b := nameServed(t, one.Namesrv+";"+two.Namesrv)
	p := dial(t, b.Broker)
	p.want("create", protocol.UpdateAndCreateTopic, createTopic("Before"), nil, 0)
	for _, n := range []*process.Gannet{one, two} {
		eventually(t, n.Namesrv+" knows the broker", func() bool { return routes(t, n.Namesrv, "Before", b.Broker) })
	}
	one.Kill()
	p.want("create while one is gone", protocol.UpdateAndCreateTopic, createTopic("Between"), nil, 0)
	eventually(t, "the other is told", func() bool { return routes(t, two.Namesrv, "Between", b.Broker) })
	again, err := one.Restart(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again.End(t)
	for _, topic := range []string{"Before", "Between"} {
		eventually(t, "the one that came back knows "+topic, func() bool { return routes(t, again.Namesrv, topic, b.Broker) })
	}
	p.want("create when both are there", protocol.UpdateAndCreateTopic, createTopic("After"), nil, 0)
	for _, n := range []string{again.Namesrv, two.Namesrv} {
		eventually(t, n+" is told", func() bool { return routes(t, n, "After", b.Broker) })
	}
}

// A network that swallows the broker's first connection to its name server does not keep it from being known.
func TestSwallowedNameServer(t *testing.T) {
	names := process.Run(t, process.Options{Role: "namesrv"})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for first := true; ; first = false {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if first {
				work.Go(func() { defer conn.Close(); _, _ = io.Copy(io.Discard, conn) })
				continue
			}
			to, err := net.Dial("tcp", names.Namesrv)
			if err != nil {
				t.Error(err)
				return
			}
			work.Go(func() { defer to.Close(); _, _ = io.Copy(to, conn) })
			work.Go(func() { defer conn.Close(); _, _ = io.Copy(conn, to) })
		}
	})
	t.Cleanup(func() { l.Close(); work.Wait() }) // after the broker has ended: it is started later
	b := nameServed(t, l.Addr().String())
	eventually(t, "the broker is known", func() bool { return routes(t, names.Namesrv, "TBW102", b.Broker) })
}
