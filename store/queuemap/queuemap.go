// Package queuemap finds what belongs to a queue by the topic and the number of the queue.
//
// Topics number their queues from 0 on, so that all but the topic is found without hashing, and the queues of one topic lie side
// by side: with ten thousand of them a map keyed by both misses the processor's caches with each message.
package queuemap

import "iter"

// Map holds one value per queue. The zero value is empty. It does not lock.
type Map[T any] struct {
	topics map[string]*queues[T]
	n      int
}

type queues[T any] struct {
	dense  []*T         // by number, nil where there is none or it is sparse
	sparse map[int32]*T // numbers far behind the others, and below 0
	n      int
}

// room is how far behind the others a number may be that is still dense.
const room = 64

// At returns the value of a queue, nil if there is none.
func (m *Map[T]) At(topic []byte, id int32) *T {
	q := m.topics[string(topic)]
	if q == nil {
		return nil
	}
	if uint32(id) < uint32(len(q.dense)) {
		if v := q.dense[id]; v != nil {
			return v
		}
	}
	return q.sparse[id]
}

// Put sets the value of a queue, which is not nil.
func (m *Map[T]) Put(topic string, id int32, v *T) {
	q := m.topics[topic]
	if q == nil {
		if m.topics == nil {
			m.topics = make(map[string]*queues[T])
		}
		q = new(queues[T])
		m.topics[topic] = q
	}
	if m.At([]byte(topic), id) == nil {
		q.n++
		m.n++
	}
	if _, is := q.sparse[id]; is || id < 0 || int(id) >= 2*q.n+room {
		if q.sparse == nil {
			q.sparse = make(map[int32]*T)
		}
		q.sparse[id] = v
		return
	}
	for int(id) >= len(q.dense) {
		q.dense = append(q.dense, nil)
	}
	q.dense[id] = v
}

// Len returns how many values there are.
func (m *Map[T]) Len() int { return m.n }

// All iterates over the values, in no order.
func (m *Map[T]) All() iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for _, q := range m.topics {
			if !q.each(yield) {
				return
			}
		}
	}
}

// Take removes the values of a topic and returns them.
func (m *Map[T]) Take(topic string) []*T {
	q := m.topics[topic]
	if q == nil {
		return nil
	}
	delete(m.topics, topic)
	m.n -= q.n
	list := make([]*T, 0, q.n)
	q.each(func(v *T) bool { list = append(list, v); return true })
	return list
}

// Clear removes all values.
func (m *Map[T]) Clear() { *m = Map[T]{} }

func (q *queues[T]) each(yield func(*T) bool) bool {
	for _, v := range q.dense {
		if v != nil && !yield(v) {
			return false
		}
	}
	for _, v := range q.sparse {
		if !yield(v) {
			return false
		}
	}
	return true
}
