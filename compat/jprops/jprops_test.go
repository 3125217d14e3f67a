package jprops

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
)

// vectors decodes the vectors of a file that testdata/Vectors.java wrote.
func vectors[V any](t *testing.T, file string, atLeast int) []V {
	t.Helper()
	data, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var f struct{ Vectors []V }
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Vectors) < atLeast {
		t.Fatalf("%s: %d vectors, want at least %d", file, len(f.Vectors), atLeast)
	}
	return f.Vectors
}

// table is what Java keeps of a file.
func table(f File) map[string]string {
	m := make(map[string]string)
	for _, e := range f.Entries {
		m[e.Key] = e.Value
	}
	return m
}

func TestLoadAgainstJava(t *testing.T) {
	type vector struct {
		In          string
		Bytes, Text map[string]string // nil where Java throws
	}
	for _, v := range vectors[vector](t, "load.json", 400) {
		for _, c := range []struct {
			name string
			load func([]byte) (File, error)
			want map[string]string
		}{{"Load", Load, v.Bytes}, {"LoadText", LoadText, v.Text}} {
			got, err := c.load([]byte(v.In))
			var bad *EscapeError
			switch {
			case c.want == nil:
				if !errors.As(err, &bad) {
					t.Errorf("%s(%q) = %v, %v, want an *EscapeError", c.name, v.In, got, err)
				}
			case err != nil:
				t.Errorf("%s(%q): %v, want %q", c.name, v.In, err, c.want)
			case !maps.Equal(table(got), c.want):
				t.Errorf("%s(%q) = %q, want %q", c.name, v.In, table(got), c.want)
			}
		}
	}
}

func TestStoreAgainstJava(t *testing.T) {
	type vector struct{ Key, Value, Line string }
	for _, v := range vectors[vector](t, "store.json", 30) {
		in := map[string]string{v.Key: v.Value}
		got := Append(nil, in)
		if string(got) != v.Line {
			t.Errorf("Append(%q) = %q, want %q", in, got, v.Line)
		}
		for name, load := range map[string]func([]byte) (File, error){"Load": Load, "LoadText": LoadText} {
			if back, err := load(got); err != nil || !maps.Equal(table(back), in) {
				t.Errorf("%s(%q) = %q, %v, want %q", name, got, table(back), err, in)
			}
		}
	}
}

func TestAppendSortsKeys(t *testing.T) {
	got := string(Append([]byte("#x\n"), map[string]string{"b": "2", "a": "1", "B": "3"}))
	if want := "#x\nB=3\na=1\nb=2\n"; got != want {
		t.Errorf("Append = %q, want %q", got, want)
	}
}

func TestLinesAndDuplicates(t *testing.T) {
	const text = "# a comment\\\n" + // 1: a comment does not go on
		"brokerName=a\r\n" + // 2
		"\r\n" + // 3
		"listenPort=1\\\n" + // 4
		"   0911\n" + // 5
		"brokerName = b\r" + // 6
		"\\\n" + // 7: an empty beginning is none
		"  brokerId=0\n" + // 8
		"brokerName=c" // 9
	got, err := LoadText([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := File{
		Entries:    []Entry{{"listenPort", "10911", 4}, {"brokerId", "0", 8}, {"brokerName", "c", 9}},
		Overridden: []Entry{{"brokerName", "a", 2}, {"brokerName", "b", 6}},
	}
	if !slices.Equal(got.Entries, want.Entries) || !slices.Equal(got.Overridden, want.Overridden) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestEscapeError(t *testing.T) {
	for text, want := range map[string]EscapeError{
		"a=1\nb=\\u12":     {2, `\u12`},
		"a=\\u12zz":        {1, `\u12zz`},
		"\n\n\\uD83x\\u=1": {3, `\uD83x`},
		"a=\\ud83d\\ude8":  {1, `\ude8`},
		"a=x\\\n  y\\u":    {1, `\u`},
	} {
		_, err := LoadText([]byte(text))
		var got *EscapeError
		if !errors.As(err, &got) || *got != want {
			t.Errorf("LoadText(%q) = %v, want %v", text, err, &want)
		}
	}
}

func TestLoneSurrogates(t *testing.T) {
	for text, want := range map[string]string{
		`\ud83d`: "?", `\ude80`: "?", `\ud83dx`: "?x", `\ud83d\n`: "?\n", `\ud83dA`: "?A", `\ude80\ud83d`: "??",
		`\ud83d\ud83d\ude80`: "?🚀",
	} {
		got, err := LoadText([]byte("a=" + text))
		if err != nil || table(got)["a"] != want {
			t.Errorf("LoadText(a=%s) = %q, %v, want %q", text, table(got)["a"], err, want)
		}
	}
}

func TestBrokerConf(t *testing.T) {
	conf, err := os.ReadFile(golden.Store(t, "basic-clean") + "/broker.conf")
	if err != nil {
		t.Fatal(err)
	}
	got, err := Load(conf)
	if err != nil {
		t.Fatal(err)
	}
	want := []Entry{{"listenPort", "10911", 5}, {"namesrvAddr", "127.0.0.1:9876", 8}}
	if !slices.Equal(got.Overridden, want) || len(got.Entries) != strings.Count(string(conf), "=")-len(want) {
		t.Errorf("%d entries, overridden %v, want %v, of\n%s", len(got.Entries), got.Overridden, want, conf)
	}
	if v := table(got)["mappedFileSizeCommitLog"]; v != "1048576" {
		t.Errorf("mappedFileSizeCommitLog = %q, want 1048576", v)
	}
}
