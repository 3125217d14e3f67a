package consumequeue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// file returns the content of a queue file without the zeros at its end.
func file(t *testing.T, fsys vfs.FS, name string) []byte {
	t.Helper()
	b, found, err := vfs.ReadFile(fsys, name, 64<<20)
	if err != nil || !found {
		t.Fatalf("%s: found %t, %v", name, found, err)
	}
	return bytes.TrimRight(b, "\x00")
}

func units(list ...Entry) []byte {
	b := make([]byte, len(list)*unitSize)
	for i, e := range list {
		e.put(b[i*unitSize:])
	}
	return bytes.TrimRight(b, "\x00")
}

func filler(phy int64) Entry { return Entry{PhyOffset: phy, Size: 0x7FFFFFFF} }

func TestFillerBytes(t *testing.T) {
	// Java: ConsumeQueue.fillPreBlank, seen in a slave's store that began in the middle of a log.
	want := []byte{0, 0, 0, 0, 0, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0}
	got := make([]byte, unitSize)
	Entry{Size: fillerSize}.put(got)
	if !bytes.Equal(got, want) {
		t.Errorf("filler % x, want % x", got, want)
	}
}

func TestFileNames(t *testing.T) {
	for start, name := range map[int64]string{0: "00000000000000000000", 6000000: "00000000000006000000", 1<<63 - 1: "09223372036854775807"} {
		if got := fileName(start); got != name {
			t.Errorf("name of %d is %s, want %s", start, got, name)
		}
		if got, ok := parseFileName(name); got != start || !ok {
			t.Errorf("%s parsed to %d, %v, want %d", name, got, ok, start)
		}
	}
	for _, name := range []string{"", "0", "0000000000000000000x", "+0000000000000000000", "-0000000000000000001", "99999999999999999999"} {
		if got, ok := parseFileName(name); ok {
			t.Errorf("%q parsed to %d", name, got)
		}
	}
}

