package namesrv

import (
	"fmt"
	"strings"
	"time"

	"github.com/gannetmq/gannet/compat/jprops"
	"github.com/gannetmq/gannet/store/jsonfile"
)

// replaceKeys changes keys in a configuration file and leaves everything else in it as it is: Java
// writes all keys and no comments. The text before stays in FILE.bak, as in Java. Without a file
// nothing happens.
func (f File) replaceKeys(wanted []jprops.Entry) error {
	if f.FS == nil {
		return nil
	}
	var text []byte
	_, err := jsonfile.Load(f.FS, f.Name, time.Now().UnixMilli(), func(b []byte) error {
		text = b
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	if text, err = withKeys(text, wanted); err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	if err := jsonfile.Store(f.FS, f.Name, text); err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	return nil
}

// withKeys takes the lines of the keys out of a text of properties and puts the new ones at its end.
func withKeys(text []byte, wanted []jprops.Entry) ([]byte, error) {
	was, err := jprops.Load(text)
	if err != nil {
		return nil, err
	}
	values := make(map[string]string, len(wanted))
	for _, w := range wanted {
		values[w.Key] = w.Value
	}
	lines := strings.SplitAfter(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(text)), "\n")
	for _, e := range append(was.Entries, was.Overridden...) {
		if _, replaced := values[e.Key]; replaced {
			clearEntry(lines, e.Line-1)
		}
	}
	kept := strings.TrimSuffix(strings.Join(lines, ""), "\n")
	if goesOn(kept) {
		kept = kept[:len(kept)-1] // into nothing until now
	}
	if kept != "" {
		kept += "\n"
	}
	return jprops.Append([]byte(kept), values), nil
}

// clearEntry empties the line that an entry begins in, and those in which it goes on.
func clearEntry(lines []string, at int) {
	for open := true; open && at < len(lines); at++ {
		open = goesOn(strings.TrimSuffix(lines[at], "\n"))
		lines[at] = ""
	}
}

// goesOn reports whether an entry goes on in the line after this one.
func goesOn(line string) bool { return (len(line)-len(strings.TrimRight(line, `\`)))%2 == 1 }
