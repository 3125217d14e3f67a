package stats

import (
	"hash/maphash"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gannetmq/gannet/store/record"
)

// Options of a Table.
type Options struct {
	Cluster string // brokerClusterName, under which the broker's own figures are
	// Exists reports whether there are such a topic and such a group; group is empty if only the topic is asked for.
	Exists func(topic, group string) bool
	// Totals is what Speeds are told of. It is called once a second.
	Totals func() Totals
	// MaxCounters bounds the topics, pairs of topic and group, and queues of them that are counted; 0 means 100,000.
	// One that is busy for a day costs a little more than a KiB.
	MaxCounters int64
	Log         *slog.Logger
}

// Table is the counters of one broker.
type Table struct {
	opts   Options
	seed   maphash.Seed
	shards [shardCount]shard
	held   atomic.Int64 // entries and queues
	missed atomic.Int64 // times that there was no room for one, since it was logged

	puts, gots [2]counter // messages of all topics, by kind

	windows sync.Mutex // guards the windows of all counters
	speeds  speeds

	stop chan struct{}
	wg   sync.WaitGroup
}

// The kinds of topics: some figures leave out the broker's own.
const (
	ordinary = iota
	system
)

const shardCount = 32

// shard is one part of the names; a name's hash tells which.
type shard struct {
	mu      sync.RWMutex
	entries map[string]*entry // by topic, or topic@group
	_       [64]byte          // keep the locks of neighbours off one cache line
}

// separator stands between topic and group. No topic's name contains it, so that keys of topics and of pairs differ.
const separator = '@'

// entry is what a topic is sent, or what a group pulls from it.
type entry struct {
	counter // messages and bytes
	topic   string
	group   string // "" for what the topic is sent
	kind    int

	mu     sync.Mutex // held while queues grows
	queues atomic.Pointer[[]*queue]
	gone   bool // forgotten, and holds no places any more; guarded by mu

	back  atomic.Pointer[counter] // messages that the group sent back; nil before the first
	dead  atomic.Int64            // messages that the group failed to consume too often
	ended atomic.Pointer[ended]   // transactions of the topic; nil before the first
	timed atomic.Pointer[timed]   // timed messages of the topic; nil before the first
}

// queue is one queue of an entry.
type queue struct {
	counter              // milliseconds
	next    atomic.Int64 // what the group fetches next
}

