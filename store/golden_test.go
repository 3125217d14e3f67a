package store_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// expectation is the part of expect.json that a store can be asked for.
type expectation struct {
	Summary struct {
		MinPhyOffset, MaxPhyOffset int64
		Messages                   int
	}
	Commitlog  struct{ Messages []goldenMessage }
	Queues     []goldenQueue `json:"consumeQueues"`
	KeyQueries []keyQuery    `json:"-"`
}

// UnmarshalJSON reads the member whose name no struct tag can spell.
func (x *expectation) UnmarshalJSON(b []byte) error {
	type plain expectation
	if err := json.Unmarshal(b, (*plain)(x)); err != nil {
		return err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(b, &members); err != nil {
		return err
	}
	return json.Unmarshal(members["keyQueries[topic,key,phy]"], &x.KeyQueries)
}

// keyQuery is what Java finds for a key.
type keyQuery struct {
	topic, key string
	phy        []int64
}

func (q *keyQuery) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&q.topic, &q.key, &q.phy})
}

type goldenMessage struct {
	Phy, QueueOffset int64
	Size             int
	Topic            string
	QueueID          int32
	StoreTimestamp   int64
	SysFlag          int32
	RecordSha1       string
}

type goldenQueue struct {
	Topic, Type          string
	QueueID              int32
	MinOffset, MaxOffset int64
	OffsetByTime         [][3]int64 `json:"-"`
	Entries              [][]int64  `json:"-"`
}

