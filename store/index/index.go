package index

import (
	"errors"
	"fmt"
	"log/slog"
	"path"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// ErrClosed: the index is closed.
var ErrClosed = errors.New("index: closed")

// errSync: what was written may or may not be on the disk, and trying again proves nothing. It is not scarcity,
// whatever the reason; the next start makes the file anew.
var errSync = errors.New("index: sync failed")

// Options of an Index. All must be set.
type Options struct {
	Dir     string
	Slots   int // hash slots of a file
	Entries int // entries of a file, the unused first one included

	// Clean says that the last user closed the index in order. Otherwise files are believed up to
	// Durable, the checkpoint's time of the index, and no further than LogEnd, where the log ends.
	Clean   bool
	Durable int64
	LogEnd  int64

	Now func() int64 // Unix milliseconds
	Log *slog.Logger
}

// Index is a dispatch.Sink that writes, and answers queries. Dispatch and Flush do I/O: they belong
// to one goroutine of their own, behind the dispatcher that consumers wait for.
type Index struct {
	fsys vfs.FS
	opt  Options
	layout

	// mu guards the fields below. It is held over I/O: nobody who must not wait takes it.
	mu     sync.Mutex
	old    []finished // ascending
	cur    *writer    // nil before the first key
	endPhy int64      // last message with a key; -1 before it
	keys   []fed      // of one message
	buf    []byte
	closed bool

	// Of the goroutine that dispatches: messages up to seen are left out, of the next one the first
	// have keys, which the index has (resume.go).
	seen int64
	have int
	sunk error // a sync failed: nothing is known of the file any more

	durable atomic.Int64 // see Durable
}

// Dispatch adds the keys of a message. Messages that are in the index already are left out, recognised by
// their place in the log. After an error that passes (vfs.Scarce) the same message can be given again; its
// keys are not doubled.
func (x *Index) Dispatch(v *record.View) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.usable(); err != nil {
		return err
	}
	x.keys, x.buf = appendKeys(x.keys[:0], x.buf, v)
	return x.add(x.keys)
}

func (x *Index) usable() error {
	if x.closed {
		return ErrClosed
	}
	return x.sunk
}

// add puts all keys of one message, or those of them that the index has not got.
func (x *Index) add(keys []fed) error {
	if len(keys) == 0 || keys[0].phy <= x.seen {
		return nil
	}
	phy := keys[0].phy
	if x.have > 0 && phy != x.endPhy {
		x.have = 0 // the message it was about has no keys any more
	}
	for n := x.have; n < len(keys); n++ {
		if err := x.put(keys[n]); err != nil {
			return err
		}
		x.have = n + 1 // should the next key fail, and the message come again
	}
	x.seen, x.have = phy, 0
	return nil
}

func (x *Index) put(k fed) error {
	if x.cur == nil || x.cur.full() {
		if err := x.roll(); err != nil {
			return fmt.Errorf("index: new file: %w", err)
		}
	}
	if err := x.cur.put(k.hash, k.phy, k.storeTime); err != nil {
		return fmt.Errorf("index: %s: %w", x.cur.name, err)
	}
	x.endPhy = k.phy
	return nil
}

// roll finishes the present file, durably, and begins the next one. It can be tried again when it fails.
func (x *Index) roll() error {
	var head header
	if w := x.cur; w != nil {
		if err := x.flushLocked(); err != nil {
			return err
		}
		_ = w.f.Close() // it is durable: nothing is lost with the descriptor
		x.old = append(x.old, finished{name: w.name, head: w.head})
		x.cur = nil
		head = w.head
	} else if n := len(x.old); n > 0 {
		head = x.old[n-1].head
	}
	// A file begins where the one before it ended, as far as its first key does not say better.
	head = header{beginTime: head.endTime, endTime: head.endTime, beginPhy: head.endPhy, endPhy: head.endPhy, next: 1}
	name := x.nextName()
	f, err := x.create(path.Join(x.opt.Dir, name), head)
	if err != nil {
		return err
	}
	x.cur = x.newWriter(f, name, head)
	x.cur.fresh = true
	return nil
}

// create makes a file without entries, durably, or leaves nothing behind.
func (x *Index) create(name string, head header) (vfs.File, error) {
	f, err := x.fsys.Create(name, x.size())
	if err != nil {
		return nil, err
	}
	_, err = f.WriteAt(head.append(nil), 0)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = x.fsys.SyncDir(x.opt.Dir)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close(), x.fsys.Remove(name))
	}
	return f, nil
}

func (x *Index) newWriter(f vfs.File, name string, head header) *writer {
	pages := (x.layout.slots-1)/slotsPerPage + 1
	return &writer{f: f, name: name, layout: x.layout, head: head, first: head.next, slots: make([]*slotPage, pages)}
}

// nextName is the local time, or one more than the newest name: a clock that goes back, or winter,
// must not put a new file before an old one.
func (x *Index) nextName() string {
	t := time.UnixMilli(x.opt.Now())
	n, _ := strconv.ParseInt(t.Format("20060102150405")+fmt.Sprintf("%03d", t.UnixMilli()%1000), 10, 64) // digits only
	if len(x.old) > 0 {
		last, _ := strconv.ParseInt(x.old[len(x.old)-1].name, 10, 64) // checked when it was found
		n = max(n, last+1)
	}
	return fmt.Sprintf("%0*d", fileNameDigits, n)
}

// Next is the log offset of the last message in the index, -1 if there is none. Dispatching must
// begin there or before it.
func (x *Index) Next() int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.endPhy
}

// Durable is the store time up to which the index is durable, for the checkpoint; 0 if that is not
// known. A header on disk that says more is not believed after a crash, with all of its file.
func (x *Index) Durable() int64 { return x.durable.Load() }

// Flush makes what was dispatched durable.
func (x *Index) Flush() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		return ErrClosed
	}
	return x.flushLocked()
}

func (x *Index) flushLocked() error {
	w := x.cur
	if w == nil || x.sunk != nil {
		return x.sunk
	}
	if err := w.flush(); err != nil {
		err = fmt.Errorf("index: flush %s: %w", w.name, err)
		if errors.Is(err, errSync) {
			x.sunk = err
		}
		return err
	}
	x.durable.Store(w.head.endTime)
	return nil
}

// Close flushes and closes the files.
func (x *Index) Close() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		return ErrClosed
	}
	x.closed = true
	err := x.flushLocked()
	if x.cur != nil {
		err = errors.Join(err, x.cur.f.Close())
	}
	for i := range x.old {
		if f := x.old[i].f; f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	return err
}
