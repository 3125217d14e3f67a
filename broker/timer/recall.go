package timer

import (
	"cmp"
	"errors"
	"hash/maphash"
	"slices"

	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/timer"
)

// keyed is a message of a window by the hash of its topic and key. Equal hashes are looked at byte by byte.
type keyed struct {
	hash uint64
	i    int // in the window
}

// recalled says which messages of a window entries of the slot take back. A slot may have any number of
// both: the window is in memory, and the slot's recalls pass by.
func (t *Timer) recalled(chain *timer.Chain, window []int64) ([]bool, error) {
	if err := t.keyWindow(window); err != nil || len(t.clock.keys) == 0 {
		return nil, err
	}
	recalled := make([]bool, len(window))
	err := t.book.Each(chain, func(_ int64, u *timer.Unit) error {
		if u.Magic&(timer.Delete|timer.Roll) != timer.Delete {
			return nil
		}
		if err := t.message(u); err != nil {
			return unlessLost(err)
		}
		key, ok := t.takesBack()
		if !ok {
			return nil
		}
		return t.mark(recalled, window, key)
	})
	return recalled, err
}

// keyWindow hashes what the window's messages can be taken back by.
func (t *Timer) keyWindow(window []int64) error {
	c := &t.clock
	c.keys = c.keys[:0]
	for i, pos := range window {
		u, err := t.book.Unit(pos)
		if err != nil {
			return err
		}
		if u.Magic&timer.Delete != 0 {
			continue
		}
		if err := t.message(&u); err != nil {
			if err = unlessLost(err); err != nil {
				return err
			}
			continue
		}
		c.keys = append(c.keys, keyed{maphash.Bytes(c.seed, t.ownKey()), i})
	}
	slices.SortFunc(c.keys, func(a, b keyed) int { return cmp.Compare(a.hash, b.hash) })
	return nil
}

// mark marks the messages of the window that have the key.
func (t *Timer) mark(recalled []bool, window []int64, key []byte) error {
	c := &t.clock
	hash := maphash.Bytes(c.seed, key)
	at, found := slices.BinarySearchFunc(c.keys, hash, func(k keyed, hash uint64) int { return cmp.Compare(k.hash, hash) })
	if !found {
		return nil
	}
	key = slices.Clone(key)
	for ; at < len(c.keys) && c.keys[at].hash == hash; at++ {
		i := c.keys[at].i
		u, err := t.book.Unit(window[i])
		if err == nil {
			err = t.message(&u)
		}
		if unlessLost(err) != nil {
			return err
		}
		recalled[i] = recalled[i] || err == nil && string(t.ownKey()) == string(key)
	}
	return nil
}

// ownKey is what the message that was read can be taken back by, until the next call.
func (t *Timer) ownKey() []byte {
	c := &t.clock
	topic, _ := c.view.Property(record.PropRealTopic)
	c.key = append(append(append(c.key[:0], topic...), '+'), c.view.UniqKey()...)
	return c.key
}

// takesBack is the topic+key of what the message that was read takes back. Not ok: it is of another topic.
func (t *Timer) takesBack() (key []byte, ok bool) {
	key, _ = t.clock.view.Property(record.PropTimerDelUniqKey)
	topic, _ := t.clock.view.Property(record.PropRealTopic)
	return key, len(key) > len(topic) && string(key[:len(topic)]) == string(topic) && key[len(topic)] == '+'
}

// unlessLost is err, but nil for errLost: what is lost is told of when it is its turn.
func unlessLost(err error) error {
	if errors.Is(err, errLost) {
		return nil
	}
	return err
}
