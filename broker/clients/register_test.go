package clients

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/compat/fastjson"
	"github.com/gannetmq/gannet/conformance/peer"
	"github.com/gannetmq/gannet/remoting"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// clock is a time that tests move.
type clock struct{ now time.Time }

func (c *clock) read() time.Time { return c.now }

func newTable(t testing.TB, o Options) (*Table, *fakeTables) {
	t.Helper()
	f := new(fakeTables)
	table := New(f, f, o)
	t.Cleanup(func() { check(t, table) })
	return table, f
}

// consumerOf is a heartbeat of one consumer group; subs are topic=version or topic=version=expression.
func consumerOf(client, group string, subs ...string) *protocol.HeartbeatData {
	c := protocol.ConsumerData{
		GroupName: group, ConsumeType: protocol.ConsumePassively, MessageModel: protocol.Clustering,
		ConsumeFromWhere: protocol.FromLastOffset,
	}
	for _, s := range subs {
		part := strings.Split(s+"=*", "=")
		d := protocol.SubscriptionData{Topic: part[0], SubString: part[2], ExpressionType: "TAG"}
		fmt.Sscan(part[1], &d.SubVersion)
		c.SubscriptionDataSet = append(c.SubscriptionDataSet, d)
	}
	return &protocol.HeartbeatData{ClientID: client, ConsumerDataSet: []protocol.ConsumerData{c}}
}

// beatOnce does what the handlers of a heartbeat do and returns the answer and whether the heartbeat
// was recognised as a repetition.
func beatOnce(t testing.TB, table *Table, p remoting.Peer, d *protocol.HeartbeatData) (subChanged, repeated bool) {
	t.Helper()
	body := fastjson.Append(nil, d)
	if subChanged, ok := table.repeat(p, body); ok {
		return subChanged, true
	}
	c := table.open(p)
	parsed, err := table.parse(body)
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	h := admitted(table, parsed, &wire.Command{Language: wire.Go, Version: 317})
	if subChanged, _, err = table.register(c, h, table.sum(body), len(body)); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return subChanged, false
}

// admitted is a heartbeat with the groups that may be used.
func admitted(table *Table, d *protocol.HeartbeatData, c *wire.Command) *heartbeat {
	h := table.read(d, c)
	table.admit(h)
	return h
}

// subscribed lists the topics of the group with their versions, "-" if the group is unknown.
func subscribed(table *Table, group string, topics ...string) string {
	var found []string
	for _, topic := range topics {
		sub, _, ok := table.Subscription([]byte(group), []byte(topic))
		switch {
		case !ok:
			return "-"
		case sub != nil:
			found = append(found, fmt.Sprint(topic, "=", sub.Version))
		}
	}
	return strings.Join(found, " ")
}

func TestRegisterAndLeave(t *testing.T) {
	table, tables := newTable(t, Options{})
	a, b := peer.New(), peer.New()
	if got := subscribed(table, "G", "A"); got != "-" {
		t.Errorf("before the first heartbeat: %q", got)
	}
	beatOnce(t, table, a, consumerOf("a", "G", "A=1", "B=1"))
	if got := subscribed(table, "G", "A", "B", "C"); got != "A=1 B=1" {
		t.Errorf("a said A=1 B=1, the group has %q", got)
	}
	beatOnce(t, table, b, consumerOf("b", "G", "A=2", "C=1"))
	if got := subscribed(table, "G", "A", "B", "C"); got != "A=2 C=1" {
		t.Errorf("b said A=2 C=1, the group has %q", got)
	}
	if got := table.ClientIDs([]byte("G")); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("members %v", got)
	}
	if got := fmt.Sprint(tables.retries); got != "[G3 false false]" {
		t.Errorf("retry topics %s", got)
	}
	members := table.Consumers("G")
	if len(members) != 2 || members[0].Language != wire.Go || members[0].Version != 317 || members[0].Seen == 0 {
		t.Errorf("members %+v", members)
	}
	table.Closed(a)
	if got := table.ClientIDs([]byte("G")); !slices.Equal(got, []string{"b"}) {
		t.Errorf("members after a closed: %v", got)
	}
	table.unregister(table.conn(b), "G", true)
	if got := subscribed(table, "G", "A"); got != "-" {
		t.Errorf("after both left: %q", got)
	}
	if got := table.ClientIDs([]byte("G")); got != nil {
		t.Errorf("members after both left: %v", got)
	}
	if _, repeated := beatOnce(t, table, b, consumerOf("b", "G", "A=2", "C=1")); repeated {
		t.Error("the heartbeat after unregistering counts as a repetition")
	}
	if got := subscribed(table, "G", "A", "C"); got != "A=2 C=1" {
		t.Errorf("after b came back: %q", got)
	}
}