// TestAppendOrder: what Append makes of queue offsets that are not the next one, in memory and in the
// files. Files have ten units.
func TestAppendOrder(t *testing.T) {
	type put struct {
		off, phy int64
		err      error
	}
	for what, c := range map[string]struct {
		puts     []put
		min, max int64
		want     []Entry // from min on
		file     int64
		bytes    []byte
	}{
		"in order": {
			[]put{{0, 0, nil}, {1, 100, nil}}, 0, 2,
			[]Entry{{0, 100, 1}, {100, 100, 1}}, 0, units(Entry{0, 100, 1}, Entry{100, 100, 1}),
		},
		"again": {
			[]put{{0, 0, nil}, {1, 100, nil}, {0, 0, nil}, {1, 100, nil}}, 0, 2,
			[]Entry{{0, 100, 1}, {100, 100, 1}}, 0, units(Entry{0, 100, 1}, Entry{100, 100, 1}),
		},
		"starts later": {
			[]put{{2, 500, nil}, {3, 600, nil}}, 2, 4,
			[]Entry{{500, 100, 1}, {600, 100, 1}}, 0,
			units(filler(0), filler(0), Entry{500, 100, 1}, Entry{600, 100, 1}),
		},
		"starts in a later file": {
			[]put{{31, 500, nil}}, 31, 32,
			[]Entry{{500, 100, 1}}, 600, units(filler(0), Entry{500, 100, 1}),
		},
		"starts at a later file": {
			[]put{{30, 500, nil}}, 30, 31, []Entry{{500, 100, 1}}, 600, units(Entry{500, 100, 1}),
		},
		"gap": {
			[]put{{0, 0, nil}, {3, 700, nil}}, 0, 4,
			[]Entry{{0, 100, 1}, filler(100), filler(100), {700, 100, 1}}, 0,
			units(Entry{0, 100, 1}, filler(100), filler(100), Entry{700, 100, 1}),
		},
		"gap of more than a file": {
			[]put{{0, 0, nil}, {12, 700, ErrGap}, {1, 800, nil}}, 0, 2,
			[]Entry{{0, 100, 1}, {800, 100, 1}}, 0, units(Entry{0, 100, 1}, Entry{800, 100, 1}),
		},
		"offset taken": {
			[]put{{0, 0, nil}, {1, 100, nil}, {1, 200, ErrOrder}, {2, 300, nil}}, 0, 3,
			[]Entry{{0, 100, 1}, {100, 100, 1}, {300, 100, 1}}, 0,
			units(Entry{0, 100, 1}, Entry{100, 100, 1}, Entry{300, 100, 1}),
		},
		"topic made again": {
			[]put{{0, 0, nil}, {1, 100, nil}, {0, 900, nil}, {1, 1000, nil}}, 0, 2,
			[]Entry{{900, 100, 1}, {1000, 100, 1}}, 0, units(Entry{900, 100, 1}, Entry{1000, 100, 1}),
		},
		"negative": {[]put{{-1, 0, ErrOrder}, {0, 0, nil}}, 0, 1, []Entry{{0, 100, 1}}, 0, units(Entry{0, 100, 1})},
	} {
		for _, eager := range []bool{false, true} { // write after each append
			m := vfs.NewMem()
			s := open(t, m, Options{FileSize: 200})
			q := queue(t, s, "T", 0)
			for _, p := range c.puts {
				if err := q.Append(p.off, p.phy, 100, 1); !errors.Is(err, p.err) {
					t.Errorf("%s: append at %d: %v, want %v", what, p.off, err, p.err)
				}
				if eager {
					if err := s.Write(ctx, 0); err != nil {
						t.Fatal(err)
					}
				}
			}
			if q.Min() != c.min || q.Max() != c.max {
				t.Errorf("%s: [%d, %d), want [%d, %d)", what, q.Min(), q.Max(), c.min, c.max)
			}
			if err := sameEntries(readAll(t, q), c.want); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			flush(t, s)
			if s.Pending() != 0 {
				t.Errorf("%s: %d bytes pending after a flush", what, s.Pending())
			}
			if got := file(t, m, q.file(c.file)); !bytes.Equal(got, c.bytes) {
				t.Errorf("%s, eager %v: file\n got % x\nwant % x", what, eager, got, c.bytes)
			}
			if c.file > 0 && exists(t, m, q.file(0)) {
				t.Errorf("%s: there is a first file", what)
			}
		}
	}
}

// TestStartsLaterReopened: the fillers are not messages after the next start either.
func TestStartsLaterReopened(t *testing.T) {
	m := vfs.NewMem()
	s := open(t, m, Options{FileSize: 200})
	if err := queue(t, s, "T", 0).Append(13, 500, 100, 1); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, clean := range []bool{true, false} {
		s = open(t, m, Options{FileSize: 200, Clean: clean})
		if err := s.CorrectMin(0); err != nil {
			t.Fatal(err)
		}
		q := s.Lookup([]byte("T"), 0)
		if q.Min() != 13 || q.Max() != 14 || q.maxPhy != 600 {
			t.Errorf("clean %v: [%d, %d) up to %d, want [13, 14) up to 600", clean, q.Min(), q.Max(), q.maxPhy)
		}
		if e, ok, err := q.Earliest(); e != (Entry{500, 100, 1}) || !ok || err != nil {
			t.Errorf("clean %v: earliest %v, %v, %v", clean, e, ok, err)
		}
	}
}

// TestCounterSettles: the counter of a queue that the log filled during recovery.
func TestCounterSettles(t *testing.T) {
	s := open(t, vfs.NewMem(), Options{})
	q := queue(t, s, "T", 0)
	if err := q.Append(7, 0, 100, 0); err != nil {
		t.Fatal(err)
	}
	if got := *q.Assigned(); got != 0 {
		t.Errorf("counter %d before, want 0", got)
	}
	s.Settle()
	if got := *q.Assigned(); got != 8 {
		t.Errorf("counter %d, want 8", got)
	}
}

