package clients

import (
	"context"
	"fmt"
	"slices"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// Java: ReplyMessageProcessor.pushReplyMessage, ProducerManager.findChannel.
//
//	326 PUSH_REPLY_MESSAGE_TO_CLIENT  brings a reply to the producer that waits for it, found by the id of its heartbeats

// Bounds of the replies that wait for their client's answer. A reply is kept twice: as it goes to the client, and as the record that
// will be stored.
const (
	maxReplies    = 4096
	maxReplyBytes = 64 << 20
)

// Deliver brings a reply to the producer with a client id, and calls done with "" when that has taken it, or with the
// reason in Java's words. done runs on a goroutine of the table's, or before Deliver returns if nobody can be asked.
func (t *Table) Deliver(client string, m *remoting.Message, done func(remark string)) {
	p := t.producer(client)
	if p == nil {
		done(fmt.Sprintf("push reply message fail, channel of <%.300s> not found.", client))
		return
	}
	if !t.replies.begin(2*weight(m), func(push Pusher) { done(t.deliver(push, p, client, m)) }) {
		remark := failed(client)
		if t.replies.pusher() != nil {
			remark += " Too many replies wait for their clients."
		}
		done(remark)
	}
}

func failed(client string) string { return fmt.Sprintf("push reply message to %.300sfail.", client) }

func (t *Table) deliver(push Pusher, p remoting.Peer, client string, m *remoting.Message) (remark string) {
	ctx, cancel := context.WithTimeout(t.replies.ctx, t.opts.RelayTimeout)
	defer cancel()
	answer, err := push.Call(ctx, p, m)
	if err == nil && answer.Code != protocol.Success {
		err = fmt.Errorf("answer %d %.300s", answer.Code, answer.Remark)
	}
	if err != nil {
		t.opts.Log.Debug("reply not delivered", "client", client, "error", err)
		return failed(client)
	}
	return ""
}

// producer is the connection of a producer with a client id: the one that was heard of last.
func (t *Table) producer(client string) remoting.Peer {
	t.mu.Lock()
	defer t.mu.Unlock()
	var latest *member
	for _, m := range t.byID[client] {
		if latest == nil || m.seen.Load() > latest.seen.Load() {
			latest = m
		}
	}
	if latest == nil {
		return nil
	}
	return latest.conn.peer
}

// index finds a producer by its client id from now on. mu is held.
func (t *Table) index(m *member) { t.byID[m.clientID] = append(t.byID[m.clientID], m) }

// unindex forgets it. mu is held.
func (t *Table) unindex(m *member) {
	rest := slices.DeleteFunc(t.byID[m.clientID], func(other *member) bool { return other == m })
	if len(rest) == 0 {
		delete(t.byID, m.clientID)
		return
	}
	t.byID[m.clientID] = rest
}
