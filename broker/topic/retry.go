package topic

import (
	"fmt"

	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

// IsOrder reports whether the topic exists and is consumed in order.
func (t *Table) IsOrder(topic string) bool {
	c := t.state.Load().topics[topic]
	return c != nil && c.Order
}

// Retry is the %RETRY% topic of a consumer group as a heartbeat wants it.
type Retry struct {
	Group  string
	Queues int32 // if it is to be made
	Order  bool  // consumed in order
	Unit   bool  // marks it as one of Java's unit mode, if it is to be made
}

func (r *Retry) name() string { return record.RetryPrefix + r.Group }

// EnsureRetries makes sure that consumer groups have their %RETRY% topics, consumed in order or not. What changes is one
// version of the table, one write and one call of Options.Changed. The errors are those of each, ErrName or ErrFull; one
// does not hinder the others. It may block on the disk.
func (t *Table) EnsureRetries(wanted []Retry) []error {
	errs := make([]error, len(wanted))
	var missing []int
	for i := range wanted {
		r := &wanted[i]
		name := []byte(r.name())
		c := t.Lookup(name)
		if c != nil && c.Order == r.Order {
			continue
		}
		if remark := Invalid(name); c == nil && remark != "" {
			errs[i] = fmt.Errorf("%w: %.300q: %s", ErrName, name, remark)
			continue
		}
		missing = append(missing, i)
	}
	if len(missing) == 0 {
		return errs
	}
	changed, s := t.publishRetries(wanted, missing, errs)
	if err := t.announce(changed, s); err != nil {
		// The topics work without their entries on disk, which are written later.
		t.opts.Log.Error("retry topics are not saved", "topics", len(changed), "first", changed[0].Name, "error", err)
	}
	return errs
}

// publishRetries replaces the state by one with those of the topics that missing lists.
func (t *Table) publishRetries(wanted []Retry, missing []int, errs []error) (changed []*Config, s *state) {
	t.mu.Lock()
	defer t.mu.Unlock()
	d := t.draft()
	for _, i := range missing {
		_, errs[i] = d.put(wanted[i].step(t.opts.MaxQueues))
	}
	d.publish()
	return d.changed, d.state
}

// step makes the topic, or sees to its order.
func (r *Retry) step(maxQueues int32) step {
	return func(s *state) (*Config, error) {
		name := r.name()
		if old := s.topics[name]; old != nil {
			c := *old
			c.Order = r.Order
			return &c, nil
		}
		c := builtin(name, min(max(r.Queues, 0), maxQueues), readWrite)
		c.Order = r.Order
		if r.Unit {
			c.SysFlag = protocol.TopicUnitSub
		}
		return c, nil
	}
}