func TestLast(t *testing.T) {
	m := vfs.NewMem()
	s := open(t, m, Options{FileSize: 200})
	queue(t, s, "empty", 0)
	if e, ok, err := s.Last(); ok || err != nil {
		t.Errorf("without messages: %v, %v, %v", e, ok, err)
	}
	for i, topic := range []string{"A", "B", "C", "A", "B"} {
		q := queue(t, s, topic, 3)
		if err := q.Append(q.Max(), int64(i)*100, 100, int64(i)); err != nil {
			t.Fatal(err)
		}
		if q.Topic() != topic || q.ID() != 3 {
			t.Errorf("queue %s-%d, want %s-3", q.Topic(), q.ID(), topic)
		}
	}
	check := func(s *Set) {
		t.Helper()
		if e, ok, err := s.Last(); e != (Entry{400, 100, 4}) || !ok || err != nil {
			t.Errorf("last %v, %v, %v, want that at 400", e, ok, err)
		}
	}
	check(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	check(open(t, m, Options{FileSize: 200, Clean: true}))
}

func TestEntriesBounds(t *testing.T) {
	s := open(t, vfs.NewMem(), Options{})
	q := queue(t, s, "T", 0)
	for i := range int64(5) {
		if err := q.Append(i, i*100, 100, i); err != nil {
			t.Fatal(err)
		}
	}
	buf := make([]Entry, 3)
	for _, c := range []struct {
		from int64
		n    int
		ok   bool
	}{{0, 3, true}, {3, 2, true}, {4, 1, true}, {5, 0, true}, {6, 0, true}, {-1, 0, false}} {
		if n, ok := q.Entries(c.from, buf); n != c.n || ok != c.ok {
			t.Errorf("from %d: %d, %v, want %d, %v", c.from, n, ok, c.n, c.ok)
		}
	}
	if n, err := q.ReadEntries(-1, buf); n != 0 || err != nil {
		t.Errorf("read from -1: %d, %v", n, err)
	}
}

func TestQueueNames(t *testing.T) {
	s := open(t, vfs.NewMem(), Options{})
	for _, c := range []struct {
		topic string
		id    int32
		ok    bool
	}{
		{"T", 0, true}, {"%RETRY%g+t", 7, true}, {strings.Repeat("t", 255), 0, true}, {"主题", 0, true},
		{strings.Repeat("t", 256), 0, false}, {"", 0, false}, {"a/b", 0, false}, {"..", 0, false}, {".", 0, false},
		{"a\x00", 0, false}, {"\xff", 0, false}, {"T", -1, false},
	} {
		q, err := s.Queue([]byte(c.topic), c.id)
		if (err == nil) != c.ok || (q != nil) != c.ok || (err != nil && !errors.Is(err, ErrName)) {
			t.Errorf("%q %d: %v", c.topic, c.id, err)
		}
		if got := s.Lookup([]byte(c.topic), c.id); got != q {
			t.Errorf("%q %d: looked up %p, want %p", c.topic, c.id, got, q)
		}
	}
}

// TestDispatchGoesOn: records that fit nowhere are told to the log and do not stop those behind them.
func TestDispatchGoesOn(t *testing.T) {
	var told strings.Builder
	s := open(t, vfs.NewMem(), Options{FileSize: 200, Log: slog.New(slog.NewTextHandler(&told, nil))})
	for i, v := range []record.View{
		{Topic: []byte("T")},
		{Topic: bytes.Repeat([]byte("x"), 256)},
		{Topic: []byte("T"), QueueOffset: 1 << 50}, // a damaged header
		{Topic: []byte("T"), QueueID: -5},
		{Topic: []byte("T"), SysFlag: record.SysTranPrepared},
		{Topic: []byte("T"), SysFlag: record.SysTranCommit, QueueOffset: 1},
		{Topic: []byte("T"), SysFlag: record.SysTranRollback},
		{Topic: []byte("T"), QueueOffset: 2},
	} {
		v.PhyOffset, v.Size, v.StoreTime = int64(i)*100, 100, int64(i)+1
		if err := s.Dispatch(&v); err != nil {
			t.Errorf("record %d: %v", i, err)
		}
	}
	q := s.Lookup([]byte("T"), 0)
	want := []Entry{{0, 100, 0}, {500, 100, 0}, {700, 100, 0}}
	if err := sameEntries(readAll(t, q), want); err != nil {
		t.Error(err)
	}
	if n := strings.Count(told.String(), "level=ERROR"); n < 2 {
		t.Errorf("told of %d records left out:\n%s", n, told.String())
	}
	if c := flush(t, s); c != (Covered{800, 8}) {
		t.Errorf("covered %+v", c)
	}
}

func TestTagsCodeInjected(t *testing.T) {
	s := open(t, vfs.NewMem(), Options{TagsCode: func(v *record.View) int64 { return v.StoreTime + 7 }})
	l := new(log)
	if err := s.Dispatch(l.add("T", 0)); err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, s.Lookup([]byte("T"), 0))[0].TagsCode; got != 1007 {
		t.Errorf("tags code %d, want 1007", got)
	}
}

