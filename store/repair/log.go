package repair

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"path"
	"slices"

	"github.com/gannetmq/gannet/store/image"
	"github.com/gannetmq/gannet/store/layout"
	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/verify"
	"github.com/gannetmq/gannet/store/vfs"
)

// logFile is one of the log.
type logFile struct {
	name        string
	start, size int64
}

// logFiles lists the files of the log in its order, and what is none.
func (p *Plan) logFiles() (files []logFile, foreign []string, err error) {
	for _, dir := range p.logDirs() {
		list, err := p.fsys.List(dir)
		if err != nil {
			return nil, nil, err
		}
		for _, e := range list {
			name := path.Join(dir, e.Name)
			start, err := mapped.ParseName(e.Name)
			switch {
			case e.Dir: // a start ignores it, RocketMQ's too, and it may be the file system's own
			case err != nil:
				foreign = append(foreign, name)
			default:
				files = append(files, logFile{name, start, e.Size})
			}
		}
	}
	slices.SortFunc(files, func(a, b logFile) int { return cmp.Compare(a.start, b.start) })
	return files, foreign, nil
}

// planFiles moves away what keeps the log from being opened, by us or by RocketMQ.
func (p *Plan) planFiles() error {
	files, foreign, err := p.logFiles()
	for _, name := range foreign {
		p.step(func() error { return p.aside(name) }, "%s: not a file of the log, moved away", name)
	}
	return errors.Join(err, p.planGap(files))
}

// planGap leaves the newest files that follow each other and begin with a message: a file that somebody
// has put there by mistake must not cost the log.
func (p *Plan) planGap(files []logFile) error {
	runs := p.runs(files)
	if len(runs) < 2 {
		return nil
	}
	kept := len(runs) - 1
	for ; kept >= 0; kept-- {
		if begins, err := p.beginsWithMessage(runs[kept][0]); err != nil {
			return err
		} else if begins {
			break
		}
	}
	if kept < 0 {
		p.left("the log has gaps, and no part of it begins with a message")
		return nil
	}
	for i, run := range runs {
		for _, f := range run {
			switch {
			case i < kept:
				p.step(func() error { return p.aside(f.name) },
					"%s: moved away, with its messages: the log has a gap between it and %s. Restore the missing files instead if they are anywhere", f.name, runs[kept][0].name)
			case i > kept:
				p.step(func() error { return p.aside(f.name) }, "%s: moved away: it follows no file of the log, and begins with no message", f.name)
			}
		}
	}
	return nil
}

// runs parts the files of the log where one does not follow the other; nil if somebody has to look.
func (p *Plan) runs(files []logFile) [][]logFile {
	size, runs := p.opt.Store.LogFileSize, [][]logFile{nil}
	for i, f := range files {
		switch {
		case f.size > size:
			p.left("%s has %d bytes, files of the log have %d: nobody can say which are right", f.name, f.size, size)
			return nil
		case i > 0 && f.start == files[i-1].start:
			p.left("%s and %s are the same part of the log: move one of them away", files[i-1].name, f.name)
			return nil
		case i > 0 && f.start != files[i-1].start+size:
			runs = append(runs, nil)
		}
		runs[len(runs)-1] = append(runs[len(runs)-1], f)
	}
	return runs
}

// beginsWithMessage reports whether a file of the log holds a message where it begins.
func (p *Plan) beginsWithMessage(file logFile) (ok bool, err error) {
	f, err := p.fsys.OpenRead(file.name)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var b [record.MinSize]byte
	if file.size < int64(len(b)) {
		return false, nil
	}
	if _, err := f.ReadAt(b[:], 0); err != nil {
		return false, err
	}
	h, ok := record.ParseHead(b[:])
	return ok && h.PhyOffset == file.start, nil
}

