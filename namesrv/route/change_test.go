package route

import (
	"reflect"
	"strings"
	"testing"

	"github.com/gannetmq/gannet/remoting/protocol"
)

func expectPerm(t *testing.T, table *Table, topic, broker, want string) {
	t.Helper()
	got, _ := table.Lookup([]byte(topic), false)
	if !strings.Contains(string(got), `{"brokerName":"`+broker+`","perm":`+want+`,`) {
		t.Errorf("%s: got %s, want perm %s in %s", topic, got, want, broker)
	}
}

func TestSetWritable(t *testing.T) {
	table, _ := newTable()
	b := master("b", 1, "T", "U")
	b.Topics[0].Perm = 7
	mustRegister(t, table, b)
	mustRegister(t, table, master("c", 1, "T", "V"))
	expectPerm(t, table, "T", "b", "7")
	if n := table.SetWritable("b", false); n != 2 {
		t.Errorf("got %d topics, want 2", n)
	}
	expectPerm(t, table, "T", "b", "5")
	expectPerm(t, table, "T", "c", "6")
	mustRegister(t, table, b)
	expectPerm(t, table, "T", "b", "5") // the same version changes nothing
	if n := table.SetWritable("b", true); n != 2 {
		t.Errorf("got %d topics, want 2", n)
	}
	expectPerm(t, table, "T", "b", "6")
	table.SetWritable("b", false)
	b.Version.Counter++
	mustRegister(t, table, b)
	expectPerm(t, table, "T", "b", "7")
	if n := table.SetWritable("nobody", false); n != 0 {
		t.Errorf("nobody: got %d topics, want 0", n)
	}
}

func TestSetTopic(t *testing.T) {
	table := New(Options{MaxTopics: 3})
	mustRegister(t, table, master("b", 1, "T", "U"))
	queues := func(names ...string) (all []protocol.QueueData) {
		for _, n := range names {
			all = append(all, protocol.QueueData{BrokerName: n, Perm: 6, ReadQueueNums: 2, WriteQueueNums: 2})
		}
		return all
	}
	for _, bad := range []struct {
		topic   string
		brokers []string
	}{
		{"V", []string{"b", "nobody"}}, {"V", []string{""}}, {"V", nil}, {"", []string{"b"}}, {strings.Repeat("x", 256), []string{"b"}},
	} {
		table.SetTopic(bad.topic, queues(bad.brokers...))
		if got := table.TopicNames(); len(got) != 2 {
			t.Errorf("%.10q in %q: got the topics %q, want T and U", bad.topic, bad.brokers, got)
		}
	}
	table.SetTopic("V", queues("b"))
	expectPerm(t, table, "V", "b", "6")
	table.SetTopic("W", queues("b"))
	if got, want := table.TopicNames(), []string{"T", "U", "V"}; !reflect.DeepEqual(got, want) {
		t.Errorf("a full table: got %q, want %q", got, want)
	}
	table.Unregister("C", "b", "b:10911")
	if got := table.Topics(); got != 0 {
		t.Errorf("got %d topics of nobody, want 0", got)
	}
}

func TestDeleteTopic(t *testing.T) {
	table, _ := newTable()
	mustRegister(t, table, master("b", 1, "T", "U"))
	mustRegister(t, table, master("c", 1, "T", "U"))
	other := master("d", 1, "T", "U")
	other.Cluster = "D"
	mustRegister(t, table, other)
	table.DeleteTopic("absent", "")
	table.DeleteTopic("T", "nowhere")
	for _, step := range []struct{ cluster, want string }{{"", "bcd"}, {"C", "d"}, {"D", ""}} {
		if step.cluster != "" {
			table.DeleteTopic("T", step.cluster)
		}
		got, _ := table.Lookup([]byte("T"), false)
		for _, name := range []string{"b", "c", "d"} {
			if has := strings.Contains(string(got), `"brokerName":"`+name+`"`); has != strings.Contains(step.want, name) {
				t.Errorf("after %q: got %s, want the brokers %s", step.cluster, got, step.want)
			}
		}
	}
	table.DeleteTopic("U", "")
	if n := table.Topics(); n != 0 {
		t.Errorf("%d topics, want 0", n)
	}
	mustRegister(t, table, master("b", 1, "T", "U"))
	if n := table.Topics(); n != 2 {
		t.Errorf("after a registration of the same version: %d topics, want 2", n)
	}
}

func TestLists(t *testing.T) {
	table, _ := newTable()
	if names, addr := table.System(); len(names) != 0 || addr != "" {
		t.Errorf("empty table: got %q, %q", names, addr)
	}
	b := master("b", 1, "T", "U", "V")
	b.Topics[0].TopicSysFlag, b.Topics[1].TopicSysFlag, b.Topics[2].TopicSysFlag = FlagUnit, FlagUnitSub, FlagUnit|FlagUnitSub
	mustRegister(t, table, b)
	mustRegister(t, table, slave(1, "s:1", "T"+"x", "U"))
	other := master("a", 1, "T", "W")
	other.Cluster = "D"
	mustRegister(t, table, other)
	for _, tt := range []struct {
		name string
		got  []string
		want string
	}{
		{"all", table.TopicNames(), "T U V W"},
		{"cluster C", table.ClusterTopics("C"), "T U V"},
		{"cluster D", table.ClusterTopics("D"), "T W"},
		{"no cluster", table.ClusterTopics(""), ""},
		{"unit", table.FlaggedTopics(FlagUnit, 0), "T V"},
		{"unit sub", table.FlaggedTopics(FlagUnitSub, 0), "U V"},
		{"unit sub, no unit", table.FlaggedTopics(FlagUnitSub, FlagUnit), "U"},
	} {
		if got := strings.Join(tt.got, " "); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	if names, addr := table.System(); strings.Join(names, " ") != "C D a b" || addr != "a:10911" {
		t.Errorf("system: got %q, %q", names, addr)
	}
	if got := table.Members("any", "b"); got.Cluster != "any" || len(got.BrokerAddrs) != 2 {
		t.Errorf("members: got %+v", got)
	}
	if got := table.Members("C", "nobody"); len(got.BrokerAddrs) != 0 || got.BrokerName != "nobody" {
		t.Errorf("members of nobody: got %+v", got)
	}
}

// A client that names its zone gets the brokers of it, and those without a master.
func TestZones(t *testing.T) {
	table, _ := newTable()
	for name, zone := range map[string]string{"near": "z1", "far": "z2", "nowhere": ""} {
		r := master(name, 1, "T", "U")
		r.Zone = zone
		mustRegister(t, table, r)
	}
	alone := slave(1, "s:1", "T", "U")
	alone.Name, alone.Zone, alone.ActingMaster = "alone", "z2", acting(slave(1, "", "")).ActingMaster
	mustRegister(t, table, alone)
	got, ok := table.LookupZone([]byte("T"), "Z1", true)
	for name, want := range map[string]bool{"near": true, "alone": true, "far": false, "nowhere": false} {
		if n := strings.Count(string(got), `"brokerName":"`+name+`"`); !ok || (n == 2) != want || n == 1 {
			t.Errorf("%s: got %s, want it there: %v", name, got, want)
		}
	}
	if _, ok := table.LookupZone([]byte("absent"), "z1", true); ok {
		t.Error("a route of an absent topic")
	}
	if all, _ := table.Lookup([]byte("T"), true); strings.Count(string(all), `"cluster"`) != 4 {
		t.Errorf("got %s: asking for a zone has changed the whole route", all)
	}
}
