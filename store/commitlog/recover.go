package commitlog

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"syscall"
	"time"

	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// RecoverFrom tells Recover what is known of the last run.
type RecoverFrom struct {
	// Offset is where a record begins behind which all may be wrong; what lies before is believed.
	Offset int64
	// Trusted is a store time: a sound record that is older was durable, and so was everything before
	// it. Bytes in front of such a record that are no records are damage, and skipped; other bytes that
	// are no records are the torn end of the log, and cut off. A clean exit trusts everything.
	Trusted int64
	// Clean says that the last run ended in order: nothing needs to be looked for behind the end.
	Clean bool
	// Progress, if set, is told how many bytes of how many were scanned.
	Progress func(done, total int64)
}

// Trust is a RecoverFrom.Trusted that trusts everything.
const Trust int64 = never

// Recovered tells what Recover found.
type Recovered struct {
	End        int64    // end of the log
	Records    int64    // scanned
	LastRecord int64    // offset of the last one scanned, -1 if there was none
	Cut        int64    // bytes behind End that were not zero, set aside and cleared
	Damaged    []Damage // inside the log
}

// Damage is a range of log offsets without readable records.
type Damage struct{ From, To int64 }

// Recover finds the end of the log, clears what lies behind it, and starts the log: it can be
// appended to when Recover returns nil. Everything from the scanned part on is durable then.
//
// What lay behind the end is copied to Options.SetAside before it is cleared: a record behind the
// end whose turn would come again when the log grows to it would bring old messages back. Whole
// files behind the end are moved there; files of zeros are removed.
func (l *Log) Recover(from RecoverFrom) (Recovered, error) {
	if err := l.repairLengths(); err != nil {
		return Recovered{}, err
	}
	r := Recovered{End: from.Offset, LastRecord: -1}
	ended := false
	if !l.Empty() {
		var err error
		if ended, err = l.scan(from, &r); err != nil {
			return r, err
		}
	}
	created, err := l.openTail(r.End)
	if err != nil {
		return r, err
	}
	if r.Cut, err = l.clearBehind(r.End, created || from.Clean && ended); err != nil {
		return r, err
	}
	if err := l.syncFrom(from.Offset); err != nil {
		return r, err
	}
	l.end = r.End
	l.appended.Store(r.End)
	l.hotFloor.Store(from.Offset)
	l.flushed.Advance(r.End)
	l.flushTo.Store(l.lastTime)
	l.start()
	return r, nil
}

