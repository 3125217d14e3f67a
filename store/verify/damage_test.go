package verify_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/verify"
	"github.com/gannetmq/gannet/store/vfs"
)

const (
	firstSegment = "commitlog/00000000000000000000"
	lastSegment  = "commitlog/00000000000003145728"
	logEnd       = 3400760 - 3145728 // in the last segment
	queueFile    = "consumequeue/TopicOne/0/00000000000000000000"

	lastQueueFile = "consumequeue/TopicOne/0/00000000000000020000"
)

// patch overwrites bytes of a file.
func patch(t testing.TB, root, name string, pos int64, b []byte) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(root, name), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(b, pos); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func cut(t testing.TB, root, name string, size int64) {
	t.Helper()
	if err := os.Truncate(filepath.Join(root, name), size); err != nil {
		t.Fatal(err)
	}
}

func remove(t testing.TB, root, name string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(root, name)); err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, root, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// abort makes the directory look as after a crash.
func abort(t testing.TB, root string) { write(t, root, "abort", "4711") }

// at reads eight bytes of a file.
func at(t testing.TB, root, name string, pos int64) uint64 {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return binary.BigEndian.Uint64(b[pos:])
}

type damage struct {
	name     string
	do       func(t testing.TB, root string)
	severity verify.Severity
	want     []string // of the report
}

