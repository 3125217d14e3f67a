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
	found := t.FindAll([]string{string(name)})
	return found[0].Config, found[0].Err
}

// Found is what FindAll says of one group: its Config, or why it has none.
type Found struct {
	Config *Config
	Err    error
}

// FindAll is Find for each of several groups. Those that it creates are one version of the table and one write.
func (t *Table) FindAll(names []string) []Found {
	found := make([]Found, len(names))
	var missing []int
	for i, name := range names {
		if found[i].Config = t.Lookup([]byte(name)); found[i].Config != nil {
			continue
		}
		if found[i].Err = t.mayAppear(name); found[i].Err == nil {
			missing = append(missing, i)
		}
	}
	if len(missing) == 0 {
		return found
	}
	made, gen := t.create(names, missing, found)
	if len(made) == 0 {
		return found
	}
	for _, c := range made {
		t.opts.Log.Info("group made by use", "group", c.Name)
	}
	if err := t.save(gen); err != nil {
		// The groups work without their entries on disk, which are written later.
		t.opts.Log.Error("groups made by use are not saved", "groups", len(made), "first", made[0].Name, "error", err)
	}
	return found
}

// mayAppear refuses a group that using it does not make.
func (t *Table) mayAppear(name string) error {
	if p := t.policy.Load(); !p.AutoCreate && !(p.CreateSystem && record.IsSystemGroup(name)) {
		return fmt.Errorf("%w: %.300q", ErrNoAutoCreate, name)
	}
	if remark := Invalid([]byte(name)); remark != "" {
		return fmt.Errorf("%w: %s", ErrName, remark)
	}
	return nil
}

// create publishes groups with default settings, those of names that missing lists, and completes what was found.
// made lacks those for which somebody else was faster.
func (t *Table) create(names []string, missing []int, found []Found) (made []*Config, gen uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.state.Load()
	next := s
	for _, i := range missing {
		name := names[i]
		c := next.groups[name]
		if c == nil && len(next.groups) >= t.opts.MaxGroups {
			t.Metrics.Full.Add(1)
			found[i].Err = fmt.Errorf("%w: %d groups, no room for %q", ErrFull, len(next.groups), name)
			continue
		}
		if c == nil {
			if next == s {
				next = s.next(t.opts.Now())
			}
			c = newConfig(name)
			next.groups[name] = c
			made = append(made, c)
		}
		found[i].Config = c
	}
	if next != s {
		t.state.Store(next)
	}
	return made, next.gen
}

// next returns a copy of s to be changed, one version on. The forbidden table is shared.
func (s *state) next(now time.Time) *state {
	n := &state{gen: s.gen + 1, version: s.version, groups: maps.Clone(s.groups), forbidden: s.forbidden}
	n.version.Timestamp = now.UnixMilli()
	n.version.Counter++
	return n
}
