package clients

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// maxName bounds the names and ids in a heartbeat, in bytes.
const maxName = 255

// sender is who a heartbeat comes from.
type sender struct {
	clientID string
	language wire.Language
	version  int32
}

// heartbeat is what a client says of itself, read and admitted. Java: HeartbeatData.
type heartbeat struct {
	sender      sender
	fingerprint int32 // not 0: version 2, which may leave the subscriptions out
	short       bool  // without subscriptions: what was said before holds
	partial     bool  // something was left out that may be admitted another time
	consumers   []consumer
	producers   []string
	epoch       uint64 // the table's before anything was asked
}

// consumer is one consumer group of a heartbeat. Java: ConsumerData.
type consumer struct {
	group string
	kind  protocol.ConsumeType
	model Model
	from  protocol.ConsumeFromWhere
	subs  map[string]*Subscription
	unit  bool

	notify bool   // the group's setting
	filter func() // registers its expressions; nil if there is nobody to
}

// parse reads the body of a heartbeat and checks it against the limits. Nothing is created.
func (t *Table) parse(body []byte) (*protocol.HeartbeatData, error) {
	switch {
	case len(body) == 0:
		return nil, remoting.Errorf(protocol.SystemError, "the heartbeat has no body")
	case len(body) > t.opts.MaxBody:
		return nil, tooMany(len(body), "bytes in a heartbeat", t.opts.MaxBody)
	}
	d := new(protocol.HeartbeatData)
	if err := fastjson.Unmarshal(body, d); err != nil {
		return nil, remoting.Errorf(protocol.SystemError, "bad heartbeat: %v", err)
	}
	if n := len(d.ConsumerDataSet) + len(d.ProducerDataSet); n > t.opts.MaxGroups {
		return nil, tooMany(n, "groups in a heartbeat", t.opts.MaxGroups)
	}
	return d, t.checkNames(d)
}

func (t *Table) checkNames(d *protocol.HeartbeatData) error {
	if err := checkName("clientID", d.ClientID); err != nil {
		return err
	}
	for i := range d.ProducerDataSet {
		if err := checkName("producer group", d.ProducerDataSet[i].GroupName); err != nil {
			return err
		}
	}
	for i := range d.ConsumerDataSet {
		c := &d.ConsumerDataSet[i]
		if err := checkName("consumer group", c.GroupName); err != nil {
			return err
		}
		if n := len(c.SubscriptionDataSet); n > t.opts.MaxSubscriptions {
			return tooMany(n, "subscriptions of a group", t.opts.MaxSubscriptions)
		}
		for j := range c.SubscriptionDataSet {
			if err := t.checkSubscription(&c.SubscriptionDataSet[j]); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkSubscription leaves conditions to who compiles them.
func (t *Table) checkSubscription(s *protocol.SubscriptionData) error {
	if err := checkName("topic", s.Topic); err != nil {
		return err
	}
	if n := len(s.SubString); n > t.opts.MaxTags && (s.ExpressionType == "" || s.ExpressionType == protocol.ExpressionTag) {
		return tooMany(n, "bytes of tags for topic "+s.Topic, t.opts.MaxTags)
	}
	return nil
}

func checkName(what, name string) error {
	if len(name) == 0 || len(name) > maxName {
		return remoting.Errorf(protocol.InvalidParameter, "%s of %d bytes: 1 to %d are allowed", what, len(name), maxName)
	}
	return nil
}

// errTooMany marks refusals of what is larger than a limit.
var errTooMany = errors.New("clients: over a limit")

func tooMany(n int, what string, limit int) error {
	return fmt.Errorf("%w: %w", errTooMany, remoting.Errorf(protocol.InvalidParameter, "%d %s, limit %d", n, what, limit))
}

// read puts what a heartbeat says into the table's terms. Nothing is created.
func (t *Table) read(d *protocol.HeartbeatData, c *wire.Command) *heartbeat {
	h := &heartbeat{
		sender:      sender{d.ClientID, c.Language, c.Version},
		fingerprint: d.HeartbeatFingerprint,
		short:       d.WithoutSub && d.HeartbeatFingerprint != 0,
		epoch:       t.epoch.Load(), // first: what changes from here on invalidates what is read
	}
	for i := range d.ConsumerDataSet {
		in := &d.ConsumerDataSet[i]
		if on := t.opts.RejectPull; on != nil && on() && in.ConsumeType == protocol.ConsumeActively {
			continue
		}
		model := Clustering
		if in.MessageModel == protocol.Broadcasting {
			model = Broadcasting
		}
		h.consumers = append(h.consumers, consumer{
			group: in.GroupName, kind: in.ConsumeType, model: model, from: in.ConsumeFromWhere, unit: in.UnitMode,
			subs: subscriptions(in.SubscriptionDataSet),
		})
	}
	for i := range d.ProducerDataSet {
		h.producers = append(h.producers, d.ProducerDataSet[i].GroupName)
	}
	return h
}

// admit creates what the consumer groups of a heartbeat need, for all of them together, and leaves out the groups that
// may not be used. It may block on the disk and on name servers.
func (t *Table) admit(h *heartbeat) {
	if len(h.consumers) == 0 {
		return
	}
	wanted := t.enterGroups(h)
	for i, err := range t.topics.EnsureRetries(wanted) {
		if err != nil { // registered all the same
			h.partial = true
			t.lines.retryless.Log(t.opts.Log, slog.LevelWarn, "no retry topic for a consumer group", "group", wanted[i].Group, "error", err)
		}
	}
}

// enterGroups leaves the groups in h that may be used, and returns the retry topics that those need.
func (t *Table) enterGroups(h *heartbeat) []Retry {
	names := make([]string, len(h.consumers))
	for i := range h.consumers {
		names[i] = h.consumers[i].group
	}
	admitted, wanted := h.consumers[:0], make([]Retry, 0, len(names))
	for i, e := range t.groups.Enter(names) {
		c := h.consumers[i]
		if e.Err != nil {
			h.partial = true
			t.lines.refused.Log(t.opts.Log, slog.LevelWarn, "consumer group not admitted", "client", h.sender.clientID, "error", e.Err)
			continue
		}
		c.notify = e.Notify
		if t.opts.Filters != nil && !h.short {
			c.filter = t.opts.Filters.Prepare(c.group, c.subs)
		}
		admitted = append(admitted, c)
		wanted = append(wanted, Retry{Group: c.group, Queues: e.RetryQueues, Order: t.ordered(&c), Unit: c.unit})
	}
	h.consumers = admitted
	return wanted
}

// ordered reports whether the group subscribes to a topic that is consumed in order.
func (t *Table) ordered(c *consumer) bool {
	for topic := range c.subs {
		if t.topics.IsOrder(topic) {
			return true
		}
	}
	return false
}

// subscriptions puts the subscriptions of a group in order; of two to one topic the newer one counts.
func subscriptions(set []protocol.SubscriptionData) map[string]*Subscription {
	subs := make(map[string]*Subscription, len(set))
	for i := range set {
		d := &set[i]
		if old := subs[d.Topic]; old == nil || d.SubVersion > old.Version {
			subs[d.Topic] = newSubscription(d)
		}
	}
	return subs
}
