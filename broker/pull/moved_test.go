package pull_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/vfs"
)

// told checks that a pull was sent to another offset.
func told(t *testing.T, got *wire.Command, remark string, next int64) {
	t.Helper()
	if got.Code != protocol.PullOffsetMoved || string(got.Remark) != remark || number(t, got, "nextBeginOffset") != next ||
		number(t, got, "maxOffset") != 5 || len(got.Body) != 0 {
		t.Errorf("got %d %s, %s; want 21 %s, on to %d of 5", got.Code, got.Remark, got.Ext, remark, next)
	}
}

// The first pull of a group after a reset is told where to go on, keeps no offset, and is the only one.
func TestResetIsToldOnce(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options())
	b.fill(t, 0, 5)
	b.tables.resets = map[string]int64{"G T 0": 2}
	if got := b.pull(t, request{queue: 1}); got.Code != protocol.PullNotFound {
		t.Errorf("another queue: got %d, want 19", got.Code)
	}
	told(t, b.pull(t, request{offset: 4, sys: protocol.PullCommitOffset, commit: 4}), "OFFSET_RESET", 2)
	if len(b.tables.commits) != 0 {
		t.Errorf("kept %q, want nothing", b.tables.commits)
	}
	if got := b.pull(t, request{offset: 2}); got.Code != protocol.Success || number(t, got, "nextBeginOffset") != 5 {
		t.Errorf("then: got %d %s, want the messages", got.Code, got.Remark)
	}
}

// A reset reaches those that wait for messages, of the group alone.
func TestResetWakes(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options())
	b.fill(t, 0, 5)
	b.tables.groups["H"], b.tables.online["H"] = b.tables.groups["G"], true
	p := peer.New()
	for i, group := range []string{"G", "H"} {
		b.send(t, p, request{opaque: int32(i), group: group, offset: 5, sys: protocol.PullSuspend, suspend: 60_000})
	}
	if b.Waiting() != 2 {
		t.Fatalf("%d wait, want 2", b.Waiting())
	}
	b.tables.change(func() { b.tables.resets = map[string]int64{"G T 0": 1} })
	b.Restart([]byte("G"), []byte("T"), 1)
	b.Restart([]byte("G"), []byte("No"), 0)
	b.Restart([]byte("G"), []byte("T"), 0)
	got := p.Next(t)
	told(t, got, "OFFSET_RESET", 1)
	if got.Opaque != 0 || b.Waiting() != 1 {
		t.Errorf("pull %d is answered and %d wait, want 0 and 1", got.Opaque, b.Waiting())
	}
}

// An offset outside of the queue is corrected, counted and logged.
func TestCorrectionsAreSaid(t *testing.T) {
	var log strings.Builder
	o := options()
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	b := start(t, vfs.NewMem(), smallStore(), o)
	b.fill(t, 0, 5)
	for range 3 {
		told(t, b.pull(t, request{offset: 9}), "OFFSET_OVERFLOW_BADLY", 5)
	}
	b.fill(t, 1, 5)
	told(t, b.pull(t, request{queue: 1, offset: 9}), "OFFSET_OVERFLOW_BADLY", 5)
	if n := b.Metrics.Corrected.Load(); n != 4 {
		t.Errorf("%d corrections counted, want 4", n)
	}
	const want = "group=G topic=T queue=0 asked=9 told=5 why=OFFSET_OVERFLOW_BADLY \"similar lines left out\"=0"
	if got := log.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, want) || !strings.Contains(got, "queue=1 ") {
		t.Errorf("logged\n%s\nwant one line with %s, and one of queue 1", got, want)
	}
}
