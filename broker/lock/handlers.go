package lock

import (
	"errors"
	"strings"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

// Java: AdminBrokerProcessor.lockBatchMQ, unlockBatchMQ.
//
//	41 LOCK_BATCH_MQ    answers the queues that the client holds now; foreign ones are left out
//	42 UNLOCK_BATCH_MQ  gives queues back; what the client does not hold is ignored
//
// onlyThisBroker matters for locks on a quorum of replicas (lockInStrictMode), which are not served.
//
// Deviations: Java answers a body that is missing or no JSON with 1 and an exception's text, and so
// do we with a text of our own; bodies over the limits are refused with 29.

// Limits of one request.
const (
	maxBody   = 2 << 20 // bytes
	maxQueues = 10_000
	maxName   = 255 // bytes of a group, a client id, a topic or a broker name
)

// Routes returns the rows of codes 41 and 42.
func (t *Table) Routes(pool *remoting.Pool) []remoting.Route {
	access := remoting.Access{Action: remoting.ActionSub, Resources: resources}
	return []remoting.Route{
		{Code: protocol.LockBatchMQ, Run: pool, Access: access, Handle: remoting.Plain(t.lock)},
		{Code: protocol.UnlockBatchMQ, Run: pool, Access: access, Handle: remoting.Plain(t.unlock)},
	}
}

// resources of both codes: the group and the topics in the body, but for retry topics. A body that
// cannot be read names none: it will be refused. Java: DefaultAuthorizationContextBuilder.
func resources(r *remoting.Request, dst []remoting.Resource) []remoting.Resource {
	q, err := decode(r.Cmd.Body)
	if err != nil {
		return dst
	}
	dst = append(dst, remoting.Resource{Kind: remoting.KindGroup, Name: q.ConsumerGroup})
	for i := range q.MQSet {
		if topic := q.MQSet[i].Topic; !strings.HasPrefix(topic, record.RetryPrefix) {
			dst = append(dst, remoting.Resource{Kind: remoting.KindTopic, Name: topic})
		}
	}
	return dst
}

func (t *Table) lock(r *remoting.Request) (remoting.Reply, error) {
	q, err := decode(r.Cmd.Body)
	if err != nil {
		return remoting.Reply{}, err
	}
	granted, err := t.Lock(q.ConsumerGroup, q.ClientID, q.MQSet)
	if err != nil {
		return remoting.Reply{}, err
	}
	return remoting.Reply{Body: fastjson.Append(nil, &protocol.LockBatchResponse{LockOKMQSet: granted})}, nil
}

func (t *Table) unlock(r *remoting.Request) (remoting.Reply, error) {
	q, err := decode(r.Cmd.Body)
	if err == nil {
		t.Unlock(q.ConsumerGroup, q.ClientID, q.MQSet)
	}
	return remoting.Reply{}, err
}

func decode(body []byte) (*protocol.LockBatchRequest, error) {
	switch {
	case len(body) == 0:
		return nil, remoting.Errorf(protocol.SystemError, "the request has no body")
	case len(body) > maxBody:
		return nil, remoting.Errorf(protocol.InvalidParameter, "body of %d bytes, limit %d", len(body), maxBody)
	}
	q := new(protocol.LockBatchRequest)
	if err := fastjson.Unmarshal(body, q); err != nil {
		return nil, remoting.Errorf(protocol.SystemError, "bad body: %v", err)
	}
	return q, check(q)
}

func check(q *protocol.LockBatchRequest) error {
	if len(q.MQSet) > maxQueues {
		return remoting.Errorf(protocol.InvalidParameter, "%d queues, limit %d", len(q.MQSet), maxQueues)
	}
	err := errors.Join(checkName("consumerGroup", q.ConsumerGroup), checkName("clientId", q.ClientID))
	for i := 0; i < len(q.MQSet) && err == nil; i++ {
		mq := &q.MQSet[i]
		err = errors.Join(checkName("topic", mq.Topic), checkName("brokerName", mq.BrokerName))
		if mq.QueueID < 0 {
			err = remoting.Errorf(protocol.InvalidParameter, "queueId[%d] is illegal", mq.QueueID)
		}
	}
	return err
}

func checkName(what, name string) error {
	if len(name) == 0 || len(name) > maxName {
		return remoting.Errorf(protocol.InvalidParameter, "%s of %d bytes: 1 to %d are allowed", what, len(name), maxName)
	}
	return nil
}
