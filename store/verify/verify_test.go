package verify_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/verify"
	"github.com/gannetmq/gannet/store/vfs"
)

// sizes are those of all images.
func sizes() verify.Options {
	return verify.Options{LogFileSize: 1 << 20, QueueFileSize: 10000, IndexSlots: 200, IndexEntries: 800}
}

func storeOptions() store.Options {
	return store.Options{LogFileSize: 1 << 20, QueueFileSize: 10000, IndexSlots: 200, IndexEntries: 800}
}

// image unpacks an image and returns its store directory.
func image(t testing.TB, name string) string { return golden.Store(t, name) + "/store" }

// contents is every file below root.
func contents(t testing.TB, root string) map[string][]byte {
	t.Helper()
	all := make(map[string][]byte)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "timerwheel" {
			return err
		}
		b, err := os.ReadFile(path)
		all[path] = b
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// verified runs Verify and fails if it has changed anything.
func verified(t testing.TB, root string, o verify.Options) *verify.Report {
	t.Helper()
	before := contents(t, root)
	r, err := verify.Verify(vfs.NewOS(root), o)
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	after := contents(t, root)
	if len(after) != len(before) {
		t.Errorf("%d files before, %d after", len(before), len(after))
	}
	for name, b := range before {
		if !bytes.Equal(b, after[name]) {
			t.Errorf("%s was changed", name)
		}
	}
	return r
}

// text is what a report prints.
func text(t testing.TB, r *verify.Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCleanImages(t *testing.T) {
	for name, want := range map[string][]string{
		"basic-clean": {"4 files of 1048576 bytes, 1693 messages, log offsets 0 to 3400760", "14 queues in files of 10000 bytes, 1693 entries", "4 files, 2473 keys"},
		"api-put":     {"1 file of 1048576 bytes, 40 messages", "9 queues in files of 10000 bytes, 38 entries", "1 file, 23 keys"},
		"prop-crc":    {"38 messages", "36 entries", "23 keys"},

		"basic-killed-recovered": {"7093 messages", "8 queues", "7093 entries"},
		"v4-basic":               {"1694 messages", "1694 entries", "2468 keys", "timer         absent"},
		"config-extra":           {"12 messages", "12 entries", "24 keys"},
		"delay-tx-timer":         {"279 messages", "279 entries", "491 keys", "timer         136 messages waiting for 17 moments, timer log 0 to 8944, delivered up to 2026-11-21T03:35:42.000Z"},
		"ha-slave":               {"2 files of 1048576 bytes, 51 messages, log offsets 1048576 to 2194514", "102 keys"},
		"cqext":                  {"120 messages", "120 entries", "240 keys"},
		"light-queues":           {"65 messages", "7 queues", "100 entries; 2 batch queues in files of 13800000 bytes, 82 messages", "110 keys"},
		"multipath":              {"5 files of 1048576 bytes, 40 messages, log offsets 0 to 5156392", "40 entries", "80 keys"},
	} {
		for by, o := range map[string]verify.Options{"configured": sizes(), "by the files": {IndexSlots: 200, IndexEntries: 800}} {
			t.Run(name+" "+by, func(t *testing.T) {
				if name == "multipath" {
					o.LogDirs = []string{"commitlog1", "commitlog2"}
				}
				r := verified(t, image(t, name), o)
				got := text(t, r)
				for _, w := range append(want, "abort         absent", "\nclean\n") {
					if !strings.Contains(got, w) {
						t.Errorf("got\n%swant %q in it", got, w)
					}
				}
			})
		}
	}
}

// A broker that was killed leaves nothing behind that the next start does not recover.
func TestKilledImage(t *testing.T) {
	r := verified(t, image(t, "basic-killed"), sizes())
	if got := text(t, r); r.Count(verify.Damaged) != 0 || !strings.Contains(got, "process 486 did not close the store") ||
		!strings.Contains(got, "7093 messages") {
		t.Errorf("got\n%swant 7093 messages, the process of the abort file and no damage", got)
	}
}

// What our own store leaves behind is clean, whoever wrote what it opened.
func TestAfterUs(t *testing.T) {
	for _, name := range []string{"basic-clean", "basic-killed", "api-put"} {
		t.Run(name, func(t *testing.T) {
			root := image(t, name)
			s, err := store.Open(vfs.NewOS(root), storeOptions())
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			r := verified(t, root, sizes())
			if n := r.Count(verify.Damaged) + r.Count(verify.Recoverable); n != 0 {
				t.Errorf("got\n%swant nothing wrong", text(t, r))
			}
		})
	}
}

func TestEmptyDirectory(t *testing.T) {
	r := verified(t, t.TempDir(), verify.Options{})
	if got := text(t, r); !strings.HasSuffix(got, "\nclean\n") {
		t.Errorf("got\n%swant clean", got)
	}
}

// A disk that cannot be read is an error, not a finding.
func TestUnreadable(t *testing.T) {
	disk := vfs.NewFaulty(vfs.NewOS(image(t, "api-put")))
	broken := errors.New("broken")
	disk.Inject(vfs.Rule{Op: vfs.OpRead, Err: broken})
	if _, err := verify.Verify(disk, sizes()); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}
