package remoting

import (
	"context"
	"sync"

	"github.com/gannetmq/gannet/remoting/wire"
)

// Push sends a oneway request to a peer. Errors are those of Peer.Write and wire.ErrUnencodable.
//
// Requests of ours are JSON: every client reads it, whatever it writes.
func (rt *Router) Push(p Peer, m *Message) error {
	return rt.send(p, m, rt.calls.oneway(), wire.FlagOneway)
}

// Call sends a request to a peer and waits for its answer, which the caller owns. Errors are those of
// Push, ErrPeerGone, ErrTooManyCalls and ctx.Err.
func (rt *Router) Call(ctx context.Context, p Peer, m *Message) (*wire.Command, error) {
	type outcome struct {
		answer *wire.Command
		err    error
	}
	end := make(chan outcome, 1)
	opaque, err := rt.calls.begin(p, func(_ *wire.Command, frame []byte, err error) {
		var answer *wire.Command
		if err == nil {
			answer, err = Copy(frame)
		}
		end <- outcome{answer, err}
	})
	if err != nil {
		return nil, err
	}
	if err := rt.send(p, m, opaque, 0); err != nil {
		rt.calls.cancel(p, opaque, err)
	}
	select {
	case o := <-end:
		return o.answer, o.err
	case <-ctx.Done():
		rt.calls.cancel(p, opaque, ctx.Err())
		o := <-end // the answer, if it came at the same time
		return o.answer, o.err
	}
}

func (rt *Router) send(p Peer, m *Message, opaque, flag int32) error {
	var e wire.Encoder
	frame, err := m.Append(nil, &e, wire.Head{
		Language: wire.Go, Version: rt.version, Opaque: opaque, Flag: flag, Serialization: wire.JSON,
	})
	if err != nil {
		return err
	}
	return p.Write(frame)
}

// callTable holds the Calls of the peers that have any. Lock order: callTable.mu, Calls.mu.
type callTable struct {
	mu    sync.Mutex
	peers map[uint64]*Calls
	last  int32 // opaque of oneway requests; nobody answers them
	limit int
}

func (t *callTable) oneway() int32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last++
	return t.last
}

func (t *callTable) begin(p Peer, done Done) (int32, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.peers[p.ID()]
	if c == nil {
		c = new(Calls)
		if t.peers == nil {
			t.peers = make(map[uint64]*Calls)
		}
		t.peers[p.ID()] = c
	}
	return c.Begin(t.limit, done)
}

func (t *callTable) deliver(p Peer, answer *wire.Command, frame []byte) bool {
	c := t.of(p)
	if c == nil || !c.Deliver(answer, frame) {
		return false
	}
	t.forget(p)
	return true
}

func (t *callTable) cancel(p Peer, opaque int32, err error) {
	if c := t.of(p); c != nil {
		c.Cancel(opaque, err)
		t.forget(p)
	}
}

func (t *callTable) fail(p Peer) {
	t.mu.Lock()
	c := t.peers[p.ID()]
	delete(t.peers, p.ID())
	t.mu.Unlock()
	if c != nil {
		c.Fail(ErrPeerGone)
	}
}

func (t *callTable) of(p Peer) *Calls {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.peers[p.ID()]
}

// forget drops the entry of a peer that nobody waits for. New calls begin under the same lock, so none
// is dropped with it.
func (t *callTable) forget(p Peer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.peers[p.ID()]; c != nil && c.Len() == 0 {
		delete(t.peers, p.ID())
	}
}
