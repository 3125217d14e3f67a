package netio

import (
	"bytes"
	"errors"
	"testing"
)

// counter is an owner that counts how often it is called.
type counter struct{ wakes, aborts int }

func (c *counter) wake()  { c.wakes++ }
func (c *counter) abort() { c.aborts++ }

func drain(c *Conn) (all []byte, ph phase) {
	for {
		var bufs []*Buffer
		bufs, ph = c.out.take(nil)
		if len(bufs) == 0 {
			return all, ph
		}
		for _, b := range bufs {
			all = append(all, b.B...)
			c.out.count(-len(b.B))
			b.Release()
		}
	}
}

func TestOutboxKeepsOrder(t *testing.T) {
	c := newTestConn(t, Config{Handler: &testHandler{}})
	var want []byte
	for i := range 200 {
		p := bytes.Repeat([]byte{byte(i)}, i*37)
		want = append(want, p...)
		var err error
		if i%3 == 0 {
			err = c.WriteBuffer(CopyBuffer(p))
		} else {
			err = c.Write(p)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := c.Unsent(); got != int64(len(want)) {
		t.Errorf("%d bytes unsent, want %d", got, len(want))
	}
	if got, _ := drain(c); !bytes.Equal(got, want) {
		t.Errorf("%d bytes came out, want the %d that went in, in order", len(got), len(want))
	}
	c.finish(nil)
}

func TestOutboxWakesOncePerLook(t *testing.T) {
	c := newTestConn(t, Config{Handler: &testHandler{}})
	w := new(counter)
	c.out.attach(w)
	for range 10 {
		_ = c.Write([]byte("x"))
	}
	if w.wakes != 1 {
		t.Errorf("%d wakes for 10 writes, want 1", w.wakes)
	}
	drain(c)
	_ = c.Write([]byte("x"))
	if w.wakes != 2 {
		t.Errorf("%d wakes after the owner had looked, want 2", w.wakes)
	}
	drain(c)
	c.out.hold()
	_ = c.Write([]byte("x"))
	c.Close("test")
	if w.wakes != 2 {
		t.Errorf("%d wakes while the owner holds, want 2", w.wakes)
	}
	if _, ph := drain(c); ph != phaseClosing {
		t.Errorf("phase %d after Close, want closing", ph)
	}
	c.end(phaseAborted, ErrIdle)
	if w.aborts != 1 {
		t.Errorf("%d aborts, want 1", w.aborts)
	}
	c.finish(nil)
}

func TestOutboxRefusesAfterClose(t *testing.T) {
	before := LiveBuffers()
	c := newTestConn(t, Config{Handler: &testHandler{}})
	_ = c.Write([]byte("kept"))
	c.Close("test")
	if err := c.Write([]byte("x")); !errors.Is(err, ErrClosed) {
		t.Errorf("Write after Close: %v, want ErrClosed", err)
	}
	if err := c.WriteBuffer(CopyBuffer(make([]byte, 5000))); !errors.Is(err, ErrClosed) {
		t.Errorf("WriteBuffer after Close: %v, want ErrClosed", err)
	}
	c.finish(nil)
	if got := LiveBuffers(); got != before {
		t.Errorf("%d buffers alive, want %d", got, before)
	}
}

func TestOutboxLimits(t *testing.T) {
	c := newTestConn(t, Config{Handler: &testHandler{}, CongestedBytes: 1000, MaxUnsent: 5000})
	_ = c.Write(make([]byte, 1000))
	if c.Congested() {
		t.Error("congested at the limit")
	}
	_ = c.Write(make([]byte, 1))
	_ = c.Write(make([]byte, 1))
	if !c.Congested() {
		t.Error("not congested above the limit")
	}
	if got := c.engine.metrics.Congested.Load(); got != 1 {
		t.Errorf("congested %d times, want 1", got)
	}
	if err := c.WriteBuffer(CopyBuffer(make([]byte, 4000))); !errors.Is(err, ErrSlowReader) {
		t.Errorf("write over the limit: %v, want ErrSlowReader", err)
	}
	if !c.Ending() || c.Ended() {
		t.Errorf("ending %v, ended %v, want the first alone", c.Ending(), c.Ended())
	}
	if err := c.out.close(nil); !errors.Is(err, ErrSlowReader) {
		t.Errorf("cause %v, want ErrSlowReader", err)
	}
	c.finish(nil)
}

func TestEmptyWritesAreNothing(t *testing.T) {
	c := newTestConn(t, Config{Handler: &testHandler{}})
	_ = c.Write(nil)
	_ = c.WriteBuffer(NewBuffer(10))
	if bufs, _ := c.out.take(nil); len(bufs) != 0 {
		t.Errorf("%d buffers queued by empty writes", len(bufs))
	}
	c.finish(nil)
}
