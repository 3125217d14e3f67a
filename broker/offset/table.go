package offset

import (
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/throttle"
	"github.com/gannetmq/gannet/store/vfs"
)

// Errors of Commit. They wrap facts.
var (
	// ErrName: the topic or the group is empty or contains the separator.
	ErrName = errors.New("offset: bad topic or group")
	// ErrQueue: the queue id is negative or above Options.MaxQueueID.
	ErrQueue = errors.New("offset: bad queue id")
	// ErrFull: Options.MaxOffsets are stored already.
	ErrFull = errors.New("offset: table full")
	// ErrReset: the offset was reset and no member of the group knows it yet, see Reset.
	ErrReset = errors.New("offset: reset meanwhile")
)

// Options are the parts of the broker's configuration that concern offsets; the names in brackets
// are Java's.
type Options struct {
	FirstFlush  time.Duration // from Start to the first write of the file; 0 means 10 s
	FlushEvery  time.Duration // flushConsumerOffsetInterval; 0 means 5 s
	VersionStep int64         // consumerOffsetUpdateVersionStep, commits per version; 0 means 500

	Light bool // enableLmq: the file is LightFile

	MaxOffsets int64 // most queue offsets in the table; 0 means 1,048,576
	MaxQueueID int32 // highest queue id that is stored; 0 means 65,535

	Now func() time.Time // nil means time.Now
	Log *slog.Logger
}

func (o *Options) fill() {
	if o.FirstFlush == 0 {
		o.FirstFlush = 10 * time.Second
	}
	if o.FlushEvery == 0 {
		o.FlushEvery = 5 * time.Second
	}
	if o.VersionStep == 0 {
		o.VersionStep = 500
	}
	if o.MaxOffsets == 0 {
		o.MaxOffsets = 1 << 20
	}
	if o.MaxQueueID == 0 {
		o.MaxQueueID = 1<<16 - 1
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

// Metrics count since Open.
type Metrics struct {
	Commits   atomic.Int64
	Backwards atomic.Int64 // commits below what was stored: accepted, but seldom meant
	Full      atomic.Int64 // commits and clones that were refused because of Options.MaxOffsets
	Saves     atomic.Int64
	SaveFails atomic.Int64
}

// Table is the consumer offsets of one broker.
type Table struct {
	Metrics Metrics

	opts   Options
	fs     vfs.FS
	seed   maphash.Seed
	shards [shardCount]shard
	stored atomic.Int64 // queue offsets in all shards
	resets atomic.Int64 // queues in all shards whose reset nobody was told of
	dirty  atomic.Bool  // something changed that is not on disk

	backward *throttle.Lines // a commit that went backwards

	versionMu sync.Mutex
	version   protocol.DataVersion // guarded by versionMu

	saving sync.Mutex // held while consumerOffset.json is written

	stop chan struct{}
	wg   sync.WaitGroup
}

const shardCount = 64

// shard is one part of the table; a key's hash tells which. mu guards both levels of keys and is
// held for one map access.
type shard struct {
	mu     sync.RWMutex
	keys   map[string]queues
	resets map[string]queues // of keys, what TakeReset tells
	_      [64]byte          // keep the locks of neighbours off one cache line
}

// queues is the offsets of one topic@group by queue id.
type queues map[int32]int64

func (t *Table) shard(key []byte) *shard {
	return &t.shards[maphash.Bytes(t.seed, key)%shardCount]
}

// Commit stores what the group wants next of a queue, also if that is less than before: whoever
// resets an offset by hand commits backwards. ErrName, ErrQueue, ErrFull, ErrReset, ErrOwn.
func (t *Table) Commit(group, topic []byte, queue int32, off int64) error {
	return t.put(group, topic, queue, off, byMember)
}

// mover is who sets an offset.
type mover uint8

const (
	byMember mover = iota
	byReset
	byOwner // of the broker's own group
)

func (t *Table) put(group, topic []byte, queue int32, off int64, by mover) error {
	if by != byOwner {
		if err := refuseOwn(group); err != nil {
			return err
		}
	}
	reset := by == byReset
	queue = t.queueOf(group, queue)
	switch {
	case !legal(topic, group):
		return fmt.Errorf("%w: %.300q@%.300q", ErrName, topic, group)
	case queue < 0 || queue > t.opts.MaxQueueID:
		return fmt.Errorf("%w: %d of %.300q, group %.300q", ErrQueue, queue, topic, group)
	}
	var room [keyRoom]byte
	key := appendKey(room[:0], topic, group)
	s := t.shard(key)
	s.mu.Lock()
	if _, pending := s.resets[string(key)][queue]; pending && !reset {
		s.mu.Unlock()
		return ErrReset
	}
	q := s.keys[string(key)]
	old, known := q[queue]
	if !known && !t.reserve(by == byOwner) {
		s.mu.Unlock()
		t.Metrics.Full.Add(1)
		return fmt.Errorf("%w: no room for queue %d of %.300q, group %.300q", ErrFull, queue, topic, group)
	}
	if q == nil {
		q = make(queues)
		s.keys[string(key)] = q
	}
	q[queue] = off
	if reset && s.remember(string(key), queue, off) {
		t.resets.Add(1)
	}
	s.mu.Unlock()
	if known && off < old && !reset {
		t.backwards(topic, group, queue, off, old)
	}
	t.committed()
	return nil
}

func (t *Table) backwards(topic, group []byte, queue int32, off, old int64) {
	t.Metrics.Backwards.Add(1)
	left, ok := t.backward.Due(queue, group, topic)
	if !ok {
		return
	}
	t.opts.Log.Warn("a consumer offset went backwards", "topic", string(topic), "group", string(group),
		"queue", queue, "offset", off, "before", old, throttle.LeftOut, left)
}

// reserve takes one of the places for new offsets. The broker's own few are beyond the bound.
func (t *Table) reserve(own bool) bool {
	if t.stored.Add(1) > t.opts.MaxOffsets && !own {
		t.stored.Add(-1)
		return false
	}
	return true
}

// committed counts a commit. The dirty flag is only written when it changes, so that committers do
// not fight for its cache line.
func (t *Table) committed() {
	if !t.dirty.Load() {
		t.dirty.Store(true)
	}
	if t.Metrics.Commits.Add(1)%t.opts.VersionStep == 0 {
		t.bump()
	}
}

// bump moves the version one on.
func (t *Table) bump() {
	t.versionMu.Lock()
	defer t.versionMu.Unlock()
	t.version.Counter++
	t.version.Timestamp = t.opts.Now().UnixMilli()
}

// Query returns what the group wants next of a queue, and whether anything is stored for it.
func (t *Table) Query(group, topic []byte, queue int32) (off int64, ok bool) {
	queue = t.queueOf(group, queue)
	var room [keyRoom]byte
	key := appendKey(room[:0], topic, group)
	s := t.shard(key)
	s.mu.RLock()
	defer s.mu.RUnlock()
	off, ok = s.keys[string(key)][queue]
	return off, ok
}
