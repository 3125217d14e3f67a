package txn

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
)

// windowSize is how many halves a round looks at between two readings of the notes.
const windowSize = 1 << 16

// round is one look at the halves that are not decided. Java: TransactionalMessageServiceImpl.check.
type round struct {
	t      *Transactions
	ctx    context.Context // of the goroutine: nobody waits for a round
	rules  Rules
	end    int64 // of the queue when the round began: what was put since is for the next one
	marks  marks // halves of the window that a note names, and windowSize halves in front of it
	reader reader
	half   half

	congested map[string]bool // producer groups nobody of which took more while it was waited for: not waited for again
}

// check asks for the halves whose time has come and moves both offsets of the group. What stops it is
// tried again in the next round.
func (t *Transactions) check(ctx context.Context) error {
	r := round{t: t, ctx: ctx, rules: t.opts.Rules(), end: t.store.MaxOffset(halfTopic, halfQueue), reader: reader{store: t.store, topic: halfTopic}}
	defer r.reader.read.Release()
	at, op := t.progress(halfTopic), t.progress(opTopic)
	t.turn(at)
	if err := t.flushNotes(); err != nil {
		return err
	}
	for {
		if err := r.mark(at, op); err != nil {
			return err
		}
		next, err := r.walk(at, min(at+windowSize, r.end))
		if next != at {
			var aerr error
			op, aerr = t.advance(ctx, next, op)
			err = errors.Join(err, aerr)
		}
		if stopped := next < min(at+windowSize, r.end); stopped || next >= r.end || err != nil {
			return err
		}
		at = next
	}
}

// progress is the offset of the group in one of the two queues; it lies within the queue.
// Java: TransactionalMessageBridge.fetchConsumeOffset.
func (t *Transactions) progress(topic []byte) int64 {
	first, end := t.store.MinOffset(topic, halfQueue), t.store.MaxOffset(topic, halfQueue)
	off, ok := t.offsets.Query(group, topic, halfQueue)
	if !ok {
		return first
	}
	right := min(max(off, first), end)
	if right != off {
		t.opts.Log.Warn("offset of transactions corrected", "topic", string(topic), "offset", off, "now", right)
		if err := t.commit(topic, right); err != nil {
			t.opts.Log.Error("offset of transactions not corrected", "error", err)
		}
	}
	return right
}

func (t *Transactions) commit(topic []byte, off int64) error {
	if err := t.offsets.Commit(group, topic, halfQueue, off); err != nil {
		return fmt.Errorf("txn: offset %d of %s not kept: %w", off, topic, err)
	}
	return nil
}

// mark reads the notes from op on and marks the halves that they name in and just in front of the
// window that begins at first.
func (r *round) mark(first, op int64) error {
	r.marks = marks{}
	return r.t.eachNote(op, func(_ int64, named iter.Seq[int64]) bool {
		for off := range named {
			if off >= first-windowSize && off < first+windowSize {
				r.marks.add(off)
			}
		}
		return r.ctx.Err() == nil
	})
}

// decided reports whether a half was committed or rolled back.
func (r *round) decided(off int64) bool { return r.marks.has(off) || r.t.notes.isRecent(off) }

// walk judges the halves from first to end, in their order. next is the first that is not done,
// end or behind it if all are.
func (r *round) walk(first, end int64) (next int64, err error) {
	for next = first; next < end; {
		if r.decided(next) {
			next++
			continue
		}
		found, err := r.reader.next(next)
		if err != nil || !found {
			return max(next, r.reader.read.Next), err
		}
		for i := range r.reader.read.Messages {
			if next = r.reader.read.Messages[i].QueueOffset; next >= end {
				return next, nil
			}
			if done, err := r.judge(i, next); !done || err != nil {
				return next, err
			}
			next++
		}
		next = max(next, r.reader.read.Next)
	}
	return next, nil
}

