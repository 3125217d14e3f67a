package pull_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/broker/pull"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/vfs"
)

// tagged is the header of a pull that says what it subscribes to.
const tagged = protocol.PullSubscription

// Offsets and counts that a client may send, and what it is told. The queue has ten messages.
func TestOffsetsAndCounts(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options())
	b.fill(t, 0, 10)
	size := int(records(t, b.pull(t, request{max: 1}).Body)[0].Size)
	tests := []struct {
		name   string
		q      request
		code   int32
		remark string
		next   int64
		count  int
	}{
		{"all", request{}, 0, "FOUND", 10, 10},
		{"some", request{offset: 3, max: 4}, 0, "FOUND", 7, 4},
		{"last", request{offset: 9}, 0, "FOUND", 10, 1},
		{"end", request{offset: 10}, 19, "OFFSET_OVERFLOW_ONE", 10, 0},
		{"behind the end", request{offset: 11}, 21, "OFFSET_OVERFLOW_BADLY", 10, 0},
		{"huge", request{offset: math.MaxInt64}, 21, "OFFSET_OVERFLOW_BADLY", 10, 0},
		{"negative", request{offset: -1}, 21, "OFFSET_TOO_SMALL", 0, 0},
		{"most negative", request{offset: math.MinInt64}, 21, "OFFSET_TOO_SMALL", 0, 0},
		{"empty queue", request{queue: 1}, 19, "NO_MESSAGE_IN_QUEUE", 0, 0},
		{"offset in an empty queue", request{queue: 1, offset: 5}, 21, "NO_MESSAGE_IN_QUEUE", 0, 0},
		{"negative offset in an empty queue", request{queue: 1, offset: -5}, 21, "NO_MESSAGE_IN_QUEUE", 0, 0},
		{"negative count", request{max: -7}, 0, "FOUND", 1, 1},
		{"least count", request{max: math.MinInt32}, 0, "FOUND", 1, 1},
		{"largest count", request{max: math.MaxInt32}, 0, "FOUND", 10, 10},
		{"bytes for two", request{ext: map[string]string{"maxMsgBytes": fmt.Sprint(2 * size)}}, 0, "FOUND", 2, 2},
		{"one byte", request{ext: map[string]string{"maxMsgBytes": "1"}}, 0, "FOUND", 1, 1},
		{"negative bytes", request{ext: map[string]string{"maxMsgBytes": "-1"}}, 0, "FOUND", 10, 10},
		{"negative patience", request{offset: 10, sys: protocol.PullSuspend, suspend: -1}, 19, "OFFSET_OVERFLOW_ONE", 10, 0},
		{"no patience", request{offset: 10, sys: protocol.PullSuspend}, 19, "OFFSET_OVERFLOW_ONE", 10, 0},
		{"patience where there is something", request{sys: protocol.PullSuspend, suspend: math.MaxInt64}, 0, "FOUND", 10, 10},
		{"patience with a bad offset", request{offset: 99, sys: protocol.PullSuspend, suspend: 1000}, 21, "OFFSET_OVERFLOW_BADLY", 10, 0},
		{"lite", request{code: protocol.LitePullMessage, offset: 9}, 0, "FOUND", 10, 1},
	}
	for _, tt := range tests {
		for _, s := range []wire.Serialization{wire.JSON, wire.Binary} {
			got := peer.New().Ask(t, b.router, tt.q.frame(t, s))
			if got.Code != tt.code || string(got.Remark) != tt.remark {
				t.Errorf("%s: %d %q, want %d %q", tt.name, got.Code, got.Remark, tt.code, tt.remark)
				continue
			}
			maximum := int64(10)
			if tt.q.queue == 1 {
				maximum = 0
			}
			views := records(t, got.Body)
			if number(t, got, "nextBeginOffset") != tt.next || number(t, got, "minOffset") != 0 || number(t, got, "maxOffset") != maximum || len(views) != tt.count {
				t.Errorf("%s: %q and %d messages, want next %d of [0, %d) and %d", tt.name, got.Ext, len(views), tt.next, maximum, tt.count)
			}
			if number(t, got, "topicSysFlag") != 3 || number(t, got, "groupSysFlag") != 5 || number(t, got, "suggestWhichBrokerId") != 0 {
				t.Errorf("%s: %q, want sysFlags 3 and 5, broker 0", tt.name, got.Ext)
			}
			for i, v := range views {
				if want := tt.next - int64(tt.count) + int64(i); v.QueueOffset != want || string(v.Body) != fmt.Sprintf("body %d", want) {
					t.Errorf("%s: message %d is %d %q", tt.name, i, v.QueueOffset, v.Body)
				}
			}
		}
	}
}

