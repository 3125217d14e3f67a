//go:build conformance

package retention

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/retention"
	"github.com/gannetmq/gannet/store/vfs"
)

const (
	segment  = 64 << 10
	messages = 600 // of about 1 KiB: ten files of the log
	batch    = 6   // files of the log that go
)

// sizes are small, so that files of all kinds are deleted.
var sizes = map[string]string{
	"mappedFileSizeCommitLog": fmt.Sprint(segment), "mappedFileSizeConsumeQueue": "400",
	"maxHashSlotNum": "100", "maxIndexNum": "200",
}

func options() store.Options {
	return store.Options{
		LogFileSize: segment, QueueFileSize: 400, IndexSlots: 100, IndexEntries: 200, CallerDrives: true,
		FlushInterval: 10 * time.Millisecond, FlushLeastPages: -1, QueueFlushInterval: 10 * time.Millisecond,
		// Every file expires at once, but only when somebody asks.
		Retention:      retention.Rules{Keep: -1, Hours: 1 << 24, MaxUsed: 100, ForceUsed: 100, NoForce: true, Batch: batch},
		LogDeletePause: -1, QueueDeletePause: -1, CleanInterval: time.Hour,
	}
}

// fill stores messages with keys in three queues of each of two topics, and some of a topic that is
// silent afterwards.
func fill(t *testing.T, s *store.Store) {
	t.Helper()
	host := netip.MustParseAddrPort("127.0.0.1:10911")
	for i := range messages {
		topic := fmt.Sprint("Topic", i%2)
		if i < 20 {
			topic = "Silent"
		}
		m := record.Message{
			Topic: []byte(topic), QueueID: int32(i / 2 % 3), Body: make([]byte, 900), BornHost: host, StoreHost: host,
			Properties: record.AppendProperty(record.AppendProperty(nil, record.PropUniqKey, fmt.Sprintf("%032X", i)),
				record.PropKeys, fmt.Sprintf("key%d all", i)),
		}
		var e record.Encoded
		if err := e.Set(&m, record.EncodeOptions{}); err != nil {
			t.Fatal(err)
		}
		q, err := s.Queue(m.Topic, m.QueueID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Put(&e, q, false); err != nil {
			t.Fatal(err)
		}
		s.Drive()
	}
}

func count(t *testing.T, pattern string) int {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

// A directory from which files of the log, of queues and of the index were deleted opens in Java as it
// is: after a kill, and after a clean stop unchanged.
func TestJavaOpensWhatIsLeft(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	s, err := store.Open(vfs.NewOS(dir), options())
	if err != nil {
		t.Fatal(err)
	}
	fill(t, s)
	if err := s.Close(); err != nil { // makes the queues durable, without which nothing is deleted
		t.Fatal(err)
	}
	queueFiles, indexFiles := count(t, dir+"/consumequeue/*/*/*"), count(t, dir+"/index/*")
	if s, err = store.Open(vfs.NewOS(dir), options()); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteExpired(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "a round of deletion, which queues and index follow", func() bool {
		return s.Stats().Deleted == batch &&
			count(t, dir+"/consumequeue/*/*/*") <= queueFiles-2*batch && count(t, dir+"/index/*") <= indexFiles-batch/2
	})
	if err := s.Check(); err != nil { // the round is over by then
		t.Error(err)
	}
	killed := filepath.Join(t.TempDir(), "killed")
	if out, err := exec.Command("cp", "-a", dir, killed).CombinedOutput(); err != nil {
		t.Fatalf("copy: %v\n%s", err, out)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = store.Open(vfs.NewOS(dir), options())
	if err != nil {
		t.Fatal(err)
	}
	start := s.Stats().LogStart
	left := 0
	for id := range int32(3) {
		for _, topic := range []string{"Topic0", "Topic1", "Silent"} {
			left += int(s.MaxOffset([]byte(topic), id) - s.MinOffset([]byte(topic), id))
		}
		if lo, hi := s.MinOffset([]byte("Silent"), id), s.MaxOffset([]byte("Silent"), id); lo != hi || hi == 0 {
			t.Errorf("queue %d of the silent topic: [%d, %d), want it empty and behind 0", id, lo, hi)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	judge(t, dir, start, left, "--expect-clean")
	judge(t, killed, start, left)
}

// judge has Java's code open a directory, which must begin at start and hold so many messages.
func judge(t *testing.T, dir string, start int64, messages int, args ...string) {
	t.Helper()
	args = append(args, "--expect-messages", fmt.Sprint(messages))
	for key, value := range sizes {
		args = append(args, "--set", key+"="+value)
	}
	exit, sum := javaenv.StoreDump(t, dir, args...)
	if exit != 0 || sum.MinPhyOffset != start || start == 0 || sum.QueueEntries == 0 {
		t.Errorf("%s: exit %d, log from %d, %d messages, %d entries; want 0, %d, %d\n%s", filepath.Base(dir), exit,
			sum.MinPhyOffset, sum.Messages, sum.QueueEntries, start, messages, strings.Join(sum.Problems, "\n"))
	}
	t.Logf("%s: %+v", filepath.Base(dir), sum)
	if _, err := os.Stat(filepath.Join(dir, "commitlog", fmt.Sprintf("%020d", 0))); !os.IsNotExist(err) {
		t.Errorf("the first file of the log is still there: %v", err)
	}
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for !ok() {
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("timed out: %s", what)
		}
	}
}
