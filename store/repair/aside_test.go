package repair_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/image"
	"github.com/gannetmq/gannet/store/repair"
	"github.com/gannetmq/gannet/store/verify"
	"github.com/gannetmq/gannet/store/vfs"
)

// write overwrites bytes of a file, given in hex.
func write(file string, pos int64, content string) func(*testing.T, string) {
	return func(t *testing.T, root string) {
		t.Helper()
		b, err := hex.DecodeString(content)
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(filepath.Join(root, file), os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.WriteAt(b, pos)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// What no golden damage has: wrong entries in the middle of queues and of the index.
func TestContradictions(t *testing.T) {
	const queue, index = "consumequeue/TopicOne/0/00000000000000000000", "index/20261121030557191"
	for _, tc := range []struct {
		name string
		do   func(t *testing.T, root string)
		done []string
	}{
		{"an entry of a queue", write(queue, 40, "000000000000004d"), []string{"consumequeue: moved away"}},
		{"a tag's hash", write(queue, 52, "0102030405060708"), []string{"consumequeue: moved away"}},
		{"an entry of the index", write(index, 40+200*4+20*5+4, "0000000000000001"), []string{"index: moved away"}},
		{"a slot of the index", write(index, 40+4*7, "00000000"), []string{"index: moved away"}},
		{"both", func(t *testing.T, root string) {
			write(queue, 40, "000000000000004d")(t, root)
			write(index, 40+4*7, "00000000")(t, root)
		}, []string{"consumequeue: moved away", "index: moved away"}},
		{"bytes behind the end", write("commitlog/00000000000003145728", 3400760-3145728+5000, "0102030405"), []string{"what is behind the last message is moved away"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			root := damaged(t, "none/clean")
			tc.do(t, root)
			done, last := repaired(t, root, repair.Options{Store: sizes()})
			if text := strings.Join(done, "\n"); !inOrder(text, tc.done) {
				t.Errorf("done:\n%s\nwant %q", text, tc.done)
			}
			if n := last.Report.Count(verify.Damaged) + last.Report.Count(verify.Recoverable); n != 0 || len(last.Left) != 0 {
				t.Errorf("%d findings afterwards, left %q", n, last.Left)
			}
			if log, queued := messages(t, root); log != 1693 || queued != 1693 {
				t.Errorf("%d messages in the log, %d in queues, want 1693", log, queued)
			}
		})
	}
}

// A plan changes nothing, and what Do replaces has its old bytes in bad/.
func TestNothingIsDeleted(t *testing.T) {
	for _, name := range []string{"cq-behind/clean", "cl-middle-lost/clean", "topics-both-corrupt/clean", "topics-corrupt/clean", "cl-foreign-file/clean", "blank-lost/clean"} {
		t.Run(name, func(t *testing.T) {
			root := damaged(t, name)
			before := contents(t, root)
			p := plan(t, root, repair.Options{Store: sizes()})
			if after := contents(t, root); !maps.Equal(before, after) {
				t.Error("a plan has changed the directory")
			}
			if err := p.Do(); err != nil {
				t.Fatal(err)
			}
			after := contents(t, root)
			aside := make(map[string]bool)
			for path, b := range after {
				if strings.HasPrefix(path, "bad/repair-") {
					aside[b] = true
				}
			}
			if len(aside) == 0 {
				t.Fatal("nothing is set aside")
			}
			for path, b := range before {
				if path == "queues.tally" || path == "checkpoint" || path == "abort" || after[path] == b || aside[b] {
					continue
				}
				if strings.HasPrefix(path, "index/") || strings.HasPrefix(path, "consumequeue/") || strings.HasPrefix(path, "commitlog/") {
					if _, there := after[path]; there {
						continue // written to, not replaced
					}
				}
				t.Errorf("%s is neither there nor set aside", path)
			}
		})
	}
}

func TestBlankKeepsACopy(t *testing.T) {
	root := damaged(t, "none/clean")
	const file, pos = "00000000000001048576", 1025285 // where its blank is
	write("commitlog/"+file, pos, "00000000000000000102030405")(t, root)
	repaired(t, root, repair.Options{Store: sizes()})
	list, err := filepath.Glob(filepath.Join(root, "bad", "repair-*", "commitlog", file+"-*"))
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v; want one copy", list, err)
	}
	b, err := os.ReadFile(list[0])
	if err != nil || len(b) != 1<<20-pos || b[8] != 1 || b[12] != 5 {
		t.Errorf("%d bytes, %v; want what was there", len(b), err)
	}
	b, err = os.ReadFile(filepath.Join(root, "commitlog", file))
	const want = "\x00\x00\x5a\xfb\xcb\xd4\x31\x94" // as Java has written it there
	if err != nil || string(b[pos:pos+8]) != want {
		t.Errorf("got % x, %v; want % x", b[pos:pos+8], err, want)
	}
}

// All queues and the index made anew from the log are those that Java made, light queues among them.
func TestRebuildIsWhatWas(t *testing.T) {
	for _, name := range []string{"basic-clean", "delay-tx-timer", "light-queues", "ha-slave", "prop-crc", "v4-basic", "multipath"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := sizes()
			if name == "multipath" {
				o.LogDirs = []string{"commitlog1", "commitlog2"}
			}
			root := filepath.Join(golden.Store(t, name), "store")
			stat := func() *image.Stat {
				im, err := image.Open(vfs.NewOS(root), image.Options{LogDirs: o.LogDirs})
				if err != nil {
					t.Fatal(err)
				}
				defer im.Close()
				s, err := im.Stat()
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
			before := stat()
			done, last := repaired(t, root, repair.Options{Store: o, Rebuild: true})
			if n := last.Report.Count(verify.Damaged) + last.Report.Count(verify.Recoverable); n != 0 || len(done) != 3 {
				t.Errorf("done %q, %d findings afterwards; want three steps and none", done, n)
			}
			after := stat()
			if !reflect.DeepEqual(ranges(before), ranges(after)) || !reflect.DeepEqual(before.Groups, after.Groups) {
				t.Errorf("queues were\n%+v\nare\n%+v", ranges(before), ranges(after))
			}
		})
	}
}

// ranges is where each queue with messages begins and ends.
func ranges(s *image.Stat) map[string]map[int32][2]int64 {
	all := make(map[string]map[int32][2]int64)
	for _, topic := range s.Topics {
		for _, q := range topic.Queues {
			if q.Max == q.Min {
				continue
			}
			if all[topic.Name] == nil {
				all[topic.Name] = make(map[int32][2]int64)
			}
			all[topic.Name][q.ID] = [2]int64{q.Min, q.Max}
		}
	}
	return all
}

func TestLocked(t *testing.T) {
	root := damaged(t, "cq-behind/clean")
	p := plan(t, root, repair.Options{Store: sizes()})
	s, err := store.Open(vfs.NewOS(root), store.Options{LogFileSize: 1 << 20, QueueFileSize: 10000, IndexSlots: 200, IndexEntries: 800})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Do(); !errors.Is(err, vfs.ErrLocked) {
		t.Errorf("got %v, want %v", err, vfs.ErrLocked)
	}
	if _, err := os.Stat(filepath.Join(root, "bad")); err == nil {
		t.Error("something was moved from beneath who has the directory open")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// An index of sizes that nobody told stays, and no other is made.
func TestIndexOfUnknownSize(t *testing.T) {
	root := damaged(t, "none/abort")
	before := contents(t, filepath.Join(root, "index"))
	_, last := repaired(t, root, repair.Options{})
	if after := contents(t, filepath.Join(root, "index")); !maps.Equal(before, after) {
		t.Error("the index has changed")
	}
	if text := strings.Join(last.Left, "\n"); !strings.Contains(text, "maxHashSlotNum") {
		t.Errorf("left %q, want the keys to set", text)
	}
}

// The last message of a file keeps what is left of it when its head is sound: readers find the next file
// behind it.
func TestLastMessageOfAFile(t *testing.T) {
	root := damaged(t, "none/clean")
	const file = "commitlog/00000000000001048576"
	write(file, 820228+2000, "ffffff")(t, root)
	before, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	_, last := repaired(t, root, repair.Options{Store: sizes()})
	if text := strings.Join(last.Left, "\n"); !strings.Contains(text, file+" at 820228: what was in ") {
		t.Errorf("left %q, want the message", text)
	}
	if after, err := os.ReadFile(filepath.Join(root, file)); err != nil || !bytes.Equal(before, after) {
		t.Errorf("%v: the file has changed", err)
	}
}

// A file that was put there by mistake is what is moved, not the log.
func TestStrayFile(t *testing.T) {
	root := damaged(t, "none/clean")
	const stray = "commitlog/00000000001073741824"
	if err := os.WriteFile(filepath.Join(root, stray), make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	done, last := repaired(t, root, repair.Options{Store: sizes()})
	if len(done) != 1 || !strings.HasPrefix(done[0], stray+": moved away: it follows no file of the log") || last.Report.Count(verify.Damaged) != 0 {
		t.Errorf("done %q, want the stray file moved", done)
	}
	if log, _ := messages(t, root); log != 1693 {
		t.Errorf("%d messages, want 1693", log)
	}
}

// A table of topics that is made from the queues has the topics that have messages, with as many queues as
// Java had given them.
func TestTopicsOfQueues(t *testing.T) {
	type table struct {
		TopicConfigTable map[string]struct {
			Perm, ReadQueueNums, WriteQueueNums int
			TopicName                           string
		}
	}
	read := func(root string) (topics table) {
		b, err := os.ReadFile(filepath.Join(root, "config", "topics.json"))
		if err := errors.Join(err, json.Unmarshal(b, &topics)); err != nil {
			t.Fatal(err)
		}
		return topics
	}
	java := read(damaged(t, "none/clean"))
	root := damaged(t, "topics-both-corrupt/clean")
	repaired(t, root, repair.Options{Store: sizes()})
	got := read(root)
	for _, name := range []string{"TopicA", "TopicBatch", "TopicBig", "TopicOne", "TopicOrder", "TopicZip"} {
		if topic := got.TopicConfigTable[name]; topic != java.TopicConfigTable[name] || topic.Perm != 6 {
			t.Errorf("%s: got %+v, want %+v", name, topic, java.TopicConfigTable[name])
		}
	}
	if len(got.TopicConfigTable) != 6 {
		t.Errorf("got %+v, want six topics", got)
	}
}

// An offset table without a backup is moved away.
func TestTableIsMovedAway(t *testing.T) {
	root := damaged(t, "none/clean")
	for _, name := range []string{"consumerOffset.json", "consumerOffset.json.bak"} {
		if err := os.WriteFile(filepath.Join(root, "config", name), []byte(`{"offset`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	done, last := repaired(t, root, repair.Options{Store: sizes()})
	list, err := filepath.Glob(filepath.Join(root, "bad", "repair-*", "config", "consumerOffset.json*"))
	if err != nil || len(list) != 2 || len(last.Left) != 0 || last.Report.Count(verify.Damaged) != 0 {
		t.Errorf("done %q, set aside %v, %v, left %q", done, list, err, last.Left)
	}
}

// What nobody can judge is told and left alone.
func TestLeftAlone(t *testing.T) {
	root := damaged(t, "none/clean")
	if err := os.Truncate(filepath.Join(root, "commitlog", "00000000000001048576"), 1<<20+7); err != nil {
		t.Fatal(err)
	}
	p := plan(t, root, repair.Options{Store: sizes()})
	if text := strings.Join(p.Left, "\n"); len(p.Steps) != 0 || !strings.Contains(text, "1048583 bytes") {
		t.Errorf("steps %+v, left %q; want the file that is too long", p.Steps, text)
	}
}

func TestNothingThere(t *testing.T) {
	p := plan(t, t.TempDir(), repair.Options{})
	if len(p.Steps) != 0 || len(p.Left) != 0 {
		t.Errorf("steps %+v, left %q; want nothing", p.Steps, p.Left)
	}
}
