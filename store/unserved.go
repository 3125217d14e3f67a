package store

import (
	"fmt"
	"sort"

	"github.com/gannetmq/gannet/store/layout"
)

// Unserved lists, a line each, what the directory held for a Java broker when it was opened that this
// version does not serve. It is left as it is.
func (s *Store) Unserved() []string { return s.unserved }

// survey finds what Unserved lists.
func (s *Store) survey() []string {
	list := s.lightQueues()
	for _, d := range []struct{ dir, what string }{
		{layout.CompactionDir + "/compactionLog", "compacted topics (cleanup.policy=COMPACTION)"},
		{layout.PopStoreDir, "pop state in RocksDB (popConsumerKVServiceEnable)"},
	} {
		if entries, err := s.fsys.List(d.dir); err != nil || len(entries) > 0 {
			list = append(list, d.dir+": "+d.what)
		}
	}
	sort.Strings(list)
	return list
}

// lightQueues is a line if there are queues that are fed from messages of other topics.
func (s *Store) lightQueues() []string {
	n := s.queues.LightQueues()
	if n == 0 || s.opt.Light {
		return nil
	}
	return []string{fmt.Sprintf("%s: %d light queues: they can be read and get no new messages without enableLmq and enableMultiDispatch", layout.QueueDir, n)}
}
