package filter

import (
	"fmt"
	"sync"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/store/jsonfile"
	"github.com/gannetmq/gannet/store/vfs"
)

// File is where the table is kept, below the data directory. Java reads and writes it too:
//
//	{
//		"filterDataByTopic":{
//			"TopicSql":{
//				"groupFilterData":{
//					"G_sql":{
//						"bloomFilterData":{
//							"bitNum":112,
//							"bitPos":[12,62,105]
//						},
//						"bornTime":1795230722342,
//						"clientVersion":1795230722872,
//						"consumerGroup":"G_sql",
//						"dead":true,
//						"deadTime":1795230739464,
//						"expression":"a > 5 AND TAGS is not null",
//						"expressionType":"SQL92",
//						"topic":"TopicSql"
//					},
//					…
//				},
//				"topic":"TopicSql"
//			}
//		}
//	}
//
// One tab per level, no line end at the end; names in order, where Java has that of a hash table.
const File = "config/consumerFilter.json"

// file is the content of File.
type file struct {
	Topics map[string]*fileTopic `json:"filterDataByTopic"`
}

type fileTopic struct {
	Groups map[string]*fileData `json:"groupFilterData"`
	Topic  string               `json:"topic,omitempty"`
}

type fileData struct {
	Bloom      *fileBloom `json:"bloomFilterData,omitempty"`
	Born       int64      `json:"bornTime"`
	Version    int64      `json:"clientVersion"`
	Group      string     `json:"consumerGroup,omitempty"`
	IsDead     bool       `json:"dead"`
	Dead       int64      `json:"deadTime"`
	Expression string     `json:"expression,omitempty"`
	Type       string     `json:"expressionType,omitempty"`
	Topic      string     `json:"topic,omitempty"`
}

type fileBloom struct {
	Bits      int     `json:"bitNum"`
	Positions []int32 `json:"bitPos"`
}

// Open loads File and returns the table. Start runs the goroutine that writes it.
func Open(fs vfs.FS, o Options) (*Table, error) {
	o.fill()
	t := &Table{
		opts: o, fs: fs, bloom: newBloom(o.ErrorRate, o.Consumers), topics: make(map[string]*topic),
		groups: make(map[string]map[string]bool), inline: make(map[string]*Data),
	}
	t.writer.init()
	var f file
	loaded, err := jsonfile.Load(fs, File, o.Now().UnixMilli(), func(b []byte) error {
		f = file{}
		if err := fastjson.Unmarshal(b, &f); err != nil {
			return fmt.Errorf("%s: %w", File, err)
		}
		return nil
	})
	loaded.Report(o.Log, File)
	if err != nil {
		return nil, fmt.Errorf("filter: %w", err)
	}
	t.restore(&f)
	return t, nil
}

// justDead is how long ago the groups of a file that were there are taken to have gone, at most.
const justDead = 30 * time.Second

// restore takes over a file. Bit maps of another shape than ours would be read wrongly, so then all entries are
// dropped, as in Java; heartbeats bring back those of groups that are there.
func (t *Table) restore(f *file) {
	now := t.opts.Now()
	for name, in := range f.Topics {
		if in == nil {
			continue
		}
		for group, e := range in.Groups {
			if e == nil {
				continue
			}
			if e.Bloom == nil || !t.bloom.fits(e.Bloom.Bits, e.Bloom.Positions) {
				t.opts.Log.Warn("the shape of bit maps has changed: all filters of groups are forgotten", "bits", t.bloom.bits)
				t.topics, t.groups, t.kept = make(map[string]*topic), make(map[string]map[string]bool), 0
				t.writer.wake()
				return
			}
			d := &Data{
				Topic: name, Group: group, Expression: e.Expression, Type: e.Type, Version: e.Version, Born: e.Born, Dead: e.Dead,
				table: t, bits: e.Bloom.Positions,
			}
			if d.Dead == 0 {
				d.Dead = max(now.Add(-justDead).UnixMilli(), d.Born)
			}
			var err error
			if d.compiled, err = t.compile(d.Type, d.Expression); err != nil {
				t.opts.Log.Error("filter expression cannot be compiled", "file", File, "group", group, "topic", name, "error", err)
				continue // what the group says next is refused, and it is told
			}
			t.put(d)
		}
	}
}

func (t *Table) encode() []byte {
	t.mu.RLock()
	defer t.mu.RUnlock()
	f := file{Topics: make(map[string]*fileTopic, len(t.topics))}
	for name, in := range t.topics {
		out := &fileTopic{Topic: name, Groups: make(map[string]*fileData, len(in.groups))}
		for group, d := range in.groups {
			out.Groups[group] = &fileData{
				Bloom: &fileBloom{t.bloom.bits, d.bits}, Born: d.Born, Version: d.Version, Group: group, IsDead: d.dead(),
				Dead: d.Dead, Expression: d.Expression, Type: d.Type, Topic: name,
			}
		}
		f.Topics[name] = out
	}
	return fastjson.AppendPretty(nil, &f)
}

// writer is the goroutine that writes File.
type writer struct {
	changed chan struct{} // there is something to write
	stop    chan struct{}
	wg      sync.WaitGroup
	saving  sync.Mutex // one Save at a time
}

func (w *writer) init() { w.changed, w.stop = make(chan struct{}, 1), make(chan struct{}) }

func (w *writer) wake() {
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

// Start runs the goroutine that writes File after a change and drops what has been dead for long. Close ends it.
func (t *Table) Start() { t.writer.wg.Go(t.runWriter) }

// runWriter sleeps while nothing changes, but for a look at the dead when the oldest of them is due.
func (t *Table) runWriter() {
	w := &t.writer
	timer := time.NewTimer(t.due())
	defer timer.Stop()
	for {
		select {
		case <-w.stop:
			return
		case <-timer.C:
		case <-w.changed:
			w.wake() // for Save
			select {
			case <-w.stop:
				return
			case <-time.After(t.opts.SaveAfter):
			}
		}
		if err := t.Save(); err != nil {
			t.opts.Log.Error("filters of consumer groups are not saved; trying again", "error", err, "in", t.opts.SaveAfter)
		}
		timer.Reset(t.due())
	}
}

// due is how long there is nothing to drop.
func (t *Table) due() time.Duration {
	t.mu.RLock()
	defer t.mu.RUnlock()
	now, wait := t.opts.Now().UnixMilli(), t.opts.Clean
	for _, in := range t.topics {
		for _, d := range in.groups {
			if d.dead() {
				wait = min(wait, t.opts.Clean-time.Duration(now-d.Dead)*time.Millisecond)
			}
		}
	}
	return max(wait, t.opts.SaveAfter)
}

// Save drops what has been dead for long and writes File if anything changed.
func (t *Table) Save() error {
	w := &t.writer
	w.saving.Lock()
	defer w.saving.Unlock()
	t.mu.Lock()
	gone := t.clean(t.opts.Now().UnixMilli())
	t.mu.Unlock()
	select {
	case <-w.changed:
	default:
		if gone == 0 {
			return nil
		}
	}
	if err := jsonfile.Store(t.fs, File, t.encode()); err != nil {
		w.wake()
		return fmt.Errorf("filter: %w", err)
	}
	return nil
}

// Close ends the goroutine and writes what is not on disk.
func (t *Table) Close() error {
	close(t.writer.stop)
	t.writer.wg.Wait()
	return t.Save()
}
