package store_test

import (
	"bytes"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// What images with features of their own ask for, beyond golden_test.go.

// What waits for its time or its producer is for the broker: the store says nothing of it, and leaves it as it
// is, byte for byte, whatever is put meanwhile. See TestGoldenBytesAfterOpenAndClose too.
func TestGoldenImageWithDelaysTransactionsAndTimers(t *testing.T) {
	fsys := vfs.NewOS(golden.Store(t, "delay-tx-timer") + "/store")
	mine := []string{"config", "timerlog", "consumequeue/" + record.TopicSchedule, "consumequeue/" + record.TopicTranHalf, "consumequeue/" + record.TopicTimer}
	before := make(map[string][]byte)
	for _, dir := range mine {
		for name, b := range files(t, fsys, dir) {
			before[name] = b
		}
	}
	for _, state := range []string{"as found", "after a message", "after a crash"} {
		if state == "after a crash" {
			create(t, fsys, "abort", nil)
		}
		s := open(t, fsys, goldenOptions())
		if got := s.Unserved(); len(got) != 0 {
			t.Errorf("%s: not served: %q", state, got)
		}
		putBody(t, s, "TopicDelay", 0, []byte("an ordinary one"), "")
		closeStore(t, s)
	}
	for name, b := range before {
		if e, err := fsys.Stat(name); err != nil || !bytes.Equal(readFile(t, fsys, name, e.Size), b) {
			t.Errorf("%s changed: %v", name, err)
		}
	}
}

// The log of the image goes on in the directory whose turn it is, as Java would have it.
func TestGoldenImageWithTwoLogDirectories(t *testing.T) {
	fsys := vfs.NewOS(golden.Store(t, "multipath") + "/store")
	s := open(t, fsys, imageOptions("multipath"))
	body := make([]byte, 600_000)
	for range 4 { // two do not fit into one file
		putBody(t, s, "TopicSmall", 0, body, "")
	}
	closeStore(t, s)
	for dir, want := range map[string][]string{
		"commitlog1": {"00000000000000000000", "00000000000002097152", "00000000000004194304", "00000000000006291456", "00000000000008388608"},
		"commitlog2": {"00000000000001048576", "00000000000003145728", "00000000000005242880", "00000000000007340032"},
	} {
		list, err := fsys.List(dir)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range list {
			got = append(got, e.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", dir, got, want)
		}
	}
	s = open(t, fsys, imageOptions("multipath"))
	if got := s.MaxOffset([]byte("TopicSmall"), 0); got != 14 {
		t.Errorf("after a restart the queue ends at %d, want 14", got)
	}
	closeStore(t, s)
}

// A directory with default sizes has the files of golden/store/big-defaults, sparse as they are there.
func TestDefaultSizes(t *testing.T) {
	fsys := vfs.NewOS(t.TempDir())
	for range 2 { // the second time it is opened as it was left
		s := open(t, fsys, store.Options{})
		for id := range int32(4) {
			putKeyed(t, s, "TopicBigDef", id, "key", 5000)
		}
		closeStore(t, s)
	}
	sizes := make(map[string]int64)
	for _, dir := range []string{".", "commitlog", "consumequeue/TopicBigDef/0", "consumequeue/TopicBigDef/3", "index"} {
		list, err := fsys.List(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			switch {
			case dir == "index":
				sizes["index/"+strings.Repeat("n", len(e.Name))] = e.Size
			case !e.Dir:
				sizes[path.Join(dir, e.Name)] = e.Size
			}
		}
	}
	delete(sizes, "queues.tally") // ours
	if want := (map[string]int64{
		"checkpoint": 4096, "lock": 4,
		"commitlog/00000000000000000000":                  1 << 30,
		"consumequeue/TopicBigDef/0/00000000000000000000": 6_000_000,
		"consumequeue/TopicBigDef/3/00000000000000000000": 6_000_000,
		"index/nnnnnnnnnnnnnnnnn":                         420_000_040,
	}); !maps.Equal(sizes, want) {
		t.Errorf("got  %v\nwant %v", sizes, want)
	}
}