func damages() []damage {
	garbage := []byte("not what was here")
	return []damage{
		{"body in the middle of the log", func(t testing.TB, root string) { patch(t, root, firstSegment, 90, garbage) },
			verify.Damaged, []string{firstSegment + " at ", "without a readable message"}},
		{"size word of a record", func(t testing.TB, root string) { patch(t, root, firstSegment, 0, make([]byte, 8)) },
			verify.Damaged, []string{firstSegment + " at 0"}},
		{"bytes behind the end, closed in order", func(t testing.TB, root string) { patch(t, root, lastSegment, logEnd+5000, garbage) },
			verify.Damaged, []string{lastSegment + " at 255032", "behind the last record"}},
		{"bytes behind the end, after a crash", func(t testing.TB, root string) {
			abort(t, root)
			patch(t, root, lastSegment, logEnd, garbage)
		}, verify.Recoverable, []string{"17 bytes behind the last record are set aside", "process 4711"}},
		{"a short last file of the log", func(t testing.TB, root string) { cut(t, root, lastSegment, logEnd+4096) },
			verify.Recoverable, []string{lastSegment + ": 259128 bytes long, want 1048576"}},
		{"the log's last file cut inside messages", func(t testing.TB, root string) { cut(t, root, lastSegment, 100_000) },
			verify.Damaged, []string{lastSegment, "the log has no message"}},
		{"a file of the log is missing", func(t testing.TB, root string) { remove(t, root, "commitlog/00000000000001048576") },
			verify.Damaged, []string{"the next start is refused", "00000000000002097152"}},
		{"a queue entry", func(t testing.TB, root string) { patch(t, root, queueFile, 40, []byte{0, 0, 0, 0, 0, 0, 0, 77}) },
			verify.Damaged, []string{queueFile + " at 40"}},
		// A start after a clean stop takes the last entry that may be one for the queue's end, whatever is in front of it.
		{"a queue entry that leads far behind the log", func(t testing.TB, root string) {
			patch(t, root, "consumequeue/TopicA/1/00000000000000000000", 2120, []byte{0, 57, 61, 47, 48, 0, 139, 151})
		}, verify.Damaged, []string{"00000000000000000000 at 2120", "the entry of message 106 is (log offset 16111346550606743"}},
		{"a tag's hash", func(t testing.TB, root string) { patch(t, root, queueFile, 52, []byte{1, 2, 3, 4, 5, 6, 7, 8}) },
			verify.Damaged, []string{queueFile + " at 40", "tags code 72623859790382856"}},
		{"a queue's directory is gone", func(t testing.TB, root string) { remove(t, root, "consumequeue/TopicOne/0") },
			verify.Recoverable, []string{"in the log, no queue", "a group has consumed more of TopicOne-0"}},
		{"a queue that nobody has consumed is gone", func(t testing.TB, root string) {
			remove(t, root, "consumequeue/TopicOne/0")
			remove(t, root, "config/consumerOffset.json")
			remove(t, root, "config/consumerOffset.json.bak")
		}, verify.Note, []string{"in the log, no queue"}},
		// Groups tell of the lost queue, so that all are made anew, the others too.
		{"a queue is gone after a crash and another damaged", func(t testing.TB, root string) {
			remove(t, root, "consumequeue/TopicOne/0")
			patch(t, root, "consumequeue/TopicA/0/00000000000000000000", 12, []byte{1, 2, 3, 4, 5, 6, 7, 8})
			abort(t, root)
		}, verify.Recoverable, []string{"a group has consumed more of TopicOne-0", "tags code 72623859790382856"}},
		{"a queue file of an odd size", func(t testing.TB, root string) { cut(t, root, queueFile, 9_000) },
			verify.Recoverable, []string{"cannot be read together", "9000 bytes"}},
		{"an empty last queue file", func(t testing.TB, root string) { cut(t, root, lastQueueFile, 0) },
			verify.Recoverable, []string{lastQueueFile + ": empty", "no entries of 130 messages from message 1000 on"}},
		{"a short last queue file", func(t testing.TB, root string) { cut(t, root, lastQueueFile, 1000) },
			verify.Recoverable, []string{lastQueueFile + ": 1000 bytes long", "no entries of 80 messages from message 1050 on"}},
		{"the same after a crash", func(t testing.TB, root string) {
			abort(t, root)
			cut(t, root, queueFile, 9_000)
		}, verify.Recoverable, []string{"cannot be read together"}},
		{"an index entry's offset", func(t testing.TB, root string) {
			patch(t, root, firstIndex(t, root), 40+200*4+20*5+4, []byte{0, 0, 0, 0, 0, 0, 0, 1})
		}, verify.Damaged, []string{"entry 5: no message begins at log offset 1", "cannot be found by all of its keys"}},
		{"an index slot", func(t testing.TB, root string) {
			patch(t, root, firstIndex(t, root), 40+4*7, []byte{0, 0, 0, 0})
		}, verify.Damaged, []string{"slot 7 leads to entry 0"}},
		{"an index file is gone", func(t testing.TB, root string) { remove(t, root, firstIndex(t, root)) },
			verify.Note, nil},
		{"the whole index is gone", func(t testing.TB, root string) { remove(t, root, "index") },
			verify.Recoverable, []string{"messages with keys not in the index yet"}},
		{"a table with a good backup", func(t testing.TB, root string) {
			write(t, root, "config/topics.json.bak", `{"topicConfigTable":{}}`)
			write(t, root, "config/topics.json", `{"topicConf`)
		}, verify.Recoverable, []string{"config/topics.json", "the backup is used"}},
		{"a table without", func(t testing.TB, root string) {
			remove(t, root, "config/topics.json.bak")
			write(t, root, "config/topics.json", `{"topicConf`)
		}, verify.Damaged, []string{"config/topics.json", "no backup to use"}},
		{"a short checkpoint", func(t testing.TB, root string) { cut(t, root, "checkpoint", 40) },
			verify.Recoverable, []string{"40 bytes long"}},
		{"a checkpoint that knows more than the log, after a crash", func(t testing.TB, root string) {
			abort(t, root)
			later := at(t, root, "checkpoint", 0) + 60_000
			patch(t, root, "checkpoint", 0, binary.BigEndian.AppendUint64(nil, later))
		}, verify.Damaged, []string{"vouches for messages"}},
		{"a foreign file", func(t testing.TB, root string) { write(t, root, "commitlog/notes.txt", "x") },
			verify.Note, []string{"a Java broker refuses"}},
	}
}

