package group

import (
	"bytes"
	"fmt"
	"maps"
	"strings"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
)

// Update makes each group what its Config says, creating those that are missing: all of them are
// changed, in one version, or none. Attributes must be empty, because Java knows none of a group. If
// nothing changes, the version stays. A *remoting.Error refuses a name, attributes or a number; ErrFull;
// ErrNotSaved when the change holds but is not on disk. The Configs are the table's from then on.
func (t *Table) Update(groups []*Config) error {
	for _, c := range groups {
		if err := c.check(); err != nil {
			return err
		}
	}
	return t.change(func(s *state) (*state, error) {
		next := s
		for _, c := range groups {
			old := s.groups[c.Name]
			if old == nil && len(next.groups) >= t.opts.MaxGroups {
				t.Metrics.Full.Add(1)
				return nil, fmt.Errorf("%w: %d groups, no room for %q", ErrFull, len(next.groups), c.Name)
			}
			if old != nil && old.equal(c) {
				continue
			}
			if next == s {
				next = s.next(t.opts.Now())
			}
			next.groups[c.Name] = c
			t.opts.Log.Info("group changed", "group", c.Name, "version", next.version.Counter)
		}
		return next, nil
	})
}

// check refuses what no group can be. Java 5.3.3 checks nothing, 5.3.4 the name.
func (c *Config) check() error {
	if remark := Invalid([]byte(c.Name)); remark != "" {
		return remoting.Errorf(protocol.InvalidParameter, "%s", remark)
	}
	for name := range c.Attributes {
		return remoting.Errorf(protocol.SystemError, "unsupported key: %.100s", strings.TrimLeft(name, "+-"))
	}
	const maxQueues = 1 << 16
	switch {
	case c.RetryQueues < 0 || c.RetryQueues > maxQueues:
		return remoting.Errorf(protocol.InvalidParameter, "retryQueueNums %d is invalid: 0 to %d are allowed", c.RetryQueues, maxQueues)
	case c.RetryMaxTimes < -1:
		return remoting.Errorf(protocol.InvalidParameter, "retryMaxTimes %d is invalid: -1 or more is allowed", c.RetryMaxTimes)
	}
	return nil
}

// equal compares what subscriptionGroup.json would say.
func (c *Config) equal(d *Config) bool {
	return bytes.Equal(fastjson.Append(nil, c), fastjson.Append(nil, d))
}

// Delete takes the group and what is forbidden to it out of the table and reports whether it was
// there. Its offsets are the caller's to clear.
func (t *Table) Delete(name string) (found bool, err error) {
	err = t.change(func(s *state) (*state, error) {
		_, banned := s.forbidden[name]
		if found = s.groups[name] != nil; !found && !banned {
			return s, nil
		}
		next := s.next(t.opts.Now())
		delete(next.groups, name)
		if banned {
			next.forbidden = maps.Clone(s.forbidden)
			delete(next.forbidden, name)
		}
		return next, nil
	})
	return found, err
}

// Forbid disables the group's consumption of the topic for reason number bit, or takes that reason
// away. ErrFull, ErrNotSaved. Java: updateForbidden, which clears the bans of all topics of the group
// together with the last reason of one, and does not save that.
func (t *Table) Forbid(group, topic string, bit uint, on bool) error {
	return t.change(func(s *state) (*state, error) {
		old := max(s.forbidden[group][topic], 0)
		bits := old &^ (1 << bit)
		if on {
			bits |= 1 << bit
		}
		if bits == old {
			return s, nil
		}
		topics, known := s.forbidden[group]
		if on && (!known && len(s.forbidden) >= t.opts.MaxGroups || len(topics) >= t.opts.MaxGroups) {
			t.Metrics.Full.Add(1)
			return nil, fmt.Errorf("%w: %d groups with forbidden topics, %d of %q", ErrFull, len(s.forbidden), len(topics), group)
		}
		next := s.next(t.opts.Now())
		next.forbidden = maps.Clone(s.forbidden)
		next.forbidden[group] = ban(s.forbidden[group], topic, bits)
		if len(next.forbidden[group]) == 0 {
			delete(next.forbidden, group)
		}
		return next, nil
	})
}

// ban returns the topics of a group with the bits of one of them changed.
func ban(topics map[string]int32, topic string, bits int32) map[string]int32 {
	changed := maps.Clone(topics)
	if changed == nil {
		changed = make(map[string]int32, 1)
	}
	changed[topic] = bits
	if bits == 0 {
		delete(changed, topic)
	}
	return changed
}

// change replaces the state by what edit makes of it, saves it and tells of it. If edit returns the
// state that it was given, nothing happens.
func (t *Table) change(edit func(*state) (*state, error)) error {
	t.mu.Lock()
	s := t.state.Load()
	next, err := edit(s)
	if err != nil || next == s {
		t.mu.Unlock()
		return err
	}
	t.state.Store(next)
	t.mu.Unlock()
	err = t.save(next.gen)
	t.opts.Changed()
	return err
}