// Who asks for two thousand million messages and wants none of those there are is sent on after a while.
func TestUnwantedMessagesAreLookedAtByShares(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options())
	const share, all = 16 << 10, 16<<10 + 500
	unwanted := encode(t, "T", 0, "TAGS\x01A\x02", []byte("x"))
	for range all {
		b.putAgain(t, unwanted)
	}
	b.await(t, "T", 0, all)
	q := request{max: math.MaxInt32, sys: protocol.PullSubscription, tags: "B"}
	for _, want := range []int64{share, all} {
		got := b.pull(t, q)
		q.offset = number(t, got, "nextBeginOffset")
		if got.Code != protocol.PullRetryImmediately || q.offset != want {
			t.Errorf("code %d, go on at %d; want 20, %d", got.Code, q.offset, want)
		}
	}
}

// What tables and header forbid, in Java's words.
func TestRefusals(t *testing.T) {
	const seeFAQ = "\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details."
	b := start(t, vfs.NewMem(), smallStore(), options())
	tb := b.tables
	tb.groups["Deaf"] = pull.Group{}
	tb.groups["Queueing"] = pull.Group{Consume: true}
	tb.groups["Offline"] = pull.Group{Consume: true}
	tb.online["Queueing"] = true
	tb.topics["WriteOnly"] = pull.Topic{ReadQueues: 4}
	tb.topics["Unsubscribed"] = pull.Topic{ReadQueues: 4, Readable: true}
	tb.topics["Banned"] = pull.Topic{ReadQueues: 4, Readable: true}
	tb.topics["News"] = pull.Topic{ReadQueues: 4, Readable: true}
	tb.topics["Old"] = pull.Topic{ReadQueues: 4, Readable: true}
	tb.topics["SQL"] = pull.Topic{ReadQueues: 4, Readable: true}
	tb.forbidden["G@Banned"] = true
	tb.subs["News"] = pull.Subscription{Broadcasting: true}
	tb.subs["Old"] = pull.Subscription{Version: 7}
	tb.subs["SQL"] = pull.Subscription{Expression: "SQL92"}
	tests := []struct {
		name   string
		q      request
		code   int32
		remark string
		forbid int64 // forbiddenType; 0 for none
	}{
		{"no group", request{group: "Nobody"}, 26, "subscription group [Nobody] does not exist, " + seeFAQ, 0},
		{"group that may not consume", request{group: "Deaf"}, 16, "subscription group no permission, Deaf", 2},
		{"no topic", request{topic: "None"}, 17, "topic[None] not exist, apply first please! " + seeFAQ, 0},
		{"topic that may not be read", request{topic: "WriteOnly"}, 16, "the topic[WriteOnly] pulling message is forbidden", 3},
		{"negative queue", request{queue: -1}, 29, "queueId[-1] is illegal, topic:[T] topicConfig.readQueueNums:[4] consumer:[/127.0.0.1:40001]", 0},
		{"queue behind the last", request{queue: 4}, 29, "queueId[4] is illegal, topic:[T] topicConfig.readQueueNums:[4] consumer:[/127.0.0.1:40001]", 0},
		{"nobody online", request{group: "Offline"}, 24, "the consumer's group info not exist" + seeFAQ, 0},
		{"broadcast", request{group: "Queueing", topic: "News"}, 16, "the consumer group[Queueing] can not consume by broadcast way", 4},
		{"banned", request{topic: "Banned"}, 16, "the consumer group[G] is forbidden for topic[Banned]", 5},
		{"not subscribed", request{topic: "Unsubscribed"}, 24, "the consumer's subscription not exist" + seeFAQ, 0},
		{"newer subscription", request{topic: "Old", version: 8}, 25, "the consumer's subscription not latest", 0},
		{"SQL by heartbeat", request{topic: "SQL"}, 1, "The broker does not support consumer to filter message by SQL92", 0},
		{"SQL by header", request{sys: tagged, kind: "SQL92", tags: "a > 1"}, 1, "The broker does not support consumer to filter message by SQL92", 0},
		{"unknown kind", request{sys: tagged, kind: "GROOVY", tags: "a"}, 1, "The broker does not support consumer to filter message by GROOVY", 0},
		{"no tags", request{sys: tagged, tags: "||"}, 23, "parse the consumer's subscription failed: split subString error", 0},
		{"long tags", request{sys: tagged, tags: strings.Repeat("T||", 21_846)}, 23, "parse the consumer's subscription failed: 65538 bytes of tags, at most 65536: maxExpressionBytes", 0},
		{"blank tags", request{sys: tagged, tags: " || \x01"}, 23, "parse the consumer's subscription failed: split subString error", 0},
	}
	for _, tt := range tests {
		got := b.pull(t, tt.q)
		if got.Code != tt.code || string(got.Remark) != tt.remark || len(got.Body) != 0 {
			t.Errorf("%s: %d %q, want %d %q", tt.name, got.Code, got.Remark, tt.code, tt.remark)
		}
		if tt.forbid == 0 && len(got.Ext) != 0 || tt.forbid != 0 && (len(got.Ext) != 1 || number(t, got, "forbiddenType") != tt.forbid) {
			t.Errorf("%s: %q, want forbiddenType %d and nothing else", tt.name, got.Ext, tt.forbid)
		}
	}
	if n := b.Metrics.Refused.Load(); n != int64(len(tests)) {
		t.Errorf("%d counted as refused, want %d", n, len(tests))
	}
	if n := b.Metrics.LongTags.Load(); n != 1 {
		t.Errorf("%d counted as refused for long tags, want 1", n)
	}
}

