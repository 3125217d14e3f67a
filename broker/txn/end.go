package txn

import (
	"bytes"
	"errors"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
)

// Java: EndTransactionProcessor. Clients send 37 oneway; what is said here of answers is for those who
// ask, and for the counters.
//
//	8 commit     the half becomes the message that it was sent as; then its note
//	12 rollback  its note alone
//	others       nothing: the check will ask. There is no answer
//
// Refused are: 1 where there is no half, or the group or one of the two offsets is not its own, or where
// it is remembered that the transaction has ended (for a round of checks at least, see behind.go; later, as in Java, it
// ends again); 604 after the time in which its producer wanted to be left alone, unless it was asked; what
// the store refuses, as it is.

// Routes are 37, which runs on ends, and 323, on admin.
func (t *Transactions) Routes(ends, admin *remoting.Pool) []remoting.Route {
	topic := remoting.Field(remoting.KindTopic, "topic")
	return []remoting.Route{
		{Code: protocol.EndTransaction, Run: ends, Access: remoting.Access{Action: remoting.ActionPub, Resources: topic}, Handle: t.end},
		{
			Code: protocol.ResumeCheckHalfMessage, Run: admin,
			Access: remoting.Access{Action: remoting.ActionUpdate, Resources: topic}, Handle: remoting.Typed(t.resume),
		},
	}
}

// work is what one request needs; it is pooled.
type work struct {
	buf  []byte
	half half
}

// keepBuf is what an idle work holds on to, in bytes.
const keepBuf = 64 << 10

func (t *Transactions) release(w *work) {
	if cap(w.buf) > keepBuf {
		w.buf = nil
	}
	w.half = half{}
	t.works.Put(w)
}

// load reads the half that begins at phyOff in the log. It must lie in one of topics.
func (w *work) load(s *store.Store, phyOff int64, topics ...[]byte) error {
	var err error
	if w.buf, err = s.AppendLook(w.buf[:0], phyOff); err != nil {
		if errors.Is(err, store.ErrNotFound) {
			err = errors.Join(errNoHalf, err)
		}
		return err
	}
	if err := w.half.parse(w.buf); err != nil {
		return err
	}
	for _, topic := range topics {
		if bytes.Equal(w.half.Topic, topic) {
			return nil
		}
	}
	return errNoHalf
}

func (t *Transactions) end(r *remoting.Request) {
	var q protocol.EndTransactionRequest
	if err := wire.DecodeHeader(&r.Cmd, &q); err != nil {
		r.FailErr(err)
		return
	}
	if q.CommitOrRollback != record.SysTranCommit && q.CommitOrRollback != record.SysTranRollback {
		t.Metrics.Unknown.Add(1)
		r.Ignore()
		return
	}
	w := t.works.Get().(*work)
	defer t.release(w)
	if err := t.find(w, &q); err != nil {
		t.Metrics.Refused.Add(1)
		t.opts.Log.Debug("end of a transaction refused", "peer", r.Peer.RemoteAddr(), "group", q.ProducerGroup, "id", q.MsgID, "error", err)
		r.FailErr(err)
		return
	}
	defer t.notes.release(w.half.QueueOffset)
	if q.CommitOrRollback == record.SysTranRollback {
		t.Metrics.Rollbacks.Add(1)
		if t.opts.Tally != nil {
			t.opts.Tally.RolledBack(w.half.topic)
		}
		t.conclude(&w.half)
		r.ReplyCode(protocol.Success, remoting.RemarkUnset, nil, nil)
		return
	}
	m := w.half.committed()
	placed, err := t.puts.Commit(&m)
	if err != nil {
		t.notes.release(w.half.QueueOffset) // who is told may try again at once
		r.FailErr(refusal(err))
		return
	}
	t.Metrics.Commits.Add(1)
	if t.opts.Tally != nil {
		t.opts.Tally.Committed(w.half.topic, t.opts.Now().Sub(time.UnixMilli(w.half.BornTime)))
	}
	t.conclude(&w.half)
	if r.Cmd.IsOneway() {
		r.Reply(nil, nil)
		return
	}
	r.Detach()
	t.store.Await(placed.End, (*answer)(r))
}

// answer is a request that is answered when the disk has what was promised.
type answer remoting.Request

// Settled implements commitlog.Waiter.
func (a *answer) Settled(err error) {
	r := (*remoting.Request)(a)
	if err != nil {
		r.FailErr(remoting.Errorf(protocol.ServiceNotAvailable, "%s Cause: %v", remarkUnavailable, err))
		return
	}
	r.Reply(nil, nil)
}

// find loads the half that q names into w, and claims it. Java: commitMessage, rejectCommitOrRollback, checkPrepareMessage.
func (t *Transactions) find(w *work, q *protocol.EndTransactionRequest) error {
	err := w.load(t.store, q.CommitLogOffset, halfTopic)
	h := &w.half
	if errors.Is(err, errNoHalf) {
		return remoting.Errorf(protocol.SystemError, "Find prepared transaction message failed. Cause: %v", err)
	}
	if err != nil {
		return err
	}
	rules := t.opts.Rules()
	immunity, own := rules.immunity(&h.View, rules.Timeout)
	if age := time.Duration(t.opts.Now().UnixMilli()-h.BornTime) * time.Millisecond; !q.FromTransactionCheck && own && age > immunity {
		return remoting.Errorf(protocol.IllegalOperation, "%s is over: %v after the message was born; wait to be asked",
			record.PropCheckImmunitySeconds, age)
	}
	name, owned := h.Property(record.PropProducerGroup)
	switch {
	case !owned || string(name) != q.ProducerGroup:
		return remoting.Errorf(protocol.SystemError, "The producer group wrong")
	case h.QueueOffset != q.TranStateTableOffset:
		return remoting.Errorf(protocol.SystemError, "The transaction state table offset wrong")
	case !t.notes.claim(h.QueueOffset):
		return remoting.Errorf(protocol.SystemError, "The transaction has ended: its half at queue offset %d is committed or rolled back", h.QueueOffset)
	}
	return nil
}

// committed is the message that the half was sent as. All properties stay, as in Java.
// Java: EndTransactionProcessor.endMessageTransaction.
func (h *half) committed() record.Message {
	m := h.message()
	m.Topic, m.QueueID = h.topic, h.queue
	m.SysFlag = m.SysFlag&^record.SysTranMask | record.SysTranCommit
	m.PreparedOffset = h.PhyOffset
	return m
}

// conclude notes that a half is decided.
func (t *Transactions) conclude(h *half) {
	t.decided(h.QueueOffset)
	t.counts.add(h.topic, -1, t.opts.Now().UnixMilli())
}

// Remarks of Java's EndTransactionProcessor.sendFinalMessage.
const (
	remarkIllegal     = "The message is illegal, maybe msg body or properties length not matched."
	remarkUnavailable = "Service not available now."
	remarkBusy        = "OS page cache busy, please try another machine"
)

// refusal maps what went wrong with the put of a committed message to the answer.
func refusal(err error) error {
	var e *remoting.Error
	switch {
	case errors.As(err, &e): // a hook says why
		return e
	case store.IsIllegal(err):
		return remoting.Errorf(protocol.MessageIllegal, "%s Cause: %v", remarkIllegal, err)
	case store.IsUnavailable(err):
		return remoting.Errorf(protocol.ServiceNotAvailable, "%s Cause: %v", remarkUnavailable, err)
	case store.IsBusy(err):
		return remoting.Errorf(protocol.SystemError, "%s. Cause: %v", remarkBusy, err)
	}
	return err
}
