package vfs

import "sync/atomic"

// memSpace counts the blocks in use on a Mem, in bytes.
type memSpace struct {
	capacity atomic.Int64 // 0: unlimited
	used     atomic.Int64
}

const unlimited = 1 << 40

// take reserves n bytes, or none and ErrNoSpace.
func (s *memSpace) take(n int64) error {
	used := s.used.Add(n)
	if limit := s.capacity.Load(); n > 0 && limit > 0 && used > limit {
		s.used.Add(-n)
		return ErrNoSpace
	}
	return nil
}

func (s *memSpace) free(n int64) { s.used.Add(-n) }

func (s *memSpace) usage() Usage {
	total := s.capacity.Load()
	if total == 0 {
		total = unlimited
	}
	return Usage{Total: total, Free: max(0, total-s.used.Load())}
}
