package config

import (
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/gannetmq/gannet/compat/jconf"
	"github.com/gannetmq/gannet/compat/jprops"
)

func TestSave(t *testing.T) {
	tests := []struct{ before, key, value, want string }{
		{"", "a", "1", "a=1\n"},
		{"# mine\na=0 \n\nb = 2\n", "a", "1", "# mine\na=1\n\nb = 2\n"},
		{"a=0", "b", "1", "a=0\nb=1\n"},
		{"a=0", "a", "1", "a=1\n"},
		{"a=0\r\nb=2\r\n", "a", "1", "a=1\nb=2\r\n"},
		{"a=x\\\n  y\\\n  z\nb=2\n", "a", "1", "a=1\nb=2\n"},
		{"a=x\\\\\nb=2\n", "a", "1", "a=1\nb=2\n"},
		{"a=0\nb=2\na=3\n", "a", "1", "a=0\nb=2\na=1\n"},
		{"b=1\ra=0\rc=1\r", "a", "1", "b=1\ra=0\rc=1\r\na=1\n"},
		{"#a=0\n", "a", "über = x", "#a=0\na=\\u00FCber \\= x\n"},
	}
	for _, tt := range tests {
		path := filepath.Join(t.TempDir(), "broker.conf")
		if err := os.WriteFile(path, []byte(tt.before), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Save(path, []jconf.Setting{{Key: tt.key, Value: tt.value}}); err != nil {
			t.Errorf("%q: %v", tt.before, err)
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != tt.want {
			t.Errorf("%q with %s=%s:\ngot  %q, %v\nwant %q", tt.before, tt.key, tt.value, got, err, tt.want)
		}
		if bak, err := os.ReadFile(path + ".bak"); err != nil || string(bak) != tt.before {
			t.Errorf("%q: .bak is %q, %v", tt.before, bak, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%q: mode %v, %v, want what it was", tt.before, info.Mode(), err)
		}
	}
}

func TestSaveThroughALink(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "real.conf"), filepath.Join(dir, "broker.conf")
	if err := os.WriteFile(path, []byte("a=0\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := Save(link, []jconf.Setting{{Key: "a", Value: "1"}}); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "a=1\n" {
		t.Errorf("the file behind the link is %q, %v", got, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v, want a link", info.Mode(), err)
	}
	if err := Save(filepath.Join(dir, "absent.conf"), nil); err == nil {
		t.Error("a file that is not there was saved")
	}
}

// Whatever text there was: the key has its value then, and every other key its own.
func FuzzSet(f *testing.F) {
	f.Add("a=1\\\n b=2\n# c\n", "b", "x y")
	f.Add("a\\\n=\\\r\n1\rb:2", "a", "\\")
	f.Fuzz(func(t *testing.T, text, key, value string) {
		before, err := jprops.Load([]byte(text))
		if err != nil || key == "" {
			return
		}
		if !utf8.ValidString(key) || !utf8.ValidString(value) {
			return
		}
		got, err := set([]byte(text), key, value)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		after, err := jprops.Load(got)
		if err != nil {
			t.Fatalf("%q became %q: %v", text, got, err)
		}
		values := make(map[string]string)
		for _, e := range after.Entries {
			values[e.Key] = e.Value
		}
		for _, e := range before.Entries {
			if e.Key != key && values[e.Key] != e.Value {
				t.Fatalf("%q became %q: %q is %q, was %q", text, got, e.Key, values[e.Key], e.Value)
			}
		}
		if values[key] != value {
			t.Fatalf("%q became %q: %q is %q, want %q", text, got, key, values[key], value)
		}
	})
}
