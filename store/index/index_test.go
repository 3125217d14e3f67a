package index

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

const allTime = math.MaxInt64

func testOptions() Options {
	return Options{
		Dir: "index", Slots: 10, Entries: 40, Clean: true, LogEnd: math.MaxInt64,
		Now: func() int64 { return 1_700_000_000_000 }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

func mustOpen(t testing.TB, fsys vfs.FS, o Options) *Index {
	t.Helper()
	x, err := Open(fsys, o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return x
}

// message makes the view of a stored message.
func message(t testing.TB, phy, ms int64, sysFlag int32, uniq, keys string) *record.View {
	t.Helper()
	var e record.Encoded
	var props []byte
	if uniq != "" {
		props = record.AppendProperty(props, record.PropUniqKey, uniq)
	}
	if keys != "" {
		props = record.AppendProperty(props, record.PropKeys, keys)
	}
	err := e.Set(&record.Message{Topic: []byte("T"), Body: []byte("b"), SysFlag: sysFlag, Properties: props,
		BornHost: netip.MustParseAddrPort("10.0.0.2:1"), StoreHost: netip.MustParseAddrPort("10.0.0.1:1")}, record.EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	e.Patch(0, 0, phy, ms)
	v := new(record.View)
	if kind, err := record.Parse(e.Bytes, v, record.Headers); kind != record.Record || err != nil {
		t.Fatalf("parse: %v, %v", kind, err)
	}
	return v
}

func dispatch(t testing.TB, x *Index, v *record.View) {
	t.Helper()
	if err := x.Dispatch(v); err != nil {
		t.Fatalf("dispatch: %v", err)
	}
}

func find(t testing.TB, x *Index, key string, limit int, begin, end int64) []int64 {
	t.Helper()
	got, err := x.Find([]byte("T"), []byte(key), limit, begin, end)
	if err != nil {
		t.Fatalf("find %q: %v", key, err)
	}
	return got
}

// Whatever was put is found by each of its keys, in memory and on disk, across files and restarts.
func TestFindAgainstModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	mem := vfs.NewMem()
	x := mustOpen(t, mem, testOptions())
	model := make(map[string][]int64)
	for i := range int64(300) {
		uniq, keys := fmt.Sprint("u", i), fmt.Sprintf("k%d  k%d ", rng.IntN(30), 30+rng.IntN(30))
		phy := 100 * i
		dispatch(t, x, message(t, phy, 1_000_000+i*500, 0, uniq, keys))
		for _, k := range append(strings.Fields(keys), uniq) {
			model[k] = append(model[k], phy)
		}
		if rng.IntN(40) == 0 {
			if err := x.Close(); err != nil {
				t.Fatal(err)
			}
			x = mustOpen(t, mem, testOptions())
			if x.Next() != phy {
				t.Fatalf("after a restart the index ends at %d, want %d", x.Next(), phy)
			}
		}
	}
	for k, want := range model {
		if got := find(t, x, k, 1000, 0, allTime); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", k, got, want)
		}
		newest := want[max(0, len(want)-3):]
		if got := find(t, x, k, 3, 0, allTime); !slices.Equal(got, newest) {
			t.Errorf("%s, at most 3: got %v, want the newest %v", k, got, newest)
		}
	}
	if got := find(t, x, "absent", 10, 0, allTime); len(got) != 0 {
		t.Errorf("absent key: got %v", got)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Find([]byte("T"), []byte("k1"), 1, 0, 1); !errors.Is(err, ErrClosed) {
		t.Errorf("find after close: got %v, want %v", err, ErrClosed)
	}
}

func TestFindByTime(t *testing.T) {
	x := mustOpen(t, vfs.NewMem(), testOptions())
	for i := range int64(100) {
		dispatch(t, x, message(t, i, 1_000_000+i*1000, 0, "", "k"))
	}
	for _, c := range []struct{ begin, end, first, last int64 }{
		{0, allTime, 0, 99},
		{1_050_000, 1_052_000, 50, 52},
		{1_050_001, 1_052_999, 51, 52},
		{1_099_000, allTime, 99, 99},
		{0, 1_000_000, 0, 0},
	} {
		got := find(t, x, "k", 1000, c.begin, c.end)
		if int64(len(got)) != c.last-c.first+1 || got[0] != c.first || got[len(got)-1] != c.last {
			t.Errorf("from %d to %d: got %v, want %d to %d", c.begin, c.end, got, c.first, c.last)
		}
	}
	if got := find(t, x, "k", 1000, 2_000_000, allTime); len(got) != 0 {
		t.Errorf("after the last: got %v", got)
	}
}

// Prepared and committed messages are indexed, rolled back ones are not. Java: IndexService.buildIndex.
func TestTransactionTypes(t *testing.T) {
	x := mustOpen(t, vfs.NewMem(), testOptions())
	for i, flag := range []int32{record.SysTranNone, record.SysTranPrepared, record.SysTranCommit, record.SysTranRollback} {
		dispatch(t, x, message(t, int64(i), 1, flag, "", "k"))
	}
	if got, want := find(t, x, "k", 10, 0, allTime), []int64{0, 1, 2}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Java's own figures: a file of N entries holds N-1 keys (IndexFileTest).
func TestFileIsFull(t *testing.T) {
	mem := vfs.NewMem()
	x := mustOpen(t, mem, testOptions())
	for i := range int64(39) {
		dispatch(t, x, message(t, i, 1, 0, "", "k"))
	}
	if list, err := mem.List("index"); err != nil || len(list) != 1 {
		t.Errorf("39 keys: %d files, %v, want 1", len(list), err)
	}
	dispatch(t, x, message(t, 39, 1, 0, "", "k"))
	list, err := mem.List("index")
	if err != nil || len(list) != 2 {
		t.Fatalf("40 keys: %d files, %v, want 2", len(list), err)
	}
	if list[0].Size != 40+4*10+20*40 || list[0].Name >= list[1].Name || len(list[1].Name) != 17 {
		t.Errorf("files: %+v", list)
	}
}

// What is indexed again after a restart is not there twice after a clean exit.
func TestDuplicatesAreLeftOut(t *testing.T) {
	mem := vfs.NewMem()
	x := mustOpen(t, mem, testOptions())
	dispatch(t, x, message(t, 5, 1, 0, "", "k"))
	dispatch(t, x, message(t, 5, 1, 0, "", "k"))
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	x = mustOpen(t, mem, testOptions())
	dispatch(t, x, message(t, 5, 1, 0, "", "k"))
	dispatch(t, x, message(t, 6, 1, 0, "", "k"))
	if got, want := find(t, x, "k", 10, 0, allTime), []int64{5, 6}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// After a power cut the index says where it ends, everything before it is found, and what is
// dispatched again from there on too.
func TestCrash(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	for range 200 {
		mem := vfs.NewMem()
		x := mustOpen(t, mem, testOptions())
		o := testOptions()
		o.Clean = false
		n := int64(1 + rng.IntN(150))
		for i := range n {
			dispatch(t, x, message(t, i*10, 1000+i, 0, fmt.Sprint("u", i), "k"))
			if rng.IntN(20) == 0 {
				if err := x.Flush(); err != nil {
					t.Fatal(err)
				}
				o.Durable = x.Durable()
			}
		}
		disk := mem.Clone(rng, vfs.Coin())
		y := mustOpen(t, disk, o)
		// A file whose header got further than the checkpoint is made anew as a whole: 20 messages.
		if ended := y.Next(); max(0, ended)/10+1000 < o.Durable-20 {
			t.Fatalf("the index ends at %d, durable was the store time %d", ended, o.Durable)
		}
		for i := max(0, y.Next()/10); i < n; i++ {
			dispatch(t, y, message(t, i*10, 1000+i, 0, fmt.Sprint("u", i), "k"))
		}
		for i := range n {
			if got := slices.Compact(find(t, y, fmt.Sprint("u", i), 10, 0, allTime)); !slices.Equal(got, []int64{i * 10}) {
				t.Fatalf("message %d of %d: got %v", i, n, got)
			}
		}
		if got := slices.Compact(find(t, y, "k", 1000, 0, allTime)); int64(len(got)) != n {
			t.Fatalf("%d of %d messages found by their common key", len(got), n)
		}
		if err := y.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Files that cannot be right are made anew; the ones before them stay.
func TestDoubtfulFiles(t *testing.T) {
	for name, spoil := range map[string]func(*header, *Options){
		"counts too many entries": func(h *header, _ *Options) { h.next = 41 },
		"counts too many slots":   func(h *header, _ *Options) { h.slotsUsed = 11 },
		"ends before it begins":   func(h *header, _ *Options) { h.endPhy = h.beginPhy - 1 },
		"overlaps":                func(h *header, _ *Options) { h.beginPhy = 1 },
		"is ahead of the log":     func(_ *header, o *Options) { o.LogEnd = 45 },
		"was not flushed":         func(_ *header, o *Options) { o.Clean, o.Durable = false, 1040 },
	} {
		t.Run(name, func(t *testing.T) {
			mem := vfs.NewMem()
			x := mustOpen(t, mem, testOptions())
			for i := range int64(50) {
				dispatch(t, x, message(t, i, 1000+i, 0, "", "k"))
			}
			if err := x.Close(); err != nil {
				t.Fatal(err)
			}
			list, err := mem.List("index")
			if err != nil || len(list) != 2 {
				t.Fatalf("%d files, %v", len(list), err)
			}
			f, err := mem.Open("index/" + list[1].Name)
			if err != nil {
				t.Fatal(err)
			}
			o := testOptions()
			head := x.cur.head
			spoil(&head, &o)
			if _, err := f.WriteAt(head.append(nil), 0); err != nil {
				t.Fatal(err)
			}
			x = mustOpen(t, mem, o)
			if x.Next() != 38 {
				t.Errorf("the index ends at %d, want 38, the end of the first file", x.Next())
			}
			if list, err = mem.List("index"); err != nil || len(list) != 1 {
				t.Errorf("%d files are left, %v, want 1", len(list), err)
			}
		})
	}
}

func TestForeignFilesAreLeftAlone(t *testing.T) {
	mem := vfs.NewMem()
	if err := mem.MkdirAll("index"); err != nil {
		t.Fatal(err)
	}
	for name, size := range map[string]int64{"readme": 10, "20261121030557191": 77} {
		if _, err := mem.Create("index/"+name, size); err != nil {
			t.Fatal(err)
		}
	}
	x := mustOpen(t, mem, testOptions())
	dispatch(t, x, message(t, 1, 1, 0, "", "k"))
	if list, err := mem.List("index"); err != nil || len(list) != 3 {
		t.Errorf("%d files, %v, want 3", len(list), err)
	}
}

func TestWriteErrorsAreTold(t *testing.T) {
	disk := vfs.NewFaulty(vfs.NewMem())
	x := mustOpen(t, disk, testOptions())
	dispatch(t, x, message(t, 1, 1, 0, "", "k"))
	disk.Inject(vfs.Rule{Op: vfs.OpSync, Name: "index/*", Times: 1, Err: syscall.EIO})
	if err := x.Flush(); !errors.Is(err, syscall.EIO) {
		t.Errorf("flush: got %v, want %v", err, syscall.EIO)
	}
	disk.Inject(vfs.Rule{Op: vfs.OpCreate, Name: "index/*", Err: syscall.EIO})
	var err error
	for i := int64(2); err == nil && i < 100; i++ {
		err = x.Dispatch(message(t, i, 1, 0, "", "k"))
	}
	if !errors.Is(err, syscall.EIO) {
		t.Errorf("roll: got %v, want %v", err, syscall.EIO)
	}
}

// Entries that find no room on the disk wait in memory, and nothing is lost when there is room again.
func TestFullDiskIsOutlasted(t *testing.T) {
	const count = 3 * pendingLimit / entrySize
	disk := vfs.NewFaulty(vfs.NewMem())
	o := testOptions()
	o.Entries = count + 2
	x := mustOpen(t, disk, o)
	dispatch(t, x, message(t, 1000, 1_700_000_000_000, 0, "u1000", ""))
	disk.Inject(vfs.Rule{Op: vfs.OpWrite, Err: vfs.ErrNoSpace})
	for i := range int64(count) {
		dispatch(t, x, message(t, 1001+i, 1_700_000_000_000, 0, fmt.Sprint("u", 1001+i), ""))
	}
	if err := x.Flush(); !errors.Is(err, vfs.ErrNoSpace) {
		t.Errorf("flush to a full disk: got %v, want %v", err, vfs.ErrNoSpace)
	}
	disk.Heal()
	if err := x.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	x = mustOpen(t, disk, o)
	for _, phy := range []int64{1000, 1001, 1000 + count/2, 1000 + count} {
		if got := find(t, x, fmt.Sprint("u", phy), 1000, 0, allTime); !slices.Contains(got, phy) {
			t.Errorf("key of the message at %d: found at %v", phy, got)
		}
	}
}

func FuzzHeader(f *testing.F) {
	f.Add(header{1, 2, 3, 4, 5, 6}.append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < headerSize {
			return
		}
		h := decodeHeader(b)
		if h.next < 1 {
			t.Fatalf("next entry is %d", h.next)
		}
		if again := decodeHeader(h.append(nil)); again != h {
			t.Fatalf("decoded %+v, encoded and decoded again %+v", h, again)
		}
	})
}

// Whatever a file holds, opening and searching it ends, without a panic.
func FuzzFile(f *testing.F) {
	mem := vfs.NewMem()
	x := mustOpen(f, mem, testOptions())
	for i := range int64(30) {
		dispatch(f, x, message(f, i, 1000+i, 0, "", "k"))
	}
	if err := x.Close(); err != nil {
		f.Fatal(err)
	}
	b := make([]byte, x.size())
	file, err := mem.Open("index/" + x.cur.name)
	if err != nil {
		f.Fatal(err)
	}
	if _, err := file.ReadAt(b, 0); err != nil {
		f.Fatal(err)
	}
	f.Add(b, true)
	f.Add(b, false)
	f.Fuzz(func(t *testing.T, b []byte, clean bool) {
		o := testOptions()
		o.Clean, o.Durable = clean, math.MaxInt64
		mem := vfs.NewMem()
		if err := mem.MkdirAll("index"); err != nil {
			t.Fatal(err)
		}
		file, err := mem.Create("index/20261121030557191", layout{10, 40}.size())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteAt(b[:min(int64(len(b)), layout{10, 40}.size())], 0); err != nil {
			t.Fatal(err)
		}
		x, err := Open(mem, o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.Find([]byte("T"), []byte("k"), 100, 0, allTime); err != nil {
			t.Fatal(err)
		}
		if err := x.Dispatch(message(t, math.MaxInt64-1, 1, 0, "", "k")); err != nil {
			t.Fatal(err)
		}
	})
}

// A message whose keys lie in two files has each of them once, whatever becomes of the second file.
func TestKeysOfOneMessageInTwoFiles(t *testing.T) {
	for name, spoil := range map[string]func(*vfs.Mem, string) error{
		"is there":     func(*vfs.Mem, string) error { return nil },
		"is lost":      func(mem *vfs.Mem, file string) error { return mem.Remove(file) },
		"is cut short": func(mem *vfs.Mem, file string) error { return resize(mem, file, 100) },
		"is empty":     func(mem *vfs.Mem, file string) error { return resize(mem, file, 0) },
	} {
		for _, clean := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, clean %t", name, clean), func(t *testing.T) {
				mem, o := vfs.NewMem(), testOptions()
				var log []*record.View
				for i := range int64(14) { // of three keys each: the first file has room for 39
					keys := fmt.Sprintf("a%d b%d", i, i)
					log = append(log, message(t, 1000*i, 1_700_000_000_000+1000*i, 0, fmt.Sprintf("u%d", i), keys))
				}
				log = append(log, message(t, 14000, 1_700_000_015_000, 0, "last", ""))
				x := mustOpen(t, mem, o)
				x.put(fed{phy: log[0].PhyOffset, storeTime: log[0].StoreTime}) // moves the boundary into a message
				x.endPhy = -1
				for _, v := range log[:14] {
					dispatch(t, x, v)
				}
				if err := x.Close(); err != nil {
					t.Fatal(err)
				}
				list, err := mem.List("index")
				if err != nil || len(list) != 2 {
					t.Fatalf("got files %v, %v, want two", list, err)
				}
				if err := spoil(mem, "index/"+list[1].Name); err != nil {
					t.Fatal(err)
				}
				o.Clean, o.Durable = clean, math.MaxInt64
				x = mustOpen(t, mem, o)
				for _, v := range log {
					dispatch(t, x, v)
				}
				for _, v := range log {
					for _, key := range append(slices.Collect(v.Keys()), v.UniqKey()) {
						if got := find(t, x, string(key), 64, 0, allTime); !slices.Equal(got, []int64{v.PhyOffset}) {
							t.Errorf("%s: got %v, want %d", key, got, v.PhyOffset)
						}
					}
				}
				if err := x.Close(); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}

func resize(mem *vfs.Mem, name string, size int64) error {
	f, err := mem.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(size), f.Close())
}
