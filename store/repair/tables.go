package repair

import (
	"errors"
	"path"
	"strings"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/store/jsonfile"
	"github.com/gannetmq/gannet/store/layout"
)

const (
	backup    = jsonfile.Suffix
	temporary = ".tmp"
)

// planTables judges tables and backups as a start does (jsonfile.Load), and leaves each table sound.
func (p *Plan) planTables() error {
	list, err := p.fsys.List(layout.ConfigDir)
	if err != nil {
		return err
	}
	seen := make(map[string]bool)
	for _, e := range list {
		name := path.Join(layout.ConfigDir, strings.TrimSuffix(e.Name, backup))
		if e.Dir || !strings.HasSuffix(name, ".json") || seen[name] {
			continue
		}
		seen[name] = true
		if err := p.planTable(name); err != nil {
			return err
		}
	}
	return nil
}

func (p *Plan) planTable(name string) error {
	seen, err := jsonfile.Peek(p.fsys, name, func(b []byte) error { return fastjson.Unmarshal(b, &struct{}{}) })
	switch {
	case errors.Is(err, jsonfile.ErrDamaged): // too large for any start
		p.left("%v", err)
	case err != nil:
		return err
	case seen.Source == jsonfile.Main, seen.Main == nil && seen.Backup == nil && seen.Source == jsonfile.Nothing:
	case seen.Source == jsonfile.Backup:
		p.step(func() error { return p.restore(name, seen.Content) }, "%s: damaged or missing, made anew from its backup", name)
	case isTopics(name):
		p.step(func() error { return p.remakeTopics(name) },
			"%s: damaged with its backup, made anew from the queues that there are: permissions, order and attributes of topics, but for the kind of queues, are as for new ones", name)
	default:
		p.step(func() error { return errors.Join(p.aside(name), p.aside(name+backup)) },
			"%s: moved away with its backup, both are damaged: the table begins empty (consumerOffset.json: groups begin as new ones)", name)
	}
	return nil
}

// restore puts the backup's content in the place of the table.
func (p *Plan) restore(name string, content []byte) error {
	if err := p.aside(name + temporary); err != nil {
		return err
	}
	f, err := p.fsys.Create(name+temporary, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(content, 0)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := p.aside(name); err != nil {
		return err
	}
	return errors.Join(p.fsys.Rename(name+temporary, name), p.fsys.SyncDir(layout.ConfigDir))
}
