package remoting

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

func echoText(r *Request) {
	text, _ := r.Cmd.Lookup("text")
	r.Reply(&note{Text: string(text)}, r.Cmd.Body)
}

// On a pool the handler sees the request as it was, although the connection reuses its bytes.
func TestPoolOwnsItsFrames(t *testing.T) {
	buffers := netio.LiveBuffers()
	pool := NewPool("test", 2, 1000)
	rt := newTestRouter(t, Options{}, on(1, pool, echoText))
	p := newPeer()
	for i := range int32(300) {
		give(t, rt, p, requestFrame(t, 1, i, 0, wire.Serialization(i%2), "escaped \" text", strings.Repeat("b", int(i))))
	}
	for range 300 {
		a := p.answer(t)
		text, _ := a.Lookup("text")
		if string(text) != "escaped \" text" || string(a.Body) != strings.Repeat("b", int(a.Opaque)) {
			t.Fatalf("answer to %d: %q and %d bytes", a.Opaque, text, len(a.Body))
		}
	}
	stopPool(t, pool)
	idle(t, rt, buffers)
}

func TestFullPoolRefuses(t *testing.T) {
	buffers := netio.LiveBuffers()
	gate := make(chan struct{})
	running := make(chan struct{}, 10)
	pool := NewPool("sends", 1, 2)
	rt := newTestRouter(t, Options{}, on(1, pool, func(r *Request) {
		running <- struct{}{}
		<-gate
		echoText(r)
	}))
	p := newPeer()
	give(t, rt, p, requestFrame(t, 1, 1, 0, wire.JSON, "x", ""))
	<-running
	for i := range int32(3) {
		give(t, rt, p, requestFrame(t, 1, 2+i, 0, wire.JSON, "x", ""))
	}
	a := p.answer(t)
	if a.Code != protocol.SystemBusy || string(a.Remark) != remarkOverload+", queue of pool sends is full" || a.Opaque != 4 {
		t.Errorf("code %d, remark %q to %d", a.Code, a.Remark, a.Opaque)
	}
	if got := pool.Queued(); got != 2 {
		t.Errorf("%d queued, want 2", got)
	}
	if got := pool.HeadWait(); got <= 0 {
		t.Errorf("the next one waits %v, want some time", got)
	}
	if got := rt.Stats.InFlight.Load(); got != 3 {
		t.Errorf("%d in flight, want 3", got)
	}
	close(gate)
	for range 3 {
		if a := p.answer(t); a.Code != 0 {
			t.Errorf("code %d to %d, want 0", a.Code, a.Opaque)
		}
	}
	stopPool(t, pool)
	if got := pool.HeadWait(); got != 0 {
		t.Errorf("without any the next one waits %v", got)
	}
	idle(t, rt, buffers)
}

// What the next request has waited is counted from when it came, however often the queue was full.
func TestHeadWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c clocked
		c.begin(2)
		want := func(seconds time.Duration) {
			t.Helper()
			if got := c.wait(); got != seconds*time.Second {
				t.Errorf("waits %v, want %d s", got, seconds)
			}
		}
		for range 3 {
			want(0)
			c.in()
			<-time.After(2 * time.Second)
			c.in()
			<-time.After(time.Second)
			want(3)
			c.out()
			want(1)
			c.out()
		}
		want(0)
		c.entered.Add(1) // in, before its time is noted
		want(0)
	})
}

// An inline handler that would block goes on in a pool: the same one, or another.
func TestResubmit(t *testing.T) {
	buffers := netio.LiveBuffers()
	pool := NewPool("blocking", 1, 10)
	var visits atomic.Int64
	rt := newTestRouter(t, Options{},
		on(1, Inline, func(r *Request) {
			if visits.Add(1) == 1 {
				r.Resubmit(pool)
				return
			}
			echoText(r)
		}),
		on(2, Inline, func(r *Request) { r.ResubmitTo(pool, echoText) }),
		on(3, pool, func(r *Request) { r.ResubmitTo(pool, echoText) }),
	)
	p := newPeer()
	for code := range int32(3) {
		give(t, rt, p, requestFrame(t, code+1, 7, 0, wire.JSON, "moved", "body"))
		a := p.answer(t)
		text, _ := a.Lookup("text")
		if a.Code != 0 || string(text) != "moved" || string(a.Body) != "body" {
			t.Errorf("code %d: answer %d, %q, %q", code+1, a.Code, text, a.Body)
		}
	}
	if got := visits.Load(); got != 2 {
		t.Errorf("handler ran %d times, want 2", got)
	}
	stopPool(t, pool)
	give(t, rt, p, requestFrame(t, 2, 7, 0, wire.JSON, "moved", "body"))
	if a := p.answer(t); a.Code != protocol.SystemBusy {
		t.Errorf("code %d after the pool stopped, want busy", a.Code)
	}
	idle(t, rt, buffers)
}

