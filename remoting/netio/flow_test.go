package netio

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"testing"
	"time"
)

// numbered is a frame whose payload tells its number.
func numbered(i, size int) []byte {
	p := bytes.Repeat([]byte{byte(i), byte(i >> 8), byte(i >> 16), 7}, size/4)
	return frameOf(p)
}

// A peer that stops reading and goes on later gets everything, in order, and costs bounded memory.
func TestSlowReaderGetsEverything(t *testing.T) {
	const frames, size = 60, 400_000
	e := start(t, Config{Handler: &testHandler{frame: func(c *Conn, _ []byte) {
		for i := range frames {
			if i%2 == 0 {
				_ = c.Write(numbered(i, size))
			} else {
				_ = c.WriteBuffer(CopyBuffer(numbered(i, size)))
			}
		}
	}}})
	c := dial(t, e)
	send(t, c, frameOf(nil))
	eventually(t, "the socket is full", func() bool { return e.Metrics().Blocked.Load() > 0 })
	for i := range frames {
		expect(t, c, numbered(i, size))
	}
	eventually(t, "all bytes are counted", func() bool { return e.Metrics().BytesOut.Load() == frames*(size+4) }) // after the write
}

func TestReaderTooSlowIsClosed(t *testing.T) {
	ends := newEnds()
	refused := make(chan error, 1)
	e := start(t, Config{CongestedBytes: 8 << 20, MaxUnsent: 16 << 20, Handler: &testHandler{
		frame: func(c *Conn, f []byte) {
			if len(f) > 4+len("still here") { // the flood
				for {
					if err := c.WriteBuffer(CopyBuffer(f)); err != nil {
						refused <- err
						return
					}
				}
			}
			echo(c, f)
		},
		closed: ends.closed,
	}})
	other := others{t, dial(t, e)}
	other.served()
	c := dial(t, e)
	before := heap()
	send(t, c, frameOf(make([]byte, 500_000)))
	if err := <-refused; !errors.Is(err, ErrSlowReader) {
		t.Errorf("write over the limit: %v, want ErrSlowReader", err)
	}
	if err := ends.next(t); !errors.Is(err, ErrSlowReader) {
		t.Errorf("Closed got %v, want ErrSlowReader", err)
	}
	if got := heap() - before; got > 64<<20 {
		t.Errorf("heap grew by %d bytes", got)
	}
	if got := e.Metrics().Congested.Load(); got != 1 {
		t.Errorf("congested %d times, want 1", got)
	}
	other.served()
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// While one connection is stuck, the others of its loop are served; what it has left is not lost.
func TestFullSocketDelaysNobodyElse(t *testing.T) {
	e := start(t, Config{Loops: 1, Handler: &testHandler{frame: func(c *Conn, f []byte) {
		if len(f) == 4 {
			_ = c.WriteBuffer(CopyBuffer(frameOf(make([]byte, 12<<20))))
			return
		}
		echo(c, f)
	}}})
	stuck := dial(t, e)
	send(t, stuck, frameOf(nil))
	eventually(t, "the socket is full", func() bool { return e.Metrics().Blocked.Load() > 0 })
	other := others{t, dial(t, e)}
	for range 100 {
		other.served()
	}
	expect(t, stuck, frameOf(make([]byte, 12<<20)))
	others{t, stuck}.served()
}

// Many goroutines answer many connections; every byte arrives once.
func TestAnswersFromOtherGoroutines(t *testing.T) {
	const workers, frames = 4, 500
	type job struct {
		c *Conn
		f []byte
	}
	work := make(chan job, 64)
	done := make(chan struct{})
	for range workers {
		go func() {
			for j := range work {
				_ = j.c.Write(j.f)
			}
			done <- struct{}{}
		}()
	}
	e := start(t, Config{Loops: 2, Handler: &testHandler{frame: func(c *Conn, f []byte) { work <- job{c, bytes.Clone(f)} }}})
	for range 8 {
		c := dial(t, e)
		f := frameOf(bytes.Repeat([]byte("z"), 100))
		sendLater(t, c, bytes.Repeat(f, frames), 1000)
		expect(t, c, bytes.Repeat(f, frames))
	}
	stop(t, e)
	close(work)
	for range workers {
		<-done
	}
}

// Wake-ups are shared: many answers given at once cost few of them.
func TestWakesAreShared(t *testing.T) {
	const answers = 1000
	got := make(chan *Conn, 1)
	e := start(t, Config{Handler: &testHandler{opened: func(c *Conn) { got <- c }}})
	c := dial(t, e)
	send(t, c, frameOf(nil))
	conn := <-got
	eventually(t, "the loop has looked", func() bool {
		conn.out.mu.Lock()
		defer conn.out.mu.Unlock()
		return !conn.out.busy
	})
	f := frameOf([]byte("answer"))
	for range answers {
		_ = conn.Write(f)
	}
	expect(t, c, bytes.Repeat(f, answers))
	if w := e.Metrics().Wakes.Load(); w == 0 || w > answers/2 {
		t.Errorf("%d wakes for %d answers, want some but far fewer", w, answers)
	}
}

func TestCloseWritesWhatIsQueued(t *testing.T) {
	ends := newEnds()
	e := start(t, Config{Handler: &testHandler{
		frame: func(c *Conn, _ []byte) {
			_ = c.Write([]byte("last words "))
			_ = c.WriteBuffer(CopyBuffer(make([]byte, 10<<20)))
			c.Close("test")
			c.Close("again")
		},
		closed: ends.closed,
	}})
	c := dial(t, e)
	send(t, c, frameOf(nil))
	got := expectEnd(t, c)
	if len(got) != 11+10<<20 || !bytes.HasPrefix(got, []byte("last words ")) {
		t.Errorf("%d bytes before the end, want %d", len(got), 11+10<<20)
	}
	err := ends.next(t)
	if !errors.Is(err, ErrClosedHere) || err.Error() != "netio: closed by this side: test" {
		t.Errorf("Closed got %v, want the first reason", err)
	}
}

// A closing connection whose peer does not read is ended at the deadline.
func TestCloseDoesNotWaitForever(t *testing.T) {
	ends := newEnds()
	e := start(t, Config{CloseTimeout: 200 * time.Millisecond, Handler: &testHandler{
		frame: func(c *Conn, _ []byte) {
			_ = c.WriteBuffer(CopyBuffer(make([]byte, 12<<20)))
			c.Close("test")
		},
		closed: ends.closed,
	}})
	c := dial(t, e)
	send(t, c, frameOf(nil))
	if err := ends.next(t); !errors.Is(err, ErrClosedHere) {
		t.Errorf("Closed got %v, want ErrClosedHere", err)
	}
	if n, err := io.Copy(io.Discard, c); n >= 12<<20 {
		t.Errorf("all %d bytes came, %v: the peer was waited for", n, err)
	}
}
