package filter

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

	"github.com/gannetmq/gannet/broker/filter/sql92"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// Options of a Table; the names in brackets are Java's.
type Options struct {
	ErrorRate int           // percent (maxErrorRateOfBloomFilter): 20
	Consumers int           // of a topic (expectConsumerNumUseFilter): 32
	Clean     time.Duration // how long the entries of a group that is gone are kept (filterDataCleanTimeSpan): 24 h
	Retry     bool          // filterSupportRetry
	Limits    sql92.Limits  // of one expression (maxExpressionBytes, maxExpressionDepth)
	MaxKept   int           // bytes of all expressions, compiled: 64 MiB
	SaveAfter time.Duration // a change is on disk by then: 10 s, as in Java

	Now func() time.Time // nil means time.Now
	Log *slog.Logger
}

func (o *Options) fill() {
	if o.ErrorRate == 0 {
		o.ErrorRate = 20
	}
	if o.Consumers == 0 {
		o.Consumers = 32
	}
	if o.Clean == 0 {
		o.Clean = 24 * time.Hour
	}
	if o.MaxKept == 0 {
		o.MaxKept = 64 << 20
	}
	if o.SaveAfter == 0 {
		o.SaveAfter = 10 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

// Table is the expressions of all groups.
type Table struct {
	opts  Options
	fs    vfs.FS
	bloom bloom

	mu     sync.RWMutex // guards all below; held over map accesses only
	topics map[string]*topic
	groups map[string]map[string]bool // topics of a group
	kept   int                        // bytes of expressions
	inline map[string]*Data           // expressions that requests carried

	share  share
	writer writer

	large atomic.Int64
}

// Large is how many expressions were refused because they are over one of Options.Limits.
func (t *Table) Large() int64 { return t.large.Load() }

// topic is the groups that filter a topic.
type topic struct {
	groups map[string]*Data
	list   atomic.Pointer[[]*Data] // the same, in no order, for AppendBits; never changed, and nil after a change until it is asked for
}

// Subscription is what a heartbeat says of a topic.
type Subscription struct {
	Topic, Expression, Type string
	Version                 int64
}

// tagged reports whether a type of expression is tags. Java: ExpressionType.isTagType.
func tagged(kind string) bool { return kind == "" || kind == "TAG" }

// Check compiles an expression for a client that wants to know whether it can be. The error is an *sql92.Error.
func (t *Table) Check(kind, expression string) error {
	_, err := t.compile(kind, expression)
	return err
}

// compile turns an expression into something that can be asked. Java has one kind only, and a null pointer for others.
func (t *Table) compile(kind, expression string) (*sql92.Filter, error) {
	if kind != SQL92 {
		return nil, &sql92.Error{Java: "Cannot invoke \"org.apache.rocketmq.filter.FilterSpi.compile(String)\" because the return value of " +
			"\"org.apache.rocketmq.filter.FilterFactory.get(String)\" is null: " + fmt.Sprintf("expressions of type %.100q are not known", kind)}
	}
	f, err := t.opts.Limits.Compile(expression)
	if e := (*sql92.Error)(nil); errors.As(err, &e) && e.Large {
		t.large.Add(1)
	}
	return f, err
}

// Compile is for an expression that a request carries. The error is an *sql92.Error. It allocates nothing for one of the
// last that were asked for.
func (t *Table) Compile(kind, expression []byte) (*Data, error) {
	if string(kind) == SQL92 {
		t.mu.RLock()
		d := t.inline[string(expression)]
		t.mu.RUnlock()
		if d != nil {
			return d, nil
		}
	}
	text := string(expression)
	c, err := t.compile(string(kind), text)
	if err != nil {
		return nil, err
	}
	d := &Data{Expression: text, Type: SQL92, table: t, compiled: c}
	t.remember(d)
	return d, nil
}

// Bounds of what is remembered.
const (
	maxInline       = 100 // as in Java's PARSE_CACHE
	maxInlineLength = 4 << 10
)

func (t *Table) remember(d *Data) {
	if len(d.Expression) > maxInlineLength {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for text := range t.inline { // any one of them
		if len(t.inline) < maxInline {
			break
		}
		delete(t.inline, text)
	}
	t.inline[d.Expression] = d
}

// Registered returns what the heartbeats of a group said of a topic, nil for nothing that can be compiled.
func (t *Table) Registered(group, topic []byte) *Data { return t.lookup(group, topic) }

func (t *Table) lookup(group, name []byte) *Data {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if in := t.topics[string(name)]; in != nil {
		return in.groups[string(group)]
	}
	return nil
}

// AppendBits appends the bit map of a message, in which the groups are seen for which it is, and nothing if none filters
// its topic. Where that would take too long all of its bits are set: the groups ask the record. It allocates nothing else,
// but once after the groups have changed.
// Java: CommitLogDispatcherCalcBitMap.
func (t *Table) AppendBits(dst []byte, v *record.View) []byte {
	t.mu.RLock()
	in := t.topics[string(v.Topic)]
	var list []*Data
	if in != nil {
		list = in.all()
	}
	t.mu.RUnlock()
	if len(list) == 0 {
		return dst
	}
	from := len(dst)
	for range t.bloom.bits / 8 {
		dst = append(dst, 0)
	}
	if !t.share.take(t.opts.Now(), work(list, v)) {
		for i := from; i < len(dst); i++ {
			dst[i] = 0xff
		}
		return dst
	}
	for _, d := range list {
		if d.compiled != nil && d.compiled.Match(v) {
			set(dst[from:], d.bits)
		}
	}
	return dst
}

// put makes d the entry of its group and topic. mu is held.
func (t *Table) put(d *Data) {
	in := t.topics[d.Topic]
	if in == nil {
		in = &topic{groups: make(map[string]*Data)}
		t.topics[d.Topic] = in
	}
	if old := in.groups[d.Group]; old != nil {
		t.kept -= old.Weight()
	}
	t.kept += d.Weight()
	in.groups[d.Group] = d
	in.list.Store(nil)
	of := t.groups[d.Group]
	if of == nil {
		of = make(map[string]bool)
		t.groups[d.Group] = of
	}
	of[d.Topic] = true
}

// remove takes the entry of a group and topic out. mu is held.
func (t *Table) remove(group, name string) {
	in := t.topics[name]
	d := in.groups[group]
	t.kept -= d.Weight()
	delete(in.groups, group)
	in.list.Store(nil)
	if len(in.groups) == 0 {
		delete(t.topics, name)
	}
	delete(t.groups[group], name)
	if len(t.groups[group]) == 0 {
		delete(t.groups, group)
	}
}

// all are the groups that filter the topic. The table's mu is held, for reading at least: after a change many
// may make the list at a time, the same one, and those who change wait.
func (in *topic) all() []*Data {
	if list := in.list.Load(); list != nil {
		return *list
	}
	list := slices.Collect(maps.Values(in.groups))
	in.list.Store(&list)
	return list
}

// named is the string that a group's bits are of.
func named(group, topic string) string { return strings.Join([]string{group, topic}, "#") }
