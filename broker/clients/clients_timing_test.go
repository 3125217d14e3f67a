package clients

import (
	"fmt"
	"testing"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/wire"
)

func BenchmarkSubscription(b *testing.B) {
	table, _ := newTable(b, Options{})
	for i := range 1000 {
		beatOnce(b, table, peer.New(), consumerOf("c", fmt.Sprintf("G%d", i), "T=1"))
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		group, topic := []byte("G500"), []byte("T")
		for pb.Next() {
			if sub, _, _ := table.Subscription(group, topic); sub == nil {
				b.Fatal("not found")
			}
		}
	})
}

// BenchmarkHeartbeat is one that repeats the last, and one that must be read and registered again.
func BenchmarkHeartbeat(b *testing.B) {
	table, _ := newTable(b, Options{})
	p := peer.New()
	d := consumerOf("127.0.0.1@7523#2102186013452", "GID_stamp", "TopicStamp=1795230239725", "%RETRY%GID_stamp=1795230239725")
	beatOnce(b, table, p, d)
	body := fastjson.Append(nil, d)
	b.Run("repeated", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			if _, ok := table.repeat(p, body); !ok {
				b.Fatal("not recognised")
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		c := table.open(p)
		for b.Loop() {
			parsed, err := table.parse(body)
			if err != nil {
				b.Fatal(err)
			}
			if _, _, err := table.register(c, admitted(table, parsed, new(wire.Command)), table.sum(body), len(body)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
