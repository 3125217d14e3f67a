//go:build conformance

package javasuite_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
	"github.com/gannetmq/gannet/conformance/process"
	"github.com/gannetmq/gannet/conformance/recorder"
)

const (
	orderTopic  = "Order"
	orderQueues = 4
	// uncommitted is how long before its end a member may have taken what it has not committed: a second, and what a busy
	// machine adds.
	uncommitted = 3000
)

// impatient makes members renew their locks in good time, and look for queues they may have now.
var impatient = map[string]string{
	"rocketmq.client.rebalance.lockInterval": "500", "rocketmq.client.rebalance.lockMaxLiveTime": "2500", "rocketmq.client.rebalance.waitInterval": "1000",
}

// took is a message that a member has worked on.
type took struct {
	member       string
	at           int64 // Unix milliseconds
	queue        int32
	offset, body int64
}

// group is what the members of a group took, in the order in which they said so.
type group struct {
	mu    sync.Mutex
	all   []took
	ended map[string]int64 // when a member was told to end, or killed, Unix milliseconds
}

func (g *group) count(member string) (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, t := range g.all {
		if t.member == member {
			n++
		}
	}
	return n
}

// of counts the queues whose last message that member took.
func (g *group) of(member string) (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	last := make(map[int32]string)
	for _, t := range g.all {
		last[t.queue] = t.member
	}
	for _, m := range last {
		if m == member {
			n++
		}
	}
	return n
}

// highest is the last offset that any member took of each queue.
func (g *group) highest() []int64 {
	all := make([]int64, orderQueues)
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, t := range g.all {
		all[t.queue] = max(all[t.queue], t.offset)
	}
	return all
}

// member is a process.
type member struct {
	name string
	in   *io.PipeWriter
	kill context.CancelFunc
	gone chan struct{}
}

func (g *group) join(t *testing.T, name string, client javasuite.Client, namesrv string) *member {
	t.Helper()
	env := javaenv.Setup(t)
	ctx, kill := context.WithTimeout(t.Context(), 3*time.Minute)
	in, stdin := io.Pipe()
	out, stdout := io.Pipe()
	m := &member{name: name, in: stdin, kill: kill, gone: make(chan struct{})}
	props := client.Props()
	if props == nil {
		props = make(map[string]string)
	}
	for key, value := range impatient {
		props[key] = value
	}
	dir := t.TempDir()
	go func() {
		defer close(m.gone)
		defer stdout.Close()
		result, err := env.Run(ctx, javaenv.Program{
			Dir: dir, Module: client.Module, Main: "OrderedMember", Props: props, Stdin: in, Stdout: stdout,
			Args: []string{"--namesrv", namesrv, "--topic", orderTopic, "--group", "G_order"},
		})
		if ctx.Err() == nil && (err != nil || result.Exit != 0) {
			t.Errorf("member %s: %v\n%v", name, err, result)
		}
	}()
	go g.read(name, out)
	t.Cleanup(func() {
		kill()
		_ = stdin.Close()
		<-m.gone
	})
	return m
}

func (g *group) read(name string, out io.Reader) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		e := took{member: name}
		if n, _ := fmt.Sscanf(lines.Text(), "took %d %d %d %d", &e.at, &e.queue, &e.offset, &e.body); n == 4 {
			g.mu.Lock()
			g.all = append(g.all, e)
			g.mu.Unlock()
		}
	}
}

// end has a member leave, or be gone.
func (g *group) end(m *member, orderly bool) {
	if !orderly {
		m.kill()
	}
	_ = m.in.Close()
	g.mu.Lock()
	g.ended[m.name] = time.Now().UnixMilli()
	g.mu.Unlock()
	<-m.gone
}

// Members of a group that consumes in order join, leave and are killed while sends go on and much waits: every queue is consumed in
// order, by one at a time, and what is repeated is what a member took that could not commit it any more: little before its end, or the
// one message at which it was when the queue went to another.
func TestOrderWhileMembersComeAndGo(t *testing.T) {
	for _, client := range []javasuite.Client{{Module: javaenv.Client533, Headers: javasuite.JSON}, {Module: javaenv.Client471, Headers: javasuite.RocketMQ}} {
		t.Run(client.Name(), func(t *testing.T) {
			t.Parallel() // it mostly waits
			comeAndGo(t, client)
		})
	}
}

