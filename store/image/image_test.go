package image_test

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/image"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// expectation is what Java sees in an image.
type expectation struct {
	Summary struct {
		MinPhyOffset, MaxPhyOffset, Messages, IndexFiles int64
	}
	CommitLog struct {
		Messages []message
	}
	ConsumeQueues []struct {
		Topic, Type          string
		QueueID              int32
		MinOffset, MaxOffset int64
	}
	Config struct {
		ConsumerOffsets struct {
			OffsetTable    map[string]map[int32]int64
			LMQOffsetTable map[string]int64
		}
	}
}

type message struct {
	Phy            int64
	Size           int32
	Topic          string
	QueueID        int32
	QueueOffset    int64
	StoreTimestamp int64
	BodySha1       string
	Properties     map[string]string
}

// images are those of Java with messages in them; multipath has its log in two directories.
var images = []string{
	"api-put", "basic-clean", "basic-killed-recovered", "config-extra", "cqext", "delay-tx-timer", "ha-slave", "light-queues",
	"multipath", "prop-crc", "v4-basic",
}

func open(t *testing.T, root string, o image.Options) *image.Image {
	t.Helper()
	im, err := image.Open(vfs.NewOS(root), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := im.Close(); err != nil {
			t.Error(err)
		}
	})
	return im
}

func unpacked(t *testing.T, name string) (root string, o image.Options) {
	t.Helper()
	if name == "multipath" {
		o.LogDirs = []string{"commitlog1", "commitlog2"}
	}
	return filepath.Join(golden.Store(t, name), "store"), o
}

// Every message that Java sees is dumped, in the order of the log, as Java sees it.
func TestDumpGoldenLog(t *testing.T) {
	for _, name := range images {
		t.Run(name, func(t *testing.T) {
			var want expectation
			golden.Expect(t, name, &want)
			root, o := unpacked(t, name)
			n := 0
			err := open(t, root, o).Dump(image.Selection{Queue: -1}, func(f image.Found) error {
				if n < len(want.CommitLog.Messages) {
					if got := asJava(f.View); f.Err != nil || !reflect.DeepEqual(got, want.CommitLog.Messages[n]) {
						t.Errorf("message %d: %v, got\n%+v\nwant\n%+v", n, f.Err, got, want.CommitLog.Messages[n])
					}
				}
				n++
				return nil
			})
			if err != nil || n != len(want.CommitLog.Messages) || n == 0 {
				t.Errorf("%d messages, %v; want %d", n, err, len(want.CommitLog.Messages))
			}
		})
	}
}

func asJava(v *record.View) message {
	sum := sha1.Sum(v.Body)
	m := message{
		v.PhyOffset, v.Size, string(v.Topic), v.QueueID, v.QueueOffset, v.StoreTime, hex.EncodeToString(sum[:]), make(map[string]string),
	}
	for key, value := range record.Properties(v.Properties) {
		m.Properties[string(key)] = string(value)
	}
	return m
}

// The queues of each image have the offsets that Java gives them, and lead to their messages.
func TestDumpGoldenQueues(t *testing.T) {
	for _, name := range images {
		t.Run(name, func(t *testing.T) {
			var want expectation
			golden.Expect(t, name, &want)
			root, o := unpacked(t, name)
			im := open(t, root, o)
			for _, q := range want.ConsumeQueues {
				next, first := q.MinOffset, true
				err := im.Dump(image.Selection{Topic: q.Topic, Queue: q.QueueID}, func(f image.Found) error {
					if first && f.Queue == nil {
						return fmt.Errorf("found in the log, want it found by queue")
					}
					first = false
					if f.Err != nil || f.View == nil || f.Offset != next {
						t.Errorf("%s %d: offset %d, %v; want %d", q.Topic, q.QueueID, f.Offset, f.Err, next)
					}
					next = f.Offset + int64(f.Messages)
					return nil
				})
				if q.MaxOffset == q.MinOffset && first {
					continue // Java makes queues without files
				}
				if err != nil || next != q.MaxOffset {
					t.Errorf("%s %d: up to %d, %v; want %d", q.Topic, q.QueueID, next, err, q.MaxOffset)
				}
			}
		})
	}
}

