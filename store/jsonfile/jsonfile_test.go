package jsonfile

import (
	"errors"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"path"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/store/vfs"
)

const name = "config/topics.json"

var errDecode = errors.New("does not begin with a brace")

// load returns what decode accepted; it accepts what begins with a brace.
func load(t *testing.T, fsys vfs.FS) (string, Loaded, error) {
	t.Helper()
	got := ""
	l, err := Load(fsys, name, 1700000000000, func(b []byte) error {
		if !strings.HasPrefix(string(b), "{") {
			return errDecode
		}
		got = string(b)
		return nil
	})
	return got, l, err
}

// put writes a file as it is.
func put(t *testing.T, fsys vfs.FS, name, content string) {
	t.Helper()
	if err := fsys.MkdirAll(path.Dir(name)); err != nil {
		t.Fatal(err)
	}
	f, err := fsys.Create(name, int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte(content), 0)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// content reads a file; "-" if there is none.
func content(t *testing.T, fsys vfs.FS, name string) string {
	t.Helper()
	if _, err := fsys.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return "-"
	}
	b, err := read(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestLoad(t *testing.T) {
	const bad = name + ".bad-1700000000000"
	for what, c := range map[string]struct {
		main, bak string // "-" for no file
		got       string
		source    Source
		aside     string
		err       error
	}{
		"both":                    {"{m", "{b", "{m", Main, "-", nil},
		"no backup":               {"{m", "-", "{m", Main, "-", nil},
		"nothing":                 {"-", "-", "", Nothing, "-", nil},
		"only the backup":         {"-", "{b", "{b", Backup, "-", nil},
		"empty file":              {"", "{b", "{b", Backup, "-", nil},
		"empty file and backup":   {"", "", "", Nothing, "-", nil},
		"damaged":                 {"x", "{b", "{b", Backup, "x", nil},
		"damaged without backup":  {"x", "-", "", Nothing, "x", nil},
		"damaged, backup empty":   {"x", "", "", Nothing, "x", nil},
		"damaged, backup as well": {"x", "y", "", Nothing, "x", ErrDamaged},
		"backup damaged, no file": {"-", "y", "", Nothing, "-", ErrDamaged},
		"backup damaged, unused":  {"{m", "y", "{m", Main, "-", nil},
	} {
		m := vfs.NewMem()
		if c.main != "-" {
			put(t, m, name, c.main)
		}
		if c.bak != "-" {
			put(t, m, name+bak, c.bak)
		}
		got, l, err := load(t, m)
		if got != c.got || l.Source != c.source || !errors.Is(err, c.err) {
			t.Errorf("%s: got %q from %v, %v, want %q from %v, %v", what, got, l.Source, err, c.got, c.source, c.err)
		}
		if aside := content(t, m, bad); aside != c.aside {
			t.Errorf("%s: set aside %q, want %q", what, aside, c.aside)
		}
		if damaged := c.aside != "-"; (l.SetAside == path.Base(bad)) != damaged || errors.Is(l.Damage, errDecode) != damaged {
			t.Errorf("%s: told of %q, %v", what, l.SetAside, l.Damage)
		}
		if backup := content(t, m, name+bak); backup != c.bak {
			t.Errorf("%s: backup is now %q, want %q", what, backup, c.bak)
		}
	}
}

func TestStoreKeepsTheBackup(t *testing.T) {
	m := vfs.NewMem()
	want := []string{"-", "-"} // file, backup
	for _, b := range []string{"{1", "{22", "{3", "{3"} {
		if err := Store(m, name, []byte(b)); err != nil {
			t.Fatal(err)
		}
		want = []string{b, want[0]}
		if main, backup := content(t, m, name), content(t, m, name+bak); main != want[0] || backup != want[1] {
			t.Errorf("file %q, backup %q, want %q", main, backup, want)
		}
	}
	list, err := m.List("config")
	if err != nil || len(list) != 2 {
		t.Errorf("files %v, %v, want the file and its backup", list, err)
	}
}

// TestStoreAfterDamage: the damaged file must not become the backup.
func TestStoreAfterDamage(t *testing.T) {
	for _, damaged := range []string{"x", ""} {
		m := vfs.NewMem()
		put(t, m, name, damaged)
		put(t, m, name+bak, "{b")
		if _, _, err := load(t, m); err != nil {
			t.Fatal(err)
		}
		if err := Store(m, name, []byte("{n")); err != nil {
			t.Fatal(err)
		}
		if main, backup := content(t, m, name), content(t, m, name+bak); main != "{n" || backup != "{b" {
			t.Errorf("damaged %q: file %q, backup %q, want {n and {b", damaged, main, backup)
		}
	}
}

func TestStoreReplacesALeftover(t *testing.T) {
	m := vfs.NewMem()
	put(t, m, name+tmp, "{of a crash, and longer")
	if err := Store(m, name, []byte("{n")); err != nil {
		t.Fatal(err)
	}
	if got := content(t, m, name); got != "{n" {
		t.Errorf("file %q, want {n", got)
	}
}

// TestStoreCrash cuts the power before each operation of a series of stores, several times with
// different luck: what was stored is found, or what was being stored.
func TestStoreCrash(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	m := vfs.NewMem()
	previous, next := "", ""
	cuts := 0
	check := func(op vfs.Op, file string) {
		for i := range 20 {
			policy := vfs.Coin()
			if i == 0 {
				policy = vfs.Policy{}
			}
			got, l, err := load(t, m.Clone(rng, policy))
			if err != nil || l.SetAside != "" || got != previous && got != next {
				t.Fatalf("cut before %v %s while %q replaces %q: found %q, %+v, %v", op, file, next, previous, got, l, err)
			}
			cuts++
		}
	}
	m.OnOp = check
	for _, b := range []string{"{1", "{2" + strings.Repeat("x", 9000), "{3", "{4" + strings.Repeat("y", 5000)} {
		next = b
		if err := Store(m, name, []byte(b)); err != nil {
			t.Fatal(err)
		}
		previous = b
		check(0, "")
	}
	if cuts < 400 {
		t.Errorf("only %d cuts", cuts)
	}
}

// TestStoreFails: whatever operation fails, the previous content or the new one is found, and the
// next store works.
func TestStoreFails(t *testing.T) {
	errDisk := errors.New("disk")
	for _, op := range []vfs.Op{vfs.OpCreate, vfs.OpWrite, vfs.OpSync, vfs.OpRename, vfs.OpSyncDir} {
		for nth := 1; nth <= 2; nth++ {
			m := vfs.NewMem()
			if err := Store(m, name, []byte("{1")); err != nil {
				t.Fatal(err)
			}
			f := vfs.NewFaulty(m)
			f.Inject(vfs.Rule{Op: op, Skip: nth - 1, Times: 1, Err: errDisk})
			err := Store(f, name, []byte("{2"))
			if err != nil && !errors.Is(err, errDisk) {
				t.Errorf("%v %d: %v", op, nth, err)
			}
			got, _, loadErr := load(t, m)
			if loadErr != nil || err == nil && got != "{2" || got != "{1" && got != "{2" {
				t.Errorf("%v %d: stored with %v, found %q, %v", op, nth, err, got, loadErr)
			}
			if err := Store(m, name, []byte("{3")); err != nil {
				t.Errorf("%v %d: next store: %v", op, nth, err)
			}
			if got := content(t, m, name); got != "{3" {
				t.Errorf("%v %d: next store left %q", op, nth, got)
			}
		}
	}
}

func TestStoreOnTheMachine(t *testing.T) {
	o := vfs.NewOS(t.TempDir())
	for _, b := range []string{"{1", "{2"} {
		if err := Store(o, name, []byte(b)); err != nil {
			t.Fatal(err)
		}
		if got, l, err := load(t, o); got != b || l.Source != Main || err != nil {
			t.Errorf("found %q from %v, %v, want %q", got, l.Source, err, b)
		}
	}
}

// Peek finds what Load finds, and leaves all as it is.
func TestPeek(t *testing.T) {
	refuse := func(b []byte) error {
		if !strings.HasPrefix(string(b), "{") {
			return errDecode
		}
		return nil
	}
	for what, c := range map[string]struct {
		main, bak   string // "-" for no file
		content     string
		source      Source
		damage, why bool // of the file, and of its backup
	}{
		"both":                   {"{m", "x", "{m", Main, false, false},
		"nothing":                {"-", "-", "", Nothing, false, false},
		"the backup":             {"", "{b", "{b", Backup, false, false},
		"damaged":                {"x", "{b", "{b", Backup, true, false},
		"damaged without backup": {"x", "-", "", Nothing, true, false},
		"both damaged":           {"x", "y", "", Nothing, true, true},
		"backup alone, damaged":  {"-", "y", "", Nothing, false, true},
	} {
		mem := vfs.NewMem()
		for n, content := range map[string]string{name: c.main, name + bak: c.bak} {
			if content != "-" {
				put(t, mem, n, content)
			}
		}
		seen, err := Peek(mem, name, refuse)
		if err != nil || string(seen.Content) != c.content || seen.Source != c.source || (seen.Main != nil) != c.damage || (seen.Backup != nil) != c.why {
			t.Errorf("%s: got %+v, %v", what, seen, err)
		}
		if main, bak := content(t, mem, name), content(t, mem, name+bak); main != c.main || bak != c.bak {
			t.Errorf("%s: file %q and backup %q were changed", what, main, bak)
		}
		var said strings.Builder
		loaded, _ := Load(mem, name, 7, refuse)
		loaded.Report(slog.New(slog.NewTextHandler(&said, nil)), name)
		want := ""
		if c.damage {
			want = name + " now=topics.json.bad-7"
		} else if c.source == Backup {
			want = "its backup is used"
		}
		if got := said.String(); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s: reported %q, want %q", what, got, want)
		}
		if loaded.Source != seen.Source {
			t.Errorf("%s: Load took %v, Peek %v", what, loaded.Source, seen.Source)
		}
	}
}
