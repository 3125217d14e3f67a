package recorder

import (
	"errors"
	"sync/atomic"
	"time"
)

// Load is producers that go on sending while the broker is killed beside them.
type Load struct {
	Recorder *Recorder
	Addr     string
	Next     func(seq int) Outgoing
}

// Outgoing is what one message of a load is.
type Outgoing struct {
	Queue      Queue
	Properties []byte
	Size       int           // of the body, in bytes
	Delay      time.Duration // none may see it before; 0 is no such promise
}

// Produce sends numbered messages, one after the other, over as many connections as it takes. A message whose fate is unknown is
// not sent again: whether it is there is for the recorder.
func (l Load) Produce(producer int, stop *atomic.Bool) {
	var c *Client
	for seq := 0; !stop.Load(); {
		if c == nil {
			var err error
			if c, err = Dial(l.Addr); err != nil { // refused while the process is down
				<-time.After(5 * time.Millisecond)
				continue
			}
		}
		if !l.send(c, producer, seq) {
			_ = c.Close()
			c = nil
		}
		seq++
	}
	if c != nil {
		_ = c.Close()
	}
}

// send reports whether the connection is of use.
func (l Load) send(c *Client, producer, seq int) bool {
	m, rec := l.Next(seq), l.Recorder
	rec.Invoke(producer, seq, m.Queue)
	if m.Delay > 0 {
		rec.Delay(producer, seq, time.Now().Add(m.Delay).UnixMilli())
	}
	offset, err := c.SendWith(m.Queue, m.Properties, Body(producer, seq, m.Size))
	var refused *Refused
	switch {
	case err == nil:
		rec.Acknowledge(producer, seq, m.Queue, offset)
	case errors.As(err, &refused):
		rec.Fail(producer, seq)
	default:
		rec.Lose(producer, seq)
		return false
	}
	return true
}
