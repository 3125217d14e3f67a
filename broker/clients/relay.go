package clients

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gannetmq/gannet/compat/mqversion"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// Java: AdminBrokerProcessor.callConsumer, Broker2Client.callClient. 309 is in direct.go, 223 in tell.go.
//
//	307 GET_CONSUMER_RUNNING_INFO  goes to the client with its fields and its body as they came; the client's code, remark
//	                               and body are the answer. 1 if the client is not online, too old or gone meanwhile,
//	                               207 if it does not answer within Options.RelayTimeout
//
// The request holds no worker of a pool while the client thinks, but a goroutine; there are at most maxRelays, with maxRelayBytes, what
// is more is answered SYSTEM_BUSY.

// Bounds of the requests that wait for clients.
const (
	maxRelays     = 256
	maxRelayBytes = 64 << 20
)

// errCrowded refuses a question for which there is no room.
var errCrowded = remoting.Errorf(protocol.SystemBusy, "too many requests wait for clients")

// relays are the requests that wait for clients.
type relays struct {
	ctx context.Context // ends with Close
	end context.CancelFunc

	most, mostBytes int // that wait at a time

	refused atomic.Int64 // for lack of room

	mu    sync.Mutex // guards the rest
	push  Pusher     // nil before Start
	n     int
	bytes int
	wg    sync.WaitGroup
}

func (l *relays) init(most, mostBytes int) {
	l.most, l.mostBytes = most, mostBytes
	l.ctx, l.end = context.WithCancel(context.Background())
}

// pusher is nil before Start and after Close.
func (l *relays) pusher() Pusher {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.push
}

func (l *relays) start(push Pusher) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.push = push
}

// stop ends what waits, and waits for it.
func (l *relays) stop() {
	l.mu.Lock()
	l.push = nil
	l.mu.Unlock()
	l.end()
	l.wg.Wait()
}

// begin runs a relay that keeps some bytes on a goroutine of its own, unless there are too many.
func (l *relays) begin(bytes int, run func(Pusher)) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.push == nil {
		return false
	}
	if l.n >= l.most || l.bytes+bytes > l.mostBytes {
		l.refused.Add(1)
		return false
	}
	l.n++
	l.bytes += bytes
	push := l.push
	l.wg.Go(func() {
		run(push)
		l.give(1, bytes)
	})
	return true
}

// take has a relay that runs keep more bytes, if there is room; it gives them back.
func (l *relays) take(bytes int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bytes+bytes > l.mostBytes {
		l.refused.Add(1)
		return false
	}
	l.bytes += bytes
	return true
}

func (l *relays) give(n, bytes int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n -= n
	l.bytes -= bytes
}

// waiting is how many bytes are kept.
func (l *relays) waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes
}

// Relayed is how many bytes of replies and of administrators' questions wait for clients, and how many of both were refused for
// lack of room.
func (t *Table) Relayed() (bytes, refused int64) {
	for _, l := range t.allRelays() {
		bytes += int64(l.waiting())
		refused += l.refused.Load()
	}
	return bytes, refused
}

func (t *Table) allRelays() []*relays { return []*relays{&t.relays, &t.replies, &t.surveys} }

func (h *handlers) runningInfo(r *remoting.Request) {
	var q protocol.RunningInfoRequest
	if err := wire.DecodeHeader(&r.Cmd, &q); err != nil {
		r.FailErr(err)
		return
	}
	h.relay(r, q.ConsumerGroup, q.ClientID, func(*remoting.Message) error { return nil })
}

// relay hands a request on to a member of a group, after complete has added what the client needs besides.
func (h *handlers) relay(r *remoting.Request, group, clientID string, complete func(*remoting.Message) error) {
	t := h.table
	m, ok := t.member(group, clientID)
	switch {
	case !ok:
		r.FailErr(remoting.Errorf(protocol.SystemError, "The Consumer <%.300s> <%.300s> not online", group, clientID))
		return
	case m.Version < mqversion.V3_1_8_SNAPSHOT:
		r.FailErr(remoting.Errorf(protocol.SystemError, "The Consumer <%.300s> Version <%s> too low to finish, please upgrade it to V3_1_8_SNAPSHOT",
			clientID, mqversion.Name(int(m.Version))))
		return
	}
	message := remoting.Message{Code: r.Cmd.Code, Ext: clonePairs(r.Cmd.Ext), Body: bytes.Clone(r.Cmd.Body)}
	if err := complete(&message); err != nil {
		r.FailErr(err)
		return
	}
	r.Detach()
	if !t.relays.begin(weight(&message), func(push Pusher) { t.call(push, r, m.Peer, &message, group, clientID) }) {
		r.FailErr(errCrowded)
	}
}

// weight is about how many bytes a message keeps.
func weight(m *remoting.Message) int {
	n := len(m.Body)
	if h, ok := m.Header.(*protocol.ReplyRequest); ok {
		n += len(h.Properties)
	}
	for i := range m.Ext {
		n += len(m.Ext[i].Key) + len(m.Ext[i].Value)
	}
	return n
}

// clonePairs copies fields out of the frame, which dies.
func clonePairs(pairs []wire.Pair) []wire.Pair {
	pairs = slices.Clone(pairs)
	for i := range pairs {
		pairs[i].Key, pairs[i].Value = bytes.Clone(pairs[i].Key), bytes.Clone(pairs[i].Value)
	}
	return pairs
}

func (t *Table) call(push Pusher, r *remoting.Request, to remoting.Peer, m *remoting.Message, group, clientID string) {
	ctx, cancel := context.WithTimeout(t.relays.ctx, t.opts.RelayTimeout)
	defer cancel()
	answer, err := push.Call(ctx, to, m)
	switch {
	case err == nil:
		r.ReplyCode(answer.Code, string(answer.Remark), nil, answer.Body)
	case errors.Is(err, context.DeadlineExceeded):
		r.FailErr(remoting.Errorf(protocol.ConsumeMsgTimeout, "consumer <%.300s> <%.300s> Timeout: no answer within %v", group, clientID, t.opts.RelayTimeout))
	default:
		r.FailErr(remoting.Errorf(protocol.SystemError, "invoke consumer <%.300s> <%.300s> Exception: %v", group, clientID, err))
	}
}

// member finds a member of a consumer group by its client id: the one that was heard of last, if it has connected anew.
func (t *Table) member(group, clientID string) (found Member, ok bool) {
	for _, m := range t.Consumers(group) {
		if m.ClientID == clientID && (!ok || m.Seen > found.Seen) {
			found, ok = m, true
		}
	}
	return found, ok
}
