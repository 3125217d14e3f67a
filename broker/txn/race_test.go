package txn

import (
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

// Who rolls back while somebody commits is refused, and the other way round would be as well.
func TestEndedTwiceAtOnce(t *testing.T) {
	w := begin(t)
	p := w.send("a", "")
	w.settle()
	w.midway = func() {
		for _, how := range []int32{record.SysTranRollback, record.SysTranCommit} {
			if a := w.end(p, how); a.Code != protocol.SystemError || !strings.HasPrefix(string(a.Remark), "The transaction has ended") {
				t.Errorf("end %d during a commit: %d %s", how, a.Code, a.Remark)
			}
		}
	}
	if a := w.end(p, record.SysTranCommit); a.Code != protocol.Success {
		t.Fatalf("commit: %d %s", a.Code, a.Remark)
	}
	w.settle()
	if got := w.bodies("T", 3); len(got) != 1 {
		t.Errorf("in the topic %q", got)
	}
}

// A commit that fails can be tried again.
func TestFailedCommitLeavesNoClaim(t *testing.T) {
	w := begin(t)
	p := w.send("a", "")
	w.settle()
	w.refuse = errNoHalf
	if a := w.end(p, record.SysTranCommit); a.Code == protocol.Success {
		t.Fatal("committed where the store takes nothing")
	}
	w.refuse = nil
	if a := w.end(p, record.SysTranCommit); a.Code != protocol.Success {
		t.Errorf("commit: %d %s", a.Code, a.Remark)
	}
}

// A half that is committed while a round of checks waits for its producer is not put back, or it would be asked for, and
// committed, again.
func TestCommittedWhileTheRoundWaits(t *testing.T) {
	w := begin(t)
	p := w.send("a", "")
	w.settle()
	w.midway = func() {
		if a := w.end(p, record.SysTranCommit); a.Code != protocol.Success {
			t.Errorf("commit: %d %s", a.Code, a.Remark)
		}
	}
	w.later(time.Minute)
	w.later(time.Minute)
	if halves := w.records(record.TopicTranHalf, 0); len(halves) != 1 || w.commits != 1 {
		t.Errorf("%d halves, %d commits, want 1 and 1", len(halves), w.commits)
	}
}

// However much may wait for its note by configuration, all that is decided is noted.
func TestAllDecisionsAreNoted(t *testing.T) {
	w := begin(t)
	w.rules.NoteSize = 1 << 20
	const n = 60_000
	for off := range int64(n) {
		w.decided(off)
	}
	if err := w.flushNotes(); err != nil {
		t.Fatal(err)
	}
	w.settle()
	noted := make(map[int64]bool)
	for _, v := range w.records(record.TopicTranOpHalf, 0) {
		for off := range offsets(v.Body) {
			noted[off] = true
		}
	}
	if len(noted) != n {
		t.Errorf("%d of %d decisions noted", len(noted), n)
	}
}
