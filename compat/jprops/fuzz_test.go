package jprops

import (
	"maps"
	"testing"
)

func FuzzLoad(f *testing.F) {
	for _, s := range []string{"", "a=b\n", "\\", "a\\\n b:c", "#c\\\na=\\u0041", "\\ud83d\\ude80=\\ud83d", "a=\xff\x00", "\\\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for name, load := range map[string]func([]byte) (File, error){"Load": Load, "LoadText": LoadText} {
			first, err := load(data)
			if err != nil {
				continue
			}
			if n := len(first.Entries) + len(first.Overridden); n > len(data) {
				t.Fatalf("%s: %d entries of %d bytes", name, n, len(data))
			}
			line := 0
			for _, e := range first.Entries {
				if e.Line <= line {
					t.Fatalf("%s: key %q on line %d after line %d", name, e.Key, e.Line, line)
				}
				line = e.Line
			}
			stored := Append(nil, table(first))
			again, err := load(stored)
			if err != nil || !maps.Equal(table(again), table(first)) {
				t.Fatalf("%s: %q stored as %q loads as %q, %v", name, table(first), stored, table(again), err)
			}
		}
	})
}
