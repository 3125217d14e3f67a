package remoting

import (
	"net/netip"
	"testing"

	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/wire"
)

// nobody is a peer that throws away.
type nobody struct{}

func (nobody) ID() uint64                        { return 1 }
func (nobody) RemoteAddr() netip.AddrPort        { return netip.AddrPort{} }
func (nobody) Congested() bool                   { return false }
func (nobody) Close(string)                      {}
func (nobody) Write([]byte) error                { return nil }
func (nobody) WriteBuffer(b *netio.Buffer) error { b.Release(); return nil }

// BenchmarkRequest is the cost of the request layer: decode, route, encode the answer.
func BenchmarkRequest(b *testing.B) {
	for _, s := range []wire.Serialization{wire.JSON, wire.Binary} {
		name := map[wire.Serialization]string{wire.JSON: "json", wire.Binary: "binary"}[s]
		h := &note{Text: "offset"}
		rt := newTestRouter(b, Options{}, on(1, Inline, func(r *Request) { r.Reply(h, nil) }))
		frame := requestFrame(b, 1, 1, 0, s, "some text", "body")
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = rt.Frame(nobody{}, frame)
			}
		})
		b.Run(name+"/parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					_ = rt.Frame(nobody{}, frame)
				}
			})
		})
	}
}
