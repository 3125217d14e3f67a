package repair_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/image"
	"github.com/gannetmq/gannet/store/repair"
	"github.com/gannetmq/gannet/store/verify"
	"github.com/gannetmq/gannet/store/vfs"
)

// sizes are those of the golden images.
func sizes() store.Options { return store.Options{IndexSlots: 200, IndexEntries: 800} }

// damaged unpacks basic-clean and damages it.
func damaged(t *testing.T, name string) (root string) {
	t.Helper()
	return filepath.Join(golden.Damaged(t, name), "store")
}

func plan(t *testing.T, root string, o repair.Options) *repair.Plan {
	t.Helper()
	p, err := repair.Make(vfs.NewOS(root), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// repaired carries plans out until nothing is to be done, and returns what was done and the last plan.
func repaired(t *testing.T, root string, o repair.Options) (done []string, last *repair.Plan) {
	t.Helper()
	p := plan(t, root, o)
	for range 6 {
		if len(p.Steps) == 0 {
			return done, p
		}
		for _, s := range p.Steps {
			done = append(done, s.Text)
		}
		if err := p.Do(); err != nil {
			t.Fatal(err)
		}
		var err error
		if p, err = p.Next(); err != nil {
			t.Fatal(err)
		}
	}
	var b strings.Builder
	if err := p.Report.Write(&b); err != nil {
		t.Fatal(err)
	}
	t.Fatalf("never done: %q\n%s", done, b.String())
	return nil, nil
}

// messages counts what the log has and what the queues lead to.
func messages(t *testing.T, root string) (log int, queued int64) {
	t.Helper()
	im, err := image.Open(vfs.NewOS(root), image.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer im.Close()
	if err := im.Dump(image.Selection{Queue: -1}, func(f image.Found) error {
		if f.Err == nil {
			log++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	s, err := im.Stat()
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range s.Topics {
		queued += topic.Messages
	}
	return log, queued
}

// Each damage becomes a directory without findings, but for what is lost in the middle of the log.
func TestGoldenDamages(t *testing.T) {
	for _, tc := range []struct {
		name     string
		messages int      // afterwards
		done     []string // parts of what is done, in order
		left     string   // part of what is left; "" for a clean directory
	}{
		{"none/clean", 1693, nil, ""},
		{"none/abort", 1693, []string{"started and stopped"}, ""},
		{"tail-crc/clean", 1692, []string{"started and stopped"}, ""},
		{"tail-zero-10/abort", 1683, []string{"started and stopped"}, ""},
		{"blank-lost/clean", 1693, []string{"00000000000001048576 at 1025285: no message in the last 23291 bytes", "started and stopped"}, ""},
		{"blank-lost/abort", 1693, []string{"sent on to the next file", "started and stopped"}, ""},
		{"no-consumequeue-index-checkpoint/clean", 1693, []string{"started and stopped"}, ""},
		{"one-queue-lost/abort", 1693, []string{"started and stopped"}, ""},
		{"cq-behind/clean", 1693, []string{"consumequeue: moved away", "makes them anew"}, ""},
		{"cq-behind/abort", 1693, []string{"started and stopped", "consumequeue: moved away", "makes them anew"}, ""},
		{"index-garbage/clean", 1693, []string{"started and stopped"}, ""},
		{"cl-first-lost/clean", 142, nil, ""},
		{"cl-middle-lost/clean", 137, []string{"commitlog/00000000000000000000: moved away, with its messages"}, ""},
		{"cl-middle-lost/abort", 137, []string{"gap between it and commitlog/00000000000002097152", "started and stopped"}, ""},
		{"cl-foreign-file/clean", 1693, []string{"commitlog/readme.txt: not a file of the log"}, ""},
		{"cl-last-short/clean", 1693, []string{"started and stopped"}, ""},
		{"topics-corrupt/clean", 1693, []string{"config/topics.json: damaged or missing, made anew from its backup"}, ""},
		{"topics-lost/clean", 1693, []string{"config/topics.json"}, ""},
		{"topics-both-corrupt/clean", 1693, []string{"config/topics.json: damaged with its backup, made anew from the queues"}, ""},
		{"offsets-corrupt/clean", 1693, []string{"config/consumerOffset.json: damaged"}, ""},
		{"magic-mid-first-file/clean", 1692, nil, "00000000000000000000 at 35174: what was in 274 bytes is lost"},
		{"crc-mid-last-file/clean", 1692, nil, "00000000000003145728 at 228723: what was in 399 bytes is lost"},
		{"crc-mid-last-file/abort", 1692, []string{"started and stopped"}, "is lost"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			root := damaged(t, tc.name)
			done, last := repaired(t, root, repair.Options{Store: sizes()})
			if text := strings.Join(done, "\n"); !inOrder(text, tc.done) || len(tc.done) == 0 && text != "" {
				t.Errorf("done:\n%s\nwant %q", text, tc.done)
			}
			if text := strings.Join(last.Left, "\n"); tc.left == "" && text != "" || !strings.Contains(text, tc.left) {
				t.Errorf("left: %q, want %q", text, tc.left)
			}
			if n := last.Report.Count(verify.Damaged) + last.Report.Count(verify.Recoverable); (n == 0) != (tc.left == "") {
				var b strings.Builder
				if err := last.Report.Write(&b); err != nil {
					t.Fatal(err)
				}
				t.Errorf("findings afterwards:\n%s", b.String())
			}
			log, queued := messages(t, root)
			if log != tc.messages || tc.left == "" && queued != int64(tc.messages) {
				t.Errorf("%d messages in the log, %d in queues, want %d", log, queued, tc.messages)
			}
			opens(t, root)
			if p := plan(t, root, repair.Options{Store: sizes()}); len(p.Steps) > 0 {
				t.Errorf("after the next start: %+v, want nothing to do", p.Steps)
			}
		})
	}
}

func inOrder(text string, parts []string) bool {
	for _, p := range parts {
		i := strings.Index(text, p)
		if i < 0 {
			return false
		}
		text = text[i+len(p):]
	}
	return true
}

// opens opens and closes the store: a sound directory stays sound.
func opens(t *testing.T, root string) {
	t.Helper()
	s, err := store.Open(vfs.NewOS(root), store.Options{LogFileSize: 1 << 20, QueueFileSize: 10000, IndexSlots: 200, IndexEntries: 800})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// contents is every file below dir with its bytes.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "timerwheel" {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all[name] = string(b)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return all
}