func TestStatGolden(t *testing.T) {
	for _, name := range images {
		t.Run(name, func(t *testing.T) {
			var want expectation
			golden.Expect(t, name, &want)
			root, o := unpacked(t, name)
			s, err := open(t, root, o).Stat()
			if err != nil {
				t.Fatal(err)
			}
			messages := want.CommitLog.Messages
			last := messages[len(messages)-1]
			if s.Log.Start != want.Summary.MinPhyOffset || s.Log.End != last.Phy+int64(last.Size) || s.Log.End > want.Summary.MaxPhyOffset {
				t.Errorf("log from %d to %d, want %d to %d", s.Log.Start, s.Log.End, want.Summary.MinPhyOffset, want.Summary.MaxPhyOffset)
			}
			if s.Log.First != messages[0].StoreTimestamp || s.Log.Last != last.StoreTimestamp {
				t.Errorf("stored %d to %d, want %d to %d", s.Log.First, s.Log.Last, messages[0].StoreTimestamp, last.StoreTimestamp)
			}
			if int64(s.Index.Files) != want.Summary.IndexFiles || s.Disk.Total <= 0 || s.Log.Problem != "" {
				t.Errorf("got %+v, want %d files of the index", s, want.Summary.IndexFiles)
			}
			wantQueues, gotQueues := make(map[string][2]int64), make(map[string][2]int64)
			for _, q := range want.ConsumeQueues {
				if q.MaxOffset > q.MinOffset {
					wantQueues[fmt.Sprint(q.Topic, "-", q.QueueID)] = [2]int64{q.MinOffset, q.MaxOffset}
				}
			}
			for _, topic := range s.Topics {
				for _, q := range topic.Queues {
					if q.Max > q.Min {
						gotQueues[fmt.Sprint(topic.Name, "-", q.ID)] = [2]int64{q.Min, q.Max}
					}
				}
			}
			if !maps.Equal(gotQueues, wantQueues) {
				t.Errorf("queues: got %v\nwant %v", gotQueues, wantQueues)
			}
			groups := make(map[string]map[int32]int64)
			for _, g := range s.Groups {
				queues := make(map[int32]int64)
				for _, q := range g.Queues {
					queues[q.ID] = q.Offset
				}
				groups[g.Topic+"@"+g.Group] = queues
			}
			for key, off := range want.Config.ConsumerOffsets.LMQOffsetTable {
				want.Config.ConsumerOffsets.OffsetTable[key] = map[int32]int64{0: off}
			}
			if want := want.Config.ConsumerOffsets.OffsetTable; len(groups) != len(want) || len(want) > 0 && !reflect.DeepEqual(groups, want) {
				t.Errorf("groups: got %v\nwant %v", groups, want)
			}
		})
	}
}

// What Java was killed on has an abort file; its messages are counted all the same.
func TestStatKilled(t *testing.T) {
	root, o := unpacked(t, "basic-killed")
	s, err := open(t, root, o).Stat()
	if err != nil || s.Abort == "" || s.Log.End == 0 || len(s.Topics) == 0 {
		t.Errorf("got %+v, %v; want an abort file and messages", s, err)
	}
}

func patch(t *testing.T, root, name string, pos int64, b []byte) {
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

func remove(t *testing.T, root, name string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(root, name)); err != nil {
		t.Fatal(err)
	}
}

// collect returns how many messages were found, and what was wrong.
func collect(t *testing.T, im *image.Image, s image.Selection) (n int, wrong []error, err error) {
	t.Helper()
	err = im.Dump(s, func(f image.Found) error {
		if f.View != nil {
			n++
		}
		if f.Err != nil {
			wrong = append(wrong, f.Err)
		}
		return nil
	})
	return n, wrong, err
}

func TestDumpDamaged(t *testing.T) {
	const firstLog, queue = "commitlog/00000000000000000000", "consumequeue/TopicOne/0/00000000000000000000"
	all := image.Selection{Queue: -1}
	one := image.Selection{Topic: "TopicOne", Queue: 0}
	for _, tc := range []struct {
		name  string
		do    func(t *testing.T, root string)
		sel   image.Selection
		n     int
		wrong string // part of the only complaint, "" for none
	}{
		{"a body", func(t *testing.T, root string) { patch(t, root, firstLog, 291+95, []byte("x")) }, all, 1692, "298 bytes without a readable message"},
		{"an entry to nowhere", func(t *testing.T, root string) { patch(t, root, queue, 40, []byte{0, 1}) }, one, 1129, "no message begins there"},
		{"an entry to another message", func(t *testing.T, root string) {
			patch(t, root, queue, 40, []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 35})
		}, one, 1130, `is message 0 of topic "TopicA"`},
		{"a queue that is gone", func(t *testing.T, root string) { remove(t, root, "consumequeue/TopicOne") }, one, 1130, ""},
		{"half of a queue", func(t *testing.T, root string) { remove(t, root, queue) }, one, 630, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			root, o := unpacked(t, "basic-clean")
			tc.do(t, root)
			n, wrong, err := collect(t, open(t, root, o), tc.sel)
			if err != nil || n != tc.n {
				t.Errorf("%d messages, %v; want %d", n, err, tc.n)
			}
			if len(wrong) > 1 || (len(wrong) == 1) != (tc.wrong != "") || tc.wrong != "" && !strings.Contains(wrong[0].Error(), tc.wrong) {
				t.Errorf("got %v, want %q", wrong, tc.wrong)
			}
		})
	}
}

