package jsonfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"path"
	"strconv"

	"github.com/gannetmq/gannet/store/vfs"
)

// ErrDamaged: neither the file nor its backup can be used.
var ErrDamaged = errors.New("jsonfile: file and backup unusable")

// maxSize bounds what is read; a million queues make a table of 300 MB.
const maxSize = 1 << 30

// Source says where content came from.
type Source uint8

const (
	// Nothing: neither file nor backup exists, or they are empty.
	Nothing Source = iota
	// Main: the file itself.
	Main
	// Backup: FILE.bak, because the file is missing, empty or damaged.
	Backup
)

func (s Source) String() string {
	return [...]string{"nothing", "the file", "the backup"}[s]
}

// Loaded is the outcome of a Load, for the log.
type Loaded struct {
	Source Source
	// SetAside is the name that a damaged file has now; empty if there was none.
	SetAside string
	// Damage is why it counts as damaged.
	Damage error
}

// Report tells the log what was odd about the file, of which name is what its reader will look for. A file
// that cannot be used is worth it whether or not Load found something instead.
func (l Loaded) Report(log *slog.Logger, name string) {
	switch {
	case l.SetAside != "":
		log.Error("damaged file set aside", "file", name, "now", l.SetAside, "damage", l.Damage, "used", l.Source.String())
	case l.Source == Backup:
		log.Warn("file missing or empty, its backup is used", "file", name)
	}
}

// Load hands the content of the file, or else of its backup, to decode (Java: ConfigManager.load).
// The file is skipped if it is missing, empty or refused by decode; a refused one is renamed to
// FILE.bad-NOW, where Java deletes it, so that the next Store cannot put it over the good backup.
// now is in Unix milliseconds. decode must leave nothing behind when it returns an error.
//
// Without either file decode is not called and there is no error. ErrDamaged means that the backup
// was needed and refused; both files then keep their content. Other errors are the disk's.
func Load(fsys vfs.FS, name string, now int64, decode func([]byte) error) (Loaded, error) {
	seen, err := Peek(fsys, name, decode)
	l := Loaded{Source: seen.Source, Damage: seen.Main}
	if err != nil {
		return l, err
	}
	if seen.Main != nil {
		if l.SetAside, err = setAside(fsys, name, now); err != nil {
			return l, err
		}
	}
	if seen.Backup != nil {
		return l, fmt.Errorf("%w: %s: %w", ErrDamaged, name+bak, seen.Backup)
	}
	return l, nil
}

// Seen is what Peek found.
type Seen struct {
	Source  Source
	Content []byte // of Source
	// Main and Backup say why decode refused the file and its backup; nil if it did not, or there was nothing to be
	// refused. The backup is not looked at when the file is good.
	Main, Backup error
}

// Peek is Load for who only looks: nothing is renamed, and that neither can be used is no error but Source
// Nothing with reasons. Errors: ErrDamaged if a file is larger than Load takes, those of the disk.
func Peek(fsys vfs.FS, name string, decode func([]byte) error) (Seen, error) {
	var s Seen
	b, err := read(fsys, name)
	if err != nil {
		return s, err
	}
	if len(b) > 0 {
		if s.Main = decode(b); s.Main == nil {
			return Seen{Source: Main, Content: b}, nil
		}
	}
	if b, err = read(fsys, name+bak); err != nil || len(b) == 0 {
		return s, err
	}
	if s.Backup = decode(b); s.Backup == nil {
		s.Source, s.Content = Backup, b
	}
	return s, nil
}

// setAside renames a damaged file. The rename needs no sync: undone by a crash, it is done again.
func setAside(fsys vfs.FS, name string, now int64) (string, error) {
	to := name + ".bad-" + strconv.FormatInt(now, 10)
	if err := fsys.Rename(name, to); err != nil {
		return "", fmt.Errorf("jsonfile: set %s aside: %w", name, err)
	}
	return path.Base(to), nil
}

// read returns the whole file; nil if it does not exist.
func read(fsys vfs.FS, name string) (b []byte, err error) {
	f, err := fsys.OpenRead(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("jsonfile: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	size, err := f.Size()
	if err != nil {
		return nil, fmt.Errorf("jsonfile: %s: %w", name, err)
	}
	if size > maxSize {
		return nil, fmt.Errorf("%w: %s has %d bytes, limit %d", ErrDamaged, name, size, maxSize)
	}
	b = make([]byte, size)
	n, err := f.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("jsonfile: %s: %w", name, err)
	}
	return b[:n], nil
}