// planBlanks ends files of the log where they become unreadable. It returns how much damage there is
// that cannot be repaired so.
func (p *Plan) planBlanks() (beyond int, err error) {
	s := &p.opt.Store
	im, err := image.Open(p.fsys, image.Options{LogDirs: p.logDirs(), LogFileSize: s.LogFileSize})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, im.Close()) }()
	for _, f := range p.part(layout.LogDir, verify.Damaged) {
		start, err := mapped.ParseName(path.Base(f.File))
		if err != nil || f.Offset < 0 {
			continue // of the log as a whole: what the next start makes of it will be seen
		}
		from := start + f.Offset
		next, last, err := im.Skip(from)
		if err != nil {
			return 0, err
		}
		whole, err := im.EndsFile(from)
		if err != nil {
			return 0, err
		}
		rest := s.LogFileSize - f.Offset
		switch {
		case last:
			p.step(func() error { return p.clear(from) }, "%s at %d: what is behind the last message is moved away", f.File, f.Offset)
		case !whole && next >= start+s.LogFileSize && rest >= record.BlankSize:
			p.step(func() error { return p.blank(f.File, f.Offset, rest) }, "%s at %d: no message in the last %d bytes, readers are sent on to the next file", f.File, f.Offset, rest)
		default:
			beyond++
			p.left("%s at %d: what was in %d bytes is lost; the messages around it are served. RocketMQ would cut the log there if it had to recover", f.File, f.Offset, next-from)
		}
	}
	return beyond, nil
}

// blank writes a blank over the rest of a file of the log, and keeps a copy of the rest.
//
//	 0      4       8
//	+------+-------+-----------
//	|size 4|magic 4| as it was
//	+------+-------+-----------
func (p *Plan) blank(name string, pos, rest int64) (err error) {
	f, err := p.fsys.Open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := p.lengthen(f); err != nil {
		return err
	}
	if err := p.copyAside(f, p.copyName(name, pos), pos, rest); err != nil {
		return err
	}
	var b [record.BlankSize]byte
	binary.BigEndian.PutUint32(b[:], uint32(rest))
	binary.BigEndian.PutUint32(b[4:], record.MagicBlank)
	if _, err := f.WriteAt(b[:], pos); err != nil {
		return err
	}
	return f.Sync()
}

// clear makes the log zero from an offset on, where it is not, and keeps copies.
func (p *Plan) clear(from int64) error {
	files, _, err := p.logFiles()
	if err != nil {
		return err
	}
	for _, f := range files {
		if pos := max(0, from-f.start); pos < f.size {
			if err := p.clearFile(f, pos); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *Plan) clearFile(file logFile, pos int64) (err error) {
	f, err := p.fsys.Open(file.name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	zero, buf, copied := make([]byte, 1<<20), make([]byte, 1<<20), false
	for at := pos; at < file.size; {
		b := buf[:min(int64(len(buf)), file.size-at)]
		if _, err := f.ReadAt(b, at); err != nil {
			return err
		}
		if !bytes.Equal(b, zero[:len(b)]) {
			if !copied {
				if err := p.copyAside(f, p.copyName(file.name, at), at, file.size-at); err != nil {
					return err
				}
				copied = true
			}
			if _, err := f.WriteAt(zero[:len(b)], at); err != nil {
				return err
			}
		}
		at += int64(len(b))
	}
	return f.Sync()
}

// copyName is where a part of a file of the log is kept.
func (p *Plan) copyName(name string, pos int64) string {
	return path.Join(p.dir, path.Base(path.Dir(name)), path.Base(name)+"-"+mapped.Name(pos))
}

// lengthen gives a short file the size that all have.
func (p *Plan) lengthen(f vfs.File) error {
	size, err := f.Size()
	if err != nil || size >= p.opt.Store.LogFileSize {
		return err
	}
	return f.Truncate(p.opt.Store.LogFileSize)
}

// copyAside copies n bytes of a file to another one, durably.
func (p *Plan) copyAside(from vfs.File, name string, pos, n int64) (err error) {
	if err := p.makeDir(path.Dir(name)); err != nil {
		return err
	}
	to, err := p.fsys.Create(name, n)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close(), p.fsys.SyncDir(path.Dir(name))) }()
	zero, buf := make([]byte, 1<<20), make([]byte, 1<<20)
	for done := int64(0); done < n; {
		b := buf[:min(int64(len(buf)), n-done)]
		if _, err := from.ReadAt(b, pos+done); err != nil {
			return err
		}
		if !bytes.Equal(b, zero[:len(b)]) { // zeros stay holes
			if _, err := to.WriteAt(b, done); err != nil {
				return err
			}
		}
		done += int64(len(b))
	}
	return to.Sync()
}