func TestBrokerRefuses(t *testing.T) {
	tests := []struct {
		name, remark string
		edit         func(*pull.Options)
		code         int32
	}{
		{"not readable", "the broker[127.0.0.1] pulling message is forbidden", func(o *pull.Options) { o.Readable = func() bool { return false } }, protocol.PullMessage},
		{"no lite pull", "the broker[127.0.0.1] for lite pull consumer is forbidden", func(o *pull.Options) { o.LitePull = no }, protocol.LitePullMessage},
	}
	for _, tt := range tests {
		o := options()
		tt.edit(&o)
		b := start(t, vfs.NewMem(), smallStore(), o)
		got := b.pull(t, request{code: tt.code})
		if got.Code != protocol.NoPermission || string(got.Remark) != tt.remark || number(t, got, "forbiddenType") != 1 {
			t.Errorf("%s: %d %q %q, want 16 %q, type 1", tt.name, got.Code, got.Remark, got.Ext, tt.remark)
		}
	}
}

func TestClosedStore(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options())
	b.fill(t, 0, 1)
	b.Close()
	if err := b.store.Close(); err != nil {
		t.Fatal(err)
	}
	if got := b.pull(t, request{}); got.Code != protocol.ServiceNotAvailable || len(got.Ext) != 0 {
		t.Errorf("%d %q %q, want 14", got.Code, got.Remark, got.Ext)
	}
	b.store = nil
}

// A group that is made by use is made where that may block.
func TestGroupIsCreatedOnThePool(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options())
	b.tables.creatable["New"] = true
	b.tables.online["New"] = true
	if got := b.pull(t, request{group: "New"}); got.Code != protocol.PullNotFound {
		t.Errorf("%d %q", got.Code, got.Remark)
	}
	if n := b.Metrics.Moved.Load(); n != 1 {
		t.Errorf("%d pulls left the loop, want 1", n)
	}
	if got := b.pull(t, request{group: "New"}); got.Code != protocol.PullNotFound || b.Metrics.Moved.Load() != 1 {
		t.Errorf("second pull: %d %q, %d left the loop", got.Code, got.Remark, b.Metrics.Moved.Load())
	}
}

// What is not in memory is read from the disk, on the pool.
func TestColdMessages(t *testing.T) {
	so := smallStore()
	so.Window = 4096
	b := start(t, vfs.NewMem(), so, options())
	for i := range 40 {
		b.put(t, "T", 0, "", append(fmt.Appendf(nil, "%3d", i), make([]byte, 2000)...))
	}
	b.await(t, "T", 0, 40)
	var seen []string
	for next := int64(0); next < 40; {
		got := b.pull(t, request{offset: next})
		if got.Code != 0 {
			t.Fatalf("at %d: %d %q", next, got.Code, got.Remark)
		}
		for _, v := range records(t, got.Body) {
			seen = append(seen, strings.TrimSpace(string(v.Body[:3])))
		}
		next = number(t, got, "nextBeginOffset")
	}
	for i, s := range seen {
		if s != fmt.Sprint(i) {
			t.Fatalf("message %d is %s of %v", i, s, seen)
		}
	}
	if len(seen) != 40 || b.Metrics.Moved.Load() == 0 {
		t.Errorf("%d messages, %d pulls left the loop, want 40 and some", len(seen), b.Metrics.Moved.Load())
	}
}

