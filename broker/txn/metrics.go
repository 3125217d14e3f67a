package txn

import (
	"fmt"
	"log/slog"
	"sync"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/jsonfile"
	"github.com/gannetmq/gannet/store/vfs"
)

// File is where the counts are kept, below the data directory, on one line:
//
//	{"dataVersion":{"counter":15,"stateVersion":0,"timestamp":1795232081123},"transactionCount":{"TopicTx":{"count":3,"timeStamp":1795232081123}}}
//
// It is written after changes, not with them: a crash leaves it behind. Java: TransactionMetrics.
const File = "config/transactionMetrics"

// counts are how many halves of each topic are undecided.
type counts struct {
	fs vfs.FS

	mu      sync.Mutex // guards the rest
	table   map[string]*count
	version protocol.DataVersion
	saved   int64 // the version's counter in File

	saving sync.Mutex // held while File is written; taken before mu
}

type count struct {
	Count int64 `json:"count"`
	Time  int64 `json:"timeStamp"` // Unix milliseconds, of the last change
}

// file is the content of File.
type file struct {
	Version protocol.DataVersion `json:"dataVersion"`
	Counts  map[string]count     `json:"transactionCount"`
}

func (c *counts) open(fs vfs.FS, now int64, log *slog.Logger) error {
	c.fs, c.table = fs, make(map[string]*count)
	var f file
	loaded, err := jsonfile.Load(fs, File, now, func(b []byte) error {
		f = file{}
		return fastjson.Unmarshal(b, &f)
	})
	loaded.Report(log, File)
	if err != nil {
		// Java's counts are for the curious too: nothing is refused for them.
		log.Warn("counts of transactions begin anew", "file", File, "error", err)
		return nil
	}
	for topic, n := range f.Counts {
		c.table[topic] = &n
	}
	c.version, c.saved = f.Version, f.Version.Counter
	return nil
}

// add changes the count of a topic, which is a view.
func (c *counts) add(topic []byte, n, now int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.table[string(topic)]
	if t == nil {
		t = new(count)
		c.table[string(topic)] = t
	}
	t.Count = max(0, t.Count+n) // File may be behind, and a half be decided twice
	t.Time = now
	c.version.Counter++
	c.version.Timestamp = now
}

// ForgetTopic drops the count of a topic that was deleted.
func (t *Transactions) ForgetTopic(topic string) {
	c, now := &t.counts, t.opts.Now().UnixMilli()
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.table[topic]; ok {
		delete(c.table, topic)
		c.version.Counter++
		c.version.Timestamp = now
	}
}

func (c *counts) dirty() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.saved != c.version.Counter
}

// save writes File if a count changed.
func (c *counts) save() error {
	c.saving.Lock()
	defer c.saving.Unlock()
	f, changed := c.snapshot()
	if !changed {
		return nil
	}
	if err := jsonfile.Store(c.fs, File, fastjson.Append(nil, f)); err != nil {
		return fmt.Errorf("txn: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.saved = f.Version.Counter
	return nil
}

// snapshot copies the counts, for who takes his time. changed says that File has others.
func (c *counts) snapshot() (f *file, changed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.saved == c.version.Counter {
		return nil, false
	}
	f = &file{Version: c.version, Counts: make(map[string]count, len(c.table))}
	for topic, n := range c.table {
		f.Counts[topic] = *n
	}
	return f, true
}

// Counts returns how many halves of each topic are undecided.
func (t *Transactions) Counts() map[string]int64 {
	c := &t.counts
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make(map[string]int64, len(c.table))
	for topic, n := range c.table {
		all[topic] = n.Count
	}
	return all
}
