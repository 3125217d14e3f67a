package verify

import (
	"errors"
	"path"

	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/record"
)

// pieceBytes is how much of the log is read at a time.
const pieceBytes = 16 << 20

// walk reads the log from its beginning to its end, body CRCs included.
func (v *verification) walk() error {
	if err := v.lengths(); err != nil {
		return err
	}
	w := v.log.NewWalker(v.start(), record.CheckCRC, v.record)
	limit, ended := v.log.Limit(), false
	for w.Offset() < limit && !ended {
		err := w.Walk(limit, pieceBytes, false)
		var corrupt *commitlog.ErrCorrupt
		if !errors.As(err, &corrupt) {
			if err != nil {
				return err
			}
			continue
		}
		if ended, err = v.corrupt(w, corrupt, limit); err != nil {
			return err
		}
	}
	if !ended {
		v.end = w.Offset()
	}
	files := (limit - v.start()) / v.opt.LogFileSize
	v.logPart.Checked = plural(files, "file") + " of " + plural(v.opt.LogFileSize, "byte") + ", " + plural(v.messages, "message") +
		", log offsets " + span(v.start(), v.end)
	return nil
}

// lengths tells of files that are too short.
func (v *verification) lengths() error {
	for _, dir := range v.opt.LogDirs {
		list, err := v.fsys.List(dir)
		if err != nil {
			return err
		}
		for _, e := range list {
			if _, err := mapped.ParseName(e.Name); err == nil && e.Size < v.opt.LogFileSize {
				v.logPart.add(Recoverable, path.Join(dir, e.Name), -1, "%d bytes long, want %d", e.Size, v.opt.LogFileSize)
			}
		}
	}
	return nil
}

// corrupt judges what is no record in front of w, and moves behind it unless the log ends there.
func (v *verification) corrupt(w *commitlog.Walker, why *commitlog.ErrCorrupt, limit int64) (ended bool, err error) {
	at := w.Offset()
	skipped, err := w.Skip(limit)
	if err != nil {
		return false, err
	}
	next := at + skipped
	if next >= limit {
		v.end = at
		return true, v.behindEnd(at, why)
	}
	file, pos := v.place(at)
	if h, ok, err := v.log.HeadAt(next); err != nil {
		return false, err
	} else if at >= v.plan.Scan && (!ok || h.StoreTime >= v.plan.Trusted) {
		v.end = at
		v.logPart.add(Recoverable, file, pos, "%v: the log is cut here; the records that follow from log offset %d on were "+
			"not known to be on the disk when the broker died", why.Err, next)
		return true, nil
	}
	v.logPart.add(Damaged, file, pos, "%v: %s without a readable message", why.Err, plural(skipped, "byte"))
	return false, nil
}

// behindEnd judges what is behind the last record: nothing, if all is well.
func (v *verification) behindEnd(end int64, why *commitlog.ErrCorrupt) error {
	last, err := v.log.LastNonZero(end)
	if err != nil || last < end {
		return err
	}
	file, pos := v.place(end)
	if v.aborted {
		v.logPart.add(Recoverable, file, pos, "%v: %s behind the last record are set aside", why.Err, plural(last+1-end, "byte"))
		return nil
	}
	v.logPart.add(Damaged, file, pos, "%v: %s behind the last record of a log that was closed in order", why.Err, plural(last+1-end, "byte"))
	return nil
}
