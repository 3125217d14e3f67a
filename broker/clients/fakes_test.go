package clients

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gannetmq/gannet/conformance/golden"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/wire"
)

// sameAsJava likens an answer to Java's, the values of its fields too.
func sameAsJava(t *testing.T, f *golden.Frame, got *wire.Command) {
	t.Helper()
	peer.LikeJava(t, f, got)
	peer.SameExt(t, f, got)
}

var errNotAllowed = errors.New("not allowed")

// fakeTables are the tables of groups and topics. Groups named No… may not be used, quiet… want no
// notification, Bare… get no retry topic, and topics named Order… are consumed in order.
type fakeTables struct {
	mu               sync.Mutex
	retries          []string // what EnsureRetries was asked, once each
	entered, ensured int      // calls
}

func (f *fakeTables) Enter(groups []string) []Entry {
	entries := make([]Entry, len(groups))
	for i, group := range groups {
		if entries[i] = (Entry{RetryQueues: 3, Notify: !strings.HasPrefix(group, "quiet")}); strings.HasPrefix(group, "No") {
			entries[i] = Entry{Err: errNotAllowed}
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.entered++
	return entries
}

func (f *fakeTables) IsOrder(topic string) bool { return strings.HasPrefix(topic, "Order") }

func (f *fakeTables) EnsureRetries(wanted []Retry) []error {
	errs := make([]error, len(wanted))
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ensured++
	for i, r := range wanted {
		if strings.HasPrefix(r.Group, "Bare") {
			errs[i] = errNotAllowed
			continue
		}
		if what := fmt.Sprint(r.Group, r.Queues, r.Order, r.Unit); !slices.Contains(f.retries, what) {
			f.retries = append(f.retries, what)
		}
	}
	return errs
}

// pushes collects what the table sends to clients.
type pushes struct {
	mu   sync.Mutex
	sent []string // "group>peer id"
}

func (p *pushes) Push(to remoting.Peer, m *remoting.Message) error {
	frame, err := m.Append(nil, new(wire.Encoder), wire.Head{Flag: wire.FlagOneway})
	if err != nil {
		return err
	}
	c := new(wire.Command)
	if err := wire.Decode(frame, c); err != nil {
		return err
	}
	group, _ := c.Lookup("consumerGroup")
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, fmt.Sprintf("%d %s>%d", c.Code, group, to.ID()))
	return nil
}

// Call is not for clients that only listen.
func (p *pushes) Call(context.Context, remoting.Peer, *remoting.Message) (*wire.Command, error) {
	return nil, errNotAllowed
}

// take returns what was sent since the last call, sorted.
func (p *pushes) take() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	sent := p.sent
	p.sent = nil
	slices.Sort(sent)
	return sent
}

// check verifies what must hold between the parts of the table whenever nothing is under way.
func check(t testing.TB, table *Table) {
	t.Helper()
	table.mu.Lock()
	defer table.mu.Unlock()
	all := make(map[*group]int)
	total := 0
	for id, c := range table.conns {
		if c.closed || c.peer.ID() != id {
			t.Errorf("connection %d is in the table, closed: %t, id %d", id, c.closed, c.peer.ID())
		}
		for g, m := range c.members {
			all[g]++
			total++
			if m.group != g || m.conn != c || g.members[c] != m {
				t.Errorf("member %s of %s is not linked both ways", m.clientID, g.name)
			}
		}
		if b := c.beat.Load(); b != nil && len(b.members) != len(b.revs) {
			t.Errorf("beat of %d members has %d revisions", len(b.members), len(b.revs))
		}
	}
	if total != table.members {
		t.Errorf("%d memberships are counted, there are %d", table.members, total)
	}
	found := 0
	look := func(groups map[string]*group) {
		for name, g := range groups {
			found++
			if g.name != name || len(g.members) == 0 || all[g] != len(g.members) {
				t.Errorf("group %q under %q has %d members, %d of open connections", g.name, name, len(g.members), all[g])
			}
		}
	}
	look(table.producers)
	for i := range table.shards {
		look(table.shards[i].groups)
	}
	indexed := 0
	for id, members := range table.byID {
		indexed += len(members)
		for _, m := range members {
			if m.clientID != id || m.group.members[m.conn] != m || m.group.consumer {
				t.Errorf("%s of %s is found under %s", m.clientID, m.group.name, id)
			}
		}
	}
	for _, g := range table.producers {
		indexed -= len(g.members)
	}
	if indexed != 0 {
		t.Errorf("%d memberships of producers are found by their client id too many", indexed)
	}
	if found != len(all) {
		t.Errorf("%d groups are in the table, %d have members", found, len(all))
	}
}
