//go:build !race && !gannetdebug

package namesrv

import (
	"fmt"
	"testing"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/wire"
)

// A query of a route makes no garbage, from the bytes of its frame to the bytes of its answer.
func TestRouteAllocatesNothing(t *testing.T) {
	n := newNames(t, Options{})
	for i := range 20 { // an answer of more than a network packet
		n.ask(t, 103, registerBody(1, "T", "U"), broker("brokerName", fmt.Sprint("broker-", i), "brokerAddr", fmt.Sprint("10.0.0.", i, ":10911"))...)
	}
	n.ask(t, 103, registerBody(1, "Small", "U"), broker()...)
	for _, topic := range []string{"T", "Small"} {
		for s, serialization := range map[string]wire.Serialization{"JSON": wire.JSON, "binary": wire.Binary} {
			query := peer.Decode(t, frame(t, 105, 479, nil, "topic", topic))
			query.Serialization = serialization
			request, err := wire.AppendCommand(nil, query)
			if err != nil {
				t.Fatal(err)
			}
			var p peer.Counter
			if allocs := testing.AllocsPerRun(500, func() {
				if err := n.router.Frame(&p, request); err != nil {
					t.Fatal(err)
				}
			}); allocs != 0 {
				t.Errorf("%s, %s: %v allocations per query", topic, s, allocs)
			}
			if p.Frames != 501 || p.Failed != 0 {
				t.Errorf("%s, %s: %d answers, %d failed", topic, s, p.Frames, p.Failed)
			}
		}
	}
}

// A broker that says that it lives, and has nothing new, makes no garbage.
func TestHeartbeatAllocatesNothing(t *testing.T) {
	n := newNames(t, Options{})
	n.ask(t, 103, registerBody(7, "T", "U"), broker()...)
	version := []byte(`{"counter":7,"stateVersion":0,"timestamp":0}`)
	for name, request := range map[string][]byte{
		"904":         frame(t, 904, 479, nil, broker()...),
		"322":         frame(t, 322, 479, version, broker()...),
		"322, oneway": onewayFrame(t, 322, version, broker()...),
	} {
		var p peer.Counter
		if allocs := testing.AllocsPerRun(500, func() {
			if err := n.router.Frame(&p, request); err != nil {
				t.Fatal(err)
			}
		}); allocs != 0 {
			t.Errorf("%s: %v allocations", name, allocs)
		}
		if want := map[bool]int{false: 501}[name == "322, oneway"]; p.Frames != want || p.Failed != 0 {
			t.Errorf("%s: %d answers, %d failed, want %d", name, p.Frames, p.Failed, want)
		}
	}
}

func BenchmarkHeartbeat(b *testing.B) {
	n := newNames(b, Options{})
	n.ask(b, 103, registerBody(7, "T", "U"), broker()...)
	request := onewayFrame(b, 322, []byte(`{"counter":7,"stateVersion":0,"timestamp":0}`), broker()...)
	var p peer.Counter
	b.ReportAllocs()
	for b.Loop() {
		if err := n.router.Frame(&p, request); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRoute(b *testing.B) {
	n := newNames(b, Options{})
	n.ask(b, 103, registerBody(1, "T", "U"), broker()...)
	request := frame(b, 105, 479, nil, "topic", "T")
	var p peer.Counter
	b.ReportAllocs()
	for b.Loop() {
		if err := n.router.Frame(&p, request); err != nil {
			b.Fatal(err)
		}
	}
}
