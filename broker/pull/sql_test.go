package pull_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmq/gannet/broker/pull"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
	"github.com/gannetmq/gannet/store/record"
	"github.com/gannetmq/gannet/store/vfs"
)

// colour is the condition that a message's property c is the colour.
type colour struct {
	name    string
	version int64
	cost    time.Duration // of judging one message
}

func (c *colour) Match(v *record.View) bool {
	if c.cost > 0 {
		<-time.After(c.cost) // in tests that have a clock of their own
	}
	p, ok := v.Property("c")
	return ok && string(p) == c.name
}

func (c *colour) Cost(*record.View) time.Duration { return c.cost }

func (c *colour) MayMatch(int64, []byte) bool { return true }
func (c *colour) ClientVersion() int64        { return c.version }
func (c *colour) Weight() int                 { return 400 }

// colours are the conditions of a test, by group. Any expression compiles but "bad".
type colours struct {
	mu     sync.Mutex
	groups map[string]*colour
	inline colour
}

var errColour = errors.New("no colour at column 7")

func (c *colours) Registered(group, _ []byte) pull.Condition {
	c.mu.Lock()
	defer c.mu.Unlock()
	if g := c.groups[string(group)]; g != nil {
		return g
	}
	return nil
}

func (c *colours) Compile(_, expression []byte) (pull.Condition, error) {
	if string(expression) == "bad" {
		return nil, errColour
	}
	if c.inline.name != string(expression) {
		c.inline = colour{name: string(expression)}
	}
	return &c.inline, nil
}

// startSQL serves group G with the condition red, of version 5; room is for so many unjudged.
func startSQL(t testing.TB, served bool, room ...int) (*broker, *colours) {
	t.Helper()
	c := &colours{groups: map[string]*colour{"G": {name: "red", version: 5}}}
	o := options()
	o.PropertyFilter, o.Filters = func() bool { return served }, c
	if len(room) > 0 {
		o.MaxUnjudged = room[0]
	}
	b := start(t, vfs.NewMem(), smallStore(), o)
	b.tables.subs["T"] = pull.Subscription{Version: 5, Expression: "SQL92"}
	return b, c
}

func (b *broker) paint(t testing.TB, colours ...string) {
	t.Helper()
	for _, c := range colours {
		b.put(t, "T", 0, "c\x01"+c+"\x02", []byte(c))
	}
}

// bodies are those of the messages in an answer.
func bodies(t testing.TB, c *wire.Command) string {
	t.Helper()
	var all []string
	for _, v := range records(t, c.Body) {
		all = append(all, string(v.Body))
	}
	return strings.Join(all, " ")
}

func TestConditions(t *testing.T) {
	b, _ := startSQL(t, true)
	b.paint(t, "red", "blue", "red", "green", "blue")
	for name, c := range map[string]struct {
		q    request
		code int32
		want string
		next int64
	}{
		"heartbeat":       {request{}, 0, "red red", 5},
		"nothing for it":  {request{offset: 3}, 20, "", 5},
		"header":          {request{sys: tagged, kind: "SQL92", tags: "blue"}, 0, "blue blue", 5},
		"tags of header":  {request{sys: tagged, kind: "TAG", tags: "*"}, 0, "red blue red green blue", 5},
		"header, no kind": {request{sys: tagged, tags: "*"}, 0, "red blue red green blue", 5},
		"one at most":     {request{max: 1}, 0, "red", 1},
	} {
		got := b.pull(t, c.q)
		if text := bodies(t, got); got.Code != c.code || text != c.want || number(t, got, "nextBeginOffset") != c.next {
			t.Errorf("%s: got %d %q, %q, next %d, want %d, %q, %d", name, got.Code, got.Remark, text, number(t, got, "nextBeginOffset"), c.code, c.want, c.next)
		}
	}
}

// TestLongExpression leaves the loop to be compiled.
func TestLongExpression(t *testing.T) {
	b, _ := startSQL(t, true)
	b.paint(t, "red")
	q := request{sys: tagged, kind: "SQL92", tags: strings.Repeat("x", 5000)}
	if got := b.pull(t, q); got.Code != 20 || b.Metrics.Moved.Load() != 1 {
		t.Errorf("got %d %q, %d left the loop, want 20, 1", got.Code, got.Remark, b.Metrics.Moved.Load())
	}
}