// The offset that comes along is kept, once, by the first pass.
func TestCommitOffset(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options())
	b.fill(t, 2, 3)
	p := peer.New()
	b.send(t, p, request{queue: 2, offset: 1, commit: 1, sys: protocol.PullCommitOffset})
	b.send(t, p, request{queue: 2, offset: 1, commit: 7})                                                                         // no flag
	b.send(t, p, request{queue: 9, offset: 1, commit: 8, sys: protocol.PullCommitOffset})                                         // refused
	b.send(t, p, request{queue: 2, offset: 3, commit: 3, sys: protocol.PullCommitOffset | protocol.PullSuspend, suspend: 60_000}) // waits
	b.put(t, "T", 2, "", []byte("x"))
	for range 4 {
		p.Next(t)
	}
	if got, want := b.tables.commits, []string{"G T 2 1", "G T 2 3"}; !slices.Equal(got, want) {
		t.Errorf("committed %q, want %q", got, want)
	}
}

func TestTags(t *testing.T) {
	b := start(t, vfs.NewMem(), smallStore(), options())
	tags := []string{"A", "B", "Aa", "BB", "标签", ""} // Aa and BB have one hash
	for _, tag := range tags {
		b.put(t, "T", 0, "TAGS\x01"+tag+"\x02", []byte(tag+"!"))
	}
	tests := []struct {
		expression, want string
	}{
		{"*", "A! B! Aa! BB! 标签! !"},
		{"", "A! B! Aa! BB! 标签! !"},
		{"A", "A!"},
		{"A||B", "A! B!"},
		{" B || A ", "A! B!"},
		{"A||||B||", "A! B!"},
		{"Aa", "Aa! BB!"},
		{"标签", "标签!"},
		{"\tA\x00", "A!"},
		{"A|B", ""},
		{"a", ""},
		{strings.Repeat("x||", 5000) + "B", "B!"},
	}
	for _, tt := range tests {
		for _, kind := range []string{"", "TAG"} {
			got := b.pull(t, request{sys: tagged, tags: tt.expression, kind: kind})
			var bodies []string
			for _, v := range records(t, got.Body) {
				bodies = append(bodies, string(v.Body))
			}
			code := int32(0)
			if tt.want == "" {
				code = protocol.PullRetryImmediately
			}
			if list := strings.Join(bodies, " "); list != tt.want || got.Code != code || number(t, got, "nextBeginOffset") != 6 {
				t.Errorf("%.20q: %d %q, next %d, want %d %q", tt.expression, got.Code, list, number(t, got, "nextBeginOffset"), code, tt.want)
			}
		}
	}
}

// Whatever a client asks for, it is answered once, and the messages are whole.
func FuzzPull(f *testing.F) {
	f.Add(int64(0), int32(0), int32(32), int32(0), int64(0), "*", "TAG")
	f.Add(int64(-1), int32(-1), int32(-1), int32(7), int64(1), "A||B", "")
	f.Add(int64(3), int32(1), int32(1<<30), int32(4), int64(-1), "||", "SQL92")
	b := start(f, vfs.NewMem(), smallStore(), options())
	for i := range 20 {
		b.put(f, "T", int32(i%2), "TAGS\x01A\x02", []byte("x"))
	}
	f.Fuzz(func(t *testing.T, offset int64, queue, count, sys int32, suspend int64, tags, kind string) {
		p := peer.New()
		q := request{offset: offset, queue: queue, max: count, sys: sys, suspend: suspend, tags: tags, kind: kind}
		if err := b.router.Frame(p, q.frame(t, wire.Binary)); err != nil {
			t.Fatalf("router: %v", err)
		}
		if len(p.Answers) == 0 {
			b.Closed(p) // it waits
		}
		got := p.Next(t)
		if n := len(records(t, got.Body)); (n > 0) != (got.Code == 0) || len(p.Answers) != 0 {
			t.Fatalf("%d %q with %d messages, %d answers more", got.Code, got.Remark, n, len(p.Answers))
		}
	})
}
