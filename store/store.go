package store

import (
	"context"
	"io"
	"sync"
	"sync/atomic"

	"github.com/gannetmq/gannet/store/checkpoint"
	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/consumequeue"
	"github.com/gannetmq/gannet/store/dispatch"
	"github.com/gannetmq/gannet/store/index"
	"github.com/gannetmq/gannet/store/retention"
	"github.com/gannetmq/gannet/store/vfs"
)

// Store is an open message store. Methods may be called from any goroutine.
type Store struct {
	opt  Options
	fsys vfs.FS

	lock       io.Closer
	log        *commitlog.Log
	queues     *consumequeue.Set
	dispatcher *dispatch.Dispatcher
	keys       *index.Index // nil if messages are not indexed; indexError may say why
	indexer    *dispatch.Dispatcher
	feed       index.Feed // from the one to the other
	indexError error
	point      *checkpoint.File // of the upkeep goroutine, and of Open and Close

	unserved    []string
	opened      atomic.Bool // Open is done: the broker's tables can be asked
	memoryReach int64       // bytes behind the end of the log that count as in memory
	coldReach   int64       // and those beyond which messages are cold

	closed   atomic.Bool
	refusal  atomic.Pointer[error] // why puts are refused, nil while they are not
	panicked atomic.Pointer[error] // that of a goroutine; nil if none did
	health   health
	cleaner  cleaner
	counts   counts
	waits    waits
	rules    atomic.Pointer[retention.Rules] // what SetRetention said, nil before
	known    checkpoint.Checkpoint           // what may be stored next; of the upkeep goroutine
	gaveBack gaveBack                        // of the upkeep goroutine
	spare    sync.Pool                       // of *Read

	kick chan struct{} // upkeep is wanted before its time
	stop chan struct{}
	wg   sync.WaitGroup
	// Each has room for one, and at most one sync is asked for and not yet heard of: nobody waits for the other.
	wantSync chan struct{}  // the upkeep goroutine wants a sync
	synced   chan queueSync // and hears of it
	// closing ends when the upkeep goroutine shall not begin another file.
	closing   context.Context
	endUpkeep context.CancelFunc
}

// Queue is one consume queue; it lives as long as its topic.
type Queue = consumequeue.Queue

// Queue returns queue id of topic, which begins to exist in memory if there was none. Allocates
// nothing when the queue exists. Ask for it for each message: a deleted topic's queue stays dead.
// Error: consumequeue.ErrName.
func (s *Store) Queue(topic []byte, id int32) (*Queue, error) { return s.queues.Queue(topic, id) }

// Drive makes visible what was put, if the store was opened with CallerDrives, and tells Arrivals.
// It does not block: what would is left to a goroutine of the store.
func (s *Store) Drive() { s.dispatcher.TryDrive() }
