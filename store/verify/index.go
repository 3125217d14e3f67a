package verify

import (
	"errors"
	"path"
	"slices"

	indexfile "github.com/gannetmq/gannet/store/index"
	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// index goes through the keys of all files while the log is read: both are in the order of the log.
type index struct {
	names []string // to come
	count int64    // of keys

	file   vfs.File
	name   string
	reader *indexfile.Reader
	key    indexfile.Key
	have   bool // key is the next one to be compared

	began     bool // the log is behind the first key: messages in front of it may have left the index
	gap       bool // keys in front of this one could not be read
	unchecked bool // there are files of another size
	behind    int64
	got       []int32
}

// open finds the files.
func (x *index) open(v *verification) error {
	list, err := v.fsys.List(layout.IndexDir)
	if err != nil {
		return err
	}
	want, others := indexfile.FileSize(v.opt.IndexSlots, v.opt.IndexEntries), int64(0)
	for _, e := range list {
		name := path.Join(layout.IndexDir, e.Name)
		switch {
		case !indexfile.FileName(e.Name) || e.Dir:
			v.indexPart.add(Note, name, -1, "not a file of the index")
		case e.Size == 0:
			v.indexPart.add(Recoverable, name, -1, "empty, and removed")
		case e.Size != want:
			others++
		default:
			x.names = append(x.names, name)
		}
	}
	files := int64(len(x.names))
	if x.unchecked = others > 0; x.unchecked {
		v.indexPart.add(Note, layout.IndexDir, -1, "%s of another size not checked, and not used at the next start: the configuration (maxHashSlotNum, "+
			"maxIndexNum) wants %d bytes", plural(others, "file"), want)
	}
	if err := x.advance(v); err != nil {
		return err
	}
	v.indexPart.Checked = plural(files, "file")
	return nil
}

// advance moves to the next key, through as many files as it takes.
func (x *index) advance(v *verification) error {
	for x.have = false; ; {
		if x.reader == nil {
			if len(x.names) == 0 {
				return nil
			}
			if err := x.begin(v); err != nil {
				return err
			}
			continue
		}
		key, ok, err := x.reader.Next()
		if ok {
			x.key, x.have = key, true
			x.count++
			return nil
		}
		if err == nil {
			err = x.reader.CheckSlots()
		}
		if err = x.judge(v, err); err != nil {
			return err
		}
		if err := x.close(); err != nil {
			return err
		}
	}
}

// begin opens the next file.
func (x *index) begin(v *verification) (err error) {
	x.name, x.names = x.names[0], x.names[1:]
	if x.file, err = v.fsys.OpenRead(x.name); err != nil {
		return err
	}
	x.reader, err = indexfile.NewReader(x.file, v.opt.IndexSlots, v.opt.IndexEntries)
	if err = x.judge(v, err); err != nil || x.reader == nil {
		return errors.Join(err, x.close())
	}
	return nil
}

// judge turns a damaged file into a finding.
func (x *index) judge(v *verification, err error) error {
	if !errors.Is(err, indexfile.ErrFile) {
		return err
	}
	severity := Damaged
	// After a crash files are made anew that were not flushed before it, and the slots of the newest.
	if v.aborted && (len(x.names) == 0 || x.reader == nil || x.reader.EndTime() > v.point.IndexTime) {
		severity = Recoverable
	}
	x.gap = true
	v.indexPart.add(severity, x.name, -1, "%v", err)
	return nil
}

func (x *index) close() error {
	if x.file == nil {
		return nil
	}
	err := x.file.Close()
	x.file, x.reader = nil, nil
	return err
}

// record compares one message of the log with its keys.
func (x *index) record(v *verification, r *record.View) error {
	x.began = x.began || x.have && x.key.PhyOffset < r.PhyOffset
	known := x.began // the first keys of the first message may have been in a file that expired
	for x.have && x.key.PhyOffset < r.PhyOffset {
		if x.key.PhyOffset >= v.start() {
			v.indexPart.add(x.severity(v), x.name, x.reader.Pos(x.key.Number), "entry %d: no message begins at log offset %d", x.key.Number, x.key.PhyOffset)
		}
		if err := x.advance(v); err != nil {
			return err
		}
	}
	x.got = x.got[:0]
	for x.have && x.key.PhyOffset == r.PhyOffset {
		x.got = append(x.got, x.key.Hash)
		if !has(r, x.key.Hash) {
			v.indexPart.add(x.severity(v), x.name, x.reader.Pos(x.key.Number), "entry %d: the message at log offset %d has no key of this hash", x.key.Number, r.PhyOffset)
		}
		x.began, x.gap = true, false
		if err := x.advance(v); err != nil {
			return err
		}
	}
	if known || !x.have {
		x.missing(v, r)
	}
	return nil
}

// severity of a wrong entry in the present file.
func (x *index) severity(v *verification) Severity {
	if v.aborted && x.reader.EndTime() > v.point.IndexTime {
		return Recoverable
	}
	return Damaged
}

// missing tells of a message whose keys are not all there.
func (x *index) missing(v *verification, r *record.View) {
	lacks := false
	for hash := range hashes(r) {
		lacks = lacks || !slices.Contains(x.got, hash)
	}
	switch {
	case !lacks || v.opt.NoIndex || x.unchecked:
	case !x.have:
		x.behind++
	case !x.gap:
		v.indexPart.add(x.severity(v), x.name, -1, "the message at log offset %d cannot be found by all of its keys", r.PhyOffset)
	}
}

// hashes iterates over what the index has of a message.
func hashes(r *record.View) func(yield func(int32) bool) {
	return func(yield func(int32) bool) {
		if r.Transaction() == record.SysTranRollback {
			return
		}
		if key := r.UniqKey(); len(key) > 0 && !yield(indexfile.KeyHash(r.Topic, key)) {
			return
		}
		for key := range r.Keys() {
			if !yield(indexfile.KeyHash(r.Topic, key)) {
				return
			}
		}
	}
}

func has(r *record.View, hash int32) bool {
	for h := range hashes(r) {
		if h == hash {
			return true
		}
	}
	return false
}

// finish looks at the keys behind the end of the log, and sums up.
func (x *index) finish(v *verification) error {
	if x.have {
		v.indexPart.add(Recoverable, x.name, x.reader.Pos(x.key.Number), "entry %d: log offset %d is behind the end of the log, the file is made anew", x.key.Number, x.key.PhyOffset)
	}
	for x.have {
		if err := x.advance(v); err != nil {
			return err
		}
	}
	if x.behind > 0 {
		v.indexPart.add(Recoverable, layout.IndexDir, -1, "%s with keys not in the index yet", plural(x.behind, "message"))
	}
	v.indexPart.Checked += ", " + plural(x.count, "key")
	return nil
}
