package remoting

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

func TestHandlersThatDoNotAnswer(t *testing.T) {
	buffers := netio.LiveBuffers()
	rt := newTestRouter(t, Options{}, on(1, Inline, func(*Request) {}))
	p := newPeer()
	give(t, rt, p, requestFrame(t, 1, 3, 0, wire.JSON, "", ""))
	if a := p.answer(t); a.Code != protocol.SystemError || string(a.Remark) != "not set any response code" {
		t.Errorf("code %d, remark %q", a.Code, a.Remark)
	}
	give(t, rt, p, requestFrame(t, 1, 3, wire.FlagOneway, wire.JSON, "", ""))
	p.silent(t)
	if got := rt.Stats.Unanswered.Load(); got != 1 {
		t.Errorf("%d unanswered, want 1", got)
	}
	idle(t, rt, buffers)
}

func TestOnewayIsNeverAnswered(t *testing.T) {
	rt := newTestRouter(t, Options{},
		on(1, Inline, func(r *Request) { r.Reply(&note{}, []byte("x")) }),
		on(2, Inline, func(r *Request) { r.ReplyBody(0, "", nil, bytesBody("x")) }),
		on(3, Inline, func(r *Request) { r.FailErr(errors.New("bad")) }),
		on(4, Inline, func(*Request) { panic("boom") }),
	)
	p := newPeer()
	p.congested = true
	give(t, rt, p, requestFrame(t, 1, 3, wire.FlagOneway, wire.JSON, "", ""))
	p.congested = false
	for code := range int32(6) {
		give(t, rt, p, requestFrame(t, code, 3, wire.FlagOneway, wire.Binary, "", ""))
	}
	p.silent(t)
}

func TestFailErr(t *testing.T) {
	for _, c := range []struct {
		err    error
		code   int32
		remark string
	}{
		{Errorf(17, "topic[%s] not exist", "x"), 17, "topic[x] not exist"},
		{fmt.Errorf("checking: %w", &Error{Code: 16, Remark: "no"}), 16, "no"},
		{fmt.Errorf("%w: topic", wire.ErrMissingField), protocol.SystemError, "wire: required field is missing: topic"},
		{errors.New("disk on fire"), protocol.SystemError, "disk on fire"},
	} {
		rt := newTestRouter(t, Options{}, on(1, Inline, func(r *Request) { r.FailErr(c.err) }))
		p := newPeer()
		give(t, rt, p, requestFrame(t, 1, 3, 0, wire.JSON, "", ""))
		if a := p.answer(t); a.Code != c.code || string(a.Remark) != c.remark {
			t.Errorf("%v: code %d, remark %q", c.err, a.Code, a.Remark)
		}
	}
}

// bytesBody is a Body; wrongBody lies about its length.
type bytesBody string

func (b bytesBody) Len() int                   { return len(b) }
func (b bytesBody) AppendTo(dst []byte) []byte { return append(dst, b...) }

type wrongBody struct{ bytesBody }

func (b wrongBody) Len() int { return len(b.bytesBody) + 1 }

func TestReplyBody(t *testing.T) {
	buffers := netio.LiveBuffers()
	rt := newTestRouter(t, Options{},
		on(1, Inline, func(r *Request) { r.ReplyBody(0, "", &note{Text: "h"}, bytesBody(strings.Repeat("z", 100_000))) }),
		on(2, Inline, func(r *Request) { r.ReplyBody(0, "", nil, wrongBody{"abc"}) }),
	)
	p := newPeer()
	give(t, rt, p, requestFrame(t, 1, 3, 0, wire.Binary, "", ""))
	if a := p.answer(t); string(a.Body) != strings.Repeat("z", 100_000) || len(a.Ext) != 2 {
		t.Errorf("body of %d bytes, %d fields", len(a.Body), len(a.Ext))
	}
	give(t, rt, p, requestFrame(t, 2, 3, 0, wire.Binary, "", ""))
	p.silent(t)
	if p.closed == "" {
		t.Error("the connection was left open after a body of a wrong length")
	}
	if got := rt.Stats.Unsent.Load(); got != 1 {
		t.Errorf("%d answers counted as unsent, want 1", got)
	}
	idle(t, rt, buffers)
}

