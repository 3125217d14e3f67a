package verify_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/verify"
	"github.com/gannetmq/gannet/store/vfs"
)

const (
	batchFile = "batchconsumequeue/TopicBcq/0/00000000000000000000"
	batchUnit = 46
	// batchFileSize is less than Java's default, which the image has.
	batchFileSize = 100 * batchUnit
	lightFile     = "consumequeue/%LMQ%a/0/00000000000000000000"
)

// batchDamages are done to Java's image light-queues, of batch queues and light queues.
func batchDamages() []damage {
	return []damage{
		{"a batch's place in the log", func(t testing.TB, root string) { patch(t, root, batchFile, batchUnit+7, []byte{0x33}) },
			verify.Damaged, []string{batchFile + " at 46", "the entry of message 1 is", "message 1, 3 messages"}},
		{"a batch's number of messages", func(t testing.TB, root string) { patch(t, root, batchFile, batchUnit+37, []byte{2}) },
			verify.Damaged, []string{batchFile + " at 46", "message 1, 2 messages), the message is", "message 1, 3 messages"}},
		{"a batch's time", func(t testing.TB, root string) { patch(t, root, batchFile, batchUnit+27, []byte{0}) },
			verify.Damaged, []string{batchFile + " at 46", "the entry of message 1 is"}},
		{"a batch's first message, forward", func(t testing.TB, root string) { patch(t, root, batchFile, batchUnit+35, []byte{3}) },
			verify.Damaged, []string{batchFile, "message 1"}},
		{"a batch's first message, back", func(t testing.TB, root string) { patch(t, root, batchFile, 2*batchUnit+35, []byte{0}) },
			verify.Damaged, []string{batchFile + " at 92: 1 unit cannot be right, and others follow"}},
		{"the same after a crash", func(t testing.TB, root string) {
			patch(t, root, batchFile, 2*batchUnit+35, []byte{0})
			abort(t, root)
		}, verify.Recoverable, []string{batchFile + " at 92"}},
		{"the end of a batch queue", func(t testing.TB, root string) { patch(t, root, batchFile, 3*batchUnit, make([]byte, 30*batchUnit)) },
			verify.Damaged, []string{"no entries of", "from message 9 on"}},
		{"a file of a batch queue of an odd size", func(t testing.TB, root string) { cut(t, root, batchFile, 4_601) },
			verify.Recoverable, []string{"cannot be read together", "4601 bytes"}},
		{"a short file of a batch queue", func(t testing.TB, root string) { cut(t, root, batchFile, 2*batchUnit+20) },
			verify.Recoverable, []string{batchFile + ": 112 bytes long"}},
		{"a batch queue is gone", func(t testing.TB, root string) { remove(t, root, "batchconsumequeue/TopicBcq/0") },
			verify.Note, []string{"consumequeue/TopicBcq: ", "in the log, no queue"}},
		{"a simple queue of a topic with batch queues", func(t testing.TB, root string) {
			rename(t, root, "consumequeue/TopicParent/0", "consumequeue/TopicBcq/5")
		}, verify.Recoverable, []string{"consumequeue/TopicBcq/5: a queue of the wrong kind"}},
		{"an entry of a light queue", func(t testing.TB, root string) { patch(t, root, lightFile, 27, []byte{0x77}) },
			verify.Damaged, []string{lightFile + " at 20"}},
		{"a light queue is gone", func(t testing.TB, root string) { remove(t, root, "consumequeue/%LMQ%a") },
			verify.Note, []string{"consumequeue/%LMQ%a: ", "in the log, no queue"}},
		{"consumed beyond the end, by the table of light queues", func(t testing.TB, root string) {
			write(t, root, "config/lmqConsumerOffset.json", `{"offsetTable":{"TopicParent@G":{0:1000}}}`)
		}, verify.Recoverable, []string{"a group has consumed more of TopicParent-0"}},
	}
}

// batchImage is the image light-queues, with smaller files.
func batchImage(t testing.TB) string {
	t.Helper()
	root := image(t, "light-queues")
	for queue := range 2 {
		cut(t, root, batchFileOf(queue), batchFileSize)
	}
	return root
}

func rename(t testing.TB, root, from, to string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(filepath.Join(root, to)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(root, from), filepath.Join(root, to)); err != nil {
		t.Fatal(err)
	}
}

func TestDamageOfOtherQueues(t *testing.T) {
	o := sizes()
	o.Light, o.BatchFileSize = true, batchFileSize
	for _, d := range batchDamages() {
		t.Run(d.name, func(t *testing.T) {
			root := batchImage(t)
			d.do(t, root)
			judge(t, verified(t, root, o), d)
			if d.severity != verify.Recoverable {
				return
			}
			// What is said to be recovered is: by the store itself, from the log.
			so := storeOptions()
			so.Light, so.BatchFileSize = true, batchFileSize
			s, err := store.Open(vfs.NewOS(root), so)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Check(); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if r := verified(t, root, o); r.Count(verify.Recoverable)+r.Count(verify.Damaged) > 0 {
				t.Errorf("after a start:\n%s", text(t, r))
			}
		})
	}
}

// The tally has batch queues too: one that is lost between two starts is made anew, and the others with it.
func TestLostBatchQueueIsCounted(t *testing.T) {
	root := batchImage(t)
	o, so := sizes(), storeOptions()
	o.Light, so.Light = true, true
	o.BatchFileSize, so.BatchFileSize = batchFileSize, batchFileSize
	open := func() {
		t.Helper()
		s, err := store.Open(vfs.NewOS(root), so)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	open()
	tally, err := os.ReadFile(filepath.Join(root, "queues.tally"))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(tally))
	if len(fields) != 6 || fields[4] != "2" || fields[5] != "82" {
		t.Fatalf("tally %q, want two batch queues with 82 messages", tally)
	}
	remove(t, root, "batchconsumequeue/TopicBcq/0")
	patch(t, root, batchFileOf(1), 7, []byte{0x77}) // is made anew with it
	judge(t, verified(t, root, o), damage{severity: verify.Recoverable, want: []string{"2 batch queues with 82 messages when they were last closed"}})
	open()
	judge(t, verified(t, root, o), damage{severity: verify.Note, want: []string{"2 batch queues in files of 4600 bytes, 82 messages", "clean"}})
}

func batchFileOf(queue int) string {
	return "batchconsumequeue/TopicBcq/" + strconv.Itoa(queue) + "/00000000000000000000"
}
