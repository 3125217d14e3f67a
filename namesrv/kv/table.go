package kv

import (
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/vfs"
)

// Orders is the namespace of the queues of ordered topics: by topic "broker-a:8;broker-b:8". Java:
// NamesrvUtil.NAMESPACE_ORDER_TOPIC_CONFIG.
const Orders = "ORDER_TOPIC_CONFIG"

// Errors of Put and Delete.
var (
	// ErrFull: the table holds as much as it may.
	ErrFull = errors.New("kv: table full")
	// ErrNotSaved: the file could not be written; nothing has changed.
	ErrNotSaved = errors.New("kv: not saved")
)

// Table is safe for concurrent use. Changes are on the disk before they are seen and before the call
// that made them returns; reading never waits for that.
type Table struct {
	fs   vfs.FS // nil: in memory alone
	file string
	max  int

	changing sync.Mutex // held while the file is written
	state    atomic.Pointer[state]

	full atomic.Int64 // changes that ended with ErrFull
}

// Full is how many changes were refused for lack of room.
func (t *Table) Full() int64 { return t.full.Load() }

// state is never changed, only replaced.
type state struct {
	spaces map[string]space
	size   int // what is bounded: of all texts, and overhead for each
}

// space is one namespace.
type space struct {
	values  map[string]string
	printed []byte // as a protocol.KVTable
}

// MaxSize bounds the table, in bytes: of names, keys and values, and overhead for each of them. The file
// is written whole with each change, and a whole namespace is the body of one answer.
const MaxSize = 4 << 20

// overhead is counted for each namespace and each value, so that empty ones are bounded too.
const overhead = 64

func newSpace(values map[string]string) space {
	return space{values, fastjson.Append(nil, &protocol.KVTable{Table: values})}
}

func newState(all map[string]map[string]string) *state {
	s := &state{spaces: make(map[string]space, len(all))}
	for name, values := range all {
		s.spaces[name] = newSpace(values)
		s.size += overhead + len(name) + sizeOf(values)
	}
	return s
}

func sizeOf(values map[string]string) (n int) {
	for key, value := range values {
		n += overhead + len(key) + len(value)
	}
	return n
}

// Get returns a value, and whether there is one.
func (t *Table) Get(namespace, key string) (string, bool) {
	value, ok := t.state.Load().spaces[namespace].values[key]
	return value, ok
}

// Values returns a whole namespace, nil if there is none. It must not be changed.
func (t *Table) Values(namespace string) map[string]string {
	return t.state.Load().spaces[namespace].values
}

// Printed returns a whole namespace as the body of an answer, a protocol.KVTable, nil if there is none.
// It must not be changed.
func (t *Table) Printed(namespace string) []byte {
	return t.state.Load().spaces[namespace].printed
}

// Put sets a value; nil makes the namespace and removes the value, as Java's null does. Errors: ErrFull,
// ErrNotSaved.
func (t *Table) Put(namespace, key string, value *string) error {
	return t.change(namespace, true, func(values map[string]string) {
		if value == nil {
			delete(values, key)
		} else {
			values[key] = *value
		}
	})
}

// Delete removes a value. The namespace stays, empty, as in Java. Error: ErrNotSaved.
func (t *Table) Delete(namespace, key string) error {
	return t.change(namespace, false, func(values map[string]string) { delete(values, key) })
}

// change edits a copy of a namespace, which it makes if create is true, saves and then publishes it.
func (t *Table) change(namespace string, create bool, edit func(map[string]string)) error {
	t.changing.Lock()
	defer t.changing.Unlock()
	old := t.state.Load()
	was, ok := old.spaces[namespace]
	if !ok && !create {
		return nil
	}
	values := maps.Clone(was.values)
	if values == nil {
		values = make(map[string]string)
	}
	edit(values)
	if ok && maps.Equal(values, was.values) {
		return nil
	}
	next := &state{spaces: maps.Clone(old.spaces), size: old.size - sizeOf(was.values) + sizeOf(values)}
	if !ok {
		next.size += overhead + len(namespace)
	}
	if next.size > t.max && next.size > old.size {
		t.full.Add(1)
		return fmt.Errorf("%w: %d bytes, limit %d", ErrFull, next.size, t.max)
	}
	next.spaces[namespace] = newSpace(values)
	if err := t.save(next); err != nil {
		return err
	}
	t.state.Store(next)
	return nil
}
