package send_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// gate holds up the flushes of a disk.
type gate struct {
	entered chan struct{} // one for each flush that came
	closed  chan struct{}
	open    func() // lets all pass from now on
}

// newGate is opened at the latest when the test ends.
func newGate(t *testing.T, disk *vfs.Faulty) *gate {
	g := &gate{entered: make(chan struct{}, 1000), closed: make(chan struct{})}
	g.open = sync.OnceFunc(func() { close(g.closed) })
	t.Cleanup(g.open)
	disk.Inject(vfs.Rule{Op: vfs.OpMapSync, Before: func() {
		select {
		case g.entered <- struct{}{}:
		default:
		}
		<-g.closed
	}})
	return g
}

func syncStore() store.Options {
	o := smallStore()
	o.Flush = store.SyncFlush
	return o
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not in 10 s", what)
		}
	}
}

// A send is answered when the disk has its message and not before, unless it says that it will not wait.
func TestSyncFlush(t *testing.T) {
	disk := vfs.NewFaulty(vfs.NewMem())
	o := options()
	o.SyncFlush = true
	b := start(t, disk, syncStore(), o)
	g := newGate(t, disk)
	waits, hurries, oneway := peer.New(), peer.New(), peer.New()
	send := func(p *peer.Peer, m message) {
		t.Helper()
		if err := b.router.Frame(p, m.frame(t, wire.JSON)); err != nil {
			t.Fatal(err)
		}
	}
	send(waits, message{topic: "TopicA", body: []byte("x"), props: clientProps()})
	send(waits, message{code: 320, topic: "TopicA", body: batchBody(2, []byte("x")), props: "WAIT\x01TRUE\x02"})
	send(hurries, message{topic: "TopicA", body: []byte("x"), props: "WAIT\x01false\x02"})
	send(oneway, message{topic: "TopicA", body: []byte("x"), flag: wire.FlagOneway})
	if got := hurries.Next(t); got.Code != 0 {
		t.Errorf("WAIT=false: %d %q", got.Code, got.Remark)
	}
	<-g.entered
	if n := len(waits.Answers) + len(oneway.Answers); n != 0 {
		t.Fatalf("%d answers before the flush", n)
	}
	if n := b.router.Stats.InFlight.Load(); n != 3 {
		t.Errorf("%d requests in flight, want 3", n)
	}
	g.open()
	for range 2 {
		if got := waits.Next(t); got.Code != 0 || len(got.Ext) < 5 {
			t.Errorf("after the flush: %d %q %q", got.Code, got.Remark, got.Ext)
		}
	}
	waitFor(t, "oneway ends", func() bool { return b.router.Stats.InFlight.Load() == 0 })
	if n := len(oneway.Answers); n != 0 {
		t.Errorf("oneway: %d answers", n)
	}
}

// Drain waits for the answers of sends that wait for the disk. Those that come meanwhile are not stored.
func TestDrain(t *testing.T) {
	disk := vfs.NewFaulty(vfs.NewMem())
	o := options()
	o.SyncFlush = true
	b := start(t, disk, syncStore(), o)
	g := newGate(t, disk)
	send := func(p *peer.Peer) {
		t.Helper()
		if err := b.router.Frame(p, message{topic: "TopicA", body: []byte("x")}.frame(t, wire.JSON)); err != nil {
			t.Fatal(err)
		}
	}
	waits, late := peer.New(), peer.New()
	send(waits)
	<-g.entered
	given, giveUp := context.WithCancel(t.Context())
	giveUp()
	if err := b.Drain(given); !errors.Is(err, context.Canceled) {
		t.Errorf("a drain that was given up: %v", err)
	}
	send(late)
	if got := late.Next(t); got.Code != protocol.ServiceNotAvailable {
		t.Errorf("a send after that: %d %q, want 14", got.Code, got.Remark)
	}
	if n := len(waits.Answers); n != 0 {
		t.Fatalf("%d answers before the flush", n)
	}
	g.open()
	if err := b.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(waits.Answers); n != 1 {
		t.Errorf("%d answers when all have left, want 1", n)
	}
	if got := waits.Next(t); got.Code != 0 {
		t.Errorf("after the flush: %d %q", got.Code, got.Remark)
	}
}

// A stalled disk is told as such after the time-out, with the ids of what is stored; its late success
// is told to nobody. And again, after a time in which nobody waited.
func TestFlushTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := vfs.NewFaulty(vfs.NewMem())
		o := options()
		o.SyncFlush = true
		b := start(t, disk, syncStore(), o)
		for round := range 3 {
			<-time.After(time.Minute)
			g := newGate(t, disk)
			stall(t, b, round*101)
			g.open()
			disk.Heal()
			again := peer.New().Ask(t, b.router, message{topic: "TopicA", body: []byte("x")}.frame(t, wire.Binary))
			if again.Code != 0 {
				t.Errorf("after the disk came back: %d %q", again.Code, again.Remark)
			}
		}
		b.stop(t)
	})
}

