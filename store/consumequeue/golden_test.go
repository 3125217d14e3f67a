package consumequeue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// javaQueue is what Java's broker said about a queue (store/check/README.md).
type javaQueue struct {
	Topic   string     `json:"topic"`
	QueueID int32      `json:"queueId"`
	Min     int64      `json:"minOffset"`
	Max     int64      `json:"maxOffset"`
	MaxPhy  int64      `json:"maxPhysicOffset"`
	ByTime  [][3]int64 `json:"-"` // time, lower, upper
	Entries [][4]int64 `json:"-"` // queue offset, physical offset, size, tags code
}

// UnmarshalJSON reads the two members whose names no struct tag can hold.
func (q *javaQueue) UnmarshalJSON(b []byte) error {
	type plain javaQueue
	var all map[string]json.RawMessage
	return errors.Join(
		json.Unmarshal(b, (*plain)(q)),
		json.Unmarshal(b, &all),
		json.Unmarshal(all["offsetByTime[ts,lower,upper]"], &q.ByTime),
		json.Unmarshal(all["entries[qoff,phy,size,tags]"], &q.Entries),
	)
}

type javaStore struct {
	Summary struct {
		MinPhyOffset int64 `json:"minPhyOffset"`
		QueueEntries int   `json:"queueEntries"`
	} `json:"summary"`
	Commitlog struct {
		Messages []struct {
			Phy   int64 `json:"phy"`
			Store int64 `json:"storeTimestamp"`
		} `json:"messages"`
	} `json:"commitlog"`
	Queues []javaQueue `json:"consumeQueues"`
}

// images are the golden directories; all have queue files of 10,000 bytes.
var images = []string{"basic-clean", "basic-killed", "api-put", "prop-crc"}

const imageFileSize = 10000

func (s *javaStore) times() map[int64]int64 {
	times := make(map[int64]int64, len(s.Commitlog.Messages))
	for _, m := range s.Commitlog.Messages {
		times[m.Phy] = m.Store
	}
	return times
}

// checkQueues compares all queues of the set with what Java saw.
func checkQueues(t *testing.T, s *Set, want *javaStore) {
	t.Helper()
	if err := s.CorrectMin(want.Summary.MinPhyOffset); err != nil {
		t.Fatal(err)
	}
	times, entries := want.times(), 0
	for i := range want.Queues {
		j := &want.Queues[i]
		q, err := s.Queue([]byte(j.Topic), j.QueueID)
		if err != nil {
			t.Fatal(err)
		}
		if q.Min() != j.Min || q.Max() != j.Max {
			t.Errorf("%s-%d: [%d, %d), want [%d, %d)", j.Topic, j.QueueID, q.Min(), q.Max(), j.Min, j.Max)
			continue
		}
		checkEntries(t, q, j)
		checkTimes(t, q, j, times)
		entries += len(j.Entries)
	}
	if entries != want.Summary.QueueEntries || entries == 0 {
		t.Errorf("%d entries compared, want %d", entries, want.Summary.QueueEntries)
	}
}

func checkEntries(t *testing.T, q *Queue, j *javaQueue) {
	t.Helper()
	got := readAll(t, q)
	if len(got) != len(j.Entries) {
		t.Errorf("%s-%d: %d entries, want %d", j.Topic, j.QueueID, len(got), len(j.Entries))
		return
	}
	for i, w := range j.Entries {
		if want := (Entry{w[1], int32(w[2]), w[3]}); got[i] != want || w[0] != q.Min()+int64(i) {
			t.Errorf("%s-%d: entry %d = %v, want %v at %d", j.Topic, j.QueueID, q.Min()+int64(i), got[i], want, w[0])
		}
	}
	if phy := q.maxPhy; phy != max(0, j.MaxPhy) {
		t.Errorf("%s-%d: log goes on at %d, want %d", j.Topic, j.QueueID, phy, j.MaxPhy)
	}
}

