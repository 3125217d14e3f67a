package topic_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/gannetmq/gannet/broker/topic"
	"github.com/gannetmq/gannet/remoting/protocol"
	"github.com/gannetmq/gannet/store/vfs"
)

const rw = 6

// options are Java's defaults for a broker of the recorded cluster.
func options() topic.Options {
	return topic.Options{
		Cluster: "DefaultCluster", Broker: "broker-a", AutoCreate: true, DefaultQueues: 8,
		ClusterTopic: true, BrokerTopic: true, ReviveQueues: 8, TimerTopic: true, GuardSystem: true,
	}
}

func open(t testing.TB, fs vfs.FS, o topic.Options) *topic.Table {
	t.Helper()
	table, err := topic.Open(fs, o)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestCreateAfter(t *testing.T) {
	o := options()
	o.ClusterTopic = false
	var told []string
	o.Changed = func(names ...string) { told = append(told, names...) }
	table := open(t, vfs.NewMem(), o)
	if err := table.Update(topic.Config{Name: "Plain", Perm: rw, WriteQueues: 3, FilterType: protocol.SingleTag}, ""); err != nil {
		t.Fatal(err)
	}
	told = nil
	tests := []struct {
		example, name string
		queues        int32
		wantQueues    int32
		wantPerm      int32
		want          error
	}{
		{"TBW102", "A", 4, 4, rw, nil},
		{"TBW102", "B", 16, 8, rw, nil},
		{"TBW102", "C", -1, 0, rw, nil},
		{"DefaultCluster", "D", 4, 4, 0, nil}, // clusterTopicEnable=false takes read and write away
		{"broker-a", "E", 4, 1, rw, nil},
		{"Plain", "F", 4, 0, 0, topic.ErrNotInherited},
		{"Absent", "G", 4, 0, 0, topic.ErrNoExample},
		{"TBW102", "bad name", 4, 0, 0, topic.ErrName},
		{"TBW102", "../../etc", 4, 0, 0, topic.ErrName},
		{"TBW102", strings.Repeat("x", 200), 4, 0, 0, topic.ErrName},
		{"Absent", "A", 9, 4, rw, nil}, // it exists: the example does not matter
	}
	for _, tt := range tests {
		c, err := table.CreateAfter([]byte(tt.example), []byte(tt.name), tt.queues, protocol.TopicUnit)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s after %s: error %v, want %v", tt.name, tt.example, err, tt.want)
			continue
		}
		if err != nil {
			if table.Exists([]byte(tt.name)) {
				t.Errorf("%.20s exists after %v", tt.name, err)
			}
			continue
		}
		if c.ReadQueues != tt.wantQueues || c.WriteQueues != tt.wantQueues || c.Perm != tt.wantPerm || c.SysFlag != protocol.TopicUnit {
			t.Errorf("%s after %s: %s, want %d queues, permission %d", tt.name, tt.example, c, tt.wantQueues, tt.wantPerm)
		}
	}
	if got := strings.Join(told, " "); got != "A B C D E" {
		t.Errorf("told of %q, want A B C D E", got)
	}
}

func TestCreateAfterWithoutAutoCreate(t *testing.T) {
	disk := vfs.NewMem()
	with := open(t, disk, options())
	if _, err := with.CreateAfter([]byte("TBW102"), []byte("A"), 4, 0); err != nil {
		t.Fatal(err)
	}
	// topics.json has TBW102 with its inherit bit now.
	o := options()
	o.AutoCreate = false
	without := open(t, disk, o)
	if _, err := without.CreateAfter([]byte("TBW102"), []byte("B"), 4, 0); !errors.Is(err, topic.ErrNotInherited) {
		t.Errorf("created with autoCreateTopicEnable=false: error %v, want ErrNotInherited", err)
	}
	if open(t, vfs.NewMem(), o).Exists([]byte("TBW102")) {
		t.Error("TBW102 exists on a new broker with autoCreateTopicEnable=false")
	}
}