// TestManyToJudge leaves the loop to a few messages; those at the end of a queue are looked into on it.
func TestManyToJudge(t *testing.T) {
	b, _ := startSQL(t, true)
	for range 40 {
		b.paint(t, "red")
	}
	for _, c := range []struct{ offset, moved int64 }{{20, 0}, {0, 1}, {8, 1}, {7, 2}} {
		got := b.pull(t, request{offset: c.offset, max: 1})
		if text := bodies(t, got); text != "red" || b.Metrics.Moved.Load() != c.moved {
			t.Errorf("from %d: got %d %q, %q, %d left the loop, want red, %d", c.offset, got.Code, got.Remark, text, b.Metrics.Moved.Load(), c.moved)
		}
	}
}

// TestConditionsRefused gives Java's codes and words.
func TestConditionsRefused(t *testing.T) {
	for _, served := range []bool{true, false} {
		b, c := startSQL(t, served)
		b.paint(t, "red")
		const unserved = "The broker does not support consumer to filter message by SQL92"
		check := func(name string, q request, code int32, remark string) {
			t.Helper()
			if got := b.pull(t, q); got.Code != code || !strings.HasPrefix(string(got.Remark), remark) {
				t.Errorf("served=%v, %s: got %d %q, want %d %q", served, name, got.Code, got.Remark, code, remark)
			}
		}
		bad := request{sys: tagged, kind: "SQL92", tags: "bad"}
		if served {
			check("bad header", bad, 23, "parse the consumer's subscription failed: no colour at column 7")
			check("registered", request{version: 5}, 0, "FOUND")
		} else {
			check("bad header", bad, 1, unserved)
			check("registered", request{version: 5}, 1, unserved)
		}
		b.tables.subs["T"] = pull.Subscription{Version: 6, Expression: "SQL92"}
		check("newer than registered", request{version: 6}, 28, "the consumer's consumer filter data not latest")
		delete(c.groups, "G")
		check("not registered", request{}, 27, "The broker's consumer filter data is not exist!Your expression may be wrong!")
	}
}

// TestConditionWaits sleeps through what it does not want, goes on behind it, and ends in time.
func TestConditionWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _ := startSQL(t, true)
		defer b.stop(t)
		p := peer.New()
		b.send(t, p, request{opaque: 1, sys: protocol.PullSuspend, suspend: 20_000})
		b.send(t, p, request{opaque: 2, sys: protocol.PullSuspend | tagged, kind: "SQL92", tags: "blue", suspend: 20_000})
		b.paint(t, "green", "green", "red")
		if got := p.Next(t); got.Opaque != 1 || got.Code != 0 || bodies(t, got) != "red" || number(t, got, "nextBeginOffset") != 3 {
			t.Errorf("got %d of %d, %q, want red for 1", got.Code, got.Opaque, bodies(t, got))
		}
		<-time.After(19 * time.Second)
		b.paint(t, "green")
		if len(p.Answers) != 0 || b.Waiting() != 1 {
			t.Fatalf("%d answers, %d wait, want 0, 1", len(p.Answers), b.Waiting())
		}
		<-time.After(3 * time.Second)
		if got := p.Next(t); got.Opaque != 2 || got.Code != 20 || number(t, got, "nextBeginOffset") != 4 {
			t.Errorf("got %d of %d, next %d, want 20 and to go on at 4", got.Code, got.Opaque, number(t, got, "nextBeginOffset"))
		}
		if held, woken := b.Metrics.Held.Load(), b.Metrics.Woken.Load(); held != 2 || woken != 1 {
			t.Errorf("%d held, %d woken, want 2, 1", held, woken)
		}
	})
}

