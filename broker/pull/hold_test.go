package pull_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmq/gannet/broker/pull"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/vfs"
)

// A pull that waits is woken once, by the first message of its queue that it wants.
func TestWakeUp(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options())
	b.fill(t, 0, 3)
	p := peer.New()
	wait := func(q request) {
		t.Helper()
		q.sys, q.suspend = q.sys|protocol.PullSuspend, 60_000
		b.send(t, p, q)
	}
	wait(request{opaque: 1, offset: 3})
	wait(request{opaque: 2, offset: 3, sys: tagged, tags: "A||B"})
	wait(request{opaque: 3, queue: 1})
	wait(request{opaque: 4, code: protocol.LitePullMessage, queue: 1, sys: tagged, tags: "C"})
	if n := b.Waiting(); n != 4 || b.Metrics.Held.Load() != 4 {
		t.Fatalf("%d wait, %d were counted, want 4", n, b.Metrics.Held.Load())
	}
	steps := []struct {
		queue int32
		tag   string
		woken map[int32]int64 // opaque and where it goes on
	}{
		{2, "A", nil},
		{0, "C", map[int32]int64{1: 4}},
		{0, "D", nil},
		{1, "A", map[int32]int64{3: 1}},
		{0, "B", map[int32]int64{2: 6}},
		{0, "B", nil},
		{1, "C", map[int32]int64{4: 2}},
		{1, "C", nil},
	}
	for i, s := range steps {
		b.put(t, "T", s.queue, "TAGS\x01"+s.tag+"\x02", []byte("new "+s.tag))
		if len(p.Answers) != len(s.woken) {
			t.Fatalf("step %d: %d answers, want %d", i, len(p.Answers), len(s.woken))
		}
		for range s.woken {
			got := p.Next(t)
			views := records(t, got.Body)
			if next, ok := s.woken[got.Opaque]; !ok || got.Code != 0 || number(t, got, "nextBeginOffset") != next ||
				len(views) != 1 || string(views[0].Body) != "new "+s.tag {
				t.Errorf("step %d: %d answered %d %q, %q, want one message and next %d", i, got.Opaque, got.Code, got.Remark, got.Ext, next)
			}
		}
	}
	if n := b.Waiting(); n != 0 || b.Metrics.Woken.Load() != 4 {
		t.Errorf("%d wait, %d were woken, want 0, 4", n, b.Metrics.Woken.Load())
	}
}

// A wait ends when its time is over: not before, and hardly after, be it longer than the wheel or not.
func TestDeadline(t *testing.T) {
	short := options()
	short.LongPolling, short.ShortPolling = no, 300*time.Millisecond
	tests := []struct {
		name string
		o    pull.Options
		ask  int64 // ms
		want time.Duration
	}{
		{"one millisecond", options(), 1, time.Millisecond},
		{"as Java's clients", options(), 15_000, 15 * time.Second},
		{"one turn of the wheel", options(), 51_200, 51200 * time.Millisecond},
		{"several turns", options(), 130_000, 130 * time.Second},
		{"as long as there is", options(), math.MaxInt64, 10 * time.Minute},
		{"short polling", short, 15_000, 300 * time.Millisecond},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			b := start(t, vfs.NewMem(), smallStore(), tt.o)
			b.fill(t, 0, 2)
			<-time.After(37 * time.Millisecond) // somewhere between two ticks
			p := peer.New()
			began := time.Now()
			b.send(t, p, request{offset: 2, sys: protocol.PullSuspend, suspend: tt.ask})
			got := peer.Decode(t, <-p.Answers)
			late := 250 * time.Millisecond
			if tt.want >= 5*time.Second {
				late = 1100 * time.Millisecond // long waits end together
			}
			if took := time.Since(began); took < tt.want || took > tt.want+late {
				t.Errorf("%s: answered after %v, want %v and at most %v more", tt.name, took, tt.want, late)
			}
			if got.Code != protocol.PullNotFound || string(got.Remark) != "OFFSET_OVERFLOW_ONE" || number(t, got, "nextBeginOffset") != 2 || number(t, got, "maxOffset") != 2 {
				t.Errorf("%s: %d %q %q", tt.name, got.Code, got.Remark, got.Ext)
			}
			b.stop(t)
		})
	}
}

