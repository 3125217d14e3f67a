package route

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/remoting/wire"
)

// slave is a broker of the group b of master("b", …), with an address and a connection of its own.
func slave(id int64, addr string, names ...string) *Registration {
	r := master("b", 1, names...)
	r.ID, r.Addr, r.HA, r.Conn = id, addr, "ha-"+addr, uint64(100+id)
	return r
}

func expectAddrs(t *testing.T, table *Table, want string) {
	t.Helper()
	got, _ := table.Lookup([]byte("T"), false)
	if !strings.Contains(string(got), `"brokerAddrs":`+want+`,`) {
		t.Errorf("got %s, want the brokers %s", got, want)
	}
}

// A slave that becomes the master leaves its old id, and its topics count at once, though their
// version is known.
func TestSlaveBecomesMaster(t *testing.T) {
	table, _ := newTable()
	first := slave(1, "s:1", "T", "U")
	first.ActingMaster = wire.Some(true)
	mustRegister(t, table, first)
	if got, _ := table.Lookup([]byte("T"), false); !strings.Contains(string(got), `"perm":4`) {
		t.Errorf("acting master: got %s, want it read-only", got)
	}
	promoted := slave(0, "s:1", "T", "U")
	promoted.ActingMaster = wire.Some(true)
	mustRegister(t, table, promoted)
	expectAddrs(t, table, `{0:"s:1"}`)
	if got, _ := table.Lookup([]byte("T"), false); !strings.Contains(string(got), `"perm":6`) {
		t.Errorf("master: got %s, want it writable", got)
	}
}

// A master that comes back with another address takes the place of the old one, whose end hurts nobody.
func TestMasterChangesItsAddress(t *testing.T) {
	table, _ := newTable()
	mustRegister(t, table, master("b", 1, "T", "U"))
	moved := master("b", 1, "T", "U")
	moved.Addr, moved.Conn = "moved:10911", 2
	mustRegister(t, table, moved)
	expectAddrs(t, table, `{0:"moved:10911"}`)
	if gone := table.Closed(1); len(gone) != 1 {
		t.Errorf("got %v, want the old address", gone)
	}
	expectAddrs(t, table, `{0:"moved:10911"}`)
	table.Unregister("C", "b", "b:10911")
	expectAddrs(t, table, `{0:"moved:10911"}`)
}

// Any other version is taken, newer or older: the broker knows.
func TestOlderVersionIsTaken(t *testing.T) {
	table, _ := newTable()
	mustRegister(t, table, master("b", 5, "T", "U"))
	older := master("b", 4, "T", "U")
	older.Topics[0].ReadQueueNums = 3
	mustRegister(t, table, older)
	if got, _ := table.Lookup([]byte("T"), false); !strings.Contains(string(got), `"readQueueNums":3`) {
		t.Errorf("got %s, want what was registered last", got)
	}
}

// A refused registration of an older state takes its address out of every place, so that no entry is
// left that nothing would ever end.
func TestRefusedStateLeavesNothingBehind(t *testing.T) {
	table, _ := newTable()
	newer := master("b", 1, "T", "U")
	newer.Version.StateVersion = 5
	mustRegister(t, table, newer)
	mustRegister(t, table, slave(1, "s:1", "T", "U"))
	expectAddrs(t, table, `{0:"b:10911",1:"s:1"}`)
	if _, err := table.Register(slave(0, "s:1", "T", "U")); !errors.Is(err, ErrStale) {
		t.Errorf("got %v, want %v", err, ErrStale)
	}
	expectAddrs(t, table, `{0:"b:10911"}`)
}

// A broker that moves to another cluster is not taken out with its former self.
func TestBrokerThatChangesItsCluster(t *testing.T) {
	table, clock := newTable()
	mustRegister(t, table, master("b", 1, "T", "U"))
	moved := master("b", 1, "T", "U")
	moved.Cluster, moved.Conn = "D", 2
	mustRegister(t, table, moved)
	if gone := table.Closed(1); len(gone) != 1 {
		t.Errorf("got %v, want the broker of cluster C", gone)
	}
	expectAddrs(t, table, `{0:"b:10911"}`)
	clock.now = clock.now.Add(table.opts.Timeout * 2)
	if table.Expire(); table.Brokers() != 0 || table.Topics() != 0 {
		t.Errorf("got %d brokers and %d topics, want none", table.Brokers(), table.Topics())
	}
}

