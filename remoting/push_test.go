package remoting

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/wire"
)

func TestPushIsOneway(t *testing.T) {
	rt := newTestRouter(t, Options{})
	p := newPeer()
	m := &Message{Code: 40, Header: &plainNote{Text: "group"}, Ext: []wire.Pair{{Key: []byte("more"), Value: []byte("v")}}, Body: []byte("b")}
	if err := rt.Push(p, m); err != nil {
		t.Fatal(err)
	}
	a := p.answer(t)
	text, _ := a.Lookup("text")
	more, _ := a.Lookup("more")
	if a.Code != 40 || a.Flag != wire.FlagOneway || string(text) != "group" || string(more) != "v" || string(a.Body) != "b" {
		t.Errorf("pushed %+v", a)
	}
	if err := rt.Push(p, &Message{Code: 40, Ext: []wire.Pair{{Key: bytes.Repeat([]byte("k"), 1<<24)}}}); !errors.Is(err, wire.ErrUnencodable) {
		t.Errorf("a header too long: %v, want ErrUnencodable", err)
	}
	p.broken = netio.ErrClosed
	if err := rt.Push(p, m); !errors.Is(err, netio.ErrClosed) {
		t.Errorf("to a closed peer: %v, want ErrClosed", err)
	}
}

// answerTo is the frame of a client that answers.
func answerTo(t testing.TB, opaque int32, body string) []byte {
	t.Helper()
	frame, err := wire.AppendCommand(nil, &wire.Command{Opaque: opaque, Flag: wire.FlagResponse, Body: []byte(body)})
	if err != nil {
		t.Fatal(err)
	}
	return frame
}

func TestCallsMeetTheirAnswers(t *testing.T) {
	rt := newTestRouter(t, Options{})
	peers := []*testPeer{newPeer(), newPeer()}
	peers[1].id = 2
	var wg sync.WaitGroup
	for i, p := range peers {
		for k := range 10 {
			wg.Go(func() {
				want := fmt.Sprint(i, k)
				a, err := rt.Call(context.Background(), p, &Message{Code: 307, Body: []byte(want)})
				if err != nil || string(a.Body) != want {
					t.Errorf("call %s: %v, %v", want, a, err)
				}
			})
		}
		wg.Go(func() {
			for range 10 {
				a := p.answer(t)
				frame := answerTo(t, a.Opaque, string(a.Body))
				give(t, rt, p, frame)
			}
		})
	}
	wg.Wait()
	if n := len(rt.calls.peers); n != 0 {
		t.Errorf("%d peers left in the table, want 0", n)
	}
}

func TestCallsThatFail(t *testing.T) {
	rt := newTestRouter(t, Options{MaxCalls: 1})
	p := newPeer()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := rt.Call(ctx, p, &Message{Code: 307}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no answer: %v, want the deadline", err)
	}
	late := p.answer(t)
	give(t, rt, p, answerTo(t, late.Opaque, "late"))
	if got := rt.Stats.Stray.Load(); got != 1 {
		t.Errorf("%d stray answers, want 1", got)
	}

	end := make(chan error, 1)
	go func() {
		_, err := rt.Call(context.Background(), p, &Message{Code: 307})
		end <- err
	}()
	p.answer(t)
	if _, err := rt.Call(context.Background(), p, &Message{Code: 307}); !errors.Is(err, ErrTooManyCalls) {
		t.Errorf("over the limit: %v, want ErrTooManyCalls", err)
	}
	rt.Closed(p)
	if err := <-end; !errors.Is(err, ErrPeerGone) {
		t.Errorf("peer gone: %v, want ErrPeerGone", err)
	}
	p.broken = netio.ErrClosed
	if _, err := rt.Call(context.Background(), p, &Message{Code: 307}); !errors.Is(err, netio.ErrClosed) {
		t.Errorf("to a closed peer: %v, want ErrClosed", err)
	}
	if n := len(rt.calls.peers); n != 0 {
		t.Errorf("%d peers left in the table, want 0", n)
	}
}

func TestCallsSkipOpaquesThatWait(t *testing.T) {
	var c Calls
	done := func(*wire.Command, []byte, error) {}
	first, err := c.Begin(0, done)
	if err != nil {
		t.Fatal(err)
	}
	c.next = first - 1
	second, err := c.Begin(0, done)
	if err != nil || second == first {
		t.Errorf("opaques %d and %d, %v", first, second, err)
	}
	if !c.Forget(first) || c.Forget(first) {
		t.Error("Forget does not tell whether the call waited")
	}
	c.Fail(ErrPeerGone)
	if _, err := c.Begin(0, done); !errors.Is(err, ErrPeerGone) {
		t.Errorf("Begin after Fail: %v, want ErrPeerGone", err)
	}
}
