package txn

import (
	"bytes"
	"strconv"

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

const (
	remarkResume = "Exception was thrown when putting message back to RMQ_SYS_TRANS_HALF_TOPIC."
	remarkPut    = "Put message back to RMQ_SYS_TRANS_HALF_TOPIC failed."
)

// resume is 323: a half, most often one that was given up, is put behind the others as if nobody
// had been asked for it yet.
// Java: AdminBrokerProcessor.resumeCheckHalfMessage.
func (t *Transactions) resume(_ *remoting.Request, q *protocol.ResumeHalfRequest) (remoting.Reply, error) {
	_, phyOff, err := record.ParseOffsetID(q.MsgID)
	if err != nil {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "%s Cause: %v", remarkResume, err)
	}
	w := t.works.Get().(*work)
	defer t.release(w)
	if err := w.load(t.store, phyOff, halfTopic, maxTopic); err != nil {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "%s Cause: %v", remarkResume, err)
	}
	m := w.half.message()
	givenUp := bytes.Equal(m.Topic, maxTopic)
	m.Topic, m.QueueID = halfTopic, halfQueue
	m.Properties = record.AppendProperty(record.AppendWithout(nil, m.Properties, record.PropTranCheckTimes),
		record.PropTranCheckTimes, strconv.Itoa(0))
	if _, err := t.puts.Own(&m); err != nil {
		return remoting.Reply{}, remoting.Errorf(protocol.SystemError, "%s Cause: %v", remarkPut, err)
	}
	t.Metrics.Resumed.Add(1)
	if givenUp {
		t.counts.add(w.half.topic, 1, t.opts.Now().UnixMilli())
	}
	t.plan()
	return remoting.Reply{}, nil
}
