package route

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// clock is a time that tests move.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func newTable() (*Table, *clock) {
	c := &clock{time.Unix(1_700_000_000, 0)}
	return New(Options{Now: c.Now}), c
}

func topics(names ...string) []protocol.TopicConfig {
	var all []protocol.TopicConfig
	for _, n := range names {
		all = append(all, protocol.TopicConfig{TopicName: n, ReadQueueNums: 8, WriteQueueNums: 8, Perm: 6})
	}
	return all
}

func master(name string, version int64, names ...string) *Registration {
	return &Registration{
		Cluster: "C", Name: name, Addr: name + ":10911", HA: name + ":10912", Conn: 1,
		Version: protocol.DataVersion{Counter: version}, Topics: topics(names...),
	}
}

func mustRegister(t *testing.T, table *Table, r *Registration) Master {
	t.Helper()
	m, err := table.Register(r)
	if err != nil {
		t.Fatalf("register %s: %v", r.Addr, err)
	}
	return m
}

func expectRoute(t *testing.T, table *Table, topic, want string) {
	t.Helper()
	got, ok := table.Lookup([]byte(topic), false)
	if want == "" {
		if ok {
			t.Errorf("%s: got %s, want no route", topic, got)
		}
		return
	}
	if !ok || string(got) != want {
		t.Errorf("%s:\n got %s\nwant %s", topic, got, want)
	}
}

func TestRouteForms(t *testing.T) {
	table, _ := newTable()
	mustRegister(t, table, master("b", 1, "T", "U"))
	const head = `{"brokerDatas":[{"brokerAddrs":{`
	const tail = `"b:10911"},"brokerName":"b","cluster":"C","enableActingMaster":false}],"filterServerTable":{},` +
		`"queueDatas":[{"brokerName":"b","perm":6,"readQueueNums":8,"topicSysFlag":0,"writeQueueNums":8}]}`
	expectRoute(t, table, "T", head+"0:"+tail)
	standard, ok := table.Lookup([]byte("T"), true)
	if want := head + `"0":` + tail; !ok || string(standard) != want {
		t.Errorf("standard JSON:\n got %s\nwant %s", standard, want)
	}
	expectRoute(t, table, "absent", "")
}

func TestRouteChangesWhenTheTableDoes(t *testing.T) {
	table, _ := newTable()
	mustRegister(t, table, master("b", 1, "T", "U"))
	before, _ := table.Lookup([]byte("T"), false)
	changed := master("b", 2, "T", "U")
	changed.Topics[0].ReadQueueNums = 16
	mustRegister(t, table, changed)
	after, _ := table.Lookup([]byte("T"), false)
	if string(before) == string(after) || !strings.Contains(string(after), `"readQueueNums":16`) {
		t.Errorf("got %s, want the new number of queues", after)
	}
	slave := master("b", 1, "T", "U")
	slave.ID, slave.Addr = 1, "s:10911"
	mustRegister(t, table, slave)
	with, _ := table.Lookup([]byte("T"), false)
	if !strings.Contains(string(with), `{0:"b:10911",1:"s:10911"}`) {
		t.Errorf("got %s, want master and slave", with)
	}
	table.Unregister("C", "b", "s:10911")
	without, _ := table.Lookup([]byte("T"), false)
	if string(without) != string(after) {
		t.Errorf("after the slave left: got %s, want %s", without, after)
	}
}

func TestSameVersionIsNotReadAgain(t *testing.T) {
	table, _ := newTable()
	mustRegister(t, table, master("b", 1, "T", "U"))
	same := master("b", 1, "T", "U")
	same.Topics[0].Perm = 4
	mustRegister(t, table, same)
	got, _ := table.Lookup([]byte("T"), false)
	if !strings.Contains(string(got), `"perm":6`) {
		t.Errorf("got %s: an unchanged version must not change topics", got)
	}
}

func TestSlaveLearnsItsMasterAndWritesNoTopics(t *testing.T) {
	table, _ := newTable()
	mustRegister(t, table, master("b", 1, "T", "U"))
	slave := master("b", 9, "T", "OfSlave")
	slave.ID, slave.Addr = 1, "s:10911"
	m := mustRegister(t, table, slave)
	if want := (Master{Addr: "b:10911", HA: "b:10912"}); m != want {
		t.Errorf("got %+v, want %+v", m, want)
	}
	expectRoute(t, table, "OfSlave", "")
}

