package netio

import (
	"bytes"
	"errors"
	"net/netip"
	"testing"
)

// newTestConn is a Conn without a socket: receive feeds it, sentBy reads it.
func newTestConn(t testing.TB, cfg Config) *Conn {
	t.Helper()
	if cfg.Cutter == nil {
		cfg.Cutter = testCut
	}
	cfg, err := cfg.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	e := &Engine{config: cfg, log: cfg.Log, warn: rare{out: cfg.Log}, bugs: rare{out: cfg.Log}}
	e.clock.Store(1)
	c := e.newConn(netip.AddrPort{}, netip.AddrPort{})
	if !e.registry.add(c, &e.config, &e.metrics) {
		t.Fatal("connection refused")
	}
	return c
}

// received collects copies of frames.
func received(into *[][]byte) *testHandler {
	return &testHandler{frame: func(_ *Conn, f []byte) { *into = append(*into, bytes.Clone(f)) }}
}

func TestReceiveCutsAnySplit(t *testing.T) {
	var stream []byte
	want := [][]byte{frameOf(nil), frameOf([]byte("a")), frameOf(bytes.Repeat([]byte("b"), 100)), frameOf(nil), frameOf(bytes.Repeat([]byte("c"), 3000))}
	for _, f := range want {
		stream = append(stream, f...)
	}
	before := LiveBuffers()
	for i := 0; i <= len(stream); i++ {
		for _, j := range []int{i, i + 1, i + 3, i + 4, i + 15, i + 16, i + 17, i + 200, len(stream)} {
			j = min(j, len(stream))
			var got [][]byte
			c := newTestConn(t, Config{Handler: received(&got)})
			for _, part := range [][]byte{stream[:i], stream[i:j], stream[j:]} {
				if len(part) > 0 {
					c.receive(part)
				}
			}
			if len(got) != len(want) {
				t.Fatalf("split at %d, %d: %d frames, want %d", i, j, len(got), len(want))
			}
			for k := range want {
				if !bytes.Equal(got[k], want[k]) {
					t.Fatalf("split at %d, %d: frame %d is %.40q", i, j, k, got[k])
				}
			}
			c.finish(ErrClosed)
		}
	}
	if got := LiveBuffers(); got != before {
		t.Errorf("%d buffers alive, want %d", got, before)
	}
}

func TestBatchFollowsTheFramesOfARead(t *testing.T) {
	var log []byte
	h := &testHandler{
		opened: func(*Conn) { log = append(log, 'o') },
		frame:  func(*Conn, []byte) { log = append(log, 'f') },
		batch:  func(*Conn) { log = append(log, 'b') },
		closed: func(*Conn, error) { log = append(log, 'c') },
	}
	c := newTestConn(t, Config{Handler: h})
	f := frameOf([]byte("x"))
	c.receive(append(append([]byte{}, f...), f...))
	c.receive(f[:3])
	c.receive(f[3:])
	c.finish(ErrClosed)
	if got, want := string(log), "offbfbc"; got != want {
		t.Errorf("calls %q, want %q", got, want)
	}
}

func TestNothingIsReadAfterClose(t *testing.T) {
	n := 0
	c := newTestConn(t, Config{Handler: &testHandler{frame: func(c *Conn, _ []byte) {
		n++
		c.Close("enough")
	}}})
	f := frameOf([]byte("x"))
	c.receive(append(append([]byte{}, f...), f...))
	c.receive(f)
	if n != 1 {
		t.Errorf("%d frames handled, want 1", n)
	}
	c.finish(ErrClosed)
}

func TestBadFramesEndTheConnection(t *testing.T) {
	huge := []byte{0xff, 0xff, 0xff, 0xff, 1, 2, 3}
	for name, parts := range map[string][][]byte{
		"at once":      {huge},
		"after others": {append(frameOf([]byte("x")), huge...)},
		"in pieces":    {huge[:1], huge[1:3], huge[3:]},
	} {
		t.Run(name, func(t *testing.T) {
			c := newTestConn(t, Config{Handler: &testHandler{}})
			for _, p := range parts {
				c.receive(p)
			}
			if got := c.out.current(); got != phaseAborted {
				t.Errorf("phase %d, want aborted", got)
			}
			if err := c.out.close(nil); !errors.Is(err, ErrBadFrame) || !errors.Is(err, errTestFrame) {
				t.Errorf("cause %v, want ErrBadFrame and the cutter's error", err)
			}
			c.finish(nil)
		})
	}
}