func checkTimes(t *testing.T, q *Queue, j *javaQueue, times map[int64]int64) {
	t.Helper()
	for _, row := range j.ByTime {
		for b, want := range map[Boundary]int64{Lower: row[1], Upper: row[2]} {
			got, err := q.OffsetByTime(row[0], b, func(phy int64) (int64, bool) { ms, ok := times[phy]; return ms, ok })
			if err != nil || got != want {
				t.Errorf("%s-%d: offset at %d, boundary %d = %d, %v, want %d", j.Topic, j.QueueID, row[0], b, got, err, want)
			}
		}
	}
}

// readAll returns the entries [Min, Max).
func readAll(t testing.TB, q *Queue) []Entry {
	t.Helper()
	var all []Entry
	buf := make([]Entry, 100)
	for i := q.Min(); i < q.Max(); {
		n, err := q.ReadEntries(i, buf)
		if err != nil || n == 0 {
			t.Fatalf("%s-%d: %d entries at %d of %d, %v", q.topic, q.id, n, i, q.Max(), err)
		}
		all = append(all, buf[:n]...)
		i += int64(n)
	}
	return all
}

// TestGoldenOpen opens queues that Java wrote. Those of basic-killed lack what the kill cut off, so
// there each queue must be a beginning of what Java rebuilt.
func TestGoldenOpen(t *testing.T) {
	for _, image := range images {
		for _, clean := range []bool{true, false} {
			var want javaStore
			golden.Expect(t, image, &want)
			fsys := vfs.NewOS(filepath.Join(golden.Store(t, image), "store"))
			s, err := Open(fsys, "consumequeue", Options{FileSize: imageFileSize, Clean: clean})
			if err != nil {
				t.Fatal(err)
			}
			if r := s.Report(); r.Cut != 0 || len(r.SetAside) != 0 || r.RebuildFrom != -1 {
				t.Errorf("%s: %+v", image, r)
			}
			if image == "basic-killed" {
				dispatchLog(t, image, s)
				s.Settle()
			}
			checkQueues(t, s, &want)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// dispatchLog feeds the log of an image to the set.
func dispatchLog(t *testing.T, image string, s *Set) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(golden.Store(t, image), "store", "commitlog", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("log files of %s: %v, %v", image, files, err)
	}
	slices.Sort(files)
	records := 0
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var v record.View
		for len(b) > 0 {
			kind, err := record.Parse(b, &v, record.Headers)
			if err != nil {
				t.Fatal(err)
			}
			if kind != record.Record {
				break
			}
			if err := s.Dispatch(&v); err != nil {
				t.Fatal(err)
			}
			b = b[v.Size:]
			records++
		}
	}
	if records == 0 {
		t.Fatalf("no records in %v", files)
	}
}

// TestGoldenWrite builds the queues out of Java's logs and compares the files with Java's, byte by
// byte. Java lost the ends of those of basic-killed: the bytes that it has must be ours.
func TestGoldenWrite(t *testing.T) {
	for _, image := range images {
		t.Run(image, func(t *testing.T) {
			var want javaStore
			golden.Expect(t, image, &want)
			dir := t.TempDir()
			s, err := Open(vfs.NewOS(dir), "consumequeue", Options{FileSize: imageFileSize})
			if err != nil {
				t.Fatal(err)
			}
			dispatchLog(t, image, s)
			checkQueues(t, s, &want)
			if c, err := s.Flush(context.Background()); err != nil || c.PhyOffset == 0 || c.StoreTime == 0 {
				t.Fatalf("covered %+v, %v", c, err)
			}
			checkQueues(t, s, &want)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			java := filepath.Join(golden.Store(t, image), "store", "consumequeue")
			compareFiles(t, java, filepath.Join(dir, "consumequeue"), image == "basic-killed")
		})
	}
}

func compareFiles(t *testing.T, java, ours string, lostEnds bool) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(java, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		want, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(java, name)
		if err != nil {
			return err
		}
		got, err := os.ReadFile(filepath.Join(ours, rel))
		if err != nil {
			return err
		}
		if lostEnds && len(got) == len(want) {
			end := len(bytes.TrimRight(want, "\x00"))
			got, want = got[:end], want[:end]
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from Java's", rel)
		}
		return nil
	})
	if err != nil || n == 0 {
		t.Errorf("%d files compared, %v", n, err)
	}
}