// A broker is taken out under the id that it has, whatever the request says, and not by the echo of a
// former life under another name.
func TestUnregister(t *testing.T) {
	table, _ := newTable()
	mustRegister(t, table, master("b", 1, "T", "U"))
	mustRegister(t, table, slave(1, "s:1", "T", "U"))
	for _, other := range [][3]string{{"C", "former", "s:1"}, {"D", "b", "s:1"}, {"C", "b", "nobody:1"}} {
		table.Unregister(other[0], other[1], other[2])
		expectAddrs(t, table, `{0:"b:10911",1:"s:1"}`)
	}
	table.Unregister("C", "b", "s:1")
	expectAddrs(t, table, `{0:"b:10911"}`)
	table.Unregister("C", "b", "b:10911")
	if table.Brokers() != 0 || table.Topics() != 0 {
		t.Errorf("got %d brokers and %d topics, want none", table.Brokers(), table.Topics())
	}
}

// What a broker says of a static topic is in the route of it, as long as the broker lives.
func TestMappings(t *testing.T) {
	table, _ := newTable()
	r := master("b", 1, "T", "U")
	r.Mappings = map[string]protocol.TopicMappingInfo{
		"T":      {BrokerName: "b", Topic: "T", TotalQueues: 4, CurrIDMap: map[int32]int32{0: 0, 1: 1}},
		"U":      {BrokerName: "another", Topic: "U"},
		"absent": {BrokerName: "b", Topic: "absent"},
	}
	mustRegister(t, table, r)
	got, _ := table.Lookup([]byte("T"), false)
	if want := `"topicQueueMappingByBroker":{"b":{"bname":"b","currIdMap":{0:0,1:1},"dirty":false,"epoch":0,"topic":"T","totalQueues":4}}`; !strings.Contains(string(got), want) {
		t.Errorf("got %s, want it with %s", got, want)
	}
	if got, _ := table.Lookup([]byte("U"), false); strings.Contains(string(got), "topicQueueMappingByBroker") {
		t.Errorf("got %s: a broker speaks for another", got)
	}
	other := master("c", 1, "T", "U")
	mustRegister(t, table, other)
	table.Unregister("C", "b", "b:10911")
	if got, ok := table.Lookup([]byte("T"), false); !ok || strings.Contains(string(got), `"bname"`) {
		t.Errorf("got %s, want no mapping of a broker that has left", got)
	}
}

// Signs of life make no garbage.
func TestAliveAllocatesNothing(t *testing.T) {
	table, _ := newTable()
	mustRegister(t, table, master("b", 1, "T", "U"))
	cluster, addr := []byte("C"), []byte("b:10911")
	if n := testing.AllocsPerRun(100, func() {
		if changed, stored := table.Alive(cluster, addr, protocol.DataVersion{Counter: 1}); changed || stored == nil {
			t.Error("the broker is not known")
		}
		if !table.Seen(cluster, addr) {
			t.Error("the broker is not known")
		}
	}); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

// One name has a master and some slaves, not thousands: each change of one of them looks at all.
func TestGroupIsBounded(t *testing.T) {
	table, _ := newTable()
	mustRegister(t, table, slave(0, "a0:1", "T", "U"))
	for i := range int64(2 * maxGroup) {
		_, err := table.Register(slave(i, fmt.Sprintf("a%d:1", i), "T", "U"))
		if full := errors.Is(err, ErrFull); full != (i >= maxGroup) {
			t.Fatalf("broker %d: %v, want %d of one name", i, err, maxGroup)
		}
	}
	moved := slave(5000, "a7:1", "T", "U")
	if _, err := table.Register(moved); err != nil {
		t.Errorf("a member that changes its id: %v", err)
	}
	if _, err := table.Register(slave(0, "b0:1", "T", "U")); err != nil {
		t.Errorf("another master: %v", err)
	}
	table.Closed(108)
	if _, err := table.Register(slave(5001, "c:1", "T", "U")); err != nil {
		t.Errorf("when one has gone: %v", err)
	}
	if n := len(table.brokers["b"].BrokerAddrs); n > maxGroup {
		t.Errorf("%d brokers of one name, want at most %d", n, maxGroup)
	}
}