// Stop answers all that was taken, whoever submits at the same time.
func TestPoolStopAnswersEverything(t *testing.T) {
	buffers := netio.LiveBuffers()
	for range 20 {
		pool := NewPool("test", 2, 16)
		rt := newTestRouter(t, Options{}, on(1, pool, echoText))
		const senders, each = 4, 20
		peers := make([]*testPeer, senders)
		var wg sync.WaitGroup
		for i := range senders {
			peers[i] = newPeer()
			wg.Go(func() {
				for k := range int32(each) {
					give(t, rt, peers[i], requestFrame(t, 1, k, 0, wire.JSON, "x", ""))
				}
			})
		}
		stopPool(t, pool)
		wg.Wait()
		for i, p := range peers {
			if got := len(p.frames); got != each {
				t.Fatalf("sender %d got %d answers, want %d", i, got, each)
			}
		}
		idle(t, rt, buffers)
	}
}

func TestPoolStopHasADeadline(t *testing.T) {
	gate, running := make(chan struct{}), make(chan struct{})
	pool := NewPool("test", 1, 1)
	rt := newTestRouter(t, Options{}, on(1, pool, func(r *Request) {
		close(running)
		<-gate
		r.Reply(nil, nil)
	}))
	p := newPeer()
	give(t, rt, p, requestFrame(t, 1, 1, 0, wire.JSON, "", ""))
	<-running
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if err := pool.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Stop: %v, want the deadline", err)
	}
	close(gate)
	p.answer(t)
	stopPool(t, pool)
}

// What is queued behind a busy worker when Stop comes is run, not dropped.
func TestPoolStopRunsWhatIsQueued(t *testing.T) {
	gate, running := make(chan struct{}), make(chan struct{}, 100)
	pool := NewPool("test", 1, 50)
	rt := newTestRouter(t, Options{}, on(1, pool, func(r *Request) {
		running <- struct{}{}
		<-gate
		r.Reply(nil, nil)
	}))
	p := newPeer()
	for i := range int32(30) {
		give(t, rt, p, requestFrame(t, 1, i, 0, wire.JSON, "", ""))
	}
	<-running
	end := make(chan error)
	go func() { end <- pool.Stop(context.Background()) }()
	for !pool.stopped.Load() {
		runtime.Gosched()
	}
	close(gate)
	if err := <-end; err != nil {
		t.Fatal(err)
	}
	if got := len(p.frames); got != 30 {
		t.Errorf("%d answers, want 30", got)
	}
}

// A request that is parked by a pool is no work any more; one that is detached is.
func TestParkedRequestsAreNotInFlight(t *testing.T) {
	pool := NewPool("test", 1, 10)
	held := make(chan *Request, 2)
	rt := newTestRouter(t, Options{},
		on(1, pool, func(r *Request) { r.Park(); held <- r }),
		on(2, pool, func(r *Request) { r.Detach(); held <- r }))
	p := newPeer()
	var all []*Request
	for i, want := range []int64{0, 1} {
		give(t, rt, p, requestFrame(t, int32(i+1), 1, 0, wire.JSON, "", ""))
		all = append(all, <-held)
		if got := rt.Stats.InFlight.Load(); got != want {
			t.Errorf("%d in flight after request %d, want %d", got, i+1, want)
		}
	}
	for _, r := range all {
		r.Reply(nil, nil)
	}
	stopPool(t, pool)
	if got := rt.Stats.InFlight.Load(); got != 0 {
		t.Errorf("%d in flight at the end, want 0", got)
	}
}