func comeAndGo(t *testing.T, client javasuite.Client) {
	broker := process.Run(t, process.Options{Set: map[string]string{"rebalanceLockMaxLiveTime": "4000"}})
	recorder.MustCreateTopic(t, broker.Broker, orderTopic, orderQueues)
	c := recorder.MustDial(t, broker.Broker)
	var sent atomic.Int64 // to each queue
	round := func() {
		for q := range int32(orderQueues) {
			if at, err := c.Send(recorder.Queue{Topic: orderTopic, ID: q}, fmt.Append(nil, sent.Load())); err != nil || at != sent.Load() {
				t.Errorf("send %d to queue %d: offset %d, %v", sent.Load(), q, at, err)
			}
		}
		sent.Add(1)
	}
	g := &group{ended: make(map[string]int64)}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for tick := time.NewTicker(20 * time.Millisecond); ; <-tick.C {
			select {
			case <-stop:
				tick.Stop()
				return
			default:
				for slices.Max(g.highest()) > sent.Load()-200 { // something always waits, whatever the members' pace
					round()
				}
			}
		}
	}()

	a := g.join(t, "a", client, broker.Namesrv)
	until(t, "a works", func() bool { return g.count("a") > 50 })
	b := g.join(t, "b", client, broker.Namesrv)
	until(t, "b has its half", func() bool { return g.of("b") == orderQueues/2 })
	for q, at := range g.highest() {
		if at >= sent.Load()-10 {
			t.Errorf("nothing waits in queue %d when a member is killed", q)
		}
	}
	g.end(a, false)
	until(t, "b has all", func() bool { return g.of("b") == orderQueues })
	d := g.join(t, "d", client, broker.Namesrv)
	until(t, "d has its half", func() bool { return g.of("d") == orderQueues/2 })
	g.end(b, true)
	until(t, "d has all", func() bool { return g.of("d") == orderQueues })
	close(stop)
	<-stopped
	until(t, "all is taken", func() bool {
		return !slices.ContainsFunc(g.highest(), func(at int64) bool { return at != sent.Load()-1 })
	})
	g.end(d, true)
	g.judge(t, sent.Load())
}

func until(t *testing.T, what string, happened func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(90 * time.Second); !happened(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("not within 90 s: %s", what)
		}
	}
}

func (g *group) judge(t *testing.T, sent int64) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	slices.SortStableFunc(g.all, func(a, b took) int { return int(a.at - b.at) })
	repeated := 0
	for q := range int32(orderQueues) {
		next, owner := int64(0), ""
		owners := make(map[string]bool)
		last := make(map[int64]took) // by offset
		for _, e := range g.all {
			if e.queue != q {
				continue
			}
			if e.member != owner && owners[e.member] {
				t.Errorf("queue %d: %s takes %d, which had lost the queue to %s", q, e.member, e.offset, owner)
			}
			before, again := last[e.offset]
			switch {
			case e.offset > next:
				t.Errorf("queue %d: %s takes %d when %d is due", q, e.member, e.offset, next)
			case again && before.member == e.member:
				t.Errorf("queue %d: %s takes %d twice", q, e.member, e.offset)
			case again && e.offset == next-1: // the former owner was at it when it lost the queue
				repeated++
			case again && g.ended[before.member] == 0:
				t.Errorf("queue %d: %s takes %d, which %s took, who is still there", q, e.member, e.offset, before.member)
			case again && g.ended[before.member]-before.at > uncommitted:
				t.Errorf("queue %d: %s takes %d again, which %s took %d ms before its end", q, e.member, e.offset, before.member, g.ended[before.member]-before.at)
			case !again && e.offset < next:
				t.Errorf("queue %d: %s takes %d after %d", q, e.member, e.offset, next-1)
			case again:
				repeated++
			}
			if e.body != e.offset {
				t.Errorf("queue %d offset %d: body %d", q, e.offset, e.body)
			}
			next, owner = max(next, e.offset+1), e.member
			owners[owner], last[e.offset] = true, e
		}
		if next != sent {
			t.Errorf("queue %d: %d of %d taken", q, next, sent)
		}
	}
	t.Logf("%d messages to each of %d queues, %d taken, %d repeats", sent, orderQueues, len(g.all), repeated)
}