// repairLengths gives short files their full length, as a crash may have left them: Java accepts no other.
func (l *Log) repairLengths() error {
	for _, s := range l.segments() {
		e, err := l.fsys.Stat(s.name)
		if err != nil {
			return err
		}
		if e.Size == s.size {
			continue
		}
		l.opt.Log.Warn("a file of the log is too short and is lengthened", "file", s.name, "bytes", e.Size, "want", s.size)
		f, err := l.fsys.Open(s.name)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Truncate(s.size), f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return l.removeEmpty()
}

// removeEmpty removes the file without length that a crash in the making of a segment left.
func (l *Log) removeEmpty() error {
	if l.leftover == "" {
		return nil
	}
	return errors.Join(l.fsys.Remove(l.leftover), l.fsys.SyncDir(path.Dir(l.leftover)))
}

// scan walks from from.Offset to the end of the log, which it puts into r. ended: nothing was
// written there.
func (l *Log) scan(from RecoverFrom, r *Recovered) (ended bool, err error) {
	level := record.CheckCRC
	if l.opt.SkipCRC {
		level = record.Headers
	}
	seals := seals{wanted: l.opt.PropCRC && !l.opt.SkipCRC, since: from.Trusted}
	w := l.NewWalker(from.Offset, level, func(v *record.View) error {
		if !seals.sound(v) {
			return l.corrupt(v.PhyOffset, errSeal)
		}
		r.Records++
		r.LastRecord = v.PhyOffset
		l.lastTime = max(l.lastTime, v.StoreTime)
		return nil
	})
	limit := l.Limit()
	for w.Offset() < limit {
		err := w.Walk(limit, 64*chunk, false)
		if from.Progress != nil {
			from.Progress(w.Offset()-from.Offset, limit-from.Offset)
		}
		var corrupt *ErrCorrupt
		if !errors.As(err, &corrupt) {
			if err != nil {
				return false, err
			}
			continue
		}
		ended = errors.Is(corrupt, errUnwritten)
		torn, err := l.isTorn(w.Offset(), from.Clean && ended, from.Trusted)
		if err != nil {
			return false, err
		}
		if torn {
			break
		}
		at := w.Offset()
		if _, err := w.Skip(limit); err != nil {
			return false, err
		}
		l.opt.Log.Error("damage inside the log, skipped", "error", corrupt, "until", w.Offset())
		r.Damaged = append(r.Damaged, Damage{at, w.Offset()})
	}
	r.End = w.Offset()
	return ended, nil
}

// seals judges records that nobody vouches for by their CRC property, where they have one: the body's CRC does not
// cover topic and properties, of which a power cut may tear what was not said to be durable. All those records
// are of one process, so once one has such a property the others must. Java checks it with forceVerifyPropCRC,
// and takes any record without for corrupt.
type seals struct {
	wanted bool
	since  int64 // store time
	seen   bool
}

func (s *seals) sound(v *record.View) bool {
	if !s.wanted || v.StoreTime < s.since {
		return true
	}
	sealed, ok := v.Sealed()
	if !sealed {
		return !s.seen
	}
	s.seen = true
	return ok
}

// isTorn decides whether the log ends at off, in front of bytes that are no record, or goes on
// behind them. At the ordinary end of a log that was closed in order nothing is looked for.
func (l *Log) isTorn(off int64, ordinary bool, trusted int64) (bool, error) {
	if ordinary {
		return true, nil
	}
	next, err := l.nextSound(off, l.Limit())
	if err != nil || next >= l.Limit() {
		return true, err
	}
	h, ok, err := l.HeadAt(next)
	return !ok || h.StoreTime >= trusted, err
}

// openTail maps the segment that holds end, creating it if end is the end of the last one, and all
// segments within the window.
func (l *Log) openTail(end int64) (created bool, err error) {
	if err := l.makeDirs(); err != nil {
		return false, err
	}
	if created = l.Empty() || end == l.Limit(); created {
		if err := l.createTail(end); err != nil {
			return false, err
		}
	}
	for _, s := range l.segments() {
		if s.end() <= end-l.opt.Window || s.start > end {
			continue
		}
		if s.live.Load() == nil {
			m, err := mapped.Open(l.fsys, s.dir(), s.start, s.size, vfs.ReadWrite)
			if err != nil {
				return false, err
			}
			s.live.Store(m)
		}
		l.tail = s.live.Load()
	}
	return created, nil
}

func (l *Log) createTail(end int64) error {
	dir := l.place(end)
	m, err := mapped.Create(l.fsys, dir, end, l.opt.SegmentSize)
	if err != nil {
		return err
	}
	s := l.newSegment(dir, end)
	s.live.Store(m)
	l.growList(s)
	return nil
}

// syncFrom makes durable what the scan found, which may be in the page cache only. The segments
// that hold it are mapped or not; files are synced whole.
func (l *Log) syncFrom(off int64) error {
	for _, s := range l.segments() {
		if s.end() <= off {
			continue
		}
		f, err := l.fsys.Open(s.name)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return l.syncDirs()
}

// clearBehind sets aside and clears what is not zero behind end, and returns how many bytes those
// were. clean says that the rest of the tail is known to be zero.
func (l *Log) clearBehind(end int64, clean bool) (int64, error) {
	var cut int64
	list := l.segments()
	for i := len(list) - 1; i >= 0 && list[i].start > end; i-- {
		n, err := l.dropSegment(list[i])
		if err != nil {
			return cut, err
		}
		cut += n
	}
	if clean {
		return cut, nil
	}
	tail := l.find(end)
	last, err := lastNonZero(tail, end)
	if err != nil || last < end {
		return cut, err
	}
	if err := l.setAside(tail, end, last+1); err != nil {
		return cut, err
	}
	return cut + last + 1 - end, l.clear(tail, end, last+1)
}

// dropSegment moves a file behind the end of the log out of the way, or removes it if it is all zeros.
func (l *Log) dropSegment(s *segment) (cut int64, err error) {
	last, err := lastNonZero(s, s.start)
	if err != nil {
		return 0, err
	}
	l.shrinkList(s.start)
	if last < s.start {
		return 0, errors.Join(l.fsys.Remove(s.name), l.fsys.SyncDir(s.dir()))
	}
	aside, err := l.asideName(s.start)
	if err != nil {
		return 0, err
	}
	l.opt.Log.Error("a file behind the end of the log is set aside", "file", s.name, "to", aside)
	if err = l.fsys.Rename(s.name, aside); errors.Is(err, syscall.EXDEV) {
		if err = l.copyAside(s, s.start, last+1, aside); err == nil {
			err = l.fsys.Remove(s.name)
		}
	}
	err = errors.Join(err, l.fsys.SyncDir(l.opt.SetAside), l.fsys.SyncDir(s.dir()))
	return last + 1 - s.start, err
}

// asideName makes the directory for what is set aside and returns a new name in it.
func (l *Log) asideName(off int64) (string, error) {
	if err := l.fsys.MkdirAll(l.opt.SetAside); err != nil {
		return "", err
	}
	if err := l.fsys.SyncDir(path.Dir(l.opt.SetAside)); err != nil {
		return "", err
	}
	stamp := time.UnixMilli(l.opt.Now()).UTC().Format("20060102150405.000")
	for try := 0; ; try++ {
		name := path.Join(l.opt.SetAside, fmt.Sprintf("%s-%s.bad-%s", path.Base(l.opt.Dir), mapped.Name(off), stamp))
		if try > 0 {
			name = fmt.Sprintf("%s-%d", name, try)
		}
		if _, err := l.fsys.Stat(name); errors.Is(err, fs.ErrNotExist) {
			return name, nil
		} else if err != nil {
			return "", err
		}
	}
}

// setAside copies [from, to) of the log to where it does no harm.
func (l *Log) setAside(s *segment, from, to int64) error {
	name, err := l.asideName(from)
	if err != nil {
		return err
	}
	l.opt.Log.Warn("torn bytes behind the end of the log are set aside", "offset", from, "bytes", to-from, "to", name)
	return l.copyAside(s, from, to, name)
}

// copyAside copies [from, to) of the log into a new file, durably.
func (l *Log) copyAside(s *segment, from, to int64, name string) error {
	f, err := l.fsys.Create(name, to-from)
	if err != nil {
		return err
	}
	buf := make([]byte, min(chunk, to-from))
	for off := from; off < to && err == nil; off += int64(len(buf)) {
		buf = buf[:min(int64(len(buf)), to-off)]
		if err = s.readAt(buf, off); err == nil {
			_, err = f.WriteAt(buf, off-from)
		}
	}
	return errors.Join(err, f.Sync(), f.Close(), l.fsys.SyncDir(l.opt.SetAside))
}

// clear writes zeros over [from, to). A crash in between leaves bytes that the next recovery judges
// as this one did.
func (l *Log) clear(s *segment, from, to int64) error {
	f, err := l.fsys.Open(s.name)
	if err != nil {
		return err
	}
	zeros := make([]byte, min(chunk, to-from))
	for off := from; off < to && err == nil; off += int64(len(zeros)) {
		zeros = zeros[:min(int64(len(zeros)), to-off)]
		_, err = f.WriteAt(zeros, off-s.start)
	}
	return errors.Join(err, f.Sync(), f.Close())
}

// LastNonZero returns the log offset of the last byte from off on that is not zero, off-1 if all are: where what is behind
// the last record ends.
func (l *Log) LastNonZero(off int64) (int64, error) {
	list := l.segments()
	for i := len(list) - 1; i >= 0 && list[i].end() > off; i-- {
		from := max(off, list[i].start)
		if last, err := lastNonZero(list[i], from); err != nil || last >= from {
			return last, err
		}
	}
	return off - 1, nil
}

// lastNonZero returns the offset of the last byte in [from, end of s) that is not zero, from-1 if there is none.
func lastNonZero(s *segment, from int64) (int64, error) {
	buf, zero := make([]byte, chunk), make([]byte, chunk)
	for end := s.end(); end > from; {
		n := min(chunk, end-from)
		b := buf[:n]
		if err := s.readAt(b, end-n); err != nil {
			return 0, err
		}
		if !bytes.Equal(b, zero[:n]) {
			i := len(b) - 1
			for b[i] == 0 {
				i--
			}
			return end - n + int64(i), nil
		}
		end -= n
	}
	return from - 1, nil
}
