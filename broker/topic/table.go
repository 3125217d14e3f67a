package topic

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

	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// Errors of changes. They wrap facts.
var (
	// ErrName: the name is not one that a topic may have; Invalid tells why.
	ErrName = errors.New("topic: invalid name")
	// ErrAbsent: there is no such topic.
	ErrAbsent = errors.New("topic: no such topic")
	// ErrNoExample: the topic after which a new one was to be made does not exist.
	ErrNoExample = errors.New("topic: no topic to create after")
	// ErrNotInherited: the example does not allow topics to be made after it.
	ErrNotInherited = errors.New("topic: creation not allowed")
	// ErrFull: there are Options.MaxTopics already.
	ErrFull = errors.New("topic: table full")
	// ErrNotSaved: the change holds in memory but could not be written yet; see Options.Unsaved.
	ErrNotSaved = errors.New("topic: topics.json not written")
)

// Options are the parts of the broker's configuration that concern topics; the names in brackets
// are Java's. Zero values are not defaults: broker/config.go knows those.
type Options struct {
	Cluster string // brokerClusterName
	Broker  string // brokerName

	AutoCreate    bool   // autoCreateTopicEnable
	DefaultQueues int32  // defaultTopicQueueNums
	ClusterTopic  bool   // clusterTopicEnable
	BrokerTopic   bool   // brokerTopicEnable
	TraceTopic    string // msgTraceTopicName if traceTopicEnable, else ""
	ReviveQueues  int32  // reviveQueueNum
	TimerTopic    bool   // timerWheelEnable

	Light bool // enableLmq: there is every topic whose name is that of a light queue

	GuardSystem bool // validateSystemTopicWhenUpdateTopic
	MixedType   bool // enableMixedMessageType

	MaxTopics int   // most topics in the table; 0 means 100,000
	MaxQueues int32 // most queues of one topic; 0 means 65,536

	// Changed is told the names of topics that were created, changed or deleted together, after that
	// was saved, without a lock held. It may block. Optional.
	Changed func(names ...string)

	// Unsaved is told that a change could not be written; whoever it is calls Save later. It must not block. Optional.
	Unsaved func()

	Now func() time.Time // nil means time.Now
	Log *slog.Logger
}

