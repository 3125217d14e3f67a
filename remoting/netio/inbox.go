package netio

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"
)

const (
	// peekStep is how much is copied at once to an unfinished frame whose length is not known yet.
	peekStep = 16
	// maxUndecided bytes must be enough for a Cutter to find a length.
	maxUndecided = 1 << 10
)

// inbox is what a connection has read and not handed over. It belongs to the goroutine that reads.
type inbox struct {
	partial *Buffer      // the beginning of an unfinished frame, or of a greeting
	held    atomic.Int64 // the capacity of partial, for others
	need    int          // its announced length, 0 while unknown
	frames  int          // handed over in this read
	decided bool         // the first bytes were found to be frames
	opened  bool         // Handler.Opened was called
	linger  bool         // closing ends our side first: unread input would make the system reset the answer away
}

// receive takes all that one read brought: whole frames go to the Handler as views into data. handOver
// says that the connection wants TLS: what it sent is in in.partial then, and it must leave its loop.
func (c *Conn) receive(data []byte) (handOver bool) {
	e := c.engine
	c.alive.received(len(data), e.now())
	e.metrics.BytesIn.Add(int64(len(data)))
	if c.Ending() {
		return false
	}
	defer c.recoverPanic()
	if !c.in.decided {
		rest, whole, g := c.greet(data)
		if g != greetsFrames {
			return g == greetsTLS
		}
		if whole != nil {
			defer whole.Release()
		}
		data = rest
	}
	c.feed(data)
	return false
}

// feed cuts data and ends with the Handler's Batch.
func (c *Conn) feed(data []byte) {
	c.in.frames = 0
	if err := c.cut(data); err != nil {
		c.end(phaseAborted, err)
	}
	if c.in.frames > 0 {
		c.engine.metrics.Frames.Add(int64(c.in.frames))
		c.engine.config.Handler.Batch(c)
	}
}

func (c *Conn) cut(data []byte) error {
	for len(data) > 0 && !c.Ending() {
		if c.in.partial != nil {
			var err error
			if data, err = c.complete(data); err != nil {
				return err
			}
			continue
		}
		n, err := c.engine.config.Cutter(data)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrBadFrame, err)
		}
		if n <= 0 || n > len(data) {
			c.in.need = max(n, 0)
			return c.keep(data)
		}
		c.frame(data[:n:n])
		data = data[n:]
	}
	return nil
}

// complete gives data to the unfinished frame and returns what is left of it.
func (c *Conn) complete(data []byte) (rest []byte, err error) {
	before := len(c.in.partial.B)
	take := min(len(data), peekStep)
	if c.in.need > 0 {
		take = min(len(data), c.in.need-before)
	}
	if err := c.keep(data[:take]); err != nil {
		return nil, err
	}
	have := c.in.partial.B
	n, err := c.engine.config.Cutter(have)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrBadFrame, err)
	case n <= 0 && len(have) > maxUndecided:
		return nil, fmt.Errorf("%w: no length in %d bytes", ErrBadFrame, len(have))
	case n <= 0 || n > len(have):
		c.in.need = max(n, 0)
		return data[take:], nil
	case n <= before:
		return nil, fmt.Errorf("%w: length changed from %d to %d", ErrBadFrame, c.in.need, n)
	}
	c.frame(have[:n:n])
	c.dropPartial()
	return data[n-before:], nil
}

// keep appends to the unfinished frame. Its buffer grows with what came, not with what was announced.
func (c *Conn) keep(data []byte) error {
	b := c.in.partial
	if b == nil {
		b = NewBuffer(len(data))
	}
	m := &c.engine.metrics.Partial
	before := cap(b.B)
	if c.in.partial == nil {
		before = 0
	}
	b = b.grow(len(data), c.in.need)
	b.B = append(b.B, data...)
	c.in.partial = b
	c.in.held.Store(int64(cap(b.B)))
	most := c.engine.config.MaxPartial
	if m.Add(int64(cap(b.B)-before)) > most {
		c.engine.shedPartial()
		if m.Load() > most+most/8 { // those that were ended are not gone yet, or all are small
			return ErrMemory
		}
	}
	return nil
}

func (c *Conn) dropPartial() {
	if b := c.in.partial; b != nil {
		c.in.partial, c.in.need = nil, 0
		c.in.held.Store(0)
		c.engine.metrics.Partial.Add(-int64(cap(b.B)))
		b.Release()
	}
}

func (c *Conn) frame(f []byte) {
	if c.in.frames++; !c.alive.framed.Load() {
		c.alive.framed.Store(true)
	}
	c.engine.config.Handler.Frame(c, f)
}

// open tells the Handler of the connection: from here on it is one that speaks frames.
func (c *Conn) open() {
	c.in.decided = true
	c.in.opened = true
	c.engine.config.Handler.Opened(c)
}

// recoverPanic is deferred around calls of the Handler: a bug there costs one connection.
func (c *Conn) recoverPanic() {
	if v := recover(); v != nil {
		c.panicked(v)
	}
}

func (c *Conn) panicked(v any) {
	c.engine.metrics.Panics.Add(1)
	c.engine.bugs.log("handler panic", "conn", c.id, "remote", c.remote, "panic", v, "stack", string(debug.Stack()))
	c.end(phaseAborted, ErrPanic)
}

func (c *Conn) callClosed(err error) {
	defer c.recoverPanic()
	c.engine.config.Handler.Closed(c, err)
}
