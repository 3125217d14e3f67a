package timer

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store/vfs"
)

// The image delay-tx-timer: 134 messages of TopicTimer are pending, in two files of 100 and 72 places; 171
// messages of the queue were taken up.
const (
	image         = "delay-tx-timer"
	imageFile     = 5200
	imageReadTime = 1795232142000
)

func imageOptions() Options {
	return Options{Precision: 1000, LogFileSize: imageFile, Reach: 172800, Now: imageReadTime + 5000}
}

// imageDisk copies the timer's files of the image.
func imageDisk(t testing.TB) *vfs.Mem {
	t.Helper()
	dir := golden.Store(t, image) + "/store"
	mem := vfs.NewMem()
	for _, name := range []string{WheelFile, CheckFile, LogDir + "/00000000000000000000", LogDir + "/00000000000000005200"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		put(t, mem, name, b)
	}
	return mem
}

// put makes a file, sparse where b is.
func put(t testing.TB, mem *vfs.Mem, name string, b []byte) {
	t.Helper()
	if err := mem.MkdirAll(filepath.Dir(name)); err != nil {
		t.Fatal(err)
	}
	f, err := mem.Create(name, int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var zero [pageSize]byte
	for at := 0; at < len(b); at += pageSize {
		part := b[at:min(at+pageSize, len(b))]
		if bytes.Equal(part, zero[:len(part)]) {
			continue
		}
		if _, err := f.WriteAt(part, int64(at)); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{f.Sync(), f.Close(), mem.SyncDir(filepath.Dir(name)), mem.SyncDir(".")} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func contents(t testing.TB, mem vfs.FS, name string) []byte {
	t.Helper()
	b, found, err := vfs.ReadFile(mem, name, Slots*slotSize)
	if err != nil || !found {
		t.Fatalf("%s: found %v, %v", name, found, err)
	}
	return b
}

// open opens a book that is closed at the end of the test.
func open(t testing.TB, fsys vfs.FS, o Options) (*Book, Recovered) {
	t.Helper()
	b, r, err := Open(fsys, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b, r
}

// moments are all moments from at on, with the positions of their entries.
func moments(t testing.TB, b *Book, at int64) map[int64][]int64 {
	t.Helper()
	all := make(map[int64][]int64)
	for {
		moment, ok, err := b.Next(at)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return all
		}
		all[moment] = entries(t, b, moment)
		at = moment + b.opt.Precision
	}
}

func TestJavasFiles(t *testing.T) {
	b, r := open(t, imageDisk(t), imageOptions())
	want := Checkpoint{ReadTime: imageReadTime, LogFlushed: 8944, QueueOffset: 171, MasterQueue: 171, Timestamp: 1795232142624, Counter: 65}
	if r.Checkpoint != want || r.Anew != "" || r.ReadFrom != imageReadTime {
		t.Errorf("found %+v, want the checkpoint %+v and nothing made anew", r, want)
	}
	each := 0
	if err := b.All(r.ReadFrom, func(*Unit) { each++ }); err != nil || each != 136 || r.Waiting != 134 {
		t.Errorf("%d entries, %d messages, %v, want 136, one of which takes another back, and 134", each, r.Waiting, err)
	}
	if !r.HasLast || r.Last.PhyOffset <= 0 {
		t.Errorf("last entry %+v, %v", r.Last, r.HasLast)
	}
	n := int32(0) // as Java counts
	for moment, positions := range moments(t, b, r.ReadFrom) {
		for i, pos := range positions {
			u, err := b.Unit(pos)
			if err != nil || u.Time() != moment {
				t.Errorf("entry at %d of %d: %+v, %v", pos, moment, u, err)
			}
			if wantPrev := append([]int64{none}, positions...)[i]; u.Prev != wantPrev {
				t.Errorf("entry at %d follows %d, want %d", pos, u.Prev, wantPrev)
			}
		}
		s, ok, err := b.wheel.slot(moment / 1000)
		if err != nil || !ok {
			t.Errorf("slot of %d: %v, %v", moment, ok, err)
		}
		n += s.num
	}
	if n != 134 {
		t.Errorf("%d messages pending, want the 134 that Java's metrics count", n)
	}
}

// Every byte of Java's files comes out again when what they say is encoded.
func TestEncodeEqualsJava(t *testing.T) {
	mem := imageDisk(t)
	units := 0
	for _, name := range []string{"00000000000000000000", "00000000000000005200"} {
		b := contents(t, mem, LogDir+"/"+name)
		for len(b) > 0 && !isBlank(b) {
			u, ok := decodeUnit(b)
			if !ok {
				break
			}
			if got := u.append(nil); !bytes.Equal(got, b[:unitSize]) {
				t.Fatalf("entry %+v: got % x, want % x", u, got, b[:unitSize])
			}
			units++
			b = b[unitSize:]
		}
		if isBlank(b) {
			if got := appendBlank(nil, int64(len(b))); !bytes.Equal(got, b) {
				t.Errorf("blank: got % x, want % x", got, b)
			}
		}
	}
	if units != 171 {
		t.Errorf("%d entries, want 171", units)
	}
	wheel := contents(t, mem, WheelFile)
	slots := 0
	for at := 0; at < len(wheel); at += slotSize {
		s := decodeSlot(wheel[at:])
		if s.time == 0 {
			continue
		}
		slots++
		if int(s.time%Slots) != at/slotSize {
			t.Errorf("slot of %d at %d, want %d", s.time, at/slotSize, s.time%Slots)
		}
		if got := s.append(nil); !bytes.Equal(got, wheel[at:at+slotSize]) {
			t.Errorf("slot %+v: got % x, want % x", s, got, wheel[at:at+slotSize])
		}
	}
	if slots == 0 {
		t.Error("no slot was ever used")
	}
	check := contents(t, mem, CheckFile)
	c, _ := DecodeCheckpoint(check)
	if got := c.Append(nil); !bytes.Equal(got, check[:checkFields]) {
		t.Errorf("checkpoint: got % x, want % x", got, check[:checkFields])
	}
}

// A lost wheel is made from the log: what was pending is pending again.
func TestLostWheel(t *testing.T) {
	whole, r := open(t, imageDisk(t), imageOptions())
	want := moments(t, whole, r.ReadFrom)
	for name, damage := range map[string]func(*vfs.Mem) error{
		"missing": func(m *vfs.Mem) error { return m.Remove(WheelFile) },
		"short": func(m *vfs.Mem) error {
			f, err := m.Open(WheelFile)
			if err != nil {
				return err
			}
			defer f.Close()
			return f.Truncate(1000)
		},
	} {
		mem := imageDisk(t)
		if err := damage(mem); err != nil {
			t.Fatal(err)
		}
		b, r := open(t, mem, imageOptions())
		if r.Anew != "" {
			t.Errorf("%s: made anew because %s", name, r.Anew)
		}
		if got := moments(t, b, r.ReadFrom); !equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

func equal(a, b map[int64][]int64) bool {
	if len(a) != len(b) {
		return false
	}
	for k := range a {
		if len(a[k]) != len(b[k]) {
			return false
		}
		for i := range a[k] {
			if a[k][i] != b[k][i] {
				return false
			}
		}
	}
	return true
}

// What the log has lost that the checkpoint vouches for can only come from the queue.
func TestLostLog(t *testing.T) {
	for name, damage := range map[string]func(*testing.T, *vfs.Mem){
		"first file missing": func(t *testing.T, m *vfs.Mem) { remove(t, m, LogDir+"/00000000000000000000") },
		"last file missing":  func(t *testing.T, m *vfs.Mem) { remove(t, m, LogDir+"/00000000000000005200") },
		"an entry overwritten": func(t *testing.T, m *vfs.Mem) {
			f, err := m.Open(LogDir + "/00000000000000005200")
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, err := f.WriteAt([]byte{9, 9, 9, 9}, 52*3); err != nil {
				t.Fatal(err)
			}
		},
		"no checkpoint": func(t *testing.T, m *vfs.Mem) { remove(t, m, CheckFile) },
	} {
		t.Run(name, func(t *testing.T) {
			mem := imageDisk(t)
			damage(t, mem)
			for range 2 { // until the first checkpoint, every start says the same
				b, r := open(t, mem, imageOptions())
				if r.Anew == "" || r.HasLast {
					t.Errorf("%+v, want the book made anew", r)
				}
				if name != "no checkpoint" && (r.QueueOffset != 171 || r.ReadTime != imageReadTime) {
					t.Errorf("known %+v, want what the checkpoint said", r.Checkpoint)
				}
				if got := moments(t, b, r.ReadFrom); len(got) != 0 {
					t.Errorf("pending: %v", got)
				}
			}
			if aside, err := mem.List("bad"); err != nil || len(aside) != 2 {
				t.Errorf("set aside: %v, %v, want log and wheel", aside, err)
			}
		})
	}
}

func remove(t *testing.T, m *vfs.Mem, name string) {
	t.Helper()
	if err := m.Remove(name); err != nil {
		t.Fatal(err)
	}
}
