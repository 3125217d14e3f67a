package store

import "errors"

// ErrNoIndex: messages are not indexed by key.
var ErrNoIndex = errors.New("store: no index")

// FindByKey returns the physical offsets, ascending and at most limit, of messages of topic that were
// sent with key, as KEYS item or unique key, between two store times. Others whose key has the same
// hash may be among them. It may ask the disk. Error: ErrNoIndex.
func (s *Store) FindByKey(topic, key []byte, limit int, begin, end int64) ([]int64, error) {
	return nil, ErrNoIndex
}
