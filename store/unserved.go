package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// configLimit is how many bytes of a file of config/ are looked at.
const configLimit = 64 << 20

// Unserved lists, a line each, what the directory held for a Java broker when it was opened that this
// version does not serve. It is left as it is.
func (s *Store) Unserved() []string { return s.unserved }

// survey finds what Unserved lists.
func (s *Store) survey() []string {
	list := s.pendingTimers()
	list = append(list, s.lightQueues()...)
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

// pendingTimers counts by Java's own account, and what the wheel has not taken up yet.
func (s *Store) pendingTimers() []string {
	q := s.queues.Lookup([]byte(record.TopicTimer), 0)
	if q == nil || q.Max() == 0 {
		return nil
	}
	var metrics struct {
		TimingCount map[string]struct {
			Count int64 `json:"count"`
		} `json:"timingCount"`
	}
	err := s.readConfig("config/timermetrics", &metrics)
	var n int64
	for _, t := range metrics.TimingCount {
		n += max(0, t.Count)
	}
	taken, checkErr := s.timersTaken()
	n += max(0, q.Max()-max(q.Min(), taken))
	return pending(n, "timer messages in "+record.TopicTimer, errors.Join(err, checkErr))
}

// timersTaken reads how far the wheel has read its topic: lastTimerQueueOffset of config/timercheck.
func (s *Store) timersTaken() (int64, error) {
	b, _, err := vfs.ReadFile(s.fsys, "config/timercheck", configLimit)
	if err != nil || len(b) < 24 {
		return 0, err
	}
	return int64(binary.BigEndian.Uint64(b[16:])), nil
}

// lightQueues is a line if there are queues that are fed from messages of other topics.
func (s *Store) lightQueues() []string {
	n := s.queues.LightQueues()
	if n == 0 || s.opt.Light {
		return nil
	}
	return []string{fmt.Sprintf("%s: %d light queues: they can be read and get no new messages without enableLmq and enableMultiDispatch", layout.QueueDir, n)}
}

// pending is a line if there is something, or if that cannot be told.
func pending(n int64, what string, err error) []string {
	switch {
	case err != nil && n > 0:
		return []string{fmt.Sprintf("%s: up to %d pending (%v)", what, n, err)}
	case n > 0:
		return []string{fmt.Sprintf("%s: %d pending", what, n)}
	}
	return nil
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