func TestProducers(t *testing.T) {
	table, _ := newTable(t, Options{})
	a, b := peer.New(), peer.New()
	d := &protocol.HeartbeatData{ClientID: "a", ProducerDataSet: []protocol.ProducerData{{GroupName: "P"}, {GroupName: "Q"}}}
	beatOnce(t, table, a, d)
	d.ClientID = "b"
	beatOnce(t, table, b, d)
	if got := len(table.Producers("P")); got != 2 {
		t.Errorf("%d producers, want 2", got)
	}
	table.unregister(table.conn(a), "P", false)
	if got := table.Producers("P"); len(got) != 1 || got[0].ClientID != "b" || got[0].Peer != b {
		t.Errorf("producers after a left: %+v", got)
	}
	if _, repeated := beatOnce(t, table, b, d); !repeated {
		t.Error("b's heartbeat is no repetition though nothing changed for b")
	}
	table.Closed(b)
	if got := table.Producers("P"); got != nil {
		t.Errorf("producers after all left: %+v", got)
	}
	if got := len(table.Producers("Q")); got != 1 {
		t.Errorf("%d producers of Q, want 1", got)
	}
}

func TestModelAndOrderAndUnit(t *testing.T) {
	table, tables := newTable(t, Options{})
	p := peer.New()
	d := consumerOf("a", "G", "OrderTopic=1")
	d.ConsumerDataSet[0].MessageModel = protocol.Broadcasting
	d.ConsumerDataSet[0].UnitMode = true
	beatOnce(t, table, p, d)
	if _, model, _ := table.Subscription([]byte("G"), []byte("OrderTopic")); model != Broadcasting {
		t.Errorf("model %d, want Broadcasting", model)
	}
	if got := fmt.Sprint(tables.retries); got != "[G3 true true]" {
		t.Errorf("retry topics %s", got)
	}
	// The latest heartbeat wins for the whole group.
	beatOnce(t, table, peer.New(), consumerOf("b", "G", "OrderTopic=1"))
	if _, model, _ := table.Subscription([]byte("G"), []byte("OrderTopic")); model != Clustering {
		t.Errorf("model %d, want Clustering", model)
	}
}

// A repeated heartbeat is recognised as long as it would change nothing, whoever else changed what.
func TestRepetition(t *testing.T) {
	table, _ := newTable(t, Options{})
	a, b, c := peer.New(), peer.New(), peer.New()
	ofA, ofB := consumerOf("a", "G", "T=1"), consumerOf("b", "G", "T=2")
	other := consumerOf("c", "G", "U=1")
	steps := []struct {
		who  *peer.Peer
		say  *protocol.HeartbeatData
		do   func()
		want bool
	}{
		{a, ofA, nil, false},
		{a, ofA, nil, true},
		{b, ofB, nil, false},
		{a, ofA, nil, true}, // b's subscription is newer: a's would not replace it
		{b, ofB, nil, true},
		{b, ofA, nil, false}, // another body on b's connection
		{b, ofB, nil, false},
		{c, other, nil, false}, // c subscribes to something else: the group flaps, as in Java
		{a, ofA, nil, false},
		{c, other, nil, false},
		{b, ofB, func() { table.Closed(c) }, false},
		{a, ofA, nil, false}, // topics came and went since a's last one; now nothing changes
		{a, ofA, nil, true},
		{b, ofB, nil, true},
		{a, ofA, table.Invalidate, false},
		{a, ofA, nil, true},
		{b, ofB, nil, false},
		{a, ofA, func() { table.unregister(table.conn(a), "G", true) }, false},
		{a, ofA, nil, true},
		{a, ofA, func() { table.Closed(a); table.Closed(b) }, false},
		{a, ofA, nil, true},
	}
	for i, s := range steps {
		if s.do != nil {
			s.do()
		}
		changed, repeated := beatOnce(t, table, s.who, s.say)
		if repeated != s.want || !changed {
			t.Errorf("step %d: repeated %t, want %t; answered changed=%t, want true", i, repeated, s.want, changed)
		}
		if got := table.ClientIDs([]byte("G")); !slices.Contains(got, s.say.ClientID) {
			t.Errorf("step %d: %s is no member after its heartbeat: %v", i, s.say.ClientID, got)
		}
	}
}

