package remoting

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/compat/mqversion"
	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

func TestNewRouterChecksRows(t *testing.T) {
	ok := func(*Request) {}
	for name, rows := range map[string][]Route{
		"two of a code":        {on(10, Inline, ok), on(10, Inline, ok)},
		"two of a large code":  {on(200050, Inline, ok), on(200050, Inline, ok)},
		"two of a negative":    {on(-1, Inline, ok), on(-1, Inline, ok)},
		"no handler":           {{Code: 1, Run: Inline, Access: Open}},
		"no runner":            {{Code: 1, Access: Open, Handle: ok}},
		"no access":            {{Code: 1, Run: Inline, Handle: ok}},
		"action without names": {{Code: 1, Run: Inline, Handle: ok, Access: Access{Action: ActionPub}}},
	} {
		if _, err := NewRouter(rows, Options{}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestAnswerEchoesTheRequest(t *testing.T) {
	rt := newTestRouter(t, Options{}, on(7, Inline, func(r *Request) {
		text, _ := r.Cmd.Lookup("text")
		r.Reply(&note{Text: string(text), Count: 5}, r.Cmd.Body)
	}), on(200_000, Inline, func(r *Request) { r.ReplyCode(19, "nothing", &plainNote{Text: "p"}, nil) }))
	for _, s := range []wire.Serialization{wire.JSON, wire.Binary} {
		p := newPeer()
		body := strings.Repeat("b", 5000*int(s))
		give(t, rt, p, requestFrame(t, 7, 12345, 0, s, "täxt\"", body))
		a := p.answer(t)
		if a.Code != 0 || a.Opaque != 12345 || a.Flag != wire.FlagResponse || a.Serialization != s || a.HasRemark {
			t.Errorf("%v: answer %+v", s, a)
		}
		if a.Language != wire.Go || a.Version != mqversion.Current {
			t.Errorf("%v: answer of language %v, version %d", s, a.Language, a.Version)
		}
		text, _ := a.Lookup("text")
		count, _ := a.Lookup("count")
		if string(text) != "täxt\"" || string(count) != "5" || string(a.Body) != body {
			t.Errorf("%v: answer says %q, %q and %d bytes", s, text, count, len(a.Body))
		}
	}
	p := newPeer()
	give(t, rt, p, requestFrame(t, 200_000, 1, 0, wire.JSON, "", ""))
	if a := p.answer(t); a.Code != 19 || string(a.Remark) != "nothing" || len(a.Ext) != 1 {
		t.Errorf("answer %+v", a)
	}
}

// Every request that Java clients sent is taken; an empty router answers 3 in Java's words, and never a
// oneway request.
func TestGoldenRequestsToAnEmptyRouter(t *testing.T) {
	rt := newTestRouter(t, Options{})
	seen := 0
	for _, f := range golden.Frames(t) {
		p := newPeer()
		if err := rt.Frame(p, f.Request); err != nil {
			t.Errorf("%s: %v", f.ReqFile, err)
			continue
		}
		if f.Flag&int(wire.FlagOneway) != 0 {
			p.silent(t)
			continue
		}
		seen++
		a := p.answer(t)
		// Binary frames carry the low 16 bits of a code.
		var req wire.Command
		if err := wire.Decode(f.Request, &req); err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf(" request type %d not supported", req.Code)
		if a.Code != protocol.RequestCodeNotSupported || string(a.Remark) != want || a.Opaque != int32(f.Opaque) {
			t.Errorf("%s: code %d, remark %q, opaque %d", f.ReqFile, a.Code, a.Remark, a.Opaque)
		}
		if a.Serialization != req.Serialization || !a.IsResponse() {
			t.Errorf("%s: serialisation %v, flag %d", f.ReqFile, a.Serialization, a.Flag)
		}
	}
	if seen < 500 {
		t.Errorf("only %d requests were checked", seen)
	}
}

// Answers of Java servers find nobody waiting, and are no requests.
func TestGoldenResponsesAreNotAnswered(t *testing.T) {
	rt := newTestRouter(t, Options{})
	n := int64(0)
	for _, f := range golden.Frames(t) {
		if f.Response == nil {
			continue
		}
		n++
		p := newPeer()
		if err := rt.Frame(p, f.Response); err != nil {
			t.Errorf("%s: %v", f.RespFile, err)
		}
		p.silent(t)
	}
	if got := rt.Stats.Stray.Load(); got != n {
		t.Errorf("%d stray answers, want %d", got, n)
	}
}

func TestUndecodableHeaderIsAnError(t *testing.T) {
	rt := newTestRouter(t, Options{})
	frame := []byte{0, 0, 0, 10, 0, 0, 0, 6, '{', '"', 'x', '"', ':', '}'}
	p := newPeer()
	if err := rt.Frame(p, frame); !errors.Is(err, wire.ErrHeader) {
		t.Errorf("Frame: %v, want ErrHeader", err)
	}
	p.silent(t)
	if got := rt.Stats.Malformed.Load(); got != 1 {
		t.Errorf("%d malformed, want 1", got)
	}
}

func TestFramesOverALimitAreCounted(t *testing.T) {
	rt := newTestRouter(t, Options{Frames: wire.Limits{MaxFields: 2, MaxDepth: 1}})
	p := newPeer()
	for limit, header := range map[FrameLimit]string{
		HeaderFields: `{"code":1,"extFields":{"a":"1","b":"2","c":"3"}}`,
		HeaderDepth:  `{"code":1,"x":[[1]]}`,
	} {
		frame := binary.BigEndian.AppendUint32(nil, uint32(4+len(header)))
		frame = append(binary.BigEndian.AppendUint32(frame, uint32(len(header))), header...)
		if err := rt.Frame(p, frame); !errors.Is(err, frameLimitErrors[limit]) || !errors.Is(err, wire.ErrHeader) {
			t.Errorf("%v: %v, want %v", limit, err, frameLimitErrors[limit])
		}
		p.silent(t)
	}
	rt.Stats.OverLimit(fmt.Errorf("%w: here", wire.ErrFrameLength))
	rt.Stats.OverLimit(fmt.Errorf("%w: here", wire.ErrHeader))
	for limit, want := range [frameLimits]int64{FrameLength: 1, HeaderFields: 1, HeaderDepth: 1} {
		if got := rt.Stats.Frames[limit].Load(); got != want {
			t.Errorf("%v: %d, want %d", FrameLimit(limit), got, want)
		}
	}
}

func TestLimitsAreAnsweredBusy(t *testing.T) {
	var held []*Request
	rt := newTestRouter(t, Options{MaxInFlight: 2}, on(1, Inline, func(r *Request) {
		r.Detach()
		held = append(held, r)
	}), on(2, Inline, func(r *Request) { r.Reply(nil, nil) }), on(3, Inline, func(r *Request) {
		r.Park()
		held = append(held, r)
	}))
	p := newPeer()
	for range 5 {
		give(t, rt, p, requestFrame(t, 3, 1, 0, wire.JSON, "", "")) // parked ones do not count
	}
	for range 2 {
		give(t, rt, p, requestFrame(t, 1, 1, 0, wire.JSON, "", ""))
	}
	p.silent(t)
	busy := func() {
		t.Helper()
		give(t, rt, p, requestFrame(t, 2, 1, 0, wire.JSON, "", ""))
		a := p.answer(t)
		if a.Code != protocol.SystemBusy || !strings.HasPrefix(string(a.Remark), remarkOverload+", ") {
			t.Errorf("code %d, remark %q, want flow control and its cause", a.Code, a.Remark)
		}
	}
	busy()
	for _, r := range held {
		r.Reply(nil, nil)
		p.answer(t)
	}
	give(t, rt, p, requestFrame(t, 2, 1, 0, wire.JSON, "", ""))
	if a := p.answer(t); a.Code != 0 {
		t.Errorf("code %d after the load went, want 0", a.Code)
	}
	p.congested = true
	busy()
	p.congested = false
	rt.Stats.FrameBytes.Store(rt.options.MaxFrameBytes)
	busy()
	if got := rt.Stats.Refused.Load(); got != 3 {
		t.Errorf("%d refused, want 3", got)
	}
	for by, want := range map[Limit]int64{LimitInFlight: 1, LimitUnread: 1, LimitBytes: 1, LimitQueue: 0} {
		if got := rt.Stats.RefusedBy[by].Load(); got != want {
			t.Errorf("%d refused for %s, want %d", got, by, want)
		}
	}
}

// A header may be longer where it cannot hold up an event loop.
func TestHotHeadersAreHeldShort(t *testing.T) {
	pool := NewPool("admin", 1, 10)
	echo := func(r *Request) { r.ReplyCode(0, "handled", nil, nil) }
	rt := newTestRouter(t, Options{}, on(1, Inline, echo), on(2, pool, echo),
		on(3, Inline, func(r *Request) { r.ResubmitTo(pool, echo) }))
	defer stopPool(t, pool)
	p := newPeer()
	for _, s := range []wire.Serialization{wire.JSON, wire.Binary} {
		sized := func(code, flag int32, header int) []byte {
			bare := wire.HeaderLen(requestFrame(t, code, 5, flag, s, "", ""))
			f := requestFrame(t, code, 5, flag, s, strings.Repeat("x", header-bare), "body")
			if got := wire.HeaderLen(f); got != header {
				t.Fatalf("%v: made a header of %d bytes, want %d", s, got, header)
			}
			return f
		}
		for _, tt := range []struct {
			code   int32
			header int
			want   int32
			remark string
		}{
			{1, 256 << 10, protocol.Success, "handled"},
			{1, 256<<10 + 1, protocol.InvalidParameter, "header of 262145 bytes, at most 262144 for request type 1"},
			{3, 256<<10 + 1, protocol.InvalidParameter, "header of 262145 bytes, at most 262144 for request type 3"},
			{2, 1 << 20, protocol.Success, "handled"},
		} {
			give(t, rt, p, sized(tt.code, 0, tt.header))
			if a := p.answer(t); a.Code != tt.want || string(a.Remark) != tt.remark || a.Opaque != 5 {
				t.Errorf("%v: code %d, header of %d bytes: got %d %q to %d, want %d %q", s, tt.code, tt.header, a.Code, a.Remark,
					a.Opaque, tt.want, tt.remark)
			}
		}
		give(t, rt, p, sized(1, wire.FlagOneway, 1<<20))
		p.silent(t)
	}
	if got := rt.Stats.Oversized.Load(); got != 6 {
		t.Errorf("%d oversized, want 6", got)
	}
}

// guard is an Authorizer that allows one topic.
type guard struct{ asked []string }

func (g *guard) Authorize(r *Request, action Action, resources []Resource) error {
	for _, res := range resources {
		g.asked = append(g.asked, fmt.Sprint(action, " ", res.Kind, " ", res.Name))
		if res.Name != "mine" {
			return Errorf(protocol.NoPermission, "no permission on %s", res.Name)
		}
	}
	return nil
}

func TestAuthorizerIsAskedOnce(t *testing.T) {
	g := &guard{}
	handled := 0
	rt := newTestRouter(t, Options{Authorizer: g}, Route{Code: 1, Run: Inline,
		Access: Access{Action: ActionPub, Resources: Field(KindTopic, "missing", "text")},
		Handle: func(r *Request) { handled++; r.Reply(nil, nil) }})
	p := newPeer()
	for _, topic := range []string{"mine", "yours"} {
		give(t, rt, p, requestFrame(t, 1, 1, 0, wire.JSON, topic, ""))
	}
	if a := p.answer(t); a.Code != 0 {
		t.Errorf("code %d for an allowed topic", a.Code)
	}
	if a := p.answer(t); a.Code != protocol.NoPermission || string(a.Remark) != "no permission on yours" {
		t.Errorf("code %d, remark %q for a forbidden topic", a.Code, a.Remark)
	}
	if got, want := fmt.Sprint(g.asked), "[1 2 mine 1 2 yours]"; got != want {
		t.Errorf("asked %s, want %s", got, want)
	}
	if handled != 1 || rt.Stats.Denied.Load() != 1 {
		t.Errorf("%d handled, %d denied, want 1 and 1", handled, rt.Stats.Denied.Load())
	}
}

// FuzzFrame: nothing that a peer sends makes the router panic, leak or answer twice.
func FuzzFrame(f *testing.F) {
	f.Add(requestFrame(f, 1, 7, 0, wire.JSON, "x", "body"))
	f.Add(requestFrame(f, 1, 7, wire.FlagOneway, wire.Binary, "x", "body"))
	f.Add(requestFrame(f, 99, 7, 0, wire.Binary, "x", ""))
	f.Fuzz(func(t *testing.T, frame []byte) {
		rt := newTestRouter(t, Options{}, on(1, Inline, Typed(func(_ *Request, n *note) (Reply, error) {
			return Reply{Header: n}, nil
		})))
		p := newPeer()
		err := rt.Frame(p, frame)
		if n := len(p.frames); n > 1 || err != nil && n > 0 {
			t.Errorf("%d answers, error %v", n, err)
		}
		if got := rt.Stats.Panics.Load() + rt.Stats.Twice.Load(); got != 0 {
			t.Errorf("%d panics and second answers", got)
		}
	})
}