func TestUpdateMovesVersionOnlyOnChange(t *testing.T) {
	table := open(t, vfs.NewMem(), options())
	c := topic.Config{Name: "A", ReadQueues: 2, WriteQueues: 2, Perm: rw, FilterType: protocol.SingleTag}
	steps := []struct {
		edit       func()
		attributes string
		want       int64
	}{
		{func() {}, "+message.type=FIFO", 1},
		{func() {}, "+message.type=FIFO", 1},
		{func() {}, "", 1},
		{func() { c.Perm = 4 }, "", 2},
		{func() {}, "-message.type", 3},
		{func() { c.Order = true }, "", 4},
		{func() {}, "", 4},
	}
	for i, s := range steps {
		s.edit()
		if err := table.Update(c, s.attributes); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		if _, v := table.All(); v.Counter != s.want {
			t.Errorf("step %d: version %d, want %d", i, v.Counter, s.want)
		}
	}
	if got := table.Lookup([]byte("A")); got.Perm != 4 || !got.Order || len(got.Attributes) != 0 {
		t.Errorf("in the end %s", got)
	}
}

// ensureRetry is EnsureRetries for one group.
func ensureRetry(table *topic.Table, r topic.Retry) error {
	return table.EnsureRetries([]topic.Retry{r})[0]
}

func TestEnsureRetry(t *testing.T) {
	table := open(t, vfs.NewMem(), options())
	steps := []struct {
		order bool
		want  int64
	}{{false, 1}, {false, 1}, {true, 2}, {true, 2}, {false, 3}}
	for i, s := range steps {
		if err := ensureRetry(table, topic.Retry{Group: "G", Queues: 3, Order: s.order, Unit: true}); err != nil {
			t.Fatal(err)
		}
		c := table.Lookup([]byte("%RETRY%G"))
		if c == nil || c.Order != s.order || c.ReadQueues != 3 || c.Perm != rw || c.SysFlag != protocol.TopicUnitSub {
			t.Fatalf("step %d: %v", i, c)
		}
		if table.IsOrder("%RETRY%G") != s.order {
			t.Errorf("step %d: IsOrder is not %t", i, s.order)
		}
		if _, v := table.All(); v.Counter != s.want {
			t.Errorf("step %d: version %d, want %d", i, v.Counter, s.want)
		}
	}
	if err := ensureRetry(table, topic.Retry{Group: "bad group", Queues: 1}); !errors.Is(err, topic.ErrName) {
		t.Errorf("bad group: %v, want ErrName", err)
	}
	for queues, want := range map[int32]int32{-1: 0, 1 << 20: 1 << 16} {
		group := fmt.Sprint("Q", want)
		if err := ensureRetry(table, topic.Retry{Group: group, Queues: queues}); err != nil || table.Lookup([]byte("%RETRY%"+group)).ReadQueues != want {
			t.Errorf("%d queues: %v, %v, want %d", queues, table.Lookup([]byte("%RETRY%"+group)), err, want)
		}
	}
}

// Retry topics of several groups are one version, one write and one announcement of what is new or different; one that
// cannot be made does not hinder the others.
func TestEnsureRetries(t *testing.T) {
	disk := vfs.NewMem()
	o := options()
	o.MaxTopics = open(t, disk, o).Len() + 3
	var told [][]string
	o.Changed = func(names ...string) { told = append(told, names) }
	table := open(t, disk, o)
	if err := ensureRetry(table, topic.Retry{Group: "Old", Queues: 1}); err != nil {
		t.Fatal(err)
	}
	writes := 0
	disk.OnOp = func(op vfs.Op, name string) {
		if op == vfs.OpSyncDir {
			writes++
		}
	}
	wanted := []topic.Retry{
		{Group: "A", Queues: 2, Order: true}, {Group: "Old", Queues: 1, Order: true}, {Group: "bad group"}, {Group: "B"},
		{Group: "A", Queues: 2, Order: true}, {Group: "C"},
	}
	for _, again := range []bool{false, true} {
		for i, err := range table.EnsureRetries(wanted) {
			if want := []error{nil, nil, topic.ErrName, nil, nil, topic.ErrFull}[i]; !errors.Is(err, want) {
				t.Errorf("again %t, %s: %v, want %v", again, wanted[i].Group, err, want)
			}
		}
		if _, v := table.All(); v.Counter != 2 || writes != 1 {
			t.Errorf("again %t: version %d after %d writes, want 2 after one", again, v.Counter, writes)
		}
	}
	if want := "[[%RETRY%Old] [%RETRY%A %RETRY%Old %RETRY%B]]"; fmt.Sprint(told) != want {
		t.Errorf("told of %v, want %s", told, want)
	}
	after := open(t, disk.Clone(nil, vfs.Policy{}), options())
	for name, order := range map[string]bool{"%RETRY%A": true, "%RETRY%Old": true, "%RETRY%B": false} {
		if c := after.Lookup([]byte(name)); c == nil || c.Order != order {
			t.Errorf("%s on the disk: %v, want order %t", name, c, order)
		}
	}
}

