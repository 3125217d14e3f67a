package consumequeue

import (
	"bytes"
	"errors"
	"path"
	"testing"

	"github.com/gannetmq/gannet/store/vfs"
)

// putFile writes a file, made durable, of the given size, with b at its beginning.
func putFile(t testing.TB, fsys vfs.FS, name string, size int64, b []byte) {
	t.Helper()
	if err := fsys.MkdirAll(path.Dir(name)); err != nil {
		t.Fatal(err)
	}
	f, err := fsys.Create(name, size)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt(b, 0)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// sequence is n entries of 100 bytes from log offset phy on.
func sequence(phy int64, n int) []Entry {
	list := make([]Entry, n)
	for i := range list {
		list[i] = Entry{phy + int64(i)*100, 100, 1}
	}
	return list
}

const (
	queueDir   = "consumequeue/T/0/"
	firstFile  = queueDir + "00000000000000000000"
	secondFile = queueDir + "00000000000000000200"
	thirdFile  = queueDir + "00000000000000000400"
)

// TestOpenOddFiles opens a queue of 15 entries, ten in each file, to whose directory something
// happened.
func TestOpenOddFiles(t *testing.T) {
	for what, c := range map[string]struct {
		happen   func(m *vfs.Mem) error
		min, max int64
		aside    bool
		both     bool // also after a clean exit
	}{
		"nothing":         {func(*vfs.Mem) error { return nil }, 0, 15, false, true},
		"empty last file": {func(m *vfs.Mem) error { return touch(m, thirdFile, 0) }, 0, 15, false, true},
		"zero last file":  {func(m *vfs.Mem) error { return touch(m, thirdFile, 200) }, 0, 15, false, true},
		"short last file": {func(m *vfs.Mem) error { return cutFileAt(m, secondFile, 100) }, 0, 15, false, true},
		"torn unit":       {func(m *vfs.Mem) error { return cutFileAt(m, secondFile, 90) }, 0, 14, false, true},
		"short first":     {func(m *vfs.Mem) error { return cutFileAt(m, firstFile, 100) }, 0, 0, true, true},
		"first missing":   {func(m *vfs.Mem) error { return m.Remove(firstFile) }, 10, 15, false, true},
		"second missing":  {func(m *vfs.Mem) error { return m.Remove(secondFile) }, 0, 10, false, true},
		"hole in between": {func(m *vfs.Mem) error {
			return errors.Join(touch(m, thirdFile, 200), m.Remove(secondFile))
		}, 20, 20, false, true},
		"alien file":      {func(m *vfs.Mem) error { return touch(m, queueDir+"core", 7) }, 0, 15, false, true},
		"alien directory": {func(m *vfs.Mem) error { return m.MkdirAll(queueDir + "old") }, 0, 15, false, true},
		"misaligned":      {func(m *vfs.Mem) error { return m.Rename(firstFile, queueDir+"00000000000000000020") }, 0, 0, true, true},
		"hole in a page":  {func(m *vfs.Mem) error { return overwrite(m, secondFile, 40, make([]byte, 20)) }, 0, 12, false, false},
		"damage": {func(m *vfs.Mem) error {
			return overwrite(m, secondFile, 40, units(Entry{5, 100, 1}))
		}, 0, 12, false, false},
		"size below any record": {func(m *vfs.Mem) error {
			return overwrite(m, secondFile, 40, units(Entry{1200, 44, 1}))
		}, 0, 12, false, false},
	} {
		for _, clean := range []bool{false, true} {
			if clean && !c.both {
				continue
			}
			m := vfs.NewMem()
			putFile(t, m, firstFile, 200, units(sequence(0, 10)...))
			putFile(t, m, secondFile, 200, units(sequence(1000, 5)...))
			if err := c.happen(m); err != nil {
				t.Fatal(err)
			}
			s := open(t, m, Options{FileSize: 200, Clean: clean, Now: func() int64 { return 99 }})
			q := s.Lookup([]byte("T"), 0)
			if q.Min() != c.min || q.Max() != c.max || *q.Assigned() != c.max {
				t.Errorf("%s, clean %v: [%d, %d), counter %d, want [%d, %d)", what, clean, q.Min(), q.Max(), *q.Assigned(), c.min, c.max)
			}
			if got := exists(t, m, "consumequeue.bad-99/T/0"); got != c.aside || (len(s.Report().SetAside) == 1) != c.aside {
				t.Errorf("%s, clean %v: set aside %v, told %v, want %v", what, clean, got, s.Report().SetAside, c.aside)
			}
			if c.aside != (s.Report().RebuildFrom == 0) {
				t.Errorf("%s, clean %v: rebuild from %d", what, clean, s.Report().RebuildFrom)
			}
			// Whatever it was, the queue goes on and the next start agrees.
			if err := q.Append(q.Max(), 5000, 100, 7); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Errorf("%s, clean %v: %v", what, clean, err)
			}
			s = open(t, m, Options{FileSize: 200, Clean: true})
			q = s.Lookup([]byte("T"), 0)
			if q.Max() != c.max+1 || q.maxPhy != 5100 {
				t.Errorf("%s, clean %v: then ends at %d, log at %d, want %d and 5100", what, clean, q.Max(), q.maxPhy, c.max+1)
			}
		}
	}
}

func touch(m *vfs.Mem, name string, size int64) error {
	f, err := m.Create(name, size)
	if err != nil {
		return err
	}
	return f.Close()
}

func cutFileAt(m *vfs.Mem, name string, size int64) error {
	f, err := m.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(size), f.Close())
}

func overwrite(m *vfs.Mem, name string, at int64, b []byte) error {
	f, err := m.Open(name)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(b, at)
	return errors.Join(err, f.Close())
}

