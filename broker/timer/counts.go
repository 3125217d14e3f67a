package timer

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/jsonfile"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/timer"
	"github.com/gannetmq/gannet/store/vfs"
)

// MetricsFile is where the counts are kept, below the data directory. It is also the body of the answer to
// GET_TIMER_METRICS. Java: TimerMetrics.
//
//	{"dataVersion":{"counter":2,"stateVersion":0,"timestamp":1795230858348},"timingCount":{"T":{"count":1,"timeStamp":1795230858348}}}
//
// They are written less often than the book. Where the sum of both differs, after a crash, Open counts
// again; Java does that once a day.
const MetricsFile = "config/timermetrics"

// timing is the content of the file.
type timing struct {
	Version protocol.DataVersion `json:"dataVersion"`
	Topics  map[string]*count    `json:"timingCount"`
}

// count is the timed messages of one topic.
type count struct {
	Count     int64 `json:"count"`
	TimeStamp int64 `json:"timeStamp"` // ms, of the last change
}

// topicCounts counts what is pending, topic by topic.
type topicCounts struct {
	mu     sync.Mutex
	timing timing
	dirty  bool

	fsys vfs.FS
}

// load reads the file. One that cannot be used is none: the book has what it counts.
func (m *topicCounts) load(fsys vfs.FS, now int64, log *slog.Logger) error {
	m.fsys = fsys
	loaded, err := jsonfile.Load(fsys, MetricsFile, now, func(b []byte) error {
		var t timing
		if err := fastjson.Unmarshal(b, &t); err != nil {
			return err
		}
		m.timing = t
		return nil
	})
	loaded.Report(log, MetricsFile)
	switch {
	case errors.Is(err, jsonfile.ErrDamaged):
		log.Warn("timed messages are counted anew", "file", MetricsFile, "error", err)
	case err != nil:
		return fmt.Errorf("timer metrics: %w", err)
	}
	if m.timing.Topics == nil {
		m.timing.Topics = make(map[string]*count)
	}
	if m.timing.Version.Timestamp == 0 {
		m.timing.Version.Timestamp = now
	}
	return nil
}

// clear forgets the counts.
func (m *topicCounts) clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.timing.Topics)
}

// ForgetTopic drops the count of a topic that was deleted. Its messages stay in the book: the
// next Open counts them again.
// Java: removeTimingCount.
func (t *Timer) ForgetTopic(topic string) {
	m, now := &t.counts, t.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.timing.Topics[topic]; ok {
		delete(m.timing.Topics, topic)
		m.timing.Version.Counter++
		m.timing.Version.Timestamp = now
		m.dirty = true
	}
}

// add adds n to the topic's count.
func (m *topicCounts) add(topic []byte, n, now int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.timing.Topics[string(topic)]
	if c == nil {
		c = new(count)
		m.timing.Topics[string(topic)] = c
	}
	c.Count += n
	c.TimeStamp = now
	m.timing.Version.Counter++
	m.timing.Version.Timestamp = now
	m.dirty = true
}

// encode prints the counts, as they were at once: whoever adds does not wait for it.
func (m *topicCounts) encode() []byte {
	m.mu.Lock()
	was := timing{Version: m.timing.Version, Topics: make(map[string]*count, len(m.timing.Topics))}
	for topic, c := range m.timing.Topics {
		was.Topics[topic] = &count{c.Count, c.TimeStamp}
	}
	m.mu.Unlock()
	return fastjson.Append(nil, &was)
}

// pending is how many messages are timed.
func (m *topicCounts) pending() (n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.timing.Topics {
		n += max(0, c.Count)
	}
	return n
}

// Counts returns how many messages of each topic are timed.
func (t *Timer) Counts() map[string]int64 {
	m := &t.counts
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make(map[string]int64, len(m.timing.Topics))
	for topic, c := range m.timing.Topics {
		all[topic] = max(0, c.Count)
	}
	return all
}

// sum is how many messages are timed, less those that are to be taken back.
func (m *topicCounts) sum() (n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.timing.Topics {
		n += c.Count
	}
	return n
}

// recount counts what the book has. An entry has the hash of its topic, whose name one message of each hash
// tells: topics with equal hashes count as one. Java: TimerMessageStore.checkAndReviseMetrics.
func (t *Timer) recount(from int64) error {
	counted := make(map[int32]int64)
	messages := make(map[int32]int64) // where one lies
	err := t.book.All(from, func(u *timer.Unit) {
		messages[u.TopicHash] = u.PhyOffset
		if u.Magic&timer.Delete != 0 {
			counted[u.TopicHash]--
		} else {
			counted[u.TopicHash]++
		}
	})
	if err != nil {
		return err
	}
	t.counts.clear()
	for hash, n := range counted {
		v, err := t.look(messages[hash])
		if err != nil {
			continue // not even the newest is there any more
		}
		topic, _ := v.Property(record.PropRealTopic)
		t.counts.add(topic, n, t.now())
	}
	return nil
}

// save writes the file if the counts have changed.
func (m *topicCounts) save() error {
	m.mu.Lock()
	dirty := m.dirty
	m.dirty = false
	m.mu.Unlock()
	if !dirty {
		return nil
	}
	if err := jsonfile.Store(m.fsys, MetricsFile, m.encode()); err != nil {
		m.mu.Lock()
		m.dirty = true
		m.mu.Unlock()
		return fmt.Errorf("timer metrics: %w", err)
	}
	return nil
}