// A header that no frame can carry is answered as an error; the peer must not wait for nothing.
func TestUnencodableAnswer(t *testing.T) {
	buffers := netio.LiveBuffers()
	long := wire.Pair{Key: []byte(strings.Repeat("k", 40_000)), Value: []byte("v")}
	rt := newTestRouter(t, Options{},
		on(1, Inline, func(r *Request) { r.Reply(longKey(long.Key), []byte("body")) }),
		on(2, Inline, func(r *Request) { r.ReplyBody(0, "", longKey(long.Key), bytesBody("body")) }))
	p := newPeer()
	for code := range int32(2) {
		give(t, rt, p, requestFrame(t, code+1, 3, 0, wire.Binary, "", ""))
		if a := p.answer(t); a.Code != protocol.SystemError || len(a.Body) != 0 || a.Opaque != 3 {
			t.Errorf("code %d with %d bytes of body", a.Code, len(a.Body))
		}
	}
	idle(t, rt, buffers)
}

type longKey string

func (k longKey) Fields(f *wire.Fields) {
	v := "v"
	f.String(string(k), &v, wire.Required)
}

func TestDetachedAnswersFromOtherGoroutines(t *testing.T) {
	const n = 500
	buffers := netio.LiveBuffers()
	held := make(chan *Request, n)
	rt := newTestRouter(t, Options{}, on(1, Inline, func(r *Request) {
		r.Detach()
		held <- r
	}))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for r := range held {
				r.Reply(&note{Count: int64(r.Cmd.Opaque)}, nil)
			}
		})
	}
	p := newPeer()
	for i := range int32(n) {
		give(t, rt, p, requestFrame(t, 1, i, 0, wire.JSON, "", "body"))
	}
	close(held)
	wg.Wait()
	seen := map[int32]bool{}
	for range n {
		a := p.answer(t)
		if count, _ := a.Lookup("count"); string(count) != fmt.Sprint(a.Opaque) || seen[a.Opaque] {
			t.Fatalf("answer to %d says %s, seen before: %v", a.Opaque, count, seen[a.Opaque])
		}
		seen[a.Opaque] = true
	}
	idle(t, rt, buffers)
}

func TestAnswerAfterThePeerIsGone(t *testing.T) {
	buffers := netio.LiveBuffers()
	var held *Request
	rt := newTestRouter(t, Options{}, on(1, Inline, func(r *Request) { r.Detach(); held = r }))
	p := newPeer()
	give(t, rt, p, requestFrame(t, 1, 1, 0, wire.JSON, "", ""))
	p.broken = netio.ErrClosed
	held.Reply(nil, make([]byte, 10_000))
	if got := rt.Stats.Unsent.Load(); got != 1 {
		t.Errorf("%d unsent, want 1", got)
	}
	idle(t, rt, buffers)
}

func TestHandlerPanics(t *testing.T) {
	buffers := netio.LiveBuffers()
	var kept *Request
	pool := NewPool("test", 1, 10)
	rt := newTestRouter(t, Options{},
		on(1, Inline, func(*Request) { panic("boom") }),
		on(2, pool, func(r *Request) { _ = r.Cmd.Ext[len(r.Cmd.Ext)] }),
		on(3, Inline, func(r *Request) { r.Reply(nil, nil); panic("after the answer") }),
		on(4, Inline, func(r *Request) { r.Detach(); kept = r; panic("after detaching") }),
	)
	for code := range int32(4) {
		p := newPeer()
		give(t, rt, p, requestFrame(t, code+1, 9, 0, wire.JSON, "", "body"))
		a := p.answer(t)
		if want := code != 2; (a.Code == protocol.SystemError) != want || a.Opaque != 9 {
			t.Errorf("code %d: answer %d, %q", code+1, a.Code, a.Remark)
		}
		p.silent(t)
	}
	stopPool(t, pool)
	if got := rt.Stats.Panics.Load(); got != 4 {
		t.Errorf("%d panics, want 4", got)
	}
	if kept.flags.Load()&dropped == 0 {
		t.Error("a request that others may hold would be used again")
	}
	idle(t, rt, buffers)
}

