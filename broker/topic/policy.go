package topic

import (
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

// Policy is what of the Options can be changed while the broker runs.
type Policy struct {
	AutoCreate  bool // autoCreateTopicEnable
	GuardSystem bool // validateSystemTopicWhenUpdateTopic
	MixedType   bool // enableMixedMessageType
}

// SetPolicy replaces the policy. When topics may appear by use from now on, it makes sure that TBW102
// is there, after which they are made; Java makes it at its start only, so that switching this on
// does nothing there. ErrFull, ErrNotSaved.
func (t *Table) SetPolicy(p Policy) error {
	before := t.policy.Swap(&p)
	if !p.AutoCreate || before.AutoCreate {
		return nil
	}
	_, err := t.change(func(s *state) (*Config, error) {
		if c := s.topics[record.TopicAutoCreate]; c != nil && protocol.Inheritable(c.Perm) {
			return c, nil
		}
		return builtin(record.TopicAutoCreate, t.opts.DefaultQueues, protocol.PermInherit|readWrite), nil
	})
	return err
}

// Touch moves the version one on, for name servers to take the table again: what they are told of
// it has changed although it has not. ErrNotSaved.
func (t *Table) Touch() error {
	t.mu.Lock()
	next := t.state.Load().next(t.opts.Now())
	t.state.Store(next)
	t.mu.Unlock()
	err := t.save(next.gen)
	t.opts.Changed()
	return err
}
