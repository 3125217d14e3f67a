package timer

import (
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/record"
)

// Java: RecallMessageProcessor; AdminBrokerProcessor.getTimerCheckPoint, getTimerMetrics.
//
//	370 RECALL_MESSAGE          takes a timed message back: a message in the same slot says so. Answered as
//	                            soon as that is stored; whether it is in time shows when the slot comes
//	60 GET_TIMER_CHECK_POINT    the checkpoint's fields, for slaves
//	61 GET_TIMER_METRICS        the counts, for slaves
//
// 370 with success carries the remark that Java leaves in it, "not set any response code".
//
// Deviation: Java answers 370 from the properties of the message with its time and key alone, so a handle
// for a message that never was is a success here too.

// Recalls is what 370 must know. The names in brackets are Java's.
type Recalls struct {
	Enable      func() bool                         // recallMessageEnable
	Writable    func() bool                         // brokerPermission, or allowRecallWhenBrokerNotWriteable
	AcceptFrom  int64                               // startAcceptSendRequestTimeStamp
	TopicExists func(topic []byte) bool             // in the topic table
	Await       func(end int64, w commitlog.Waiter) // tells w when what ends there is as durable as producers are promised
	Region      string
}

// syncPatience is how long a recall waits for the disk before it is answered all the same, as in Java.
const syncPatience = 5 * time.Second

// Routes returns the rows of 370, 60 and 61.
func (t *Timer) Routes(pool *remoting.Pool, r Recalls) []remoting.Route {
	pub := remoting.Access{Action: remoting.ActionPub, Resources: remoting.Field(remoting.KindTopic, "topic")}
	get := remoting.Access{Action: remoting.ActionGet, Resources: remoting.EveryCluster}
	return []remoting.Route{
		{Code: protocol.RecallMessage, Run: pool, Access: pub, Handle: recaller{t, r}.serve},
		{Code: protocol.GetTimerCheckPoint, Run: pool, Access: get, Handle: remoting.Plain(t.serveCheckpoint)},
		{Code: protocol.GetTimerMetrics, Run: pool, Access: get, Handle: remoting.Plain(t.serveMetrics)},
	}
}

func (t *Timer) serveCheckpoint(*remoting.Request) (remoting.Reply, error) {
	if t.book == nil {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "The checkpoint is null")
	}
	t.done.mu.Lock()
	c := t.checkpoint()
	t.done.mu.Unlock()
	return remoting.Reply{Body: c.Append(nil)}, nil
}

func (t *Timer) serveMetrics(*remoting.Request) (remoting.Reply, error) {
	if t.book == nil {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "The timer message store is null")
	}
	return remoting.Reply{Body: t.counts.encode()}, nil
}

type recaller struct {
	*Timer
	Recalls
}

func (r recaller) serve(q *remoting.Request) {
	var h protocol.RecallRequest
	if err := wire.DecodeHeader(&q.Cmd, &h); err != nil {
		q.FailErr(err)
		return
	}
	what, refused := r.check(&h)
	if refused != nil {
		q.ReplyCode(refused.Code, refused.Remark, &protocol.RegionExt{Region: r.Region}, nil)
		return
	}
	a := &recall{request: q, key: what.key, region: r.Region}
	end, err := r.store(q, &h, &what)
	if err != nil {
		a.Settled(err)
		return
	}
	q.Detach()
	a.patience = time.AfterFunc(syncPatience, func() { a.answer(nil) })
	r.Await(end, a)
}

// store stores the message that takes the other one back, and returns where it ends in the log.
func (r recaller) store(q *remoting.Request, h *protocol.RecallRequest, what *handle) (end int64, err error) {
	m := r.message(q, h, what)
	if err := r.Divert(&m, false); err != nil {
		return 0, err
	}
	end, _, err = r.put.Put(&m)
	return end, err
}

// recall is a request that is answered when the disk has what was promised, or when that takes too long. It holds no
// worker meanwhile.
type recall struct {
	request     *remoting.Request
	key, region string
	patience    *time.Timer
	answered    atomic.Bool // the request belongs to who sets it
}

