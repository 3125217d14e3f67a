package pull_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/vfs"
)

// tally keeps what it is told. It is a pull.Tally.
type tally struct {
	mu    sync.Mutex
	told  []string
	times []time.Duration
	quiet bool // nothing is kept
}

func (y *tally) Pulled(group, topic []byte, queue int32, next int64, messages, bytes int, took time.Duration) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.quiet {
		return
	}
	y.told = append(y.told, fmt.Sprintf("%s %s %d %d %d %d", group, topic, queue, next, messages, bytes))
	y.times = append(y.times, took)
}

// take returns what was told since the last call.
func (y *tally) take() []string {
	y.mu.Lock()
	defer y.mu.Unlock()
	told := y.told
	y.told = nil
	return told
}

// Each look into a queue is counted once, with what was found; what is refused is not.
func TestTally(t *testing.T) {
	y := new(tally)
	o := options()
	o.Tally = y
	b := start(t, vfs.NewMem(), smallStore(), o)
	b.fill(t, 0, 10)
	size := len(b.pull(t, request{max: 1}).Body)
	y.take()
	for _, tt := range []struct {
		name string
		q    request
		want []string
	}{
		{"some", request{offset: 3, max: 4}, []string{fmt.Sprintf("G T 0 7 4 %d", 4*size)}},
		{"end", request{offset: 10}, []string{"G T 0 10 0 0"}},
		{"behind the end", request{offset: 99}, []string{"G T 0 10 0 0"}},
		{"no match", request{offset: 3, sys: tagged, tags: "none"}, []string{"G T 0 10 0 0"}},
		{"no topic", request{topic: "absent"}, nil},
		{"no group", request{group: "absent"}, nil},
		{"no queue", request{queue: 9}, nil},
	} {
		b.pull(t, tt.q)
		if got := y.take(); !slices.Equal(got, tt.want) {
			t.Errorf("%s: told %q, want %q", tt.name, got, tt.want)
		}
	}
	for _, took := range y.times {
		if took != 0 {
			t.Errorf("a pull on its loop took %v, want 0", took)
		}
	}
}

// A pull that waits is counted when it finds nothing and when it finds something.
func TestTallyOfAWait(t *testing.T) {
	y := new(tally)
	o := options()
	o.Tally = y
	b := start(t, vfs.NewMem(), smallStore(), o)
	p := peer.New()
	b.send(t, p, request{queue: 1, sys: protocol.PullSuspend, suspend: 60_000})
	if got, want := y.take(), []string{"G T 1 0 0 0"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	b.put(t, "T", 1, "", []byte("x"))
	if got, want := y.take(), []string{fmt.Sprintf("G T 1 1 1 %d", len(p.Next(t).Body))}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

// The time of a pull on a pool is told.
func TestTallyOfAPool(t *testing.T) {
	y := new(tally)
	o := options()
	o.Tally = y
	b := start(t, vfs.NewMem(), smallStore(), o)
	b.router = peer.Router(t, b.Routes(b.pool))
	b.fill(t, 0, 1)
	b.pull(t, request{})
	if len(y.times) != 1 || y.times[0] <= 0 {
		t.Errorf("told %q, which took %v, want one and some time", y.told, y.times)
	}
}