// Version 2: a client sends its subscriptions once and then leaves them out, while the broker says
// that it knows them.
func TestHeartbeatV2(t *testing.T) {
	table, _ := newTable(t, Options{})
	a, b := peer.New(), peer.New()
	full := consumerOf("a", "G", "T=1")
	full.HeartbeatFingerprint = 7
	short := consumerOf("a", "G")
	short.HeartbeatFingerprint, short.WithoutSub = 7, true
	v1 := consumerOf("b", "G", "T=1")
	steps := []struct {
		who     *peer.Peer
		say     *protocol.HeartbeatData
		changed bool
	}{
		{a, short, true}, // after a restart of the broker; Java says false and the group stays without subscriptions
		{a, short, true},
		{a, full, false},
		{a, short, false},
		{a, short, false},
		{b, v1, true}, // a client of version 1 in the group
		{a, short, true},
		{a, full, false},
		{a, short, false},
	}
	for i, s := range steps {
		changed, _ := beatOnce(t, table, s.who, s.say)
		if changed != s.changed {
			t.Errorf("step %d: changed %t, want %t", i, changed, s.changed)
		}
		if want := i >= 2; (subscribed(table, "G", "T") == "T=1") != want {
			t.Errorf("step %d: subscriptions %q", i, subscribed(table, "G", "T"))
		}
	}
	if n := table.Metrics.Short.Load(); n == 0 || n > 6 {
		t.Errorf("%d heartbeats count as short", n)
	}
}

// What may not be used is left out, and tried again with every heartbeat.
func TestGroupNotAdmitted(t *testing.T) {
	table, _ := newTable(t, Options{RejectPull: func() bool { return true }})
	p := peer.New()
	d := consumerOf("a", "NoSuch", "T=1")
	d.ConsumerDataSet = append(d.ConsumerDataSet, consumerOf("a", "G", "T=1").ConsumerDataSet...)
	pulls := consumerOf("a", "Pulls", "T=1").ConsumerDataSet[0]
	pulls.ConsumeType = protocol.ConsumeActively
	d.ConsumerDataSet = append(d.ConsumerDataSet, pulls)
	for range 2 {
		if _, repeated := beatOnce(t, table, p, d); repeated {
			t.Error("a heartbeat with a group that is not admitted counts as a repetition")
		}
		for group, want := range map[string]string{"NoSuch": "-", "Pulls": "-", "G": "T=1"} {
			if got := subscribed(table, group, "T"); got != want {
				t.Errorf("group %s has %q, want %q", group, got, want)
			}
		}
	}
}

// A heartbeat that is overtaken by the end of its connection registers nobody.
func TestClosedWhileRegistering(t *testing.T) {
	table, _ := newTable(t, Options{})
	p := peer.New()
	body := fastjson.Append(nil, consumerOf("a", "G", "T=1"))
	c := table.open(p)
	d, err := table.parse(body)
	if err != nil {
		t.Fatal(err)
	}
	h := admitted(table, d, new(wire.Command))
	table.Closed(p)
	if _, _, err := table.register(c, h, table.sum(body), len(body)); err != nil {
		t.Fatal(err)
	}
	if got := subscribed(table, "G", "T"); got != "-" {
		t.Errorf("the group has %q after its only client closed", got)
	}
}

