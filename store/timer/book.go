package timer

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/vfs"
)

// Options of a Book. The names in brackets are Java's.
type Options struct {
	Precision   int64 // ms of a slot (timerPrecisionMs)
	LogFileSize int64 // bytes of a file of the timer log (mappedFileSizeTimerLog)
	// Reach is how many slots the caller looks ahead at most (timerRollWindowSlot): what is due that much
	// less than a turn of the wheel ago can still be told from what is due later.
	Reach int64
	Slots int   // of the wheel; 0 for Slots, which is Java's. A multiple of 128. For tests, whose disk is copied often
	Now   int64 // Unix ms
	// Count keeps how many entries each slot has in memory, for Num.
	Count bool
	Log   *slog.Logger
}

// minLogFile has room for one entry.
const minLogFile = unitSize + blankSize

// ErrOptions: the options cannot work.
var ErrOptions = errors.New("timer: options")

// TakenError is the error of Add for a moment whose slot an older one still has, a turn or more before it. What that has
// is dealt with first.
type TakenError struct{ Moment int64 } // the older one, Unix ms

func (e *TakenError) Error() string {
	return fmt.Sprintf("timer: the slot still has the entries of moment %d", e.Moment)
}

// Book is the wheel, the timer log and the checkpoint. Add, Done, Chain, Each and Window are called from one goroutine,
// Flush and Expire from one other, All and Close when neither runs; the rest from any.
type Book struct {
	opt   Options
	fsys  vfs.FS
	looks bool // nothing may be changed (Look)

	mu    sync.Mutex // held over reads of the disk, never over a sync but that of a new file
	wheel wheel
	log   unitLog

	nums   sync.Mutex
	counts map[int64]int32 // by moment; nil unless Options.Count

	check vfs.File   // of Flush; nil before the first
	saved Checkpoint // what it says; under mu
}

// Add enters u under the moment at, Unix ms, and sets what chains it to the others. at must lie within
// the caller's reach. Errors: TakenError, those of the disk.
//
// A later moment in the slot is of a clock that was far ahead and is set back: what it has is lost, and the log says so.
func (b *Book) Add(at int64, u Unit) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := at / b.opt.Precision
	s, ok, err := b.wheel.slot(t)
	switch {
	case err != nil:
		return err
	case ok || !b.wheel.isPending(b.wheel.index(t)):
	case s.time < t:
		return &TakenError{Moment: s.time * b.opt.Precision}
	default:
		b.opt.Log.Error("entries of the timer log are lost: the clock was set back", "moment", s.time*b.opt.Precision, "for", at, "entries", s.num)
		b.uncount(s.time)
	}
	u.Prev, u.Magic = none, u.Magic|Plain
	if ok {
		u.Prev = s.last
	}
	u.Delay = int32(at - u.Written)
	s.time, s.last = t, b.log.append(&u)
	if !ok {
		s.first, s.num = s.last, 0
	}
	if s.num++; u.Magic&Delete != 0 {
		s.num -= 2
	}
	b.count(t)
	return b.wheel.put(s)
}

// Next returns the first moment from at on that has entries, Unix ms.
func (b *Book) Next(at int64) (moment int64, ok bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t, ok, err := b.wheel.next(at / b.opt.Precision)
	return t * b.opt.Precision, ok, err
}

// All hands every entry of the log that is due from the moment on to use, in their order. It is for Open's
// caller, before anything is entered: it reads the whole log.
func (b *Book) All(from int64, use func(u *Unit)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.each(func(u *Unit) {
		if u.Time() >= from {
			use(u)
		}
	})
}

// Unit reads the entry at pos.
func (b *Book) Unit(pos int64) (Unit, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.unit(pos)
}

// Done says that all entries of the moment were dealt with.
func (b *Book) Done(moment int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wheel.done(moment / b.opt.Precision)
	b.uncount(moment / b.opt.Precision)
}

// Pending is how many moments have entries.
func (b *Book) Pending() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.wheel.count
}

// Unflushed is how many bytes of entries wait for a Flush.
func (b *Book) Unflushed() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.log.tail)
}

