package topic_test

import (
	"testing"

	"github.com/gannetmq/gannet/broker/topic"
	"github.com/gannetmq/gannet/store/vfs"
)

// What name servers say is ordered is, here and after the next start, and nobody is told but those who ask.
func TestSetOrdered(t *testing.T) {
	disk := vfs.NewMem()
	told := 0
	table := open(t, disk, topic.Options{Changed: func(...string) { told++ }})
	for _, name := range []string{"A", "B"} {
		if err := table.Update(topic.Config{Name: name, ReadQueues: 4, WriteQueues: 4, Perm: 6}, ""); err != nil {
			t.Fatal(err)
		}
	}
	before := told
	_, was := table.All()
	for range 2 {
		if err := table.SetOrdered([]string{"A", "none"}); err != nil {
			t.Fatal(err)
		}
	}
	_, is := table.All()
	if is.Counter != was.Counter+1 || told != before || table.Exists([]byte("none")) {
		t.Errorf("version %d after %d, told %d times, want one more, nobody", is.Counter, was.Counter, told-before)
	}
	for _, table := range []*topic.Table{table, open(t, disk, topic.Options{})} {
		a, b := table.Lookup([]byte("A")), table.Lookup([]byte("B"))
		if !a.Order || a.WriteQueues != 4 || b.Order {
			t.Errorf("%+v, %+v, want the first ordered", a, b)
		}
	}
}
