package group

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// Errors of changes. They wrap facts.
var (
	// ErrName: the name is not one that a group may have; Invalid tells why.
	ErrName = errors.New("group: invalid name")
	// ErrNoAutoCreate: the group does not exist and the configuration does not let it appear.
	ErrNoAutoCreate = errors.New("group: not created by use")
	// ErrFull: there are Options.MaxGroups already.
	ErrFull = errors.New("group: table full")
	// ErrNotSaved: the change holds in memory but could not be written yet; see Options.Unsaved.
	ErrNotSaved = errors.New("group: subscriptionGroup.json not written")
)

// Options are the parts of the broker's configuration that concern groups; the names in brackets
// are Java's. Zero values are not defaults: broker/config.go knows those.
type Options struct {
	AutoCreate   bool // autoCreateSubscriptionGroup
	CreateSystem bool // enableCreateSysGroup: groups named CID_RMQ_SYS_… appear by use in any case
	Light        bool // enableLmq: there is every group whose name is that of a light queue

	MaxGroups int // most groups in the table; 0 means 100,000

	// Changed is told that groups were changed or deleted by hand, after that was saved, without a lock
	// held. Optional.
	Changed func()

	// Unsaved is told that a change could not be written; whoever it is calls Save later. It must not block. Optional.
	Unsaved func()

	Now func() time.Time // nil means time.Now
	Log *slog.Logger
}

func (o *Options) fill() {
	if o.MaxGroups == 0 {
		o.MaxGroups = 100_000
	}
	if o.Changed == nil {
		o.Changed = func() {}
	}
	if o.Unsaved == nil {
		o.Unsaved = func() {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

// Metrics are what a Table counts. Nothing depends on them.
type Metrics struct {
	Full      atomic.Int64 // groups that were refused because of Options.MaxGroups
	SaveFails atomic.Int64 // times that the file could not be written
}

// Table is the consumer groups of one broker.
//
// The whole table is one immutable state behind an atomic pointer: a reader takes no lock, and a
// writer copies the map. The copy does not change the order of what a change costs, because each
// change writes all of subscriptionGroup.json anyway, as Java does.
type Table struct {
	Metrics Metrics

	opts Options
	fs   vfs.FS

	state  atomic.Pointer[state]
	policy atomic.Pointer[Policy]

	mu sync.Mutex // makes changes one at a time: held from reading state to replacing it, never over I/O

	saving sync.Mutex // held while subscriptionGroup.json is written; never taken with mu held
	saved  uint64     // state.gen that is on disk; guarded by saving
}

// state is the table at one moment. It is never changed after it was published.
type state struct {
	gen       uint64 // counts changes since Open
	version   protocol.DataVersion
	groups    map[string]*Config
	forbidden map[string]map[string]int32 // group → topic → bits
}

// Lookup returns the group of that name, or nil. It never creates one.
func (t *Table) Lookup(name []byte) *Config {
	if t.opts.Light && record.IsLight(name) {
		return light
	}
	return t.state.Load().groups[string(name)]
}

// light is what every group is that reads light queues. Java: LmqSubscriptionGroupManager.
var light = newConfig(record.LMQPrefix)

// Exists reports whether there is a group of that name.
func (t *Table) Exists(name []byte) bool { return t.Lookup(name) != nil }

// Len is the number of groups.
func (t *Table) Len() int { return len(t.state.Load().groups) }

// All returns the groups sorted by name, and the version of the table they are.
func (t *Table) All() ([]*Config, protocol.DataVersion) {
	s := t.state.Load()
	return s.sorted(), s.version
}

func (s *state) sorted() []*Config {
	return slices.SortedFunc(maps.Values(s.groups), func(a, b *Config) int { return strings.Compare(a.Name, b.Name) })
}

// Forbidden reports whether the group's consumption of the topic is disabled for reason number bit.
// Java: getForbidden.
func (t *Table) Forbidden(group, topic []byte, bit uint) bool {
	bits := t.state.Load().forbidden[string(group)][string(topic)]
	return bits > 0 && bits>>bit&1 != 0
}

// Find returns the group of that name, creating it with default settings if using a group is enough to make
// it: ErrName, ErrNoAutoCreate, ErrFull. It may block on the disk when it creates, so an event loop
// asks Lookup first.
//
// Java: findSubscriptionGroupConfig.
func (t *Table) Find(name []byte) (*Config, error) {
	if c := t.Lookup(name); c != nil {
		return c, nil
	}
	if p := t.policy.Load(); !p.AutoCreate && !(p.CreateSystem && record.IsSystemGroup(string(name))) {
		return nil, fmt.Errorf("%w: %.300q", ErrNoAutoCreate, name)
	}
	if remark := Invalid(name); remark != "" {
		return nil, fmt.Errorf("%w: %s", ErrName, remark)
	}
	c, gen, err := t.create(string(name))
	if err != nil || gen == 0 {
		return c, err
	}
	t.opts.Log.Info("group made by use", "group", c.Name)
	if err := t.save(gen); err != nil {
		// The group works without its entry on disk, and the next use makes it again.
		t.opts.Log.Error("group made by use is not saved", "group", c.Name, "error", err)
	}
	return c, nil
}

// create publishes a group with default settings. gen is 0 if somebody else was faster.
func (t *Table) create(name string) (c *Config, gen uint64, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.state.Load()
	if c := s.groups[name]; c != nil {
		return c, 0, nil
	}
	if len(s.groups) >= t.opts.MaxGroups {
		t.Metrics.Full.Add(1)
		return nil, 0, fmt.Errorf("%w: %d groups, no room for %q", ErrFull, len(s.groups), name)
	}
	next := s.next(t.opts.Now())
	c = newConfig(name)
	next.groups[name] = c
	t.state.Store(next)
	return c, next.gen, nil
}

// Enter is Find for heartbeats: how many queues the group's retry topic has, and whether its members
// want to be told when others come and go.
func (t *Table) Enter(name string) (retryQueues int32, notify bool, err error) {
	c, err := t.Find([]byte(name))
	if err != nil {
		return 0, false, err
	}
	return c.RetryQueues, c.NotifyIDsChanged, nil
}

// next returns a copy of s to be changed, one version on. The forbidden table is shared.
func (s *state) next(now time.Time) *state {
	n := &state{gen: s.gen + 1, version: s.version, groups: maps.Clone(s.groups), forbidden: s.forbidden}
	n.version.Timestamp = now.UnixMilli()
	n.version.Counter++
	return n
}