// Settled implements commitlog.Waiter.
func (a *recall) Settled(err error) {
	if a.patience != nil {
		a.patience.Stop()
	}
	a.answer(err)
}

func (a *recall) answer(err error) {
	switch {
	case a.answered.Swap(true):
	case err != nil:
		a.request.ReplyCode(protocol.SystemError, "recall failed, execute error. Cause: "+err.Error(), &protocol.RegionExt{Region: a.region}, nil)
	default:
		a.request.ReplyCode(protocol.Success, remoting.RemarkUnset, &protocol.RecallResponse{MsgID: a.key, Region: a.region}, nil)
	}
}

// check refuses in Java's order, with Java's words.
func (r recaller) check(h *protocol.RecallRequest) (handle, *remoting.Error) {
	now := r.now()
	switch {
	case !r.Enable():
		return handle{}, remoting.Errorf(protocol.NoPermission, "recall failed, operation is forbidden")
	case now < r.AcceptFrom || !r.Writable():
		return handle{}, remoting.Errorf(protocol.ServiceNotAvailable, "recall failed, broker service not available")
	case !r.TopicExists([]byte(h.Topic)):
		return handle{}, remoting.Errorf(protocol.TopicNotExist, "recall failed, the topic[%s] not exist", h.Topic)
	}
	what, err := parseHandle(h.RecallHandle)
	if err != nil {
		return what, remoting.Errorf(protocol.IllegalOperation, "%v", err)
	}
	left := what.time() - now
	switch {
	case what.topic != h.Topic:
		return what, remoting.Errorf(protocol.IllegalOperation, "recall failed, topic not match")
	case what.broker != r.opts.Broker:
		return what, remoting.Errorf(protocol.IllegalOperation, "recall failed, broker service not available")
	case left <= 0 || left >= r.opts.MaxDelay.Milliseconds():
		return what, remoting.Errorf(protocol.IllegalOperation, "recall failed, timestamp invalid")
	}
	return what, nil
}

// tagRecall is the tag of messages that take others back. Java: RecallMessageProcessor.RECALL_MESSAGE_TAG.
const tagRecall = "_RECALL_TAG_"

// message is the message that takes another one back. Java: RecallMessageProcessor.buildMessage.
func (r recaller) message(q *remoting.Request, h *protocol.RecallRequest, what *handle) record.Message {
	now := r.now()
	var props []byte
	for _, p := range [...]struct{ name, value string }{
		{record.PropTags, tagRecall},
		{record.PropTimerDelUniqKey, what.topic + "+" + what.key},
		{record.PropUniqKey, what.key},
		{record.PropTimerDeliverMS, what.timestamp},
		{record.PropBornTimestamp, strconv.FormatInt(now, 10)},
		{record.PropTraceContext, ""},
		{record.PropProducerGroup, h.ProducerGroup},
	} {
		props = record.AppendProperty(props, p.name, p.value)
	}
	return record.Message{
		Topic: []byte(what.topic), Body: []byte("0"), Properties: props, BornTime: now,
		BornHost: q.Peer.RemoteAddr(), StoreHost: r.opts.StoreHost,
	}
}

// Figures are what request 28 tells of timers.
type Figures struct {
	ReadBehind   time.Duration // between what was delivered last and now; 0 if nothing waits
	OffsetBehind int64         // messages of the queue that are not taken up
	Pending      int64         // messages that wait
}

// Figures returns the figures of now. Java: getDequeueBehind, getEnqueueBehindMessages, getAllCongestNum.
func (t *Timer) Figures() (f Figures) {
	if t.book == nil {
		return f
	}
	f.OffsetBehind, f.Pending = t.done.behind.Load(), t.counts.pending()
	t.done.mu.Lock()
	read := t.done.readTime
	t.done.mu.Unlock()
	if next, ok, err := t.book.Next(read); err == nil && ok {
		f.ReadBehind = max(0, time.Duration(t.now()-next)*time.Millisecond-t.opts.Precision)
	}
	return f
}
