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
	h       *Handler
	request *remoting.Request
	at      station
	began   time.Time // elsewhere than on a loop

	head   protocol.PullRequest
	topic  Topic
	group  Group
	filter filter
	query  store.Query
	read   *store.Read // nil while the pull is parked
	answer protocol.PullResponse
	denied protocol.PullForbidden // Type 0: it is not

	names []byte // topic and group while the pull is parked: the frame is gone
	until int64  // tick of hold at which its wait is over
	past  bool   // it has waited at messages that it did not want
	place place  // in hold
}

// keep bounds what an idle pull holds on to, in messages and in tags.
const keep = 1024

func (p *pull) begin(r *remoting.Request, at station) {
	p.request, p.at = r, at
	if at != onLoop {
		p.began = time.Now()
	}
	p.denied, p.past = protocol.PullForbidden{}, false
}

func (p *pull) release() {
	p.read.Release()
	if cap(p.read.Messages) > keep {
		p.read = new(store.Read)
	}
	if cap(p.filter.codes) > keep {
		p.filter.codes = nil
	}
	p.request, p.filter.condition = nil, nil
	p.head, p.query = protocol.PullRequest{}, store.Query{}
	p.h.pulls.Put(p)
}

// first answers the pull, or parks it. It returns how many bytes were read from the disk.
func (p *pull) first() (read int, err error) {
	if p.at == onDisk {
		if done, err := p.putOff(); done || err != nil {
			return 0, err
		}
	}
	if p.reset() {
		return 0, nil
	}
	if p.at == onLoop && p.laborious() {
		return 0, errLaborious
	}
	p.query.NoWait = p.at != onDisk
	status, err := p.h.store.Get(&p.query, p.read)
	read = p.read.Disk
	if err != nil {
		return read, err
	}
	p.account()
	if p.head.SysFlag&protocol.PullCommitOffset != 0 {
		p.h.meta.Commit(p.head.ConsumerGroup, p.head.Topic, p.head.QueueID, p.head.CommitOffset)
	}
	p.tally(status)
	if wait := p.patience(status); wait > 0 {
		p.park(wait, p.h.hold.add)
		return read, nil
	}
	p.reply(status)
	return read, nil
}

// What a loop does for conditions, as others wait meanwhile: it looks into so many messages, for conditions of
// such a weight, in bytes.
const (
	maxJudged = 32
	maxWeight = 8 << 10
)

// laborious reports whether there is more to be looked into.
func (p *pull) laborious() bool {
	c := p.filter.condition
	if c == nil {
		return false
	}
	n := p.h.store.MaxOffset(p.query.Topic, p.query.QueueID) - p.query.Offset
	return n > maxJudged || n > 0 && c.Weight() > maxWeight
}

// tally counts a look into the queue. Java: DefaultPullMessageResultHandler, tryCommitOffset.
func (p *pull) tally(status store.Status) {
	t := p.h.opts.Tally
	if t == nil {
		return
	}
	messages, size := 0, 0
	if status == store.Found {
		messages, size = p.read.Count, p.read.Len()
	}
	var took time.Duration // on a loop none that would count
	if p.at != onLoop {
		took = time.Since(p.began)
	}
	t.Pulled(p.head.ConsumerGroup, p.head.Topic, p.head.QueueID, p.read.Next, messages, size, took)
}

// patience is how long the pull may wait for messages, 0 if it may not or need not.
func (p *pull) patience(status store.Status) time.Duration {
	if p.head.SysFlag&protocol.PullSuspend == 0 || p.code(status) != protocol.PullNotFound {
		return 0
	}
	if on := p.h.opts.LongPolling; on != nil && !on() {
		return p.h.opts.ShortPolling
	}
	return time.Duration(min(p.head.SuspendTimeoutMillis, maxSuspend.Milliseconds())) * time.Millisecond
}

// maxSuspend bounds what a client may ask for; Java's clients ask for 15 to 30 s.
const maxSuspend = 10 * time.Minute

// errCrowded makes clients wait by themselves: Java's ask again at once where there is nothing new (19), and after 3 s where the broker
// is busy.
var errCrowded = remoting.Errorf(protocol.SystemBusy,
	"too many pulls wait for messages, of this connection or of all, or their filters take too much memory")

// park detaches the request and waits in hold, by way of enter, unless there is something now: then the client gets it.
func (p *pull) park(wait time.Duration, enter func(*pull, time.Duration) outcome) {
	h, peer := p.h, p.request.Peer // p may be answered as soon as it is in hold
	p.own()
	p.read.Release()
	h.reads.Put(p.read)
	p.read = nil
	p.request.Park()
	switch enter(p, wait) {
	case needless:
		p.again(false)
		return
	case crowded:
		p.read = h.reads.Get().(*store.Read)
		p.refuse(errCrowded)
		return
	}
	h.Metrics.Held.Add(1)
	if ended(peer) { // perhaps before p was there to be found by Closed
		h.Closed(peer)
	}
}

