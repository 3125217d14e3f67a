package lock

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gannetmq/gannet/remoting/protocol"
)

// ErrFull: Options.MaxGrants are held already.
var ErrFull = errors.New("lock: table full")

// Options of a Table; the names in brackets are Java's.
type Options struct {
	Lease     time.Duration    // rocketmq.broker.rebalance.lockMaxLiveTime; 0 means 60 s
	MaxGrants int              // most queues granted, over all groups; 0 means 1,000,000
	Now       func() time.Time // nil means time.Now
}

// grant is one queue held by one client of a group. It is there until somebody else wants the queue,
// the holder gives it back, or a sweep finds it expired.
type grant struct {
	clientID string
	renewed  time.Time
}

// Table is the grants of one broker.
type Table struct {
	opts Options

	mu     sync.Mutex
	groups map[string]map[protocol.MessageQueue]*grant // guarded by mu
	count  int                                         // grants in all groups; guarded by mu
	swept  time.Time                                   // guarded by mu
}

// New makes an empty table.
func New(o Options) *Table {
	if o.Lease == 0 {
		o.Lease = time.Minute
	}
	if o.MaxGrants == 0 {
		o.MaxGrants = 1_000_000
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Table{opts: o, groups: make(map[string]map[protocol.MessageQueue]*grant)}
}

// Lock grants the client those of the queues that no other client of the group holds, and returns
// them in the order asked. ErrFull grants nothing new, but what was renewed stays renewed.
func (t *Table) Lock(group, clientID string, queues []protocol.MessageQueue) ([]protocol.MessageQueue, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.opts.Now()
	t.sweep(now)
	granted := make([]protocol.MessageQueue, 0, len(queues))
	held := t.groups[group]
	for _, q := range queues {
		switch g := held[q]; {
		case g == nil:
			if t.count >= t.opts.MaxGrants {
				return nil, fmt.Errorf("%w: %d queues are locked", ErrFull, t.count)
			}
			if held == nil {
				held = make(map[protocol.MessageQueue]*grant)
				t.groups[group] = held
			}
			held[q] = &grant{clientID, now}
			t.count++
		case g.clientID == clientID || t.expired(g, now):
			*g = grant{clientID, now}
		default:
			continue
		}
		granted = append(granted, q)
	}
	return granted, nil
}

// Unlock gives back those of the queues that the client holds.
func (t *Table) Unlock(group, clientID string, queues []protocol.MessageQueue) {
	t.mu.Lock()
	defer t.mu.Unlock()
	held := t.groups[group]
	for _, q := range queues {
		if g := held[q]; g != nil && g.clientID == clientID {
			delete(held, q)
			t.count--
		}
	}
	if held != nil && len(held) == 0 {
		delete(t.groups, group)
	}
}

// Held reports whether any queue is granted in the group: whether it consumes in order at present.
// Java: !isLockAllExpired.
func (t *Table) Held(group []byte) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.opts.Now()
	for _, g := range t.groups[string(group)] {
		if !t.expired(g, now) {
			return true
		}
	}
	return false
}

// Len is the number of grants, with those that expired and were not swept.
func (t *Table) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.count
}

func (t *Table) expired(g *grant, now time.Time) bool { return now.Sub(g.renewed) > t.opts.Lease }

// sweep drops what expired, once in a lease, so that groups that are gone leave nothing behind. Java
// keeps them for ever. mu is held.
func (t *Table) sweep(now time.Time) {
	if now.Sub(t.swept) < t.opts.Lease {
		return
	}
	t.swept = now
	for group, held := range t.groups {
		for q, g := range held {
			if t.expired(g, now) {
				delete(held, q)
				t.count--
			}
		}
		if len(held) == 0 {
			delete(t.groups, group)
		}
	}
}