func TestOffsetByTime(t *testing.T) {
	s := open(t, vfs.NewMem(), Options{FileSize: 200})
	q := queue(t, s, "T", 0)
	times := map[int64]int64{}
	for i, ms := range []int64{10, 20, 20, 20, 30, 50} {
		off := int64(i)
		if i >= 4 {
			off += 2 // two fillers in front of the fifth
		}
		phy := 1000 + int64(i)*100
		times[phy] = ms
		if err := q.Append(off, phy, 100, 0); err != nil {
			t.Fatal(err)
		}
	}
	at := func(phy int64) (int64, bool) { ms, ok := times[phy]; return ms, ok }
	for _, c := range []struct {
		ts, lower, upper int64
	}{{5, 0, 0}, {10, 0, 0}, {15, 1, 0}, {20, 1, 3}, {25, 4, 3}, {30, 6, 6}, {40, 7, 6}, {50, 7, 7}, {60, 8, 7}} {
		lower, err1 := q.OffsetByTime(c.ts, Lower, at)
		upper, err2 := q.OffsetByTime(c.ts, Upper, at)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		// A filler in front of the message is as good an answer as the message.
		if lower == 5 || lower == 4 && c.ts == 30 {
			lower = 6
		}
		if upper == 5 || upper == 4 {
			upper = 3
		}
		if lower != c.lower || upper != c.upper {
			t.Errorf("at %d: %d and %d, want %d and %d", c.ts, lower, upper, c.lower, c.upper)
		}
	}
	delete(times, 1200)
	if got, err := q.OffsetByTime(20, Lower, at); got != 0 || err != nil {
		t.Errorf("message gone: %d, %v, want 0", got, err)
	}
	if got, err := queue(t, s, "empty", 0).OffsetByTime(20, Upper, at); got != 0 || err != nil {
		t.Errorf("empty queue: %d, %v", got, err)
	}
}