// A shorter wait that begins later ends first, also when nobody has waited for long before.
func TestDeadlinesOutOfOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, vfs.NewMem(), smallStore(), options())
		b.fill(t, 0, 2)
		for range 3 {
			<-time.After(time.Hour)
			p, began := peer.New(), time.Now()
			var took []time.Duration
			for i, ask := range []int64{60_000, 15_000, 500} {
				b.send(t, p, request{opaque: int32(i), offset: 2, sys: protocol.PullSuspend, suspend: ask})
			}
			for i := range 3 {
				if got := peer.Decode(t, <-p.Answers); got.Opaque != int32(2-i) {
					t.Errorf("answer %d is that of request %d, want %d", i, got.Opaque, 2-i)
				}
				took = append(took, time.Since(began))
			}
			if took[0] > 700*time.Millisecond || took[1] > 16100*time.Millisecond || took[2] > 61100*time.Millisecond {
				t.Errorf("answered after %v, want about 0.5, 15 and 60 s", took)
			}
		}
		b.stop(t)
	})
}

// Messages that nobody wanted are passed over when the time is over.
func TestDeadlineBehindUnwantedMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, vfs.NewMem(), smallStore(), options())
		p := peer.New()
		b.send(t, p, request{sys: tagged | protocol.PullSuspend, tags: "A", suspend: 15_000})
		for range 5 {
			b.put(t, "T", 0, "TAGS\x01B\x02", []byte("x"))
		}
		got := peer.Decode(t, <-p.Answers)
		if got.Code != protocol.PullRetryImmediately || number(t, got, "nextBeginOffset") != 5 {
			t.Errorf("%d %q %q, want 20 and next 5", got.Code, got.Remark, got.Ext)
		}
		b.stop(t)
	})
}

// What tables forbid while a pull waits it is told, and gets nothing. Java runs the whole request
// again, too.
func TestTablesChangeMeanwhile(t *testing.T) {
	tests := []struct {
		name   string
		q      request
		edit   func(*tables)
		code   int32
		remark string
	}{
		{"nothing", request{}, func(*tables) {}, 0, "FOUND"},
		{"group stopped", request{}, func(tb *tables) { tb.groups["G"] = pull.Group{} }, 16, "subscription group no permission, G"},
		{"group deleted", request{}, func(tb *tables) { delete(tb.groups, "G") }, 20, "NO_MATCHED_MESSAGE"}, // made again by the next pull
		{"topic deleted", request{}, func(tb *tables) { delete(tb.topics, "T") }, 17, "topic[T] not exist, apply first please! \nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details."},
		{"topic shut", request{}, func(tb *tables) { tb.topics["T"] = pull.Topic{ReadQueues: 4} }, 16, "the topic[T] pulling message is forbidden"},
		{"fewer queues", request{}, func(tb *tables) { tb.topics["T"] = pull.Topic{ReadQueues: 3, Readable: true} }, 29, "queueId[3] is illegal, topic:[T] topicConfig.readQueueNums:[3] consumer:[/127.0.0.1:40001]"},
		{"group left", request{}, func(tb *tables) { delete(tb.online, "G") }, 24, "the consumer's group info not exist\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details."},
		{"group left, but the request says what it wants", request{sys: tagged, tags: "*"}, func(tb *tables) { delete(tb.online, "G") }, 0, "FOUND"},
		{"other tags now", request{}, func(tb *tables) { tb.subs["T"] = pull.Subscription{Codes: []int32{4711}} }, 20, "NO_MATCHED_MESSAGE"},
		{"banned", request{}, func(tb *tables) { tb.forbidden["G@T"] = true }, 16, "the consumer group[G] is forbidden for topic[T]"},
	}
	for _, tt := range tests {
		b := start(t, vfs.NewMem(), smallStore(), options())
		p := peer.New()
		tt.q.queue, tt.q.suspend, tt.q.sys = 3, 60_000, tt.q.sys|protocol.PullSuspend
		frame := tt.q.frame(t, wire.JSON)
		if err := b.router.Frame(p, frame); err != nil {
			t.Fatal(err)
		}
		for i := range frame { // the connection reads the next frame into the same memory
			frame[i] = '!'
		}
		b.tables.change(func() { tt.edit(b.tables) })
		b.put(t, "T", 3, "", []byte("x"))
		if got := p.Next(t); got.Code != tt.code || string(got.Remark) != tt.remark {
			t.Errorf("%s: %d %q, want %d %q", tt.name, got.Code, got.Remark, tt.code, tt.remark)
		}
		b.stop(t)
	}
}

