package kv

import (
	"fmt"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/store/jsonfile"
	"github.com/gannetmq/gannet/store/vfs"
)

// file is the content of the file (kvConfigPath), which Java reads and writes too:
//
//	{"configTable":{"ORDER_TOPIC_CONFIG":{"TopicA":"broker-a:8"},"NAMESPACE":{}}}
//
// without blanks or a line end. Java's order is that of hash tables, ours is by name. Java:
// KVConfigSerializeWrapper.
type file struct {
	Spaces map[string]map[string]string `json:"configTable" fastjson:"notnull"`
}

func decode(b []byte) (*state, error) {
	var f file
	if err := fastjson.Unmarshal(b, &f); err != nil {
		return nil, fmt.Errorf("kv: %w", err)
	}
	return newState(f.Spaces), nil
}

func encode(s *state) []byte {
	f := file{make(map[string]map[string]string, len(s.spaces))}
	for name, space := range s.spaces {
		f.Spaces[name] = space.values
	}
	return fastjson.Append(nil, &f)
}

// Open loads the table. Without a file it is empty, and none is made before the first change. A damaged
// file is set aside for its backup; loaded tells of it. With fs nil the table is in memory alone. now is
// in Unix milliseconds. Errors are those of jsonfile.Load.
func Open(fs vfs.FS, name string, now int64) (t *Table, loaded jsonfile.Loaded, err error) {
	t = &Table{fs: fs, file: name, max: MaxSize}
	t.state.Store(newState(nil))
	if fs == nil {
		return t, loaded, nil
	}
	loaded, err = jsonfile.Load(fs, name, now, func(b []byte) error {
		s, err := decode(b)
		if err == nil {
			t.state.Store(s)
		}
		return err
	})
	if err != nil {
		return nil, loaded, fmt.Errorf("kv: %w", err)
	}
	return t, loaded, nil
}

func (t *Table) save(s *state) error {
	if t.fs == nil {
		return nil
	}
	if err := jsonfile.Store(t.fs, t.file, encode(s)); err != nil {
		return fmt.Errorf("%w: %w", ErrNotSaved, err)
	}
	return nil
}
