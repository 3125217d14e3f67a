package store

import (
	"errors"
	"fmt"
	"sort"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/store/jsonfile"
	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/vfs"
)

// Unserved lists, a line each, what the directory held for a Java broker when it was opened that this
// version does not serve. It is left as it is.
func (s *Store) Unserved() []string { return s.unserved }

// survey finds what Unserved lists.
func (s *Store) survey() []string {
	list := s.lightQueues()
	for _, d := range []struct{ dir, what string }{
		{"compaction/compactionLog", "compacted topics (cleanup.policy=COMPACTION)"},
		{"kvStore", "pop state in RocksDB (popConsumerKVServiceEnable)"},
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

// readConfig decodes a table of config/, or the one before it; without either it is empty. The error says that neither
// can be used.
func readConfig[T any](fsys vfs.FS, name string) (table T, err error) {
	seen, err := jsonfile.Peek(fsys, name, func(b []byte) error {
		var t T
		err := fastjson.Unmarshal(b, &t)
		if err == nil {
			table = t
		}
		return err
	})
	if err == nil && seen.Source == jsonfile.Nothing {
		err = errors.Join(seen.Main, seen.Backup)
	}
	return table, err
}
