package clients

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

func TestTableIsBounded(t *testing.T) {
	table, _ := newTable(t, Options{MaxMembers: 2})
	a, b := peer.New(), peer.New()
	beatOnce(t, table, a, consumerOf("a", "G", "T=1"))
	beatOnce(t, table, b, consumerOf("b", "G", "T=1"))
	c := peer.New()
	body := fastjson.Append(nil, consumerOf("c", "G", "T=1"))
	d, err := table.parse(body)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := table.register(table.open(c), admitted(table, d, new(wire.Command)), 0, 0); !errors.Is(err, ErrFull) {
		t.Errorf("third member of two: %v, want ErrFull", err)
	}
	if _, repeated := beatOnce(t, table, a, consumerOf("a", "G", "T=2")); repeated || subscribed(table, "G", "T") != "T=2" {
		t.Error("a member of a full table cannot change its subscription")
	}
}

// keeper registers heartbeats until the table refuses one.
type keeper struct {
	t       *testing.T
	table   *Table
	version int
}

// try registers a group with one subscription of n bytes and a newer version than all before, or of the version that is given.
func (k *keeper) try(p *peer.Peer, group string, n int, version ...int) error {
	k.t.Helper()
	k.version++
	v := k.version
	if len(version) > 0 {
		v = version[0]
	}
	d, err := k.table.parse(fastjson.Append(nil, consumerOf("a", group, fmt.Sprintf("T=%d=%s", v, strings.Repeat("x", n)))))
	if err != nil {
		k.t.Fatal(err)
	}
	_, _, err = k.table.register(k.table.open(p), admitted(k.table, d, new(wire.Command)), 0, 0)
	return err
}

// consistent checks that the bytes that are counted are those of the groups, each once.
func (k *keeper) consistent(when string) {
	k.t.Helper()
	groups, accounts := 0, 0
	for i := range k.table.shards {
		for _, g := range k.table.shards[i].groups {
			groups += sizeOf(g.view.Load().subs)
			if g.members[g.payer] == nil {
				k.t.Errorf("%s: %s is paid for by nobody of it", when, g.name)
			}
		}
	}
	for _, c := range k.table.conns {
		accounts += c.kept
	}
	if groups != k.table.kept || accounts != groups {
		k.t.Errorf("%s: %d bytes are counted, %d to connections; the groups have %d", when, k.table.kept, accounts, groups)
	}
}

// What clients subscribe to is bounded, for each connection by a part of what is free, and what has left makes room.
func TestSubscriptionsAreBounded(t *testing.T) {
	table, _ := newTable(t, Options{MaxKept: 160_000})
	k := &keeper{t: t, table: table}
	p, q := peer.New(), peer.New()
	for _, step := range []struct {
		peer  *peer.Peer
		group string
		n     int
		full  bool
	}{
		{p, "One", 4000, false}, {q, "Two", 4000, false}, {p, "Three", 6000, true}, {p, "One", 3000, false},
		{p, "One", 10_000, true}, {p, "Three", 1000, false}, {p, "One", 3000, false},
		{q, "One", 3000, false}, {p, "Four", 3000, false}, // q pays for One now
	} {
		if err := k.try(step.peer, step.group, step.n); errors.Is(err, ErrFull) != step.full {
			t.Errorf("%s, %d bytes: %v; full: want %v", step.group, step.n, err, step.full)
		}
		k.consistent(step.group)
	}
	table.Closed(q)
	k.consistent("after the payer of One has left")
	if err := k.try(p, "Five", 4000); !errors.Is(err, ErrFull) {
		t.Errorf("what was left to a connection is not counted to it: %v", err)
	}
	r := peer.New()
	if err := k.try(r, "Five", 4000); err != nil {
		t.Errorf("a newcomer: %v", err)
	}
	table.Closed(p)
	table.Closed(r)
	if table.kept != 0 {
		t.Errorf("%d bytes are counted of nobody's subscriptions", table.kept)
	}
}

// Nobody makes room by naming a group twice, nor by seeming to give up what has a newer version.
func TestNoRoomByNamingAGroupAgain(t *testing.T) {
	large := "T=1=" + strings.Repeat("x", 8000)
	for name, again := range map[string][]string{
		"without and with": {"", "", "", "", "", large},
		"with and without": {large, "", "", "", large},
		"older":            {"T=0 U=1"},
	} {
		table, _ := newTable(t, Options{MaxKept: 160_000})
		k := &keeper{t: t, table: table}
		p := peer.New()
		if err := k.try(p, "G", 8000, 1); err != nil {
			t.Fatal(err)
		}
		d := consumerOf("a", "New", "T=1="+strings.Repeat("y", 7500))
		groups := d.ConsumerDataSet
		d.ConsumerDataSet = nil
		for _, subs := range again {
			d.ConsumerDataSet = append(d.ConsumerDataSet, consumerOf("a", "G", strings.Fields(subs)...).ConsumerDataSet...)
		}
		d.ConsumerDataSet = append(d.ConsumerDataSet, groups...)
		if _, _, err := table.register(table.open(p), admitted(table, d, new(wire.Command)), 0, 0); !errors.Is(err, ErrFull) {
			t.Errorf("%s: got %v, want ErrFull; %d bytes are kept", name, err, table.kept)
		}
		k.consistent(name)
	}
}

// However many connections take what they can get, a newcomer with a group of a usual size finds room.
func TestGreedyConnectionsLeaveRoom(t *testing.T) {
	table, _ := newTable(t, Options{MaxKept: 4 << 20, MaxTags: 1 << 20})
	k := &keeper{t: t, table: table}
	for i := range 30 {
		p := peer.New()
		n := 300_000
		for g := 0; n > 100; g++ {
			if err := k.try(p, fmt.Sprintf("Greedy%d.%d", i, g), n); errors.Is(err, ErrFull) {
				n /= 2
			}
		}
	}
	k.consistent("after the greedy ones")
	if free := 4<<20 - table.kept; free > 5<<19 || free < 3<<19 {
		t.Errorf("%d bytes are free, want about half", free)
	}
	for i := range 100 {
		if err := k.try(peer.New(), fmt.Sprint("Honest", i), 1000); err != nil {
			t.Fatalf("newcomer %d: %v", i, err)
		}
	}
}

// A large group has many members, each of which names all of it; it is kept once.
func TestMembersOfALargeGroupShareIt(t *testing.T) {
	table, _ := newTable(t, Options{MaxKept: 160_000})
	k := &keeper{t: t, table: table}
	for i := range 50 {
		if err := k.try(peer.New(), "Large", 8000); err != nil {
			t.Fatalf("member %d, with a newer version: %v", i, err)
		}
		if err := k.try(peer.New(), "Large", 8000, 1); err != nil {
			t.Fatalf("member %d, with the first version: %v", i, err)
		}
	}
	k.consistent("with all members")
	if got := len(table.Consumers("Large")); got != 100 {
		t.Errorf("%d members, want 100", got)
	}
}

// A connection that names other groups each time is stopped before it fills the table.
func TestConnectionIsBounded(t *testing.T) {
	table, _ := newTable(t, Options{MaxGroups: 2})
	p := peer.New()
	var err error
	for i := range 5 {
		d := &protocol.HeartbeatData{ClientID: "a", ProducerDataSet: []protocol.ProducerData{{GroupName: fmt.Sprint("P", i)}}}
		_, _, err = table.register(table.open(p), admitted(table, d, new(wire.Command)), uint64(i), 0)
		if want := i == 4; errors.Is(err, ErrFull) != want {
			t.Errorf("group %d: %v", i, err)
		}
	}
}