// Num is how many entries the moment has, those that take others back too, if they are counted. It does not block.
func (b *Book) Num(moment int64) int32 {
	b.nums.Lock()
	defer b.nums.Unlock()
	return b.counts[moment/b.opt.Precision]
}

func (b *Book) count(t int64) {
	if b.counts == nil {
		return
	}
	b.nums.Lock()
	defer b.nums.Unlock()
	b.counts[t]++
}

func (b *Book) uncount(t int64) {
	b.nums.Lock()
	defer b.nums.Unlock()
	delete(b.counts, t)
}

// Checkpoint is what the disk has.
func (b *Book) Checkpoint() Checkpoint {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.saved
}

// Flush makes durable what was entered before, and then c, of which LogFlushed is set; with c nil the
// checkpoint stays. Before the first file is touched messages is called, to make durable what the entries
// are about. After an error everything is written again by the next Flush.
func (b *Book) Flush(c *Checkpoint, messages func() error) error {
	s, err := b.snapshot()
	if err != nil {
		return fmt.Errorf("timer: flush: %w", err)
	}
	if c == nil && len(s.tail) == 0 && len(s.pages) == 0 {
		return nil
	}
	if err := s.write(messages); err != nil {
		b.mu.Lock()
		b.wheel.again(s.pages)
		b.mu.Unlock()
		return fmt.Errorf("timer: flush: %w", err)
	}
	b.mu.Lock()
	b.log.from += int64(len(s.tail))
	b.log.tail = append([]byte(nil), b.log.tail[len(s.tail):]...)
	b.wheel.shrink()
	flushed := b.log.from
	b.mu.Unlock()
	if c == nil {
		return nil
	}
	c.LogFlushed = flushed
	return b.saveCheckpoint(*c)
}

// snapshot is what one Flush writes. The log may grow meanwhile, behind tail.
type snapshot struct {
	log   unitLog // its files
	wheel wheel   // its file
	tail  []byte
	from  int64
	pages map[int][]byte
}

// snapshot sees to it that the files are there, and takes what is not in them.
func (b *Book) snapshot() (s snapshot, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for at := b.log.from; at < b.log.end; at += b.log.size - at%b.log.size {
		if _, err := b.log.fileFor(at); err != nil {
			return s, err
		}
	}
	if s.pages = b.wheel.dirty(); len(s.pages) > 0 && b.wheel.f == nil {
		if b.wheel.f, err = createWhole(b.fsys, WheelFile, b.wheel.size()); err != nil {
			b.wheel.again(s.pages)
			return s, err
		}
	}
	s.log, s.wheel = b.log, b.wheel
	s.log.files = slices.Clone(b.log.files)
	s.tail, s.from = b.log.tail[:len(b.log.tail):len(b.log.tail)], b.log.from
	return s, nil
}

func (s *snapshot) write(messages func() error) error {
	if err := messages(); err != nil {
		return err
	}
	if err := s.log.write(s.tail, s.from); err != nil {
		return err
	}
	return s.wheel.write(s.pages)
}

// saveCheckpoint makes c durable. Its fields lie in one sector, which disks write whole.
func (b *Book) saveCheckpoint(c Checkpoint) (err error) {
	if c == b.Checkpoint() {
		return nil
	}
	if b.check == nil {
		if err := errors.Join(b.fsys.MkdirAll(layout.ConfigDir), b.fsys.SyncDir(".")); err != nil {
			return fmt.Errorf("timer: checkpoint: %w", err)
		}
		if b.check, err = createWhole(b.fsys, CheckFile, checkSize); err != nil {
			return fmt.Errorf("timer: checkpoint: %w", err)
		}
	}
	if _, err := b.check.WriteAt(c.Append(nil), 0); err != nil {
		return fmt.Errorf("timer: checkpoint: %w", err)
	}
	if err := b.check.Sync(); err != nil {
		return fmt.Errorf("timer: checkpoint: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.saved = c
	return nil
}

// Expire deletes files of the timer log that are about messages before minPhy alone.
func (b *Book) Expire(minPhy int64) (files int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.expire(minPhy)
}

// Close closes the files; a Flush comes before it.
func (b *Book) Close() error {
	err := errors.Join(b.log.close(), b.wheel.close())
	if b.check != nil {
		err = errors.Join(err, b.check.Close())
	}
	return err
}
