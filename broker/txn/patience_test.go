package txn

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/record"
)

// A half that is committed while it waits behind the others for its time is not asked for afterwards, however many rounds pass
// before one comes to it because younger halves lie in front, and even if nothing but the disk remembers.
func TestCommittedWhileItLiesBehind(t *testing.T) {
	for _, remembers := range []bool{true, false} {
		t.Run(fmt.Sprintf("remembers=%t", remembers), func(t *testing.T) {
			w := begin(t)
			w.producers["P"] = peer.New()
			p := w.send("a", "CHECK_IMMUNITY_TIME_IN_SECONDS\x0160\x02")
			for _, young := range []string{"young", "younger"} {
				w.now = w.now.Add(5 * time.Second)
				w.send(young, "")
			}
			w.later(0)
			if n := len(w.records(halves, 0)); n != 4 || w.progress[halves] != 1 {
				t.Fatalf("%d halves, offset %d, want one put behind and the offset at the young one", n, w.progress[halves])
			}
			if a := w.end(p, record.SysTranCommit); a.Code != protocol.Success {
				t.Fatalf("commit: %d %s", a.Code, a.Remark)
			}
			for range 5 {
				w.later(time.Second)
			}
			if w.progress[halves] != 2 {
				t.Fatalf("the offset is %d, want it at the younger one", w.progress[halves])
			}
			if !remembers {
				w.notes.recent = [2]marks{}
			}
			for range 10 {
				w.later(30 * time.Second)
			}
			for _, v := range w.records(halves, 0)[4:] {
				if string(v.Body) == "a" {
					t.Errorf("put again after the commit: %q", v.Properties)
				}
			}
			if got := w.bodies("T", 3); !slices.Equal(got, []string{"a"}) {
				t.Errorf("committed %q", got)
			}
			if n := w.store.MaxOffset(opTopic, 0); w.progress[ops] != n {
				t.Errorf("the offset of notes is %d, want %d: nothing needs them", w.progress[ops], n)
			}
		})
	}
}
