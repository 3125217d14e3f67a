package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/compat/jprops"
)

// Save writes changed keys into a properties file: in place of the line that sets a key, or behind the
// last line. Everything else stays, comments too. The text of before is kept in path.bak, as Java does; a crash
// leaves the one or the other. Where the environment or --set names a key, that goes on to count.
func Save(path string, changes []jconf.Setting) error {
	path, err := filepath.EvalSymlinks(path) // the file is to be replaced, not the link to it
	if err != nil {
		return err
	}
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	text := old
	for _, ch := range changes {
		if text, err = set(text, ch.Key, ch.Value); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return errors.Join(replace(path+".bak", old, mode), replace(path, text, mode))
}

// set returns a properties text with one key set.
func set(text []byte, key, value string) ([]byte, error) {
	file, err := jprops.Load(text)
	if err != nil {
		return nil, err
	}
	line := jprops.Append(nil, map[string]string{key: value})
	for _, e := range file.Entries {
		if e.Key != key {
			continue
		}
		if from, to, ok := extent(text, e.Line); ok {
			return bytes.Join([][]byte{text[:from], line, text[to:]}, nil), nil
		}
	}
	text = bytes.Clone(text)
	if len(text) > 0 && text[len(text)-1] != '\n' {
		text = append(text, '\n')
	}
	if continues(bytes.TrimRight(text, "\r\n")) {
		text = append(text, '\n') // an empty line ends it
	}
	return append(text, line...), nil
}

// extent is where the entry that begins on a line lies in the text, with its last line's end. It does not know
// lines that end with a carriage return alone; an entry behind the last line counts more than all before it.
func extent(text []byte, number int) (from, to int, ok bool) {
	for n := 1; n < number; n++ {
		i := bytes.IndexByte(text[from:], '\n')
		if i < 0 {
			return 0, 0, false
		}
		from += i + 1
	}
	if bytes.Contains(bytes.ReplaceAll(text, []byte("\r\n"), nil), []byte("\r")) {
		return 0, 0, false
	}
	for to = from; to < len(text); {
		end := len(text)
		if i := bytes.IndexByte(text[to:], '\n'); i >= 0 {
			end = to + i + 1
		}
		line := bytes.TrimRight(text[to:end], "\r\n")
		to = end
		if !continues(line) {
			break
		}
	}
	return from, to, true
}

// continues reports whether an entry goes on behind the line.
func continues(line []byte) bool {
	return (len(line)-len(bytes.TrimRight(line, `\`)))%2 == 1
}

// replace puts a new file in place of an old one.
func replace(path string, text []byte, mode fs.FileMode) (err error) {
	f, err := os.OpenFile(path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
