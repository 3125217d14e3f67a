package index

import (
	"errors"
	"fmt"
	"path"
	"strconv"

	"github.com/gannetmq/gannet/store/vfs"
)

// Open reads the heads of the files. Files that cannot be believed are removed: the log brings their
// content back, from Next on. Files of another size and other names are left alone.
func Open(fsys vfs.FS, o Options) (*Index, error) {
	x := &Index{fsys: fsys, opt: o, layout: layout{int32(o.Slots), int32(o.Entries)}, endPhy: -1}
	if err := fsys.MkdirAll(o.Dir); err != nil {
		return nil, err
	}
	if err := fsys.SyncDir(path.Dir(o.Dir)); err != nil {
		return nil, err
	}
	names, err := x.find()
	if err != nil {
		return nil, err
	}
	for i, name := range names {
		head, err := x.readHead(name)
		if err != nil {
			return nil, err
		}
		if why := x.doubt(head); why != nil {
			if err := x.drop(names[i:], why); err != nil {
				return nil, err
			}
			break
		}
		x.old = append(x.old, finished{name: name, head: head})
		if head.next > 1 {
			x.endPhy = head.endPhy
		}
	}
	if err := x.reopenLast(); err != nil {
		return nil, err
	}
	if err := x.resume(); err != nil {
		return nil, err
	}
	if o.Clean && x.cur != nil {
		x.durable.Store(x.cur.head.endTime)
	}
	return x, nil
}

// find returns the names of the files, in order.
func (x *Index) find() ([]string, error) {
	list, err := x.fsys.List(x.opt.Dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for i, e := range list {
		_, err := strconv.ParseUint(e.Name, 10, 63)
		switch {
		case err != nil || len(e.Name) != fileNameDigits || e.Dir:
			x.opt.Log.Warn("no index file, left alone", "name", e.Name)
		case e.Size == 0:
			// A crash between creating and lengthening it.
			if err := x.drop([]string{e.Name}, errEmpty); err != nil {
				return nil, err
			}
		case e.Size < x.size() && i == len(list)-1 && len(names) > 0:
			// The others say that this is not another configuration's. Java would lengthen it.
			if err := x.drop([]string{e.Name}, errCut); err != nil {
				return nil, err
			}
		case e.Size != x.size():
			x.opt.Log.Warn("an index file of another size is left alone", "name", e.Name, "bytes", e.Size, "want", x.size())
		default:
			names = append(names, e.Name)
		}
	}
	return names, nil
}

var (
	errEmpty     = errors.New("it is empty")
	errCut       = errors.New("it was cut short")
	errUnbounded = errors.New("its header counts more than fits")
	errOrder     = errors.New("it begins before the file in front of it ends")
	errNotSafe   = errors.New("it was not flushed before the crash")
	errAhead     = errors.New("it knows messages behind the end of the log")
)

func (x *Index) readHead(name string) (h header, err error) {
	f, err := x.fsys.OpenRead(path.Join(x.opt.Dir, name))
	if err != nil {
		return h, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var b [headerSize]byte
	if err := readFull(f, b[:], 0); err != nil {
		return h, err
	}
	return decodeHeader(b[:]), nil
}

// doubt returns why a file and those behind it are not to be believed, nil if they are.
func (x *Index) doubt(h header) error {
	switch {
	case h.next > x.entries || h.slotsUsed < 0 || h.slotsUsed > x.slots || h.beginPhy > h.endPhy:
		return errUnbounded
	case h.next > 1 && h.beginPhy < x.endPhy:
		return errOrder
	case h.endPhy >= x.opt.LogEnd && h.next > 1:
		return errAhead
	case !x.opt.Clean && h.endTime > x.opt.Durable:
		return errNotSafe
	}
	return nil
}

// drop removes files, the newest first, so that a crash in between leaves no hole.
func (x *Index) drop(names []string, why error) error {
	for i := len(names) - 1; i >= 0; i-- {
		x.opt.Log.Warn("an index file is made anew from the log", "name", names[i], "cause", why)
		if err := x.fsys.Remove(path.Join(x.opt.Dir, names[i])); err != nil {
			return err
		}
	}
	return x.fsys.SyncDir(x.opt.Dir)
}

// reopenLast goes on writing the newest file, if there is room in it.
func (x *Index) reopenLast() error {
	n := len(x.old)
	if n == 0 || x.old[n-1].head.next >= x.entries {
		return nil
	}
	last := x.old[n-1]
	f, err := x.fsys.Open(path.Join(x.opt.Dir, last.name))
	if err != nil {
		return err
	}
	w := x.newWriter(f, last.name, last.head)
	x.old = x.old[:n-1]
	if !x.opt.Clean {
		err = w.rebuildSlots()
	}
	if errors.Is(err, errDamaged) {
		return errors.Join(f.Close(), x.drop([]string{last.name}, err), x.endBefore())
	}
	if err != nil {
		return errors.Join(fmt.Errorf("index: %s: %w", last.name, err), f.Close())
	}
	x.cur = w
	return nil
}

// endBefore takes the end of the index back to that of the last finished file.
func (x *Index) endBefore() error {
	x.endPhy = -1
	for _, f := range x.old {
		if f.head.next > 1 {
			x.endPhy = f.head.endPhy
		}
	}
	return nil
}
