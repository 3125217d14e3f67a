package pull

import (
	"errors"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store"
)

// pull is one request under way. It is pooled with all that it needs, so that a pull allocates nothing.
type pull struct {
	h        *Handler
	request  *remoting.Request
	mayBlock bool

	head   protocol.PullRequest
	topic  Topic
	group  Group
	filter tagFilter
	query  store.Query
	read   store.Read
	answer protocol.PullResponse
	denied forbidden

	names []byte // the topic's name while the pull is parked: the frame is gone
	place place  // in hold
}

// keep bounds what an idle pull holds on to.
const keep = 1024

func (p *pull) begin(r *remoting.Request, mayBlock bool) {
	p.request, p.mayBlock = r, mayBlock
	p.denied = forbidden{}
}

func (p *pull) release() {
	p.read.Release()
	p.request = nil
	if cap(p.read.Messages) > keep {
		p.read = store.Read{}
	}
	p.h.pulls.Put(p)
}

// first answers the pull, or parks it.
func (p *pull) first() error {
	p.query.NoWait = !p.mayBlock
	status, err := p.h.store.Get(&p.query, &p.read)
	if err != nil {
		return err
	}
	if p.head.SysFlag&protocol.PullCommitOffset != 0 {
		p.h.meta.Commit(p.head.ConsumerGroup, p.head.Topic, p.head.QueueID, p.head.CommitOffset)
	}
	if wait := p.patience(status); wait > 0 {
		p.park(wait)
		return nil
	}
	p.reply(status)
	return nil
}

// patience is how long the pull may wait for messages, 0 if it may not or need not.
func (p *pull) patience(status store.Status) time.Duration {
	if p.head.SysFlag&protocol.PullSuspend == 0 || p.code(status) != protocol.PullNotFound {
		return 0
	}
	if !p.h.opts.LongPolling {
		return p.h.opts.ShortPolling
	}
	return time.Duration(min(p.head.SuspendTimeoutMillis, maxSuspend.Milliseconds())) * time.Millisecond
}

// maxSuspend bounds what a client may ask for; Java's clients ask for 15 to 30 s.
const maxSuspend = 10 * time.Minute

// park detaches the request and waits, unless there is something now or too many wait already: then
// the client gets what there is.
func (p *pull) park(wait time.Duration) {
	p.names = append(p.names[:0], p.query.Topic...)
	p.query.Topic = p.names
	p.read.Release()
	p.request.Park()
	p.h.Metrics.Held.Add(1)
	if !p.h.hold.add(p, wait) {
		p.again()
	}
}

// again answers a pull that has waited, with what there is now. It runs where the arrival was told,
// which may be a loop: what would block is left to the client's next pull.
func (p *pull) again() {
	p.query.NoWait = true
	status, err := p.h.store.Get(&p.query, &p.read)
	if err != nil {
		if errors.Is(err, store.ErrWouldBlock) {
			p.read.Next = p.query.Offset
			p.reply(store.NoMatchedMessage)
			return
		}
		p.refuse(err)
		return
	}
	p.reply(status)
}

// code maps the store's outcome to the answer. Java: PullMessageProcessor.composeResponseHeader.
func (p *pull) code(status store.Status) int32 {
	switch status {
	case store.Found:
		return protocol.Success
	case store.MessageWasRemoving, store.NoMatchedMessage:
		return protocol.PullRetryImmediately
	case store.NoMatchedLogicQueue, store.NoMessageInQueue:
		if p.query.Offset != 0 {
			return protocol.PullOffsetMoved
		}
		return protocol.PullNotFound
	case store.OffsetFoundNull, store.OffsetOverflowOne:
		return protocol.PullNotFound
	}
	return protocol.PullOffsetMoved
}

func (p *pull) reply(status store.Status) {
	p.answer = protocol.PullResponse{
		NextBeginOffset: p.read.Next, MinOffset: p.read.Min, MaxOffset: p.read.Max,
		TopicSysFlag: wire.Some(p.topic.SysFlag), GroupSysFlag: wire.Some(p.group.SysFlag),
	}
	if status == store.Found {
		p.h.Metrics.Messages.Add(int64(len(p.read.Messages)))
		p.h.Metrics.Bytes.Add(int64(p.read.Len()))
		p.request.ReplyBody(protocol.Success, status.String(), &p.answer, &p.read)
	} else {
		p.request.ReplyCode(p.code(status), status.String(), &p.answer, nil)
	}
	p.release()
}

func (p *pull) refuse(err error) {
	p.h.Metrics.Refused.Add(1)
	var e *remoting.Error
	switch {
	case errors.As(err, &e) && p.denied.Type.Set:
		p.request.ReplyCode(e.Code, e.Remark, &p.denied, nil)
	case errors.Is(err, store.ErrClosed):
		p.request.Fail(protocol.ServiceNotAvailable, "the broker is shutting down")
	default:
		p.request.FailErr(err)
	}
	p.release()
}

// forbidden is all that the answer to a pull that lacks permission carries.
type forbidden struct{ Type wire.Opt[int32] }

// Fields implements wire.Header.
func (f *forbidden) Fields(v *wire.Fields) { v.OptInt32("forbiddenType", &f.Type) }
