package store_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/vfs"
)

func create(t testing.TB, fsys vfs.FS, name string, content []byte) {
	t.Helper()
	f, err := fsys.Create(name, int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(content, 0); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func truncate(t testing.TB, fsys vfs.FS, name string, size int64) {
	t.Helper()
	f, err := fsys.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// A log that cannot be put together is refused by name, and nothing in the directory changes.
func TestLayoutIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*vfs.Mem, *store.Options){
		"a segment is missing": func(mem *vfs.Mem, _ *store.Options) { remove(t, mem, segmentName(2)) },
		"a segment is too long": func(mem *vfs.Mem, _ *store.Options) {
			truncate(t, mem, segmentName(1), 64<<10+1)
		},
		"another size is configured":   func(_ *vfs.Mem, o *store.Options) { o.LogFileSize = 128 << 10 },
		"a smaller size is configured": func(_ *vfs.Mem, o *store.Options) { o.LogFileSize = 32 << 10 },
	} {
		t.Run(name, func(t *testing.T) {
			mem, _ := closed(t, 300)
			o := small()
			spoil(mem, &o)
			before := files(t, mem, ".")
			_, err := store.Open(mem, o)
			if !errors.Is(err, commitlog.ErrLayout) || !strings.Contains(err.Error(), "commitlog/") {
				t.Errorf("got %v, want %v naming a file", err, commitlog.ErrLayout)
			}
			for name, b := range files(t, mem, ".") {
				if !bytes.Equal(b, before[name]) {
					t.Errorf("%s changed", name)
				}
			}
		})
	}
}

// What a crash or a careless hand leaves in the log's directory does not keep the store from opening.
func TestOddFilesInTheLog(t *testing.T) {
	for name, spoil := range map[string]func(*vfs.Mem, int64){
		"a foreign file":       func(mem *vfs.Mem, _ int64) { create(t, mem, "commitlog/notes.txt", []byte("hello")) },
		"an empty next file":   func(mem *vfs.Mem, last int64) { create(t, mem, segmentName(last+1), nil) },
		"a next file of zeros": func(mem *vfs.Mem, last int64) { create(t, mem, segmentName(last+1), make([]byte, 64<<10)) },
		"a short last file":    func(mem *vfs.Mem, last int64) { truncate(t, mem, segmentName(last), 60<<10) },
	} {
		for state, make := range map[string]func(testing.TB, int) (*vfs.Mem, map[int32][]string){"closed": closed, "crashed": crashed} {
			t.Run(name+"/"+state, func(t *testing.T) {
				mem, want := make(t, 280)
				list, err := mem.List("commitlog")
				if err != nil {
					t.Fatal(err)
				}
				last := int64(len(list) - 1)
				if state == "crashed" { // its last file is the one prepared ahead
					last--
					remove(t, mem, segmentName(last+1))
				}
				spoil(mem, last)
				s := open(t, mem, small())
				sameMessages(t, readStore(t, s), want)
				fillStore(t, s, 100)
				closeStore(t, s)
				closeStore(t, open(t, mem, small()))
			})
		}
	}
}

// The torn end of the log is cut, told, kept aside and cleared: no old record may come back when the
// log grows over its place.
func TestTornEndIsSetAside(t *testing.T) {
	mem, _ := crashed(t, 100)
	s := open(t, mem, small())
	end := s.Stats().LogEnd
	closeStore(t, s)
	if err := removeTidy(mem); err != nil {
		t.Fatal(err)
	}
	torn := bytes.Repeat([]byte("torn"), 500)
	write(t, mem, segmentName(end/(64<<10)), end%(64<<10), torn)
	s = open(t, mem, small())
	if st := s.Stats(); st.LogEnd != end || st.Cut != int64(len(torn)) {
		t.Errorf("the log ends at %d, %d bytes cut; want %d, %d", st.LogEnd, st.Cut, end, len(torn))
	}
	closeStore(t, s)
	kept := 0
	for name, b := range files(t, mem, "bad") {
		if strings.HasPrefix(name, "bad/commitlog-") && bytes.Equal(b, torn) {
			kept++
		}
	}
	if kept != 1 {
		t.Errorf("the torn bytes are kept in %d files, want 1", kept)
	}
	tail := readFile(t, mem, segmentName(end/(64<<10)), 64<<10)[end%(64<<10):]
	if bytes.Contains(tail, []byte("torn")) {
		t.Error("the torn bytes are still in the log")
	}
}

// removeTidy makes a directory that was closed in order look as after a crash.
func removeTidy(mem *vfs.Mem) error {
	f, err := mem.Create("abort", 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// A clock that goes back does not reorder the log.
func TestClockGoesBack(t *testing.T) {
	o := small()
	now := int64(1_700_000_000_000)
	o.Now = func() int64 { return now }
	mem := vfs.NewMem()
	s := open(t, mem, o)
	rng := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		now += rng.Int64N(2000) - 1500
		putBody(t, s, "T", 0, []byte("m"), "")
	}
	closeStore(t, s)
	now -= 1 << 40
	s = open(t, mem, o)
	for range 10 {
		putBody(t, s, "T", 0, []byte("m"), "")
	}
	last := int64(0)
	for off := range s.MaxOffset([]byte("T"), 0) {
		ms, err := s.StoreTime([]byte("T"), 0, off)
		if err != nil || ms < last {
			t.Fatalf("offset %d was stored at %d, the one before at %d: %v", off, ms, last, err)
		}
		last = ms
	}
	closeStore(t, s)
}

// With SyncFlush consumers see nothing that a power cut could take away.
func TestSyncFlushHidesWhatIsNotDurable(t *testing.T) {
	mem := vfs.NewMem()
	disk := vfs.NewFaulty(mem)
	o := small()
	o.Flush = store.SyncFlush
	s := open(t, disk, o)
	reached, release := make(chan struct{}), make(chan struct{})
	disk.Inject(vfs.Rule{Op: vfs.OpMapSync, Times: 1, Before: func() { close(reached); <-release }})
	done, err := tryPut(t, s, "m")
	if err != nil {
		t.Fatal(err)
	}
	<-reached
	s.Drive()
	if got := s.MaxOffset([]byte("T"), 0); got != 0 {
		t.Errorf("%d messages are visible during the sync, want none", got)
	}
	select {
	case err := <-done:
		t.Errorf("acknowledged during the sync: %v", err)
	default:
	}
	close(release)
	if err := <-done; err != nil {
		t.Errorf("acknowledged with %v", err)
	}
	eventually(t, "the message is visible", func() bool { return s.MaxOffset([]byte("T"), 0) == 1 })
	closeStore(t, s)
}
