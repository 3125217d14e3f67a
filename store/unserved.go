package store

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/vfs"
)

// configLimit is how many bytes of a file of config/ are looked at.
const configLimit = 64 << 20

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

// readConfig decodes a table of config/, or the one before it; an absent one leaves v as it is.
func (s *Store) readConfig(name string, v any) error {
	var errs []error
	for _, n := range []string{name, name + ".bak"} {
		b, _, err := vfs.ReadFile(s.fsys, n, configLimit)
		if err == nil && len(strings.TrimSpace(string(b))) > 0 {
			if err = fastjson.Unmarshal(b, v); err == nil {
				return nil
			}
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