func TestPanicSitesAreLoggedOnce(t *testing.T) {
	var sites panicSites
	site := func() (pc uintptr) {
		defer func() { recover(); pc = panicSite() }()
		panic("here")
	}
	other := func() (pc uintptr) {
		defer func() { recover(); pc = panicSite() }()
		var p *note
		p.Text = "nil"
		return 0
	}
	a, b := site(), site()
	first, line := sites.at(a)
	if again, same := sites.at(b); a == 0 || !first || again || same != line {
		t.Errorf("one place: %#x, %#x", a, b)
	}
	if first, _ := sites.at(other()); !first {
		t.Error("another place is taken for the first")
	}
	for pc := range uintptr(2 * maxSites) {
		sites.at(pc)
	}
	if first, line := sites.at(2 * maxSites); first || line != &sites.rest || len(sites.seen) != maxSites {
		t.Errorf("%d places, want %d; a further one is new: %v", len(sites.seen), maxSites, first)
	}
}

// A peer that makes a handler panic again and again fills the log with a stack and a line.
func TestPanicsDoNotFloodTheLog(t *testing.T) {
	var log bytes.Buffer
	rt := newTestRouter(t, Options{Log: slog.New(slog.NewTextHandler(&log, nil))}, on(1, Inline, func(*Request) { panic("boom") }))
	p := newPeer()
	for range 1000 {
		give(t, rt, p, requestFrame(t, 1, 9, 0, wire.JSON, "", ""))
		p.answer(t)
	}
	if stacks, lines := strings.Count(log.String(), "stack="), strings.Count(log.String(), "\n"); stacks != 1 || lines != 2 {
		t.Errorf("%d stacks in %d lines, want 1 in 2:\n%.2000s", stacks, lines, log.String())
	}
}

func TestTypedHandlers(t *testing.T) {
	rt := newTestRouter(t, Options{},
		on(1, Inline, Typed(func(r *Request, n *note) (Reply, error) {
			if n.Text == "bad" {
				return Reply{}, Errorf(29, "bad text")
			}
			return Reply{Code: 19, Remark: "fine", Header: n, Body: r.Cmd.Body}, nil
		})),
		on(2, Inline, Plain(func(*Request) (Reply, error) { return Reply{}, nil })),
		on(3, Inline, Plain(func(*Request) (Reply, error) { return Reply{}, Errorf(29, "no") })),
	)
	for _, c := range []struct {
		code       int32
		text, want string
	}{{1, "ok", "19 fine b"}, {1, "bad", "29 bad text "}, {2, "", "0  "}, {3, "", "29 no "}} {
		p := newPeer()
		give(t, rt, p, requestFrame(t, c.code, 1, 0, wire.JSON, c.text, "b"))
		a := p.answer(t)
		if got := fmt.Sprintf("%d %s %s", a.Code, a.Remark, a.Body); got != c.want {
			t.Errorf("%d %s: answer %q, want %q", c.code, c.text, got, c.want)
		}
	}
	p := newPeer()
	bare, _ := wire.AppendCommand(nil, &wire.Command{Code: 1, Opaque: 1})
	give(t, rt, p, bare)
	if a := p.answer(t); a.Code != protocol.SystemError || !strings.Contains(string(a.Remark), "text") {
		t.Errorf("missing field: code %d, remark %q", a.Code, a.Remark)
	}
}

func stopPool(t testing.TB, p *Pool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := p.Stop(ctx); err != nil {
		t.Errorf("Stop of pool %s: %v", p.Name(), err)
	}
}