// One that is woken and cannot be answered from memory is told to ask again.
func TestWokenButCold(t *testing.T) {
	so := smallStore()
	so.Window = 1
	b := start(t, vfs.NewMem(), so, options())
	b.fill(t, 0, 1)
	p := peer.New()
	b.send(t, p, request{offset: 1, sys: protocol.PullSuspend, suspend: 60_000})
	b.put(t, "T", 0, "", make([]byte, 1000))
	got := p.Next(t)
	if got.Code != protocol.PullRetryImmediately || number(t, got, "nextBeginOffset") != 1 || number(t, got, "minOffset") != 0 || number(t, got, "maxOffset") != 2 {
		t.Errorf("%d %q %q, want 20, next 1 of [0, 2)", got.Code, got.Remark, got.Ext)
	}
}

// Of too many some wait and the others are told what there is.
func TestLimits(t *testing.T) {
	o := options()
	o.MaxHeld, o.MaxHeldPeer = 5, 3
	b := start(t, vfs.NewMem(), smallStore(), o)
	one, two := peer.New(), peer.New()
	for range 4 {
		for _, p := range []*peer.Peer{one, two} {
			b.send(t, p, request{sys: protocol.PullSuspend, suspend: 60_000})
		}
	}
	if len(one.Answers) != 1 || len(two.Answers) != 2 || b.Waiting() != 5 {
		t.Fatalf("answered %d and %d, %d wait; want 1, 2, 5", len(one.Answers), len(two.Answers), b.Waiting())
	}
	if got := two.Next(t); got.Code != protocol.SystemBusy || !strings.HasPrefix(string(got.Remark), "too many pulls wait") {
		t.Errorf("%d %q, want 2, at which clients pause", got.Code, got.Remark)
	}
	if got := b.Crowded(); got != 3 {
		t.Errorf("%d found no place, want 3", got)
	}
	b.put(t, "T", 0, "", []byte("x"))
	if len(one.Answers) != 4 || len(two.Answers) != 3 || b.Waiting() != 0 {
		t.Errorf("after a message: answered %d and %d, %d wait; want 4, 3, 0", len(one.Answers), len(two.Answers), b.Waiting())
	}
	b.send(t, one, request{offset: 1, sys: protocol.PullSuspend, suspend: 60_000})
	if b.Waiting() != 1 {
		t.Error("no room although nobody waits")
	}
}