// New makes an empty table. Start runs its goroutine.
func New(o Options) *Table {
	if o.MaxCounters == 0 {
		o.MaxCounters = 100_000
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	t := &Table{opts: o, seed: maphash.MakeSeed(), stop: make(chan struct{})}
	for i := range t.shards {
		t.shards[i].entries = make(map[string]*entry)
	}
	return t
}

// Put counts what the broker itself stored: messages of a topic that exists, and how long it took on a pool, 0 if it did
// not leave its loop.
func (t *Table) Put(topic []byte, id int32, messages, size int, took time.Duration) {
	if e := t.enter(topic); e != nil {
		e.add(int64(messages), int64(size))
		t.stored(e, id, messages, took)
	}
}

// stored counts for the queue and for the whole broker.
func (t *Table) stored(e *entry, id int32, messages int, took time.Duration) {
	if q := t.queue(e, id); q != nil {
		q.add(took.Milliseconds(), 0)
	}
	t.puts[e.kind].nums.Add(int64(messages))
}

// keyRoom is what a key needs that is made of the longest legal names. Longer keys cost an allocation.
const keyRoom = 512

// Pulled counts a pull of a group that exists, and remembers what it will fetch next. Messages is 0 if it got none;
// took is as in Put.
func (t *Table) Pulled(group, topic []byte, id int32, next int64, messages, size int, took time.Duration) {
	var room [keyRoom]byte
	e := t.enter(append(append(append(room[:0], topic...), separator), group...))
	if e == nil {
		return
	}
	q := t.queue(e, id)
	if q != nil {
		q.next.Store(next)
	}
	if messages == 0 {
		return
	}
	e.add(int64(messages), int64(size))
	if q != nil {
		q.add(took.Milliseconds(), 0)
	}
	t.gots[e.kind].nums.Add(int64(messages))
}

// Returned counts a message of topic that a consumer of group sent back.
func (t *Table) Returned(group, topic []byte) {
	if e := t.enterPair(group, topic); e != nil {
		e.back.CompareAndSwap(nil, new(counter))
		e.back.Load().add(1, 0)
	}
}

// enterPair returns the entry of a group and a topic and makes it if need be; nil if there is no room.
func (t *Table) enterPair(group, topic []byte) *entry {
	return t.enter(append(append(append(make([]byte, 0, keyRoom), topic...), separator), group...))
}

func (t *Table) shard(key []byte) *shard {
	return &t.shards[maphash.Bytes(t.seed, key)%shardCount]
}

func (t *Table) find(key []byte) *entry {
	s := t.shard(key)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.entries[string(key)]
}

// enter returns the entry of a key and makes it if need be; nil if there is no room.
func (t *Table) enter(key []byte) *entry {
	if e := t.find(key); e != nil {
		return e
	}
	s := t.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.entries[string(key)]; e != nil {
		return e
	}
	if !t.reserve() {
		return nil
	}
	topic, group, _ := strings.Cut(string(key), string(separator))
	e := &entry{topic: topic, group: group}
	if record.IsSystemTopic(topic) {
		e.kind = system
	}
	s.entries[string(key)] = e
	return e
}

// queue returns a queue of an entry and makes it if need be; nil if there is no room. Ids are those of queues that a
// topic has, so the list is no longer than a topic may have queues.
func (t *Table) queue(e *entry, id int32) *queue {
	if q := e.at(id); q != nil {
		return q
	}
	return t.grow(e, id)
}

// at is a queue of an entry, nil if there was nothing.
func (e *entry) at(id int32) *queue {
	if all := e.all(); id >= 0 && int(id) < len(all) {
		return all[id]
	}
	return nil
}

// all are the queues of an entry by id, nil where there was nothing.
func (e *entry) all() []*queue {
	if all := e.queues.Load(); all != nil {
		return *all
	}
	return nil
}

func (t *Table) grow(e *entry, id int32) *queue {
	e.mu.Lock()
	defer e.mu.Unlock()
	if q := e.at(id); q != nil {
		return q
	}
	if id < 0 || e.gone || !t.reserve() {
		return nil
	}
	all := e.all()
	next := make([]*queue, max(len(all), int(id)+1))
	copy(next, all)
	next[id] = new(queue)
	e.queues.Store(&next)
	return next[id]
}

// reserve takes one of the places for counters.
func (t *Table) reserve() bool {
	if t.held.Add(1) > t.opts.MaxCounters {
		t.held.Add(-1)
		t.missed.Add(1)
		return false
	}
	return true
}

// ForgetTopic drops what was counted of a topic, and of what groups did with it.
func (t *Table) ForgetTopic(topic string) {
	t.forget(func(e *entry) bool { return e.topic == topic })
}

// ForgetGroup drops what was counted of a group.
func (t *Table) ForgetGroup(group string) {
	t.forget(func(e *entry) bool { return e.group == group && group != "" })
}

func (t *Table) forget(unwanted func(*entry) bool) {
	for _, e := range t.entries() {
		if unwanted(e) {
			t.drop(e)
		}
	}
}

// drop takes an entry out.
func (t *Table) drop(e *entry) {
	key := []byte(e.topic)
	if e.group != "" {
		key = append(append(key, separator), e.group...)
	}
	s := t.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.entries[string(key)] != e {
		return
	}
	delete(s.entries, string(key))
	e.mu.Lock()
	defer e.mu.Unlock()
	e.gone = true
	places := int64(1)
	for _, q := range e.all() {
		if q != nil {
			places++
		}
	}
	t.held.Add(-places)
}

// entries are all that there are.
func (t *Table) entries() []*entry {
	var all []*entry
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.RLock()
		for _, e := range s.entries {
			all = append(all, e)
		}
		s.mu.RUnlock()
	}
	return all
}