func TestExpiry(t *testing.T) {
	now := &clock{time.UnixMilli(1795230399999)}
	table, _ := newTable(t, Options{Now: now.read})
	quiet, lively, half := peer.New(), peer.New(), peer.New()
	two := consumerOf("half", "G", "T=1")
	two.ProducerDataSet = []protocol.ProducerData{{GroupName: "P"}}
	beatOnce(t, table, quiet, consumerOf("quiet", "G", "T=1"))
	beatOnce(t, table, half, two)
	for range 4 {
		beatOnce(t, table, lively, consumerOf("lively", "G", "T=1"))
		beatOnce(t, table, half, consumerOf("half", "G", "T=1")) // does not name P any more
		table.Scan()
		now.now = now.now.Add(30 * time.Second)
	}
	if got := table.ClientIDs([]byte("G")); len(got) != 3 || len(table.Producers("P")) != 1 {
		t.Errorf("expired too early: %v, %d producers", got, len(table.Producers("P")))
	}
	now.now = now.now.Add(time.Millisecond)
	table.Scan()
	if got := table.ClientIDs([]byte("G")); !slices.Equal(got, []string{"half", "lively"}) {
		t.Errorf("after 120 s without a heartbeat of quiet: %v", got)
	}
	if table.Producers("P") != nil {
		t.Error("the membership in P, which no heartbeat names, did not expire")
	}
	if quiet.Closed() == "" || half.Closed() != "" || lively.Closed() != "" {
		t.Errorf("closed: quiet %q, half %q, lively %q, want only quiet",
			quiet.Closed(), half.Closed(), lively.Closed())
	}
	if got := table.Metrics.Expired.Load(); got != 2 {
		t.Errorf("%d memberships expired, want 2", got)
	}
}

// Nothing is made for a heartbeat that is refused.
func TestRefusedHeartbeatMakesNothing(t *testing.T) {
	table, tables := newTable(t, Options{MaxGroups: 2, MaxKept: 16_000})
	router := route(t, table)
	p := peer.New()
	for i := range 10 {
		d := consumerOf("a", fmt.Sprint("G", i), "T=1")
		if a := p.Ask(t, router, frame(t, protocol.HeartBeat, nil, string(fastjson.Append(nil, d)))); (a.Code == 0) != (i < 4) {
			t.Errorf("heartbeat %d: %d %s, want the first four accepted", i, a.Code, a.Remark)
		}
	}
	d := consumerOf("b", "Large", "T=1="+strings.Repeat("x", 4000))
	if a := peer.New().Ask(t, router, frame(t, protocol.HeartBeat, nil, string(fastjson.Append(nil, d)))); a.Code == 0 {
		t.Error("a subscription that there is no room for was accepted")
	}
	if len(tables.retries) != 4 {
		t.Errorf("retry topics %v, want those of four groups", tables.retries)
	}
}

// The groups of a heartbeat are made together, so that each file is written once, and stay in order.
func TestGroupsAreMadeTogether(t *testing.T) {
	table, tables := newTable(t, Options{})
	d := &protocol.HeartbeatData{ClientID: "a"}
	var want []string
	for i := range 100 {
		name := fmt.Sprint("G", i)
		switch i % 10 {
		case 5:
			name = fmt.Sprint("No", i)
		case 7:
			name = fmt.Sprint("Bare", i)
			want = append(want, name)
		default:
			want = append(want, name)
		}
		d.ConsumerDataSet = append(d.ConsumerDataSet, consumerOf("a", name, "T=1").ConsumerDataSet...)
	}
	h := admitted(table, d, new(wire.Command))
	var got []string
	for i := range h.consumers {
		got = append(got, h.consumers[i].group)
	}
	if !slices.Equal(got, want) || !h.partial {
		t.Errorf("admitted %v, partial %v; want %v", got, h.partial, want)
	}
	if len(tables.retries) != 80 || tables.entered != 1 || tables.ensured != 1 {
		t.Errorf("%d retry topics in %d calls, groups entered in %d; want 80, one call each", len(tables.retries), tables.ensured, tables.entered)
	}
}

// A group without its retry topic is registered, and the heartbeat is read again when it is repeated.
func TestGroupWithoutRetryTopic(t *testing.T) {
	for name, partial := range map[string]bool{"Bare": true, "G": false} {
		table, _ := newTable(t, Options{})
		h := admitted(table, consumerOf("a", name, "T=1"), new(wire.Command))
		if len(h.consumers) != 1 || h.partial != partial {
			t.Errorf("%s: %d groups admitted, partial %t; want one, %t", name, len(h.consumers), h.partial, partial)
		}
	}
}