// Java takes the broker's permission into account only when it lacks read or write: the inherit bit
// of TBW102 is not lost to brokerPermission=6.
func TestAnnounced(t *testing.T) {
	table := open(t, vfs.NewMem(), options())
	for _, tt := range []struct{ brokerPerm, tbw102, self int32 }{{6, 7, 6}, {4, 4, 4}, {2, 2, 2}, {0, 0, 0}} {
		got := table.Announced(tt.brokerPerm).TopicConfigTable
		if len(got) != table.Len() || got["TBW102"].Perm != tt.tbw102 || got["SELF_TEST_TOPIC"].Perm != tt.self {
			t.Errorf("broker permission %d: TBW102 %d, SELF_TEST_TOPIC %d, want %d, %d",
				tt.brokerPerm, got["TBW102"].Perm, got["SELF_TEST_TOPIC"].Perm, tt.tbw102, tt.self)
		}
	}
	if c := table.Lookup([]byte("TBW102")); c.Perm != 7 {
		t.Errorf("announcing changed the table: %s", c)
	}
}

func TestDelete(t *testing.T) {
	table := open(t, vfs.NewMem(), options())
	if _, err := table.CreateIfAbsent([]byte("A"), 1, rw, 0); err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false} {
		if got, err := table.Delete("A"); got != want || err != nil {
			t.Errorf("Delete number %d = %t, %v, want %t", i+1, got, err, want)
		}
	}
	if table.Exists([]byte("A")) {
		t.Error("A exists after Delete")
	}
}

func TestTableIsBounded(t *testing.T) {
	o := options()
	o.MaxTopics = open(t, vfs.NewMem(), options()).Len() + 1
	table := open(t, vfs.NewMem(), o)
	for i, want := range []error{nil, topic.ErrFull} {
		if _, err := table.CreateIfAbsent(fmt.Appendf(nil, "T%d", i), 1, rw, 0); !errors.Is(err, want) {
			t.Errorf("topic %d: %v, want %v", i, err, want)
		}
	}
	if err := table.Update(topic.Config{Name: "T0", Perm: 4}, ""); err != nil {
		t.Errorf("change of an existing topic in a full table: %v", err)
	}
}

// Many ask for the same new topic at once: it is made once and told once, and readers never wait.
func TestConcurrentCreate(t *testing.T) {
	var mu sync.Mutex
	told := make(map[string]int)
	o := options()
	o.Changed = func(names ...string) {
		mu.Lock()
		defer mu.Unlock()
		for _, name := range names {
			told[name]++
		}
	}
	disk := vfs.NewMem()
	table := open(t, disk, o)
	const topics, askers = 20, 8
	var wg sync.WaitGroup
	for range askers {
		wg.Go(func() {
			for i := range topics {
				name := fmt.Appendf(nil, "T%d", i)
				if _, err := table.CreateAfter([]byte("TBW102"), name, 4, 0); err != nil {
					t.Error(err)
				}
				if table.Lookup(name) == nil {
					t.Errorf("%s is not there after its creation", name)
				}
			}
		})
	}
	wg.Wait()
	if _, v := table.All(); v.Counter != topics {
		t.Errorf("version %d after %d creations", v.Counter, topics)
	}
	for i := range topics {
		if n := told[fmt.Sprintf("T%d", i)]; n != 1 {
			t.Errorf("told %d times of T%d", n, i)
		}
	}
	if again := open(t, disk, options()); again.Len() != table.Len() {
		t.Errorf("%d topics on disk, %d in memory", again.Len(), table.Len())
	}
}

func TestLookupAllocatesNothing(t *testing.T) {
	table := open(t, vfs.NewMem(), options())
	known, unknown := []byte("SCHEDULE_TOPIC_XXXX"), []byte(strings.Repeat("x", 100))
	if n := testing.AllocsPerRun(1000, func() {
		if table.Lookup(known) == nil || table.Exists(unknown) || topic.Invalid(known) != "" {
			t.Fatal("wrong answer")
		}
	}); n != 0 {
		t.Errorf("%v allocations per look-up", n)
	}
}
