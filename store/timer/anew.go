package timer

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"

	"github.com/gannetmq/gannet/store/layout"
)

// beginAnew sets the files aside. The checkpoint goes first: should this be interrupted, the next Open
// comes here again.
func (b *Book) beginAnew(r *Recovered) error {
	err := errors.Join(b.log.close(), b.wheel.close())
	b.wheel = wheel{fsys: b.fsys, slots: b.opt.Slots}
	b.log = unitLog{fsys: b.fsys, size: b.opt.LogFileSize}
	r.Last, r.HasLast = Unit{}, false
	if err != nil {
		return err
	}
	if b.check != nil && r.Checkpoint != (Checkpoint{}) {
		c := r.Checkpoint
		c.LogFlushed = unvouched
		if err := b.saveCheckpoint(c); err != nil {
			return err
		}
	}
	return errors.Join(b.setAside(LogDir), b.setAside(WheelFile))
}

// setAside moves what cannot be used to layout.AsideDir, and says so.
func (b *Book) setAside(name string) error {
	if _, err := b.fsys.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	to := path.Join(layout.AsideDir, name+"-"+strconv.FormatInt(b.opt.Now, 10))
	for n := 1; ; n++ {
		if _, err := b.fsys.Stat(to); errors.Is(err, fs.ErrNotExist) {
			break
		}
		to = path.Join(layout.AsideDir, fmt.Sprintf("%s-%d-%d", name, b.opt.Now, n))
	}
	b.opt.Log.Warn("timer files are set aside", "file", name, "as", to)
	return errors.Join(b.fsys.MkdirAll(layout.AsideDir), b.fsys.SyncDir("."), b.fsys.Rename(name, to), b.fsys.SyncDir(layout.AsideDir), b.fsys.SyncDir("."))
}