// TestConditionGoesMeanwhile refuses a pull that waits when its group's expression is gone.
func TestConditionGoesMeanwhile(t *testing.T) {
	b, c := startSQL(t, true)
	p := peer.New()
	b.send(t, p, request{sys: protocol.PullSuspend, suspend: 60_000})
	c.mu.Lock()
	delete(c.groups, "G")
	c.mu.Unlock()
	b.paint(t, "red")
	if got := p.Next(t); got.Code != 27 {
		t.Errorf("got %d %q, want 27", got.Code, got.Remark)
	}
}

// TestConditionPeerGone forgets a wait whose connection ends between two arrivals.
func TestConditionPeerGone(t *testing.T) {
	b, _ := startSQL(t, true)
	p := peer.New()
	b.send(t, p, request{sys: protocol.PullSuspend, suspend: 60_000})
	b.paint(t, "blue")
	b.Closed(p)
	if n := b.Waiting(); n != 0 {
		t.Errorf("%d wait, want none", n)
	}
}

// costly has n pulls wait, tells of a message that takes cost to judge for each, and returns for how long who told was kept.
func costly(t *testing.T, b *broker, c *colours, p *peer.Peer, n int, cost time.Duration) time.Duration {
	t.Helper()
	for range n {
		b.send(t, p, request{sys: protocol.PullSuspend, suspend: 60_000})
	}
	if got := b.Waiting(); got != n {
		t.Fatalf("%d wait, want %d", got, n)
	}
	c.mu.Lock()
	c.groups["G"] = &colour{name: "red", version: 5, cost: cost}
	c.mu.Unlock()
	began := time.Now()
	b.paint(t, "red")
	return time.Since(began)
}

// TestArrivalsTakeTheirShare: who tells of a message, which may be the loop, does not judge it for all who wait.
func TestArrivalsTakeTheirShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, c := startSQL(t, true)
		defer b.stop(t)
		const waiting, cost = 40, 10 * time.Millisecond
		p := peer.New()
		if took := costly(t, b, c, p, waiting, cost); took != cost {
			t.Errorf("who stored a message was kept for %v by %d who wait, want %v", took, waiting, cost)
		}
		for range waiting {
			if got := p.Next(t); got.Code != 0 || bodies(t, got) != "red" {
				t.Fatalf("got %d %q, want red", got.Code, got.Remark)
			}
		}
		b.Close() // who counts them is done
		if n := b.Metrics.Woken.Load(); n != waiting {
			t.Errorf("%d woken, want %d", n, waiting)
		}
	})
}

// TestUnjudgedAreBounded: those for whom there is no room among the unjudged ask again, and are counted as others who ask.
func TestUnjudgedAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const waiting, room = 40, 5
		b, c := startSQL(t, true, room)
		defer b.stop(t)
		p := peer.New()
		costly(t, b, c, p, waiting, 10*time.Millisecond)
		again := 0
		for range waiting {
			switch got := p.Next(t); {
			case got.Code == protocol.PullRetryImmediately && number(t, got, "nextBeginOffset") == 0:
				again++
			case got.Code != 0 || bodies(t, got) != "red":
				t.Fatalf("got %d %q, want red, or to ask again at 0", got.Code, got.Remark)
			}
		}
		// One was judged at once, room or less were taken up meanwhile, and room waited behind them.
		if least, most := waiting-1-2*room, waiting-1-room; again < least || again > most {
			t.Errorf("%d of %d were told to ask again, want %d to %d", again, waiting, least, most)
		}
		if got := b.pull(t, request{}); bodies(t, got) != "red" {
			t.Errorf("who asks again: got %d %q, want red", got.Code, got.Remark)
		}
	})
}

// TestCloseAnswersTheUnjudged: a stop leaves nobody without an answer whose message was not yet judged.
func TestCloseAnswersTheUnjudged(t *testing.T) {
	b, c := startSQL(t, true)
	const waiting = 50
	p := peer.New()
	for range waiting {
		b.send(t, p, request{sys: protocol.PullSuspend, suspend: 60_000})
	}
	c.mu.Lock()
	c.groups["G"] = &colour{name: "red", version: 5, cost: 5 * time.Millisecond}
	c.mu.Unlock()
	b.paint(t, "red")
	b.Close()
	if n := len(p.Answers); n != waiting {
		t.Errorf("%d answers after the end, want %d", n, waiting)
	}
}
