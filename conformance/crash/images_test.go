//go:build conformance

package crash

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/vfs"
)

// A directory that Java wrote and that lost all its queues and its index goes back to Java with what we
// made of its log: Java finds every message, in light queues and at the time of its delivery too.
func TestRebuiltImagesGoBackToJava(t *testing.T) {
	for image, logDirs := range map[string][]string{
		"delay-tx-timer": nil,
		"light-queues":   nil,
		"ha-slave":       nil,
		"v4-basic":       nil,
		"multipath":      {"commitlog1", "commitlog2"},
	} {
		t.Run(image, func(t *testing.T) {
			dir := filepath.Join(golden.Store(t, image), "store")
			for _, part := range []string{"consumequeue", "index"} {
				if err := os.RemoveAll(filepath.Join(dir, part)); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(dir, "abort"), []byte("4711"), 0o644); err != nil {
				t.Fatal(err)
			}
			s, err := store.Open(vfs.NewOS(dir), store.Options{
				LogDirs: logDirs, LogFileSize: 1 << 20, QueueFileSize: 10000, IndexSlots: 200, IndexEntries: 800,
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			var want struct{ Summary javaenv.Summary }
			golden.Expect(t, image, &want)
			exit, got := javaenv.StoreDump(t, dir, "--expect-clean", "--no-messages")
			if exit != 0 || got.Messages != want.Summary.Messages || got.IndexEntries != want.Summary.IndexEntries {
				t.Errorf("StoreDump: exit %d, %d messages, %d index entries, want %d and %d: %q\n%s", exit, got.Messages, got.IndexEntries,
					want.Summary.Messages, want.Summary.IndexEntries, got.Problems, got.Stderr)
			}
		})
	}
}