// TestOpenReportsDamage: what lies behind a damaged entry is cut off, and the log must be dispatched
// from there on, whatever a checkpoint says.
func TestOpenReportsDamage(t *testing.T) {
	m := vfs.NewMem()
	putFile(t, m, firstFile, 200, units(sequence(0, 10)...))
	if err := overwrite(m, firstFile, 60, units(Entry{-1, 100, 1})); err != nil {
		t.Fatal(err)
	}
	s := open(t, m, Options{FileSize: 200})
	if r := s.Report(); r.Cut != 1 || r.RebuildFrom != 300 || r.Queues != 1 {
		t.Errorf("%+v, want 1 cut at 300", r)
	}
	if got := file(t, m, firstFile); !bytes.Equal(got, units(sequence(0, 3)...)) {
		t.Errorf("file % x", got)
	}
}

// TestOpenTornPlace: a unit whose upper half was lost with the sector in front of it is no entry,
// although its size is right.
func TestOpenTornPlace(t *testing.T) {
	m := vfs.NewMem()
	const far = 1 << 40
	b := units(sequence(far, 60)...)
	copy(b[51*unitSize:], []byte{0, 0, 0, 0}) // unit 51 begins four bytes in front of a sector
	putFile(t, m, firstFile, 2000, b)
	s := open(t, m, Options{FileSize: 2000})
	if q := s.Lookup([]byte("T"), 0); q.Max() != 51 || q.maxPhy != far+5100 {
		t.Errorf("ends at %d, log at %d, want 51 and %d", q.Max(), q.maxPhy, int64(far+5100))
	}
}

func TestOpenKeepsFileSize(t *testing.T) {
	m := vfs.NewMem()
	putFile(t, m, firstFile, 200, units(sequence(0, 10)...))
	putFile(t, m, "consumequeue/U/3/00000000000000000000", 200, units(sequence(1000, 4)...))
	if s := open(t, m, Options{Clean: true}); s.FileSize() != 200 || s.Lookup([]byte("T"), 0).Max() != 10 || s.Lookup([]byte("U"), 3).Max() != 4 {
		t.Errorf("file size %d, want 200", s.FileSize())
	}
	putFile(t, m, "consumequeue/V/0/00000000000000000000", 400, units(sequence(2000, 4)...))
	s := open(t, m, Options{FileSize: 199, Clean: true})
	if s.FileSize() != 200 || s.Lookup([]byte("T"), 0).Max() != 10 || len(s.Report().SetAside) != 1 {
		t.Errorf("file size %d, %+v, want 200 and one set aside", s.FileSize(), s.Report())
	}
	if s := open(t, vfs.NewMem(), Options{}); s.FileSize() != 6000000 {
		t.Errorf("default %d, want 6000000", s.FileSize())
	}
}

func TestOpenLeavesOthersAlone(t *testing.T) {
	m := vfs.NewMem()
	for _, name := range []string{"consumequeue/CURRENT", "consumequeue/T/x/1", "consumequeue/T/01/1", "consumequeue/T/-1/1", "consumequeue/T/7"} {
		putFile(t, m, name, 3, []byte("abc"))
	}
	s := open(t, m, Options{})
	if n := s.Report().Queues; n != 0 {
		t.Errorf("%d queues, want 0", n)
	}
	for _, name := range []string{"consumequeue/CURRENT", "consumequeue/T/x/1", "consumequeue/T/01/1", "consumequeue/T/-1/1", "consumequeue/T/7"} {
		if got := file(t, m, name); string(got) != "abc" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestOpenFails(t *testing.T) {
	errDisk := errors.New("disk")
	for _, op := range []vfs.Op{vfs.OpMkdir, vfs.OpSyncDir, vfs.OpList} {
		f := vfs.NewFaulty(vfs.NewMem())
		f.Inject(vfs.Rule{Op: op, Err: errDisk})
		if _, err := Open(f, "consumequeue", Options{}); !errors.Is(err, errDisk) {
			t.Errorf("%v: %v, want the disk's error", op, err)
		}
	}
	// A queue that cannot be read is derivable.
	m := vfs.NewMem()
	putFile(t, m, firstFile, 200, units(sequence(0, 10)...))
	f := vfs.NewFaulty(m)
	f.Inject(vfs.Rule{Op: vfs.OpRead, Err: errDisk})
	s := open(t, f, Options{FileSize: 200})
	if r := s.Report(); len(r.SetAside) != 1 || r.RebuildFrom != 0 {
		t.Errorf("%+v, want one set aside", r)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(units(sequence(0, 10)...), units(sequence(1000, 5)...), false)
	f.Add(units(filler(0), filler(0), Entry{500, 100, 1}), []byte{}, true)
	f.Add(bytes.Repeat([]byte{0xFF}, 200), units(sequence(7, 1)...), false)
	f.Fuzz(func(t *testing.T, first, second []byte, clean bool) {
		m := vfs.NewMem()
		putFile(t, m, firstFile, 200, first[:min(200, len(first))])
		putFile(t, m, secondFile, 200, second[:min(200, len(second))])
		s := open(t, m, Options{FileSize: 200, Clean: clean})
		q := s.Lookup([]byte("T"), 0)
		if q.Min() < 0 || q.Max() < q.Min() || q.Max() > 20 {
			t.Fatalf("[%d, %d)", q.Min(), q.Max())
		}
		if clean {
			return
		}
		before := readAll(t, q)
		phy := max(q.maxPhy, 1<<62)
		if err := q.Append(q.Max(), phy, 100, 1); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		q = open(t, m, Options{FileSize: 200}).Lookup([]byte("T"), 0)
		if err := sameEntries(readAll(t, q), append(before, Entry{phy, 100, 1})); err != nil {
			t.Fatal(err)
		}
	})
}
