package topic

import (
	"fmt"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/jsonfile"
	"github.com/gannetmq/gannet/store/vfs"
)

// File is where the table is kept, below the data directory. Java reads and writes it too:
//
//	{
//		"dataVersion":{
//			"counter":10,
//			"stateVersion":0,
//			"timestamp":1795230378046
//		},
//		"topicConfigTable":{
//			"TopicA":{
//				"attributes":{},
//				"order":false,
//				"perm":6,
//				"readQueueNums":4,
//				"topicFilterType":"SINGLE_TAG",
//				"topicName":"TopicA",
//				"topicSysFlag":0,
//				"writeQueueNums":4
//			},
//			…
//		}
//	}
//
// One tab per level, no line end at the end; Java's order of topics is that of a hash table, ours is
// by name. Java: TopicConfigSerializeWrapper.
const File = "config/topics.json"

// file is the content of File.
type file struct {
	Version protocol.DataVersion `json:"dataVersion"`
	Topics  map[string]*Config   `json:"topicConfigTable"`
}

func decode(b []byte) (file, error) {
	var f file
	if err := fastjson.Unmarshal(b, &f); err != nil {
		return file{}, fmt.Errorf("%s: %w", File, err)
	}
	for name, c := range f.Topics {
		c.Name = name
	}
	return f, nil
}

func encode(s *state) []byte {
	return fastjson.AppendPretty(nil, &file{Version: s.version, Topics: s.topics})
}

// Open loads File, adds the topics that always exist and are missing there, and returns the table.
// Nothing is written before the first change.
func Open(fs vfs.FS, o Options) (*Table, error) {
	o.fill()
	t := &Table{opts: o, fs: fs, system: make(map[string]bool)}
	s := &state{topics: make(map[string]*Config)}
	for _, c := range system(&o) {
		s.topics[c.Name] = c
		t.system[c.Name] = true
	}
	loaded, err := jsonfile.Load(fs, File, o.Now().UnixMilli(), func(b []byte) error {
		f, err := decode(b)
		if err != nil {
			return err
		}
		s.version = f.Version
		for name, c := range f.Topics {
			s.topics[name] = c
		}
		return nil
	})
	loaded.Report(o.Log, File)
	if err != nil {
		return nil, fmt.Errorf("topic: %w", err)
	}
	t.state.Store(s)
	t.policy.Store(&Policy{AutoCreate: o.AutoCreate, GuardSystem: o.GuardSystem, MixedType: o.MixedType})
	return t, nil
}

// save writes File unless generation gen is on disk already: of changes that come together, the
// first to get here writes for all.
func (t *Table) save(gen uint64) error {
	t.saving.Lock()
	defer t.saving.Unlock()
	if t.saved >= gen {
		return nil
	}
	s := t.state.Load()
	if err := jsonfile.Store(t.fs, File, encode(s)); err != nil {
		t.Metrics.SaveFails.Add(1)
		t.opts.Unsaved()
		return fmt.Errorf("%w: %w", ErrNotSaved, err)
	}
	t.saved = s.gen
	return nil
}

// Save writes File if a change is not on disk yet, because an earlier attempt failed. Who was told of that
// (Options.Unsaved) calls it, and the broker before it stops.
func (t *Table) Save() error { return t.save(t.state.Load().gen) }
