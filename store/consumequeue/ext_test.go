package consumequeue

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

const extDir = "consumequeue_ext"

// bitsOf is the bit map of a made up message: of 0 to 20 bytes.
func bitsOf(dst []byte, v *record.View) []byte {
	n := v.PhyOffset / recordSize
	return append(dst, bytes.Repeat([]byte{byte(n)}, int(n%21))...)
}

// extended are the options of a set with files of 512 bytes in its extension.
func extended() Options {
	return Options{FileSize: 2000, Ext: &Extension{Dir: extDir, FileSize: 512, Bits: bitsOf}}
}

// checkUnits wants a unit for each entry that has an address, and returns how many that are.
func checkUnits(t *testing.T, what string, s *Set, l *log, topic string, id int32) (n int) {
	t.Helper()
	q := queue(t, s, topic, id)
	var buf [MaxUnit]byte
	for _, e := range readAll(t, q) {
		v := &l.views[e.PhyOffset/recordSize]
		if !e.Extended() {
			if e.TagsCode != v.TagsCode() {
				t.Errorf("%s: entry at %d has %d, want the hash %d", what, e.PhyOffset, e.TagsCode, v.TagsCode())
			}
			continue
		}
		n++
		u, ok := q.Unit(e.TagsCode, buf[:])
		if want := bitsOf(nil, v); !ok || u.TagsCode != v.TagsCode() || u.StoreTime != v.StoreTime || !bytes.Equal(u.Bits, want) {
			t.Errorf("%s: entry at %d: got %+v, %v, want %d, %d, %x", what, e.PhyOffset, u, ok, v.TagsCode(), v.StoreTime, want)
		}
	}
	return n
}

// TestExtensionOfJava writes what Java wrote, byte by byte, and reads it.
func TestExtensionOfJava(t *testing.T) {
	root := filepath.Join(golden.Store(t, "cqext"), "store")
	java, err := os.ReadFile(filepath.Join(root, extDir, "TopicSql/0", fileName(0)))
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, vfs.NewOS(root), Options{FileSize: 10000, Clean: true, Ext: &Extension{Dir: extDir, FileSize: 8192}})
	q := queue(t, s, "TopicSql", 0)
	entries := readAll(t, q)
	e := &ext{fileSize: 8192}
	var buf [MaxUnit]byte
	withBits := 0
	for _, entry := range entries {
		u, ok := q.Unit(entry.TagsCode, buf[:])
		if !ok {
			t.Fatalf("entry %+v has no unit", entry)
		}
		if len(u.Bits) > 0 {
			withBits++
		}
		if address, ok := e.push(&u); !ok || address != entry.TagsCode {
			t.Errorf("got address %d, want %d", address, entry.TagsCode)
		}
	}
	if _, got := e.waiting(); !bytes.Equal(got, java[:len(got)]) || bytes.Count(java[len(got):], []byte{0}) != len(java)-len(got) {
		t.Errorf("%d bytes of units differ from Java's", len(got))
	}
	if len(entries) != 120 || withBits == 0 || q.ext.from != int64(func() int { _, b := e.waiting(); return len(b) }()) {
		t.Errorf("%d entries, %d with bits, goes on at %d", len(entries), withBits, q.ext.from)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestExtensionGoesOn over files, closes, crashes of the process, and times without it.
func TestExtensionGoesOn(t *testing.T) {
	fs, l := vfs.NewMem(), &log{}
	for round := range 6 {
		o := extended()
		o.Clean = round%2 == 0
		if round == 3 {
			o.Ext = nil
		}
		s := open(t, fs, o)
		from := l.end()
		if err := s.Truncate(from); err != nil {
			t.Fatal(err)
		}
		for range 50 {
			l.add("T", 0)
			l.add("U", 1)
		}
		l.dispatch(t, s, from)
		checkFullCodes(t, s, l)
		if o.Ext != nil {
			checkUnits(t, fmt.Sprint("memory, round ", round), s, l, "T", 0)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, fs, extended())
	if n := checkUnits(t, "files", s, l, "T", 0) + checkUnits(t, "files", s, l, "U", 1); n != 2*5*50 {
		t.Errorf("%d units, want %d", n, 2*5*50)
	}
	names, err := fs.List(extDir + "/T/0")
	if err != nil || len(names) < 10 {
		t.Errorf("%d files, %v, want 10 and more", len(names), err)
	}
	for i, f := range names {
		if f.Size != 512 || f.Name != fileName(int64(i)*512) {
			t.Errorf("file %d is %s of %d bytes", i, f.Name, f.Size)
		}
	}
}

// checkFullCodes compares the queues' entries with the log, but for addresses.
func checkFullCodes(t *testing.T, s *Set, l *log) {
	t.Helper()
	for _, k := range []key{{"T", 0}, {"U", 1}} {
		got, want := readAll(t, queue(t, s, k.topic, k.id)), l.entries(k.topic, k.id)
		for i := range got {
			if got[i].Extended() && i < len(want) {
				got[i].TagsCode = want[i].TagsCode
			}
		}
		if err := sameEntries(got, want); err != nil {
			t.Fatalf("%v: %v", k, err)
		}
	}
}

// TestExtensionAfterPowerCuts has no unit that tells of another message, and the same addresses again.
func TestExtensionAfterPowerCuts(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 1))
		fs, l := vfs.NewMem(), &log{}
		s := open(t, fs, extended())
		durable := int64(0)
		for range 1 + rng.IntN(5) {
			from := l.end()
			for range rng.IntN(60) {
				l.add("T", 0)
				l.add("U", 1)
			}
			l.dispatch(t, s, from)
			if rng.IntN(2) == 0 {
				durable = flush(t, s).PhyOffset
			} else if err := s.Write(ctx, 0); err != nil {
				t.Fatal(err)
			}
		}
		disk := fs.Clone(rng, vfs.Coin())
		again := open(t, disk, extended())
		if err := again.Truncate(durable); err != nil {
			t.Fatal(err)
		}
		l.dispatch(t, again, durable)
		again.Settle()
		what := fmt.Sprintf("seed %d, durable to %d", seed, durable)
		checkFullCodes(t, again, l)
		checkUnits(t, what, again, l, "T", 0)
		checkUnits(t, what, again, l, "U", 1)
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
		checkUnits(t, what+", closed", open(t, disk, extended()), l, "T", 0)
	}
}

