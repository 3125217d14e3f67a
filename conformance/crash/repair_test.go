//go:build conformance

package crash

import (
	"path/filepath"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/repair"
	"github.com/gannetmq/gannet/store/vfs"
)

// Damages that Java refuses to start with, or starts with and loses messages, go back to Java repaired: it
// opens the directory, changes nothing in it, and finds every message by queue and by key.
func TestRepairedDamagesGoBackToJava(t *testing.T) {
	for name, messages := range map[string]int{
		"blank-lost/clean":          1693, // Java: 1556 read, 449 problems
		"cq-behind/clean":           1693, // Java: 20 entries are missing
		"cq-short-file/clean":       1693, // Java: refuses
		"cl-last-short/clean":       1693, // Java: refuses
		"cl-foreign-file/clean":     1693, // Java: refuses
		"topics-corrupt/clean":      1693,
		"topics-both-corrupt/clean": 1693, // Java: refuses
		"no-index/clean":            1693, // Java: no message is found by key
		"index-garbage/clean":       1693, // Java: the same
		"tail-crc/clean":            1692, // Java: 1 problem
		"cl-middle-lost/clean":      137,  // Java: 464 problems
		"one-queue-lost/abort":      1693, // Java: 105 entries are missing
		"last-file-all-zero/abort":  1561,
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(golden.Damaged(t, name), "store")
			p, err := repair.Make(vfs.NewOS(dir), repair.Options{Store: store.Options{IndexSlots: 200, IndexEntries: 800}})
			for round := 0; err == nil && len(p.Steps) > 0 && round < 6; round++ {
				if err = p.Do(); err == nil {
					p, err = p.Next()
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			exit, got := javaenv.StoreDump(t, dir, "--expect-clean", "--no-messages")
			if exit != 0 || got.Messages != messages || got.QueueEntries != messages {
				t.Errorf("StoreDump: exit %d, %d messages, %d in queues, want %d: %q\n%s", exit, got.Messages, got.QueueEntries, messages,
					got.Problems, got.Stderr)
			}
		})
	}
}
