package verify

import (
	"bytes"
	"errors"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/store/checkpoint"
	"github.com/gannetmq/gannet/store/jsonfile"
	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/vfs"
)

// maxSmall is more than any of the small files has bytes.
const maxSmall = 64 << 10

// readAbort tells whether the last user of the directory closed it in order.
func (v *verification) readAbort() (*Part, error) {
	p := &Part{Name: "abort", Checked: "absent: the store was closed in order"}
	b, found, err := vfs.ReadFile(v.fsys, layout.AbortFile, maxSmall)
	if err != nil || !found {
		return p, err
	}
	v.aborted = true
	p.Checked = "present"
	who := "a broker"
	if pid, err := strconv.Atoi(string(bytes.TrimSpace(b))); err == nil {
		who = "process " + strconv.Itoa(pid)
	}
	p.add(Recoverable, layout.AbortFile, -1, "%s did not close the store, the next start recovers it", who)
	return p, nil
}

func (v *verification) readCheckpoint() (*Part, error) {
	p := &Part{Name: "checkpoint", Checked: "absent"}
	b, found, err := vfs.ReadFile(v.fsys, layout.CheckpointFile, maxSmall)
	if err != nil || !found {
		return p, err
	}
	if len(b) < checkpoint.Size {
		p.Checked = plural(int64(len(b)), "byte")
		p.add(Recoverable, layout.CheckpointFile, -1, "%d bytes long, want %d: the whole log is scanned", len(b), checkpoint.Size)
		return p, nil
	}
	v.point, _ = checkpoint.Decode(b)
	p.Checked = "durable: log to " + at(v.point.LogTime) + ", queues to " + at(v.point.QueueTime) + ", index to " + at(v.point.IndexTime)
	return p, nil
}

// at shows a store time.
func at(ms int64) string {
	if ms == 0 {
		return "nowhere"
	}
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")
}

// judgeCheckpoint compares what the checkpoint vouches for with what the log has.
func (v *verification) judgeCheckpoint(p *Part) {
	if v.log == nil || v.lastTime >= v.point.LogTime {
		return
	}
	severity := Note // Java does not take the time back when recovery has cut the log
	if v.aborted {
		severity = Damaged
	}
	p.add(severity, layout.CheckpointFile, 0, "vouches for messages stored up to %s, the log's last was stored at %s", at(v.point.LogTime), at(v.lastTime))
}

// verifyConfig parses the tables below config/. What their members mean is the business of a broker.
func verifyConfig(fsys vfs.FS) (*Part, error) {
	p := &Part{Name: "config"}
	list, err := fsys.List(layout.ConfigDir)
	if err != nil {
		return nil, err
	}
	have := make(map[string]bool)
	for _, e := range list {
		have[e.Name] = !e.Dir
	}
	tables, other := int64(0), int64(0)
	for _, e := range list {
		name, isBackup := strings.CutSuffix(e.Name, jsonfile.Suffix)
		switch {
		case e.Dir || !strings.HasSuffix(name, ".json"):
			other++
		case isBackup && have[name]: // looked at with its table
		default:
			tables++
			if err := table(fsys, p, name); err != nil {
				return nil, err
			}
		}
	}
	p.Checked = plural(tables, "table")
	if other > 0 {
		p.Checked += ", " + plural(other, "other file") + " not checked"
	}
	return p, nil
}

// table judges a file and its backup as the next start does.
func table(fsys vfs.FS, p *Part, name string) error {
	name = path.Join(layout.ConfigDir, name)
	seen, err := jsonfile.Peek(fsys, name, parse)
	switch {
	case errors.Is(err, jsonfile.ErrDamaged):
		p.add(Damaged, name, -1, "the next start is refused: %v", err)
	case err != nil:
		return err
	case seen.Source == jsonfile.Main:
		reserve, err := jsonfile.Peek(fsys, name+jsonfile.Suffix, parse)
		if err == nil && reserve.Main != nil {
			p.add(Note, name+jsonfile.Suffix, -1, "%v", reserve.Main)
		}
		return err
	case seen.Source == jsonfile.Backup:
		p.add(Recoverable, name, -1, "%s: the backup is used", state(seen.Main))
	case seen.Main == nil && seen.Backup == nil:
		p.add(Note, name, -1, "empty")
	default:
		p.add(Damaged, name, -1, "%s, and there is no backup to use", state(seen.Main))
	}
	return nil
}

func state(err error) string {
	if err == nil {
		return "missing or empty"
	}
	return err.Error()
}

// parse reports whether b is a table; nothing is one without members.
func parse(b []byte) error { return fastjson.Unmarshal(b, &struct{}{}) }
