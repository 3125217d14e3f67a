package group_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/gannetmq/gannet/broker/group"
	"github.com/gannetmq/gannet/store/vfs"
)

func open(t testing.TB, fs vfs.FS, o group.Options) *group.Table {
	t.Helper()
	table, err := group.Open(fs, o)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestFind(t *testing.T) {
	tests := []struct {
		auto, system bool
		name         string
		want         error
	}{
		{true, true, "G", nil},
		{true, true, "TOOLS_CONSUMER", nil},
		{true, true, "../G", group.ErrName},
		{true, true, "", group.ErrName},
		{true, true, strings.Repeat("x", 200), group.ErrName},
		{false, true, "G", group.ErrNoAutoCreate},
		{false, true, "TOOLS_CONSUMER", nil},
		{false, true, "CID_RMQ_SYS_X", nil},
		{false, false, "CID_RMQ_SYS_X", group.ErrNoAutoCreate},
	}
	for _, tt := range tests {
		table := open(t, vfs.NewMem(), group.Options{AutoCreate: tt.auto, CreateSystem: tt.system})
		existed := table.Lookup([]byte(tt.name))
		got, err := table.Find([]byte(tt.name))
		if !errors.Is(err, tt.want) || (got == nil) != (tt.want != nil) {
			t.Errorf("Find(%.20q) with %t %t: %v, %v, want error %v", tt.name, tt.auto, tt.system, got, err, tt.want)
			continue
		}
		if now := table.Lookup([]byte(tt.name)); now != got {
			t.Errorf("Lookup(%.20q) = %v after Find returned %v", tt.name, now, got)
		}
		if _, v := table.All(); v.Counter > 0 != (existed == nil && err == nil) {
			t.Errorf("Find(%.20q): version %d", tt.name, v.Counter)
		}
	}
}

func TestFoundGroupHasJavasDefaults(t *testing.T) {
	disk := vfs.NewMem()
	table := open(t, disk, group.Options{AutoCreate: true})
	c, err := table.Find([]byte("G"))
	if err != nil {
		t.Fatal(err)
	}
	if !c.ConsumeEnable || !c.FromMinEnable || !c.BroadcastEnable || c.Orderly || c.RetryQueues != 1 || c.RetryMaxTimes != 16 ||
		c.BrokerID != 0 || c.SlowBrokerID != 1 || !c.NotifyIDsChanged || c.ConsumeTimeout != 15 || c.RetryPolicy.Type != "CUSTOMIZED" {
		t.Errorf("a new group is %+v", *c)
	}
	if open(t, disk, group.Options{}).Lookup([]byte("G")) == nil {
		t.Error("the group is not on disk")
	}
}

// Several groups are made in one version and one write; one that cannot be made does not hinder the others.
func TestFindAll(t *testing.T) {
	disk := vfs.NewMem()
	table := open(t, disk, group.Options{AutoCreate: true, MaxGroups: open(t, disk, group.Options{}).Len() + 3})
	if _, err := table.Find([]byte("Old")); err != nil {
		t.Fatal(err)
	}
	writes := 0
	disk.OnOp = func(op vfs.Op, name string) {
		if op == vfs.OpSyncDir {
			writes++
		}
	}
	names := []string{"A", "Old", "bad group", "B", "A", "C", "TOOLS_CONSUMER"}
	for _, again := range []bool{false, true} {
		found := table.FindAll(names)
		for i, want := range []error{nil, nil, group.ErrName, nil, nil, group.ErrFull, nil} {
			if c, err := found[i].Config, found[i].Err; !errors.Is(err, want) || (c == nil) != (want != nil) || c != table.Lookup([]byte(names[i])) {
				t.Errorf("again %t, %s: %v, %v, want error %v", again, names[i], c, err, want)
			}
		}
		if _, v := table.All(); v.Counter != 2 || writes != 1 {
			t.Errorf("again %t: version %d after %d writes, want 2 after one", again, v.Counter, writes)
		}
	}
	if again := open(t, disk.Clone(nil, vfs.Policy{}), group.Options{}); !again.Exists([]byte("A")) || !again.Exists([]byte("B")) {
		t.Error("groups that were found are not on the disk")
	}
}

func TestDelete(t *testing.T) {
	table := open(t, vfs.NewMem(), group.Options{AutoCreate: true})
	if _, err := table.Find([]byte("G")); err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false} {
		if got, err := table.Delete("G"); got != want || err != nil {
			t.Errorf("Delete number %d = %t, %v, want %t", i+1, got, err, want)
		}
	}
	if table.Exists([]byte("G")) {
		t.Error("G exists after Delete")
	}
}

func TestTableIsBounded(t *testing.T) {
	max := open(t, vfs.NewMem(), group.Options{}).Len() + 1
	table := open(t, vfs.NewMem(), group.Options{AutoCreate: true, MaxGroups: max})
	for i, want := range []error{nil, group.ErrFull} {
		if _, err := table.Find(fmt.Appendf(nil, "G%d", i)); !errors.Is(err, want) {
			t.Errorf("group %d: %v, want %v", i, err, want)
		}
	}
}

func TestConcurrentFind(t *testing.T) {
	disk := vfs.NewMem()
	table := open(t, disk, group.Options{AutoCreate: true})
	const groups, askers = 20, 8
	var wg sync.WaitGroup
	for range askers {
		wg.Go(func() {
			for i := range groups {
				name := fmt.Appendf(nil, "G%d", i)
				if _, err := table.Find(name); err != nil {
					t.Error(err)
				}
				if !table.Exists(name) || table.Forbidden(name, []byte("T"), 2) {
					t.Errorf("%s is not as it should be after Find", name)
				}
			}
		})
	}
	wg.Wait()
	if _, v := table.All(); v.Counter != groups {
		t.Errorf("version %d after %d groups", v.Counter, groups)
	}
	if again := open(t, disk, group.Options{}); again.Len() != table.Len() {
		t.Errorf("%d groups on disk, %d in memory", again.Len(), table.Len())
	}
}

func TestLookupAllocatesNothing(t *testing.T) {
	table := open(t, vfs.NewMem(), group.Options{AutoCreate: true})
	known, unknown, topic := []byte("TOOLS_CONSUMER"), []byte(strings.Repeat("x", 100)), []byte(strings.Repeat("t", 100))
	if n := testing.AllocsPerRun(1000, func() {
		c, err := table.Find(known)
		if c == nil || err != nil || table.Exists(unknown) || table.Forbidden(known, topic, 2) {
			t.Fatal("wrong answer")
		}
	}); n != 0 {
		t.Errorf("%v allocations per look-up", n)
	}
}