// The tags that a connection's waiting pulls may keep in memory are bounded, however few pulls those are.
func TestLimitOfTags(t *testing.T) {
	o := options()
	o.MaxTags = 1 << 20
	b := start(t, vfs.NewMem(), smallStore(), o)
	one, two := peer.New(), peer.New()
	var tags strings.Builder
	const each = 30_000
	for i := range each {
		tags.WriteString(strconv.Itoa(100_000+i) + "||") // no two of the same hash
	}
	long := request{sys: protocol.PullSuspend | protocol.PullSubscription, suspend: 60_000, tags: tags.String()}
	const room = 1 << 20 / each
	for range room + 2 {
		b.send(t, one, long)
	}
	if len(one.Answers) != 2 || b.Waiting() != room {
		t.Errorf("%d answered, %d wait; want 2, %d", len(one.Answers), b.Waiting(), room)
	}
	repeated := long
	repeated.tags = strings.Repeat("t||", each)
	for range room + 2 {
		b.send(t, two, repeated)
	}
	if len(two.Answers) != 0 || b.Waiting() != 2*room+2 {
		t.Errorf("with one tag, repeated: %d answered, %d wait; want 0, %d", len(two.Answers), b.Waiting(), 2*room+2)
	}
	b.Closed(one)
	for range room {
		b.send(t, one, long)
	}
	if b.Waiting() != 2*room+2 {
		t.Errorf("when the first ones are gone %d wait, want %d", b.Waiting(), 2*room+2)
	}
}

// A connection that ends takes its pulls along, and leaves those of others.
func TestClosedConnection(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options())
	gone, stays := peer.New(), peer.New()
	for i := range int32(4) {
		b.send(t, gone, request{queue: i, sys: protocol.PullSuspend, suspend: 60_000})
		b.send(t, stays, request{queue: i, sys: protocol.PullSuspend, suspend: 60_000})
	}
	b.Closed(gone)
	b.Closed(gone)
	b.Closed(peer.New())
	if n := b.Waiting(); n != 4 {
		t.Fatalf("%d wait, want 4", n)
	}
	for i := range int32(4) {
		b.put(t, "T", i, "", []byte("x"))
		if got := stays.Next(t); got.Code != 0 {
			t.Errorf("queue %d: %d %q", i, got.Code, got.Remark)
		}
	}
	for len(gone.Answers) > 0 {
		if got := gone.Next(t); got.Code == 0 {
			t.Error("messages for a connection that is gone")
		}
	}
	if n, found := b.Metrics.Messages.Load(), b.Metrics.Found.Load(); n != 4 || found != 4 {
		t.Errorf("%d messages read by %d pulls, want 4 and 4", n, found)
	}
}

// A pull that parks when its connection has ended already, because it was on the pool, does not stay.
func TestParkedAfterTheEnd(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options())
	gone := peer.New()
	gone.End()
	b.Closed(gone)
	b.send(t, gone, request{sys: protocol.PullSuspend, suspend: 60_000})
	if n := b.Waiting(); n != 0 {
		t.Errorf("%d wait, want none", n)
	}
}

// Close answers all, and nobody is left waiting who comes later.
func TestCloseAnswersAll(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options())
	p := peer.New()
	const n = 1000
	for i := range int32(n) {
		b.send(t, p, request{opaque: i, queue: i % 4, sys: protocol.PullSuspend, suspend: int64(100 + i*599)})
	}
	b.Close()
	seen := make(map[int32]bool)
	for range n {
		got := p.Next(t)
		if got.Code != protocol.PullNotFound || seen[got.Opaque] {
			t.Errorf("%d: %d %q", got.Opaque, got.Code, got.Remark)
		}
		seen[got.Opaque] = true
	}
	b.send(t, p, request{sys: protocol.PullSuspend, suspend: 60_000})
	if len(p.Answers) != 1 || b.Waiting() != 0 {
		t.Errorf("after Close: %d answers, %d wait, want 1, 0", len(p.Answers), b.Waiting())
	}
	b.Close()
}

// Many consumers wait in one queue and all get the message.
func TestManyWaiters(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options())
	const n = 10_000
	p := new(peer.Counter)
	q := request{sys: protocol.PullSuspend, suspend: 60_000}
	frame := q.frame(t, wire.Binary)
	for i := range n {
		if err := b.router.Frame(&counterOf{p, uint64(i % 100)}, frame); err != nil {
			t.Fatal(err)
		}
	}
	if w := b.Waiting(); w != n {
		t.Fatalf("%d wait, want %d", w, n)
	}
	b.put(t, "T", 0, "", []byte("x"))
	if p.Frames != n || p.Failed != 0 || b.Metrics.Messages.Load() != n {
		t.Errorf("%d answers, %d failed, %d messages, want %d, 0, %d", p.Frames, p.Failed, b.Metrics.Messages.Load(), n, n)
	}
}