// judge decides on message i of the reader, the half at a queue offset: done means that the offset moves past it.
func (r *round) judge(i int, off int64) (done bool, err error) {
	if r.decided(off) {
		return true, nil
	}
	if err := r.ctx.Err(); err != nil {
		return false, err
	}
	if err := r.half.parse(r.reader.bytes(i)); err != nil {
		r.skip(off, err)
		return true, nil
	}
	v := &r.half.View
	times, _ := number[int32](v, record.PropTranCheckTimes, 0)
	origin, _ := number[int64](v, record.PropTranPreparedQueueOffset, off)
	if origin != off && r.decided(origin) {
		return true, nil
	}
	age := time.Duration(r.t.opts.Now().UnixMilli()-v.BornTime) * time.Millisecond
	switch r.rules.verdict(v, age, times) {
	case leave:
		return false, nil
	case giveUp:
		err = r.discard(times)
	case putBehind:
		err = r.wait(origin)
	case ask:
		err = r.ask(times, off, origin)
	}
	if store.IsIllegal(err) { // what can never be put again must stop nobody
		r.skip(off, err)
		err = nil
	}
	return err == nil, err
}

// skip passes over what is no half, or cannot be put again. It stays where it is in the log.
func (r *round) skip(off int64, err error) {
	r.t.Metrics.Skipped.Add(1)
	r.t.opts.Log.Error("half message passed over", "offset", off, "error", err)
}

// discard gives a half up: it is kept where an administrator finds it. Java:
// DefaultTransactionalMessageCheckListener.resolveDiscardMsg.
func (r *round) discard(times int32) error {
	t, h := r.t, &r.half
	if err := t.opts.EnsureTopic(maxTopic); err != nil {
		return err
	}
	m := h.message()
	m.Topic, m.QueueID = maxTopic, halfQueue
	if _, err := t.puts.Own(&m); err != nil {
		return err
	}
	t.Metrics.Discarded.Add(1)
	t.counts.add(h.topic, -1, t.opts.Now().UnixMilli())
	t.opts.Log.Warn("transaction given up: nobody said commit or rollback", "topic", string(h.topic), "id", string(h.UniqKey()),
		"asked", times, "born", time.UnixMilli(h.BornTime))
	return nil
}

// wait puts a half behind the others again because it asked to be left alone for longer than they do.
// origin is where it was first.
// Java: renewImmunityHalfMessageInner.
func (r *round) wait(origin int64) error {
	m := r.half.message()
	props := record.AppendWithout(nil, m.Properties, record.PropTranPreparedQueueOffset)
	m.Properties = record.AppendProperty(props, record.PropTranPreparedQueueOffset, strconv.FormatInt(origin, 10))
	placed, err := r.t.puts.Own(&m)
	if err != nil {
		return err
	}
	r.t.behind.put(placed.QueueOffset)
	r.t.Metrics.Waited.Add(1)
	return nil
}

// ask puts a half behind the others again, so that those go on, and asks a member of its producer group for
// it. If there is none it is asked for in a later round. Java: putBackHalfMsgQueue,
// AbstractTransactionalMessageCheckListener.sendCheckMessage. off and origin are where it is and where it was first.
func (r *round) ask(times int32, off, origin int64) error {
	t := r.t
	name, _ := r.half.Property(record.PropProducerGroup)
	to := r.producer(string(name))
	if r.decided(off) || r.decided(origin) { // while that waited
		return nil
	}
	m := r.half.message()
	props := record.AppendWithout(nil, m.Properties, record.PropTranCheckTimes)
	m.Properties = record.AppendProperty(props, record.PropTranCheckTimes, strconv.Itoa(int(max(times, 0))+1))
	placed, err := t.puts.Own(&m)
	if err != nil {
		return err
	}
	if origin != off {
		t.behind.put(placed.QueueOffset)
	}
	if to == nil {
		t.Metrics.Unasked.Add(1)
		t.opts.Log.Debug("no producer to ask", "group", string(name), "id", string(r.half.UniqKey()))
		return nil
	}
	question, err := r.question(&m, placed.QueueOffset, placed.PhyOffset)
	if err == nil {
		err = t.push.Push(to, question)
	}
	if err != nil {
		t.Metrics.Unasked.Add(1)
		t.opts.Log.Debug("producer not asked", "group", string(name), "peer", to.RemoteAddr(), "error", err)
		return nil
	}
	t.Metrics.Asked.Add(1)
	return nil
}