// own copies what is needed of the frame, which dies now.
func (p *pull) own() {
	topic, group := p.head.Topic, p.head.ConsumerGroup
	p.names = append(append(p.names[:0], topic...), group...)
	p.head = protocol.PullRequest{
		Topic: p.names[:len(topic):len(topic)], ConsumerGroup: p.names[len(topic):], QueueID: p.head.QueueID,
		SysFlag: p.head.SysFlag, SubVersion: p.head.SubVersion,
	}
	p.query.Topic = p.head.Topic
	if c := p.filter.codes; cap(c) > keep && cap(c) > 2*len(c) {
		p.filter.codes = append([]int32(nil), c...)
	}
}

// again answers a pull that has waited, with what there is now, if the consumer may still have it. It
// runs where the arrival was told, which may be a loop: what would block is left to the client's next
// pull. With mayWait a pull whose condition wants nothing of what has arrived waits on, behind it; then answered is
// false. Java: PullMessageProcessor.executeRequestWhenWakeup, PullRequestHoldService.notifyMessageArriving.
func (p *pull) again(mayWait bool) (answered bool) {
	if p.ending() {
		p.forget()
		return false
	}
	p.at, p.query.NoWait = onLoop, true
	p.read = p.h.reads.Get().(*store.Read)
	status, err := store.NoMatchedMessage, p.recheck()
	if err == nil && p.reset() {
		return true
	}
	if err == nil && p.laborious() {
		err = errLaborious // the client asks again, and then it is done elsewhere
	}
	for looks := 0; err == nil; looks++ {
		status, err = p.h.store.Get(&p.query, p.read)
		if err != nil || !mayWait || status != store.NoMatchedMessage || p.filter.condition == nil || looks == maxLooks {
			break
		}
		p.query.Offset, p.past = p.read.Next, true
		if p.wait() {
			return false
		}
	}
	p.finish(status, err)
	return true
}

// maxLooks is how often one arrival makes a pull look for what it wants: each look is bounded by the store.
const maxLooks = 16

// wait parks a pull again that has looked at what arrived. It reports false if there is more, or the time over.
func (p *pull) wait() bool {
	p.read.Release()
	h, peer, read := p.h, p.request.Peer, p.read
	p.read = nil
	if !h.hold.back(p) {
		p.read = read
		return false
	}
	h.reads.Put(read)
	if ended(peer) {
		h.Closed(peer)
	}
	return true
}

// finish answers a pull that has waited.
func (p *pull) finish(status store.Status, err error) {
	switch {
	case err == nil:
		if status == store.OffsetOverflowOne && p.past {
			status = store.NoMatchedMessage // since it began to wait
		}
		p.tally(status)
		p.reply(status)
	case errors.Is(err, store.ErrWouldBlock), errors.Is(err, errLaborious):
		p.bounds(p.query.Offset)
		p.reply(store.NoMatchedMessage)
	default:
		p.refuse(err)
	}
}

// forget ends a pull whose client is gone.
func (p *pull) forget() {
	p.place = place{}
	p.read = p.h.reads.Get().(*store.Read)
	p.request.Fail(protocol.SystemError, "the connection has ended")
	p.release()
}

// code maps the store's outcome to the answer. Java: PullMessageProcessor.composeResponseHeader.
func (p *pull) code(status store.Status) int32 {
	switch status {
	case store.Found:
		return protocol.Success
	case store.MessageWasRemoving, store.NoMatchedMessage:
		return protocol.PullRetryImmediately
	case store.NoMessageInQueue:
		if p.query.Offset != 0 {
			return protocol.PullOffsetMoved
		}
		return protocol.PullNotFound
	case store.OffsetOverflowOne:
		return protocol.PullNotFound
	}
	return protocol.PullOffsetMoved
}

// bounds has the answer tell where the queue begins and ends, and where the consumer goes on.
func (p *pull) bounds(next int64) {
	p.read.Next = next
	p.read.Min = p.h.store.MinOffset(p.query.Topic, p.query.QueueID)
	p.read.Max = p.h.store.MaxOffset(p.query.Topic, p.query.QueueID)
}

func (p *pull) reply(status store.Status) {
	p.fillAnswer()
	if status == store.Found {
		p.h.Metrics.Found.Add(1)
		p.h.Metrics.Messages.Add(int64(p.read.Count))
		p.h.Metrics.Bytes.Add(int64(p.read.Len()))
		p.request.ReplyBody(protocol.Success, status.String(), &p.answer, p.read)
		p.release()
		return
	}
	p.h.Metrics.Missed.Add(1)
	code := p.code(status)
	if code == protocol.PullOffsetMoved {
		p.moved(status.String())
		return
	}
	p.request.ReplyCode(code, status.String(), &p.answer, nil)
	p.release()
}

func (p *pull) fillAnswer() {
	p.answer = protocol.PullResponse{
		NextBeginOffset: p.read.Next, MinOffset: p.read.Min, MaxOffset: p.read.Max,
		TopicSysFlag: wire.Some(p.topic.SysFlag), GroupSysFlag: wire.Some(p.group.SysFlag),
	}
}

func (p *pull) refuse(err error) {
	p.h.Metrics.Refused.Add(1)
	var e *remoting.Error
	switch {
	case errors.As(err, &e) && p.denied.Type != 0:
		p.request.ReplyCode(e.Code, e.Remark, &p.denied, nil)
	case errors.Is(err, store.ErrClosed):
		p.request.Fail(protocol.ServiceNotAvailable, "the broker is shutting down")
	default:
		p.request.FailErr(err)
	}
	p.release()
}