// stall sends to a disk that does not flush, and gets a time-out for each message. Offset is that of
// the first.
func stall(t *testing.T, b *broker, offset int) {
	t.Helper()
	p := peer.New()
	const n = 100
	before := b.Metrics.FlushTimeouts.Load()
	pending := make(map[string]bool)
	began := time.Now()
	for i := range n {
		pending[fmt.Sprint(offset+i)] = true
		if err := b.router.Frame(p, message{topic: "TopicA", body: []byte("x"), props: clientProps()}.frame(t, wire.Binary)); err != nil {
			t.Fatal(err)
		}
	}
	for range n {
		got := p.Next(t)
		off, _ := got.Lookup("queueOffset")
		if got.Code != protocol.FlushDiskTimeout || !pending[string(off)] || len(got.Ext) != 6 {
			t.Fatalf("answer %d %q %q, want 10 with the whole header, once for each offset", got.Code, got.Remark, got.Ext)
		}
		delete(pending, string(off))
	}
	if took := time.Since(began); took < 5*time.Second || took > 5100*time.Millisecond {
		t.Errorf("timed out after %v, want 5 s", took)
	}
	t.Cleanup(func() {
		if len(p.Answers) != 0 {
			t.Errorf("%d answers too many", len(p.Answers))
		}
	})
	if got := b.Metrics.FlushTimeouts.Load() - before; got != n {
		t.Errorf("%d time-outs counted, want %d", got, n)
	}
}

// A failed sync is for good: what waits and what comes is refused with the cause, and not with the
// code of a time-out, which clients take for success.
func TestFailedSync(t *testing.T) {
	disk := vfs.NewFaulty(vfs.NewMem())
	o := options()
	o.SyncFlush = true
	b := start(t, disk, syncStore(), o)
	g := newGate(t, disk)
	disk.Inject(vfs.Rule{Op: vfs.OpMapSync, Err: errors.New("input/output error")})
	p := peer.New()
	for range 10 {
		if err := b.router.Frame(p, message{topic: "TopicA", body: []byte("x")}.frame(t, wire.JSON)); err != nil {
			t.Fatal(err)
		}
	}
	<-g.entered
	g.open()
	check := func(what string, got *wire.Command) {
		t.Helper()
		if got.Code != protocol.ServiceNotAvailable || !strings.HasPrefix(string(got.Remark), "service not available now. ") ||
			!strings.Contains(string(got.Remark), "input/output error") || len(got.Ext) != 2 {
			t.Errorf("%s: %d %q %q, want 14 with the cause", what, got.Code, got.Remark, got.Ext)
		}
	}
	for range 10 {
		check("pending", p.Next(t))
	}
	disk.Heal()
	check("new", p.Ask(t, b.router, message{topic: "TopicA", body: []byte("x")}.frame(t, wire.JSON)))
	check("new that does not wait", p.Ask(t, b.router, message{topic: "TopicA", body: []byte("x"), props: "WAIT\x01false\x02"}.frame(t, wire.JSON)))
	if got := b.Metrics.FlushTimeouts.Load(); got != 0 {
		t.Errorf("%d time-outs", got)
	}
}

// Many clients, a disk that stalls now and then for longer than they are made to wait: each request
// gets one answer, and it is its own.
func TestSyncFlushUnderLoad(t *testing.T) {
	disk := vfs.NewFaulty(vfs.NewMem())
	o := options()
	o.SyncFlush, o.FlushTimeout = true, 3*time.Millisecond
	b := start(t, disk, syncStore(), o)
	const clients, each, window = 8, 400, 10
	var stalls sync.Mutex
	n := 0
	disk.Inject(vfs.Rule{Op: vfs.OpMapSync, Before: func() {
		stalls.Lock()
		n++
		stall := n%4 == 0
		stalls.Unlock()
		if stall {
			timer := time.NewTimer(20 * time.Millisecond)
			<-timer.C
		}
	}})
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			p := peer.New()
			pending := make(map[string]bool)
			for i := range each {
				key := fmt.Sprintf("%08d%024d", c, i)
				m := message{topic: "TopicA", queue: int32(c % 2), body: bytes.Repeat([]byte{byte(c)}, 100+i), props: "UNIQ_KEY\x01" + key + "\x02"}
				pending[key] = true
				if err := b.router.Frame(p, m.frame(t, wire.Serialization(c%2))); err != nil {
					t.Error(err)
					return
				}
				if len(pending) == window || i == each-1 {
					collect(t, b, p, pending)
				}
			}
			if len(p.Answers) != 0 {
				t.Errorf("client %d: %d answers too many", c, len(p.Answers))
			}
		})
	}
	wg.Wait()
	waitFor(t, "flush", func() bool { st := b.store.Stats(); return st.Flushed == st.LogEnd })
	if got := b.Metrics.Messages.Load(); got != clients*each {
		t.Errorf("%d stored, want %d", got, clients*each)
	}
	if b.Metrics.FlushTimeouts.Load() == 0 {
		t.Error("no flush timed out: the test shows nothing")
	}
}

// collect takes one answer for each of pending. What is said to be stored for good must be.
func collect(t *testing.T, b *broker, p *peer.Peer, pending map[string]bool) {
	for len(pending) > 0 {
		got := p.Next(t)
		key, _ := got.Lookup("transactionId")
		if !pending[string(key)] || got.Code != 0 && got.Code != protocol.FlushDiskTimeout {
			t.Errorf("answer %d %q for %q, which does not wait", got.Code, got.Remark, key)
		}
		delete(pending, string(key))
		id, _ := got.Lookup("msgId")
		if _, phyOff, err := record.ParseOffsetID(string(id)); err != nil || got.Code == 0 && phyOff >= b.store.Stats().Flushed {
			t.Errorf("%s (%v) was answered with success and is not on the disk", id, err)
		}
	}
}
