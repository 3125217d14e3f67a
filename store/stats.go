package store

import (
	"sync/atomic"

	"github.com/gannetmq/gannet/store/commitlog"
)

// counts are what the store counts. Nothing depends on them.
type counts struct {
	messages atomic.Int64
	bytes    atomic.Int64
	waited   atomic.Int64
	damaged  atomic.Int64
	deleted  atomic.Int64
	cut      int64 // set by Open
}

func (c *counts) put(p commitlog.Placed) {
	c.messages.Add(int64(p.Count))
	c.bytes.Add(int64(p.Size))
}

// Stats are figures of a store at one moment.
type Stats struct {
	Messages int64 // put since Open
	Bytes    int64 // of their records
	Waited   int64 // puts that had to wait for room in the log
	Damaged  int64 // times that a record could not be read
	Cut      int64 // bytes that recovery cut off behind the end of the log

	Deleted int64 // files of the log that were deleted since Open

	LogStart   int64 // log offsets
	LogEnd     int64
	Flushed    int64
	Dispatched int64
	Unwritten  int64 // bytes of queue entries that wait in memory
}

// Stats returns the figures of now.
func (s *Store) Stats() Stats {
	return Stats{
		Messages: s.counts.messages.Load(), Bytes: s.counts.bytes.Load(),
		Waited: s.counts.waited.Load(), Damaged: s.counts.damaged.Load(), Cut: s.counts.cut,
		Deleted:  s.counts.deleted.Load(),
		LogStart: s.log.Start(), LogEnd: s.log.End(), Flushed: s.log.Flushed().Load(),
		Dispatched: s.dispatcher.Offset(), Unwritten: s.queues.Pending(),
	}
}
