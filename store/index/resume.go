package index

import (
	"errors"
	"path"

	"github.com/gannetmq/gannet/store/vfs"
)

// The keys of a message are put one by one, and a file can be full, or lost, in the middle of them.
// So the last message that the index knows is looked at again, and its first keys, which the index
// has, are left out: neither is a key lost nor one doubled, as it is by Java.

// resume finds out where the index goes on.
func (x *Index) resume() error {
	x.seen, x.have = x.endPhy-1, 0
	if w := x.cur; w != nil {
		n, whole, err := x.lastKeys(w.head, w.entry)
		x.have += n
		if err != nil || !whole {
			return err
		}
	}
	for i := len(x.old) - 1; i >= 0; i-- {
		n, whole, err := x.lastKeysOf(x.old[i])
		x.have += n
		if err != nil || !whole {
			return err
		}
	}
	return nil
}

// lastKeys counts the entries of the last message at the end of a file; whole says that there are no
// others in it.
func (x *Index) lastKeys(h header, entry func(int32) (entry, error)) (count int, whole bool, err error) {
	for n := h.next - 1; n > 0; n-- {
		e, err := entry(n)
		if err != nil || e.phy != x.endPhy {
			return count, false, err
		}
		count++
	}
	return count, true, nil
}

func (x *Index) lastKeysOf(file finished) (count int, whole bool, err error) {
	f, err := x.fsys.OpenRead(path.Join(x.opt.Dir, file.name))
	if err != nil {
		return 0, false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return x.lastKeys(file.head, entriesOf(f, x.layout))
}

func entriesOf(f vfs.File, l layout) func(int32) (entry, error) {
	return func(n int32) (entry, error) { return readEntry(f, l, n) }
}
