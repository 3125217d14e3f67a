package pull_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/vfs"
)

// meter is a pull.Cold of a test.
type meter struct {
	mu    sync.Mutex
	read  map[string]int
	asked int
	most  int // that a group may read; 0 for all
	wait  time.Duration
	polls bool
}

func (m *meter) Read(group []byte, bytes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.read[string(group)] += bytes
}

func (m *meter) Spent(group []byte) (time.Duration, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	return m.wait, m.most > 0 && m.read[string(group)] >= m.most
}

func (m *meter) Cause(group []byte) string { return string(group) + " read much" }

func (m *meter) Polls([]byte) bool { return m.polls }

func (m *meter) of(group string) (read, asked int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.read[group], m.asked
}

func (m *meter) let(most int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.most = most
}

// chilly starts a broker with 40 messages of 2 kB, of which only the last few are in memory and those before the last
// 26 kB are cold.
func chilly(t *testing.T, m *meter) *broker {
	t.Helper()
	so, o := smallStore(), options()
	so.Window, so.Memory = 4096, 100_000
	m.read = make(map[string]int)
	o.Cold = m
	b := start(t, vfs.NewMem(), so, o)
	for i := range 40 {
		b.put(t, "T", 0, "", append(fmt.Appendf(nil, "%3d", i), make([]byte, 2000)...))
	}
	b.await(t, "T", 0, 40)
	return b
}

// Only what is read from the disk, far behind the end, counts.
func TestColdIsCounted(t *testing.T) {
	m := new(meter)
	b := chilly(t, m)
	if got := b.pull(t, request{offset: 39}); got.Code != 0 {
		t.Fatalf("hot: %d %q", got.Code, got.Remark)
	}
	if read, asked := m.of("G"); read != 0 || asked != 0 {
		t.Errorf("a hot pull: %d bytes counted, %d questions, want none", read, asked)
	}
	if got := b.pull(t, request{offset: 35}); got.Code != 0 || b.Metrics.Moved.Load() != 1 {
		t.Fatalf("from the disk: %d %q", got.Code, got.Remark)
	}
	if read, _ := m.of("G"); read != 0 {
		t.Errorf("not old: %d bytes counted", read)
	}
	got := b.pull(t, request{offset: 0, max: 3})
	if read, _ := m.of("G"); got.Code != 0 || read != len(got.Body) || read < 6000 {
		t.Errorf("cold: %d, %d bytes counted of %d", got.Code, read, len(got.Body))
	}
	b.tables.change(func() { b.tables.groups["TOOLS_CONSUMER"] = b.tables.groups["G"] })
	got = b.pull(t, request{group: "TOOLS_CONSUMER", sys: protocol.PullSubscription, tags: "*", max: 3})
	if read, _ := m.of("TOOLS_CONSUMER"); got.Code != 0 || read != 0 {
		t.Errorf("a tool: %d %q, %d bytes counted", got.Code, got.Remark, read)
	}
}

// Push consumers of a group that has read enough are refused what is cold, and get the rest.
func TestColdIsRefused(t *testing.T) {
	m := &meter{most: 1}
	b := chilly(t, m)
	if got := b.pull(t, request{max: 1}); got.Code != 0 {
		t.Fatalf("the first: %d %q", got.Code, got.Remark)
	}
	const remark = "This consumer group is reading cold data. It has been flow control: G read much"
	if got := b.pull(t, request{offset: 1}); got.Code != protocol.SystemBusy || string(got.Remark) != remark {
		t.Errorf("cold: %d %q, want 2 and Java's remark with the cause", got.Code, got.Remark)
	}
	for _, at := range []int64{35, 39} {
		if got := b.pull(t, request{offset: at}); got.Code != 0 {
			t.Errorf("at %d: %d %q", at, got.Code, got.Remark)
		}
	}
	m.let(0)
	if got := b.pull(t, request{offset: 1}); got.Code != 0 {
		t.Errorf("later: %d %q", got.Code, got.Remark)
	}
}

// Those who pull by themselves wait, whatever arrives, and are told to ask again where they were.
func TestColdWaits(t *testing.T) {
	m := &meter{most: 1, wait: 300 * time.Millisecond, polls: true}
	b := chilly(t, m)
	if got := b.pull(t, request{max: 1}); got.Code != 0 {
		t.Fatalf("the first: %d %q", got.Code, got.Remark)
	}
	p, began := peer.New(), time.Now()
	b.send(t, p, request{offset: 1})
	waitFor(t, "it waits", func() bool { return b.Waiting() == 1 })
	b.put(t, "T", 0, "", []byte("x"))
	got := p.Next(t)
	if took := time.Since(began); took < m.wait {
		t.Errorf("answered after %v, want %v at least", took, m.wait)
	}
	if got.Code != protocol.PullRetryImmediately || number(t, got, "nextBeginOffset") != 1 || number(t, got, "maxOffset") != 41 {
		t.Errorf("got %d %q %q, want 20, at offset 1 of 41", got.Code, got.Remark, got.Ext)
	}
	m.let(0)
	if got := b.pull(t, request{offset: 1}); got.Code != 0 {
		t.Errorf("asked again: %d %q", got.Code, got.Remark)
	}
}

// A stop answers those who wait so, and an end of their connection forgets them.
func TestColdWaitsEnd(t *testing.T) {
	m := &meter{most: 1, wait: time.Hour, polls: true}
	b := chilly(t, m)
	b.pull(t, request{max: 1})
	p, gone := peer.New(), peer.New()
	b.send(t, p, request{offset: 1})
	b.send(t, gone, request{offset: 1})
	waitFor(t, "both wait", func() bool { return b.Waiting() == 2 })
	b.Closed(gone)
	if n := b.Waiting(); n != 1 {
		t.Errorf("%d wait after one connection's end, want 1", n)
	}
	b.Close()
	if got := p.Next(t); got.Code != protocol.PullRetryImmediately {
		t.Errorf("by the stop: %d %q, want 20", got.Code, got.Remark)
	}
	late := peer.New()
	b.send(t, late, request{offset: 1})
	if got := late.Next(t); got.Code != protocol.PullRetryImmediately {
		t.Errorf("after it: %d %q, want 20", got.Code, got.Remark)
	}
}

// A worker rests after it has read from the disk, while messages are stored, and answers before that.
func TestColdReadsArePaced(t *testing.T) {
	so, o := smallStore(), options()
	so.Window, so.Memory = 4096, 100_000
	o.ColdShare = func() int { return 1 }
	b := start(t, vfs.NewMem(), so, o)
	const most = 4 // times what is stored are read without a rest
	for range 40 {
		b.put(t, "T", 0, "", make([]byte, 2000))
	}
	b.await(t, "T", 0, 40)
	for at := range int64(2) {
		if got := b.pull(t, request{offset: at}); got.Code != 0 {
			t.Fatalf("before: %d %q", got.Code, got.Remark)
		}
	}
	if n := b.Metrics.Paused.Load(); n != 0 {
		t.Errorf("%d rests while nothing was stored", n)
	}
	b.put(t, "T", 1, "", []byte("x"))
	if got := b.pull(t, request{offset: 2}); got.Code != 0 || len(got.Body) < most*200 {
		t.Fatalf("after: %d %q, %d bytes", got.Code, got.Remark, len(got.Body))
	}
	waitFor(t, "a worker rests", func() bool { return b.Metrics.Paused.Load() == 1 })
	if got := b.pull(t, request{queue: 1}); got.Code != 0 {
		t.Errorf("of memory, meanwhile: %d %q", got.Code, got.Remark)
	}
}
