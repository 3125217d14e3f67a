package commitlog

import (
	"errors"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gannetmq/gannet/store/mapped"
	"github.com/gannetmq/gannet/store/vfs"
)

func pathOptions() Options {
	o := testOptions()
	o.Dir, o.More, o.ReadOnly = "b", []string{"a", "c"}, []string{"old"}
	return o
}

// filesOf returns the files of a directory by number.
func filesOf(t testing.TB, fsys vfs.FS, dir string) (numbers []int64) {
	t.Helper()
	list, err := fsys.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		start, err := mapped.ParseName(e.Name)
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, start/testSegment)
	}
	return numbers
}

// A log in several directories is one log; new files go where Java would put them.
func TestPaths(t *testing.T) {
	mem, o := vfs.NewMem(), pathOptions()
	l, _ := mustOpen(t, mem, o, RecoverFrom{Trusted: Trust})
	rng, counter := rand.New(rand.NewPCG(1, 2)), int64(0)
	want := fill(t, l, rng, 300, &counter)
	mustClose(t, l)
	n := want[len(want)-1].phy/testSegment + 1
	for i, dir := range []string{"a", "b", "c"} {
		for _, number := range filesOf(t, mem, dir) {
			if number%3 != int64(i) || number >= n {
				t.Errorf("file %d of %d is in %s", number, n, dir)
			}
		}
	}
	if got := filesOf(t, mem, "old"); len(got) != 0 {
		t.Errorf("files %v are in a directory for reading", got)
	}
	// Files may be moved about; the directory for reading is read.
	if err := errors.Join(mem.MkdirAll("old"), mem.Rename("a/"+mapped.Name(0), "old/"+mapped.Name(0)),
		mem.Rename("b/"+mapped.Name(testSegment), "c/"+mapped.Name(testSegment))); err != nil {
		t.Fatal(err)
	}
	l, r := mustOpen(t, mem, o, RecoverFrom{Trusted: Trust})
	if r.Records != int64(len(want)) || len(r.Damaged) != 0 {
		t.Errorf("found %d records, damage %v; want %d records", r.Records, r.Damaged, len(want))
	}
	want = append(want, fill(t, l, rng, 50, &counter)...)
	compare(t, records(t, l, 0), want)
	for o, ok, err := l.Oldest(2 * testSegment); ok || err != nil; o, ok, err = l.Oldest(2 * testSegment) {
		if err := errors.Join(err, l.Delete(o)); err != nil {
			t.Fatal(err)
		}
	}
	if got := slices.Concat(filesOf(t, mem, "old"), filesOf(t, mem, "a"), filesOf(t, mem, "b"), filesOf(t, mem, "c")); slices.Min(got) < 1 {
		t.Errorf("files %v after a deletion", got)
	}
	mustClose(t, l)
}

func TestPlace(t *testing.T) {
	for _, c := range []struct {
		readOnly, full []string
		want           string // of files 0, 1 and so on
	}{
		{nil, nil, "abcabc"},
		{[]string{"b"}, nil, "acacac"},
		{nil, []string{"a"}, "bcbcbc"},
		{[]string{"b"}, []string{"a"}, "cccccc"},
		{nil, []string{"a", "b", "c"}, "abcabc"},
		{[]string{"b"}, []string{"a", "c"}, "acacac"},
		{[]string{"a", "b", "c"}, nil, "bbbbbb"},
	} {
		o := pathOptions()
		o.ReadOnly, o.Full = c.readOnly, func(dir string) bool { return slices.Contains(c.full, dir) }
		l := &Log{opt: o}
		var got strings.Builder
		for i := range int64(6) {
			got.WriteString(l.place(i * testSegment))
		}
		if got.String() != c.want {
			t.Errorf("read only %v, full %v: got %s, want %s", c.readOnly, c.full, got.String(), c.want)
		}
	}
}

func TestOneFileInTwoPaths(t *testing.T) {
	mem, o := vfs.NewMem(), pathOptions()
	for _, dir := range []string{"a", "c"} {
		if err := mem.MkdirAll(dir); err != nil {
			t.Fatal(err)
		}
		f, err := mem.Create(path.Join(dir, mapped.Name(0)), testSegment)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(mem, o); !errors.Is(err, ErrLayout) || !strings.Contains(err.Error(), "a/0") || !strings.Contains(err.Error(), "c/0") {
		t.Errorf("got %v, want %v naming both", err, ErrLayout)
	}
}

// farFS is an FS whose directories lie on disks of their own.
type farFS struct{ vfs.FS }

func (f farFS) Rename(from, to string) error {
	if path.Dir(from) != path.Dir(to) {
		return syscall.EXDEV
	}
	return f.FS.Rename(from, to)
}

// What is set aside is copied if it cannot be renamed.
func TestSetAsideOnAnotherDisk(t *testing.T) {
	fsys, o := farFS{vfs.NewMem()}, pathOptions()
	l, _ := mustOpen(t, fsys, o, RecoverFrom{Trusted: Trust})
	mustClose(t, l)
	if err := fsys.MkdirAll("old"); err != nil {
		t.Fatal(err)
	}
	name := "old/" + mapped.Name(testSegment)
	f, err := fsys.Create(name, testSegment)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("no record"), 5000); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	l, r := mustOpen(t, fsys, o, RecoverFrom{})
	mustClose(t, l)
	if r.End != 0 || r.Cut != 5009 {
		t.Errorf("got %+v, want the end 0 and 5009 bytes cut", r)
	}
	if got := filesOf(t, fsys, "old"); len(got) != 0 {
		t.Errorf("files %v are left behind the end", got)
	}
	if list, err := fsys.List("bad"); err != nil || len(list) != 1 || list[0].Size != 5009 {
		t.Errorf("set aside: %+v, %v, want 5009 bytes", list, err)
	}
}
