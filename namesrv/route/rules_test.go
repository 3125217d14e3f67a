package route

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gannetmq/gannet/remoting/wire"
)

// acting is a registration of a group that goes on without its master.
func acting(r *Registration) *Registration {
	r.ActingMaster = wire.Some(true)
	return r
}

// Clients are told that the slave with the smallest id is the master, if the group wants that, its
// topics cannot be written to, and the topic is not the one by which slaves find each other.
func TestActingMaster(t *testing.T) {
	const members = memberTopics + "b"
	table, _ := newTable()
	table.SetRules(Rules{ActingMaster: true})
	mustRegister(t, table, acting(master("b", 1, "T", members)))
	mustRegister(t, table, acting(slave(1, "s1:1", "T", members)))
	mustRegister(t, table, acting(slave(2, "s2:1", "T", members)))
	expectAddrs(t, table, `{0:"b:10911",1:"s1:1",2:"s2:1"}`)
	table.Closed(1)
	expectAddrs(t, table, `{0:"s1:1",2:"s2:1"}`)
	if got, _ := table.Lookup([]byte(members), false); !strings.Contains(string(got), `{1:"s1:1",2:"s2:1"}`) {
		t.Errorf("%s: got %s, want the true ids", members, got)
	}
	table.SetRules(Rules{})
	expectAddrs(t, table, `{1:"s1:1",2:"s2:1"}`)
	table.SetRules(Rules{ActingMaster: true})
	expectAddrs(t, table, `{0:"s1:1",2:"s2:1"}`)
	if got := table.Members("C", "b").BrokerAddrs; len(got) != 2 || got[1] != "s1:1" {
		t.Errorf("members: got %v, want the true ids", got)
	}
	table.SetWritable("b", true)
	expectAddrs(t, table, `{1:"s1:1",2:"s2:1"}`)
}

func TestNoActingMasterForOtherGroups(t *testing.T) {
	table, _ := newTable()
	table.SetRules(Rules{ActingMaster: true})
	mustRegister(t, table, master("b", 1, "T", "U"))
	mustRegister(t, table, slave(1, "s1:1", "T", "U"))
	table.Closed(1)
	table.SetWritable("b", false)
	expectAddrs(t, table, `{1:"s1:1"}`)
}

func TestOrders(t *testing.T) {
	table, _ := newTable()
	const want = `"orderTopicConf":"b:8"`
	has := func() bool {
		got, _ := table.Lookup([]byte("T"), false)
		return strings.Contains(string(got), want)
	}
	mustRegister(t, table, master("b", 1, "T", "U"))
	table.SetOrders(map[string]string{"T": "b:8", "absent": "b:4"})
	if has() {
		t.Error("told, though orderMessageEnable is false")
	}
	table.SetRules(Rules{OrderTopics: true})
	if !has() {
		t.Error("not told after orderMessageEnable became true")
	}
	table.SetOrders(map[string]string{"T": "b:4"})
	if has() {
		t.Error("the old value is told")
	}
	table.SetOrders(map[string]string{"T": "b:8"})
	if !has() {
		t.Error("the new value is not told")
	}
	table.SetOrders(nil)
	if has() {
		t.Error("told after it was deleted")
	}
}

// changes is a table that tells of smallest ids, and what it has told.
func changes(size int) (*Table, *clock, func() []MinChange) {
	told := make(chan MinChange, size)
	c := &clock{time.Unix(1_700_000_000, 0)}
	table := New(Options{Now: c.Now, Changes: told, Rules: Rules{TellMinChange: true}})
	return table, c, func() (all []MinChange) {
		for len(told) > 0 {
			all = append(all, <-told)
		}
		return all
	}
}

// Those that stay are told of one that leaves, and those that were there of one that comes.
func TestMinChange(t *testing.T) {
	table, _, told := changes(10)
	expect := func(what string, want ...MinChange) {
		t.Helper()
		if got := told(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", what, got, want)
		}
	}
	mustRegister(t, table, acting(master("b", 1, "T", "U")))
	mustRegister(t, table, acting(slave(1, "s1:1", "T", "U")))
	mustRegister(t, table, acting(slave(2, "s2:1", "T", "U")))
	expect("nobody smaller came")
	table.Closed(102)
	expect("the largest left")
	mustRegister(t, table, acting(slave(2, "s2:1", "T", "U")))
	table.Closed(1)
	expect("the master left", MinChange{Name: "b", ID: 1, Addr: "s1:1", Offline: "b:10911", Tell: []string{"s1:1", "s2:1"}})
	mustRegister(t, table, acting(master("b", 1, "T", "U")))
	expect("the master is back", MinChange{Name: "b", ID: 0, Addr: "b:10911", HA: "b:10912", Tell: []string{"s1:1", "s2:1"}})
	table.Unregister("C", "b", "b:10911")
	table.Unregister("C", "b", "s1:1")
	expect("two left", MinChange{Name: "b", ID: 1, Addr: "s1:1", Offline: "b:10911", Tell: []string{"s1:1", "s2:1"}},
		MinChange{Name: "b", ID: 2, Addr: "s2:1", Offline: "s1:1", Tell: []string{"s2:1"}})
	promoted := acting(slave(0, "s2:1", "T", "U"))
	mustRegister(t, table, promoted)
	expect("the last became master", MinChange{Name: "b", ID: 0, Addr: "s2:1", HA: "ha-s2:1", Tell: []string{"s2:1"}})
	table.Unregister("C", "b", "s2:1")
	expect("the group is empty")
}

func TestMinChangeIsNotTold(t *testing.T) {
	table, _, told := changes(10)
	mustRegister(t, table, master("b", 1, "T", "U"))
	mustRegister(t, table, slave(1, "s1:1", "T", "U"))
	table.Closed(1)
	if got := told(); len(got) != 0 {
		t.Errorf("no acting master: got %v, want nothing", got)
	}
	table, _, told = changes(10)
	table.SetRules(Rules{})
	mustRegister(t, table, acting(master("b", 1, "T", "U")))
	mustRegister(t, table, acting(slave(1, "s1:1", "T", "U")))
	table.Closed(1)
	if got := told(); len(got) != 0 {
		t.Errorf("notifyMinBrokerIdChanged=false: got %v, want nothing", got)
	}
}

// Who does not read the changes holds nobody up.
func TestChangesThatDoNotFit(t *testing.T) {
	table, _, told := changes(1)
	for range 3 {
		mustRegister(t, table, acting(slave(1, "s1:1", "T", "U")))
		mustRegister(t, table, acting(master("b", 1, "T", "U")))
		table.Unregister("C", "b", "b:10911")
	}
	if got := told(); len(got) != 1 || table.Untold() != 5 {
		t.Errorf("got %d told, %d not, want 1 and 5", len(got), table.Untold())
	}
}