// A Cutter that changes its mind, or never has one, cannot make the connection keep bytes forever.
func TestCuttersThatAreWrong(t *testing.T) {
	for name, cut := range map[string]Cutter{
		"undecided": func([]byte) (int, error) { return 0, nil },
		"negative":  func([]byte) (int, error) { return -1, nil },
		"shrinking": func(b []byte) (int, error) {
			if len(b) < 20 {
				return 1000, nil
			}
			return 1, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newTestConn(t, Config{Handler: &testHandler{}, Cutter: cut})
			for range 2000 {
				c.receive([]byte{1})
			}
			if got := c.out.current(); got != phaseAborted {
				t.Errorf("phase %d, want aborted", got)
			}
			c.finish(nil)
		})
	}
}

func TestPartialFrameGrowsWithWhatCame(t *testing.T) {
	c := newTestConn(t, Config{Handler: &testHandler{}})
	f := frameOf(make([]byte, testMaxFrame))
	c.receive(f[:10])
	if got := c.engine.metrics.Partial.Load(); got > 1024 {
		t.Errorf("%d bytes kept for 10 received", got)
	}
	for at := 10; at < len(f)-1; {
		n := min(1000, len(f)-1-at)
		c.receive(f[at : at+n])
		at += n
		if got := c.engine.metrics.Partial.Load(); got > int64(4*at)+1024 {
			t.Fatalf("%d bytes kept for %d received", got, at)
		}
	}
	c.receive(f[len(f)-1:])
	if got := c.engine.metrics.Partial.Load(); got != 0 {
		t.Errorf("%d bytes kept after the frame, want 0", got)
	}
	if got := c.engine.metrics.Frames.Load(); got != 1 {
		t.Errorf("%d frames, want 1", got)
	}
	c.finish(nil)
}

func TestPartialFramesHaveABudget(t *testing.T) {
	c := newTestConn(t, Config{Handler: &testHandler{}, MaxPartial: 10_000})
	f := frameOf(make([]byte, testMaxFrame))
	c.receive(f[:6000])
	if got := c.out.current(); got != phaseOpen {
		t.Fatalf("phase %d within the budget", got)
	}
	c.receive(f[6000:20_000])
	if err := c.out.close(nil); !errors.Is(err, ErrMemory) {
		t.Errorf("cause %v, want ErrMemory", err)
	}
	c.finish(nil)
	if got := c.engine.metrics.Partial.Load(); got != 0 {
		t.Errorf("%d bytes of partial frames left, want 0", got)
	}
}

func TestHandlerPanicEndsTheConnection(t *testing.T) {
	var end error
	c := newTestConn(t, Config{Handler: &testHandler{
		frame:  func(*Conn, []byte) { panic("bug") },
		closed: func(_ *Conn, err error) { end = err; panic("another") },
	}})
	c.receive(frameOf([]byte("x")))
	c.finish(nil)
	if !errors.Is(end, ErrPanic) {
		t.Errorf("Closed got %v, want ErrPanic", end)
	}
	if got := c.engine.metrics.Panics.Load(); got != 2 {
		t.Errorf("%d panics counted, want 2", got)
	}
}

// FuzzReceive: whatever is sent in whatever pieces, the frames are those of the whole.
func FuzzReceive(f *testing.F) {
	f.Add(frameOf([]byte("hello")), uint16(3), uint16(7))
	f.Add(append(frameOf(nil), frameOf(make([]byte, 50))...), uint16(1), uint16(1))
	f.Add([]byte("GET / HTTP/1.1\r\n"), uint16(2), uint16(2))
	f.Add([]byte{0x16, 3, 1, 0, 5}, uint16(1), uint16(9))
	f.Fuzz(func(t *testing.T, stream []byte, a, b uint16) {
		before := LiveBuffers()
		run := func(parts ...[]byte) (frames [][]byte) {
			c := newTestConn(t, Config{Handler: received(&frames)})
			for _, p := range parts {
				if len(p) > 0 {
					c.receive(p)
				}
			}
			c.finish(nil)
			return frames
		}
		i := min(int(a), len(stream))
		j := min(i+int(b), len(stream))
		whole, split := run(stream), run(stream[:i], stream[i:j], stream[j:])
		if len(whole) != len(split) {
			t.Fatalf("%d frames in one piece, %d in three", len(whole), len(split))
		}
		for k := range whole {
			if !bytes.Equal(whole[k], split[k]) {
				t.Fatalf("frame %d: %q in one piece, %q in three", k, whole[k], split[k])
			}
		}
		if got := LiveBuffers(); got != before {
			t.Fatalf("%d buffers alive, want %d", got, before)
		}
	})
}
