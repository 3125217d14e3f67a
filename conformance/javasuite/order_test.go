//go:build conformance

package javasuite_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/conformance/javaenv"
	"github.com/gannetmq/gannet/conformance/javasuite"
)

const (
	orderTopic = "Order"
	// uncommitted is how long before its end a member may have taken what it has not committed: a second, and what a busy
	// machine adds.
	uncommitted = 3000
)

// took is a message that a member has worked on.
type took struct {
	member       string
	at           int64 // Unix milliseconds
	queue        int32
	offset, body int64
}

// group is what the members of a group took, in the order in which they said so.
type group struct {
	queues int32
	mu     sync.Mutex
	all    []took
	ended  map[string]int64 // when a member was told to end, or killed, Unix milliseconds
}

func newGroup(queues int32) *group { return &group{queues: queues, ended: make(map[string]int64)} }

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
	all := make([]int64, g.queues)
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, t := range g.all {
		all[t.queue] = max(all[t.queue], t.offset)
	}
	return all
}

// share is how many queues the second member has. Its name must sort before that of the first.
func (g *group) share() int { return int(g.queues+1) / 2 }

// member is a process.
type member struct {
	name string
	in   *io.PipeWriter
	kill context.CancelFunc
	gone chan struct{}
}

// join starts a member. Java divides the queues in the order of the members' names.
func (g *group) join(t *testing.T, name string, client javasuite.Client, namesrv string, set map[string]string) *member {
	t.Helper()
	env := javaenv.Setup(t)
	ctx, kill := context.WithTimeout(t.Context(), 3*time.Minute)
	in, stdin := io.Pipe()
	out, stdout := io.Pipe()
	m := &member{name: name, in: stdin, kill: kill, gone: make(chan struct{})}
	props := maps.Clone(set)
	maps.Copy(props, client.Props())
	dir := t.TempDir()
	go func() {
		defer close(m.gone)
		defer stdout.Close()
		result, err := env.Run(ctx, javaenv.Program{
			Dir: dir, Module: client.Module, Main: "OrderedMember", Props: props, Stdin: in, Stdout: stdout,
			Args: []string{"--namesrv", namesrv, "--topic", orderTopic, "--group", "G_order", "--instance", name},
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
	g.ends(m)
	if !orderly {
		m.kill()
	}
	_ = m.in.Close()
	<-m.gone
}

// leave has a member leave the group and keep its connections.
func (g *group) leave(t *testing.T, m *member) {
	t.Helper()
	g.ends(m)
	if _, err := m.in.Write([]byte("\n")); err != nil {
		t.Fatal(err)
	}
}

// ends notes the time before the member is told: others take what it had only afterwards.
func (g *group) ends(m *member) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ended[m.name] == 0 {
		g.ended[m.name] = time.Now().UnixMilli()
	}
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
	for q := range g.queues {
		next, owner := int64(0), ""
		owners := make(map[string]bool)
		last := make(map[int64]took) // by offset
		for _, e := range g.all {
			if e.queue != q {
				continue
			}
			if e.member != owner && owners[e.member] && (g.ended[owner] == 0 || e.at < g.ended[owner]) {
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
	t.Logf("%d messages to each of %d queues, %d taken, %d repeats", sent, g.queues, len(g.all), repeated)
}
