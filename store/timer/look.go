package timer

import (
	"log/slog"

	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/vfs"
)

// What Look takes for the precision if nobody tells: those that Java knows, the default first, in ms.
var precisions = [...]int64{1000, 500, 200, 100}

// defaultReach is Java's timerRollWindowSlot.
const defaultReach = 2 * 24 * 3600

// Look opens the files for who only looks: the Book can be read, and nothing is changed. Recovered says what Open would do at the
// moment Options.Now, or of the last delivery if that is 0. Options that are 0 are what the files say. Errors are those of Open.
func Look(fsys vfs.FS, o Options) (*Book, Recovered, error) {
	o.Log = slog.New(slog.DiscardHandler)
	if o.Slots == 0 {
		o.Slots = Slots
	}
	if o.Reach == 0 {
		o.Reach = defaultReach
	}
	if o.LogFileSize == 0 {
		size, err := logFileSize(fsys)
		if err != nil {
			return nil, Recovered{}, err
		}
		o.LogFileSize = size
	}
	if o.Now == 0 {
		b, _, err := vfs.ReadFile(fsys, CheckFile, checkSize)
		if err != nil {
			return nil, Recovered{}, err
		}
		c, _ := DecodeCheckpoint(b)
		o.Now = c.ReadTime
	}
	tries := precisions[:]
	if o.Precision != 0 {
		tries = []int64{o.Precision}
	}
	for n := 0; ; n++ {
		o.Precision = tries[n]
		if err := o.check(); err != nil {
			return nil, Recovered{}, err
		}
		b, r, err := (&Book{opt: o, fsys: fsys, looks: true}).open()
		if err != nil || !r.otherPrecision || n == len(tries)-1 {
			return b, r, err
		}
		if err := b.Close(); err != nil {
			return nil, r, err
		}
	}
}

// logFileSize is what the files of the timer log say: the size of the first; Java's default if there is none.
func logFileSize(fsys vfs.FS) (int64, error) {
	list, err := fsys.List(LogDir)
	for _, e := range list {
		if _, err := mapped.ParseName(e.Name); err == nil && !e.Dir && e.Size >= minLogFile {
			return e.Size, nil
		}
	}
	return 100 << 20, err
}

// Extent is where the timer log begins and ends.
func (b *Book) Extent() (start, end int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.log.files) > 0 {
		start = b.log.files[0].start
	}
	return start, b.log.end
}

// LogFileSize is the size of a file of the timer log.
func (b *Book) LogFileSize() int64 { return b.log.size }

// Moment is what waits for a moment.
type Moment struct {
	At      int64 // Unix ms
	Entries int64
	Num     int32 // as the slot counts: entries less twice those that take others back
	Broken  error // entries before those are lost
}

// Waiting goes through what is pending from a moment on: the entries of each moment go to use, the newest first, and then the
// moment to each.
func (b *Book) Waiting(from int64, use func(at, pos int64, u *Unit) error, each func(m *Moment) error) error {
	for {
		at, ok, err := b.Next(from)
		if err != nil || !ok || at < from/b.opt.Precision*b.opt.Precision {
			return err
		}
		b.mu.Lock()
		s, _, err := b.wheel.slot(at / b.opt.Precision)
		b.mu.Unlock()
		if err != nil {
			return err
		}
		m := Moment{At: at, Num: s.num}
		m.Broken, err = b.follow(s.last, at, func(pos int64, u *Unit) error {
			m.Entries++
			return use(at, pos, u)
		})
		if err == nil {
			err = each(&m)
		}
		if err != nil {
			return err
		}
		from = at + b.opt.Precision
	}
}
