package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/commitlog"
	"github.com/gannetmq/gannet/store/vfs"
)

// spoilt is the image basic-clean with a hash of a tag changed in a queue and a table cut short.
func spoilt(t *testing.T) (data, conf string) {
	t.Helper()
	data = golden.Store(t, "basic-clean")
	f, err := os.OpenFile(filepath.Join(data, "store", "consumequeue", "TopicOne", "0", "00000000000000000000"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte{1, 2, 3, 4, 5, 6, 7, 8}, 52)
	err = errors.Join(err, f.Close(), os.WriteFile(filepath.Join(data, "store", "config", "topics.json"), []byte(`{"topicConf`), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	return data, filepath.Join(data, "broker.conf")
}

func TestRepair(t *testing.T) {
	data, conf := spoilt(t)
	out, status, err := runStore(t, "repair", data, "-c", conf)
	if status != exitError || !errors.Is(err, errFindings) || !strings.HasPrefix(out, "would do:\n") ||
		!strings.Contains(out, "config/topics.json: damaged or missing, made anew from its backup") ||
		!strings.Contains(out, "consumequeue: moved away to bad/repair-") || !strings.HasSuffix(out, "nothing was changed; --yes does it, and then looks again\n") {
		t.Errorf("exit %d, %v, got\n%s", status, err, out)
	}
	if _, err := os.Stat(filepath.Join(data, "store", "bad")); err == nil {
		t.Error("something was set aside without --yes")
	}
	out, status, err = runStore(t, "repair", data, "-c", conf, "--yes")
	if status != 0 || !strings.HasPrefix(out, "doing:\n") || !strings.HasSuffix(out, "\nclean\n") {
		t.Errorf("--yes: exit %d, %v, got\n%s", status, err, out)
	}
	for _, command := range []string{"repair", "verify"} {
		if out, status, err := runStore(t, command, data, "-c", conf); status != 0 || !strings.HasSuffix(out, "clean\n") {
			t.Errorf("%s afterwards: exit %d, %v, got\n%s", command, status, err, out)
		}
	}
	out, status, err = runStore(t, "repair", data, "-c", conf, "--rebuild", "--yes")
	if status != 0 || !strings.Contains(out, "index: moved away") || !strings.HasSuffix(out, "\nclean\n") {
		t.Errorf("--rebuild: exit %d, %v, got\n%s", status, err, out)
	}
}

// What is lost in the middle of the log stays lost, and is told of.
func TestRepairLeaves(t *testing.T) {
	data := golden.Store(t, "basic-clean")
	f, err := os.OpenFile(filepath.Join(data, "store", "commitlog", "00000000000000000000"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = f.WriteAt([]byte("x"), 291+95); errors.Join(err, f.Close()) != nil {
		t.Fatal(err)
	}
	out, status, err := runStore(t, "repair", data, "-c", filepath.Join(data, "broker.conf"), "--yes")
	if status != exitError || !errors.Is(err, errFindings) || !strings.Contains(out, "left as it is:\n  commitlog/00000000000000000000 at 291: what was in 298 bytes is lost") {
		t.Errorf("exit %d, %v, got\n%s", status, err, out)
	}
}

// A directory that somebody has open is neither looked at nor changed.
func TestRepairRunning(t *testing.T) {
	data, conf := spoilt(t)
	s, err := store.Open(vfs.NewOS(filepath.Join(data, "store")), store.Options{LogFileSize: 1 << 20, QueueFileSize: 10000, IndexSlots: 200, IndexEntries: 800})
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"repair", data, "-c", conf}, {"repair", data, "-c", conf, "--yes"}} {
		if out, status, err := runStore(t, args...); status != exitUsage || !errors.Is(err, vfs.ErrLocked) {
			t.Errorf("%v: exit %d, %v, got\n%s", args, status, err, out)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// A start that is refused because of a gap in the log names the way out, and the way out works.
func TestRefusedStartNamesRepair(t *testing.T) {
	data := golden.Damaged(t, "cl-middle-lost/clean")
	conf, root := filepath.Join(data, "broker.conf"), filepath.Join(data, "store")
	start := func() error {
		s, err := store.Open(vfs.NewOS(root), store.Options{LogFileSize: 1 << 20, QueueFileSize: 10000, IndexSlots: 200, IndexEntries: 800})
		if err == nil {
			err = s.Close()
		}
		return repairHint(err, root)
	}
	if err := start(); !errors.Is(err, commitlog.ErrLayout) || !strings.HasSuffix(err.Error(), "; gannet store repair "+root+" says what can be done") {
		t.Errorf("got %v, want the way out", err)
	}
	if out, status, err := runStore(t, "repair", data, "-c", conf, "--yes"); status != 0 {
		t.Errorf("exit %d, %v, got\n%s", status, err, out)
	}
	if err := start(); err != nil {
		t.Errorf("repaired: %v", err)
	}
}
