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

// EnsureRetry makes sure that a consumer group has its %RETRY% topic, consumed in order or not; unit
// marks it as one of Java's unit mode. It is for heartbeats and may block on the disk.
func (t *Table) EnsureRetry(group string, queues int32, order, unit bool) error {
	var sysFlag int32
	if unit {
		sysFlag = protocol.TopicUnitSub
	}
	name := record.RetryPrefix + group
	c, err := t.CreateIfAbsent([]byte(name), queues, readWrite, sysFlag)
	if err != nil || c.Order == order {
		return err
	}
	return t.setOrder(name, order)
}

func (t *Table) setOrder(name string, order bool) error {
	_, err := t.change(func(s *state) (*Config, error) {
		old := s.topics[name]
		if old == nil {
			return nil, fmt.Errorf("%w: %q", ErrAbsent, name)
		}
		c := *old
		c.Order = order
		return &c, nil
	})
	return err
}
