package commitlog

import (
	"slices"
	"sync"
	"sync/atomic"
)

// maxColdFiles is how many files are kept open to be read that are not mapped: a log has as many
// files as the disk holds, a process not as many descriptors.
const maxColdFiles = 64

// coldFiles are the segments that are open for readAt.
type coldFiles struct {
	reads atomic.Int64 // counts them, as a clock

	mu   sync.Mutex // guards list; not held over I/O
	list []*segment
}

func (c *coldFiles) touch(s *segment) { s.used.Store(c.reads.Add(1)) }

// opened takes s up and lets go of the one that was not read for longest, if they are too many.
func (c *coldFiles) opened(s *segment) {
	c.touch(s)
	if old := c.add(s); old != nil {
		// What is read only has nothing to lose with its descriptor.
		_ = old.letGo()
	}
}

func (c *coldFiles) add(s *segment) (surplus *segment) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Contains(c.list, s) {
		c.list = append(c.list, s)
	}
	if len(c.list) <= maxColdFiles {
		return nil
	}
	oldest := 0
	for i, t := range c.list {
		if t.used.Load() < c.list[oldest].used.Load() {
			oldest = i
		}
	}
	surplus = c.list[oldest]
	c.list = slices.Delete(c.list, oldest, oldest+1)
	return surplus
}

func (c *coldFiles) forget(s *segment) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(c.list, s); i >= 0 {
		c.list = slices.Delete(c.list, i, i+1)
	}
}
