package client

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/netio"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Conn is one connection to a server. It is safe for concurrent use.
type Conn struct {
	client *Client
	addr   string
	peer   atomic.Pointer[netio.Conn]
	calls  remoting.Calls
	oneway atomic.Int32 // opaque of requests that nobody answers
	heard  atomic.Int64 // frames that came; written by the reading goroutine
	ended  atomic.Bool  // by either side: it takes no more calls
	answer wire.Command // of the reading goroutine
}

// Addr is what was dialled.
func (c *Conn) Addr() string { return c.addr }

// Ended reports that the connection takes no more calls.
func (c *Conn) Ended() bool { return c.ended.Load() }

// Waiting is how many calls wait for their answers.
func (c *Conn) Waiting() int { return c.calls.Len() }

// Go sends a request and gives its answer to done, on the goroutine that reads the connection. An error
// means that done will not be called. To give a call up is the caller's business: see Cancel.
func (c *Conn) Go(m *remoting.Message, done remoting.Done) (opaque int32, err error) {
	opaque, err = c.calls.Begin(c.client.options.MaxInFlight, done)
	if err != nil {
		return 0, err
	}
	if err := c.send(m, opaque, 0); err != nil && c.calls.Forget(opaque) {
		return 0, err
	}
	return opaque, nil
}

// Cancel ends a call of Go with err, if it still waits. Its answer is dropped when it comes.
func (c *Conn) Cancel(opaque int32, err error) { c.calls.Cancel(opaque, err) }

// Call sends a request and waits for its answer. See Client.Call.
func (c *Conn) Call(ctx context.Context, m *remoting.Message) (*wire.Command, error) {
	type outcome struct {
		answer *wire.Command
		err    error
	}
	end := make(chan outcome, 1)
	heard, patient := c.heard.Load(), patience(ctx) > minSilence
	opaque, err := c.Go(m, func(_ *wire.Command, frame []byte, err error) {
		var answer *wire.Command
		if err == nil {
			answer, err = remoting.Copy(frame)
		}
		end <- outcome{answer, err}
	})
	if err != nil {
		return nil, err
	}
	select {
	case o := <-end:
		return o.answer, o.err
	case <-ctx.Done():
		c.Cancel(opaque, fmt.Errorf("client: code %d to %s: %w", m.Code, c.addr, ctx.Err()))
		if errors.Is(ctx.Err(), context.DeadlineExceeded) && patient && c.heard.Load() == heard {
			c.mute()
		}
		o := <-end // the answer, if it came at the same time
		return o.answer, o.err
	}
}

// minSilence is how long a server may be silent at least, however short the calls' deadlines are: their time may
// have gone into the dial. A call that had no more than that left when it was sent closes nothing. Java:
// NettyRemotingClient.MIN_CLOSE_TIMEOUT_MILLIS.
const minSilence = 100 * time.Millisecond

// patience is how long is left until the deadline of ctx; 0 without one.
func patience(ctx context.Context) time.Duration {
	end, ok := ctx.Deadline()
	if !ok {
		return 0
	}
	return time.Until(end)
}

// mute ends a connection on which nothing came since a call began that has timed out: the server hangs, or the
// network swallows. The next call dials. Connections on which others are answered stay, unlike Java's.
func (c *Conn) mute() {
	if c.client.options.KeepSilent || c.Ended() {
		return
	}
	c.client.options.Log.Debug("connection closed: a call timed out and nothing came meanwhile", "addr", c.addr)
	c.Close("a call timed out and nothing came meanwhile")
}

// Oneway sends a request that is not answered.
func (c *Conn) Oneway(m *remoting.Message) error {
	return c.send(m, c.oneway.Add(1), wire.FlagOneway)
}

func (c *Conn) send(m *remoting.Message, opaque, flag int32) error {
	encoder := c.client.encoders.Get().(*wire.Encoder)
	defer c.client.encoders.Put(encoder)
	o := &c.client.options
	b := netio.NewBuffer(headRoom + len(m.Body))
	frame, err := m.Append(b.B, encoder, wire.Head{
		Language: wire.Go, Version: o.Version, Opaque: opaque, Flag: flag, Serialization: o.Serialization,
	})
	if err != nil {
		b.Release()
		return err
	}
	b.B = frame
	return c.peer.Load().WriteBuffer(b)
}

// headRoom is what most headers need.
const headRoom = 512

// Close ends the connection after what is queued was written. Calls that wait fail.
func (c *Conn) Close(reason string) {
	c.ended.Store(true)
	c.peer.Load().Close(reason)
}

// handler is the Client as its engine sees it.
type handler Client

func (h *handler) Opened(*netio.Conn) {}

func (h *handler) Batch(*netio.Conn) {}

func (h *handler) Frame(p *netio.Conn, frame []byte) {
	c := p.Session().(*Conn)
	c.heard.Store(c.heard.Load() + 1) // nobody else writes
	if err := wire.Decode(frame, &c.answer); err != nil {
		p.Close(err.Error())
		return
	}
	if c.answer.IsResponse() {
		c.calls.Deliver(&c.answer, frame) // a late answer has nobody waiting
		return
	}
	if h.options.Router == nil {
		return
	}
	if err := h.options.Router.Frame(p, frame); err != nil {
		p.Close(err.Error())
	}
}

func (h *handler) Closed(p *netio.Conn, err error) {
	c := p.Session().(*Conn)
	c.ended.Store(true)
	c.calls.Fail(fmt.Errorf("%w: %s: %w", remoting.ErrPeerGone, c.addr, err))
	if h.options.Router != nil {
		h.options.Router.Closed(p)
	}
}
