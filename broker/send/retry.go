package send

import (
	"bytes"

	"github.com/gannetmq/gannet/compat/mqversion"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

// Group is what a retry must know of a consumer group.
type Group struct {
	RetryQueues int32 // of %RETRY%; 0: what is sent back is dropped
	RetryMax    int32 // deliveries after which a message goes to %DLQ%
}

// Groups is the subscription group table as retries need it. Names are views.
type Groups interface {
	// Find allocates nothing.
	Find(name []byte) (Group, bool)
	// Create makes the group by use, if that is allowed; it may write to disk.
	Create(name []byte) (Group, bool)
}

var (
	retryPrefix = []byte(record.RetryPrefix)
	dlqPrefix   = []byte(record.DLQPrefix)
)

// findGroup returns the group, made by use where the put may block.
func (p *put) findGroup(name []byte) (Group, error) {
	g, ok := p.h.groups.Find(name)
	if !ok && !p.mayBlock {
		return g, errCreates
	}
	if !ok {
		g, ok = p.h.groups.Create(name)
	}
	if !ok {
		return g, noGroup(name)
	}
	return g, nil
}

// noGroup refuses what is for a group that does not exist.
func noGroup[T string | []byte](name T) error {
	return remoting.Errorf(protocol.SubscriptionGroupNotExist, "subscription group not exist, %s %s", name, protocol.FAQ)
}

// checkRetry looks at a message that a consumer sends to its group's retry topic itself, because sending it
// back (36) failed. After too many deliveries, or while the group consumes in order and so retries by itself, it
// is a dead letter. Java: SendMessageProcessor.handleRetryAndDLQ.
func (p *put) checkRetry() error {
	name, retry := bytes.CutPrefix(p.head.Topic, retryPrefix)
	if !retry || p.batch {
		return nil
	}
	g, err := p.findGroup(name)
	if err != nil {
		return err
	}
	most := g.RetryMax
	if p.request.Cmd.Version >= mqversion.V3_4_9 {
		most = p.head.MaxReconsumeTimes.Or(most)
	}
	if p.head.ReconsumeTimes.Or(0) > most || p.h.opts.Ordered != nil && p.h.opts.Ordered(name) {
		return p.bury(name)
	}
	return nil
}

// bury has the put go to the group's dead letters. As in Java its DELAY is -1.
func (p *put) bury(group []byte) error {
	p.dead = append(append(p.dead[:0], dlqPrefix...), group...)
	if _, known := p.h.topics.Find(p.dead); !known {
		if !p.mayBlock {
			return errCreates
		}
		if _, ok := p.h.topics.CreateBack(p.dead, 1, false); !ok {
			return remoting.Errorf(protocol.SystemError, "topic[%s] not exist", p.dead)
		}
	}
	p.facts.asks &^= AsksDelay
	p.props = record.AppendWithout(p.props[:0], p.props, record.PropDelayLevel)
	p.props = record.AppendProperty(p.props, record.PropDelayLevel, "-1")
	p.facts.uniqKey, _ = record.Property(p.props, record.PropUniqKey) // it may have moved
	p.h.Metrics.Buried.Add(1)
	return nil
}