func firstIndex(t testing.TB, root string) string {
	t.Helper()
	list, err := os.ReadDir(filepath.Join(root, "index"))
	if err != nil || len(list) == 0 {
		t.Fatalf("index: %v, %v", list, err)
	}
	return "index/" + list[0].Name()
}

func TestDamage(t *testing.T) {
	for _, d := range damages() {
		t.Run(d.name, func(t *testing.T) {
			root := image(t, "basic-clean")
			d.do(t, root)
			judge(t, verified(t, root, sizes()), d)
		})
	}
}

// judge compares a report with what was damaged.
func judge(t testing.TB, r *verify.Report, d damage) {
	t.Helper()
	got, worst := text(t, r), verify.Note
	for _, s := range []verify.Severity{verify.Recoverable, verify.Damaged} {
		if r.Count(s) > 0 {
			worst = s
		}
	}
	if worst != d.severity {
		t.Errorf("worst finding: %v, want %v", worst, d.severity)
	}
	for _, w := range d.want {
		if !strings.Contains(got, w) {
			t.Errorf("want %q in the report", w)
		}
	}
	if t.Failed() {
		t.Logf("report:\n%s", got)
	}
}

// A directory without damage opens, agrees with itself, and has every message; what is found after
// that is nothing.
func TestNoDamageMeansNoLoss(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	sound := 0
	for range 40 {
		root := image(t, "basic-clean")
		spoil(t, root, rng)
		if verified(t, root, sizes()).Count(verify.Damaged) > 0 {
			continue
		}
		sound++
		s, err := store.Open(vfs.NewOS(root), storeOptions())
		if err != nil {
			t.Fatalf("no damage was found, but: %v", err)
		}
		if err := s.Check(); err != nil {
			t.Errorf("no damage was found, but: %v", err)
		}
		if end := s.Stats().LogEnd; end != 3400760 {
			t.Errorf("no damage was found, but the log ends at %d", end)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if r := verified(t, root, sizes()); r.Count(verify.Damaged) > 0 {
			t.Errorf("after a start there is damage that was not there before:\n%s", text(t, r))
		}
	}
	if sound == 0 {
		t.Error("every directory was damaged: nothing was tested")
	}
}

// spoil changes a few bytes of a file that recovery deals with.
func spoil(t testing.TB, root string, rng *rand.Rand) {
	t.Helper()
	if rng.IntN(2) == 0 {
		abort(t, root)
	}
	var names []string
	for _, pattern := range []string{"commitlog/*", "consumequeue/*/*/*", "index/*", "checkpoint"} {
		list, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(list) == 0 {
			t.Fatalf("%s: %v, %v", pattern, list, err)
		}
		names = append(names, list[rng.IntN(len(list))])
	}
	name := names[rng.IntN(len(names))]
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1+rng.IntN(64))
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	pos := rng.Int64N(info.Size() - int64(len(b)))
	rel, err := filepath.Rel(root, name)
	if err != nil {
		t.Fatal(err)
	}
	patch(t, root, rel, pos, b)
}

// A changed property is seen where records end with a CRC over all of them.
func TestPropCRC(t *testing.T) {
	root := image(t, "prop-crc")
	o := sizes()
	o.PropCRC = true
	if r := verified(t, root, o); r.Count(verify.Damaged) != 0 {
		t.Fatalf("got\n%swant an image without damage", text(t, r))
	}
	b, err := os.ReadFile(filepath.Join(root, firstSegment))
	if err != nil {
		t.Fatal(err)
	}
	crc := bytes.Index(b, []byte("__CRC32#"))
	if crc < 0 {
		t.Fatal("no CRC property in the image")
	}
	patch(t, root, firstSegment, int64(crc)-2, []byte{'X'}) // of the property in front of it
	if r := verified(t, root, o); r.Count(verify.Damaged) == 0 || !strings.Contains(text(t, r), "CRC property") {
		t.Errorf("got\n%swant a record that does not agree with its CRC", text(t, r))
	}
}
