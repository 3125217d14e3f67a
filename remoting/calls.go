package remoting

import (
	"sync"

	"github.com/gannetmq/gannet/remoting/wire"
)

// Message is a request of ours: to a client on its connection, or to a server that we dialled.
type Message struct {
	Code   int32
	Header wire.Header // may be nil
	Ext    []wire.Pair // written behind Header: fields relayed as they came
	Body   []byte
}

// Append appends m as one frame.
func (m *Message) Append(dst []byte, e *wire.Encoder, head wire.Head) ([]byte, error) {
	head.Code = m.Code
	e.Begin(dst, head)
	encodeHeader(e, m.Header)
	for i := range m.Ext {
		e.Bytes(string(m.Ext[i].Key), m.Ext[i].Value)
	}
	frame, err := e.Finish(len(m.Body))
	if err != nil {
		return frame, err
	}
	return append(frame, m.Body...), nil
}

// Done takes the end of a call: the answer, or why there is none. answer and frame, its bytes, are
// valid until Done returns. It runs on the goroutine that reads the connection and must not block.
type Done func(answer *wire.Command, frame []byte, err error)

// Calls are the requests on one connection that wait for answers, by opaque. The zero value is usable
// and has no limit. Every Done is called exactly once, without a lock held.
type Calls struct {
	mu      sync.Mutex
	next    int32
	waiting map[int32]Done
	failed  error
}

// Begin registers a call and returns its opaque. Limit bounds the calls that wait, 0 does not. An error
// means that done will not be called: ErrTooManyCalls, or what Fail was given.
func (c *Calls) Begin(limit int, done Done) (opaque int32, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil {
		return 0, c.failed
	}
	if limit > 0 && len(c.waiting) >= limit {
		return 0, ErrTooManyCalls
	}
	if c.waiting == nil {
		c.waiting = make(map[int32]Done)
	}
	// Opaques wrap around; one that still waits is skipped.
	for {
		c.next++
		if _, used := c.waiting[c.next]; !used {
			break
		}
	}
	c.waiting[c.next] = done
	return c.next, nil
}

// Deliver gives an answer to the call that waits for its opaque and reports whether there was one.
func (c *Calls) Deliver(answer *wire.Command, frame []byte) bool {
	done := c.take(answer.Opaque)
	if done == nil {
		return false
	}
	done(answer, frame, nil)
	return true
}

// Cancel ends one call with err, if it still waits.
func (c *Calls) Cancel(opaque int32, err error) {
	if done := c.take(opaque); done != nil {
		done(nil, nil, err)
	}
}

// Forget takes a call back whose request could not be sent, and reports whether it still waited: Done
// is not called then, and has been or will be if not.
func (c *Calls) Forget(opaque int32) bool { return c.take(opaque) != nil }

// Fail ends all calls with err, and all that come.
func (c *Calls) Fail(err error) {
	c.mu.Lock()
	waiting := c.waiting
	c.waiting, c.failed = nil, err
	c.mu.Unlock()
	for _, done := range waiting {
		done(nil, nil, err)
	}
}

// Len is how many calls wait.
func (c *Calls) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.waiting)
}

func (c *Calls) take(opaque int32) Done {
	c.mu.Lock()
	defer c.mu.Unlock()
	done := c.waiting[opaque]
	delete(c.waiting, opaque)
	return done
}

// Copy returns a frame's Command that shares no memory with the frame.
func Copy(frame []byte) (*wire.Command, error) {
	c := new(wire.Command)
	if err := wire.Decode(append([]byte(nil), frame...), c); err != nil {
		return nil, err
	}
	return c, nil
}
