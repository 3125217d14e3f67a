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
		v, err := t.message(u)
		if err != nil {
			return unlessLost(err)
		}
		key, ok := takesBack(v)
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
		v, err := t.message(&u)
		if err != nil {
			if err = unlessLost(err); err != nil {
				return err
			}
			continue
		}
		c.keys = append(c.keys, keyed{maphash.Bytes(c.seed, t.ownKey(v)), i})
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
		if err != nil {
			return err
		}
		v, err := t.message(&u)
		if unlessLost(err) != nil {
			return err
		}
		recalled[i] = recalled[i] || err == nil && string(t.ownKey(v)) == string(key)
	}
	return nil
}

// ownKey is what v can be taken back by, until the next call.
func (t *Timer) ownKey(v *record.View) []byte {
	c := &t.clock
	topic, _ := v.Property(record.PropRealTopic)
	c.key = append(append(append(c.key[:0], topic...), '+'), v.UniqKey()...)
	return c.key
}

// takesBack is the topic+key of what v takes back. Not ok: it is of another topic.
func takesBack(v *record.View) (key []byte, ok bool) {
	key, _ = v.Property(record.PropTimerDelUniqKey)
	topic, _ := v.Property(record.PropRealTopic)
	return key, len(key) > len(topic) && string(key[:len(topic)]) == string(topic) && key[len(topic)] == '+'
}

// unlessLost is err, but nil for errLost: what is lost is told of when it is its turn.
func unlessLost(err error) error {
	if errors.Is(err, errLost) {
		return nil
	}
	return err
}