func TestRegisterRefuses(t *testing.T) {
	table, _ := newTable()
	if _, err := table.Register(master("b", 1, "one")); !errors.Is(err, ErrPartial) {
		t.Errorf("single topic first: got %v, want ErrPartial", err)
	}
	for _, broken := range []Registration{{Name: "b", Addr: "a"}, {Cluster: "C", Addr: "a"}, {Cluster: "C", Name: "b"},
		{Cluster: "C", Name: strings.Repeat("x", 256), Addr: "a"}} {
		if _, err := table.Register(&broken); !errors.Is(err, ErrIdentity) {
			t.Errorf("%.30q: got %v, want ErrIdentity", broken.Name, err)
		}
	}
	newer := master("b", 1, "T", "U")
	newer.Version.StateVersion = 5
	mustRegister(t, table, newer)
	stale := master("b", 1, "T", "U")
	stale.Addr = "other:10911"
	if _, err := table.Register(stale); !errors.Is(err, ErrStale) {
		t.Errorf("older state for the same id: got %v, want ErrStale", err)
	}
	full := New(Options{MaxBrokers: 1, MaxTopics: 2})
	mustRegister(t, full, master("b", 1, "T", "U"))
	if _, err := full.Register(master("c", 1, "V", "W")); !errors.Is(err, ErrFull) {
		t.Errorf("full table: got %v, want ErrFull", err)
	}
	more := master("b", 1, "T", "U", "V")
	more.Version.Counter++
	mustRegister(t, full, more)
	if n := full.Full(); n != 2 || full.Topics() != 2 {
		t.Errorf("one broker was refused and one topic left out: %d counted, %d topics", n, full.Topics())
	}
}

// The table is bounded however the registrations are spread: over ids of one name, over names of
// one address, over the topics of a broker that is known.
func TestBounds(t *testing.T) {
	table := New(Options{MaxBrokers: 10, MaxTopics: 20})
	taken := 0
	for i := range 100 {
		r := master("a", 1, "T1", "T2")
		r.ID, r.Addr = int64(i), fmt.Sprintf("a%d:1", i)
		if _, err := table.Register(r); err == nil {
			taken++
		} else if !errors.Is(err, ErrFull) {
			t.Fatalf("registration %d: got %v, want %v", i, err, ErrFull)
		}
	}
	if taken != 10 {
		t.Errorf("%d ids of one name were taken, want 10", taken)
	}
	for i := range 100 {
		r := master(fmt.Sprint("b", i), 1)
		r.Addr = "a0:1"
		if _, err := table.Register(r); err != nil && !errors.Is(err, ErrFull) {
			t.Fatalf("another name: got %v, want %v", err, ErrFull)
		}
	}
	if n := table.Brokers(); n > 10 {
		t.Errorf("%d names of brokers, want at most 10", n)
	}
	r := master("a", 2)
	r.Addr = "a0:1"
	for i := range 100 {
		r.Version.Counter++
		r.Topics = topics(fmt.Sprint("U", i), fmt.Sprint("V", i))
		mustRegister(t, table, r)
	}
	if n := table.Topics(); n != 20 {
		t.Errorf("%d topics, want 20", n)
	}
}

// Many brokers of many topics each are bounded together, and what leaves makes room.
func TestPlacesAreBounded(t *testing.T) {
	table := New(Options{MaxBrokers: 100, MaxTopics: 2})
	for i := range 20 {
		r := master(fmt.Sprint("b", i), 1, "T", "U")
		r.Addr = fmt.Sprintf("b%d:1", i)
		if _, err := table.Register(r); err != nil && !errors.Is(err, ErrFull) {
			t.Fatal(err)
		}
	}
	routed := func() int {
		got, _ := table.Lookup([]byte("T"), false)
		return strings.Count(string(got), `"readQueueNums"`)
	}
	if table.places != 16 || routed() != 8 {
		t.Errorf("%d places, T at %d brokers, want 16 and 8", table.places, routed())
	}
	for i := range 20 {
		table.Unregister("C", fmt.Sprint("b", i), fmt.Sprintf("b%d:1", i))
	}
	if table.places != 0 {
		t.Errorf("%d places when all have left, want none", table.places)
	}
}

