package consumequeue

import (
	"errors"
	"fmt"
	"io"
	"path"
	"sync"

	"github.com/gannetmq/gannet/store/vfs"
)

// recovery loads queues, several at a time.
type recovery struct {
	set *Set

	mu     sync.Mutex // guards report and Set.queues
	report Report
}

// errUnusable: the files of a queue cannot be read together.
var errUnusable = errors.New("consume queue unusable")

// load adds a queue to the set. One that cannot be read is set aside and begins anew.
func (r *recovery) load(at *found) error {
	s := r.set
	q := newQueue(s, at.kind, at.topic, at.id)
	err := r.read(q, at.files)
	if err == nil && q.ext != nil {
		err = s.loadExt(q)
	}
	if err != nil {
		name, asideErr := s.setAside(at.kind, at.topic, at.id)
		if asideErr != nil {
			return errors.Join(err, asideErr)
		}
		s.o.Log.Error("consume queue set aside", "cause", err, "now", name)
		r.lost(0, name)
		q = newQueue(s, s.kindOf([]byte(at.topic)), at.topic, at.id)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s.add(q)
	return nil
}

// lost notes that entries from a point of the log on are missing.
func (r *recovery) lost(phy int64, setAside string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if setAside != "" {
		r.report.SetAside = append(r.report.SetAside, setAside)
	} else {
		r.report.Cut++
	}
	if r.report.RebuildFrom < 0 || phy < r.report.RebuildFrom {
		r.report.RebuildFrom = phy
	}
}

// read finds out where the queue begins and ends.
func (r *recovery) read(q *Queue, list []vfs.Entry) error {
	files, cut, err := r.survey(q, list)
	q.files = files
	if err != nil {
		return err
	}
	if files == (span{}) {
		if cut {
			r.lost(0, "")
		}
		return nil
	}
	end, maxPhy := int64(0), int64(0)
	if r.set.o.Clean {
		end, maxPhy, err = r.searchEnd(q)
	} else {
		end, maxPhy, err = r.scanEnd(q)
	}
	if err == nil && maxPhy == 0 && end > q.files.from/q.kind.unit {
		maxPhy, err = r.endOf(q, end-1)
	}
	if err != nil {
		return err
	}
	if cut {
		r.set.o.Log.Error("a file of a consume queue was cut short", "topic", q.topic, "queue", q.id, "end", end)
		r.lost(maxPhy, "")
	}
	if err := r.begin(q, end, maxPhy); err != nil {
		return err
	}
	if r.set.o.Clean {
		return nil
	}
	// What lies behind a hole is from before the crash. It must not come back behind what will be
	// written into the hole.
	return q.cutFiles(end)
}

// begin lets the queue, of whose files entries [files.from, end) are good, go on there.
func (r *recovery) begin(q *Queue, end, maxPhy int64) error {
	q.ring.restart(end)
	q.written, q.maxPhy = end, maxPhy
	first := min(q.files.from/q.kind.unit, end)
	q.max.Store(end)
	q.min.Store(first)
	next, err := q.endOffset(first, end, end)
	if err != nil {
		return err
	}
	q.next.Store(next)
	base, err := q.offsetOf(first)
	q.base.Store(base)
	q.assigned = next
	return err
}

// endOf returns where the log goes on behind entry i, for a queue whose last files turned out empty.
func (r *recovery) endOf(q *Queue, i int64) (phy int64, err error) {
	pos := i * q.kind.unit
	start := pos - pos%q.kind.fileSize
	err = r.open(q, start, func(f vfs.File) error {
		e, err := q.kind.read(f, (pos-start)/q.kind.unit)
		phy = e.end()
		return err
	})
	return phy, err
}

// survey returns the span of the files, up to the last one and without holes. Empty files, which a
// crash leaves, are removed; a short last one grows. cut says that there were such: what was in them
// is not known.
func (r *recovery) survey(q *Queue, list []vfs.Entry) (files span, cut bool, err error) {
	size := q.kind.fileSize
	for i, e := range list {
		start, ok := parseFileName(e.Name)
		switch {
		case !ok || e.Dir:
			r.set.o.Log.Warn("no consume queue file, left alone", "name", path.Join(q.dir(), e.Name))
			continue
		case e.Size == 0:
			if err := r.set.fs.Remove(q.file(start)); err != nil {
				return span{}, false, err
			}
			cut = true
			continue
		case e.Size < size && i == len(list)-1:
			if err := r.grow(q.file(start), size); err != nil {
				return span{}, false, err
			}
			cut = true
		case e.Size != size:
			return span{}, false, fmt.Errorf("%w: %s has %d bytes, want %d", errUnusable, q.file(start), e.Size, size)
		}
		if start%size != 0 {
			return span{}, false, fmt.Errorf("%w: %s does not begin at a multiple of %d", errUnusable, q.file(start), size)
		}
		if start != files.to {
			if files != (span{}) {
				r.set.o.Log.Warn("files of a consume queue are missing", "before", q.file(start))
			}
			files.from = start
		}
		files.to = start + size
	}
	return files, cut, nil
}

func (r *recovery) grow(name string, size int64) (err error) {
	f, err := r.set.fs.Open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return errors.Join(f.Truncate(size), f.Sync())
}

// searchEnd finds the end of a queue whose files are sound: all units in front of it are valid, all
// behind it are zero.
func (r *recovery) searchEnd(q *Queue) (end, maxPhy int64, err error) {
	for start := q.files.to - q.kind.fileSize; start >= q.files.from; start -= q.kind.fileSize {
		n := int64(0)
		err = r.open(q, start, func(f vfs.File) (err error) {
			n, maxPhy, err = r.searchFile(q.kind, f)
			return err
		})
		if err != nil || n > 0 {
			return start/q.kind.unit + n, maxPhy, err
		}
	}
	return q.files.from / q.kind.unit, 0, nil
}

// searchFile returns how many units of a file are valid and where the log goes on behind the last.
// Most queues end in the first block, which is read as a whole.
func (r *recovery) searchFile(k *kind, f vfs.File) (n, maxPhy int64, err error) {
	buf := r.set.buffers.Get().(*buffer)
	defer r.set.buffers.Put(buf)
	hi := k.perFile()
	block := buf[:min(readUnits, hi)*k.unit]
	if _, err := f.ReadAt(block, 0); err != nil && !errors.Is(err, io.EOF) {
		return 0, 0, err
	}
	for ; len(block) > 0; block = block[k.unit:] {
		e := decodeEntry(block)
		if !e.valid() {
			return n, maxPhy, nil
		}
		n, maxPhy = n+1, e.end()
	}
	for lo := n; lo < hi; {
		mid := lo + (hi-lo)/2
		e, err := k.read(f, mid)
		if err != nil {
			return 0, 0, err
		}
		if e.valid() {
			lo = mid + 1
			n, maxPhy = lo, e.end()
		} else {
			hi = mid
		}
	}
	return n, maxPhy, nil
}

// read reads entry i of a file.
func (k *kind) read(f vfs.File, i int64) (Entry, error) {
	var b [unitSize]byte
	if _, err := f.ReadAt(b[:], i*k.unit); err != nil && !errors.Is(err, io.EOF) {
		return Entry{}, err
	}
	return decodeEntry(b[:]), nil
}

// open calls f with a file of q.
func (r *recovery) open(q *Queue, start int64, use func(vfs.File) error) (err error) {
	f, err := r.set.fs.OpenRead(q.file(start))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return use(f)
}

// tailFiles is how many files are read after a crash, as Java does (ConsumeQueue.recover).
const tailFiles = 3

// scanEnd reads the last files of a queue up to the first unit that cannot follow the one in front
// of it. That is where the queue ends if the unit is zero; any other is damage.
func (r *recovery) scanEnd(q *Queue) (end, maxPhy int64, err error) {
	next := int64(0) // queue offset behind the last batch
	for start := max(q.files.from, q.files.to-tailFiles*q.kind.fileSize); start < q.files.to; start += q.kind.fileSize {
		n := int64(0)
		var bad Entry
		err = r.open(q, start, func(f vfs.File) (err error) {
			n, maxPhy, next, bad, err = r.scanFile(q.kind, f, maxPhy, next)
			return err
		})
		end = start/q.kind.unit + n
		if err != nil {
			return 0, 0, err
		}
		if n == q.perFile() {
			continue
		}
		if bad != (Entry{}) {
			r.set.o.Log.Error("consume queue cut at a damaged entry", "topic", q.topic, "queue", q.id, "offset", end,
				"phyOffset", bad.PhyOffset, "size", bad.Size)
			r.lost(maxPhy, "")
		}
		break
	}
	return end, maxPhy, nil
}

// scanFile returns how many units of the file are right, the end of the last message in the log and, of
// batches, in the queue, and the first unit that is not right, if any.
func (r *recovery) scanFile(k *kind, f vfs.File, maxPhy, next int64) (n, newMaxPhy, newNext int64, bad Entry, err error) {
	buf := r.set.buffers.Get().(*buffer)
	defer r.set.buffers.Put(buf)
	for units := k.perFile(); n < units; {
		b := buf[:min(readUnits, units-n)*k.unit]
		if _, err := f.ReadAt(b, n*k.unit); err != nil && !errors.Is(err, io.EOF) {
			return n, maxPhy, next, bad, err
		}
		for ; len(b) > 0; b = b[k.unit:] {
			e, ok := decodeEntry(b), true
			if k.batch {
				batch := decodeBatch(b)
				if ok = batch.continues(next); ok {
					next = batch.next()
				}
			}
			if !ok || !e.follows(maxPhy) {
				return n, maxPhy, next, e, nil
			}
			maxPhy = e.end()
			n++
		}
	}
	return n, maxPhy, next, bad, nil
}
