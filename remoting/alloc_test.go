//go:build !race && !gannetdebug

package remoting

import (
	"net/netip"
	"testing"

	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/wire"
)

// sink is a peer that throws away and allocates nothing.
type sink struct{ bytes int }

func (*sink) ID() uint64                 { return 1 }
func (*sink) RemoteAddr() netip.AddrPort { return netip.AddrPort{} }
func (*sink) Congested() bool            { return false }
func (*sink) Close(string)               {}

func (s *sink) Write(frame []byte) error {
	s.bytes += len(frame)
	return nil
}

func (s *sink) WriteBuffer(b *netio.Buffer) error {
	s.bytes += len(b.B)
	b.Release()
	return nil
}

// hot are routes as the hot codes have them: a header in a reusable struct, answered inline, later, or
// with a body made in place.
func hot() (routes []Route, answerHeld func()) {
	h := &note{Text: "offset", Count: 1 << 40}
	var body Body = bytesBody(make([]byte, 4000))
	large := make([]byte, 5000)
	var held *Request
	return []Route{
			on(1, Inline, func(r *Request) { r.Reply(h, nil) }),
			on(2, Inline, func(r *Request) { r.ReplyBody(0, "", h, body) }),
			on(3, Inline, func(r *Request) { r.Detach(); held = r }),
			on(4, Inline, func(r *Request) { r.ReplyCode(19, "PULL_NOT_FOUND", h, large) }),
			on(5, Inline, func(r *Request) { r.Fail(17, "topic not exist") }),
			on(6, Inline, func(r *Request) {
				if r.Park(); cap(r.Cmd.Ext) > 0 {
					panic("a parked request holds the array of its fields")
				}
				held = r
			}),
		}, func() {
			if held != nil {
				held.Reply(h, nil)
				held = nil
			}
		}
}

// From the bytes of a frame to the bytes in the outbox nothing is allocated.
func TestHotRequestsAllocateNothing(t *testing.T) {
	routes, answerHeld := hot()
	rt := newTestRouter(t, Options{}, routes...)
	p := &sink{}
	for _, s := range []wire.Serialization{wire.JSON, wire.Binary} {
		for code := range int32(6) {
			for _, flag := range []int32{0, wire.FlagOneway} {
				frame := requestFrame(t, code+1, 1, flag, s, "some text", "body")
				got := testing.AllocsPerRun(1000, func() {
					if err := rt.Frame(p, frame); err != nil {
						t.Fatal(err)
					}
					answerHeld()
				})
				if got != 0 {
					t.Errorf("%v, code %d, flag %d: %v allocations, want 0", s, code+1, flag, got)
				}
			}
		}
	}
	if p.bytes == 0 {
		t.Error("nothing was answered")
	}
}

func TestPoolAllocatesNothing(t *testing.T) {
	pool := NewPool("test", 1, 10)
	done := make(chan struct{}, 1)
	h := &note{Text: "offset"}
	rt := newTestRouter(t, Options{}, on(1, pool, func(r *Request) {
		r.Reply(h, nil)
		done <- struct{}{}
	}))
	p := &sink{}
	frame := requestFrame(t, 1, 1, 0, wire.JSON, "some text", "body")
	// AllocsPerRun rounds down: a collection may empty the pools once in a thousand.
	if got := testing.AllocsPerRun(1000, func() {
		_ = rt.Frame(p, frame)
		<-done
	}); got != 0 {
		t.Errorf("%v allocations, want 0", got)
	}
	stopPool(t, pool)
}