// UnmarshalJSON reads the members whose names no struct tag can spell.
func (q *goldenQueue) UnmarshalJSON(b []byte) error {
	type plain goldenQueue
	if err := json.Unmarshal(b, (*plain)(q)); err != nil {
		return err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(b, &members); err != nil {
		return err
	}
	name, columns := "entries[qoff,phy,size,tags]", 4 // more are of consumequeue_ext
	if q.Type == batchQueue {
		name, columns = "entries[qoff,phy,size,tags,batchNum,compacted]", 6
	}
	var rows [][]json.RawMessage
	if err := json.Unmarshal(members[name], &rows); err != nil {
		return err
	}
	for _, row := range rows {
		entry := make([]int64, columns)
		for i := range entry {
			if err := json.Unmarshal(row[i], &entry[i]); err != nil {
				return err
			}
		}
		q.Entries = append(q.Entries, entry)
	}
	return json.Unmarshal(members["offsetByTime[ts,lower,upper]"], &q.OffsetByTime)
}

// goldenOptions are the settings that all images were written with.
func goldenOptions() store.Options {
	return store.Options{LogFileSize: 1 << 20, QueueFileSize: 10000, IndexSlots: 200, IndexEntries: 800}
}

// closedImages are those that Java stopped in order.
var closedImages = []string{
	"basic-clean", "basic-killed-recovered", "api-put", "prop-crc", "v4-basic", "config-extra", "delay-tx-timer", "ha-slave",
	"cqext", "light-queues", "multipath",
}

// imageOptions are goldenOptions with the paths of an image.
func imageOptions(image string) store.Options {
	o := goldenOptions()
	if image == "multipath" {
		o.LogDirs = []string{"commitlog2", "commitlog1"}
	}
	return o
}

func TestGoldenImages(t *testing.T) {
	for _, image := range append([]string{"basic-killed"}, closedImages...) {
		t.Run(image, func(t *testing.T) {
			var want expectation
			golden.Expect(t, image, &want)
			fsys := vfs.NewOS(golden.Store(t, image) + "/store")
			for _, step := range []string{"as found", "closed by us"} {
				s := open(t, fsys, imageOptions(image))
				t.Run(step, func(t *testing.T) { compareGolden(t, s, &want) })
				closeStore(t, s)
			}
		})
	}
}

// batchQueue is the kind of queue whose entries are batches.
const batchQueue = "BatchCQ"

func compareGolden(t *testing.T, s *store.Store, want *expectation) {
	if st := s.Stats(); st.LogStart != want.Summary.MinPhyOffset || st.LogEnd != want.Summary.MaxPhyOffset {
		t.Errorf("the log is [%d, %d), want [%d, %d)", st.LogStart, st.LogEnd, want.Summary.MinPhyOffset, want.Summary.MaxPhyOffset)
	}
	var r store.Read
	defer r.Release()
	for i := range want.Queues {
		compareQueue(t, s, &r, &want.Queues[i])
	}
	for i := range want.Commitlog.Messages {
		m := &want.Commitlog.Messages[i]
		compareRecord(t, s, &r, m)
		if record.Queued(m.SysFlag) {
			compareStoreTime(t, s, m)
		}
	}
	for _, q := range want.KeyQueries {
		got, err := s.FindByKey([]byte(q.topic), []byte(q.key), 64, 0, math.MaxInt64)
		// After a crash Java indexes the last message of the index twice, we do not.
		if err != nil || !slices.Equal(slices.Compact(got), slices.Compact(slices.Clone(q.phy))) {
			t.Errorf("%s key %q: got %v, %v, want %v", q.topic, q.key, got, err, q.phy)
		}
	}
}

func compareRecord(t *testing.T, s *store.Store, r *store.Read, m *goldenMessage) {
	t.Helper()
	if err := s.Reread(m.Phy, r, false); err != nil {
		t.Fatalf("record at %d: %v", m.Phy, err)
	}
	b := r.AppendTo(nil)
	sum := sha1.Sum(b)
	if got := hex.EncodeToString(sum[:]); got != m.RecordSha1 || len(b) != m.Size {
		t.Errorf("record at %d: got %d bytes, sha1 %s; want %d, %s", m.Phy, len(b), got, m.Size, m.RecordSha1)
	}
}

func compareStoreTime(t *testing.T, s *store.Store, m *goldenMessage) {
	t.Helper()
	ms, err := s.StoreTime([]byte(m.Topic), m.QueueID, m.QueueOffset)
	if err != nil || ms != m.StoreTimestamp {
		t.Errorf("store time of %s-%d %d: got %d, %v, want %d", m.Topic, m.QueueID, m.QueueOffset, ms, err, m.StoreTimestamp)
	}
}

func compareQueue(t *testing.T, s *store.Store, r *store.Read, q *goldenQueue) {
	t.Helper()
	topic := []byte(q.Topic)
	if got := s.MinOffset(topic, q.QueueID); got != q.MinOffset {
		t.Errorf("%s-%d: min offset %d, want %d", q.Topic, q.QueueID, got, q.MinOffset)
	}
	if got := s.MaxOffset(topic, q.QueueID); got != q.MaxOffset {
		t.Errorf("%s-%d: max offset %d, want %d", q.Topic, q.QueueID, got, q.MaxOffset)
	}
	for _, row := range q.OffsetByTime {
		lower, err1 := s.OffsetByTime(topic, q.QueueID, row[0], store.Lower)
		upper, err2 := s.OffsetByTime(topic, q.QueueID, row[0], store.Upper)
		if q.Type == batchQueue {
			upper = row[2] // Java's search gets lost: BatchConsumeQueue.binarySearchRight
		}
		if err1 != nil || err2 != nil || lower != row[1] || upper != row[2] {
			t.Errorf("%s-%d: offsets at %d: got %d, %d (%v, %v), want %d, %d", q.Topic, q.QueueID, row[0], lower, upper, err1, err2, row[1], row[2])
		}
	}
	var got [][]int64
	query := store.Query{Topic: topic, QueueID: q.QueueID, Offset: q.MinOffset, Max: 32}
	for query.Offset < q.MaxOffset {
		status, err := s.Get(&query, r)
		if err != nil || status != store.Found {
			t.Fatalf("%s-%d: get at %d: %v, %v", q.Topic, q.QueueID, query.Offset, status, err)
		}
		for i, m := range r.Messages {
			row := []int64{m.QueueOffset, m.PhyOffset, int64(m.Size), m.TagsCode}
			if q.Type == batchQueue {
				next := r.Next
				if i+1 < len(r.Messages) {
					next = r.Messages[i+1].QueueOffset
				}
				row = append(row, next-m.QueueOffset, -1)
			}
			got = append(got, row)
		}
		query.Offset = r.Next
	}
	if g, w := fmt.Sprint(got), fmt.Sprint(q.Entries); g != w {
		t.Errorf("%s-%d: got entries %.300s, want %.300s", q.Topic, q.QueueID, g, w)
	}
}

// What a clean stop of ours leaves of an image that Java stopped in order is what Java left.
func TestGoldenBytesAfterOpenAndClose(t *testing.T) {
	for _, image := range closedImages {
		t.Run(image, func(t *testing.T) {
			fsys := vfs.NewOS(golden.Store(t, image) + "/store")
			before := files(t, fsys, ".")
			closeStore(t, open(t, fsys, imageOptions(image)))
			after := files(t, fsys, ".")
			for name, b := range before {
				if name != "checkpoint" && !bytes.Equal(b, after[name]) {
					t.Errorf("%s changed", name)
				}
				delete(after, name)
			}
			delete(after, "queues.tally") // ours
			for name := range after {
				t.Errorf("%s is new", name)
			}
		})
	}
}

// An index that is lost is made again from the log, and has the bytes that Java gave it.
func TestGoldenIndexIsRebuilt(t *testing.T) {
	for _, image := range []string{"basic-clean", "api-put", "prop-crc"} {
		t.Run(image, func(t *testing.T) {
			fsys := vfs.NewOS(golden.Store(t, image) + "/store")
			var want [][]byte
			for _, name := range slices.Sorted(maps.Keys(files(t, fsys, "index"))) {
				want = append(want, files(t, fsys, "index")[name])
				if err := fsys.Remove(name); err != nil {
					t.Fatal(err)
				}
			}
			closeStore(t, open(t, fsys, imageOptions(image)))
			got := files(t, fsys, "index")
			if len(got) != len(want) {
				t.Fatalf("got %d files, want %d", len(got), len(want))
			}
			for i, name := range slices.Sorted(maps.Keys(got)) {
				if !bytes.Equal(got[name], want[i]) {
					t.Errorf("file %d, %s, differs from Java's", i, name)
				}
			}
		})
	}
}

// Queues that are lost are made again from the log, and have the bytes that Java gave them: the light
// queues' too, and those of delayed messages.
func TestGoldenQueuesAreRebuilt(t *testing.T) {
	for _, image := range closedImages {
		for _, state := range []string{"closed", "crashed"} {
			t.Run(image+"/"+state, func(t *testing.T) {
				fsys := vfs.NewOS(golden.Store(t, image) + "/store")
				want := queueFiles(t, fsys)
				remove(t, fsys, "consumequeue")
				if image == "light-queues" {
					remove(t, fsys, "batchconsumequeue")
				}
				if state == "crashed" {
					create(t, fsys, "abort", nil)
				}
				s := open(t, fsys, imageOptions(image))
				var x expectation
				golden.Expect(t, image, &x)
				compareGolden(t, s, &x)
				closeStore(t, s)
				got := queueFiles(t, fsys)
				for name, b := range want {
					if image != "cqext" && !bytes.Equal(got[name], b) { // there Java has addresses
						t.Errorf("%s differs from Java's", name)
					}
					delete(got, name)
				}
				for name := range got {
					t.Errorf("%s is new", name)
				}
			})
		}
	}
}

// queueFiles are the files of simple and batch queues.
func queueFiles(t *testing.T, fsys vfs.FS) map[string][]byte {
	all := files(t, fsys, "consumequeue")
	maps.Copy(all, files(t, fsys, "batchconsumequeue"))
	return all
}

// files reads every file below dir but the timer wheel, which is large and not ours.
func files(t testing.TB, fsys vfs.FS, dir string) map[string][]byte {
	t.Helper()
	list, err := fsys.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string][]byte)
	for _, e := range list {
		name := strings.TrimPrefix(dir+"/"+e.Name, "./")
		switch {
		case e.Dir:
			for k, v := range files(t, fsys, name) {
				all[k] = v
			}
		case e.Name != "timerwheel":
			all[name] = readFile(t, fsys, name, e.Size)
		}
	}
	return all
}

func readFile(t testing.TB, fsys vfs.FS, name string, size int64) []byte {
	t.Helper()
	f, err := fsys.OpenRead(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := make([]byte, size)
	if n, err := f.ReadAt(b, 0); int64(n) != size {
		t.Fatalf("%s: read %d of %d bytes: %v", name, n, size, err)
	}
	return b
}