// Congestion ends, or the half is asked for in the next round. A group that was waited for in vain is not
// waited for again in a round, and each such group shortens the wait for the next: whoever does not read
// must not keep the halves of all others.
const (
	congestionLook = 10 * time.Millisecond
	congestionMost = 5 * time.Second
)

// producer picks who is asked, and waits while there is much that it has not read yet.
func (r *round) producer(group string) remoting.Peer {
	p := r.t.producers.AnyProducer(group)
	if p == nil || !p.Congested() {
		return p
	}
	if r.congested[group] {
		return nil
	}
	tick := time.NewTicker(congestionLook)
	defer tick.Stop()
	for end := time.Now().Add(congestionMost >> len(r.congested)); time.Now().Before(end); {
		select {
		case <-tick.C:
		case <-r.ctx.Done():
			return nil
		}
		if p = r.t.producers.AnyProducer(group); p == nil || !p.Congested() {
			return p
		}
	}
	if r.congested == nil {
		r.congested = make(map[string]bool)
	}
	r.congested[group] = true
	return nil
}

// question is request 39 about m, the half as it was put again at the offsets: the message as it was
// sent, but where it lies now.
func (r *round) question(m *record.Message, queueOff, phyOff int64) (*remoting.Message, error) {
	t, h := r.t, &r.half
	sent := *m
	sent.Topic, sent.QueueID = h.topic, h.queue
	sent.Properties = record.AppendProperty(record.AppendWithout(nil, m.Properties, record.PropWait), record.PropWait, "false")
	var e record.Encoded
	if err := e.Set(&sent, record.EncodeOptions{AutoVersion: true, AllowEmptyBody: true, MaxMessageSize: len(m.Body)}); err != nil {
		return nil, fmt.Errorf("txn: question for %q: %w", h.topic, err)
	}
	e.Patch(0, queueOff, phyOff, h.StoreTime)
	key := string(h.UniqKey())
	return &remoting.Message{
		Code: protocol.CheckTransactionState,
		Header: &protocol.CheckTransactionRequest{
			Topic: record.TopicTranHalf, TranStateTableOffset: queueOff, CommitLogOffset: phyOff, MsgID: key, TransactionID: key,
			OffsetMsgID: string(record.AppendOffsetID(nil, m.StoreHost, phyOff)),
			RPC:         protocol.RPC{BrokerName: []byte(t.opts.Broker)},
		},
		Body: e.Bytes,
	}, nil
}

// advance keeps both offsets, that of the halves at next and that of the notes in front of the first that
// names a half from there on, or one that may lie there again. The log is on disk before they are: what they step over must not come back
// changed, nor what took its place be lost.
func (t *Transactions) advance(ctx context.Context, next, op int64) (int64, error) {
	first, limit := op, t.behind.limit(next)
	err := t.eachNote(op, func(offset int64, named iter.Seq[int64]) bool {
		if offset >= limit {
			return false
		}
		for off := range named {
			// A note names what was in the queue before it. Anything else is nonsense and must hold nothing up.
			if off >= next && off < t.store.MaxOffset(halfTopic, halfQueue) {
				return false
			}
		}
		op = offset + 1
		return true
	})
	if err == nil {
		err = t.store.Synced(ctx, t.store.Stats().LogEnd)
	}
	if err != nil {
		return first, err
	}
	// Without the notes in front of it a half that stays would be taken for undecided.
	if err := t.commit(halfTopic, next); err != nil || op == first {
		return first, err
	}
	return op, t.commit(opTopic, op)
}
