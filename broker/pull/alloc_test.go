//go:build !race && !gannetdebug

package pull_test

import (
	"testing"
	"time"

	"github.com/gannetmq/gannet/broker/pull"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/vfs"
)

// A pull of what is in memory makes no garbage, from the bytes of its frame to the bytes of its answer.
func TestPullAllocatesNothing(t *testing.T) {
	o := options()
	o.Tally = &tally{quiet: true}
	b := start(t, vfs.NewMem(), smallStore(), o)
	for range 100 {
		b.put(t, "T", 0, "TAGS\x01A\x02", make([]byte, 512))
	}
	for name, q := range map[string]request{
		"tail":           {offset: 68},
		"one":            {offset: 99},
		"tags of header": {offset: 68, sys: tagged, tags: "A||B||C"},
		"no match":       {offset: 68, sys: tagged, tags: "B"},
		"end":            {offset: 100},
		"commit":         {offset: 99, sys: protocol.PullCommitOffset, commit: 1},
		"lite":           {code: protocol.LitePullMessage, offset: 99},
	} {
		for s, serialization := range map[string]wire.Serialization{"JSON": wire.JSON, "binary": wire.Binary} {
			b.tables.quiet = true // a list of commits grows
			frame := q.frame(t, serialization)
			var p peer.Counter
			if n := testing.AllocsPerRun(500, func() {
				if err := b.router.Frame(&p, frame); err != nil {
					t.Fatal(err)
				}
			}); n != 0 {
				t.Errorf("%s, %s: %v allocations per pull", name, s, n)
			}
			if p.Frames != 501 || b.Metrics.Moved.Load() != 0 {
				t.Errorf("%s, %s: %d answers, %d left the loop", name, s, p.Frames, b.Metrics.Moved.Load())
			}
		}
	}
}

// A pull that waits and is woken makes none either, once the maps know its queue and its connection.
func TestLongPollAllocatesNothing(t *testing.T) {
	o := options()
	o.Tally = &tally{quiet: true}
	b := start(t, vfs.NewOS(t.TempDir()), smallStore(), o) // a disk in memory allocates
	for name, sys := range map[string]int32{"tags of heartbeat": 0, "tags of header": tagged} {
		for s, serialization := range map[string]wire.Serialization{"JSON": wire.JSON, "binary": wire.Binary} {
			q := request{queue: 1, sys: sys | protocol.PullSuspend, suspend: 60_000, tags: "*"}
			var p peer.Counter
			var frames [256][]byte
			begin := b.store.MaxOffset([]byte("T"), 1)
			for i := range frames {
				q.offset = begin + int64(i)
				frames[i] = q.frame(t, serialization)
			}
			i := 0
			message := encode(t, "T", 1, "", make([]byte, 128))
			round := func() {
				if err := b.router.Frame(&p, frames[i]); err != nil {
					t.Fatal(err)
				}
				b.putAgain(t, message)
				i++
			}
			for range 20 {
				round()
			}
			if n := testing.AllocsPerRun(200, round); n != 0 {
				t.Errorf("%s, %s: %v allocations per wait", name, s, n)
			}
			if p.Frames != i || p.Failed != 0 || b.Waiting() != 0 {
				t.Errorf("%s, %s: %d answers of %d, %d failed, %d wait", name, s, p.Frames, i, p.Failed, b.Waiting())
			}
		}
	}
	if held, woken := b.Metrics.Held.Load(), b.Metrics.Woken.Load(); held == 0 || held != woken {
		t.Errorf("%d waited, %d were woken", held, woken)
	}
}

// Nor does one that is judged by a condition, and waits on behind what it does not want.
func TestConditionAllocatesNothing(t *testing.T) {
	c := &colours{groups: map[string]*colour{"G": {name: "red", version: 5}}}
	o := options()
	o.PropertyFilter, o.Filters = func() bool { return true }, c
	so := smallStore()
	so.FilterShare = time.Hour                   // on a busy machine a wait leaves the loop else
	b := start(t, vfs.NewOS(t.TempDir()), so, o) // a disk in memory allocates
	b.tables.subs["T"] = pull.Subscription{Version: 5, Expression: "SQL92"}
	b.paint(t, "red", "blue", "red", "green")
	red, blue := encode(t, "T", 0, "c\x01red\x02", []byte("red")), encode(t, "T", 0, "c\x01blue\x02", []byte("blue"))
	tail := request{sys: protocol.PullSuspend, suspend: 60_000, offset: b.store.MaxOffset([]byte("T"), 0)}
	var p peer.Counter
	for name, q := range map[string]request{"heartbeat": {}, "header": {sys: tagged, kind: "SQL92", tags: "blue"}} {
		frame := q.frame(t, wire.JSON)
		if n := testing.AllocsPerRun(500, func() { b.router.Frame(&p, frame) }); n != 0 {
			t.Errorf("%s: %v allocations per pull", name, n)
		}
	}
	var frames [256][]byte
	for i := range frames {
		frames[i] = tail.frame(t, wire.JSON)
		tail.offset += 2
	}
	i := 0
	round := func() {
		b.router.Frame(&p, frames[i])
		b.putAgain(t, blue)
		b.putAgain(t, red)
		i++
	}
	for range 20 {
		round()
	}
	if n := testing.AllocsPerRun(200, round); n != 0 {
		t.Errorf("%v allocations per wait", n)
	}
	if p.Frames != 2*501+i || p.Failed != 0 || b.Waiting() != 0 {
		t.Errorf("%d answers, %d failed, %d wait", p.Frames, p.Failed, b.Waiting())
	}
}