func TestBrokerThatChangesItsID(t *testing.T) {
	table, _ := newTable()
	mustRegister(t, table, master("b", 1, "T", "U"))
	moved := master("b", 1, "T", "U")
	moved.ID = 2
	mustRegister(t, table, moved)
	got, _ := table.Lookup([]byte("T"), false)
	if !strings.Contains(string(got), `{2:"b:10911"}`) {
		t.Errorf("got %s, want the address under its new id alone", got)
	}
}

func TestExpiry(t *testing.T) {
	table, clock := newTable()
	mustRegister(t, table, master("slow", 1, "T", "U"))
	quick := master("quick", 1, "T", "V")
	quick.Timeout = 10 * time.Second
	mustRegister(t, table, quick)
	clock.now = clock.now.Add(11 * time.Second)
	if gone := table.Expire(); len(gone) != 1 || gone[0] != "quick:10911" {
		t.Errorf("got %v, want the broker with the short time-out", gone)
	}
	expectRoute(t, table, "V", "")
	if changed, stored := table.Alive([]byte("C"), []byte("slow:10911"), protocol.DataVersion{Counter: 1}); changed || stored == nil {
		t.Errorf("alive with the same version: got changed %v, stored %v", changed, stored)
	}
	clock.now = clock.now.Add(115 * time.Second)
	if gone := table.Expire(); len(gone) != 0 {
		t.Errorf("got %v: the question for the version counts as a sign of life", gone)
	}
	clock.now = clock.now.Add(121 * time.Second)
	if gone := table.Expire(); len(gone) != 1 {
		t.Errorf("got %v, want the last broker", gone)
	}
	if table.Brokers() != 0 || table.Topics() != 0 {
		t.Errorf("got %d brokers, %d topics, want an empty table", table.Brokers(), table.Topics())
	}
}

func TestClosedConnectionTakesItsBrokersOut(t *testing.T) {
	table, _ := newTable()
	one, two := master("one", 1, "T", "U"), master("two", 1, "T", "V")
	two.Conn = 2
	mustRegister(t, table, one)
	mustRegister(t, table, two)
	if gone := table.Closed(2); len(gone) != 1 || gone[0] != "two:10911" {
		t.Errorf("got %v, want the broker of that connection", gone)
	}
	if info := table.Cluster(); len(info.BrokerAddrTable) != 1 || fmt.Sprint(info.ClusterAddrTable) != "map[C:[one]]" {
		t.Errorf("got %+v, want one broker", info)
	}
	// It registers again over a new connection; the old one's end must not hurt it.
	two.Conn = 3
	mustRegister(t, table, two)
	if gone := table.Closed(2); len(gone) != 0 {
		t.Errorf("got %v, want nothing", gone)
	}
}

func TestDropMissing(t *testing.T) {
	for _, drop := range []bool{false, true} {
		table := New(Options{Rules: Rules{DropMissing: drop}})
		mustRegister(t, table, master("b", 1, "T", "U", "V"))
		mustRegister(t, table, master("b", 2, "T", "U"))
		_, has := table.Lookup([]byte("V"), false)
		if has == drop {
			t.Errorf("deleteTopicWithBrokerRegistration=%v: topic still there: %v", drop, has)
		}
	}
}

func TestLookupAllocatesNothing(t *testing.T) {
	table, _ := newTable()
	mustRegister(t, table, master("b", 1, "T", "U"))
	name := []byte("T")
	table.Lookup(name, true)
	if n := testing.AllocsPerRun(100, func() { table.Lookup(name, true) }); n != 0 {
		t.Errorf("got %v allocations a query, want 0", n)
	}
}

func TestConcurrentUse(t *testing.T) {
	table, _ := newTable()
	var wg sync.WaitGroup
	for b := range 4 {
		wg.Go(func() {
			for v := range 200 {
				r := master(fmt.Sprintf("b%d", b), int64(v), "T", "U")
				r.Conn = uint64(b)
				if _, err := table.Register(r); err != nil {
					t.Error(err)
				}
				if v%50 == 49 {
					table.Closed(uint64(b))
				}
			}
		})
		wg.Go(func() {
			for range 500 {
				if body, ok := table.Lookup([]byte("T"), b%2 == 0); ok && !strings.HasPrefix(string(body), `{"brokerDatas":[{`) {
					t.Errorf("got %s, want at least one broker", body)
				}
			}
		})
	}
	wg.Wait()
}