// TestExtensionExpires with the entries, and goes with its topic.
func TestExtensionExpires(t *testing.T) {
	fs, l := vfs.NewMem(), &log{}
	s := open(t, fs, extended())
	for range 400 {
		l.add("T", 0)
	}
	l.dispatch(t, s, 0)
	flush(t, s)
	before, _ := fs.List(extDir + "/T/0")
	if _, err := s.Expire(ctx, 300*recordSize, nil); err != nil {
		t.Fatal(err)
	}
	after, _ := fs.List(extDir + "/T/0")
	if len(after) == 0 || len(after) > len(before)/2 {
		t.Errorf("%d files of %d are left, want about a quarter", len(after), len(before))
	}
	checkUnits(t, "expired", s, l, "T", 0)
	if again := open(t, fs, extended()); true {
		if err := again.CorrectMin(300 * recordSize); err != nil {
			t.Fatal(err)
		}
		if n := checkUnits(t, "opened again", again, l, "T", 0); n < 100 {
			t.Errorf("%d units, want 100 and more", n)
		}
	}
	if err := s.DeleteTopic("T"); err != nil {
		t.Fatal(err)
	}
	if exists(t, fs, extDir+"/T") {
		t.Error("the extension of a deleted topic is there")
	}
}

// TestExtensionOfOtherFiles begins anew where files do not fit together.
func TestExtensionOfOtherFiles(t *testing.T) {
	fs, l := vfs.NewMem(), &log{}
	s := open(t, fs, extended())
	for range 100 {
		l.add("T", 0)
	}
	l.dispatch(t, s, 0)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := fs.Remove(extDir + "/T/0/" + fileName(1024)); err != nil {
		t.Fatal(err)
	}
	s = open(t, fs, extended())
	from := l.end()
	if err := s.Truncate(from); err != nil {
		t.Fatal(err)
	}
	for range 30 {
		l.add("T", 0)
	}
	l.dispatch(t, s, from)
	checkFullCodes(t, s, l)
	q, found := queue(t, s, "T", 0), 0
	var buf [MaxUnit]byte
	for _, e := range readAll(t, q)[100:] {
		if u, ok := q.Unit(e.TagsCode, buf[:]); ok && u.StoreTime == l.views[e.PhyOffset/recordSize].StoreTime {
			found++
		}
	}
	if found != 30 {
		t.Errorf("%d of the new units are found, want 30", found)
	}
}

func TestExtensionAllocatesLittle(t *testing.T) {
	s := open(t, vfs.NewMem(), extended())
	q := queue(t, s, "T", 0)
	q.ext.pending = make([]byte, 0, 1<<20)
	v := (&log{}).add("T", 0)
	if n := testing.AllocsPerRun(1000, func() { s.extend(q, v, 1) }); n > 0.5 { // the rest of a file now and then
		t.Errorf("%v allocations a message, want none but for the ends of files", n)
	}
}

func FuzzUnit(f *testing.F) {
	for _, u := range []Unit{{}, {1, 2, []byte{3}}, {-1, 1 << 60, make([]byte, 14)}} {
		f.Add(u.append(nil))
	}
	f.Add([]byte{0xff, 0xff, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		u, size, ok := decodeUnit(b)
		if !ok {
			return
		}
		if again := u.append(nil); size != len(again) || !slices.Equal(again[:18], b[:18]) || !bytes.Equal(again, b[:size]) {
			t.Errorf("%x: written again %x", b[:size], again)
		}
	})
}