func TestCorrectMin(t *testing.T) {
	s := open(t, vfs.NewMem(), Options{FileSize: 200})
	q := queue(t, s, "T", 0)
	for i := range int64(25) {
		if err := q.Append(i, i*100, 100, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Write(ctx, 0); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ minPhy, want int64 }{{0, 0}, {100, 1}, {1250, 13}, {500, 13}, {2400, 24}, {2401, 25}, {9000, 25}} {
		if err := s.CorrectMin(c.minPhy); err != nil || q.Min() != c.want {
			t.Errorf("log from %d: min %d, %v, want %d", c.minPhy, q.Min(), err, c.want)
		}
	}
	if err := q.Append(25, 9000, 100, 0); err != nil || q.Min() != 25 || q.Max() != 26 {
		t.Errorf("after all were gone: [%d, %d), %v", q.Min(), q.Max(), err)
	}
	if e, ok, err := q.Earliest(); e.PhyOffset != 9000 || !ok || err != nil {
		t.Errorf("earliest %v, %v, %v", e, ok, err)
	}
	if _, ok, err := queue(t, s, "T", 1).Earliest(); ok || err != nil {
		t.Errorf("earliest of an empty queue: %v, %v", ok, err)
	}
}

func TestNothingAllocates(t *testing.T) {
	s := open(t, vfs.NewMem(), Options{})
	l := new(log)
	topic := []byte("T")
	for range 4096 { // enough ring for what follows
		if err := s.Dispatch(l.add("T", 0)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Write(ctx, 0); err != nil {
		t.Fatal(err)
	}
	buf := make([]Entry, 32)
	v := *l.add("T", 0)
	if got := testing.AllocsPerRun(1000, func() {
		if err := s.Dispatch(&v); err != nil {
			t.Fatal(err)
		}
		v.QueueOffset++
		v.PhyOffset += 100
		q, err := s.Queue(topic, 0)
		if err != nil || s.Lookup(topic, 0) != q {
			t.Fatal(err)
		}
		if n, ok := q.Entries(q.Max()-20, buf); n != 20 || !ok {
			t.Fatalf("%d, %v", n, ok)
		}
		*q.Assigned()++
	}); got != 0 {
		t.Errorf("%v allocations per message, want 0", got)
	}
}

func TestWriteStopsWithContext(t *testing.T) {
	s := open(t, vfs.NewMem(), Options{})
	l := new(log)
	for i := range int32(5) {
		if err := s.Dispatch(l.add("T", i)); err != nil {
			t.Fatal(err)
		}
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.Write(done, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("write: %v, want context.Canceled", err)
	}
	if c, err := s.Flush(done); !errors.Is(err, context.Canceled) || c != (Covered{}) {
		t.Errorf("flush: %+v, %v, want context.Canceled", c, err)
	}
	if s.Pending() != 100 {
		t.Errorf("%d bytes pending, want 100", s.Pending())
	}
	if c := flush(t, s); c.PhyOffset != 500 || s.Pending() != 0 {
		t.Errorf("then: %+v, %d bytes pending", c, s.Pending())
	}
}

func TestPressure(t *testing.T) {
	s := open(t, vfs.NewMem(), Options{MaxPending: 100})
	q := queue(t, s, "T", 0)
	for i := range int64(6) {
		if s.Pressure() != (i > 5) {
			t.Errorf("pressure %v with %d entries", s.Pressure(), i)
		}
		if err := q.Append(i, i*100, 100, 0); err != nil {
			t.Fatal(err)
		}
	}
	if !s.Pressure() {
		t.Error("no pressure with 120 bytes")
	}
	if err := s.Write(ctx, 121); err != nil || !s.Pressure() {
		t.Errorf("wrote less than asked for: %v, pressure %v", err, s.Pressure())
	}
	if err := s.Write(ctx, 120); err != nil || s.Pressure() {
		t.Errorf("wrote nothing: %v, pressure %v", err, s.Pressure())
	}
}

func TestFlushFails(t *testing.T) {
	errDisk := errors.New("disk")
	for _, op := range []vfs.Op{vfs.OpMkdir, vfs.OpCreate, vfs.OpWrite, vfs.OpSync, vfs.OpSyncDir, vfs.OpSyncTree} {
		f := vfs.NewFaulty(vfs.NewMem())
		s := open(t, f, Options{FileSize: 200})
		if op == vfs.OpSyncTree {
			s.many = 0
		}
		l := new(log)
		for range 15 {
			if err := s.Dispatch(l.add("T", 0)); err != nil {
				t.Fatal(err)
			}
		}
		f.Inject(vfs.Rule{Op: op, Err: errDisk, Times: 1})
		if c, err := s.Flush(ctx); !errors.Is(err, errDisk) || c != (Covered{}) {
			t.Errorf("%v fails: %+v, %v", op, c, err)
		}
		// The disk is well again; the set must not believe it.
		if _, err := s.Flush(ctx); !errors.Is(err, errDisk) {
			t.Errorf("%v failed: next flush %v, want the same error", op, err)
		}
		if err := s.Dispatch(l.add("T", 0)); err != nil {
			t.Errorf("%v failed: dispatch %v", op, err)
		}
		checkFull(t, fmt.Sprint(op, " failed"), s, l)
		if err := s.Close(); !errors.Is(err, errDisk) {
			t.Errorf("%v failed: close %v, want the same error", op, err)
		}
		if err := s.Close(); !errors.Is(err, ErrClosed) {
			t.Errorf("second close %v, want ErrClosed", err)
		}
	}
}