// A topic whose own registration was lost comes with the next whole table, though the version is known
// by then from another topic's.
func TestMissingTopicComesWithTheSameVersion(t *testing.T) {
	table, _ := newTable()
	mustRegister(t, table, master("b", 1, "T", "U"))
	mustRegister(t, table, master("b", 3, "W")) // V of version 2 did not arrive
	expectRoute(t, table, "V", "")
	mustRegister(t, table, master("b", 3, "T", "U", "V", "W"))
	if _, ok := table.Lookup([]byte("V"), false); !ok {
		t.Error("V is not there")
	}
}

// A broker that asks whether its version is known lives, whatever the answer.
func TestAskingForTheVersionIsASignOfLife(t *testing.T) {
	table, clock := newTable()
	r := master("b", 1, "T", "U")
	r.Timeout = 10 * time.Second
	mustRegister(t, table, r)
	for range 5 {
		clock.now = clock.now.Add(9 * time.Second)
		if changed, stored := table.Alive([]byte("C"), []byte("b:10911"), protocol.DataVersion{Counter: 2}); !changed || string(stored) != `{"counter":1,"stateVersion":0,"timestamp":0}` {
			t.Errorf("got changed %v, stored %s, want true and version 1", changed, stored)
		}
		if gone := table.Expire(); len(gone) != 0 {
			t.Fatalf("%v is gone", gone)
		}
	}
}

// Without a master the topics of the first slave count, and only a group that has said so lets it
// stand in for the master, for reading.
func TestSlaveWithoutMaster(t *testing.T) {
	for _, tt := range []struct {
		name   string
		acting wire.Opt[bool]
		want   string // perm
	}{
		{"broker of 4.x", wire.Opt[bool]{}, ""},
		{"broker of 5.x", wire.Some(false), `"perm":6`},
		{"acting master", wire.Some(true), `"perm":4`},
	} {
		table, _ := newTable()
		slave := master("b", 1, "T", "U")
		slave.ID, slave.Addr, slave.ActingMaster = 1, "s:10911", tt.acting
		mustRegister(t, table, slave)
		second := master("b", 1, "T", "OfSecond")
		second.ID, second.Addr, second.ActingMaster = 2, "s2:10911", tt.acting
		mustRegister(t, table, second)
		got, ok := table.Lookup([]byte("T"), false)
		if ok != (tt.want != "") || !strings.Contains(string(got), tt.want) {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
		if _, ok := table.Lookup([]byte("OfSecond"), false); ok {
			t.Errorf("%s: the second slave's topics count", tt.name)
		}
	}
}

// When the master leaves a group that goes on without, its topics can be read and not written.
func TestWritePermissionLeavesWithTheMaster(t *testing.T) {
	for _, acting := range []bool{false, true} {
		table, _ := newTable()
		m, slave := master("b", 1, "T", "U"), master("b", 1, "T", "U")
		slave.ID, slave.Addr, slave.Conn = 1, "s:10911", 2
		m.ActingMaster, slave.ActingMaster = wire.Some(acting), wire.Some(acting)
		mustRegister(t, table, m)
		mustRegister(t, table, slave)
		table.Closed(1)
		want := `"perm":6`
		if acting {
			want = `"perm":4`
		}
		if got, _ := table.Lookup([]byte("T"), false); !strings.Contains(string(got), want) || !strings.Contains(string(got), `{1:"s:10911"}`) {
			t.Errorf("acting master %v: got %s, want the slave alone and %s", acting, got, want)
		}
		mustRegister(t, table, m)
		if got, _ := table.Lookup([]byte("T"), false); !strings.Contains(string(got), `"perm":6`) {
			t.Errorf("acting master %v: the master is back: got %s", acting, got)
		}
	}
}

// A broker that comes back under another name leaves nothing behind under the old one.
func TestBrokerThatChangesItsName(t *testing.T) {
	table, _ := newTable()
	mustRegister(t, table, master("b", 1, "T", "U"))
	renamed := master("c", 1, "T", "V")
	renamed.Addr = "b:10911"
	mustRegister(t, table, renamed)
	if got, _ := table.Lookup([]byte("T"), false); strings.Contains(string(got), `"brokerName":"b"`) {
		t.Errorf("got %s, want broker c alone", got)
	}
	expectRoute(t, table, "U", "")
	if n := table.Brokers(); n != 1 {
		t.Errorf("%d brokers, want 1", n)
	}
}
