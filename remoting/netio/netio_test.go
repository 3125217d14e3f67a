package netio

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"
)

// testMaxFrame is what testCut accepts.
const testMaxFrame = 1 << 20

var errTestFrame = errors.New("test frame too long")

// testCut cuts frames of a 4-byte length, which does not count itself, and a payload.
func testCut(b []byte) (int, error) {
	if len(b) < 4 {
		return 0, nil
	}
	n := binary.BigEndian.Uint32(b)
	if n > testMaxFrame {
		return 0, fmt.Errorf("%w: %d", errTestFrame, n)
	}
	return int(n) + 4, nil
}

func frameOf(payload []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(payload))), payload...)
}

// testHandler is a Handler of funcs; nil ones do nothing.
type testHandler struct {
	opened func(*Conn)
	frame  func(*Conn, []byte)
	batch  func(*Conn)
	closed func(*Conn, error)
}

func (h *testHandler) Opened(c *Conn) {
	if h.opened != nil {
		h.opened(c)
	}
}

func (h *testHandler) Frame(c *Conn, f []byte) {
	if h.frame != nil {
		h.frame(c, f)
	}
}

func (h *testHandler) Batch(c *Conn) {
	if h.batch != nil {
		h.batch(c)
	}
}

func (h *testHandler) Closed(c *Conn, err error) {
	if h.closed != nil {
		h.closed(c, err)
	}
}

// echo answers every frame with itself.
func echo(c *Conn, f []byte) { _ = c.Write(f) }

// ends collects what Closed was told.
type ends struct {
	mu  sync.Mutex
	all []error
	ch  chan error
}

func newEnds() *ends { return &ends{ch: make(chan error, 1024)} }

func (e *ends) closed(_ *Conn, err error) {
	e.mu.Lock()
	e.all = append(e.all, err)
	e.mu.Unlock()
	e.ch <- err
}

func (e *ends) next(t testing.TB) error {
	t.Helper()
	select {
	case err := <-e.ch:
		return err
	case <-time.After(5 * time.Second):
		t.Fatal("no connection was closed")
		return nil
	}
}

// start serves on a free port until the test ends, and checks then that nothing was leaked.
func start(t testing.TB, cfg Config) *Engine {
	t.Helper()
	if len(cfg.Listen) == 0 {
		cfg.Listen = []Listen{{Name: "main", Addr: "127.0.0.1:0"}}
	}
	if cfg.Cutter == nil {
		cfg.Cutter = testCut
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.NewTextHandler(testWriter{t}, nil))
	}
	before := LiveBuffers()
	e, err := Start(cfg)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	t.Cleanup(func() {
		stop(t, e)
		if got := LiveBuffers(); got != before {
			t.Errorf("%d buffers are alive after Stop, %d before Start", got, before)
		}
		if got := e.Metrics().Partial.Load(); got != 0 {
			t.Errorf("%d bytes of partial frames after Stop, want 0", got)
		}
		if got := e.Metrics().Backlog.Load(); got != 0 {
			t.Errorf("backlog of %d bytes after Stop, want 0", got)
		}
		if got := e.Metrics().Conns.Load(); got != 0 {
			t.Errorf("%d connections after Stop, want 0", got)
		}
	})
	return e
}

func stop(t testing.TB, e *Engine) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := e.Stop(ctx); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

// testWriter gives log lines to the test.
type testWriter struct{ t testing.TB }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Logf("%s", bytes.TrimSpace(p))
	return len(p), nil
}

func dial(t testing.TB, e *Engine) *net.TCPConn {
	t.Helper()
	c, err := net.DialTimeout("tcp", e.Addr("main").String(), 5*time.Second)
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return c.(*net.TCPConn)
}

func send(t testing.TB, w io.Writer, b []byte) {
	t.Helper()
	if _, err := w.Write(b); err != nil {
		t.Fatalf("write of %d bytes: %v", len(b), err)
	}
}

// sendLater writes b in pieces of step bytes, while the test goes on.
func sendLater(t testing.TB, w io.Writer, b []byte, step int) {
	t.Helper()
	var wg sync.WaitGroup
	wg.Go(func() {
		for at := 0; at < len(b); at += step {
			if _, err := w.Write(b[at:min(at+step, len(b))]); err != nil {
				t.Errorf("write of %d bytes at %d: %v", len(b), at, err)
				return
			}
		}
	})
	t.Cleanup(wg.Wait)
}

// expect reads exactly want.
func expect(t testing.TB, r io.Reader, want []byte) {
	t.Helper()
	got := make([]byte, len(want))
	if n, err := io.ReadFull(r, got); err != nil {
		t.Fatalf("read %d of %d bytes: %v", n, len(want), err)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("read %.80q, want %.80q", got, want)
	}
}

// expectEnd reads until the peer ends the connection, in order or not.
func expectEnd(t testing.TB, c net.Conn) []byte {
	t.Helper()
	got, err := io.ReadAll(c)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		t.Fatalf("connection still open after %d bytes: %v", len(got), err)
	}
	return got
}

// eventually waits for a condition that other goroutines bring about.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("never came true: %s", what)
		}
	}
}