func TestDumpSelection(t *testing.T) {
	root, o := unpacked(t, "basic-clean")
	im := open(t, root, o)
	for _, tc := range []struct {
		name string
		sel  image.Selection
		n    int
		err  error
	}{
		{"at most", image.Selection{Queue: -1, Max: 7}, 7, nil},
		{"from a log offset", image.Selection{Queue: -1, From: 3400473}, 1, nil},
		{"from inside a message", image.Selection{Queue: -1, From: 3400474}, 0, image.ErrNoRecord},
		{"a topic", image.Selection{Topic: "TopicA", Queue: -1}, 424, nil},
		{"the end of a queue", image.Selection{Topic: "TopicOne", Queue: 0, From: 1128}, 2, nil},
		{"behind it", image.Selection{Topic: "TopicOne", Queue: 0, From: 1130}, 0, nil},
		{"no such queue", image.Selection{Topic: "TopicOne", Queue: 7}, 0, image.ErrNoQueue},
		{"no such topic", image.Selection{Topic: "Topic", Queue: -1}, 0, nil},
	} {
		n, wrong, err := collect(t, im, tc.sel)
		if n != tc.n || !errors.Is(err, tc.err) || len(wrong) != 0 {
			t.Errorf("%s: got %d messages, %v, %v; want %d, %v", tc.name, n, wrong, err, tc.n, tc.err)
		}
	}
	end := errors.New("of the visitor")
	if err := im.Dump(image.Selection{Queue: -1}, func(image.Found) error { return end }); !errors.Is(err, end) {
		t.Errorf("got %v, want that of the visitor", err)
	}
}

// A log with a hole is not read, and its directory still told of.
func TestLogWithHole(t *testing.T) {
	root, o := unpacked(t, "basic-clean")
	remove(t, root, "commitlog/00000000000001048576")
	im := open(t, root, o)
	if _, _, err := collect(t, im, image.Selection{Queue: -1}); !errors.Is(err, commitlog.ErrLayout) {
		t.Errorf("dump: %v, want %v", err, commitlog.ErrLayout)
	}
	s, err := im.Stat()
	if err != nil || !strings.Contains(s.Log.Problem, "1048576") || s.Log.Files.Files != 3 || len(s.Topics) != 6 {
		t.Errorf("stat: %+v, %v; want what is missing, and the rest", s, err)
	}
}

// An image is read beside who has the directory open.
func TestBesideARunningStore(t *testing.T) {
	root, o := unpacked(t, "basic-clean")
	s, err := store.Open(vfs.NewOS(root), store.Options{LogFileSize: 1 << 20, QueueFileSize: 10000, IndexSlots: 200, IndexEntries: 800})
	if err != nil {
		t.Fatal(err)
	}
	im := open(t, root, o)
	if n, wrong, err := collect(t, im, image.Selection{Queue: -1}); n != 1693 || len(wrong) != 0 || err != nil {
		t.Errorf("%d messages, %v, %v; want 1693", n, wrong, err)
	}
	if st, err := im.Stat(); err != nil || st.Abort != fmt.Sprint(os.Getpid()) {
		t.Errorf("stat: %+v, %v; want our process", st, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestNothingIsChanged(t *testing.T) {
	root, o := unpacked(t, "basic-killed")
	before := listing(t, root)
	im := open(t, root, o)
	if _, _, err := collect(t, im, image.Selection{Queue: -1}); err != nil {
		t.Fatal(err)
	}
	if _, err := im.Stat(); err != nil {
		t.Fatal(err)
	}
	if after := listing(t, root); !maps.Equal(before, after) {
		t.Errorf("files were %v, are %v", before, after)
	}
}

// listing is every file with its size and time.
func listing(t *testing.T, root string) map[string]string {
	t.Helper()
	all := make(map[string]string)
	err := filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			all[path] = fmt.Sprint(info.Size(), info.ModTime())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestNothingThere(t *testing.T) {
	im := open(t, t.TempDir(), image.Options{})
	if n, _, err := collect(t, im, image.Selection{Queue: -1}); n != 0 || err != nil {
		t.Errorf("dump: %d, %v; want nothing", n, err)
	}
	if s, err := im.Stat(); err != nil || s.Log.Files.Files != 0 || s.Log.FileSize != 1<<30 || len(s.Topics) != 0 {
		t.Errorf("stat: %+v, %v; want nothing", s, err)
	}
}

func TestQueueFileSize(t *testing.T) {
	root, _ := unpacked(t, "basic-clean")
	if size, err := image.QueueFileSize(vfs.NewOS(root)); size != 10000 || err != nil {
		t.Errorf("got %d, %v; want 10000", size, err)
	}
	if size, err := image.QueueFileSize(vfs.NewOS(t.TempDir())); size != 6_000_000 || err != nil {
		t.Errorf("without files: got %d, %v; want 6000000", size, err)
	}
}

func TestReadOnly(t *testing.T) {
	fsys := image.ReadOnly(vfs.NewMem(), nil, 0)
	_, create := fsys.Create("a", 1)
	_, open := fsys.Open("a")
	_, lock := fsys.Lock("lock")
	for i, err := range []error{create, open, lock, fsys.Rename("a", "b"), fsys.Remove("a"), fsys.MkdirAll("d"), fsys.SyncDir(".")} {
		if !errors.Is(err, image.ErrReadOnly) {
			t.Errorf("call %d: got %v, want %v", i, err, image.ErrReadOnly)
		}
	}
}
