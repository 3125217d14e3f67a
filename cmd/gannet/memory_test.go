package main

import (
	"errors"
	"testing"
)

func TestMemoryLimit(t *testing.T) {
	file := func(content map[string]string) func(string) ([]byte, error) {
		return func(name string) ([]byte, error) {
			text, ok := content[name]
			if !ok {
				return nil, errors.New("absent")
			}
			return []byte(text), nil
		}
	}
	v2, v1 := cgroupLimits[0], cgroupLimits[1]
	cases := []struct {
		name    string
		content map[string]string
		want    int64
		limited bool
	}{
		{"version 2", map[string]string{v2: "536870912\n"}, 512 << 20, true},
		{"version 2, none", map[string]string{v2: "max\n"}, 0, false},
		{"version 1", map[string]string{v1: "268435456\n"}, 256 << 20, true},
		{"version 1, none", map[string]string{v1: "9223372036854771712\n"}, 0, false},
		{"no cgroup", nil, 0, false},
	}
	for _, c := range cases {
		got, limited := memoryLimit(file(c.content))
		if got != c.want || limited != c.limited {
			t.Errorf("%s: got %d %v, want %d %v", c.name, got, limited, c.want, c.limited)
		}
	}
}
