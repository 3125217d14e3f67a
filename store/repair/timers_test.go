package repair_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store/repair"
	"github.com/gannetmq/gannet/store/timer"
	"github.com/gannetmq/gannet/store/verify"
	"github.com/gannetmq/gannet/store/vfs"
)

// Timers that contradict the log are made anew by the next broker, which still knows what was delivered.
func TestTimersAreMovedAway(t *testing.T) {
	root := filepath.Join(golden.Store(t, "delay-tx-timer"), "store")
	write(timer.LogDir+"/00000000000000005200", 1508+28, "0000000000000005")(t, root)
	done, last := repaired(t, root, repair.Options{Store: sizes()})
	if text := strings.Join(done, "\n"); !strings.HasPrefix(text, "timerlog and timerwheel: moved away to bad/repair-") || len(done) != 1 {
		t.Errorf("done: %s", text)
	}
	if n := last.Report.Count(verify.Damaged); n != 0 || !strings.Contains(strings.Join(last.Left, "\n"), "made anew by the next start of a broker") {
		t.Errorf("%d findings, left %q", n, last.Left)
	}
	for _, name := range []string{timer.LogDir, timer.WheelFile} {
		if _, err := os.Stat(filepath.Join(root, name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v, want none", name, err)
		}
		if list, _ := filepath.Glob(filepath.Join(root, "bad", "repair-*", name)); len(list) != 1 {
			t.Errorf("%s was moved to %q, want one place below bad", name, list)
		}
	}
	b, found, err := timer.Open(vfs.NewOS(root), timer.Options{Precision: 1000, LogFileSize: 5200, Reach: 172800, Now: 1795232147000})
	if err != nil {
		t.Fatal(err)
	}
	if found.Anew == "" || found.ReadTime != 1795232142000 || found.QueueOffset != 171 {
		t.Errorf("a start finds %+v, want everything taken up anew, and what was delivered known", found)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

// What the log has lost is no reason to make timers anew.
func TestTimersOfLostMessagesStay(t *testing.T) {
	root := filepath.Join(golden.Store(t, "delay-tx-timer"), "store")
	write("commitlog/00000000000000000000", 48439, "ffffffff")(t, root) // of a message that waits
	_, last := repaired(t, root, repair.Options{Store: sizes()})
	if text := strings.Join(last.Left, "\n"); !strings.Contains(text, "is lost; the messages around it are served") ||
		!strings.Contains(text, "findings in the timer's files that follow from what the log has lost") {
		t.Errorf("left: %s", text)
	}
	if _, err := os.Stat(filepath.Join(root, timer.WheelFile)); err != nil {
		t.Errorf("the wheel: %v, want it where it was", err)
	}
}
