package repair_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store/repair"
	"github.com/gannetmq/gannet/store/verify"
)

// Batch queues and light queues that contradict the log are made anew as they were, with the topics that have them.
func TestOtherQueuesAreMadeAnew(t *testing.T) {
	const batch, light = "batchconsumequeue/TopicBcq/1/00000000000000000000", "consumequeue/%LMQ%a/0/00000000000000000000"
	for name, spoil := range map[string]func(*testing.T, string){
		"a batch": write(batch, 46+7, "77"), "an entry of a light queue": write(light, 27, "77"),
		"topics": func(t *testing.T, root string) {
			for _, name := range []string{"config/topics.json", "config/topics.json.bak"} {
				if err := os.WriteFile(filepath.Join(root, name), []byte("{"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			write(batch, 46+7, "77")(t, root)
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := filepath.Join(golden.Store(t, "light-queues"), "store")
			wantLog, wantQueued := messages(t, root)
			spoil(t, root)
			o := repair.Options{Store: sizes()}
			o.Store.Light = true
			done, last := repaired(t, root, o)
			if text := strings.Join(done, "\n"); !strings.Contains(text, "consumequeue: moved away") {
				t.Errorf("done: %s", text)
			}
			if n := last.Report.Count(verify.Damaged) + last.Report.Count(verify.Recoverable); n != 0 {
				t.Errorf("findings afterwards: %+v", last.Report.Parts)
			}
			if log, queued := messages(t, root); log != wantLog || queued != wantQueued {
				t.Errorf("%d messages in the log and %d in queues, want %d and %d", log, queued, wantLog, wantQueued)
			}
			if info, err := os.Stat(filepath.Join(root, batch)); err != nil || info.Size() != 13_800_000 {
				t.Errorf("the file of the batch queue: %v, %v; want Java's size", info, err)
			}
		})
	}
}