func (o *Options) fill() {
	if o.MaxTopics == 0 {
		o.MaxTopics = 100_000
	}
	if o.MaxQueues == 0 {
		o.MaxQueues = 1 << 16
	}
	if o.Changed == nil {
		o.Changed = func(...string) {}
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
	Full      atomic.Int64 // topics that were refused because of Options.MaxTopics
	SaveFails atomic.Int64 // times that the file could not be written
}

// Table is the topics of one broker.
//
// The whole table is one immutable state behind an atomic pointer: a reader takes no lock, and a
// writer copies the map. The copy does not change the order of what a change costs, because each
// change writes all of topics.json anyway, as Java does.
type Table struct {
	Metrics Metrics

	opts   Options
	fs     vfs.FS
	system map[string]bool // names that Options made; never changed

	state  atomic.Pointer[state]
	policy atomic.Pointer[Policy]

	mu sync.Mutex // makes changes one at a time: held from reading state to replacing it, never over I/O

	saving sync.Mutex // held while topics.json is written; never taken with mu held
	saved  uint64     // state.gen that is on disk; guarded by saving
}

// state is the table at one moment. It is never changed after it was published.
type state struct {
	gen     uint64 // counts changes since Open
	version protocol.DataVersion
	topics  map[string]*Config
}

// Lookup returns the topic of that name, or nil.
func (t *Table) Lookup(name []byte) *Config {
	if t.opts.Light && record.IsLight(name) {
		return light
	}
	return t.state.Load().topics[string(name)]
}

// light is what every light queue is as a topic. Java: LmqTopicConfigManager.
var light = &Config{
	Name: record.LMQPrefix, ReadQueues: 1, WriteQueues: 1, Perm: readWrite, FilterType: protocol.SingleTag, Attributes: map[string]string{},
}

// Exists reports whether there is a topic of that name.
func (t *Table) Exists(name []byte) bool { return t.Lookup(name) != nil }

// Len is the number of topics.
func (t *Table) Len() int { return len(t.state.Load().topics) }

// All returns the topics sorted by name, and the version of the table they are.
func (t *Table) All() ([]*Config, protocol.DataVersion) {
	s := t.state.Load()
	return s.sorted(), s.version
}

// Announced is the table as the name servers are told: permissions that the broker itself does not
// have (brokerPermission) are taken off. Java: registerBrokerAll.
func (t *Table) Announced(brokerPerm int32) protocol.TopicTable {
	s := t.state.Load()
	table := protocol.TopicTable{
		DataVersion:      s.version,
		TopicConfigTable: make(map[string]protocol.TopicConfig, len(s.topics)),
	}
	for name, c := range s.topics {
		shown := c.body()
		if brokerPerm&readWrite != readWrite {
			shown.Perm &= brokerPerm
		}
		table.TopicConfigTable[name] = shown
	}
	return table
}

const readWrite = protocol.PermRead | protocol.PermWrite

func (s *state) sorted() []*Config {
	return slices.SortedFunc(maps.Values(s.topics), func(a, b *Config) int { return strings.Compare(a.Name, b.Name) })
}

// CreateAfter returns the topic name, creating it after the example if it is missing: with its
// permission but the inherit bit, and queues queues or as many as the example has if those are fewer.
// ErrName, ErrNoExample, ErrNotInherited, ErrFull. It may block on the disk when it creates.
//
// Java: createTopicInSendMessageMethod; example is a producer's defaultTopic.
func (t *Table) CreateAfter(example, name []byte, queues, sysFlag int32) (*Config, error) {
	return t.create(name, func(s *state) (*Config, error) {
		e := s.topics[string(example)]
		switch {
		case e == nil:
			return nil, fmt.Errorf("%w: %q for %q", ErrNoExample, example, name)
		case !protocol.Inheritable(e.Perm), e.Name == record.TopicAutoCreate && !t.policy.Load().AutoCreate:
			return nil, fmt.Errorf("%w: %q has permission %d, for %q", ErrNotInherited, example, e.Perm, name)
		}
		n := max(min(queues, e.WriteQueues), 0)
		return &Config{
			Name: string(name), ReadQueues: n, WriteQueues: n, Perm: e.Perm &^ protocol.PermInherit,
			FilterType: e.FilterType, SysFlag: sysFlag, Attributes: map[string]string{},
		}, nil
	})
}

// CreateIfAbsent returns the topic name, creating it as given if it is missing. It serves retry and
// dead letter topics. ErrName, ErrFull. It may block on the disk when it creates.
//
// Java: createTopicInSendMessageBackMethod.
func (t *Table) CreateIfAbsent(name []byte, queues, perm, sysFlag int32) (*Config, error) {
	return t.create(name, func(*state) (*Config, error) {
		n := min(max(queues, 0), t.opts.MaxQueues)
		c := builtin(string(name), n, perm)
		c.SysFlag = sysFlag
		return c, nil
	})
}

func (t *Table) create(name []byte, build step) (*Config, error) {
	if c := t.Lookup(name); c != nil {
		return c, nil
	}
	if remark := Invalid(name); remark != "" {
		return nil, fmt.Errorf("%w: %.300q: %s", ErrName, name, remark)
	}
	c, err := t.change(func(s *state) (*Config, error) {
		if c := s.topics[string(name)]; c != nil {
			return c, nil
		}
		return build(s)
	})
	if errors.Is(err, ErrNotSaved) {
		// The topic works without its entry on disk, and its next use makes it again.
		t.opts.Log.Error("topic made by use is not saved", "topic", c.Name, "error", err)
		err = nil
	}
	return c, err
}

// Update makes the topic what c says, with the attributes of the existing one as modified by
// attributes ("+name=value,-name"). If nothing changes, the version stays. A *remoting.Error refuses
// the attributes; ErrFull; ErrNotSaved when the change holds but is not on disk.
func (t *Table) Update(c Config, attributes string) error {
	edits, err := parseEdits(attributes)
	if err != nil {
		return err
	}
	return t.UpdateAll([]Change{{c, edits}})
}

// Change is what one topic is to become: Config without its attributes, and how those are modified.
type Change struct {
	Config Config
	edits  []edit
}

// UpdateAll is Update for several topics: all of them are changed, in one version, or none.
func (t *Table) UpdateAll(changes []Change) error {
	mixed := t.policy.Load().MixedType
	steps := make([]step, len(changes))
	for i := range changes {
		ch := &changes[i]
		if !mixed && slices.Contains(ch.edits, edit{"+" + attrMessageType, messageTypeMixed}) {
			return remoting.Errorf(protocol.InvalidParameter, "MIXED message type is not supported.")
		}
		steps[i] = ch.step
	}
	_, err := t.change(steps...)
	return err
}

func (ch *Change) step(s *state) (*Config, error) {
	old := s.topics[ch.Config.Name]
	var current map[string]string
	if old != nil {
		current = old.Attributes
	}
	c := ch.Config
	var err error
	c.Attributes, err = alter(current, ch.edits, old == nil)
	return &c, err
}

// Delete takes the topic out of the table and reports whether it was there. Its queues and offsets
// are the caller's to clear.
func (t *Table) Delete(name string) (bool, error) {
	t.mu.Lock()
	s := t.state.Load()
	if s.topics[name] == nil {
		t.mu.Unlock()
		return false, nil
	}
	next := s.next(t.opts.Now())
	delete(next.topics, name)
	t.state.Store(next)
	t.mu.Unlock()
	err := t.save(next.gen)
	t.opts.Changed(name)
	return true, err
}

// step says what a topic is to be after a look at the table. It must not change the state.
type step func(*state) (*Config, error)

// change puts what the steps return into the table, each seeing what those before it did, saves and
// announces it. What the table holds already is no change. The returned topic is the last step's, the
// error a step's, ErrFull or ErrNotSaved; with ErrNotSaved the topic is valid, else nothing was changed.
func (t *Table) change(steps ...step) (*Config, error) {
	last, changed, s, err := t.publish(steps)
	if err != nil {
		return nil, err
	}
	return last, t.announce(changed, s)
}

// announce saves and tells what changed with s, if anything did. ErrNotSaved.
func (t *Table) announce(changed []*Config, s *state) error {
	if len(changed) == 0 {
		return nil
	}
	names := make([]string, len(changed))
	for i, c := range changed {
		names[i] = c.Name
		t.opts.Log.Info("topic changed", "topic", c.Name, "config", c, "version", s.version.Counter)
	}
	err := t.save(s.gen)
	t.opts.Changed(names...)
	return err
}

// publish replaces the state by next, unless nothing changed.
func (t *Table) publish(steps []step) (last *Config, changed []*Config, next *state, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	d := t.draft()
	for _, edit := range steps {
		if last, err = d.put(edit); err != nil {
			return nil, nil, nil, err
		}
	}
	d.publish()
	return last, d.changed, d.state, nil
}

// draft is the table's next state while it is made. Table.mu is held as long.
type draft struct {
	table   *Table
	state   *state    // the present one until something changes
	changed []*Config // in state
}

func (t *Table) draft() *draft { return &draft{table: t, state: t.state.Load()} }

// put makes a topic what the step says. The error is the step's, or ErrFull; the draft is as it was then.
func (d *draft) put(edit step) (*Config, error) {
	c, err := edit(d.state)
	if err != nil {
		return nil, err
	}
	t, old := d.table, d.state.topics[c.Name]
	if old != nil && old.equal(c) {
		return old, nil
	}
	if n := len(d.state.topics); old == nil && n >= t.opts.MaxTopics {
		t.Metrics.Full.Add(1)
		return nil, fmt.Errorf("%w: %d topics, no room for %q", ErrFull, n, c.Name)
	}
	if len(d.changed) == 0 {
		d.state = d.state.next(t.opts.Now())
	}
	d.state.topics[c.Name] = c
	d.changed = append(d.changed, c)
	return c, nil
}

// publish makes the draft the table's state, unless nothing changed.
func (d *draft) publish() {
	if len(d.changed) > 0 {
		d.table.state.Store(d.state)
	}
}

// next returns a copy of s to be changed, one version on.
func (s *state) next(now time.Time) *state {
	n := &state{gen: s.gen + 1, version: s.version, topics: maps.Clone(s.topics)}
	n.version.Timestamp = now.UnixMilli()
	n.version.Counter++
	return n
}