// counterOf is one of many connections whose answers are counted together.
type counterOf struct {
	*peer.Counter
	id uint64
}

func (c *counterOf) ID() uint64 { return c.id }

// A message that comes between the look into the queue and the parking wakes nobody: the pull must
// see it by itself. The offset that comes along is kept just then.
func TestArrivalBeforeParking(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options())
	b.tables.committing = func() { b.put(t, "T", 0, "TAGS\x01B\x02", []byte("x")) }
	for _, tt := range []struct {
		tags string
		code int32
	}{{"*", 0}, {"A", protocol.PullRetryImmediately}} {
		p := peer.New()
		end := b.store.MaxOffset([]byte("T"), 0)
		b.send(t, p, request{offset: end, tags: tt.tags, sys: tagged | protocol.PullCommitOffset | protocol.PullSuspend, suspend: 60_000})
		if got := p.Next(t); got.Code != tt.code || number(t, got, "nextBeginOffset") != end+1 || b.Waiting() != 0 {
			t.Errorf("%s: %d %q %q, %d wait, want %d and next %d", tt.tags, got.Code, got.Remark, got.Ext, b.Waiting(), tt.code, end+1)
		}
	}
}

// The next message comes when all have the last one, so that whoever oversleeps one sleeps on.
func TestNoLostWakeUp(t *testing.T) {
	for _, drives := range []bool{true, false} {
		t.Run(fmt.Sprintf("caller drives %t", drives), func(t *testing.T) {
			so := smallStore()
			so.CallerDrives = drives
			b := start(t, vfs.NewMem(), so, options())
			var wg sync.WaitGroup
			for queue := range int32(2) {
				wg.Go(func() { b.rounds(t, queue, 1000) })
			}
			wg.Wait()
			if held, woken := b.Metrics.Held.Load(), b.Metrics.Woken.Load(); held == 0 || woken != held {
				t.Errorf("%d pulls waited, %d were woken", held, woken)
			}
		})
	}
}

// rounds puts messages into a queue, each when three consumers have the one before.
func (b *broker) rounds(t *testing.T, queue int32, rounds int) {
	requests := []request{{}, {max: 1}, {sys: tagged, tags: "A"}}
	got := make(chan int64, rounds*len(requests))
	var wg sync.WaitGroup
	for _, q := range requests {
		q.queue, q.sys, q.suspend = queue, q.sys|protocol.PullSuspend, 600_000
		wg.Go(func() { consume(t, b, q, int64(rounds), got) })
	}
	for i := range int64(rounds) {
		b.put(t, "T", queue, "TAGS\x01A\x02", []byte("x"))
		for range requests {
			select {
			case off := <-got:
				if off != i {
					t.Errorf("queue %d: somebody got message %d in round %d", queue, off, i)
				}
			case <-time.After(10 * time.Second):
				t.Errorf("queue %d: somebody did not get message %d", queue, i)
				return
			}
		}
	}
	wg.Wait()
}

// consume pulls a queue from its beginning to end and tells the offset of each message. A wait that
// nobody ends makes peer.next fail the test.
func consume(t *testing.T, b *broker, q request, end int64, told chan<- int64) {
	p := peer.New()
	for q.offset < end {
		b.send(t, p, q)
		got := p.Next(t)
		if got.Code != 0 && got.Code != protocol.PullRetryImmediately && got.Code != protocol.PullNotFound {
			t.Errorf("at %d: %d %q", q.offset, got.Code, got.Remark)
			return
		}
		for _, v := range records(t, got.Body) {
			told <- v.QueueOffset
			q.offset++
		}
		if next := number(t, got, "nextBeginOffset"); next != q.offset {
			t.Errorf("next offset %d, want %d", next, q.offset)
			return
		}
	}
}
