package offset

import (
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/throttle"
	"github.com/gannetmq/gannet/store/jsonfile"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// File is where the table is kept, below the data directory. Java reads and writes it too:
//
//	{
//		"dataVersion":{
//			"counter":0,
//			"stateVersion":0,
//			"timestamp":1795230335749
//		},
//		"groupTopicMap":{
//			"G_all":["TopicA","TopicOne"]
//		},
//		"offsetTable":{
//			"TopicA@G_all":{0:105,1:109
//			},
//			"TopicOne@G_all":{0:701
//			}
//		}
//	}
//
// groupTopicMap follows from offsetTable; nobody reads it. One tab per level, no line end at the
// end; Java's order of keys is that of a hash table, ours is ascending. Java: ConsumerOffsetManager.
const File = "config/consumerOffset.json"

// file is the content of File.
type file struct {
	Version protocol.DataVersion `json:"dataVersion"`
	Topics  map[string][]string  `json:"groupTopicMap"`
	Offsets map[string]queues    `json:"offsetTable"`
}

func decode(b []byte) (file, error) {
	var f file
	if err := fastjson.Unmarshal(b, &f); err != nil {
		return file{}, fmt.Errorf("%s: %w", File, err)
	}
	return f, nil
}

func encode(v protocol.DataVersion, offsets map[string]queues) []byte {
	return fastjson.AppendPretty(nil, content(v, offsets))
}

func content(v protocol.DataVersion, offsets map[string]queues) *file {
	topics := make(map[string][]string)
	for key := range offsets {
		if topic, group, ok := splitKey(key); ok {
			topics[group] = append(topics[group], topic)
		}
	}
	for _, names := range topics {
		slices.Sort(names)
	}
	return &file{Version: v, Topics: topics, Offsets: offsets}
}

// Open loads File and returns the table. Start runs the goroutine that writes it.
func Open(fs vfs.FS, o Options) (*Table, error) {
	o.fill()
	t := &Table{opts: o, fs: fs, seed: maphash.MakeSeed(), backward: throttle.NewLines(), stop: make(chan struct{})}
	for i := range t.shards {
		t.shards[i].keys = make(map[string]queues)
	}
	var f file
	name, loaded, err := t.load(&f)
	loaded.Report(o.Log, name)
	if err != nil {
		return nil, fmt.Errorf("offset: %w", err)
	}
	t.version = f.Version
	for key, q := range f.Offsets {
		t.shard([]byte(key)).keys[key] = q
		t.stored.Add(int64(len(q)))
	}
	return t, nil
}

// load reads the table from its file, whose name it returns.
func (t *Table) load(f *file) (name string, l jsonfile.Loaded, err error) {
	read := func(name string, decode func([]byte) (file, error)) (jsonfile.Loaded, error) {
		return jsonfile.Load(t.fs, name, t.opts.Now().UnixMilli(), func(b []byte) (err error) {
			*f, err = decode(b)
			return err
		})
	}
	if t.opts.Light {
		if l, err = read(LightFile, decodeLight); err != nil || l.Source != jsonfile.Nothing || l.SetAside != "" {
			return LightFile, l, err
		}
	}
	l, err = read(File, decode)
	return File, l, err
}

// Start runs the goroutine that writes File when offsets have changed. Close ends it.
func (t *Table) Start() { t.wg.Go(t.runWriter) }

func (t *Table) runWriter() {
	timer := time.NewTimer(t.opts.FirstFlush)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-t.stop:
			return
		}
		if err := t.Save(); err != nil {
			t.opts.Log.Error("consumer offsets are not saved; trying again", "error", err, "in", t.opts.FlushEvery)
		}
		timer.Reset(t.opts.FlushEvery)
	}
}

// Close ends the goroutine and writes what is not on disk.
func (t *Table) Close() error {
	close(t.stop)
	t.wg.Wait()
	return t.Save()
}

// Save writes File if an offset changed since it was written last.
func (t *Table) Save() error {
	t.saving.Lock()
	defer t.saving.Unlock()
	// A commit that comes after this makes the table dirty again, whether or not the snapshot has it.
	if !t.dirty.Swap(false) {
		return nil
	}
	if err := t.write(); err != nil {
		t.dirty.Store(true)
		t.Metrics.SaveFails.Add(1)
		return fmt.Errorf("offset: %w", err)
	}
	t.Metrics.Saves.Add(1)
	return nil
}

func (t *Table) write() error {
	version, offsets := t.snapshot()
	if t.opts.Light {
		return jsonfile.Store(t.fs, LightFile, fastjson.AppendPretty(nil, lightContent(version, offsets)))
	}
	return jsonfile.Store(t.fs, File, encode(version, offsets))
}

// snapshot copies the table, one shard after the other. The offset of what a transaction's notes say comes first: it is
// never ahead of that of the halves, whose owner moves the halves first.
func (t *Table) snapshot() (protocol.DataVersion, map[string]queues) {
	all := make(map[string]queues)
	notes := t.Of(record.GroupTran, record.TopicTranOpHalf)
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.RLock()
		for key, q := range s.keys {
			all[key] = maps.Clone(q)
		}
		s.mu.RUnlock()
	}
	if _, key := t.find(record.GroupTran, record.TopicTranOpHalf); notes != nil {
		all[key] = notes
	} else {
		delete(all, key)
	}
	t.versionMu.Lock()
	defer t.versionMu.Unlock()
	return t.version, all
}
