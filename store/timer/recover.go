package timer

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"path"

	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/vfs"
)

// Recovered is what Open found.
type Recovered struct {
	Checkpoint        // what it says; zeros if there is none
	Last       Unit   // newest entry of the timer log, if HasLast
	HasLast    bool   // its message's queue offset may be ahead of the checkpoint
	Anew       string // why the book is empty and the queue has to be taken up from its beginning; "" if it is not
	ReadFrom   int64  // Unix ms; what is due before is in no slot
	WheelLost  bool   // and is made from the log
	Waiting    int64  // messages in slots, less those that are taken back, as the wheel counts; Java does not restore all of it

	otherPrecision bool // the wheel's moments are none of Options.Precision
}

// unvouched as LogFlushed says that the timer log is being made anew: no log is that long.
const unvouched = math.MaxInt64 / 2

// Open opens the files, or what is there of them, and does what a crash made necessary. Nothing is made
// before the first Flush that has something to write. Errors: ErrOptions, those of the disk.
func Open(fsys vfs.FS, o Options) (*Book, Recovered, error) {
	if o.Slots == 0 {
		o.Slots = Slots
	}
	if err := o.check(); err != nil {
		return nil, Recovered{}, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return (&Book{opt: o, fsys: fsys}).open()
}

func (o *Options) check() error {
	if o.Precision <= 0 || o.LogFileSize < minLogFile || o.Slots < 0 || o.Slots%pageSlots != 0 || o.Reach <= 0 || o.Reach >= int64(o.Slots/2) {
		return fmt.Errorf("%w: %d slots of %d ms, files of %d bytes, reach of %d slots", ErrOptions, o.Slots, o.Precision, o.LogFileSize, o.Reach)
	}
	return nil
}

func (b *Book) open() (*Book, Recovered, error) {
	o, fsys := b.opt, b.fsys
	b.wheel.fsys, b.wheel.slots, b.log.fsys, b.log.size = fsys, o.Slots, fsys, o.LogFileSize
	if o.Count {
		b.counts = make(map[int64]int32)
	}
	r, err := b.recover()
	if err == nil && o.Count && r.Anew == "" {
		err = b.countAll(r.ReadFrom)
	}
	if err != nil {
		return nil, r, errors.Join(err, b.Close())
	}
	return b, r, nil
}

// countAll counts the entries of what is due from the moment on. That reads the whole log: slots know less.
func (b *Book) countAll(from int64) error {
	return b.log.each(func(u *Unit) {
		if u.Time() >= from {
			b.count(u.Time() / b.opt.Precision)
		}
	})
}

// blankSlots are left between the oldest moment that is looked at and the newest. Java: TIMER_BLANK_SLOTS.
const blankSlots = 60

func (b *Book) recover() (r Recovered, err error) {
	if r.Checkpoint, err = b.openCheckpoint(); err != nil {
		return r, err
	}
	p := b.opt.Precision
	oldest := (b.opt.Now/p - int64(b.opt.Slots) + b.opt.Reach + blankSlots) * p
	r.ReadFrom = max(r.ReadTime/p*p, oldest, 0)
	damage, err := b.openLog(r.LogFlushed)
	if err != nil {
		return r, err
	}
	lost, err := b.wheel.open(b.file)
	if err != nil {
		return r, err
	}
	switch {
	case damage != "":
		r.Anew = damage
	case r.Checkpoint == Checkpoint{}:
		r.Anew = "there is no checkpoint" // and so, in a new directory, nothing to take up
	case r.ReadTime < oldest && b.log.end > 0:
		r.Anew = "the wheel does not reach back to the last delivery"
	default:
		if r.Anew, err = b.restore(&r, lost); err != nil {
			return r, err
		}
	}
	r.WheelLost = lost && b.log.end > 0
	switch {
	case b.looks && r.Anew != "": // as empty as it would be
		b.wheel.pending, b.wheel.count = nil, 0
		r.Last, r.HasLast = Unit{}, false
	case b.looks:
	case r.Anew != "":
		err = b.beginAnew(&r)
	case lost:
		err = b.setAside(WheelFile)
	}
	return r, err
}

// file opens a file for what the book may do.
func (b *Book) file(name string) (vfs.File, error) {
	if b.looks {
		return b.fsys.OpenRead(name)
	}
	return b.fsys.Open(name)
}

// openCheckpoint reads the checkpoint. One that is too short says nothing.
func (b *Book) openCheckpoint() (c Checkpoint, err error) {
	b.check, err = b.file(CheckFile)
	if errors.Is(err, fs.ErrNotExist) {
		b.check = nil
		return c, nil
	}
	if err != nil {
		return c, err
	}
	size, err := b.check.Size()
	if err != nil {
		return c, err
	}
	if size < checkSize && b.looks {
		return c, nil
	}
	if size < checkSize {
		return c, errors.Join(b.check.Truncate(0), b.check.Truncate(checkSize), b.check.Sync())
	}
	buf := make([]byte, checkFields)
	if _, err := b.check.ReadAt(buf, 0); err != nil {
		return c, err
	}
	c, _ = DecodeCheckpoint(buf)
	b.saved = c
	return c, nil
}

// openLog opens the files of the timer log. damage says why they are no log. A file that begins where
// nothing is flushed may be what a crash left of its creation, and is made again when it is needed.
func (b *Book) openLog(flushed int64) (damage string, err error) {
	entries, err := b.fsys.List(LogDir)
	if err != nil {
		return "", err
	}
	l := &b.log
	for _, e := range entries {
		start, err := mapped.ParseName(e.Name)
		if err != nil || e.Dir {
			continue // somebody else's
		}
		if e.Size != l.size || start%l.size != 0 || len(l.files) > 0 && start != l.end {
			if start >= flushed && b.looks {
				continue
			}
			if start >= flushed {
				if err := l.fsys.Remove(path.Join(LogDir, e.Name)); err != nil {
					return "", err
				}
				continue
			}
			return fmt.Sprintf("%s/%s has %d bytes, or one before it is missing", LogDir, e.Name, e.Size), nil
		}
		f, err := b.file(path.Join(LogDir, e.Name))
		if err != nil {
			return "", err
		}
		l.files = append(l.files, logFile{start, f})
		l.end = start + l.size
	}
	l.from = l.end
	return "", nil
}

// restore makes wheel and log agree. anew says why that cannot be done.
// Java: TimerMessageStore.recover, recoverAndRevise.
func (b *Book) restore(r *Recovered, wheelLost bool) (anew string, err error) {
	if !wheelLost {
		oldest, alike, err := b.readWheel(r)
		if err != nil {
			return "", err
		}
		if !alike {
			r.otherPrecision = true
			return "the wheel was written with slots of another length", nil
		}
		if len(b.log.files) > 0 && oldest < b.log.files[0].start {
			return fmt.Sprintf("the timer log begins at %d, and slots have entries from %d on", b.log.files[0].start, oldest), nil
		}
	}
	from := max(0, r.LogFlushed-b.log.size)
	if wheelLost {
		from = 0
	}
	if err := b.replay(from, r); err != nil {
		return "", err
	}
	if r.Anew != "" {
		return r.Anew, nil
	}
	if b.log.end < r.LogFlushed {
		return fmt.Sprintf("the timer log has %d bytes, and had %d", b.log.end, r.LogFlushed), nil
	}
	if err := b.cutLog(); err != nil {
		return "", err
	}
	return b.backWithin(r)
}

// readWheel notes what is pending, and returns the position of the oldest entry of that. Not alike: the moments in the
// wheel are far from any that could be meant, as they are when the precision was another.
func (b *Book) readWheel(r *Recovered) (oldest int64, alike bool, err error) {
	oldest, alike = math.MaxInt64, true
	first := r.ReadFrom / b.opt.Precision
	err = b.wheel.scan(func(i int, s slot) {
		alike = alike && s.time > first/4*3 && s.time < first/3*4
		if s.time >= first && s.time < first+int64(b.opt.Slots) && b.wheel.index(s.time) == i && s.last >= 0 {
			b.wheel.mark(i)
			r.Waiting += int64(s.num)
			oldest = min(oldest, s.first)
		}
	})
	return oldest, alike, err
}

// replay reads the log from the file of position from on to the first bytes that are no entry, which
// becomes its end, and has slots point to the newest of their entries. A slot that is ahead of an entry knows it.
func (b *Book) replay(from int64, r *Recovered) error {
	l := &b.log
	buf := make([]byte, min(l.size, 1<<20/unitSize*unitSize))
	l.end = 0
	if len(l.files) > 0 {
		l.end = l.files[0].start
	}
	for _, f := range l.files {
		if f.start+l.size <= from {
			l.end = f.start + l.size
			continue
		}
		whole, err := b.replayFile(f, buf, r)
		if err != nil {
			return err
		}
		if !whole {
			break
		}
	}
	l.from = l.end
	if !r.HasLast {
		return b.lastOfFileBefore(r)
	}
	return nil
}

// replayFile is replay of one file; whole says that it is full.
func (b *Book) replayFile(f logFile, buf []byte, r *Recovered) (whole bool, err error) {
	size := b.log.size
	b.log.end = f.start
	for at := int64(0); at < size; {
		n, err := f.f.ReadAt(buf[:min(int64(len(buf)), size-at)], at)
		if err != nil && int64(n) < min(int64(len(buf)), size-at) {
			return false, fmt.Errorf("timer: reading the timer log: %w", err)
		}
		for part := buf[:n]; ; part = part[unitSize:] {
			if isBlank(part) {
				b.log.end = f.start + size
				return true, nil
			}
			if len(part) < unitSize && at+int64(n) < size {
				n -= len(part) // the next read begins with it
				break
			}
			u, ok := decodeUnit(part)
			if !ok || u.Prev >= b.log.end {
				return false, nil
			}
			if err := b.revise(&u, b.log.end, r); err != nil {
				return false, err
			}
			r.Last, r.HasLast = u, true
			b.log.end += unitSize
		}
		at += int64(n)
	}
	return true, nil
}

// revise has the slot of the entry at pos point to it, unless it is delivered.
func (b *Book) revise(u *Unit, pos int64, r *Recovered) error {
	t := u.Time() / b.opt.Precision
	if u.Time() < r.ReadFrom || t >= r.ReadFrom/b.opt.Precision+int64(b.opt.Slots) {
		return nil
	}
	s, ok, err := b.wheel.slot(t)
	if err != nil || ok && pos <= s.last { // which backWithin looks at, should it point behind the log
		return err
	}
	if !ok {
		s = slot{time: t, first: pos}
	} else if b.wheel.f == nil && u.Prev != s.last {
		r.Anew = "the wheel is lost, and had slots of another length"
		return nil
	}
	before := s.num
	if s.num++; u.Magic&Delete != 0 {
		s.num -= 2
	}
	r.Waiting += int64(s.num - before)
	s.last = pos
	return b.wheel.put(s)
}

// lastOfFileBefore finds the newest entry where the file that was read has none.
func (b *Book) lastOfFileBefore(r *Recovered) error {
	l := &b.log
	if len(l.files) == 0 || l.end <= l.files[0].start {
		return nil
	}
	pos := l.end - l.size + (l.size-blankSize)/unitSize*unitSize - unitSize
	u, err := l.unit(pos)
	if errors.Is(err, errNoUnit) {
		return nil
	}
	r.Last, r.HasLast = u, err == nil
	return err
}

// cutLog removes what lies behind the end of the log: entries that are found there again after the next
// crash would count, since nothing tells when one was written.
func (b *Book) cutLog() error {
	if b.looks {
		return nil
	}
	l := &b.log
	for n := len(l.files); n > 0 && l.files[n-1].start >= l.end && l.files[n-1].start > 0; n = len(l.files) {
		f := l.files[n-1]
		if err := errors.Join(f.f.Close(), l.fsys.Remove(path.Join(LogDir, mapped.Name(f.start)))); err != nil {
			return err
		}
		l.files = l.files[:n-1]
	}
	f := l.file(l.end)
	if f == nil {
		return nil
	}
	rest := l.size - (l.end - f.start)
	var err error
	if rest > 0 && l.dirtyBehind(f) {
		// Twice Truncate gives zeros without writing them.
		err = errors.Join(f.f.Truncate(l.end-f.start), f.f.Truncate(l.size), f.f.Sync())
	}
	return err
}

// dirtyBehind reports whether the file holds anything behind the end of the log.
func (l *unitLog) dirtyBehind(f *logFile) bool {
	buf := make([]byte, blockSize)
	for at := l.end - f.start; at < l.size; at += blockSize {
		n, err := f.f.ReadAt(buf[:min(blockSize, l.size-at)], at)
		if err != nil && n == 0 {
			return true
		}
		for _, c := range buf[:n] {
			if c != 0 {
				return true
			}
		}
	}
	return false
}

// backWithin deals with slots that point behind the end of the log. What such a slot held before is found
// in the log; the messages behind are taken up again, behind the log's last one, whatever the checkpoint says.
func (b *Book) backWithin(r *Recovered) (anew string, err error) {
	from, err := b.clearBeyond(r.ReadFrom / b.opt.Precision)
	if err != nil || from == math.MaxInt64 {
		return "", err
	}
	if !r.HasLast {
		return "slots have entries, and the timer log has none", nil
	}
	b.opt.Log.Warn("slots of the timer wheel point behind the timer log", "log", b.log.end, "again from", from)
	r.QueueOffset, r.Waiting = 0, 0 // which is not known then
	if from < b.log.end {
		err = b.replay(from, r)
	}
	return "", err
}

// clearBeyond empties the slots from moment first on that point behind the end of the log, and returns the
// position of the oldest entry that they had.
func (b *Book) clearBeyond(first int64) (oldest int64, err error) {
	oldest = math.MaxInt64
	for t := first; ; t++ {
		var ok bool
		if t, ok, err = b.wheel.next(t); err != nil || !ok || t >= first+int64(b.opt.Slots) {
			return oldest, err
		}
		s, _, err := b.wheel.slot(t)
		if err != nil {
			return oldest, err
		}
		if s.last < b.log.end {
			continue
		}
		oldest = min(oldest, s.first)
		if err := b.wheel.clear(t); err != nil {
			return oldest, err
		}
	}
}
