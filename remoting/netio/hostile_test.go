package netio

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// others is a connection that must work whatever happens on another one.
type others struct {
	t testing.TB
	c io.ReadWriter
}

func (o others) served() {
	o.t.Helper()
	f := frameOf([]byte("still here"))
	send(o.t, o.c, f)
	expect(o.t, o.c, f)
}

func TestHTTPIsToldWhereItIs(t *testing.T) {
	e := start(t, Config{Handler: &testHandler{
		opened: func(*Conn) { t.Error("HTTP reached the Handler") },
	}, Speaks: "test frames"})
	for _, request := range []string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /api HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
		"HEAD / HTTP/1.0\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	} {
		for _, step := range []int{1, len(request)} {
			c := dial(t, e)
			for at := 0; at < 6; at += step {
				send(t, c, []byte(request[at:min(at+step, 6)]))
			}
			answer := make([]byte, 12)
			if _, err := io.ReadFull(c, answer); err != nil || string(answer) != "HTTP/1.1 400" {
				t.Fatalf("%.5s in steps of %d: answer %q, %v; want a 400", request, step, answer, err)
			}
			// More input must not make the system throw the rest of the answer away.
			_, _ = c.Write([]byte(request[6:]))
			rest := expectEnd(t, c)
			if !strings.Contains(string(rest), "speaks test frames") {
				t.Errorf("%.5s: answer does not name the protocol: %q", request, rest)
			}
			c.Close()
		}
	}
	eventually(t, "all were counted", func() bool { return e.Metrics().Closed[ByHTTP].Load() == 8 })
}

func TestTLSGreetingWithTLSOff(t *testing.T) {
	e := start(t, Config{Handler: &testHandler{frame: echo}})
	other := others{t, dial(t, e)}
	c := dial(t, e)
	send(t, c, []byte{0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc})
	if got := expectEnd(t, c); len(got) != 0 {
		t.Errorf("got %q, want nothing", got)
	}
	eventually(t, "counted", func() bool { return e.Metrics().Closed[ByTLS].Load() == 1 })
	other.served()
}

func TestGarbage(t *testing.T) {
	ends := newEnds()
	e := start(t, Config{Handler: &testHandler{frame: echo, closed: ends.closed}})
	other := others{t, dial(t, e)}
	other.served()
	rng := rand.New(rand.NewPCG(7, 7))
	for _, first := range []string{"\xff\xff\xff\xff", "\x80\x00\x00\x00", "*1\r\n$4\r\nPING\r\n", "SSH-2.0-x\r\n", "GETX", "POSTAL"} {
		c := dial(t, e)
		junk := make([]byte, 4096)
		for i := range junk {
			junk[i] = byte(rng.Uint32())
		}
		send(t, c, append([]byte(first), junk...))
		expectEnd(t, c)
		if err := ends.next(t); !errors.Is(err, ErrBadFrame) {
			t.Errorf("%q: Closed got %v, want ErrBadFrame", first, err)
		}
		other.served()
	}
}

func TestPeerVanishesInsideAFrame(t *testing.T) {
	ends := newEnds()
	e := start(t, Config{Handler: &testHandler{closed: ends.closed}})
	for _, reset := range []bool{false, true} {
		c := dial(t, e)
		send(t, c, frameOf([]byte("whole")))
		send(t, c, frameOf(make([]byte, 200_000))[:150_000])
		eventually(t, "all was read", func() bool {
			return e.Metrics().Partial.Load() >= 150_000 && e.Metrics().Frames.Load() > 0
		})
		if reset {
			_ = c.SetLinger(0)
		}
		c.Close()
		err := ends.next(t)
		if !errors.Is(err, io.EOF) && reasonOf(err) != ByReset {
			t.Errorf("Closed got %v, want EOF or a reset", err)
		}
		eventually(t, "the partial frame was dropped", func() bool { return e.Metrics().Partial.Load() == 0 })
	}
}

func TestPanicCostsOneConnection(t *testing.T) {
	ends := newEnds()
	e := start(t, Config{Handler: &testHandler{
		frame: func(c *Conn, f []byte) {
			if bytes.Contains(f, []byte("boom")) {
				panic("boom")
			}
			echo(c, f)
		},
		closed: ends.closed,
	}})
	other := others{t, dial(t, e)}
	c := dial(t, e)
	send(t, c, frameOf([]byte("boom")))
	expectEnd(t, c)
	if err := ends.next(t); !errors.Is(err, ErrPanic) {
		t.Errorf("Closed got %v, want ErrPanic", err)
	}
	other.served()
}

func TestFirstFrameMustComeInTime(t *testing.T) {
	ends := newEnds()
	e := start(t, Config{Handler: &testHandler{frame: echo, closed: ends.closed},
		FirstFrameTime: 200 * time.Millisecond, FirstFrameBytes: 1000})
	other := others{t, dial(t, e)}
	other.served() // has had its first frame: may be slow from now on
	send(t, other.c, frameOf([]byte("slow"))[:5])

	slow := dial(t, e)
	send(t, slow, frameOf(make([]byte, 500))[:100])
	silent := dial(t, e)
	eventually(t, "all are accepted", func() bool { return e.Metrics().Conns.Load() == 3 })
	expectEnd(t, slow)
	if err := ends.next(t); !errors.Is(err, ErrFirstFrame) {
		t.Errorf("Closed got %v, want ErrFirstFrame", err)
	}
	send(t, other.c, frameOf([]byte("slow"))[5:])
	expect(t, other.c, frameOf([]byte("slow")))
	others{t, silent}.served() // had said nothing: the clock starts with the first byte
}

// A large first frame may take its time as long as bytes keep coming.
func TestLargeFirstFrameEarnsTime(t *testing.T) {
	l := new(liveness)
	cfg := &Config{FirstFrameTime: 10 * time.Second, FirstFrameBytes: 64 << 10, CloseTimeout: time.Second}
	l.received(10, 1000)
	for _, step := range []struct {
		bytes int
		now   int64
		late  bool
	}{{0, 10_999, false}, {0, 11_001, true}, {64 << 10, 11_001, false}, {0, 21_001, true}, {640 << 10, 21_001, false}} {
		l.firstBytes.Add(int64(step.bytes))
		if err := l.overdue(cfg, step.now); (err != nil) != step.late {
			t.Errorf("%d bytes at %d ms: overdue %v, want %v", l.firstBytes.Load(), step.now, err, step.late)
		}
	}
}

func TestIdleConnectionsAreClosed(t *testing.T) {
	ends := newEnds()
	e := start(t, Config{Handler: &testHandler{frame: echo, closed: ends.closed}, IdleTimeout: 300 * time.Millisecond})
	idle, busy := dial(t, e), others{t, dial(t, e)}
	others{t, idle}.served()
	never := dial(t, e)
	done := make(chan struct{})
	go func() {
		defer close(done)
		expectEnd(t, idle)
		expectEnd(t, never)
	}()
	for open := true; open; {
		busy.served()
		select {
		case <-done:
			open = false
		case <-time.After(50 * time.Millisecond):
		}
	}
	if err := ends.next(t); !errors.Is(err, ErrIdle) {
		t.Errorf("Closed got %v, want ErrIdle", err)
	}
	if got := e.Metrics().Closed[ByIdle].Load(); got != 2 {
		t.Errorf("%d closed as idle, want 2", got)
	}
	busy.served()
}
