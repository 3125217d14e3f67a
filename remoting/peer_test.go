package remoting

import (
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/wire"
)

// testPeer keeps what was written to it.
type testPeer struct {
	id        uint64
	congested bool

	mu     sync.Mutex
	frames [][]byte
	closed string
	broken error
	arrive chan struct{}
}

func newPeer() *testPeer { return &testPeer{id: 1, arrive: make(chan struct{}, 1000)} }

func (p *testPeer) ID() uint64                 { return p.id }
func (p *testPeer) RemoteAddr() netip.AddrPort { return netip.MustParseAddrPort("10.0.0.1:5000") }
func (p *testPeer) Congested() bool            { return p.congested }

func (p *testPeer) Write(frame []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken != nil {
		return p.broken
	}
	p.frames = append(p.frames, append([]byte(nil), frame...))
	p.arrive <- struct{}{}
	return nil
}

func (p *testPeer) WriteBuffer(b *netio.Buffer) error {
	defer b.Release()
	return p.Write(b.B)
}

func (p *testPeer) Close(reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = reason
}

// answer is the next frame that was written, decoded. It waits for one.
func (p *testPeer) answer(t testing.TB) *wire.Command {
	t.Helper()
	select {
	case <-p.arrive:
	case <-time.After(5 * time.Second):
		t.Fatal("no answer")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	c := new(wire.Command)
	if err := wire.Decode(p.frames[0], c); err != nil {
		t.Fatalf("answer does not decode: %v", err)
	}
	p.frames = p.frames[1:]
	return c
}

// silent fails the test if something was written.
func (p *testPeer) silent(t testing.TB) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.frames) != 0 {
		t.Errorf("%d frames were written, want none", len(p.frames))
	}
}

// note is a header for tests; it encodes itself, as hot headers do.
type note struct {
	Text  string
	Count int64
}

func (n *note) Fields(f *wire.Fields) {
	f.String("text", &n.Text, wire.Required)
	f.Int64("count", &n.Count, wire.Optional)
}

func (n *note) EncodeTo(e *wire.Encoder) {
	e.String("text", n.Text)
	e.Int64("count", n.Count)
}

// plainNote has no encoder of its own and is visited.
type plainNote struct{ Text string }

func (n *plainNote) Fields(f *wire.Fields) { f.String("text", &n.Text, wire.Required) }

// requestFrame is a request with a note header.
func requestFrame(t testing.TB, code, opaque, flag int32, s wire.Serialization, text, body string) []byte {
	t.Helper()
	c := wire.Command{Code: code, Language: wire.Java, Version: 401, Opaque: opaque, Flag: flag, Serialization: s,
		Ext: []wire.Pair{{Key: []byte("text"), Value: []byte(text)}}, Body: []byte(body)}
	frame, err := wire.AppendCommand(nil, &c)
	if err != nil {
		t.Fatal(err)
	}
	return frame
}

// on is a route that is open to all.
func on(code int32, run Runner, handle func(*Request)) Route {
	return Route{Code: code, Run: run, Access: Open, Handle: handle}
}

func newTestRouter(t testing.TB, o Options, routes ...Route) *Router {
	t.Helper()
	rt, err := NewRouter(routes, o)
	if err != nil {
		t.Fatal(err)
	}
	return rt
}

// give feeds one request frame.
func give(t testing.TB, rt *Router, p Peer, frame []byte) {
	t.Helper()
	if err := rt.Frame(p, frame); err != nil {
		t.Fatalf("Frame: %v", err)
	}
	clear(frame) // as the loop's next read would
}

// idle checks that nothing is left under way or leaked.
func idle(t testing.TB, rt *Router, buffers int64) {
	t.Helper()
	if got := rt.Stats.InFlight.Load(); got != 0 {
		t.Errorf("%d requests in flight, want 0", got)
	}
	if got := rt.Stats.FrameBytes.Load(); got != 0 {
		t.Errorf("%d bytes of frames held, want 0", got)
	}
	if got := netio.LiveBuffers(); got != buffers {
		t.Errorf("%d buffers alive, want %d", got, buffers)
	}
}
